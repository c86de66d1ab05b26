"""Ask an author for what a new item begins with. How a question is put is the caller's business."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kiosk.authoring.skeleton import SORTS, Wish
from kiosk.forms import Text
from kiosk.forms.bundle import ID_PATTERN

SUBJECTS = ("person", "enterprise", "organisation")
LIFE_EVENTS = ("birth", "school", "work", "health", "housing", "elder", "business", "afterlife", "everyday")
_CODE = re.compile("[0-9A-Z]{6,40}")


class Unanswered(ValueError):
    """Something that must be said was not; ``str()`` says what, for the author."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask: the flag that answers it too, the words, what is taken when nothing is said, what is right."""

    flag: str
    words: str
    otherwise: str | None
    right: Callable[[str], bool]
    hint: str


def _label(limit: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= limit


QUESTIONS: tuple[Question, ...] = (
    Question(
        "id",
        "The item's id, small letters and hyphens (library-card)",
        None,
        lambda text: len(text) <= 60 and ID_PATTERN.fullmatch(text) is not None,
        "small letters, digits and single hyphens, at most 60",
    ),
    Question("kind", "What sort of item", "apply", lambda text: text in SORTS, ", ".join(SORTS)),
    Question("title", "Its name in Chinese / 事项名称", "", _label(24), "at most 24 characters"),
    Question("title-en", "Its name in English", "", _label(72), "at most 72 letters"),
    Question("agency", "The agency in charge, in Chinese / 办理部门", "", _label(24), "at most 24 characters"),
    Question("agency-en", "The agency in English", "", _label(72), "at most 72 letters"),
    Question(
        "subject", f"For whom: {', '.join(SUBJECTS)}", "person", lambda text: text in SUBJECTS, ", ".join(SUBJECTS)
    ),
    Question(
        "life-event",
        f"Where residents look for it: {', '.join(LIFE_EVENTS)}",
        "everyday",
        lambda text: text in LIFE_EVENTS,
        ", ".join(LIFE_EVENTS),
    ),
    Question(
        "code",
        "The official item code",
        "330999999999",
        lambda text: _CODE.fullmatch(text) is not None,
        "6 to 40 figures and capital letters",
    ),
)


def ask(given: Mapping[str, str | None], put: Callable[[str], str] | None, say: Callable[[str], None]) -> Wish:
    """The wish for a new item from what was ``given`` by flag and, where ``put`` asks a person, from the answers.

    An answer that is not right is asked for again; a wrong flag, or nothing said where something must be, raises
    :class:`Unanswered`. An empty name stays to be written.
    """
    found: dict[str, str] = {}
    for question in QUESTIONS:
        answer = given.get(question.flag)
        if answer is None and put is not None and question.flag == "kind":
            for name, sort in SORTS.items():
                say(f"  {name:<14}{sort.about['zh-Hans']} · {sort.about['en']}")
        while answer is None and put is not None:
            said = put(_prompt(question)).strip()
            if not said and question.otherwise is not None:
                answer = question.otherwise
            elif said and question.right(said):
                answer = said
            else:
                say(f"  {question.hint}")
        if answer is None:
            answer = question.otherwise
        if answer is None:
            raise Unanswered(f"{question.flag} is missing: {question.hint}")
        if answer != question.otherwise and not question.right(answer):
            raise Unanswered(f"{question.flag} {answer!r}: {question.hint}")
        found[question.flag] = answer
    return Wish(
        id=found["id"],
        kind=found["kind"],
        title=_name(found["title"], found["title-en"]),
        agency=_name(found["agency"], found["agency-en"]),
        subject=found["subject"],
        life_event=found["life-event"],
        code=found["code"],
    )


def _prompt(question: Question) -> str:
    otherwise = f" [{question.otherwise}]" if question.otherwise else ""
    return f"{question.words}{otherwise}: "


def _name(zh: str, en: str) -> Text | None:
    """A name in both languages; one that is missing carries the mark of what is left to write."""
    if not zh and not en:
        return None
    return {"zh-Hans": zh or "【中文名称】", "en": en or "【English name】"}
