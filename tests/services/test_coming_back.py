"""Coming back at the desks: whom the centre is asked about, and what goes into the store."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from kiosk.domain.case import FiledCase
from kiosk.domain.session import IdentityProof, Subject
from kiosk.flow.effects import SubmitCase
from kiosk.flow.events import CodeAccepted, Committed, FlowEvent, WorkFound, WorkRefused
from kiosk.ports.central import CallFault, CentreSubject, GatewayFault, IdentitySession, Rejected, RetryLater
from kiosk.services.citizen_code import CitizenClaim
from kiosk.services.identity_desk import IdentityDesk
from kiosk.services.intake_desk import IntakeDesk
from offline_cache.memory import MemoryStore
from tests.flow.coming_back import CODE, brought, work
from tests.flow.world import CARD, NOON, Visit, place
from tests.services.test_desks import AtOnce, HeldClock, Library, Sender, Timers


class Books(Library):
    """A centre that answers about a code."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[tuple[object, ...]] = []

    def identity_session(self, number: str, name: str, *more: object) -> IdentitySession:
        self.asked.append((number, name, more[0]))
        return super().identity_session(number, name, *more)

    def open_work(self, session: str, code: str, *_: object) -> object:
        self.asked.append((session, code))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def someone(**changes: object):  # type: ignore[no-untyped-def]
    session = Visit().touch("action.start", "language.zh-Hans").state.session
    assert session is not None
    subject = Subject(CARD.name, CARD.number, "resident")
    session = dataclasses.replace(session, code=CODE, subject=subject, proof=IdentityProof("id_card", NOON, "A"))
    return dataclasses.replace(session, **changes)  # type: ignore[arg-type]


def told(api: Books, session) -> FlowEvent:  # type: ignore[no-untyped-def]
    events: list[FlowEvent] = []
    clock = HeldClock()
    desk = IdentityDesk(MemoryStore(clock), api, AtOnce(), clock, events.append)  # type: ignore[arg-type]
    desk.find_work(session)
    (event,) = events
    return event


def test_person_is_named_to_the_centre_without_an_item_and_the_code_with_it() -> None:
    api = Books(work())
    session = someone()

    assert told(api, session) == WorkFound(session.id, work())
    assert api.asked == [(CARD.number, CARD.name, None), ("s-1", CODE)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Rejected("urn:kiosk:problem:work-unknown", "", 404), "unknown"),
        (Rejected("urn:kiosk:problem:work-not-yours", "", 422), "not_yours"),
        (Rejected("urn:kiosk:problem:work-done", "", 409), "done"),
        (Rejected("urn:kiosk:problem:work-expired", "", 410), "expired"),
        (Rejected("urn:kiosk:problem:work-locked", "", 422), "locked"),
        (Rejected("urn:kiosk:problem:request-invalid", "", 422), "away"),
        (RetryLater(None, "out of reach"), "away"),
        (GatewayFault("html"), "away"),
    ],
)
def test_whatever_the_centre_says_becomes_one_word(answer: CallFault, reason: str) -> None:
    session = someone()

    assert told(Books(answer), session) == WorkRefused(session.id, reason)


def test_desk_that_breaks_still_answers(caplog: pytest.LogCaptureFixture) -> None:
    session = someone()

    assert told(Books(ValueError("broken")), session) == WorkRefused(session.id, "away")
    assert "coming back to a case failed" in caplog.messages
    caplog.clear()


def test_code_that_told_no_name_is_asked_about_nobody() -> None:
    api = Books(work())
    session = someone(subject=Subject("", "", "", handle="h"))

    assert told(api, session) == WorkRefused(session.id, "away")
    assert api.asked == []


def test_what_is_brought_goes_through_store_and_outbox_like_any_case() -> None:
    visit = brought().touch("action.next")
    effect = visit.effect(SubmitCase)
    assert isinstance(effect, SubmitCase)
    assert effect.session.work is not None
    clock = HeldClock()
    store, events, sender = MemoryStore(clock), list[FlowEvent](), Sender()
    desk = IntakeDesk(store, sender, clock, Timers(), events.append, submit_wait_s=5.0, clock_trusted=lambda: True)

    desk.follow_up(effect.session, effect.session.work, place(), "zh-Hans")

    (committed,) = events
    assert isinstance(committed, Committed)
    (case,) = committed.filing.cases
    assert isinstance(case, FiledCase)
    assert sender.woken == [case.case_id]
    assert case.case_id != effect.session.work.case_id
    assert committed.filing.codes == ()


def test_code_of_somebody_who_joins_keeps_no_session_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    api, events, clock = Books(work()), list[FlowEvent](), HeldClock()
    store = MemoryStore(clock)
    claim = CitizenClaim("handle", "王＊＊", "nonce", clock.now() + timedelta(minutes=5))
    monkeypatch.setattr("kiosk.services.identity_desk.check", lambda *_: claim)
    desk = IdentityDesk(store, api, AtOnce(), clock, events.append)  # type: ignore[arg-type]
    opened = IdentitySession("s-2", CentreSubject("h-2", "王砚舟", "339999198709039714"), clock.now())
    api.redeem_code = lambda *_: opened  # type: ignore[attr-defined]

    desk.check_code("5e55", b"YPC1.a.b", "", keep=False)

    assert isinstance(events[0], CodeAccepted)
    assert not [kept for kept in vars(desk).values() if isinstance(kept, tuple)]
