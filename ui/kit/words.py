"""The few words that the screens say by themselves (units, days, what a hand does); all other texts come in views."""

from __future__ import annotations

import re
from datetime import date

from kiosk.texts import say
from kiosk.texts.dates import day_words


def word(name: str, language: str) -> str:
    """A word of the screens in a language."""
    return say(language, f"screen.{name}")


def day_line(at: date, language: str) -> str:
    """The day as people say it, e.g. ``11 月 21 日 周六`` or ``Saturday 21 November``."""
    return day_words(language, at, "today")


def filled_from(source: str, language: str) -> str:
    """That an answer stands there already, and where it comes from."""
    return say(language, "screen.filled_from", source=source)


def count_line(count: int, limit: int, language: str) -> str:
    """How much was written of how much may be, e.g. ``9/60 字``."""
    return say(language, "screen.count", written=count, limit=limit)


def search_word(language: str) -> str:
    """What the search key says where it is a small one."""
    return say(language, "everyday.search")


def main_clause(sentence: str) -> str:
    """What stands before the first comma or semicolon: without its day, how sure it is, or what else there is."""
    return re.split("，|；|, |; ", sentence, maxsplit=1)[0]
