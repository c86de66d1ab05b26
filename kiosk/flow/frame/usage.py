"""How the terminal is used, for staff: counts and plots of the last weeks. Nothing on it is about a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from kiosk.domain.usage import SECONDS, SHOWN_DAYS, Ending, PageUse, Share, Summary
from kiosk.flow.events import ChecksRead, FlowEvent, SelfTested, Touched, UsageRead
from kiosk.flow.frame.diagnostics import noted
from kiosk.flow.machine import Direction, Outcome, stay
from kiosk.flow.parts import BACK, pager, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Bar, CheckBody, Key, Notice, Plot, PlotsBody, Row, ScreenView

MOST = 6
"""Bars of a plot."""
NAMED = frozenset(
    {
        *("guide", "checklist", "cannot", "consent", "identify", "lookup", "book", "materials", "capture", "precheck"),
        *("sign", "parties", "review", "result", "receipt"),
    }
)
"""Steps that have a name for staff; the others are told by their own."""
A_PAGE = 2
"""Plots on a page."""


def applies(state: FlowState) -> bool:
    """Behind the technician's first page."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """It is being read."""
    return stay(state, list_page=0, staff=replace(state.staff, usage=None))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Look, turn the page, go back."""
    match event:
        case UsageRead(summary):
            return stay(state, staff=replace(state.staff, usage=summary))
        case SelfTested() | ChecksRead():
            return noted(state, event)
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.back"):
            return Outcome(state, (), "back:diagnostics")
    return None


def view(state: FlowState) -> ScreenView:
    """Counts on top of each page, two plots below."""
    back = Key(BACK, text(state, "key.back"), icon="back")
    title, told = text(state, "usage.title", days=SHOWN_DAYS), state.staff.usage
    if told is None:
        body = CheckBody(Notice("info", text(state, "usage.reading"), icon="clock"))
        return screen(state, title, body, key="reading", back=back, bare=True, staff=True)
    plots = _plots(state, told)
    pages = -(-len(plots) // A_PAGE)
    page = min(state.list_page, pages - 1)
    shown = plots[page * A_PAGE : (page + 1) * A_PAGE]
    plotted = PlotsBody(_summary(state, told), shown, *pager(state, page, pages))
    lead = text(state, "usage.file")
    return screen(state, title, plotted, key=str(page), lead=lead, back=back, bare=True, staff=True)


def _summary(state: FlowState, told: Summary) -> tuple[Row, ...]:
    shares = (("away", told.away_from_office_hours), ("finished", told.finished), ("given_up", told.given_up))
    return (
        Row(text(state, "usage.visits"), str(told.visits)),
        *(Row(text(state, f"usage.{name}"), _percent(share)) for name, share in shares),
    )


def _percent(share: Share) -> str:
    return "—" if share.percent is None else f"{share.percent}%"


def _plots(state: FlowState, told: Summary) -> tuple[Plot, ...]:
    most = max((day.visits for day in told.days), default=1)
    days = (
        Bar(f"{day.day:%m-%d}", str(day.visits), day.visits / most, hollow=not day.workday)
        for day in told.days[-SHOWN_DAYS:]
    )
    endings = (
        (text(state, f"usage.ending_{ending.value}"), text(state, "usage.times", count=count), count)
        for ending in Ending
        if (count := told.endings.get(ending, 0))
    )
    accepted = sorted(told.accepted.items(), key=lambda pair: (pair[1].percent or 0, pair[0]))[:MOST]
    first_time = (
        (_item(state, item), text(state, "usage.share", percent=share.percent, count=share.whole), share.percent or 0)
        for item, share in accepted
    )
    return (
        _plot(state, "days", days, days=True),
        _plot(state, "endings", _bars(endings)),
        _plot(state, "worst", _pages(state, told.worst(MOST), lambda page: page.abandoned)),
        _plot(state, "asked", _pages(state, told.asked(MOST), lambda page: page.help)),
        _plot(state, "slowest", _bars(_slow(state, page) for page in told.slowest(MOST))),
        _plot(state, "accepted", _bars(first_time, whole=100)),
    )


def _plot(state: FlowState, name: str, bars: Iterable[Bar], *, days: bool = False) -> Plot:
    drawn = tuple(bars)
    note = text(state, "usage.nothing") if not drawn else text(state, "usage.days_note") if days else ""
    return Plot(text(state, f"usage.{name}"), "days" if days else "bars", drawn, note)


def _bars(amounts: Iterable[tuple[str, str, float]], whole: float | None = None) -> Iterable[Bar]:
    """Each against the largest, or against what all of it would be."""
    told = tuple(amounts)
    most = whole or max((amount for _, _, amount in told), default=1)
    return (Bar(label, words, amount / most) for label, words, amount in told)


def _pages(state: FlowState, pages: Iterable[PageUse], count: Callable[[PageUse], int]) -> Iterable[Bar]:
    return _bars((_page(state, page), text(state, "usage.times", count=count(page)), count(page)) for page in pages)


def _slow(state: FlowState, page: PageUse) -> tuple[str, str, float]:
    if page.seconds is None:
        return _page(state, page), text(state, "usage.longer", seconds=SECONDS[-1]), 2 * SECONDS[-1]
    return _page(state, page), text(state, "usage.seconds", seconds=page.seconds), page.seconds


def _item(state: FlowState, item: str) -> str:
    package = state.world.package(item)
    return word(state, package.title) if package is not None else item


def _page(state: FlowState, page: PageUse) -> str:
    """Item and page as residents know them, where the package is still here."""
    package, named = state.world.package(page.item), page.page
    titles = {} if package is None else {f"form.{one.id}": one.title for one in package.pages}
    titles |= {} if package is None else {question.path: question.title for question in package.scenarios}
    if page.page in titles:
        named = word(state, titles[page.page])
    elif page.page in NAMED:
        named = text(state, f"usage.page_{page.page}")
    return f"{_item(state, page.item)} · {named}" if page.item else named
