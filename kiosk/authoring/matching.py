"""A text that a pattern matches: the shortest plain one, for trying a field whose pattern nobody gave a sample for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from kiosk.forms import LANGUAGES, Field
from kiosk.forms.validators import date_bound, matches

_INTRODUCED = {"zh-Hans": re.compile("例如[：:]"), "en": re.compile("(?:For example|for example|e.g.)[:,]? ")}
_BARE = re.compile(r"[0-9A-Za-z./_-]*[0-9][0-9A-Za-z./_-]*")
"""An example that is nothing but a code or a figure."""
_BETWEEN = {"zh-Hans": re.compile("[、，；。]|或者?"), "en": re.compile(r"[,;.](?:\s|$)| or ")}
_LIKED = "云川水山木石田禾"
_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_ENDS = {"A", "z", "Z", "b", "B"}


def sample_of(pattern: str, number: int = 0) -> str | None:
    """A text that matches, or None where this small reader of patterns finds none; other numbers give other texts where
    the pattern leaves a choice.
    """
    try:
        reader = _Reader(pattern, number)
        text = reader.alternatives()
    except (IndexError, ValueError):
        return None
    return text if reader.at == len(pattern) and matches(pattern, text) else None


def examples_of(field: Field) -> Iterator[tuple[str, str, list[str]]]:
    """(language, text, values) for each example that a field shows: what may be meant to be typed, the whole first."""
    if field.example is None:
        return
    for language in LANGUAGES:
        whole, *shown = _INTRODUCED[language].split(field.example[language], maxsplit=1)
        if not shown and field.pattern is not None and _BARE.fullmatch(whole):
            shown = [whole]
        for text in shown:
            value = text.strip().rstrip("。.")
            yield language, text.strip(), [value, *(part.strip() for part in _BETWEEN[language].split(value))]


def why_nothing_fits(field: Field, today: date) -> str | None:
    """Why certainly no value is right at a field whatever is typed: its limits exclude each other. None = not known."""
    if field.pattern is not None:
        shortest = sample_of(field.pattern)
        if shortest is not None and len(shortest) > field.max_length:
            return f"what fits the pattern, such as {shortest[:40]!r}, is longer than {field.max_length}"
    low, high = date_bound(field.min_date, today), date_bound(field.max_date, today)
    if low is not None and high is not None and low > high:
        return f"the first day, {low}, comes after the last one, {high}"
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        return f"the least, {field.minimum}, is more than the most, {field.maximum}"
    return None


class _Reader:
    """One pattern being read; ``at`` is how far."""

    def __init__(self, pattern: str, number: int) -> None:
        self.at = 0
        self._pattern = pattern
        self._number = number

    def alternatives(self) -> str:
        """The shortest alternative's text; for other numbers than 0 another one's."""
        found = [self._sequence()]
        while self._next("|"):
            found.append(self._sequence())
        return found[self._number % len(found)] if self._number else min(found, key=len)

    def _next(self, sign: str) -> bool:
        """Whether ``sign`` stands here; if so it is passed."""
        found = self._pattern.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _sequence(self) -> str:
        found = ""
        while self.at < len(self._pattern) and self._pattern[self.at] not in "|)":
            one = self._atom()
            found += one * self._times()
        return found

    def _atom(self) -> str:
        sign = self._pattern[self.at]
        self.at += 1
        if sign in "^$":
            return ""
        if sign == ".":
            return _LIKED[self._number % len(_LIKED)]
        if sign == "(":
            if self._next("?"):
                self.at = self._pattern.index(":", self.at) + 1
            text = self.alternatives()
            self.at += 1
            return text
        if sign == "[":
            return self._class()
        return self._escaped() if sign == "\\" else sign

    def _escaped(self) -> str:
        sign = self._pattern[self.at]
        self.at += 1
        if sign in _ENDS:
            return ""
        if sign == "p":
            self.at = self._pattern.index("}", self.at) + 1
            return _LIKED[self._number % len(_LIKED)]
        if sign == "x":
            end = self._pattern.index("}", self.at) + 1 if self._pattern[self.at] == "{" else self.at + 2
            code, self.at = self._pattern[self.at : end].strip("{}"), end
            return chr(int(code, 16))
        return _CLASSES.get(sign, sign)

    def _class(self) -> str:
        """A member of a class, a usual character where one is in it."""
        negated = self._next("^")
        ranges: list[tuple[str, str]] = []
        while not self._next("]"):
            low = high = self._member()
            if self._pattern[self.at] == "-" and self._pattern[self.at + 1] != "]":
                self.at += 1
                high = self._member()
            ranges.append((low, high))
        usual = [c for c in _LIKED + "0A-" if any(low <= c <= high for low, high in ranges) != negated]
        if self._number < len(usual) or negated:
            return usual[self._number % len(usual)]
        low, high = ranges[0]
        return chr(min(ord(low) + self._number, ord(high)))

    def _member(self) -> str:
        sign = self._pattern[self.at]
        self.at += 1
        return self._escaped() if sign == "\\" else sign

    def _times(self) -> int:
        """How often at least, for other numbers than 0 once where that is allowed; a lazy mark behind it is passed."""
        none = True
        if self._next("{"):
            end = self._pattern.index("}", self.at)
            low = int(self._pattern[self.at : end].partition(",")[0])
            none = self._pattern[self.at : end] == "0"
            self.at = end + 1
        else:
            low = 1
            for sign, least in (("*", 0), ("+", 1), ("?", 0)):
                if self._next(sign):
                    low, none = least, False
                    break
        self._next("?")
        return max(low, 1) if self._number and not none else low
