"""What the world reports while a question lies over the page (help, leaving, idle): it counts all the same."""

from __future__ import annotations

import pytest

from kiosk.domain.devices import (
    CardFailed,
    CardFailure,
    CardPresent,
    CardRead,
    CodeScanned,
    Health,
    PrintOutcome,
    PrintUpdate,
    StatusChanged,
)
from kiosk.flow.effects import CheckCitizenCode
from kiosk.flow.events import DatePicked, FlowEvent, ReceiptReady, Touched, WaitOver
from tests.flow.test_visit import renewal_submitted
from tests.flow.world import CARD, Visit, device


def session_of(visit: Visit) -> str:
    assert visit.state.session is not None
    return visit.state.session.id


def at_the_card_page() -> Visit:
    return Visit().to_identify("residence-permit-renewal")


@pytest.mark.parametrize("question", ["action.help", "action.exit"])
def test_card_read_while_a_question_is_up_is_not_lost(question: str) -> None:
    visit = at_the_card_page().touch(question)
    visit.feed(CardPresent(session_of(visit)), CardRead(session_of(visit), CARD))
    visit.touch("action.stay")
    assert visit.step == "form"


def test_card_failure_while_help_is_up_is_told_afterwards() -> None:
    visit = at_the_card_page()
    visit.feed(CardPresent(session_of(visit))).touch("action.help")
    visit.feed(CardFailed(session_of(visit), CardFailure.LIFTED_EARLY)).touch("action.stay")
    assert visit.state.phase == "failed"


def test_code_scanned_while_help_is_up_is_checked() -> None:
    visit = at_the_card_page().touch("method.citizen_qr", "action.help")
    visit.feed(CodeScanned(session_of(visit), b"YPC1.a.b"))
    assert visit.effect(CheckCitizenCode) == CheckCitizenCode(b"YPC1.a.b")


def test_print_outcome_while_help_is_up_is_not_lost() -> None:
    visit = renewal_submitted().commit()
    visit.feed(WaitOver(session_of(visit))).touch("action.next", "action.help")
    visit.feed(ReceiptReady(session_of(visit), "j1", ("x",)), PrintUpdate("j1", PrintOutcome.CONFIRMED, ""))
    visit.touch("action.stay")
    assert visit.state.session is not None
    assert visit.state.session.print_outcome == "confirmed"


@pytest.mark.parametrize("kind", [CardPresent, CodeScanned])
def test_card_or_code_answers_the_idle_warning_as_a_touch_does(kind: type) -> None:
    visit = at_the_card_page().wait(61)
    assert visit.step == "idle"
    session = session_of(visit)
    event: FlowEvent = CardPresent(session) if kind is CardPresent else CodeScanned(session, b"YPC1.a.b")
    visit.feed(event)
    assert visit.step == "identify"


def test_touch_behind_a_question_does_nothing() -> None:
    visit = at_the_card_page().touch("action.help").feed(Touched("action.back"))
    assert visit.state.step == "identify"


def test_day_picked_counts_as_a_touch() -> None:
    visit = at_the_card_page().wait(50).feed(DatePicked("residence.lease_until", "2027-12-31")).wait(20)
    assert visit.step == "identify"


def test_reader_lost_in_the_middle_of_a_card_does_not_hold_the_page_for_ever() -> None:
    visit = at_the_card_page()
    visit.feed(CardPresent(session_of(visit)), StatusChanged(device("id_card", Health.OFFLINE))).wait(100)
    assert visit.wiped


def test_reading_that_never_ends_is_ended_by_the_longest_time_of_a_session() -> None:
    visit = at_the_card_page()
    visit.feed(CardPresent(session_of(visit))).wait(1801)
    assert visit.wiped
