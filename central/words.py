"""Small words that all of the centre uses: JSON, texts, time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeAlias

JSON: TypeAlias = Any
Text: TypeAlias = Mapping[str, str]
Clock: TypeAlias = Callable[[], datetime]
"""Gives an aware UTC time."""

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "config" / "services"
PEOPLE = ROOT / "config" / "demo" / "people.json"
SITES = ROOT / "central" / "data" / "sites.json"
RESIDENTS = 10_000
SEALING_KEYS = "sealing-keys.json"
"""In the state folder."""

CITY_TIME = timezone(timedelta(hours=8))
"""The city has one time zone, without summer time, so no zone database is needed."""


def now_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """A time as the contract writes it: UTC, whole seconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime | None:
    """Read what :func:`stamp` wrote (fractions allowed); None when no such time exists (30 February)."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def clock_words(day: date, slot: str) -> Text:
    """A day and a time of it, as people say them."""
    return {"zh-Hans": f"{day.month} 月 {day.day} 日 {slot}", "en": f"{day.day} {day:%b} {slot}"}


def local_day(at: datetime) -> date:
    """The calendar day in the city."""
    return at.astimezone(CITY_TIME).date()
