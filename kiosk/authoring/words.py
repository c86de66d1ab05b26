"""Words of the office and their plain words, agencies of the city, and where a person helps; from words.toml."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.forms import Text


@dataclass(frozen=True, slots=True)
class Words:
    """``jargon``: language -> (pattern, word as it stands in the file, plain word)."""

    jargon: Mapping[str, tuple[tuple[re.Pattern[str], str, str], ...]]
    city_issuer: re.Pattern[str]
    elsewhere_issuer: re.Pattern[str]
    city_papers: tuple[str, ...]
    help: re.Pattern[str]


@functools.cache
def words() -> Words:
    """The words file, read once."""
    raw = tomllib.loads((Path(__file__).with_name("words.toml")).read_text("utf-8"))
    jargon = {}
    for language in ("zh-Hans", "en"):
        found = []
        for entry in raw["jargon"][language]:
            kept = "".join(f"(?!{re.escape(word)})" for word in _after(entry["word"], entry.get("not", ())))
            before = "".join(f"(?<!{re.escape(word)})" for word in _before(entry["word"], entry.get("not", ())))
            word = re.escape(entry["word"])
            pattern = f"{before}{word}{kept}" if language == "zh-Hans" else rf"\b{word}\b"
            found.append((re.compile(pattern, re.IGNORECASE), entry["word"], entry["plain"]))
        jargon[language] = tuple(found)
    city = raw["city"]
    return Words(
        jargon,
        re.compile(city["issuer"]),
        re.compile(city["elsewhere"]),
        tuple(city["papers"]),
        re.compile(raw["help"]["zh-Hans"]),
    )


def _before(word: str, others: list[str] | tuple[str, ...]) -> Iterator[str]:
    """What stands before the word in the good words that end with it: ``应`` of ``应该``."""
    yield from (other.removesuffix(word) for other in others if other.endswith(word) and other != word)


def _after(word: str, others: list[str] | tuple[str, ...]) -> Iterator[str]:
    yield from (other.removeprefix(word) for other in others if other.startswith(word) and other != word)


def names_help(text: Text) -> bool:
    """Whether a text names a place with staff or a telephone number."""
    return words().help.search(text["zh-Hans"]) is not None
