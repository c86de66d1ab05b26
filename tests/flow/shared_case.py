"""A case that somebody else has to confirm: one parent is at the terminal, the other one stands beside."""

from __future__ import annotations

import dataclasses

from kiosk.domain.devices import CardRead
from kiosk.domain.identity_card import IdCard
from kiosk.domain.session import IdentityProof, Subject
from kiosk.flow.events import Signed
from kiosk.flow.state import FlowState, open_item, with_session
from kiosk.forms import Answer
from tests.flow.world import CARD, NOON, STROKES, Visit, whole

ITEM = "minor-hk-permit"
KEY = "other_parent"
OTHER = dataclasses.replace(CARD, name="王砚舟", number="339999198709039714", sex="1", address="南岸区柳桥路3号")
STRANGER = dataclasses.replace(CARD, name="李问渠", number="339999198405189190", address="城北区渡口街9号")
ANSWERS = {
    "scenario.age": "under",
    "scenario.before": "never",
    "scenario.guardians": "both",
    "guardian.name": CARD.name,
    "guardian.number": CARD.number,
    "guardian.relation": "mother",
    "child.name": "王小舟",
    "child.number": "339999201806031233",
    "trip.where": ["hk"],
    "trip.times": "once_3m",
    "photo.kind": "hall",
    "other.name": OTHER.name,
    "other.number": OTHER.number,
    "child.office": "nanan",
    "guardian.phone": "13800005520",
}


def answered(state: FlowState, **changes: object) -> FlowState:
    """The state with these answers typed."""
    assert state.session is not None
    typed = {path: Answer(value, "typed", "D", NOON) for path, value in changes.items()}
    return with_session(state, answers={**state.session.answers, **typed})


def at_sign(**changes: object) -> Visit:
    """The first parent has answered everything and is about to sign."""
    visit = Visit(whole()).touch("action.start", "language.zh-Hans")
    state = answered(open_item(visit.state, ITEM), **{**ANSWERS, **changes})
    subject = Subject(CARD.name, CARD.number, "resident", prefill=CARD.as_prefill())
    state = with_session(
        state,
        subject=subject,
        proof=IdentityProof("id_card", NOON, "A"),
        consents={"privacy": NOON},
        material_ways={"birth_certificate": "show_later"},
        licence_state="answered",
    )
    visit.state = dataclasses.replace(state, step="sign")
    return visit


def parties(**changes: object) -> Visit:
    """Is the other parent here?"""
    visit = at_sign(**changes).sign().touch("action.next")
    assert visit.step == "parties", visit.step
    return visit


def hand_over() -> Visit:
    return parties().touch(f"choice.party.{KEY}.here", "action.next")


def party_identify() -> Visit:
    return hand_over().touch("action.next")


def shows(visit: Visit, card: IdCard) -> Visit:
    """This card is put down."""
    return visit.feed(CardRead(visit.session, card))


def party_sees() -> Visit:
    return shows(party_identify(), OTHER)


def party_sign() -> Visit:
    return party_sees().touch("action.next")


def hand_back() -> Visit:
    return party_sign().touch("declare.tick").feed(Signed(900, 400, STROKES)).touch("action.next")
