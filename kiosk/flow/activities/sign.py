"""Declaration and signature: the box starts empty, the signature is drawn on the screen."""

from __future__ import annotations

from kiosk.domain.session import Signature
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Signed, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import back_key, next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Key, ScreenView, SignBody

MIN_POINTS = 8
MAX_POINTS = 4000


def applies(state: FlowState) -> bool:
    """Every item that lists it."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Box and strokes stay as they were left."""
    return stay(state)


def _ready(state: FlowState) -> bool:
    return bool(state.session and state.session.declared and state.session.signature)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Tick, sign, clear, go on."""
    session = state.session
    if session is None:
        return None
    match event:
        case Touched("declare.tick"):
            return stay(with_session(state, declared=not session.declared))
        case Touched("sign.clear"):
            return stay(with_session(state, signature=None))
        case Signed(width, height, strokes):
            points = sum(len(stroke) for stroke in strokes)
            if points > MAX_POINTS:
                return stay(state)
            signature = Signature(width, height, strokes) if points >= MIN_POINTS else None
            return stay(with_session(state, signature=signature))
        case Touched("action.next") if _ready(state):
            return after_change(state) if state.changing else forward(state)
        case Touched("action.back"):
            return backward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """What is declared, the box, the area to sign in."""
    package, session = state.visit
    ready = _ready(state)
    why = None
    if not ready:
        why = text(state, "sign.tick_first" if not session.declared else "sign.sign_first")
    body = SignBody(
        paragraphs=(word(state, package.declaration),),
        box=Key("declare.tick", text(state, "sign.declare")),
        ticked=session.declared,
        clear=Key("sign.clear", text(state, "sign.clear"), icon="reload"),
        placeholder=text(state, "sign.here"),
        strokes=session.signature.strokes if session.signature else (),
    )
    return screen(
        state,
        text(state, "sign.title"),
        body,
        lead=text(state, "sign.lead"),
        back=back_key(state),
        primary=next_key(state, enabled=ready, why=why),
    )
