"""The code opens nothing now: why, as far as that tells nothing about the case, and where to go."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.comeback.route import afresh
from kiosk.flow.comeback.take_up import MAX_MISSES
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import InfoBody, Key, Row, ScreenView

SAYABLE = frozenset(
    {"unknown", "not_yours", "done", "expired", "locked", "away", "on_its_way", "unreadable", "no_package", "other_way"}
)


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing of the person or the code is needed any more."""
    problem = state.problem if state.problem in SAYABLE else "away"
    return stay(replace(state, session=afresh(state), problem=problem))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Another try, or home."""
    match event:
        case Touched("take_up.again") if _may_try(state):
            return goto("take_up", state, problem=None)
        case Touched("action.home"):
            return goto("home", state, problem=None)
    return None


def _may_try(state: FlowState) -> bool:
    return state.problem != "locked" and state.session is not None and state.session.code_misses < MAX_MISSES


def view(state: FlowState) -> ScreenView:
    """One sentence, and the places where people know more."""
    problem, place = state.problem or "away", state.world.place
    rows = (
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
        Row(text(state, "elsewhere.place"), word(state, place.staffed), icon="place"),
    )
    again = Key("take_up.again", text(state, "take_up.again"), icon="reload")
    return screen(
        state,
        text(state, f"no_work.{problem}"),
        InfoBody("info", (text(state, f"no_work.{problem}_do"),), rows, (again,) if _may_try(state) else ()),
        key=problem,
        primary=Key("action.home", text(state, "cannot.home"), icon="home", kind="primary"),
    )
