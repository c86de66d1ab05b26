"""A package as a guide to read: who, what to bring, what need not be brought and why, each question, each way it ends.

The content is a list of lines in both languages, plain enough for Markdown, for paper, or for a page on the web.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Literal

from kiosk.authoring.rule_words import WAYS, rule_in_words
from kiosk.forms import (
    LANGUAGES,
    Answer,
    AnswerSet,
    Context,
    Field,
    FormEngine,
    Material,
    Option,
    Outcome,
    ScenarioQuestion,
    ServicePackage,
    Text,
    set_answer,
)

Style = Literal["title", "lead", "heading", "item", "note"]
MOST_WAYS = 20
"""So many ways are written out for one end; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the guide: a ``note`` belongs to the ``item`` above it."""

    style: Style
    text: Text


def guide_lines(package: ServicePackage, today: date) -> tuple[Line, ...]:
    """The whole guide. ``today`` is the day its rules are read on."""
    return tuple(_Guide(package, today).lines())


def to_markdown(lines: tuple[Line, ...]) -> str:
    """The guide as Markdown, Chinese first."""
    out: list[str] = []
    for line in lines:
        zh, en = (_escaped(line.text[language]) for language in LANGUAGES)
        gap = [""] if out and out[-1] else []
        match line.style:
            case "title":
                out += [f"# {zh}", "", f"*{en}*", ""]
            case "lead":
                out += [*gap, zh, "", f"*{en}*", ""]
            case "heading":
                out += [*gap, f"## {zh} · {en}", ""]
            case "item":
                out.append(f"- {zh} · *{en}*" if zh != en else f"- {zh}")
            case "note":
                out.append(f"  - {zh} · *{en}*" if zh != en else f"  - {zh}")
    return "\n".join(out).strip() + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\*_`<>[]#|" else char for char in text)


def _t(zh: str, en: str) -> Text:
    return {"zh-Hans": zh, "en": en}


def _with(label: Text, value: Text) -> Text:
    return _t(f"{label['zh-Hans']}：{value['zh-Hans']}", f"{label['en']}: {value['en']}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


_SOURCES = {
    "card": _t("刷证带出来，不用填", "read from the card, nothing to type"),
    "licence": _t("从电子证照里带出来", "filled in from an e-licence"),
    "record": _t("从登记里查出来", "filled in from the register"),
}


class _Guide:
    """One package being written down."""

    def __init__(self, package: ServicePackage, today: date) -> None:
        self.package = package
        self.today = today

    def lines(self) -> Iterator[Line]:
        package, guide = self.package, self.package.guide
        yield Line("title", package.title)
        yield Line("lead", package.short)
        yield from self._section("一眼看完", "At a glance", self._glance())
        yield from self._section("谁可以办", "Who may", (Line("item", text) for text in guide.who))
        yield from self._section("要带什么", "What to bring", self._bring())
        yield from self._section("不用交的，为什么", "What need not be given, and why", self._waived())
        yield from self._section("先问这几个问题", "Questions at the start", self._questions())
        yield from self._section("走到哪里", "Where each answer leads", self._ends())
        yield from self._section("要填的内容", "What is asked", self._form())
        yield from self._section("还要谁来确认", "Who else confirms", self._parties())
        yield from self._section("一起办的事", "Items that are part of it", self._children())
        yield from self._section("预约的时间", "Times that can be booked", self._booking())
        yield from self._section("交了以后", "Afterwards", self._afterwards())
        yield from self._section("别处也能办", "Where else", (Line("item", t) for t in (guide.elsewhere, guide.ask_at)))
        version = _t(
            f"事项编码 {package.code}，第 {package.version} 版", f"Item {package.code}, version {package.version}"
        )
        yield Line("lead", version)

    def _section(self, zh: str, en: str, lines: Iterator[Line]) -> Iterator[Line]:
        inside = list(lines)
        if inside:
            yield Line("heading", _t(zh, en))
            yield from inside

    def _glance(self) -> Iterator[Line]:
        package, guide = self.package, self.package.guide
        promised, law = guide.promised_workdays, guide.statutory_workdays
        yield Line("item", _with(_t("办理部门", "Agency"), package.agency))
        if promised == 0:
            yield Line("item", _t("当场办好", "Done at once"))
        else:
            days = _t(
                f"{promised} 个工作日办好（法定 {law} 个）",
                f"Done within {_count(promised, 'working day')} ({law} by law)",
            )
            yield Line("item", days)
        yield Line("item", _with(_t("费用", "Fee"), guide.fee))
        if guide.fee_note is not None:
            yield Line("note", guide.fee_note)
        visits = (
            _t(f"要跑 {guide.visits} 次", _count(guide.visits, "visit"))
            if guide.visits
            else _t("不用再跑", "No further visit")
        )
        yield Line("item", visits)
        yield Line("item", guide.finish_here)
        if guide.before is not None and guide.now is not None:
            was, now = guide.before, guide.now
            yield Line(
                "item",
                _t(
                    f"材料 {was.materials}→{now.materials} 份，跑 {was.visits}→{now.visits} 次，"
                    f"{was.workdays}→{now.workdays} 个工作日，表 {was.forms}→{now.forms} 张",
                    f"Papers {was.materials} to {now.materials}, visits {was.visits} to {now.visits}, "
                    f"working days {was.workdays} to {now.workdays}, forms {was.forms} to {now.forms}",
                ),
            )

    # ---- papers

    def _bring(self) -> Iterator[Line]:
        for text in self.package.guide.bring:
            yield Line("item", text)
        for material in self.package.materials:
            if material.issued_by_city:
                continue
            yield Line("item", material.title)
            yield Line("note", _with(_t("谁开的", "Issued by"), material.issuer))
            yield from self._when(material.relevant)
            ways = [self._way(material, way) for way in material.ways]
            joined = _t("、".join(w["zh-Hans"] for w in ways), ", ".join(w["en"] for w in ways))
            yield Line("note", _with(_t("怎么交", "How"), joined))
            if material.hint is not None:
                yield Line("note", material.hint)

    def _way(self, material: Material, way: str) -> Text:
        if way == "supplement":
            days = material.supplement_workdays
            return _t(f"{days} 个工作日内补交", f"handed in within {days} working days")
        return WAYS[way]

    def _waived(self) -> Iterator[Line]:
        offers = {offer.type: offer for offer in self.package.licences}
        for material in self.package.materials:
            if material.issued_by_city:
                yield Line("item", material.title)
                why = _t(
                    f"{material.issuer['zh-Hans']}发的，部门之间自己查",
                    f"Issued by: {material.issuer['en']}; the agencies look it up themselves",
                )
                yield Line("note", why)
                yield from self._when(material.relevant)
            elif material.licence_type in offers:
                yield Line("item", material.title)
                offer = offers[material.licence_type]
                why = _t(
                    f"查到有效的电子证照“{offer.title['zh-Hans']}”就不用交（要您同意才查）",
                    f"Not needed when a valid e-licence is found: {offer.title['en']} (looked up only if you agree)",
                )
                yield Line("note", why)

    # ---- questions

    def _questions(self) -> Iterator[Line]:
        for question in self.package.scenarios:
            yield Line("item", question.title)
            yield from self._when(question.relevant)
            yield from (Line("note", self._option(option)) for option in question.options)

    def _option(self, option: Option) -> Text:
        if option.hint is None:
            return option.label
        label, hint = option.label, option.hint
        return _t(f"{label['zh-Hans']}（{hint['zh-Hans']}）", f"{label['en']} ({hint['en']})")

    def _form(self) -> Iterator[Line]:
        for page in self.package.pages:
            group = page.repeat.path if page.repeat is not None and page.kind != "repeat" else None
            yield Line("item", page.title)
            if page.kind == "repeat" and page.repeat is not None:
                low, high = page.repeat.min, page.repeat.max
                yield Line("note", _t(f"可以写 {low} 到 {high} 个", f"{low} to {high} entries"))
            yield from self._when(page.relevant, group)
            for field in page.fields:
                yield Line("note", self._field(field))
                yield from self._when(field.relevant, group)
                yield from (Line("note", self._option(option)) for option in field.options if field.kind != "region")

    def _field(self, field: Field) -> Text:
        text = _with(field.label, field.purpose)
        more = []
        if field.computed is not None:
            more.append(_t("按您的回答算出来", "worked out from your answers"))
        elif field.source is not None:
            more.append(_SOURCES[field.source.partition(".")[0]])
        if not field.required:
            more.append(_t("可以不填", "may be left out"))
        zh, en = (tuple(each[language] for each in more) for language in LANGUAGES)
        return _t("，".join((text["zh-Hans"], *zh)), "; ".join((text["en"], *en)))

    def _when(self, rule: object, group: str | None = None) -> Iterator[Line]:
        if rule is not None:
            yield Line("note", _with(_t("只在这时", "Only when"), rule_in_words(rule, self.package, group)))

    # ---- where it leads

    def _ends(self) -> Iterator[Line]:
        """Ways through the questions at the start, those that end alike together; going on stands first."""
        if not self.package.scenarios:
            return
        ways: list[tuple[Outcome, list[Text]]] = []
        for choices, outcome in scenario_ends(self.package, self.today):
            labels = [option.label for _, option in choices]
            way = {language: " → ".join(label[language] for label in labels) for language in LANGUAGES}
            alike = next((found for end, found in ways if end == outcome), None)
            if alike is None:
                ways.append((outcome, [way]))
            else:
                alike.append(way)
        for outcome, found in sorted(ways, key=lambda each: each[0].kind == "cannot"):
            if outcome.reason is not None and outcome.elsewhere is not None:
                yield Line("item", _with(_t("这里办不了", "Cannot be done here"), outcome.reason))
                yield Line("note", outcome.elsewhere)
            else:
                yield Line("item", _t("可以在这里接着办", "Go on here"))
            yield from (Line("note", way) for way in found[:MOST_WAYS])
            if len(found) > MOST_WAYS:
                rest = len(found) - MOST_WAYS
                yield Line("note", _t(f"还有 {rest} 种走法", f"and {rest} more"))

    def _parties(self) -> Iterator[Line]:
        for party in self.package.parties:
            yield Line("item", party.title)
            yield Line("note", party.confirms)
            yield from self._when(party.relevant)
            if party.later_workdays is not None:
                days = party.later_workdays
                yield Line(
                    "note", _t(f"可以 {days} 个工作日内再来确认", f"May confirm later, within {days} working days")
                )

    def _children(self) -> Iterator[Line]:
        for child in self.package.children:
            yield Line("item", _with(child.title, child.agency))
            days, law = child.promised_workdays, child.statutory_workdays
            yield Line("note", _t(f"{days} 个工作日（法定 {law} 个）", f"{_count(days, 'working day')} ({law} by law)"))
            yield from self._when(child.relevant)

    def _booking(self) -> Iterator[Line]:
        booking = self.package.booking
        if booking is not None:
            first, last, times = booking.first_workday, booking.last_workday, ", ".join(booking.slots)
            yield Line("item", _t(f"{first} 到 {last} 个工作日以后", f"{first} to {last} working days from now"))
            yield Line("item", _t(times, times))

    def _afterwards(self) -> Iterator[Line]:
        yield Line("item", self.package.guide.after)
        for step in self.package.result.next_steps:
            yield Line("item", step)
        if self.package.result.deliver is not None:
            yield Line("item", self.package.result.deliver)


def scenario_ends(
    package: ServicePackage, today: date
) -> Iterator[tuple[tuple[tuple[ScenarioQuestion, Option], ...], Outcome]]:
    """Every way through the questions at the start: the choices made, and whether one may go on."""
    engine, ctx = FormEngine(package), Context(today=today, subject_kind=package.subject)

    def walk(
        answers: AnswerSet, chosen: tuple[tuple[ScenarioQuestion, Option], ...]
    ) -> Iterator[tuple[tuple[tuple[ScenarioQuestion, Option], ...], Outcome]]:
        outcome = engine.scenario_outcome(answers, ctx)
        left = [q for q in engine.scenario_questions(answers, ctx) if q.path not in answers]
        if outcome.kind == "cannot" or not left:
            yield chosen, outcome
            return
        for option in left[0].options:
            answer = Answer(option.value, "typed", "D", datetime(today.year, today.month, today.day, tzinfo=UTC))
            yield from walk(set_answer(answers, left[0].path, answer), (*chosen, (left[0], option)))

    yield from walk(MappingProxyType({}), ())
