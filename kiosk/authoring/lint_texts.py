"""What residents read and hear: both languages, plain words, short sentences, questions that can be said aloud."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places
from kiosk.authoring.words import words
from kiosk.forms import LANGUAGES, Text

MAX_SENTENCE_ZH = 50
"""Characters between two full stops: about what one breath holds when it is read aloud."""
MAX_SENTENCE_EN = 30
"""Words of a sentence; public writing guides ask for 25, names of places and offices add a few."""

_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_CJK_RUN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_LATIN_WORD = re.compile("[a-z]{2}")
_STOPS_ZH = re.compile("[。！？；\n]")
_STOPS_EN = re.compile(r"[.!?;\n](?:\s|$)")
_UNSAYABLE = re.compile(r"[㎡²³%％/×÷→←()（）&#*_]|\d\s*[-–—~～]\s*\d")
_ABBREVIATION = re.compile("[A-Z]{2,}")

_UNITS = {
    "working days": (re.compile(r"(\d+) ?个工作日"), re.compile(r"(\d+) working days?")),
    "minutes": (re.compile(r"(\d+) ?分钟"), re.compile(r"(\d+) minutes?")),
    "months": (re.compile(r"(\d+) ?个月"), re.compile(r"(\d+) months?")),
}


def findings(places: Places) -> Iterator[Finding]:
    """Everything about the texts of one package."""
    for file, value in places.files.items():
        if file == "form.schema.json":
            continue
        for pointer, text in _texts(value, ""):
            yield from _translation(places, file, pointer, text)
            yield from _wording(places, file, pointer, text)
    yield from _speech(places)
    yield from _icons(places)


def _texts(node: Any, at: str) -> Iterator[tuple[str, Text]]:
    """(JSON pointer, text) for every text in every language."""
    if isinstance(node, dict):
        if set(node) == set(LANGUAGES) and all(isinstance(v, str) for v in node.values()):
            yield at, node
            return
        for key, below in node.items():
            yield from _texts(below, f"{at}/{key}")
    elif isinstance(node, list):
        for index, below in enumerate(node):
            yield from _texts(below, f"{at}/{index}")


@cache
def icon_names() -> frozenset[str]:
    """The icons that the screens have."""
    return frozenset(json.loads(Path(__file__).with_name("icons.json").read_text("utf-8")))


def _icons(places: Places) -> Iterator[Finding]:
    for file, value in places.files.items():
        if file == "form.schema.json":
            continue
        for pointer, name in _icons_in(value, ""):
            if name not in icon_names():
                near = difflib.get_close_matches(name, icon_names(), 1)
                hint = f"; {near[0]!r} is meant?" if near else ""
                yield places.finding("icon", file, pointer, f"there is no icon {name!r}{hint}")


def _icons_in(node: Any, at: str) -> Iterator[tuple[str, str]]:
    """(JSON pointer, name) of every icon."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, below in steps:
        if step == "icon" and isinstance(below, str):
            yield f"{at}/icon", below
        yield from _icons_in(below, f"{at}/{step}")


def _translation(places: Places, file: str, pointer: str, text: Text) -> Iterator[Finding]:
    zh, en = text["zh-Hans"], text["en"]
    if zh == en and (_CJK.search(zh) or _LATIN_WORD.search(zh)):
        yield places.finding("translation", file, f"{pointer}/en", f"both languages say {zh[:20]!r}")
    elif (found := _foreign(zh, en)) is not None:
        yield places.finding("translation", file, f"{pointer}/en", f"the English text holds {found!r}")
    elif (differ := _figures(zh, en)) is not None:
        yield places.finding("translation", file, f"{pointer}/en", differ)
    elif _CJK.search(zh) is None and _LATIN_WORD.search(zh):
        yield places.finding("translation", file, f"{pointer}/zh-Hans", f"the Chinese text is not Chinese: {zh[:20]!r}")


def _figures(zh: str, en: str) -> str | None:
    """Where the two languages name other figures for the same unit of time."""
    for unit, (chinese, english) in _UNITS.items():
        one, other = set(chinese.findall(zh)), set(english.findall(en))
        if one and other and one.isdisjoint(other):
            return f"the Chinese text says {', '.join(sorted(one))} {unit}, the English {', '.join(sorted(other))}"
    return None


def _foreign(zh: str, en: str) -> str | None:
    """The first Chinese in an English text, unless it quotes words that the Chinese text holds too."""
    quoted = _LATIN_WORD.search(en) is not None
    for run in _CJK_RUN.findall(en):
        if not (quoted and run in zh):
            return str(run)[:20]
    return None


def _wording(places: Places, file: str, pointer: str, text: Text) -> Iterator[Finding]:
    for language in LANGUAGES:
        for pattern, word, plain in words().jargon[language]:
            if pattern.search(text[language]):
                mend = f"Say it plainly: {plain}."
                yield places.finding("jargon", file, f"{pointer}/{language}", f"{word!r} is a word of the office", mend)
    for sentence in _STOPS_ZH.split(text["zh-Hans"]):
        if len(sentence.strip()) > MAX_SENTENCE_ZH:
            reason = f"a sentence has {len(sentence.strip())} characters, more than {MAX_SENTENCE_ZH}"
            yield places.finding("long_sentence", file, f"{pointer}/zh-Hans", reason)
            break
    for sentence in _STOPS_EN.split(text["en"]):
        if len(sentence.split()) > MAX_SENTENCE_EN:
            reason = f"a sentence has {len(sentence.split())} words, more than {MAX_SENTENCE_EN}"
            yield places.finding("long_sentence", file, f"{pointer}/en", reason)
            break


def _speech(places: Places) -> Iterator[Finding]:
    """Questions with signs that a voice cannot say need words for it, and those words no such signs."""
    package = places.package
    spoken: list[tuple[str, str, Text, Text | None]] = [
        ("scenarios.json", f"/questions/{index}", question.title, question.speech)
        for index, question in enumerate(package.scenarios)
    ]
    spoken += [
        ("layout.json", at, page.title, page.speech)
        for at, page in zip(places.pages.values(), package.pages, strict=True)
    ]
    for file, at, title, speech in spoken:
        said, pointer = (title, f"{at}/title") if speech is None else (speech, f"{at}/speech")
        sign = _unsayable(said)
        if sign is not None:
            yield places.finding("speech", file, pointer, f"{sign!r} cannot be said aloud")


def _unsayable(text: Text) -> str | None:
    """The first sign that a voice cannot say; in Chinese also Latin abbreviations."""
    for pattern, language in ((_UNSAYABLE, "zh-Hans"), (_UNSAYABLE, "en"), (_ABBREVIATION, "zh-Hans")):
        found = pattern.search(text[language])
        if found is not None:
            return found[0]
    return None
