"""``./run cases``: what is stored on this terminal and what still has to reach the centre. Works while it runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kiosk.app import exits
from kiosk.app.options import add_settings, parser, settings_of

if TYPE_CHECKING:
    from config import Settings
    from kiosk.ports.storage import CaseRow
    from offline_cache import StoreView


def main(arguments: Sequence[str]) -> int:
    """0; 1 when ``verify`` found something or ``retry`` had nothing to do; 5 for ``retry`` while the terminal runs."""
    options = parser("cases", "List the cases of this terminal, check them, or try a parked one again.")
    add_settings(options)
    options.add_argument("do", nargs="?", choices=("verify", "retry"), help="verify: read everything back; retry ID")
    options.add_argument("id", nargs="?", help="case id for retry")
    options.add_argument("--json", action="store_true", help="for programs: one array")
    chosen = options.parse_args(arguments)
    if (chosen.do == "retry") != (chosen.id is not None):
        options.error("retry needs a case id, and nothing else takes one")
    settings = settings_of(chosen)
    if chosen.do == "retry":
        return retry(settings, chosen.id)

    from offline_cache import find_key_source, open_view

    state_dir = settings.terminal.state_dir
    view = open_view(state_dir, keys=find_key_source(state_dir, demo=settings.terminal.demo))
    if view is None:
        print("[]" if chosen.json else "no case was ever stored here / 本机还没有收件")
        return exits.OK
    with view:
        if chosen.do == "verify":
            return verify(view, as_json=chosen.json)
        rows = view.cases()
    if chosen.json:
        print(json.dumps([entry(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        show(rows)
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
    }


def show(rows: Sequence[CaseRow]) -> None:
    """A table for people; the resident is in none of it."""
    from kiosk.app.report import utc

    if not rows:
        print("no case is stored here / 本机没有收件")
        return
    print(f"{'case':<34} {'item':<30} {'state':<10} {'tries':>5}  {'created':<20} {'sent':<20} reason")
    for row in rows:
        sent, reason = utc(row.sent) or "–", row.reason or ""
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
        print(f"{report.cases} cases read back, {len(report.problems)} problems")
        for problem in report.problems:
            print(f"  {problem}")
    return exits.OK if report.ok else exits.FAILED


def retry(settings: Settings, case_id: str) -> int:
    """Put a parked case back into the queue. The store must not be in use: the terminal is its only writer."""
    from kiosk.app.clock import SystemClock
    from offline_cache import find_key_source, open_store

    terminal = settings.terminal
    if not terminal.state_dir.is_dir():
        print(f"cases: {case_id} is not stored here", file=sys.stderr)
        return exits.FAILED
    store = open_store(
        terminal.state_dir, clock=SystemClock(), keys=find_key_source(terminal.state_dir, demo=terminal.demo)
    )
    try:
        done = store.retry_parked(case_id).result(10.0)
    finally:
        store.close()
    print(f"{case_id}: will be sent again" if done else f"{case_id} is not parked here")
    return exits.OK if done else exits.FAILED
