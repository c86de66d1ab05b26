"""Beginning a package: every sort loads, ends on every way, and says what is left to write."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kiosk.app.package.visit import Visit
from kiosk.authoring.lint import lint
from kiosk.authoring.new import QUESTIONS, Unanswered, ask
from kiosk.authoring.prove import prove
from kiosk.authoring.skeleton import PLACEHOLDER, SORTS, Wish, placeholders, skeleton, write
from kiosk.forms import PackageBundle, bundle_from_folder, load_package

MONDAY = date(2026, 11, 23)
NAMED = {"id": "library-card", "kind": "query", "title": "读者证", "title-en": "Library card", "agency": "市图书馆"}


def begun(tmp_path: Path, sort: str) -> PackageBundle:
    write(skeleton(Wish("my-item", sort)), tmp_path / "my-item")
    return bundle_from_folder(tmp_path / "my-item")


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_loads_without_errors_and_ends_on_every_way(tmp_path: Path, sort: str) -> None:
    bundle = begun(tmp_path, sort)

    proof = prove(bundle, today=MONDAY)

    assert load_package(bundle).kind == SORTS[sort].kind
    assert [finding for finding in lint(bundle) if finding.severity == "error"] == []
    assert [finding for finding in proof.findings if finding.severity == "error"] == []
    assert "dead end" not in proof.ends
    assert proof.default_path is not None


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_can_be_gone_through_on_the_terminals_own_flow(tmp_path: Path, sort: str) -> None:
    bundle = begun(tmp_path, sort)
    path = prove(bundle, today=MONDAY).default_path
    assert path is not None
    visit = Visit(load_package(bundle), path.answers, "en", MONDAY)

    steps = [view.step for view in visit.views()]

    assert visit.stopped_at is None
    assert steps[0] == "guide"
    assert steps[-1] == "rate"


def test_sorts_have_the_files_and_activities_of_their_kind(tmp_path: Path) -> None:
    files = {sort: skeleton(Wish("my-item", sort)) for sort in SORTS}

    assert [sort for sort, made in files.items() if "record.json" in made] == ["query", "payment"]
    assert [sort for sort, made in files.items() if "booking.json" in made] == ["booking"]
    assert [sort for sort, made in files.items() if "parties" in made["package.json"]] == ["multi_party"]
    assert [sort for sort, made in files.items() if "children" in made["package.json"]] == ["bundle"]
    assert "after_s" in files["name_check"]["decision.json"]
    assert "supplement" in files["filing"]["materials.json"]["materials"][0]["ways"]


def test_every_text_left_to_write_is_a_warning_with_its_line(tmp_path: Path) -> None:
    bundle = begun(tmp_path, "apply")

    found = list(placeholders(bundle))

    marked = sum(len(PLACEHOLDER.findall(text)) > 0 for text in bundle.files["guide.json"].splitlines())
    assert marked == sum(1 for finding in found if finding.file == "guide.json")
    assert {finding.severity for finding in found} == {"warning"}
    assert all(finding.line is not None and "【" in finding.reason for finding in found)


def test_what_was_given_by_flag_is_not_asked_and_the_rest_keeps_its_usual_value() -> None:
    wish = ask(NAMED, None, lambda _: None)

    assert wish.title == {"zh-Hans": "读者证", "en": "Library card"}
    assert wish.agency == {"zh-Hans": "市图书馆", "en": "【English name】"}
    assert (wish.kind, wish.subject, wish.life_event) == ("query", "person", "everyday")


def test_a_wrong_answer_is_asked_for_again_and_an_empty_one_takes_the_usual_value() -> None:
    answers = iter(["My Item", "my-item", "fly", "booking", "", "", "", "", "", "", ""])
    said: list[str] = []

    wish = ask({}, lambda _: next(answers), said.append)

    assert (wish.id, wish.kind, wish.title) == ("my-item", "booking", None)
    assert [line.split()[0] for line in said[1:13]] == list(SORTS)
    assert [said[0], said[13]] == [f"  {QUESTIONS[0].hint}", f"  {QUESTIONS[1].hint}"]


@pytest.mark.parametrize("given", [{}, {"id": "My Item"}, {"id": "x", "kind": "fly"}, {"id": "x", "code": "1"}])
def test_without_anybody_to_ask_a_missing_or_wrong_flag_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Unanswered):
        ask(given, None, lambda _: None)


def test_a_folder_that_is_there_already_is_never_written_over(tmp_path: Path) -> None:
    begun(tmp_path, "apply")

    with pytest.raises(FileExistsError):
        begun(tmp_path, "query")
