"""The yes of whoever came later: the sentence of the item, a tick, a signature."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import Joining
from kiosk.flow.activities import sign
from kiosk.flow.comeback.route import at_work
from kiosk.flow.events import FlowEvent, Signed, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import ScreenView


def applies(state: FlowState) -> bool:
    """Only on the way of somebody who came to confirm."""
    return state.session is not None and state.session.joining is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Tick and strokes stay."""
    return stay(state)


def _with(state: FlowState, mine: Joining) -> Outcome:
    return stay(with_session(state, joining=mine))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Tick, sign, clear, go on."""
    mine = state.session.joining if state.session is not None else None
    if mine is None:
        return None
    match event:
        case Touched("declare.tick"):
            return _with(state, replace(mine, ticked=not mine.ticked))
        case Touched("sign.clear"):
            return _with(state, replace(mine, signature=None))
        case Touched("sign.instead"):
            return _with(state, replace(mine, signature=sign.instead(mine.signature)))
        case Signed():
            return _with(state, replace(mine, signature=sign.drawn(event, mine.signature)))
        case Touched("action.next") if mine.ticked and mine.signature is not None:
            return forward(state)
        case Touched("action.back"):
            return backward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """The words the item wrote for this person."""
    work, session = at_work(state)
    mine = session.joining
    return sign.page(
        state,
        word(state, work.party.confirms) if work.party else "",
        ticked=mine is not None and mine.ticked,
        signature=mine.signature if mine else None,
        title="party.sign",
        kicker=word(state, work.title),
    )
