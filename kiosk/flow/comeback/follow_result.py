"""What became of what was brought: with the case, or kept here until the network is back; and what is still open."""

from __future__ import annotations

from kiosk.domain.time import local
from kiosk.flow.activities.submit import noted
from kiosk.flow.comeback import paper
from kiosk.flow.comeback.route import at_work
from kiosk.flow.events import CaseAnswered, FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, forward, stay
from kiosk.flow.parts import next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Notice, ResultBody, Row, ScreenView, TrackStep


def applies(state: FlowState) -> bool:
    """Once something was handed in."""
    return state.session is not None and state.session.filing is not None and state.session.work is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A late answer still changes the page."""
    match event:
        case CaseAnswered(answer):
            return stay(with_session(state, filing=noted(state, answer)))
        case Touched("action.next"):
            return forward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """Received, with the case, what comes."""
    work, session = at_work(state)
    there, filing = paper.arrived(state), session.filing
    at = f"{local(filing.at):%H:%M}" if filing is not None else ""
    here = TrackStep("done", text(state, "track.received"), text(state, "track.today", time=at))
    sent = TrackStep("done", text(state, "follow.with_case"))
    if not there:
        sent = TrackStep("waiting", text(state, "follow.with_case"), text(state, "track.send_later"))
    numbers = [Row(text(state, "result.case"), work.case_id)]
    numbers += [Row(text(state, "follow.added"), word(state, line)) for line in paper.added(state)]
    reason = None
    rest = paper.still_open(state)
    if rest:
        lines = text(state, "answer.comma").join(word(state, line) for line in rest)
        reason = Notice("caution", text(state, "follow.rest"), lines, "calendar")
    track = (here, sent, TrackStep("to_come", text(state, "track.done"), text(state, "track.soon")))
    return screen(
        state,
        word(state, paper.state_line(state)),
        ResultBody("accepted" if there else "received", track, tuple(numbers), reason),
        key=str(there),
        kicker=word(state, work.title),
        lead=text(state, "follow.arrived_lead" if there else "follow.kept_note"),
        primary=next_key(state, "result.to_receipt"),
    )
