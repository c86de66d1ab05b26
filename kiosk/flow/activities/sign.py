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
UNWRITTEN = Signature(1, 1, ())
"""By whoever cannot write. Who they are was shown, and the box is ticked by their own hand or button."""


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
        case Touched("sign.instead"):
            return stay(with_session(state, signature=instead(session.signature)))
        case Signed():
            return stay(with_session(state, signature=drawn(event, session.signature)))
        case Touched("action.next") if _ready(state):
            return after_change(state) if state.changing else forward(state)
        case Touched("action.back"):
            return backward(state)
    return None


def instead(before: Signature | None) -> Signature | None:
    """Confirmed without writing, or that taken back."""
    return None if before == UNWRITTEN else UNWRITTEN


def drawn(event: Signed, before: Signature | None) -> Signature | None:
    """The signature as it stands now: too few points are none, too many leave what was there."""
    points = sum(len(stroke) for stroke in event.strokes)
    if points > MAX_POINTS:
        return before
    return Signature(event.width, event.height, event.strokes) if points >= MIN_POINTS else None


def page(
    state: FlowState,
    declaration: str,
    *,
    ticked: bool,
    signature: Signature | None,
    title: str = "sign.title",
    going_on: str = "key.next",
    kicker: str | None = None,
) -> ScreenView:
    """What is declared, the box, the area to sign in; ``title`` and ``going_on`` are keys of texts."""
    why = None
    if not ticked or signature is None:
        why = text(state, "sign.sign_first" if ticked else "sign.tick_first")
    body = SignBody(
        paragraphs=(declaration,),
        box=Key("declare.tick", text(state, "sign.declare")),
        ticked=ticked,
        clear=Key("sign.clear", text(state, "sign.clear"), icon="reload"),
        placeholder=text(state, "sign.unwritten" if signature == UNWRITTEN else "sign.here"),
        strokes=signature.strokes if signature else (),
        instead=Key(
            "sign.instead",
            text(state, "sign.write_after_all" if signature == UNWRITTEN else "sign.instead"),
            icon="pencil" if signature == UNWRITTEN else "id_card",
        ),
    )
    return screen(
        state,
        text(state, title),
        body,
        kicker=kicker,
        lead=text(state, "sign.lead"),
        back=back_key(state),
        primary=next_key(state, going_on, enabled=why is None, why=why),
    )


def view(state: FlowState) -> ScreenView:
    """The resident's own declaration."""
    package, session = state.visit
    return page(state, word(state, package.declaration), ticked=session.declared, signature=session.signature)
