"""``./run cases``: what is stored on this terminal and what still has to reach the centre.

Listing and checking work while the terminal runs. ``retry``, ``export`` and ``wipe`` need it stopped: it is the only
writer of its store.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.app import exits
from kiosk.app.options import add_settings, parser, settings_of
from kiosk.domain.counting import counted

if TYPE_CHECKING:
    from config import Settings
    from kiosk.ports.storage import CaseRow, OutboxSummary
    from offline_cache import SqliteStore, StoreView

WAIT_S = 600.0
VERBS = {
    "list": "all cases (the default)",
    "verify": "read everything back",
    "retry": "retry ID: send a parked case again",
    "export": "export FILE: everything unsent, sealed to the centre",
    "wipe": "make the terminal empty; refused while anything is unsent",
    "unlock": "read the store's key, 64 hex digits, into the kernel's key ring",
}
WITH_ONE = ("retry", "export")


def main(arguments: Sequence[str]) -> int:
    """0; 1 when something was found, refused or not there; 5 for what needs the terminal stopped while it runs."""
    options = parser("cases", "List the cases of this terminal, check, export or wipe them, or try a parked one again.")
    add_settings(options)
    options.add_argument("do", nargs="?", choices=tuple(VERBS), help="; ".join(f"{k}: {v}" for k, v in VERBS.items()))
    options.add_argument("what", nargs="?", help="case id for retry, file for export")
    options.add_argument("--exported", type=Path, metavar="FILE", help="wipe: although unsent, because it lies in FILE")
    options.add_argument("--json", action="store_true", help="for programs: one array")
    chosen = options.parse_args(arguments)
    if (chosen.do in WITH_ONE) != (chosen.what is not None):
        options.error("retry needs a case id, export a file, and nothing else takes one")
    if chosen.exported is not None and chosen.do != "wipe":
        options.error("--exported belongs to wipe")
    settings = settings_of(chosen)
    match chosen.do:
        case "retry":
            return retry(settings, chosen.what)
        case "export":
            return export(settings, Path(chosen.what))
        case "wipe":
            return wipe(settings, chosen.exported)
        case "unlock":
            return unlock(settings)

    from kiosk.app.stores import view_of

    view = view_of(settings)
    if view is None:
        print("[]" if chosen.json else "no case was ever stored here / 本机还没有收件")
        return exits.OK
    with view:
        if chosen.do == "verify":
            return verify(view, as_json=chosen.json)
        rows, outbox = view.cases(), view.outbox()
    if chosen.json:
        print(json.dumps([entry(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        show(rows, outbox)
    return exits.OK


def entry(row: CaseRow) -> dict[str, Any]:
    """One case for programs. ``sent`` is when the centre's answer was durably written down here."""
    from kiosk.app.report import utc

    return {
        "case_id": row.case_id,
        "item": row.item,
        "parent": row.parent,
        "state": row.state.value,
        "attempts": row.attempts,
        "sha256": row.sha256,
        "created": utc(row.created),
        "sent": utc(row.sent),
        "reason": row.reason,
        "unconfirmed": row.unconfirmed,
    }


def show(rows: Sequence[CaseRow], outbox: OutboxSummary) -> None:
    """A table for people; the resident is in none of it."""
    from kiosk.app.report import utc

    if outbox.errands:
        waits = "waits" if outbox.errands == 1 else "wait"
        print(f"{counted(outbox.errands, 'errand')} {waits} for the centre: parked work to keep or to release")
    if not rows:
        print("no case is stored here / 本机没有收件")
        return
    print(f"{'case':<34} {'item':<30} {'state':<10} {'tries':>5}  {'created':<20} {'sent':<20} reason")
    for row in rows:
        # Unconfirmed: rebuilt from its envelope after damage; the resident may not have read "submitted".
        reason = " ".join(filter(None, ("unconfirmed" if row.unconfirmed else None, row.reason)))
        sent = utc(row.sent) or "–"
        print(
            f"{row.case_id:<34} {row.item:<30} {row.state.value:<10} {row.attempts:>5}  "
            f"{utc(row.created):<20} {sent:<20} {reason}".rstrip()
        )


def verify(view: StoreView, *, as_json: bool) -> int:
    """Every stored body read back against its hash, and the database's own check."""
    report = view.verify()
    if as_json:
        print(json.dumps({"ok": report.ok, "cases": report.cases, "problems": list(report.problems)}))
    else:
        print(f"{counted(report.cases, 'case')} read back, {counted(len(report.problems), 'problem')}")
        for problem in report.problems:
            print(f"  {problem}")
    return exits.OK if report.ok else exits.FAILED


def retry(settings: Settings, case_id: str) -> int:
    """Put a parked case back into the queue."""
    store = opened(settings)
    if store is None:
        print(f"cases: {case_id} is not stored here", file=sys.stderr)
        return exits.FAILED
    try:
        done = store.retry_parked(case_id).result(WAIT_S)
    finally:
        store.close()
    print(f"{case_id}: will be sent again" if done else f"{case_id} is not parked here")
    return exits.OK if done else exits.FAILED


def export(settings: Settings, file: Path) -> int:
    """Everything unsent into one file that only the centre can open. Raises StoreError."""
    store = opened(settings)
    if store is None:
        print("cases: nothing was ever stored here", file=sys.stderr)
        return exits.FAILED
    try:
        report = store.export_unsent(file.absolute()).result(WAIT_S)
    finally:
        store.close()
    taken = f"{counted(report.cases, 'case')} and {counted(report.errands, 'errand')}"
    print(f"{file} holds {taken}, sealed to the centre / 已导出")
    for case_id in report.failed:
        print(f"  {case_id}: could not be put in; it is still here", file=sys.stderr)
    return exits.FAILED if report.failed else exits.OK


def wipe(settings: Settings, exported: Path | None) -> int:
    """Make the terminal empty; the log keeps that it was done, or that it was refused. Raises StoreError."""
    from kiosk.app.clock import SystemClock
    from kiosk.app.logs import EventLog
    from kiosk.app.stores import keys_of
    from kiosk.domain.errors import UnsentCases
    from offline_cache import wipe_state

    state_dir = settings.terminal.state_dir
    if not state_dir.is_dir():
        print("cases: nothing was ever stored here", file=sys.stderr)
        return exits.FAILED
    log = EventLog.in_state_dir(state_dir)
    try:
        wipe_state(state_dir, keys=keys_of(settings), clock=SystemClock(), exported=exported)
        log.emit("store.wiped", code="empty" if exported is None else "exported")
    except UnsentCases as error:
        log.emit("store.wipe_refused", code="unsent")
        print(f"cases: not wiped: {error}", file=sys.stderr)
        print(
            "Let the terminal send them, or take all of it away: ./run cases export FILE, then "
            "./run cases wipe --exported FILE / 还有未送出的收件，请先联网送出或导出",
            file=sys.stderr,
        )
        return exits.FAILED
    finally:
        log.close()
    print("the terminal is empty / 已清空")
    return exits.OK


def opened(settings: Settings) -> SqliteStore | None:
    """The store, for writing; None where there is none. Raises SecondCopy while the terminal runs."""
    from kiosk.app.clock import SystemClock
    from kiosk.app.stores import store_of

    return store_of(settings, SystemClock()) if settings.terminal.state_dir.is_dir() else None


def unlock(settings: Settings) -> int:
    """Hand the kernel the store's key until the power goes. A key of another store is refused."""
    from kiosk.domain.errors import StoreKeyError
    from offline_cache.keys import KEY_BYTES, key_id, put_into_key_ring
    from offline_cache.layout import check_identity

    given = getpass.getpass("key / 密钥: ") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        key = bytes.fromhex(given.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreKeyError("a key is written as 64 hex digits")
    check_identity(settings.terminal.state_dir, key_id(key))
    put_into_key_ring(key)
    print("the key is in the key ring until the power goes / 密钥已载入")
    return exits.OK
