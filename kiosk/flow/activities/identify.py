"""Who are you? By the card on the plate, the citizen code or the lines of a passport, as the item allows. Never by face
alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.domain.devices import (
    CardFailed,
    CardPresent,
    CardRead,
    CodeRefused,
    CodeScanned,
    MrzRead,
    StatusChanged,
)
from kiosk.domain.session import IdentityProof, Method, Subject
from kiosk.flow import licences
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.effects import CheckCitizenCode, Effect, ReadCard, Record, ScanCode, StopDevices
from kiosk.flow.events import CodeAccepted, CodeRejected, FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.offer import DEVICE_OF_METHOD, METHODS, allowed, methods, ways_on_for
from kiosk.flow.parts import back_key, screen, text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import IdentifyBody, Key, Notice, ScreenView
from kiosk.forms import Source, TrustLevel

_START: dict[Method, Effect] = {"id_card": ReadCard(), "citizen_qr": ScanCode(), "passport": ScanCode()}
_SOURCE: dict[Method, Source] = {"id_card": "card", "citizen_qr": "citizen_code", "passport": "passport"}
_ICON: dict[Method, str] = {"id_card": "id_card", "citizen_qr": "qr", "passport": "passport"}


def applies(state: FlowState) -> bool:
    """Passed over by items without identity, and once it is known who acts."""
    package, session = state.package, state.session
    return bool(package and package.identify and session and session.subject is None)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Start the first way that works; with none working the page says so."""
    package = state.package
    ways = methods(state, package) if package else ()
    first = allowed(package)[:1] if package else ()
    method = (ways or first or (state.method,))[0]
    return stay(state, *((_START[method],) if ways else ()), method=method, phase="waiting", problem=None)


def _identified(state: FlowState, subject: Subject, method: Method, trust: Literal["A", "B"]) -> Outcome:
    package, session = state.visit
    # What is printed is less than what a chip signed; a citizen code is filled in by the centre itself.
    told: TrustLevel = "B" if method == "passport" else "A"
    answers = engine_of(package).prefill(
        subject.prefill, {}, session.answers, state.context, state.now, card_source=_SOURCE[method], card_trust=told
    )
    state = with_session(state, subject=subject, proof=IdentityProof(method, state.now, trust), answers=answers)
    effects: tuple[Effect, ...] = (Record("card.subject_shown", code=method),)
    if method != "id_card":
        effects = (StopDevices(), *effects)
    state, asking = licences.ask(replace(state, phase="waiting", problem=None))
    effects += asking
    outcome = after_change(state) if state.changing else forward(state)
    return replace(outcome, effects=effects + outcome.effects)


def _refused(state: FlowState, reason: str, *effects: Effect) -> Outcome:
    return stay(state, Record("code.refused", code=reason), *effects, phase="failed", problem=f"code_{reason}")


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Card events, code events, passport lines, and the keys that switch between them."""
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
        case MrzRead(_, document):
            # The window is done with what it has read: ask again, so that something else can be shown.
            if "passport" not in package.identify:
                return _refused(state, "passport_not_here", ScanCode())
            if document.expired(state.today):
                return _refused(state, "passport_expired", ScanCode())
            prefill = document.as_prefill()
            subject = Subject(document.name, document.number, prefill["kind"], prefill=prefill)
            return _identified(state, subject, "passport", "B")
        case CodeScanned(_, payload) if "citizen_qr" not in package.identify:
            return _refused(state, "not_here", ScanCode()) if payload else None
        case CodeScanned(_, payload):
            return stay(state, CheckCitizenCode(payload), phase="checking", problem=None)
        case CodeRefused(_, code_reason):
            return _refused(state, code_reason.value)
        case CodeAccepted(_, subject, trust):
            return _identified(state, subject, "citizen_qr", trust)
        case CodeRejected(_, rejected):
            return _refused(state, rejected)
        case StatusChanged(status) if status.name == DEVICE_OF_METHOD[state.method]:
            if state.phase == "checking":
                return None  # the code has been read; what it says does not hang on the window any more
            if status.usable:
                return stay(state, _START[state.method], phase="waiting", problem=None)
            # The card that was being read goes with its reader; a page that waits for it would hold the idle count.
            return stay(state, phase="waiting", problem=None)
        case Touched("action.retry"):
            return stay(state, StopDevices(), _START[state.method], phase="waiting", problem=None)
        case Touched(name) if name.startswith("method."):
            method = next((way for way in allowed(package) if name == f"method.{way}"), None)
            if method is not None:
                return stay(state, StopDevices(), _START[method], method=method, phase="waiting", problem=None)
        case Touched("action.back"):
            return backward(state, StopDevices())
    return None


def _switches(state: FlowState) -> tuple[Key, ...]:
    """The other ways that work now."""
    package = state.visit[0]
    return tuple(
        Key(f"method.{way}", text(state, f"identify.use_{way}"), icon=_ICON[way])
        for way in METHODS
        if way != state.method and way in methods(state, package)
    )


def view(state: FlowState) -> ScreenView:
    """The amber panel stands where the primary key would: the next step is physical."""
    package, method, switches = state.visit[0], state.method, _switches(state)
    usable = state.world.usable(DEVICE_OF_METHOD[method]) or state.phase == "checking"
    message: Notice | None = None
    if not usable:
        place = text(state, "offer.staffed", place=word(state, state.world.place.staffed))
        follow = text(state, "identify.use_other") if switches else place
        message = Notice("caution", text(state, f"identify.{method}_down"), follow, _ICON[method])
    elif state.phase == "failed" and state.problem:
        message = Notice(
            "caution",
            text(state, f"identify.{state.problem}"),
            text(state, f"identify.{state.problem}_do"),
            _ICON[method],
        )
    retry = None
    if usable and state.phase == "failed" and method != "id_card":
        retry = Key("action.retry", text(state, "key.retry"), icon="reload")
    shown = "unavailable" if not usable else state.phase
    body = IdentifyBody(
        method=method,
        state=shown,
        steps=(text(state, f"identify.{method}_1"), text(state, f"identify.{method}_2")) if usable or switches else (),
        message=message,
        switches=switches,
        retry=retry,
        elsewhere=() if usable or switches else ways_on_for(state, package),
    )
    title = f"identify.{shown}" if shown in ("reading", "checking") else f"identify.{method}_title"
    if shown == "unavailable":
        title = "identify.another_way" if switches else "identify.no_way"
    return screen(
        state,
        text(state, title),
        body,
        key=method,
        lead=text(state, f"identify.{method}_lead") if usable else None,
        back=back_key(state),
    )
