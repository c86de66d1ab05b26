"""What the centre says later, in the flow's words, and where a receipt leads."""

from __future__ import annotations

from dataclasses import replace

from config.settings import Settings
from kiosk.app.compose import progress_url
from kiosk.app.translate import translate
from kiosk.domain.case import CaseAnswer
from kiosk.flow.events import CaseAnswered, FlowEvent
from kiosk.flow.state import FlowState
from kiosk.ports.central import CaseDecided, CentreDecision
from tests.flow.test_visit import renewal_submitted
from tests.flow.world import NOON, fresh

YES = CentreDecision("granted", {"zh-Hans": "可以", "en": "Yes"})


def told(event: object, state: FlowState) -> tuple[FlowEvent, ...]:
    return translate(event, state, lambda: None, lambda: None)


def test_decision_keeps_the_numbers_that_the_centre_gave_before() -> None:
    visit = renewal_submitted().commit()
    assert visit.state.session is not None
    assert visit.state.session.filing is not None
    case_id = visit.state.session.filing.main.case_id
    visit.feed(CaseAnswered(CaseAnswer(case_id, "accepted", NOON, "YP1")))
    (event,) = told(CaseDecided(case_id, YES), visit.state)
    assert event == CaseAnswered(CaseAnswer(case_id, "granted", NOON, "YP1", None, YES.reason))


def test_decision_about_somebody_who_has_left_says_nothing() -> None:
    assert told(CaseDecided("YP0301-261123-0000000001", YES), fresh()) == ()


def test_receipt_of_a_demonstration_opens_its_own_centre_where_a_phone_can_reach_it() -> None:
    usual = "https://case.example/{case_id}"
    settings = Settings()

    def opened(url: str, *, demo: bool) -> str:
        centre, terminal = replace(settings.centre, url=url), replace(settings.terminal, demo=demo)
        return progress_url(replace(settings, centre=centre, terminal=terminal), usual)

    assert opened("https://10.0.0.5:8600/", demo=True) == "https://10.0.0.5:8600/track/{case_id}"
    assert opened("https://10.0.0.5:8600", demo=False) == usual
    assert opened("http://127.0.0.1:8600", demo=True) == usual
