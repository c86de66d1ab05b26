"""A way through a package as a story (docs/stories.md): what the finger touches, so that it can be played on the real
screens or on the flow alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from kiosk.authoring.paths import Way
from kiosk.forms import JSON, AnswerSet, Context, FieldRun, FormEngine, Licence, PageRun, Rule, ServicePackage
from kiosk.forms.rules import reads

NEXT = '{ touch = "action.next" }'
_PICKED = frozenset({"choice", "region", "nation"})
_TYPING_S = 30
"""Chinese is typed key by key, with candidates; a long address takes a while on a busy machine."""


def story_of(
    package: ServicePackage, way: Way, *, today: date, person: str = "lin", licences: frozenset[str] = frozenset()
) -> str:
    """The TOML text of a story that goes this way, for a way that is not stopped.

    ``person`` is a card of the demo people; what the way has from card, register and e-licences is not typed, so the
    person must have it. ``licences`` are the types of e-licence that will be found; their papers are not asked for.
    Raises ValueError for a way that no one resident can go to its end: one that is stopped, or that others confirm.
    """
    if way.end in ("cannot", "dead end"):
        raise ValueError(f"a way that ends in {way.end!r} is no whole story")
    if FormEngine(package).parties(way.answers, Context(today=today, subject_kind=package.subject)):
        raise ValueError("others have to confirm on this way")
    steps = "".join(f"    {step},\n" for step in _steps(package, way, today, person, licences))
    title = json.dumps(f"{package.title['en']}: one way", ensure_ascii=False)
    return f"schema = 1\nname = {title}\n\nstep = [\n{steps}]\n"


def _steps(package: ServicePackage, way: Way, today: date, person: str, licences: frozenset[str]) -> Iterator[str]:
    engine, ctx = FormEngine(package), Context(today=today, subject_kind=package.subject)
    yield from (_wait("attract"), _touch("action.start"), _touch("language.zh-Hans"), _wait("home"))
    yield from (_touch("everyday.guide"), _wait("items"), f'{{ open = "item.{package.id}" }}')
    for activity in package.activities:
        if activity in ("submit", "parties"):
            continue
        if activity == "form":
            yield _wait("form")
            yield from _form(engine.pages(way.answers, ctx), way, today)
            continue
        found = {kind: _found(kind) for kind in licences}
        needed = [need.material for need in engine.materials(way.answers, found, ctx) if need.state == "needed"]
        yield _wait(activity, 20 if activity in ("result", "lookup") else 0)
        if activity == "scenario":
            for question in engine.scenario_questions(way.answers, ctx):
                yield from (_touch(f"choice.{question.path}.{way.answers[question.path].value}"), NEXT)
        elif activity == "consent":
            yield from (_touch(f"consent.{consent.id}") for consent in package.consents)
            yield NEXT
            before = {path: answer for path, answer in way.answers.items() if path.startswith("scenario.")}
            asked = _offered(engine, before, ctx)
            if asked:
                yield from (_touch("consent.licences" if len(asked) > 1 else f"consent.licence:{asked[0]}"), NEXT)
        elif activity == "identify":
            yield f'{{ device = {{ device = "id_card", do = "place", card = "{person}" }} }}'
        elif activity == "lookup":
            yield from ('{ expect = { control = "action.next", enabled = true }, timeout_s = 20 }', NEXT)
        elif activity == "book" and package.booking is not None:
            for path in (package.booking.day, package.booking.slot):
                yield from (_touch(f"choice.{path}.*"), NEXT)
        elif activity == "materials":
            yield NEXT
            for material in needed:
                yield from (_touch(f"choice.material.{material.id}.{_easiest(material.ways)}"), NEXT)
        elif activity == "sign":
            yield from (_touch("declare.tick"), "{ sign = true }", NEXT)
        elif activity == "rate":
            yield _touch("action.skip")
        else:
            yield NEXT
    yield _wait("wiped")
    if "identify" in package.activities:
        # A card left behind keeps the last page up.
        yield '{ device = { device = "id_card", do = "lift" } }'
    yield _wait("attract", 15)


def _offered(engine: FormEngine, answers: AnswerSet, ctx: Context) -> tuple[str, ...]:
    """The licence types that are asked consent for: those this way may use now, or depending on what is asked later."""
    package = engine.package
    known = {question.path for question in package.scenarios}
    types = set(engine.licence_types(answers, ctx))
    for material in package.materials:
        if material.licence_type is not None and not _reads(material.relevant) <= known:
            types.add(material.licence_type)
    for page in package.pages:
        for field in page.fields:
            kind, _, rest = (field.source or "").partition(".")
            if kind == "licence" and not _reads(page.relevant) | _reads(field.relevant) <= known:
                types.add(rest.partition(".")[0])
    return tuple(offer.type for offer in package.licences if offer.type in types)


def _reads(rule: Rule) -> frozenset[str]:
    return frozenset() if rule is None else reads(rule)


def _form(pages: tuple[PageRun, ...], way: Way, today: date) -> Iterator[str]:
    """The pages in order; a group begins on its overview, and each entry is opened or added there."""
    entry: tuple[str, int] | None = None
    for page in pages:
        repeat = page.page.repeat
        if repeat is not None and page.index is not None and entry != (repeat.path, page.index):
            entry = (repeat.path, page.index)
            there = page.index < repeat.min
            yield _touch(f"repeat.{repeat.path}.change.{page.index}" if there else f"repeat.{repeat.path}.add")
        for run in page.fields:
            yield from _field(run, way, today)
        yield NEXT


def _field(run: FieldRun, way: Way, today: date) -> Iterator[str]:
    answer = way.answers.get(run.path)
    if answer is None or answer.source != "typed":
        return
    if run.field.kind in _PICKED:
        yield _touch(f"choice.{run.path}.{answer.value}")
    elif run.field.kind == "multi":
        yield from (_touch(f"choice.{run.path}.{value}") for value in answer.value)
    elif run.field.kind == "area":
        code = str(answer.value)
        yield from (_touch(f"choice.{run.path}.{code[:length].ljust(6, '0')}") for length in (2, 4, 6))
    else:
        text = json.dumps(_typed(run, answer.value, today), ensure_ascii=False)
        yield f'{{ type = {{ field = "{run.path}", text = {text} }}, timeout_s = {_TYPING_S} }}'


def _typed(run: FieldRun, value: JSON, today: date) -> str:
    """As it is typed; a day from today on as ``today+DAYS``, so that the story does not grow old."""
    if run.field.kind != "date":
        return str(value)
    days = (date.fromisoformat(value) - today).days
    return f"today+{days}" if days >= 0 else str(value)


def _easiest(ways: tuple[str, ...]) -> str:
    """A way that needs no camera."""
    return next((way for way in ("show_later", "promise", "supplement") if way in ways), ways[0])


def _found(kind: str) -> Licence:
    return Licence(kind, "", {"zh-Hans": "", "en": ""}, None, None, {})


def _touch(name: str) -> str:
    return f'{{ touch = "{name}" }}'


def _wait(screen: str, seconds: int = 0) -> str:
    return f'{{ wait_screen = "{screen}"{f", timeout_s = {seconds}" if seconds else ""} }}'
