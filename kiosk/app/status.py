"""``state_dir/status.json``: what a running terminal says of itself, for ``./run diag`` in another process.

Written whole every few seconds, so that a reader never sees half of it. Nothing in it is about a resident.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.settings import Settings
from kiosk.app.night import KV_SELF_TEST, last_self_test
from kiosk.app.report import device_entry, diagnosis, disk_entry, parked_entries, store_entry
from kiosk.app.stores import keys_of
from kiosk.domain.errors import StoreError
from kiosk.ports import central
from kiosk.ports.devices import DeviceHub
from kiosk.ports.storage import CaseState, CaseStore, OutboxSummary

FILE = "status.json"
EVERY_S = 5
FIRST_MS = 1500
STALE_S = 30.0
STORE_WAIT_S = 5.0


@dataclass
class LinkWords:
    """What sending last said of itself. Written in the main thread, read by whoever writes the status."""

    paused: bool = False
    suspicious: bool = False

    def note(self, event: object) -> None:
        """Keep it if it is news of these two."""
        match event:
            case central.SyncPaused(paused):
                self.paused = paused
            case central.GatewaySuspicious(suspicious):
                self.suspicious = suspicious

    def entry(self) -> dict[str, bool]:
        """For the report."""
        return {"paused": self.paused, "suspicious": self.suspicious}


class StatusWriter:
    """``write`` blocks for the store: call it from a chores thread, never from the main one."""

    def __init__(self, settings: Settings, hub: DeviceHub, store: CaseStore, link: LinkWords) -> None:
        self._settings = settings
        self._hub = hub
        self._store = store
        self._link = link
        self._parked: tuple[int, list[dict[str, Any]]] = (0, [])

    def write(self, clock_offset_s: float | None = None) -> None:
        """Replace the file. A disk or a store that refuses is passed over: the store tells of itself."""
        outbox: OutboxSummary | None = None
        night: dict[str, Any] | None = None
        try:
            outbox = self._store.outbox().result(STORE_WAIT_S)
            if outbox.parked != self._parked[0]:
                parked = self._store.cases(state=CaseState.PARKED).result(STORE_WAIT_S)
                self._parked = (outbox.parked, parked_entries(parked))
            night = last_self_test(self._store.get(KV_SELF_TEST).result(STORE_WAIT_S))
        except (StoreError, TimeoutError):
            pass  # said without them
        health = self._store.health()
        report = diagnosis(
            self._settings,
            [device_entry(status, None) for status in self._hub.statuses()],
            outbox,
            disk_entry(self._store.space()),
            running=True,
            clock={"utc": datetime.now(UTC).isoformat(timespec="seconds"), "offset_s": clock_offset_s},
            store=store_entry(keys_of(self._settings), health),
            parked=self._parked[1],
            self_test=night,
            sync=self._link.entry(),
            sqlite=health.sqlite_version,
        )
        report["terminal"]["pid"] = os.getpid()
        write_whole(self._settings.terminal.state_dir / FILE, report)


def forget_status(state_dir: Path) -> None:
    """The terminal has ended in good order: nobody shall read its last words as its present state."""
    with contextlib.suppress(OSError):
        (state_dir / FILE).unlink(missing_ok=True)


def write_whole(file: Path, report: Mapping[str, Any]) -> bool:
    """Write beside and rename; False when the disk refused."""
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        fresh.replace(file)
    except OSError:
        return False
    return True


def read_status(state_dir: Path) -> dict[str, Any] | None:
    """What the running terminal wrote last; None when there is nothing usable or it is too old to be believed."""
    try:
        report = json.loads((state_dir / FILE).read_bytes())
        written = datetime.fromisoformat(report["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    age_s = (datetime.now(UTC) - written).total_seconds()
    return report if isinstance(report, dict) and abs(age_s) <= STALE_S else None
