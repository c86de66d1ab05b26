"""The privacy notice: what is taken, why, how long it is kept. Each consent is its own box and starts empty."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow import laying_aside, licences
from kiosk.flow.activities import lookup
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import back_key, next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import ConsentBody, Key, ScreenView

LICENCES = "licences"
"""The second page, where an item can look up e-licences."""
ALL = "consent.licences"
"""The box that ticks every e-licence at once."""


def applies(state: FlowState) -> bool:
    """Every item that takes anything of a person has one."""
    return state.package is not None and bool(state.package.consents)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Boxes keep what was ticked."""
    return stay(state, page=LICENCES if direction == "back" and licences.offered(state) else None)


def _boxes(state: FlowState) -> tuple[Key, ...]:
    """The consents of this page: first what the item needs, then each e-licence by itself."""
    package = state.visit[0]
    if state.page == LICENCES:
        each = tuple(
            Key(f"consent.{licences.PREFIX}{offer.type}", word(state, offer.title), hint=word(state, offer.why))
            for offer in licences.offered(state)
        )
        return each if len(each) == 1 else (Key(ALL, text(state, "consent.licences_all")), *each)
    boxes = tuple(
        Key(
            f"consent.{consent.id}",
            word(state, consent.title),
            hint=word(state, consent.text),
            tag=None if consent.required else text(state, "form.optional"),
        )
        for consent in package.consents
    )
    if not (state.world.parking and package.identify and "submit" in package.activities):
        return boxes
    title, hint = text(state, "consent.park"), text(state, "consent.park_hint")
    return (*boxes, Key(f"consent.{laying_aside.CONSENT}", title, hint=hint, tag=text(state, "form.optional")))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Tick, untick, go on when the required ones are given."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    match event:
        case Touched(name) if any(box.name == name for box in _boxes(state)):
            consents = dict(session.consents)
            if name == ALL:
                types = [licences.PREFIX + offer.type for offer in licences.offered(state)]
                everything = all(kind in consents for kind in types)
                consents = {kind: at for kind, at in consents.items() if kind not in types}
                consents |= {} if everything else dict.fromkeys(types, state.now)
                return stay(licences.withdrawn(with_session(state, consents=consents)))
            given = name.removeprefix("consent.")
            if consents.pop(given, None) is None:
                consents[given] = state.now
            return stay(lookup.withdrawn(licences.withdrawn(with_session(state, consents=consents))))
        case Touched("action.next") if state.page is None and _ready(state) and licences.offered(state):
            return stay(state, page=LICENCES)
        case Touched("action.next") if _ready(state):
            # Whoever is known already and consents only now is not asked to wait for the library later.
            state, asking = licences.ask(state)
            outcome = after_change(state) if state.changing else forward(state)
            return replace(outcome, effects=asking + outcome.effects)
        case Touched("action.back") if state.page == LICENCES:
            return stay(state, page=None)
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
    """Short sentences, then the boxes; the e-licences on a page of their own, because nobody has to agree to them."""
    session = state.visit[1]
    ticked = frozenset(f"consent.{name}" for name in session.consents)
    if state.page == LICENCES:
        if all(licences.PREFIX + offer.type in session.consents for offer in licences.offered(state)):
            ticked |= {ALL}
        return screen(
            state,
            text(state, "consent.licences_title"),
            ConsentBody((text(state, "consent.licences_what"),), _boxes(state), ticked),
            key=LICENCES,
            lead=text(state, "consent.licences_lead"),
            back=back_key(state),
            primary=next_key(state),
        )
    ready = _ready(state)
    return screen(
        state,
        text(state, "consent.title"),
        ConsentBody(
            (text(state, "consent.what"), text(state, "consent.keep"), text(state, "consent.rights")),
            _boxes(state),
            ticked,
        ),
        lead=text(state, "consent.lead"),
        back=back_key(state),
        primary=next_key(
            state, "consent.agree", enabled=ready, why=None if ready else text(state, "consent.tick_first")
        ),
    )
