"""Working days by the official calendar (public holidays and the working weekends that make up for them)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class WorkdayResult:
    """``official`` is False when a year without published holidays was counted as Monday to Friday."""

    day: date
    official: bool


def _is_workday(day: date) -> tuple[bool, bool]:
    """(is it a working day, does the official calendar say so)."""
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        # The library refuses years whose holidays the State Council has not published.
        return day.weekday() < 5, False


def is_workday(day: date) -> bool:
    """Whether offices work on this day; a year without published holidays counts Monday to Friday."""
    return _is_workday(day)[0]


def workday_after(start: date, days: int) -> WorkdayResult:
    """The ``days``-th working day after ``start``; the day itself never counts. ``days`` 0 gives ``start``.

    Raises ValueError for a negative number or more than 2000.
    """
    if not 0 <= days <= 2000:
        raise ValueError(f"days must be 0 to 2000, not {days}")
    day, official, left = start, True, days
    while left:
        day += timedelta(days=1)
        working, known = _is_workday(day)
        official = official and known
        left -= working
    return WorkdayResult(day, official)


def add_workdays(start: date, days: int) -> date:
    """As :func:`workday_after`, the day alone."""
    return workday_after(start, days).day
