"""What the e-licence library says is used with consent only, and for the item it was asked for only."""

from __future__ import annotations

import dataclasses

from kiosk.domain.session import IntakeSession
from kiosk.flow.effects import LookUpLicences
from kiosk.flow.events import LicencesFound, LicencesUnavailable, Touched
from kiosk.flow.state import open_item
from tests.flow.test_visit import licence, renewal_to_materials
from tests.flow.world import Visit


def session_of(visit: Visit) -> IntakeSession:
    assert visit.state.session is not None
    return visit.state.session


def asked_of(visit: Visit) -> LookUpLicences:
    asked = visit.effect(LookUpLicences)
    assert isinstance(asked, LookUpLicences)
    return asked


def back_to(visit: Visit, step: str) -> Visit:
    for _ in range(30):
        if visit.state.step == step:
            return visit
        visit.touch("action.back")
    raise AssertionError(f"no way back to {step}")


def test_answer_that_comes_after_consent_was_withdrawn_is_not_taken() -> None:
    visit = Visit().to_form()
    asked = asked_of(visit)
    back_to(visit, "consent").touch("consent.licences")
    visit.feed(LicencesFound(session_of(visit).id, {kind: licence(kind) for kind in asked.types}))
    assert not session_of(visit).licences
    assert session_of(visit).licence_state == "not_asked"


def test_withdrawn_consent_takes_back_what_the_library_filled_in() -> None:
    visit = Visit().to_form()
    sourced = dataclasses.replace(next(iter(session_of(visit).answers.values())), source="licence")
    answers = {**session_of(visit).answers, "work.employer": sourced}
    visit.state = dataclasses.replace(visit.state, session=dataclasses.replace(session_of(visit), answers=answers))
    back_to(visit, "consent").touch("consent.licences")
    assert not [answer for answer in session_of(visit).answers.values() if answer.source == "licence"]


def test_consent_given_late_asks_at_once_for_somebody_already_known() -> None:
    visit = Visit().to_form()
    back_to(visit, "consent").touch("consent.licences", "consent.licences")
    before = len([effect for effect in visit.effects if isinstance(effect, LookUpLicences)])
    visit.touch("action.next")
    assert len([effect for effect in visit.effects if isinstance(effect, LookUpLicences)]) == before + 1
    assert session_of(visit).licence_state == "asking"


def test_required_consent_has_no_say_over_the_library() -> None:
    visit = Visit().to_form()
    visit.feed(LicencesFound(session_of(visit).id, {kind: licence(kind) for kind in asked_of(visit).types}))
    back_to(visit, "consent").touch("action.back", "consent.privacy", "consent.privacy")
    assert session_of(visit).licences


def test_answer_for_another_item_is_not_taken() -> None:
    visit = Visit().to_form()
    asked = asked_of(visit)
    visit.state = open_item(visit.state, "social-insurance-certificate")
    visit.feed(LicencesFound(session_of(visit).id, {kind: licence(kind) for kind in asked.types}))
    assert not session_of(visit).licences
    visit.feed(LicencesUnavailable(session_of(visit).id))
    assert session_of(visit).licence_state == "not_asked"


def test_key_that_does_nothing_while_the_library_is_asked_is_not_enabled() -> None:
    visit = renewal_to_materials()
    session = session_of(visit)
    visit.feed(LicencesUnavailable(session.id)).touch("action.next")
    assert visit.state.page != "overview"
    visit.feed(Touched(next(k.name for k in visit.pressable() if k.name.startswith("choice.material."))))
    visit.state = dataclasses.replace(
        visit.state, session=dataclasses.replace(session_of(visit), licence_state="asking")
    )
    assert visit.view.primary is not None
    assert not visit.view.primary.enabled
