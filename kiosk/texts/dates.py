"""Days in words. The catalogue of a language says in which order, with its own names of months and weekdays."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from kiosk.texts import say

Part = Literal["year", "month", "day"]
_PARTS: Final[tuple[Part, ...]] = ("year", "month", "day")


def day_words(language: str, day: date, how: str = "day", **more: object) -> str:
    """A day as its language writes it. ``how``: the sentence ``date.<how>``; ``more``: what else that names."""
    return say(
        language,
        f"date.{how}",
        year=day.year,
        month=day.month,
        day=day.day,
        month_name=say(language, f"month.{day.month}"),
        month_short=say(language, f"month_short.{day.month}"),
        weekday=say(language, f"weekday.{day.isoweekday()}"),
        **more,
    )


def parts_in_order(language: str) -> tuple[Part, ...]:
    """Year, month and day in the order in which the language writes them."""
    pattern = say(language, "date.weekday")
    return tuple(sorted(_PARTS, key=lambda part: pattern.find(f"{{{part}")))


def month_label(language: str, month: int) -> str:
    """A month by itself: its name where the language writes names, else its number."""
    return say(language, f"month.{month}") if "{month_" in say(language, "date.weekday") else str(month)
