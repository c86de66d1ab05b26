"""Whether our own sentences are plain: what the author's tools ask of a package, and what a counter would never say.

Short sentences, no words of the office or of the trade, 您 and never 你, one word for one thing (glossary.toml), keys
that say what happens; in Chinese full-width punctuation and a space beside numerals and Latin words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kiosk.authoring.words import words
from kiosk.forms.messages import MESSAGES
from kiosk.texts.checking import Fault
from kiosk.texts.po import read
from kiosk.texts.shelf import HOME, SOURCE

MAX_SENTENCE_ZH = 30
"""Characters between two stops; read aloud it is one breath."""
MAX_SENTENCE_EN = 20
"""Words of a sentence."""
MAX_GRADE_EN = 6.0
"""Years of school that the English as a whole asks for, by the automated readability index."""

_SAYS_NOTHING = {"确定", "确认", "提交", "是", "否", "OK", "Ok", "Yes", "No", "Confirm"}
"""Of a key: it must say what happens when it is pressed."""
_OFFICIAL = ("system does not answer", "部门的系统")
"""An office's system may be named: it is what does not answer."""
_NAMES = frozenset({"paper.holder", "screen.staff_corner", "language.fallback"})
"""What has to be called as the law or the house calls it, and what is no sentence."""

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBERS = frozenset(
    "bring count days failed hours kilometres limit minutes month most now seconds total written year".split()
)
_HAN = "\u3400-\u9fff"
_CROWDED = re.compile(f"[{_HAN}][0-9A-Za-z]|[0-9A-Za-z][{_HAN}]")
_HALF_WIDTH = re.compile(f"[{_HAN}][,.!?:;()]|[,!?:;()][{_HAN}]")
_STOPS_ZH = re.compile("[。！？；]")
_STOPS_EN = re.compile(r"[.!?;:]+(?:\s|$)")


def lint(language: str) -> Iterator[Fault]:
    """What residents should not have to read, in Chinese or English; with what is said of a wrong answer."""
    file = "kiosk.pot" if language == SOURCE else f"{language}.po"
    for entry in read(HOME / file).entries:
        if entry.name in _NAMES:
            continue
        forms = entry.source if language == SOURCE else entry.forms
        for form in dict.fromkeys(forms):
            for reason in (_chinese if language == SOURCE else _english)(form):
                yield Fault(file, entry.name, f"{reason}: {form}")
    for code, wording in MESSAGES.items():
        form = wording[0 if language == SOURCE else 1]
        for reason in (_chinese if language == SOURCE else _english)(form):
            yield Fault("messages", code, f"{reason}: {form}")
    if language == "en" and (grade := grade_of_english()) > MAX_GRADE_EN:
        yield Fault(file, "all", f"the English asks for {grade:.1f} years of school, more than {MAX_GRADE_EN:.0f}")


def _chinese(text: str) -> Iterator[str]:
    filled = _PLACE.sub(lambda place: "88" if place[1] in _NUMBERS else "8 日" if place[1] == "day" else "", text)
    for sentence in _STOPS_ZH.split(_PLACE.sub("字字", text)):
        if len(sentence.strip()) > MAX_SENTENCE_ZH:
            yield f"a sentence of {len(sentence.strip())} characters, more than {MAX_SENTENCE_ZH}"
    yield from _said(SOURCE, text)
    if (crowded := _CROWDED.search(filled)) is not None:
        yield f"no space in {crowded[0]!r}"
    if (half := _HALF_WIDTH.search(filled)) is not None:
        yield f"half-width punctuation in {half[0]!r}"


def _english(text: str) -> Iterator[str]:
    for sentence in _STOPS_EN.split(text):
        if len(sentence.split()) > MAX_SENTENCE_EN:
            yield f"a sentence of {len(sentence.split())} words, more than {MAX_SENTENCE_EN}"
    yield from _said("en", text)


def _said(language: str, text: str) -> Iterator[str]:
    if text in _SAYS_NOTHING:
        yield "it does not say what happens"
    for pattern, word, plain in words().jargon[language]:
        if pattern.search(text):
            yield f"{word!r} is a word of the office; say it plainly: {plain}"
    for word, plain in _glossary()["trade"][language].items():
        found = word in text if language == SOURCE else re.search(rf"(?<!{{)\b{word}\b", text, re.IGNORECASE)
        if found and not any(allowed in text for allowed in _OFFICIAL):
            yield f"{word!r} is a word of the trade; say it plainly: {plain}"
    for term in _glossary()["term"]:
        for other in term["not"]:
            if other in text:
                yield f"{other!r} is called {term[language]!r} here"


@cache
def _glossary() -> Mapping[str, Any]:
    return tomllib.loads((HOME / "glossary.toml").read_text("utf-8"))


def grade_of_english() -> float:
    """Years of school that the English catalogue asks for, as a whole: the automated readability index."""
    text = " ".join(f"{form.rstrip('.')}." for entry in read(HOME / "en.po").entries for form in entry.forms[-1:])
    said = [sentence.split() for sentence in _STOPS_EN.split(_PLACE.sub("88", text)) if sentence.strip()]
    count = sum(len(sentence) for sentence in said)
    letters = sum(len(word) for sentence in said for word in sentence)
    return 4.71 * letters / count + 0.5 * count / len(said) - 21.43
