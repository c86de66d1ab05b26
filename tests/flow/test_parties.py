"""Somebody else confirms: the right person, what they see, and that they confirm what is submitted."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from kiosk.domain.devices import CardPresent, CardRead
from kiosk.domain.session import Subject
from kiosk.flow.activities.gaps import first_gap
from kiosk.flow.advance import advance
from kiosk.flow.effects import ReadCard, SubmitCase
from kiosk.flow.events import CodeAccepted, Signed
from kiosk.flow.outcome import receipt_of
from kiosk.flow.view import IdentifyBody, RowsBody, SignBody
from tests.flow.shared_case import (
    KEY,
    OTHER,
    STRANGER,
    answered,
    hand_back,
    hand_over,
    parties,
    party_identify,
    party_sees,
    party_sign,
    shows,
)
from tests.flow.test_part_lost import words
from tests.flow.world import CARD, STROKES, Visit


def signed() -> Visit:
    return hand_back().touch("action.next")


def test_other_parent_here_signs_and_the_first_goes_on_to_the_review() -> None:
    visit = signed()

    assert visit.step == "review"
    assert visit.state.session is not None
    assert visit.state.session.joining is None
    done = visit.state.session.parties[KEY]
    assert done.way == "here"
    assert done.subject is not None
    assert done.subject.number == OTHER.number
    assert first_gap(visit.state) is None


@pytest.mark.parametrize("place", [hand_over, party_identify, party_sees, party_sign])
def test_first_persons_own_data_are_not_on_the_pages_of_the_other(place: object) -> None:
    visit = place()  # type: ignore[operator]

    said = "".join(words(visit.view))

    assert CARD.name not in said
    assert CARD.number not in said
    assert "林＊＊" not in (visit.view.who or "")
    assert CARD.address not in said


def test_lines_of_the_party_are_masked_and_have_no_key_to_reveal_them() -> None:
    body = party_sees().view.body

    assert isinstance(body, RowsBody)
    assert body.rows
    assert all(row.reveal is None and row.key is None for row in body.rows)
    assert any(row.value == "林＊＊" for row in body.rows), "the first parent's name stands there masked"


@pytest.mark.parametrize(("card", "why"), [(STRANGER, "wrong_person"), (CARD, "same_person")])
def test_wrong_card_is_told_so_and_another_can_be_put_down(card: object, why: str) -> None:
    visit = party_identify()

    shows(visit, card)  # type: ignore[arg-type]

    assert visit.step == "party_identify"
    assert visit.state.problem == why
    body = visit.view.body
    assert isinstance(body, IdentifyBody)
    assert body.message is not None
    assert OTHER.name not in "".join(words(visit.view))
    assert isinstance(visit.effects[-1], ReadCard)
    assert shows(visit, OTHER).step == "party_sees"


def test_right_number_with_another_name_is_the_wrong_person() -> None:
    visit = party_identify()

    shows(visit, dataclasses.replace(OTHER, name="王砚洲"))

    assert visit.state.problem == "wrong_person"


def test_applicant_who_is_a_party_too_signs_again_without_a_card() -> None:
    visit = parties(**{"other.name": CARD.name, "other.number": CARD.number})
    assert [key.name for key in visit.pressable() if key.name.startswith("choice.")] == [f"choice.party.{KEY}.here"]

    visit.touch(f"choice.party.{KEY}.here", "action.next")
    assert visit.step == "party_sees"
    visit.touch("action.next", "declare.tick").feed(Signed(900, 400, STROKES)).touch("action.next")

    assert visit.step == "review"
    assert visit.state.session is not None
    assert visit.state.session.parties[KEY].way == "here"
    assert visit.state.session.joining is None


def test_code_that_names_nobody_asks_for_the_card() -> None:
    visit = party_identify().touch("method.citizen_qr")

    visit.feed(CodeAccepted(visit.session, Subject("", "", "", handle="h"), "B"))

    assert visit.state.problem == "nobody"
    assert visit.step == "party_identify"


def test_changed_answer_that_was_confirmed_opens_the_confirmation_again() -> None:
    visit = signed()

    visit.state = answered(visit.state, **{"trip.where": ["hk", "macao"]})

    gap = first_gap(visit.state)
    assert gap is not None
    assert (gap.step, gap.page) == ("parties", KEY)
    visit.touch("action.next")
    assert visit.step == "parties"
    assert not any(isinstance(effect, SubmitCase) for effect in visit.effects)


def test_changed_answer_that_nobody_confirmed_leaves_the_confirmation() -> None:
    visit = signed()

    visit.state = answered(visit.state, **{"guardian.phone": "13800005521"})

    assert first_gap(visit.state) is None


def test_party_who_comes_later_is_on_the_receipt_with_code_and_day() -> None:
    visit = parties().touch(f"choice.party.{KEY}.later", "action.next")
    assert visit.step == "review"

    visit.touch("action.next").commit()

    receipt = receipt_of(visit.state)
    assert receipt is not None
    (line,) = receipt.codes
    assert line.due_on == date(2026, 11, 30), "five working days after Monday, 23 November 2026"
    assert len(line.code) == 14
    assert "王＊＊" in line.title["zh-Hans"]


def test_signature_needs_tick_and_strokes_of_this_person() -> None:
    visit = party_sign()
    body = visit.view.body
    assert isinstance(body, SignBody)
    assert not body.ticked
    assert body.strokes == ()
    assert visit.view.primary is not None
    assert not visit.view.primary.enabled

    visit.touch("declare.tick").feed(Signed(900, 400, STROKES))

    assert visit.view.primary.enabled
    assert visit.state.session is not None
    assert visit.state.session.signature is not None, "the first person's signature is another one"


def test_party_who_goes_back_before_signing_leaves_nothing() -> None:
    visit = party_sees().touch("action.back")

    assert visit.step == "hand_over"
    assert visit.state.session is not None
    assert visit.state.session.joining is not None
    assert visit.state.session.joining.subject is None
    assert visit.touch("action.back").step == "parties"
    assert visit.state.session.parties == {}


@pytest.mark.parametrize("place", [hand_over, party_identify, party_sees, party_sign, hand_back])
def test_idle_while_the_other_stands_here_wipes_both(place: object) -> None:
    visit = place()  # type: ignore[operator]

    visit.wait(95)

    assert visit.step in ("wiped", "attract")
    assert visit.wiped
    assert visit.state.session is None


def test_card_being_read_holds_the_idle_count_as_for_the_first() -> None:
    visit = party_identify()
    visit.feed(CardPresent(visit.session)).wait(120)

    assert visit.step == "party_identify"


def test_card_of_a_session_that_has_ended_is_nobodys() -> None:
    visit = party_identify()
    session = visit.session
    visit.touch("action.exit", "action.leave")

    transition = advance(visit.state, CardRead(session, OTHER))

    assert transition.state.session is None
