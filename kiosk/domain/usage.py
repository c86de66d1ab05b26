"""What a terminal counts of its use: pages and visits, never persons.

A figure is a count under words of closed sets: the names of items, pages and fields, which are those of the program and
of the packages, and how something went. There is no id, no time of day beyond the hour, and no place for anything that
somebody typed: see :func:`label`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.forms import is_workday

_LABEL = re.compile(r"(?!.*[0-9]{6})[A-Za-z0-9_.:-]{0,80}")
ELSE = "else"
"""What stands for a word that could not be a label."""

SECONDS = (2, 5, 10, 20, 40, 80, 160, 320)
"""Upper ends of the buckets in which the time on a page is counted; what is longer is counted as ``more``."""
MINUTES = (1, 2, 4, 8, 15, 30)
"""The same for a whole visit."""
MORE = "more"

SHOWN_DAYS = 30
"""What staff look at, counted back from today."""

FEWEST = 5
"""Visits of an hour are told only from so many on: fewer could be one person who was seen there."""


class What(StrEnum):
    """What is counted. The first five are about a page, the others about a visit or a case."""

    SHOWN = "shown"
    LEFT = "left"  # detail: next back exit idle power parked crash
    SECONDS = "seconds"  # detail: upper end of the bucket
    HELP = "help"
    REFUSED = "refused"  # detail: FIELD:CODE, or what went wrong with a device
    BEGUN = "begun"
    ENDED = "ended"  # detail: an Ending
    USED = "used"  # detail: the language, and each mode, that the visit ended in
    HOUR = "hour"  # detail: 00 to 23, the hour in which the visit began
    MINUTES = "minutes"  # detail: upper end of the bucket
    CASE = "case"  # detail: first_time, refused, sent_back or after_sent_back


class Ending(StrEnum):
    """What came of a visit."""

    FINISHED = "finished"  # decided, or looked up, while the resident was there
    SUBMITTED = "submitted"  # a case was filed, and is decided later
    PARKED = "parked"  # put by, to go on with later
    GIVEN_UP = "given_up"  # an item was begun and nothing came of it
    LOOKED = "looked"  # no item was begun


def label(words: str) -> str:
    """The words, if they can stand in a figure: letters, figures and dots, and no number as long as a person's."""
    return words if _LABEL.fullmatch(words) else ELSE


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """What one count is about. ``item`` is empty before one was chosen, ``page`` for what is about a whole visit."""

    item: str
    page: str
    what: What
    detail: str = ""

    def __post_init__(self) -> None:
        for name in ("item", "page", "detail"):
            object.__setattr__(self, name, label(getattr(self, name)))


@dataclass(frozen=True, slots=True, order=True)
class Figure:
    """How often, on that day (of the site)."""

    day: date
    mark: Mark
    count: int


def bucket(amount: float, ends: Sequence[int]) -> str:
    """The first upper end that is not below the amount."""
    return next((str(end) for end in ends if amount <= end), MORE)


# ---- what is read out of them ---------------------------------------------------------------------------------------

COLUMNS = ("day", "workday", "item", "page", "what", "detail", "count")


def table(figures: Iterable[Figure]) -> list[tuple[str, ...]]:
    """Rows for a file, in :data:`COLUMNS`. Hours are added up over a month, and told from :data:`FEWEST` visits on."""
    rows: list[tuple[str, ...]] = []
    hours: dict[tuple[str, str, str], int] = {}
    for figure in sorted(figures):
        mark, workday = figure.mark, "1" if is_workday(figure.day) else "0"
        if mark.what is What.HOUR:
            key = (f"{figure.day:%Y-%m}", workday, mark.detail)
            hours[key] = hours.get(key, 0) + figure.count
        else:
            day = figure.day.isoformat()
            rows.append((day, workday, mark.item, mark.page, mark.what.value, mark.detail, str(figure.count)))
    rows += [
        (month, workday, "", "", What.HOUR.value, hour, str(count))
        for (month, workday, hour), count in sorted(hours.items())
        if count >= FEWEST
    ]
    return rows


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """Rounded; None of nothing."""
        return round(100 * self.part / self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class DayCount:
    """Visits of one day."""

    day: date
    workday: bool
    visits: int


@dataclass(frozen=True, slots=True)
class PageUse:
    """One page of one item. ``seconds`` is the upper end of the bucket in which the middle time lies; None: longer."""

    item: str
    page: str
    shown: int
    abandoned: int
    help: int
    refused: int
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What staff look at. ``accepted`` is, by item, how many of the answered cases were taken at the first time."""

    days: tuple[DayCount, ...]
    endings: Mapping[Ending, int]
    pages: tuple[PageUse, ...]
    accepted: Mapping[str, Share]

    @property
    def visits(self) -> int:
        """All of them."""
        return sum(day.visits for day in self.days)

    @property
    def away_from_office_hours(self) -> Share:
        """Visits on days on which offices are closed."""
        return Share(sum(day.visits for day in self.days if not day.workday), self.visits)

    @property
    def finished(self) -> Share:
        """Of the visits in which a thing was done, those that left nothing to wait for."""
        done = self.endings.get(Ending.FINISHED, 0)
        return Share(done, done + self.endings.get(Ending.SUBMITTED, 0))

    @property
    def given_up(self) -> Share:
        """Of the visits in which an item was begun, those of which nothing came."""
        begun = sum(count for ending, count in self.endings.items() if ending is not Ending.LOOKED)
        return Share(self.endings.get(Ending.GIVEN_UP, 0), begun)

    def worst(self, most: int) -> tuple[PageUse, ...]:
        """The pages at which most visits were given up."""
        return tuple(
            sorted((p for p in self.pages if p.abandoned), key=lambda p: (-p.abandoned, p.item, p.page))[:most]
        )

    def slowest(self, most: int) -> tuple[PageUse, ...]:
        """The pages that take longest, of those that were seen often enough to tell."""
        often = [page for page in self.pages if page.shown >= FEWEST]
        return tuple(sorted(often, key=lambda p: (-_seconds(p), -p.shown, p.item, p.page))[:most])

    def asked(self, most: int) -> tuple[PageUse, ...]:
        """The pages on which most residents pressed help."""
        return tuple(sorted((p for p in self.pages if p.help), key=lambda p: (-p.help, p.item, p.page))[:most])


def _seconds(page: PageUse) -> float:
    return float("inf") if page.seconds is None else page.seconds


ABANDONED = ("exit", "idle", "crash")


def summary(figures: Iterable[Figure]) -> Summary:
    """All of them added up."""
    days: dict[date, int] = {}
    endings: dict[Ending, int] = {}
    cases: dict[str, dict[str, int]] = {}
    pages: dict[tuple[str, str], dict[What, dict[str, int]]] = {}
    for figure in figures:
        mark = figure.mark
        match mark.what:
            case What.BEGUN:
                days[figure.day] = days.get(figure.day, 0) + figure.count
            case What.ENDED:
                ending = Ending(mark.detail)
                endings[ending] = endings.get(ending, 0) + figure.count
            case What.CASE:
                _add(cases.setdefault(mark.item, {}), mark.detail, figure.count)
            case What.SHOWN | What.LEFT | What.SECONDS | What.HELP | What.REFUSED:
                about = pages.setdefault((mark.item, mark.page), {})
                _add(about.setdefault(mark.what, {}), mark.detail, figure.count)
    return Summary(
        days=tuple(DayCount(day, is_workday(day), count) for day, count in sorted(days.items())),
        endings=endings,
        pages=tuple(_page(item, page, counts) for (item, page), counts in sorted(pages.items())),
        accepted={
            item: Share(by.get("first_time", 0), sum(by.values()) - by.get("after_sent_back", 0))
            for item, by in sorted(cases.items())
        },
    )


def _add(counts: dict[str, int], word: str, count: int) -> None:
    counts[word] = counts.get(word, 0) + count


def _page(item: str, page: str, counts: Mapping[What, Mapping[str, int]]) -> PageUse:
    left = counts.get(What.LEFT, {})
    return PageUse(
        item=item,
        page=page,
        shown=sum(counts.get(What.SHOWN, {}).values()),
        abandoned=sum(left.get(way, 0) for way in ABANDONED),
        help=sum(counts.get(What.HELP, {}).values()),
        refused=sum(counts.get(What.REFUSED, {}).values()),
        seconds=_middle(counts.get(What.SECONDS, {})),
    )


def _middle(buckets: Mapping[str, int]) -> int | None:
    """The upper end of the bucket that holds the median; 0 where nothing was timed, None for the open one."""
    total, seen = sum(buckets.values()), 0
    if not total:
        return 0
    for end in SECONDS:
        seen += buckets.get(str(end), 0)
        if 2 * seen >= total:
            return end
    return None
