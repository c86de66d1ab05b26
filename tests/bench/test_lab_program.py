"""The lab's bad line and its clocks do what they say, and what a soak and a drain measure is what they tell."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.drain import refresh_without_change
from bench.lab.bad_lines import Deck
from bench.lab.cases import TERMINAL, CaseMaker
from bench.lab.centres import LittleCentre, little_centre
from bench.lab.clock import idle_story
from bench.lab.proxy import FAULTS, Proxy, proxy
from bench.soak import Look, Soaked, figures, figures_of
from kiosk.central_api import HttpCaseApi
from kiosk.ports.central import AlreadyKnown, Delivered

PATIENCE_S = 2.0


def test_whatever_the_line_does_a_case_is_called_delivered_only_when_the_centre_holds_it() -> None:
    maker, names = CaseMaker(), iter(FAULTS)
    with little_centre(LittleCentre()) as centre:
        line = Proxy(centre.port, lambda request_line: next(names), slow_s=0.1)
        with proxy(line):
            api = HttpCaseApi(f"http://127.0.0.1:{line.port}", terminal=TERMINAL, total_timeout_s=PATIENCE_S)
            for number, name in enumerate(FAULTS):
                case = maker.submission(number)
                outcome = api.put_case(case.case_id, case.body, case.sha256, case.trace_id)
                if isinstance(outcome, Delivered | AlreadyKnown):
                    assert centre.held[case.case_id] == 1, name
        assert line.problems == []
        assert line.made.total() == len(FAULTS)
        assert line.trapped_bytes == 0
    assert sum(centre.held.values()) > len(FAULTS) / 4, "some of them only lose the answer"


def test_a_deck_deals_every_fault_and_then_leaves_the_line_alone() -> None:
    deck = Deck(2 * len(FAULTS), random.Random(1))
    dealt = [deck.draw("PUT /v1/cases/X HTTP/1.1") for _ in range(50 * len(FAULTS))]

    assert set(FAULTS) <= set(dealt)
    assert len([name for name in dealt if name is not None]) == 2 * len(FAULTS)
    assert deck.draw("PUT /v1/cases/X HTTP/1.1") is None


def test_the_idle_warning_comes_when_it_comes_whatever_the_wall_clock_says() -> None:
    random.seed(1)

    assert idle_story(jumping=True) == idle_story(jumping=False)
    assert [shown for _, shown in idle_story(jumping=False)] == ["language", "idle", "wiped", "attract"]


def test_a_catalogue_that_did_not_change_costs_one_request_without_a_body(tmp_path: Path) -> None:
    assert refresh_without_change(tmp_path / "refresh") == (1, 0)


def test_growth_is_told_from_what_was_there_once_everything_had_been_used() -> None:
    looks = [Look(20 * n, 300.0 if n < 4 else 320.0 + n, 200.0 + n, 17, 40, 23 + n, 1.0, 0.1 * n) for n in range(1, 41)]
    told = {each.name: each.value for each in figures_of(Soaked(looks, seconds=800.0, committed=500))}

    assert told["memory grew at most"] == pytest.approx((360 / 324 - 1) * 100)
    assert told["memory in use grew"] == 36
    assert told["objects grew"] > 20
    assert told["threads grew"] == told["files grew"] == 0
    assert told["a session"] == 1.0


@pytest.mark.slow
def test_a_few_residents_on_the_real_screens_leave_nothing_behind(tmp_path: Path) -> None:
    told = {each.name: each for each in figures(6, tmp_path)}

    assert told["acknowledged cases lost"].value == told["cases doubled"].value == 0
    assert told["acknowledged cases lost"].note != "of 0"
    assert told["threads grew"].value <= 0
    assert told["visits broken off"].value == 0, told["visits broken off"].note
