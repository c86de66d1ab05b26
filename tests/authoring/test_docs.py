"""The printable guide: what a colleague at the counter reads."""

from __future__ import annotations

import json
from datetime import date

from kiosk.authoring.docs import guide_lines, scenario_ends, to_markdown
from kiosk.authoring.skeleton import SORTS, Wish, skeleton
from kiosk.forms import PackageBundle, ServicePackage, load_package
from printing import Paragraph, booklet_to_pdf

MONDAY = date(2026, 11, 23)


def package(sort: str) -> ServicePackage:
    files = skeleton(Wish("my-item", sort, {"zh-Hans": "读者证", "en": "Library card"}))
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in files.items()}
    return load_package(PackageBundle("my-item", 1, texts))


def test_the_guide_says_what_to_bring_what_is_waived_and_where_answers_lead() -> None:
    text = to_markdown(guide_lines(package("apply"), MONDAY))

    assert text.startswith("# 读者证\n\n*Library card*\n")
    for heading in (
        "谁可以办",
        "要带什么",
        "不用交的，为什么",
        "先问这几个问题",
        "走到哪里",
        "要填的内容",
        "交了以后",
        "别处也能办",
    ):
        assert f"\n## {heading} · " in text
    assert "5 个工作日办好（法定 20 个） · *Done within 5 working days (20 by law)*" in text
    assert "这里办不了：" in text
    assert "部门之间自己查" in text


def test_every_sort_of_item_has_a_guide_with_both_languages_on_every_line() -> None:
    for sort in SORTS:
        lines = guide_lines(package(sort), MONDAY)
        assert all(line.text["zh-Hans"] and line.text["en"] for line in lines), sort


def test_the_line_with_the_code_stands_by_itself() -> None:
    text = to_markdown(guide_lines(package("apply"), MONDAY))

    assert "\n\n事项编码 " in text
    assert "\n\n\n" not in text


def test_signs_of_markdown_in_a_text_stay_signs() -> None:
    found = package("query")
    lines = guide_lines(found, MONDAY)
    starred = (lines[0].__class__("item", {"zh-Hans": "*星* [号]", "en": "a_b"}),)

    assert to_markdown(starred) == "- \\*星\\* \\[号\\] · *a\\_b*\n"


def test_each_way_through_the_first_questions_has_its_end() -> None:
    ends = [
        (tuple(option.value for _, option in choices), end.kind)
        for choices, end in scenario_ends(package("apply"), MONDAY)
    ]

    assert ends == [(("fits",), "go"), (("unsure",), "cannot")]


def test_the_guide_is_drawn_on_as_many_pages_as_it_needs_and_always_alike() -> None:
    paragraphs = [Paragraph("title", "读者证", "Library card"), Paragraph("heading", "要带什么", "What to bring")]
    paragraphs += [Paragraph("item", f"第 {n} 样", f"Thing {n}") for n in range(90)]

    drawn = booklet_to_pdf("读者证", paragraphs)

    assert drawn == booklet_to_pdf("读者证", paragraphs)
    assert drawn.count(b"/Type /Page\n") + drawn.count(b"/Type /Page ") >= 3
