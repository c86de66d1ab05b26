"""Between the resident's yes and the answer: first durably saved, then sent. Exit and idle are held meanwhile."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.case import CaseAnswer
from kiosk.domain.session import Filing
from kiosk.flow.effects import SubmitCase
from kiosk.flow.events import CaseAnswered, CommitFailed, Committed, FlowEvent, WaitOver
from kiosk.flow.machine import Direction, Outcome, forward, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import BusyBody, ScreenView

SAYABLE = frozenset({"disk_full", "read_only", "io", "damaged", "closed"})
"""Reasons that a resident is told apart; every other one is a fault of the machine's storage to them."""


def applies(state: FlowState) -> bool:
    """Every item that lists it; a case that was committed is never submitted again."""
    return state.session is not None and state.session.filing is None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Hand the whole session over; nothing is shown as submitted yet."""
    if direction == "back" or state.session is None:
        return stay(state)
    return stay(state, SubmitCase(state.session, state.language), problem=None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Only the store's answer leads on; the centre's answer or the end of waiting leads to the result."""
    session = state.session
    if session is None:
        return None
    match event:
        case Committed(_, filing):
            return stay(with_session(state, filing=filing), touched_mono=state.mono)
        case CommitFailed(_, reason):
            review = "follow_review" if session.work is not None else "review"
            return goto(review, replace(state, problem=reason if reason in SAYABLE else "io"))
        case CaseAnswered(answer) if session.filing is not None:
            after = noted(state, answer)
            state = with_session(state, filing=after)
            if after is not None and after.all_answered:
                return forward(with_session(state, filing=replace(after, settled=True)), touched_mono=state.mono)
            return stay(state)
        case WaitOver() if session.filing is not None:
            return forward(with_session(state, filing=replace(session.filing, settled=True)), touched_mono=state.mono)
    return None


def noted(state: FlowState, answer: CaseAnswer) -> Filing | None:
    """The filing with one answer written down, if it is about a case of this visit."""
    filing = state.session.filing if state.session else None
    if filing is None or answer.case_id not in {case.case_id for case in filing.cases}:
        return filing
    return replace(filing, answers={**filing.answers, answer.case_id: answer})


def view(state: FlowState) -> ScreenView:
    """A verb in progress; the sentence changes once the case is safe."""
    saved = state.session is not None and state.session.filing is not None
    body = BusyBody(text(state, "submit.sending" if saved else "submit.saving"), text(state, "submit.wait"))
    return screen(state, text(state, "submit.title"), body, bare=True)
