"""Somebody comes back to a case: with a code for owed papers, to confirm, or to see how far it is."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from kiosk.domain.case import CaseAnswer
from kiosk.domain.devices import CardRead
from kiosk.domain.open_work import CasePart, OpenWork, OwedPaper, WorkParty, WorkRow, check_character
from kiosk.flow.effects import SubmitCase
from kiosk.flow.events import CaseAnswered, Committed, Signed, Typed, WorkFound
from kiosk.services.casework import Occasion
from kiosk.services.follow_up import build_following
from tests.flow.world import CARD, NOON, STROKES, Visit, place, whole

BODY = "7K2M9XQ4HT0"
CODE = BODY + check_character(BODY)
TITLE = {"zh-Hans": "房屋租赁登记备案", "en": "Lease filing"}
OFFICE = {"zh-Hans": "南岸区住房服务窗口", "en": "Nan'an housing counter"}
LEASE = OwedPaper("lease", {"zh-Hans": "租房合同", "en": "Lease"}, None, date(2026, 12, 4), capture=True)
NOTE = OwedPaper("note", {"zh-Hans": "情况说明", "en": "Note"}, None, date(2026, 12, 4), capture=False)
PARTY = WorkParty(
    key="other_parent",
    id="other_parent",
    title={"zh-Hans": "另一位家长", "en": "The other parent"},
    rows=(WorkRow({"zh-Hans": "孩子姓名", "en": "Child"}, {"zh-Hans": "王＊＊", "en": "W***"}),),
    confirms={"zh-Hans": "我同意。", "en": "I agree."},
    digest="0" * 64,
)


def work(kind: str = "status", **changes: Any) -> OpenWork:
    """What the centre says is open."""
    found = OpenWork(
        kind=kind,  # type: ignore[arg-type]
        case_id="YP0301-261120-ABCDEFGHJK",
        item_id="lease-filing",
        item_version=1,
        item_code="330999017021",
        package_sha256="a" * 64,
        title=TITLE,
        office=OFFICE,
        status="accepted",
        accepted_at=NOON,
    )
    extra: dict[str, Any] = {"supplement": {"owed": (LEASE, NOTE)}, "party": {"party": PARTY}}.get(kind, {})
    return dataclasses.replace(found, **{**extra, **changes})


def take_up() -> Visit:
    """The page that asks for the code."""
    return Visit(whole()).touch("action.start", "language.zh-Hans", "everyday.progress")


def asked() -> Visit:
    """The code is typed, and who it is is asked."""
    return take_up().feed(Typed("code", CODE)).touch("action.next")


def came(found: OpenWork | None = None) -> Visit:
    """The right person, and what is open for them."""
    visit = asked()
    visit.feed(CardRead(visit.session, CARD))
    return visit.feed(WorkFound(visit.session, found or work()))


def owed() -> Visit:
    return came(work("supplement"))


def work_sign() -> Visit:
    return came(work("party")).touch("action.next")


def signed() -> Visit:
    return work_sign().touch("declare.tick").feed(Signed(900, 400, STROKES)).touch("action.next")


def brought() -> Visit:
    """One paper is photographed, the other stays owed; about to be handed in."""
    visit = owed().touch("choice.material.lease.capture", "action.next").photograph().touch("capture.use")
    return visit.touch("choice.material.note.bring", "action.next")


def commit(visit: Visit) -> Visit:
    """The store has it."""
    submitted = visit.effect(SubmitCase)
    assert isinstance(submitted, SubmitCase)
    assert submitted.session.work is not None
    occasion = Occasion("ab" * 16, lambda: "YP0301-261123-0000009999", 9, NOON, True)
    _, filing = build_following(submitted.session, submitted.session.work, place(), "zh-Hans", occasion)
    return visit.feed(Committed(visit.session, filing))


def answered(visit: Visit) -> Visit:
    """The centre has it."""
    return visit.feed(CaseAnswered(CaseAnswer("YP0301-261123-0000009999", "accepted", NOON, "YP1")))


def follow_result() -> Visit:
    return answered(commit(brought().touch("action.next")))


PART = CasePart({"zh-Hans": "食品经营许可"}, OFFICE, "granted")
