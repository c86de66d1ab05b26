"""The privacy notice: what is taken, why, how long it is kept. Each consent is its own box and starts empty."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow import licences
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import back_key, next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import ConsentBody, Key, ScreenView


def applies(state: FlowState) -> bool:
    """Every item that takes anything of a person has one."""
    return state.package is not None and bool(state.package.consents)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Boxes keep what was ticked."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Tick, untick, go on when the required ones are given."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    match event:
        case Touched(name) if name.startswith("consent.") and any(c.id == name[8:] for c in package.consents):
            consents = dict(session.consents)
            if consents.pop(name[8:], None) is None:
                consents[name[8:]] = state.now
            state = with_session(state, consents=consents)
            return stay(state if licences.allowed(state) else licences.withdrawn(state))
        case Touched("action.next") if _ready(state):
            # Whoever is known already and consents only now is not asked to wait for the library later.
            state, asking = licences.ask(state)
            outcome = after_change(state) if state.changing else forward(state)
            return replace(outcome, effects=asking + outcome.effects)
        case Touched("action.back"):
            return backward(state)
    return None


def _ready(state: FlowState) -> bool:
    package, session = state.package, state.session
    return (
        package is not None
        and session is not None
        and all(consent.id in session.consents for consent in package.consents if consent.required)
    )


def view(state: FlowState) -> ScreenView:
    """Short sentences, then the boxes."""
    package, session = state.visit
    boxes = tuple(
        Key(
            f"consent.{consent.id}",
            word(state, consent.title),
            hint=word(state, consent.text),
            tag=None if consent.required else text(state, "form.optional"),
        )
        for consent in package.consents
    )
    ready = _ready(state)
    return screen(
        state,
        text(state, "consent.title"),
        ConsentBody(
            (text(state, "consent.what"), text(state, "consent.keep"), text(state, "consent.rights")),
            boxes,
            frozenset(f"consent.{name}" for name in session.consents),
        ),
        lead=text(state, "consent.lead"),
        back=back_key(state),
        primary=next_key(
            state, "consent.agree", enabled=ready, why=None if ready else text(state, "consent.tick_first")
        ),
    )
