"""``./run diag``: devices, store and machine at a glance; checks, loop, byte trace and readiness report; the PIN."""

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
    from kiosk.domain.diagnostics import Machine

WAIT_S = 4.0
LOOK_S = 0.05
VERBS = {
    "set-pin": "read a PIN twice and keep its hash",
    "check": "guided checks",
    "loop": "self-tests without end",
    "trace": "a device's bytes, masked",
    "report": "the readiness report",
    "records": "what checks found",
}


def main(arguments: Sequence[str]) -> int:
    """0 all well; 1 degraded, a check failed or no PIN was set; 3 a device that is set up does not work."""
    options = parser("diag", "Show the state of this terminal; check its devices; set the technician's PIN.")
    add_settings(options)
    options.add_argument("do", nargs="?", choices=tuple(VERBS), help=", ".join(f"{k}: {v}" for k, v in VERBS.items()))
    options.add_argument("devices", nargs="*", metavar="DEVICE", help="for check, loop and trace; default: all set up")
    options.add_argument("--json", action="store_true", help="for programs (the overview and records)")
    options.add_argument("--rounds", type=int, metavar="N", help="loop: end after so many (default: until Ctrl-C)")
    options.add_argument("--for", type=float, default=60.0, dest="seconds", metavar="S", help="trace: how long")
    options.add_argument("--print", action="store_true", dest="on_paper", help="report: also as a slip")
    options.add_argument("--last", type=int, default=20, metavar="N", help="records: how many")
    options.add_argument(
        "--wait", type=float, default=WAIT_S, metavar="S", help="how long devices may take (default: %(default)s s)"
    )
    chosen = options.parse_args(arguments)
    for flag, number in (("--rounds", chosen.rounds), ("--for", chosen.seconds), ("--last", chosen.last)):
        if number is not None and number <= 0:
            options.error(f"{flag} {number:g}: must be above 0")
    settings = settings_of(chosen)
    if chosen.do == "set-pin":
        return set_pin(settings.terminal.state_dir)
    if chosen.do == "records":
        from kiosk.app.checks import records

        return records(settings.terminal.state_dir, chosen.last, as_json=chosen.json)
    if chosen.do is not None:
        return work(settings, chosen)
    return show(settings, chosen)


def work(settings: Settings, chosen: argparse.Namespace) -> int:
    """What needs the devices themselves. Raises SecondCopy while a terminal runs: its own page can do the same."""
    from kiosk.app import checks
    from offline_cache.lock import StateLock

    bound = [device.name for device in settings.devices]
    names = chosen.devices or bound
    for name in names:
        if name not in bound:
            print(f"diag: no device {name!r} is set up; there are: {', '.join(bound) or 'none'}", file=sys.stderr)
            return exits.USAGE
    if chosen.do == "trace" and len(names) != 1:
        print("diag: trace needs one device", file=sys.stderr)
        return exits.USAGE
    state_dir = settings.terminal.state_dir
    state_dir.mkdir(parents=True, exist_ok=True)
    lock = StateLock(state_dir)
    try:
        with checks.workshop(settings, lambda: machine(settings), chosen.wait) as shop:
            match chosen.do:
                case "check":
                    return checks.check(shop, names, checks.answers_from_input())
                case "loop":
                    return checks.loop(shop, names, chosen.rounds)
                case "trace":
                    return checks.trace(shop, names[0], chosen.seconds)
            return checks.report(shop, on_paper=chosen.on_paper)
    finally:
        lock.release()


def machine(settings: Settings) -> Machine:
    """What a report says beside the devices, seen from outside the store."""
    from kiosk.app.report import versions_of
    from kiosk.app.stores import keys_of, view_of
    from kiosk.domain.diagnostics import Machine

    terminal = settings.terminal
    outbox = None
    view = view_of(settings)
    if view is not None:
        with view:
            outbox = view.outbox()
    disk = disk_of(settings)
    degraded = keys_of(settings).degraded if view is not None else None
    oldest = outbox.oldest if outbox is not None else None
    return Machine(
        terminal=terminal.id,
        site=terminal.site,
        versions=tuple(versions_of().items()),
        centre_reachable=None,
        waiting=outbox.waiting if outbox is not None else 0,
        parked=outbox.parked if outbox is not None else 0,
        oldest_s=None if oldest is None else max(0, int((datetime.now(UTC) - oldest).total_seconds())),
        free_bytes=disk["free_bytes"],
        intake_open=disk["intake_open"],
        store_degraded=(degraded,) if degraded else (),
    )


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
    from kiosk.app.night import KV_SELF_TEST, last_self_test
    from kiosk.app.report import device_entry, diagnosis, parked_entries, store_entry
    from kiosk.app.stores import keys_of, view_of
    from kiosk.domain.devices import Health
    from kiosk.ports.devices import DeviceBinding
    from kiosk.ports.storage import CaseState

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
    outbox = store = night = None
    parked: list[dict[str, Any]] = []
    view = view_of(settings)
    if view is not None:
        with view:
            outbox, night = view.outbox(), last_self_test(view.get(KV_SELF_TEST))
            parked = parked_entries(view.cases(state=CaseState.PARKED)) if outbox.parked else []
        store = store_entry(keys_of(settings), None)
    return diagnosis(
        settings,
        devices,
        outbox,
        disk_of(settings),
        running=False,
        clock={"utc": datetime.now(UTC).isoformat(timespec="seconds"), "offset_s": None},
        store=store,
        parked=parked,
        self_test=night,
    )


def disk_of(settings: Settings) -> dict[str, Any]:
    """Room on the disk of the state folder, which need not be there yet."""
    folder, floor = settings.terminal.state_dir, settings.store.floor_mb << 20
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    is_open = free >= floor
    because = None if is_open else "disk_floor"
    return {"free_bytes": free, "floor_bytes": floor, "intake_open": is_open, "closed_because": because}


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
