"""A launcher that holds the key of a visit, as far as a terminal knows it."""

from __future__ import annotations

import secrets

from kiosk.ports.session_key import CARRIED_S, KeyLeft


class FakeLauncher:
    """Held across terminals of one test; a power cut forgets it."""

    def __init__(self) -> None:
        self.held: bytes | None = None
        self._crashed: float | None = None

    def crash(self, ago_s: float = 5.0) -> None:
        """The terminal died so long ago."""
        self._crashed = ago_s

    def power_cut(self) -> None:
        """Nobody has the key any more."""
        self.held = None

    def fresh(self) -> bytes:
        """See SessionKeys."""
        self.held = secrets.token_bytes(32)
        return self.held

    def left(self) -> KeyLeft | None:
        """See SessionKeys."""
        ago, key, self._crashed, self.held = self._crashed, self.held, None, None
        return KeyLeft(key, CARRIED_S - ago) if ago is not None and key is not None and ago < CARRIED_S else None

    def forget(self) -> None:
        """See SessionKeys."""
        self.held = None
