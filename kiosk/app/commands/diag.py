"""``./run diag``: devices, store and machine at a glance; ``diag set-pin`` sets the technician's PIN."""

from __future__ import annotations

import argparse
import getpass
import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.app import exits
from kiosk.app.options import add_settings, parser, settings_of

if TYPE_CHECKING:
    from config import Settings

WAIT_S = 4.0
LOOK_S = 0.05


def main(arguments: Sequence[str]) -> int:
    """0 all well; 1 degraded, or a PIN that was not set; 3 a device that is set up does not work."""
    options = parser("diag", "Show the state of this terminal; set the technician's PIN.")
    add_settings(options)
    options.add_argument("do", nargs="?", choices=("set-pin",), help="read a PIN twice and keep its hash")
    options.add_argument("--json", action="store_true", help="for programs")
    options.add_argument(
        "--wait", type=float, default=WAIT_S, metavar="S", help="how long devices may take (default: %(default)s s)"
    )
    chosen = options.parse_args(arguments)
    settings = settings_of(chosen)
    if chosen.do == "set-pin":
        return set_pin(settings.terminal.state_dir)
    return show(settings, chosen)


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    """Ask the running terminal, or the devices themselves."""
    from kiosk.app.report import table, verdict

    report = ask_running(settings.terminal.state_dir, chosen.wait)
    if report is None:
        report = look(settings, chosen.wait)
    if chosen.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        table(report, print)
    return verdict(report)


def ask_running(state_dir: Path, wait_s: float) -> dict[str, Any] | None:
    """What a running terminal says; None when none runs. Raises SecondCopy when one runs and stays silent."""
    from kiosk.app.status import read_status
    from kiosk.domain.errors import SecondCopy
    from offline_cache.lock import StateLock

    if not (state_dir / "lock").exists():
        return None
    try:
        StateLock(state_dir).release()
    except SecondCopy:
        deadline = time.monotonic() + max(wait_s, 6.0)
        while (report := read_status(state_dir)) is None:
            if time.monotonic() > deadline:
                raise SecondCopy("a terminal runs in this state folder and has written no status") from None
            time.sleep(LOOK_S)
        return report
    return None


def look(settings: Settings, wait_s: float) -> dict[str, Any]:
    """Open the devices, let each prove itself, look at the store from outside."""
    from devices.registry import build_hub
    from kiosk.app.clock import SystemClock
    from kiosk.app.report import device_entry, diagnosis
    from kiosk.domain.devices import Health
    from kiosk.ports.devices import DeviceBinding
    from offline_cache import find_key_source, open_view

    state_dir = settings.terminal.state_dir
    hub = build_hub([DeviceBinding(d.name, d.driver, d.options) for d in settings.devices], SystemClock())
    hub.start(lambda event: None)
    try:
        bound = {device.name for device in settings.devices}
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            if all(status.health is Health.ONLINE for status in hub.statuses() if status.name in bound):
                break
            time.sleep(LOOK_S)
        tests = {s.name: hub.self_test(s.name) for s in hub.statuses() if s.name in bound and s.health is Health.ONLINE}
        devices = [device_entry(status, tests.get(status.name)) for status in hub.statuses()]
    finally:
        hub.stop(5.0)
    outbox = None
    keys = find_key_source(state_dir, demo=settings.terminal.demo)
    view = open_view(state_dir, keys=keys)
    if view is not None:
        with view:
            outbox = view.outbox()
    return diagnosis(
        settings,
        devices,
        outbox,
        disk_of(state_dir),
        running=False,
        clock={"utc": datetime.now(UTC).isoformat(timespec="seconds"), "offset_s": None},
    )


def disk_of(state_dir: Path) -> dict[str, Any]:
    """Room on the disk of the state folder, which need not be there yet."""
    from offline_cache.store import DEFAULT_FLOOR_BYTES

    folder = state_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    is_open = free >= DEFAULT_FLOOR_BYTES
    because = None if is_open else "disk_floor"
    return {"free_bytes": free, "floor_bytes": DEFAULT_FLOOR_BYTES, "intake_open": is_open, "closed_because": because}


def set_pin(state_dir: Path) -> int:
    """Read the PIN twice, from the terminal without echo or from a pipe, and keep its hash."""
    from kiosk.services.staff import hash_pin, weak
    from offline_cache.pin_file import PinFile

    if sys.stdin.isatty():
        first, second = getpass.getpass("PIN / 口令: "), getpass.getpass("again / 再输一次: ")
    else:
        first, second = sys.stdin.readline().strip(), sys.stdin.readline().strip()
    reason = weak(first) if first == second else "the two are not the same"
    if reason is not None:
        print(f"diag: the PIN was not set: {reason}", file=sys.stderr)
        return exits.FAILED
    state_dir.mkdir(parents=True, exist_ok=True)
    PinFile(state_dir).set_pin_hash(hash_pin(first))
    print("diag: the PIN is set / 口令已设定")
    return exits.OK
