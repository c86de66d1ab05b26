"""What the centre decides by the certificate's own rules, and how working days are counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kiosk.forms import add_workdays, decide, load_package, workday_after

SERVICES = Path(__file__).parents[2] / "config" / "services"
CERTIFICATE = load_package(SERVICES / "social-insurance-certificate")
DATA = {"applicant": {"name": "林秋禾", "number": "339999199104169828"}}
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("months", "conflict", "outcome", "rule"),
    [
        (14, False, "granted", "paid"),
        (1, False, "granted", "paid"),
        (0, False, "refused", "never_paid"),
        (27, True, "referred", "conflict"),
        (0, True, "referred", "conflict"),
        (None, False, "referred", "otherwise"),
        (14, None, "referred", "otherwise"),
        (True, False, "referred", "otherwise"),
        ("14", False, "referred", "otherwise"),
    ],
)
def test_a_certificate_is_decided_by_what_is_on_record(
    months: object, conflict: object, outcome: str, rule: str
) -> None:
    facts = {"social_insurance_months": months, "record_conflict": conflict, "other": 1}
    decision = decide(CERTIFICATE, DATA, facts, TODAY)
    assert (decision.outcome, decision.rule_id) == (outcome, rule)
    assert set(decision.reason) == {"zh-Hans", "en"}
    assert (decision.document is not None) == (outcome == "granted")


def test_a_granted_certificate_names_the_person_and_the_months() -> None:
    facts = {"social_insurance_months": 14, "record_conflict": False}
    document = decide(CERTIFICATE, DATA, facts, TODAY).document
    assert document is not None
    rows = {row.label["en"]: row.value for row in document.rows}
    assert rows["Name"]["en"] == "林秋禾"
    assert rows["Paid in all"] == {"zh-Hans": "14 个月", "en": "14 months"}
    assert document.issued_on == TODAY
    assert document.valid_to is not None
    assert document.valid_to > TODAY
    assert "林秋禾" not in repr(document)


def test_a_person_nobody_knows_is_sent_to_a_clerk() -> None:
    assert decide(CERTIFICATE, DATA, {}, TODAY).outcome == "referred"


def test_a_package_without_rules_decides_nothing() -> None:
    with pytest.raises(ValueError, match="no decision rules"):
        decide(load_package(SERVICES / "complaint-12345"), {}, {}, TODAY)


def test_working_days_skip_the_weekend_and_the_day_itself() -> None:
    assert add_workdays(date(2025, 11, 21), 1) == date(2025, 11, 24)
    assert add_workdays(date(2025, 11, 21), 0) == date(2025, 11, 21)


def test_working_days_skip_national_day_and_count_the_working_weekend() -> None:
    # 2025: holiday 1 to 8 October, working Sunday 28 September and working Saturday 11 October.
    assert add_workdays(date(2025, 9, 26), 1) == date(2025, 9, 28)
    assert add_workdays(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert add_workdays(date(2025, 10, 10), 1) == date(2025, 10, 11)


def test_a_year_without_published_holidays_is_counted_monday_to_friday_and_says_so() -> None:
    found = workday_after(date(2090, 1, 6), 1)
    assert found.day == date(2090, 1, 9)
    assert found.official is False
    assert workday_after(date(2025, 11, 21), 1).official is True


@pytest.mark.parametrize("days", [-1, 2001])
def test_a_senseless_number_of_days_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="days"):
        add_workdays(TODAY, days)


def test_row_of_a_document_may_be_words_in_every_language() -> None:
    decided = decide(CERTIFICATE, DATA, {"social_insurance_months": 14, "record_conflict": False}, TODAY)

    assert decided.document is not None
    values = [row.value for row in decided.document.rows]
    assert {"zh-Hans": "云浦市", "en": "Yunpu"} in values
