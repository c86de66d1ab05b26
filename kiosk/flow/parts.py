"""Parts that many pages share: the frame around a page, its keys, the names of answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from kiosk.domain.modes import PLAIN
from kiosk.flow import listening
from kiosk.flow.privacy import private
from kiosk.flow.state import FlowState, engine_of
from kiosk.flow.tongue import change_key
from kiosk.flow.view import Body, Key, Notice, Progress, ScreenView
from kiosk.forms import Answer, Field, FieldRun, PageRun, Text, mask_answer, mask_name
from kiosk.forms.areas import area_name, nation_name
from kiosk.texts import pick, say, says
from kiosk.texts.dates import day_words

T = TypeVar("T")
BACK = "action.back"
NEXT = "action.next"


def text(state: FlowState, key: str, /, **values: object) -> str:
    """The terminal's own sentence in the page's language; with larger type in simpler words where there are any."""
    simpler = f"{key}.elder"
    if state.modes.elder and says(state.language, simpler):
        key = simpler
    return say(state.language, key, **values, app=pick(state.world.place.app, state.language))


def word(state: FlowState, value: Text | None) -> str:
    """A package's text in the page's language."""
    return pick(value, state.language) if value else ""


def workdays(state: FlowState, days: int) -> str:
    """A promise in working days; none is at once."""
    return text(state, "guide.workdays", count=days) if days else text(state, "guide.at_once")


def next_key(state: FlowState, label: str = "key.next", *, enabled: bool = True, why: str | None = None) -> Key:
    """The one primary key of a page."""
    return Key(NEXT, text(state, label), icon="forward", kind="primary", enabled=enabled, why_disabled=why)


def back_key(state: FlowState) -> Key:
    """Back, at the left of the primary."""
    return Key(BACK, text(state, "key.back"), icon="back")


def rail(state: FlowState) -> tuple[Key, ...]:
    """The machine's own keys, on every page and always in this order; the fewer the larger type is."""
    helper = Key("action.help", text(state, "rail.help"), icon="bell")
    display = Key("action.display", text(state, "rail.display"), icon="eye")
    leave = Key("action.exit", text(state, "rail.exit"), icon="exit")
    again = (listening.again_key(state),) if listening.voice_of(state) is not None else ()
    if state.modes.elder:
        return (helper, *again, display, leave)
    return (
        helper,
        *(again or (Key("mode.elder", text(state, "rail.elder"), icon="large_text"),)),
        display,
        change_key(state),
        leave,
    )


def who(state: FlowState) -> str | None:
    """The masked name in the status strip once somebody is identified."""
    session = state.session
    if session is None:
        return None
    # While somebody else has the terminal it is their page: the first person's name is not on it.
    subject = session.subject if session.joining is None else session.joining.subject
    return mask_name(subject.name) if subject is not None and subject.name else None


PROGRESS_STEPS = (
    "scenario",
    "consent",
    "identify",
    "lookup",
    "form",
    "book",
    "materials",
    "precheck",
    "sign",
    "parties",
    "review",
)


def progress(state: FlowState) -> Progress | None:
    """Segments over the working part of the item: each question page counts, every other activity is one."""
    package, session = state.package, state.session
    if package is None or session is None or state.step not in (*PROGRESS_STEPS, "capture"):
        return None
    engine = engine_of(package)
    marks: list[tuple[str, str | None]] = []
    for activity in package.activities:
        if activity == "scenario":
            marks += [("scenario", q.path) for q in engine.scenario_questions(session.answers, state.context)]
        elif activity == "form":
            seen: list[str] = []
            for run in engine.pages(session.answers, state.context):
                if (section := section_of(run)) not in seen:
                    seen.append(section)
                    marks.append(("form", section))
        elif activity == "parties" and not engine.parties(session.answers, state.context):
            continue  # nobody else has to confirm on this way
        elif activity in PROGRESS_STEPS:
            marks.append((activity, None))
    # A paper under the camera is part of the materials.
    here: tuple[str, str | None] = ("materials" if state.step == "capture" else state.step, None)
    if state.step == "scenario":
        here = (state.step, state.page)
    elif state.step == "form":
        current = find_page(state)
        here = (state.step, section_of(current) if current else None)
    now = marks.index(here) if here in marks else 0
    label = text(state, "progress.label", now=now + 1, total=len(marks))
    return Progress(word(state, package.title), label, now + 1, len(marks))


def section_of(run: PageRun) -> str:
    """A repeated group counts as one step of the way, however many people are in it."""
    return run.page.repeat.path if run.page.repeat else run.key


def numbered(state: FlowState, title: Text, index: int) -> str:
    """A member of a group by number, counted from 1: where ``{n}`` stands, else behind the title."""
    words, number = word(state, title), str(index + 1)
    return words.replace("{n}", number) if "{n}" in words else f"{words} {number}"


def find_page(state: FlowState) -> PageRun | None:
    """The form page the cursor stands on."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    return next((p for p in engine_of(package).pages(session.answers, state.context) if p.key == state.page), None)


def screen(
    state: FlowState,
    title: str,
    body: Body,
    *,
    key: str = "",
    lead: str | None = None,
    why: str | None = None,
    kicker: str | None = None,
    back: Key | None = None,
    primary: Key | None = None,
    notice: Notice | None = None,
    bare: bool = False,
    staff: bool = False,
    said: str | None = None,
    private: bool = False,
) -> ScreenView:
    """One page inside the frame. ``bare`` pages have no rail (attract, busy, wiped)."""
    return ScreenView(
        step=state.step,
        key=f"{state.step}:{key}:{state.language}",
        language=state.language,
        place=word(state, state.world.place.name),
        title=title,
        body=body,
        who=who(state),
        kicker=kicker,
        lead=lead,
        why=why,
        progress=progress(state),
        notice=notice,
        back=back,
        primary=primary,
        rail=() if bare else rail(state),
        modes=PLAIN if staff else state.modes,
        staff=staff,
        said=said,
        private=private,
    )


LOW_PAGE = 3
"""Entries a page where everything that is pressed lies in the lower band."""
LARGE_PAGE = 4
"""Entries a page with larger type."""


def paged(state: FlowState, items: Sequence[T], page: int, size: int) -> tuple[Sequence[T], int, int]:
    """One page of a list: the items, the page index kept in range, and how many pages there are. ``size`` is what a
    page usually holds; with low keys or larger type it is less.
    """
    size = min(size, LOW_PAGE) if state.modes.low_reach else min(size, LARGE_PAGE) if state.modes.elder else size
    pages = max(1, -(-len(items) // size))
    index = min(max(0, page), pages - 1)
    return items[index * size : (index + 1) * size], index, pages


def pager(state: FlowState, index: int, pages: int) -> tuple[str | None, Key | None, Key | None]:
    """The pager row of a list with more than one page."""
    if pages < 2:
        return None, None, None
    label = text(state, "pager.label", now=index + 1, total=pages)
    before = Key("page.previous", text(state, "pager.previous"), icon="chevron_up", enabled=index > 0)
    after = Key("page.following", text(state, "pager.following"), icon="chevron_down", enabled=index < pages - 1)
    return label, before, after


def shown(state: FlowState, field: Field, value: Any, *, masked: bool = True) -> str:
    """An answer as a resident reads it; what others should not read is masked unless asked otherwise."""
    if value is None or value == "":
        return text(state, "answer.none")
    if field.sensitivity == "secret":
        return "••••••"
    words = _words(state, field, value)
    if not masked or field.kind == "file":
        return words
    # What is worked out may have names of people in it.
    return mask_answer(field, words if field.computed is None else private(state, words))


def _words(state: FlowState, field: Field, value: Any) -> str:
    if field.options:
        labels = {option.value: word(state, option.label) for option in field.options}
        values = value if isinstance(value, list) else [value]
        return text(state, "answer.comma").join(labels.get(str(v), str(v)) for v in values)
    if field.kind == "date":
        return date_words(state, str(value))
    if field.kind in ("area", "nation"):
        return word(state, (area_name if field.kind == "area" else nation_name)(str(value)))
    if field.kind == "file":
        return text(state, "picture.taken")
    return str(value)


def date_words(state: FlowState, iso: str) -> str:
    """A day in words; what is not a day (长期) stays as it is."""
    try:
        return day_words(state.language, date.fromisoformat(iso))
    except ValueError:
        return iso


def answer_of(state: FlowState, path: str) -> Answer | None:
    """The answer at a path, if there is one."""
    return state.session.answers.get(path) if state.session else None


def value_of(state: FlowState, run: FieldRun) -> Any:
    """The bare value of a field: what was answered, or what is worked out from the answers."""
    if run.field.computed is not None:
        return run.value
    answer = answer_of(state, run.path)
    return answer.value if answer else None
