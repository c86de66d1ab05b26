"""Who are you? By the card on the plate, or by the citizen code where the item allows. Never by face alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.domain.devices import ID_CARD, CardFailed, CardPresent, CardRead, CodeRefused, CodeScanned, StatusChanged
from kiosk.domain.session import IdentityProof, Method, Subject
from kiosk.flow import licences
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.effects import CheckCitizenCode, Effect, ReadCard, Record, ScanCode, StopDevices
from kiosk.flow.events import CodeAccepted, CodeRejected, FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.offer import DEVICE_OF_METHOD, methods
from kiosk.flow.parts import back_key, screen, text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import IdentifyBody, Key, Notice, ScreenView
from kiosk.forms import Source

_START: dict[Method, Effect] = {"id_card": ReadCard(), "citizen_qr": ScanCode()}


def applies(state: FlowState) -> bool:
    """Passed over by items without identity, and once it is known who acts."""
    package, session = state.package, state.session
    return bool(package and package.identify and session and session.subject is None)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Start the first way that works; with none working the page says so."""
    package = state.package
    ways = methods(state, package) if package else ()
    method = ways[0] if ways else state.method
    return stay(state, *((_START[method],) if ways else ()), method=method, phase="waiting", problem=None)


def _identified(state: FlowState, subject: Subject, method: Method, trust: Literal["A", "B"]) -> Outcome:
    package, session = state.visit
    source: Source = "card" if method == "id_card" else "citizen_code"
    answers = engine_of(package).prefill(
        subject.prefill, {}, session.answers, state.context, state.now, card_source=source
    )
    state = with_session(state, subject=subject, proof=IdentityProof(method, state.now, trust), answers=answers)
    effects: tuple[Effect, ...] = (Record("card.subject_shown", code=method),)
    if method == "citizen_qr":
        effects = (StopDevices(), *effects)
    state, asking = licences.ask(replace(state, phase="waiting", problem=None))
    effects += asking
    outcome = after_change(state) if state.changing else forward(state)
    return replace(outcome, effects=effects + outcome.effects)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Card events, code events, and the keys that switch between them."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    match event:
        case CardPresent():
            return stay(state, Record("card.present"), phase="reading", problem=None)
        case CardRead(_, card):
            if card.expired(state.today):
                # The reader is done with a card it has read: ask again, so that another card can be put down.
                return stay(
                    state, Record("card.refused", code="expired"), ReadCard(), phase="failed", problem="expired"
                )
            subject = Subject(card.name or card.english_name, card.number, card.kind.value, prefill=card.as_prefill())
            return _identified(state, subject, "id_card", "A")
        case CardFailed(_, reason):
            return stay(state, Record("card.refused", code=reason.value), phase="failed", problem=reason.value)
        case CodeScanned(_, payload):
            return stay(state, CheckCitizenCode(payload), phase="checking", problem=None)
        case CodeRefused(_, reason):
            return stay(
                state, Record("code.refused", code=reason.value), phase="failed", problem=f"code_{reason.value}"
            )
        case CodeAccepted(_, subject, trust):
            return _identified(state, subject, "citizen_qr", trust)
        case CodeRejected(_, reason):
            return stay(state, Record("code.refused", code=reason), phase="failed", problem=f"code_{reason}")
        case StatusChanged(status) if status.usable and status.name == DEVICE_OF_METHOD[state.method]:
            return stay(state, _START[state.method], phase="waiting", problem=None)
        case StatusChanged(status) if status.name == ID_CARD and not status.usable and state.phase == "reading":
            # The card that was being read goes with its reader; a page that waits for it would hold the idle count.
            return stay(state, phase="waiting")
        case Touched("action.retry"):
            return stay(state, StopDevices(), _START[state.method], phase="waiting", problem=None)
        case Touched("method.id_card" | "method.citizen_qr" as name) if name[7:] in package.identify:
            method: Method = "id_card" if name == "method.id_card" else "citizen_qr"
            return stay(state, StopDevices(), _START[method], method=method, phase="waiting", problem=None)
        case Touched("action.back"):
            return backward(state, StopDevices())
    return None


def view(state: FlowState) -> ScreenView:
    """The amber panel stands where the primary key would: the next step is physical."""
    package = state.visit[0]
    method = state.method
    usable = state.world.usable(DEVICE_OF_METHOD[method])
    message: Notice | None = None
    if not usable:
        place = word(state, state.world.place.staffed)
        message = Notice(
            "caution", text(state, f"identify.{method}_down"), text(state, "offer.staffed", place=place), "network"
        )
    elif state.phase == "failed" and state.problem:
        message = Notice(
            "caution", text(state, f"identify.{state.problem}"), text(state, f"identify.{state.problem}_do"), "id_card"
        )
    other: Method = "citizen_qr" if method == "id_card" else "id_card"
    switch = None
    if other in methods(state, package):
        switch = Key(
            f"method.{other}", text(state, f"identify.use_{other}"), icon="qr" if other == "citizen_qr" else "id_card"
        )
    retry = None
    if usable and state.phase == "failed" and method == "citizen_qr":
        retry = Key("action.retry", text(state, "key.retry"), icon="reload")
    shown = "unavailable" if not usable else state.phase
    body = IdentifyBody(
        method=method,
        state=shown,
        steps=(text(state, f"identify.{method}_1"), text(state, f"identify.{method}_2")),
        message=message,
        switches=(switch,) if switch else (),
        retry=retry,
    )
    title = f"identify.{method}_title" if shown in ("waiting", "failed", "unavailable") else f"identify.{shown}"
    return screen(
        state,
        text(state, title),
        body,
        key=method,
        lead=text(state, f"identify.{method}_lead") if usable else None,
        back=back_key(state),
    )
