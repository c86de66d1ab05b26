"""Who are you? By the card on the plate, the citizen code or the lines of a passport, as the item allows. Never by face
alone."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import IdentityProof, Method
from kiosk.flow import identity, licences
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.effects import StopDevices
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward
from kiosk.flow.offer import allowed, ways_on_for
from kiosk.flow.parts import text
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import ScreenView
from kiosk.forms import Source, TrustLevel

_SOURCE: dict[Method, Source] = {"id_card": "card", "citizen_qr": "citizen_code", "passport": "passport"}


def applies(state: FlowState) -> bool:
    """Passed over by items without identity, and once it is known who acts."""
    package, session = state.package, state.session
    return bool(package and package.identify and session and session.subject is None)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Start the first way that works; with none working the page says so."""
    package = state.package
    return identity.start(state, allowed(package) if package else ())


def _identified(state: FlowState, shown: identity.Shown) -> Outcome:
    package, session = state.visit
    # What is printed is less than what a chip signed; a citizen code is filled in by the centre itself.
    told: TrustLevel = "B" if shown.method == "passport" else "A"
    answers = engine_of(package).prefill(
        shown.subject.prefill,
        {},
        session.answers,
        state.context,
        state.now,
        card_source=_SOURCE[shown.method],
        card_trust=told,
    )
    proof = IdentityProof(shown.method, state.now, shown.trust)
    state = with_session(state, subject=shown.subject, proof=proof, answers=answers)
    state, asking = licences.ask(replace(state, phase="waiting", problem=None))
    outcome = after_change(state) if state.changing else forward(state)
    return replace(outcome, effects=shown.effects + asking + outcome.effects)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Whatever is read here is the resident's own."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    if event == Touched("action.back"):
        return backward(state, StopDevices())
    heard = identity.heard(state, event, allowed(package))
    return _identified(state, heard) if isinstance(heard, identity.Shown) else heard


def view(state: FlowState) -> ScreenView:
    """The way that is being tried, the others, and where to go when none works."""
    package = state.visit[0]
    # Where somebody may act for another, it is easy to put down the other one's card.
    kicker = text(state, "identify.own") if package.acts_for is not None else None
    return identity.page(state, allowed(package), ways_on_for(state, package), kicker=kicker)
