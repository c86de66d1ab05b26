"""Cards and passports by name, from the file of invented people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from devices.codecs.sam_text import CardTextError, encode_text
from devices.emulators.model import Refused
from kiosk.domain.identity_card import CardKind


class People:
    """Reads the file each time a card is asked for, so that it may be edited or appear while the emulators run."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def block(self, key: str) -> bytes:
        """The text block of a person's card. Raises Refused."""
        person = self._entry("people", key, "card")
        try:
            texts = {name: value for name, value in person.items() if isinstance(value, str)}
            extra = person.get("extra", {})
            texts |= {name: value for name, value in extra.items() if isinstance(value, str)}
            return encode_text(CardKind(person["kind"]), texts)
        except (CardTextError, ValueError, KeyError, AttributeError) as error:
            raise Refused(f"the card of {key!r} cannot be made: {error}") from error

    def passport(self, key: str) -> tuple[str, ...]:
        """The machine-readable lines of a passport or permit. Raises Refused."""
        lines = self._entry("passports", key, "passport").get("lines")
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise Refused(f"the passport {key!r} has no lines")
        return tuple(lines)

    def _entry(self, kind: str, key: str, what: str) -> dict[str, Any]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))[kind]
            entry: dict[str, Any] | None = next((each for each in entries if each.get("key") == key), None)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(f"the file of people cannot be read ({type(error).__name__})") from error
        if entry is None:
            raise Refused(f"no {what} named {key!r}")
        return entry
