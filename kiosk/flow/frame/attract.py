"""Nobody is here: the lamp is on. One touch anywhere starts a visit."""

from __future__ import annotations

from kiosk.domain.session import IntakeSession
from kiosk.domain.speech import LOUDNESS
from kiosk.domain.time import local
from kiosk.flow.effects import NewSession
from kiosk.flow.events import FlowEvent, IntakeChanged, Started, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import AttractBody, Key, ScreenView

NIGHT_FROM, NIGHT_TO = 17, 5


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The terminal waits; nothing of anybody is left. Nobody starts on a battery or before an open door."""
    if state.closed is not None:
        return goto("maintenance", state)
    return stay(
        state,
        session=None,
        overlay=None,
        language=state.world.default_language,
        modes=state.world.modes,
        loudness=LOUDNESS,
        reading_turn=0,
        search="",
        life_event=None,
        elsewhere=None,
        list_page=0,
        language_page=0,
        page=None,
        active=None,
        errors={},
        changing=False,
        problem=None,
        parking=None,
        returning=None,
        ended=None,
    )


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A touch asks for a session; the session opens the language page. Nobody starts on a store that has failed."""
    match event:
        case Touched("action.start"):
            return stay(state, NewSession())
        case IntakeChanged(_, True):
            return goto("out_of_service", state)
        case Started(session):
            return goto("language", state, session=IntakeSession(id=session, started_mono=state.mono))
    return None


def view(state: FlowState) -> ScreenView:
    """Both languages at once: nobody has chosen one yet."""
    hour, hours = local(state.now).hour, state.world.hours
    night = hour >= NIGHT_FROM or hour < NIGHT_TO
    start = Key("action.start", text(state, "attract.start"), icon="hand", kind="primary")
    body = AttractBody(
        line=text(state, "attract.near" if state.world.near else "attract.night" if night else "attract.day"),
        second_line=text(state, "attract.second"),
        night=night,
        start=start,
        hours=None if hours is None else "–".join(f"{minute // 60}:{minute % 60:02}" for minute in hours),
    )
    return screen(state, text(state, "attract.title"), body, key="night" if night else "day", bare=True)
