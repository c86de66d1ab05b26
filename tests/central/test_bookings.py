"""Booked times: as many as there are places, never one more, and another time is named when one is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kiosk.forms import canonical_bytes
from tests.central.samples import case_of
from tests.central.support import PERSONS, Answer, Running, running
from tests.more_packages import BOOKING, write_samples

DAY, SLOT = "2026-11-25", "09:00"


@pytest.fixture
def fresh(tmp_path: Path) -> Any:
    with running(tmp_path / "state", packages=write_samples(tmp_path / "packages", with_services=True)) as centre:
        yield centre


def booked(centre: Running, key: str = "lin", day: str = DAY, slot: str = SLOT) -> dict[str, Any]:
    person = PERSONS[key]
    applicant = {"name": person["name"], "number": person["number"], "phone": "13800005520"}
    return case_of(centre, BOOKING, {"applicant": applicant, "booking": {"day": day, "slot": slot}}, key)


def send(centre: Running, *args: str) -> Answer:
    return centre.client.put_case(canonical_bytes(booked(centre, *args)))


def free(centre: Running, day: str = DAY, slot: str = SLOT) -> int:
    days = {each["day"]: each["slots"] for each in centre.client.get(f"/v1/slots/{BOOKING}").json["days"]}
    return next(int(each["free"]) for each in days[day] if each["slot"] == slot)


def test_days_are_the_next_working_days_with_all_their_times(fresh: Running) -> None:
    days = fresh.client.get(f"/v1/slots/{BOOKING}").json["days"]
    # 21 November 2026 is a Saturday: the tenth working day after it is Friday of the next week but one.
    assert (days[0]["day"], days[-1]["day"], len(days)) == ("2026-11-23", "2026-12-04", 10)
    assert [slot["slot"] for slot in days[0]["slots"]] == ["09:00", "10:00", "14:00", "15:00"]
    assert {slot["free"] for day in days for slot in day["slots"]} == {2}


def test_a_booking_takes_a_place_and_the_next_one_sees_it(fresh: Running) -> None:
    answer = send(fresh)
    assert (answer.json["status"], answer.json["decision"]) == ("accepted", None)
    assert free(fresh) == 1
    body = canonical_bytes(booked(fresh))
    first, again = fresh.client.put_case(body), fresh.client.put_case(body)
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    assert free(fresh) == 0


def test_a_full_time_is_refused_with_other_times_of_the_same_day(fresh: Running) -> None:
    send(fresh, "lin")
    send(fresh, "wang")
    answer = send(fresh, "zhao").json
    assert (answer["status"], answer["decision"]["rule_id"]) == ("refused", "slot_taken")
    reason = answer["decision"]["reason"]["zh-Hans"]
    assert "11 月 25 日 09:00已经约不上了" in reason.replace("日 09:00 已", "日 09:00已")
    assert "11 月 25 日 10:00" in reason
    assert fresh.client.get(f"/v1/cases/{answer['case_id']}/decision").json["decision"]["outcome"] == "refused"


def test_two_cases_race_for_the_last_place_and_one_is_refused(fresh: Running) -> None:
    for slot in ("09:00", "10:00", "14:00"):
        send(fresh, "lin", DAY, slot)
        bodies = [canonical_bytes(booked(fresh, key, DAY, slot)) for key in ("wang", "zhao", "li", "chen")]
        with ThreadPoolExecutor(4) as pool:
            answers = [answer.json["status"] for answer in pool.map(fresh.client.put_case, bodies)]
        assert sorted(answers) == ["accepted", "refused", "refused", "refused"]
        assert free(fresh, DAY, slot) == 0


def test_a_time_that_is_over_when_the_case_comes_is_refused(fresh: Running) -> None:
    body = canonical_bytes(booked(fresh))
    fresh.clock.advance(5 * 86400)
    assert fresh.client.put_case(body).json["status"] == "refused"


def test_times_of_other_items_offices_and_nobody_are_problems(centre: Running) -> None:
    ask = centre.client.get
    assert ask("/v1/slots/residence-permit-renewal").problem == "booking-none"
    assert ask("/v1/slots/nothing").problem == "item-unknown"
    assert ask(f"/v1/slots/{BOOKING}?office=nowhere").problem == "office-unknown"
