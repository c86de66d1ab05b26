"""What a rule can read besides its own data: today, days counted from it, the whole form, the chosen region's rules."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from kiosk.forms.model import JSON, OfficeRules
from kiosk.forms.paths import get

DAYS_AWAY: Mapping[str, int] = {"years_ago": 120, "months_ago": 600, "days_ago": 4000, "days_ahead": 4000}
"""Days that every rule may read: ``years_ago.60`` is the ISO date sixty years before today. Name -> largest number."""
RESERVED = frozenset({"today", "form", "facts", "region", "paper", "licence", "record", *DAYS_AWAY})
"""Names that no datum of a form may have at its top."""
_NOTHING: Mapping[str, JSON] = {}


def is_day(path: str) -> bool:
    """Whether a rule's path is today, or a day counted from it."""
    name, _, number = path.partition(".")
    if name == "today":
        return number == ""
    return name in DAYS_AWAY and number.isascii() and number.isdigit() and 1 <= int(number[:5]) <= DAYS_AWAY[name]


def day_away(name: str, number: int, today: date) -> date:
    """The day ``number`` years, months or days from today; a month that is too short gives its last day."""
    if name == "days_ahead":
        return today + timedelta(days=number)
    if name == "days_ago":
        return today - timedelta(days=number)
    months = today.year * 12 + today.month - 1 - (number * 12 if name == "years_ago" else number)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


class _Days(Mapping[str, JSON]):
    """``years_ago`` and its like: a day is worked out when it is read."""

    __slots__ = ("_name", "_today")

    def __init__(self, name: str, today: date) -> None:
        self._name = name
        self._today = today

    def __getitem__(self, number: str) -> JSON:
        if not is_day(f"{self._name}.{number}"):
            raise KeyError(number)
        return day_away(self._name, int(number), self._today).isoformat()

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, range(1, DAYS_AWAY[self._name] + 1)))

    def __len__(self) -> int:
        return DAYS_AWAY[self._name]


def region_rules(offices: OfficeRules, data: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """The receiving region's own values by name; none as long as no region is chosen."""
    region = get(data, offices.path) if offices.path is not None else None
    return offices.values.get(region, _NOTHING) if isinstance(region, str) else _NOTHING


class Env(Mapping[str, JSON]):
    """What one rule sees. A view, nothing is copied: first ``data`` (inside a group the entry's own), then ``today``,
    ``years_ago`` …, ``form`` (the whole form, inside a group only), ``region`` and what ``more`` brings.
    """

    __slots__ = ("_data", "_form", "_more", "_offices", "_today")

    def __init__(
        self,
        data: Mapping[str, JSON],
        today: date,
        *,
        form: Mapping[str, JSON] | None = None,
        offices: OfficeRules | None = None,
        more: Mapping[str, JSON] = _NOTHING,
    ) -> None:
        self._data = data
        self._today = today
        self._form = form
        self._offices = offices
        self._more = more

    def inside(self, row: Mapping[str, JSON]) -> Env:
        """What a rule inside one entry of a group sees: the entry's own data at the top, this data as ``form``."""
        return Env(row, self._today, form=self._data, offices=self._offices, more=self._more)

    def __getitem__(self, key: str) -> JSON:
        if key in self._data:
            return self._data[key]
        if key == "today":
            return self._today.isoformat()
        if key in DAYS_AWAY:
            return _Days(key, self._today)
        if key == "form" and self._form is not None:
            return self._form
        if key == "region" and self._offices is not None:
            return region_rules(self._offices, self._data if self._form is None else self._form)
        return self._more[key]

    def __iter__(self) -> Iterator[str]:
        names = {*self._data, "today", *DAYS_AWAY, *self._more}
        names |= {"form"} if self._form is not None else set()
        names |= {"region"} if self._offices is not None else set()
        return iter(names)

    def __len__(self) -> int:
        return sum(1 for _ in self)
