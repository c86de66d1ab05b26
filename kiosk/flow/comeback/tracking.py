"""How far a case is: its own state, what it waits for, and each part of a bundle with its office."""

from __future__ import annotations

from kiosk.domain.time import local
from kiosk.flow.comeback.route import at_work
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import next_key, paged, pager, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Row, RowsBody, ScreenView

PAGE_SIZE = 6


def applies(state: FlowState) -> bool:
    """Only for somebody who came back."""
    return state.session is not None and state.session.work is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """From the top."""
    return stay(state, list_page=0, problem=None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Read, then leave."""
    match event:
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next"):
            return goto("wiped", state)
    return None


def rows(state: FlowState) -> tuple[Row, ...]:
    """Numbers first, then what is waited for, then the parts."""
    work, _ = at_work(state)
    came = local(work.accepted_at)
    lines = [
        Row(text(state, "result.case"), work.case_id),
        Row(text(state, "tracking.came"), f"{came:%Y-%m-%d %H:%M}"),
        Row(text(state, "tracking.office"), word(state, work.office)),
    ]
    if work.official_no is not None:
        lines.insert(1, Row(text(state, "result.official"), work.official_no))
    lines += [Row(text(state, "tracking.waiting"), word(state, line)) for line in work.waiting]
    lines += [Row(word(state, part.title), text(state, f"tracking.part_{part.status}")) for part in work.parts]
    return tuple(lines)


def view(state: FlowState) -> ScreenView:
    """The state is the title."""
    work, _ = at_work(state)
    items, index, pages = paged(state, rows(state), state.list_page, PAGE_SIZE)
    return screen(
        state,
        text(state, f"tracking.{work.status}"),
        RowsBody(tuple(items), (), *pager(state, index, pages)),
        key=str(index),
        kicker=word(state, work.title),
        lead=text(state, f"tracking.{work.status}_lead"),
        primary=next_key(state, "follow.end"),
    )
