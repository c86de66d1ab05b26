"""The packages themselves: every path ends well, and the words keep the house rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from kiosk.authoring.prove import prove
from kiosk.forms import FormEngine, ServicePackage, bundle_from_folder, canonical_bytes, load_package, load_packages
from tests.forms.walk import CARD, CTX, EMPTY, NOW, Walked, every_path, typed

SERVICES = Path(__file__).parents[2] / "config" / "services"
IDS = ("complaint-12345", "open-restaurant", "residence-permit-renewal", "social-insurance-certificate")

WALKED = tuple(ident for ident in IDS if ident != "open-restaurant")
"""Walked here page by page, beside the prover's walk; the restaurant's thousands of ways are the prover's alone."""


@cache
def packages() -> Mapping[str, ServicePackage]:
    return {ident: load_package(SERVICES / ident) for ident in IDS}


@cache
def walks(ident: str) -> tuple[Walked, ...]:
    return tuple(every_path(packages()[ident]))


def test_none_of_the_packages_that_are_shipped_is_refused() -> None:
    report = load_packages(SERVICES)
    assert report.errors == ()
    assert set(IDS) <= {package.id for package in report.packages}


@pytest.mark.parametrize("ident", WALKED)
def test_every_path_of_a_package_ends_in_submit_or_in_a_reasoned_cannot(ident: str) -> None:
    package = packages()[ident]
    engine = FormEngine(package)
    ends: Counter[str] = Counter()
    for walked in walks(ident):
        ends[walked.outcome.kind] += 1
        if walked.outcome.kind == "cannot":
            assert walked.outcome.reason is not None
            assert walked.outcome.elsewhere is not None
            continue
        data = engine.data(walked.answers, CTX)
        assert engine.validate(data, CTX) == ()
        assert json.loads(canonical_bytes(data)) == data
        assert engine.office(data).phone
        for need in engine.materials(walked.answers, {}, CTX):
            assert need.state != "needed" or (need.material.ways and not need.material.issued_by_city)
    expected = {
        "complaint-12345": (42, 0),
        "residence-permit-renewal": (15, 4),
        "social-insurance-certificate": (1, 0),
    }[ident]
    assert (ends["go"], ends["cannot"]) == expected


@pytest.mark.parametrize("ident", IDS)
def test_nobody_is_asked_more_than_seven_choices_or_more_than_three_things_a_page(ident: str) -> None:
    package = packages()[ident]
    for question in package.scenarios:
        assert 2 <= len(question.options) <= 7
    for page in package.pages:
        assert page.kind == "prefilled" or len(page.fields) <= 2
        for field in page.fields:
            assert len(field.options) <= 7


def _texts(value: object, at: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    if isinstance(value, dict):
        if "zh-Hans" in value:
            yield at, value
        else:
            for name, below in value.items():
                yield from _texts(below, f"{at}/{name}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts(below, f"{at}/{index}")


@pytest.mark.parametrize("ident", IDS)
def test_every_text_is_in_both_languages_with_their_own_punctuation(ident: str) -> None:
    for name, text in bundle_from_folder(SERVICES / ident).files.items():
        for at, pair in _texts(json.loads(text), name):
            assert set(pair) == {"zh-Hans", "en"}, at
            assert any("\u4e00" <= c <= "\u9fff" for c in pair["zh-Hans"]) or pair["zh-Hans"].isascii(), at
            assert pair["en"].isascii() or "\u2013" in pair["en"], (at, pair["en"])
            assert not set(pair["zh-Hans"]) & set(",;?!"), at
            for word in ("请输入", "确定", "系统", "提交成功", "您好"):
                assert word not in pair["zh-Hans"], at


def test_received_here_is_never_called_accepted() -> None:
    for package in packages().values():
        received = package.result.by_status["received"]
        assert received.title["zh-Hans"] == "本机已收件，尚未受理"
        assert received.title["en"] == "Received here, not yet accepted"


def test_the_social_insurance_certificate_has_nothing_to_type() -> None:
    package = packages()["social-insurance-certificate"]
    engine = FormEngine(package)
    answers = engine.prefill(CARD, {}, EMPTY, CTX, NOW)
    (page,) = engine.pages(answers, CTX)
    assert [(f.path, f.editable) for f in page.fields] == [("applicant.name", False), ("applicant.number", False)]
    assert engine.data(answers, CTX) == {"applicant": {"name": "林秋禾", "number": "339999199104169828"}}
    assert package.scenarios == ()
    assert package.materials == ()


def test_the_restaurant_guide_gives_the_published_figures() -> None:
    guide = packages()["open-restaurant"].guide
    assert guide.before is not None
    assert guide.now is not None
    assert round((guide.now.materials / guide.before.materials - 1) * 100, 1) == -76.5
    assert (guide.before.visits, guide.now.visits) == (8, 1)
    assert (guide.before.workdays, guide.now.workdays) == (45, 7)
    assert guide.promised_workdays == max(c.promised_workdays for c in packages()["open-restaurant"].children) == 7


def test_the_restaurant_sends_as_many_papers_as_its_figure_says_at_most() -> None:
    guide = packages()["open-restaurant"].guide
    assert guide.now is not None
    assert prove(SERVICES / "open-restaurant").papers == guide.now.materials


def test_a_shop_without_a_sign_leaves_that_case_out_of_the_bundle() -> None:
    engine = FormEngine(packages()["open-restaurant"])
    everything = ("business-licence", "food-permit", "fire-promise", "drain-and-fume", "shop-sign")
    assert engine.children({"shop.sign": typed("yes")}, CTX) == everything
    assert engine.children({"shop.sign": typed("no")}, CTX) == everything[:-1]


@pytest.mark.parametrize(
    ("district", "office"),
    [
        ("nanan", "南岸区公安分局人口办"),
        ("chengbei", "城北区公安分局人口办"),
        ("linshui", "临水县公安分局人口办"),
        ("nowhere", "市公安局人口办"),
    ],
)
def test_the_receiving_office_follows_from_the_district(district: str, office: str) -> None:
    engine = FormEngine(packages()["residence-permit-renewal"])
    assert engine.office({"residence": {"district": district}}).name["zh-Hans"] == office


def test_a_complaint_can_be_made_without_a_name_or_a_phone() -> None:
    package = packages()["complaint-12345"]
    engine = FormEngine(package)
    answers = {
        "complaint.category": typed("road"),
        "complaint.text": typed("路灯坏了"),
        "place.district": typed("nanan"),
        "contact.callback": typed("no"),
        "contact.phone": typed("13800005520"),
    }
    assert package.identify == ()
    assert engine.data(answers, CTX) == {
        "complaint": {"category": "road", "text": "路灯坏了"},
        "place": {"district": "nanan"},
        "contact": {"callback": "no"},
    }
    assert engine.validate(engine.data(answers, CTX), CTX) == ()
