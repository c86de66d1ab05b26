"""Where else: another place that has what is missing here, the staffed place, the telephone. Never a dead end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kiosk.domain.sites import KnownSite, nearest
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Row

WALK_M_A_MINUTE = 60
"""Of the straight line, by somebody who is not in a hurry; streets are longer than the line."""
WALKABLE_M = 2000


def other_site(state: FlowState, alternatives: Iterable[frozenset[str]]) -> tuple[KnownSite, datetime] | None:
    """The nearest other place where one of these sets of devices worked lately, and when."""
    return nearest(state.world.sites, state.world.place.site, alternatives, state.now)


def age_words(state: FlowState, at: datetime) -> str:
    """How old the knowledge is, as a sentence: "10 分钟前还好用"."""
    minutes = max(0, int((state.now - at).total_seconds() // 60))
    if minutes < 2:
        return text(state, "where.just_now")
    if minutes < 60:
        return text(state, "where.minutes_ago", minutes=minutes)
    return text(state, "where.hours_ago", hours=minutes // 60)


def way_words(state: FlowState, site: KnownSite) -> str:
    """How far it is and when it is open."""
    parts = []
    if site.distance_m is not None:
        if site.distance_m <= WALKABLE_M:
            parts.append(text(state, "where.walk", minutes=max(1, -(-site.distance_m // WALK_M_A_MINUTE))))
        else:
            parts.append(text(state, "where.far", kilometres=f"{site.distance_m / 1000:.1f}"))
    if site.hours is not None:
        parts.append(word(state, site.hours))
    return text(state, "where.comma").join(parts)


def other_line(state: FlowState, alternatives: Iterable[frozenset[str]]) -> str | None:
    """The other place in one sentence, for a notice; None when none is known."""
    found = other_site(state, alternatives)
    if found is None:
        return None
    site, at = found
    return text(state, "where.line", place=word(state, site.name), way=way_words(state, site), age=age_words(state, at))


def ways_on(state: FlowState, alternatives: Iterable[frozenset[str]]) -> tuple[Row, ...]:
    """The rows of a page that leads no further: the other place if one is known, the staffed place, the telephone."""
    place, found = state.world.place, other_site(state, alternatives)
    rows: list[Row] = []
    if found is not None:
        site, at = found
        rows.append(
            Row(
                word(state, site.name),
                way_words(state, site),
                hint=age_words(state, at),
                icon="place",
            )
        )
    # Without fresh news of other places only people can be promised, and the page says that it does not know more.
    unknown = None if found is not None else text(state, "where.unknown")
    rows.append(Row(text(state, "elsewhere.place"), word(state, place.staffed), hint=unknown, icon="place"))
    rows.append(Row(text(state, "elsewhere.phone"), place.phone, icon="phone"))
    return tuple(rows)
