"""What goes to the case now, once more; and what stays open after it."""

from __future__ import annotations

from kiosk.flow.comeback.owed import CAPTURE
from kiosk.flow.comeback.route import at_work
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import back_key, date_words, next_key, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, Notice, Row, RowsBody, ScreenView


def applies(state: FlowState) -> bool:
    """On every way that brings something."""
    return state.session is not None and state.session.work is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """A case that could not be saved comes back here and says so."""
    return stay(state, changing=False, page=None)


def brings(state: FlowState) -> bool:
    """Whether there is anything to hand in now."""
    work, session = at_work(state)
    if work.kind == "party":
        return session.joining is not None and session.joining.ticked and session.joining.signature is not None
    return any(paper.id in session.papers for paper in work.owed)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Hand in, change, or end without anything."""
    session = state.session
    if session is None or session.work is None:
        return None
    match event:
        case Touched(name) if name.startswith("change.material."):
            paper = name.removeprefix("change.material.")
            if any(one.id == paper for one in session.work.owed):
                return goto("owed", state, page=paper, changing=True, problem=None)
        case Touched("action.next") if brings(state):
            return forward(state, problem=None)
        case Touched("action.next"):
            return goto("wiped", state)
        case Touched("action.back"):
            return backward(state, problem=None)
    return None


def rows(state: FlowState) -> tuple[Row, ...]:
    """Each thing that was open, and what becomes of it now."""
    work, session = at_work(state)
    if work.kind == "party":
        return (Row(text(state, "follow.confirmation"), text(state, "party.signed"), icon="people"),)
    lines = []
    for paper in work.owed:
        pages = session.papers.get(paper.id, ())
        change = Key(f"change.material.{paper.id}", text(state, "form.change"))
        if session.material_ways.get(paper.id) == CAPTURE and pages:
            picture = pages[0].data if pages[0].media_type == "image/jpeg" else b""
            said = text(state, "materials.captured", count=len(pages))
            lines.append(Row(word(state, paper.title), said, key=change, picture=picture))
        else:
            day = date_words(state, paper.due_on.isoformat())
            lines.append(Row(word(state, paper.title), text(state, "follow.still", day=day), key=change))
    return tuple(lines)


def view(state: FlowState) -> ScreenView:
    """Rows, and a key that says what it does."""
    work, _ = at_work(state)
    some = brings(state)
    notice = None
    if state.problem is not None:
        notice = Notice("caution", text(state, "review.not_saved"), text(state, f"review.{state.problem}"), "storage")
    elif not some:
        place = word(state, work.office)
        notice = Notice("info", text(state, "follow.nothing"), text(state, "follow.nothing_do", place=place), "info")
    return screen(
        state,
        text(state, "review.title" if some else "follow.nothing_title"),
        RowsBody(rows(state)),
        key=f"{state.problem}:{some}",
        kicker=word(state, work.title),
        lead=text(state, f"follow.lead_{work.kind}") if some else None,
        notice=notice,
        back=back_key(state),
        primary=next_key(state, "review.submit" if some else "follow.end"),
    )
