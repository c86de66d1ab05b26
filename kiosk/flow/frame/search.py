"""Search in a resident's own words, over titles and keywords of the items kept here; works without a network."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched, Typed
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.offer import item_key
from kiosk.flow.parts import back_key, screen, text
from kiosk.flow.state import FlowState, open_item, with_session
from kiosk.flow.view import ScreenView, SearchBody
from kiosk.forms import ServicePackage

MAX_RESULTS = 3
MAX_QUERY = 40


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The query stays when a resident comes back from a guide."""
    return stay(with_session(state, item_id=None))


def score(package: ServicePackage, query: str) -> int:
    """How well an item fits: whole words weigh most, single characters in common break ties; 0 is no fit."""
    wanted = query.strip().casefold()
    if not wanted:
        return 0
    names = [title.casefold() for title in package.title.values()]
    words = [*names, *(keyword.casefold() for keyword in package.keywords)]
    best = 0
    for word in words:
        if wanted == word:
            best = max(best, 100)
        elif wanted in word or (len(word) > 1 and word in wanted):
            best = max(best, 60 + min(len(word), len(wanted)))
    shared = sum(1 for letter in set(wanted) if letter >= "\u3400" and any(letter in word for word in words))
    return best or (shared if shared >= 2 or len(wanted) == shared else 0)


def found(packages: tuple[ServicePackage, ...], query: str) -> tuple[ServicePackage, ...]:
    """The best items for a query, best first; equal ones keep the catalogue's order."""
    scored = [(score(package, query), package) for package in packages]
    hits = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return tuple(package for _, package in hits[:MAX_RESULTS])


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Results follow every letter."""
    match event:
        case Typed("search", query):
            return stay(state, search=query[:MAX_QUERY])
        case Touched("action.back"):
            return goto("home", state)
        case Touched(name) if name.startswith("item.") and state.world.package(name[5:]):
            return goto("guide", open_item(state, name[5:]), came_from="search")
    return None


def view(state: FlowState) -> ScreenView:
    """Results above, keyboard below."""
    hits = found(state.world.packages, state.search)
    empty = text(state, "search.none") if state.search.strip() and not hits else None
    body = SearchBody(
        query=state.search,
        placeholder=text(state, "search.placeholder"),
        results=tuple(item_key(state, package) for package in hits),
        empty=empty,
    )
    return screen(state, text(state, "search.title"), body, back=back_key(state))
