"""What whoever comes later confirms: the lines the centre shows this person, masked there."""

from __future__ import annotations

from kiosk.flow.activities import party_sees
from kiosk.flow.comeback.route import at_work
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, forward, stay
from kiosk.flow.parts import word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Row, ScreenView


def applies(state: FlowState) -> bool:
    """Only on the way of somebody who came to confirm."""
    return state.session is not None and state.session.work is not None and state.session.work.party is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """From the top."""
    return stay(state, list_page=0, problem=None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Read to the end, then sign. Who does not agree leaves; nothing happens then."""
    match event:
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next"):
            return forward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """The same page as beside the first person."""
    work, _ = at_work(state)
    party = work.party
    rows = tuple(Row(word(state, row.label), word(state, row.value)) for row in party.rows) if party else ()
    return party_sees.page(state, rows, word(state, work.title), lead="party.sees_alone", way_back=False)
