"""Reading who somebody is: the card on the plate, the citizen code or the lines of a passport, and what goes wrong.

One core for everybody who has to say who they are: the resident, somebody who joins a case, whoever comes back to one.
A step passes the ways it takes and decides itself what becomes of the person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.domain.devices import CardFailed, CardPresent, CardRead, CodeRefused, CodeScanned, MrzRead, StatusChanged
from kiosk.domain.session import Method, Subject
from kiosk.flow.effects import CheckCitizenCode, Effect, ReadCard, Record, ScanCode, StopDevices
from kiosk.flow.events import CodeAccepted, CodeRejected, FlowEvent, Touched
from kiosk.flow.machine import Outcome, stay
from kiosk.flow.offer import DEVICE_OF_METHOD, working
from kiosk.flow.parts import back_key, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import IdentifyBody, Key, Notice, Row, ScreenView

START: dict[Method, Effect] = {"id_card": ReadCard(), "citizen_qr": ScanCode(), "passport": ScanCode()}
ICON: dict[Method, str] = {"id_card": "id_card", "citizen_qr": "qr", "passport": "passport"}
PAGES = frozenset({"identify", "party_identify", "take_up_identify", "resume"})
"""The steps on which somebody is asked who they are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody has shown who they are. The devices that still look are stopped by ``effects``."""

    subject: Subject = field(repr=False)
    method: Method
    trust: Literal["A", "B"]

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What is done with it, whoever it is."""
        shown: tuple[Effect, ...] = (Record("card.subject_shown", code=self.method),)
        return shown if self.method == "id_card" else (StopDevices(), *shown)


def busy(state: FlowState) -> bool:
    """Whether a card or code is being read right now, so that nobody is asked whether they are still there."""
    return state.step in PAGES and state.phase in ("reading", "checking")


def start(state: FlowState, ways: tuple[Method, ...]) -> Outcome:
    """Begin with the first way that works; with none working the page says so."""
    ready = working(state, ways)
    method = (ready or ways or (state.method,))[0]
    return stay(state, *((START[method],) if ready else ()), method=method, phase="waiting", problem=None)


def refused(state: FlowState, reason: str, *effects: Effect) -> Outcome:
    """A code that is not taken: the page says why."""
    return stay(state, Record("code.refused", code=reason), *effects, phase="failed", problem=f"code_{reason}")


def heard(state: FlowState, event: FlowEvent, ways: tuple[Method, ...]) -> Outcome | Shown | None:
    """Card events, code events, passport lines, and the keys that switch between them."""
    match event:
        case CardPresent():
            return stay(state, Record("card.present"), phase="reading", problem=None)
        case CardRead(_, card):
            if card.expired(state.today):
                # The reader is done with a card it has read: ask again, so that another card can be put down.
                return stay(
                    state, Record("card.refused", code="expired"), ReadCard(), phase="failed", problem="expired"
                )
            name = card.name or card.english_name
            return Shown(Subject(name, card.number, card.kind.value, prefill=card.as_prefill()), "id_card", "A")
        case CardFailed(_, reason):
            return stay(state, Record("card.refused", code=reason.value), phase="failed", problem=reason.value)
        case MrzRead(_, document):
            # The window is done with what it has read: ask again, so that something else can be shown.
            if "passport" not in ways:
                return refused(state, "passport_not_here", ScanCode())
            if document.expired(state.today):
                return refused(state, "passport_expired", ScanCode())
            prefill = document.as_prefill()
            return Shown(Subject(document.name, document.number, prefill["kind"], prefill=prefill), "passport", "B")
        case CodeScanned(_, payload) if "citizen_qr" not in ways:
            return refused(state, "not_here", ScanCode()) if payload else None
        case CodeScanned(_, payload):
            return stay(state, CheckCitizenCode(payload), phase="checking", problem=None)
        case CodeRefused(_, code_reason):
            return refused(state, code_reason.value)
        case CodeAccepted(_, subject, trust):
            return Shown(subject, "citizen_qr", trust)
        case CodeRejected(_, rejected):
            return refused(state, rejected)
        case StatusChanged(status) if status.name == DEVICE_OF_METHOD[state.method]:
            if state.phase == "checking":
                return None  # the code has been read; what it says does not hang on the window any more
            if status.usable:
                return stay(state, START[state.method], phase="waiting", problem=None)
            # The card that was being read goes with its reader; a page that waits for it would hold the idle count.
            return stay(state, phase="waiting", problem=None)
        case Touched("action.retry"):
            return stay(state, StopDevices(), START[state.method], phase="waiting", problem=None)
        case Touched(name) if name.startswith("method."):
            method = next((way for way in ways if name == f"method.{way}"), None)
            if method is not None:
                return stay(state, StopDevices(), START[method], method=method, phase="waiting", problem=None)
    return None


def page(
    state: FlowState, ways: tuple[Method, ...], elsewhere: tuple[Row, ...], *, kicker: str | None = None
) -> ScreenView:
    """The amber panel stands where the primary key would: the next step is physical. ``elsewhere`` are the ways on
    when nothing works; ``kicker`` says who is asked when it is not the resident.
    """
    method = state.method
    switches = tuple(
        Key(f"method.{way}", text(state, f"identify.use_{way}"), icon=ICON[way])
        for way in working(state, ways)
        if way != method
    )
    usable = state.world.usable(DEVICE_OF_METHOD[method]) or state.phase == "checking"
    message: Notice | None = None
    if not usable:
        place = text(state, "offer.staffed", place=word(state, state.world.place.staffed))
        follow = text(state, "identify.use_other") if switches else place
        message = Notice("caution", text(state, f"identify.{method}_down"), follow, ICON[method])
    elif state.phase == "failed" and state.problem:
        title, follow = text(state, f"identify.{state.problem}"), text(state, f"identify.{state.problem}_do")
        message = Notice("caution", title, follow, ICON[method])
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
        elsewhere=() if usable or switches else elsewhere,
    )
    title = f"identify.{shown}" if shown in ("reading", "checking") else f"identify.{method}_title"
    if shown == "unavailable":
        title = "identify.another_way" if switches else "identify.no_way"
    return screen(
        state,
        text(state, title),
        body,
        key=method,
        kicker=kicker,
        lead=text(state, f"identify.{method}_lead") if usable else None,
        back=back_key(state),
    )
