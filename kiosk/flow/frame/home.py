"""Home: life events, search without departments, the five everyday functions."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.frame.items import BOOKING, bookable
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.offer import machine_notice
from kiosk.flow.parts import back_key, paged, pager, screen, text
from kiosk.flow.state import FlowState, open_item, with_session
from kiosk.flow.view import HomeBody, Key, ListBody, ScreenView

LIFE_EVENTS = {
    "birth": "pram",
    "school": "school",
    "work": "briefcase",
    "health": "health",
    "housing": "house",
    "elder": "armchair",
    "business": "shop",
    "afterlife": "leaf",
}
"""Life event -> icon, in the order of the tiles."""
EVERYDAY = {"guide": "book", "booking": "calendar", "ask": "chat", "progress": "steps", "complaint": "megaphone"}
"""Everyday function -> icon, in the order of the keys."""
SHORT_LIFE = ("elder", "health")
SHORT_EVERYDAY = ("progress", "booking")
"""What stands on the short home page, in this order."""
SHORT_PAGE = 5
COMPLAINT_ITEM = "complaint-12345"


def events(state: FlowState) -> dict[str, str]:
    """The life events of this place with their icons, in the order of its tiles."""
    wanted = state.world.life_events or tuple(LIFE_EVENTS)
    return {name: LIFE_EVENTS[name] for name in wanted if name in LIFE_EVENTS}


def short(state: FlowState) -> tuple[str, ...]:
    """The two that stand on the short page: the usual ones where they are offered, else the first."""
    there = events(state)
    return (*(name for name in SHORT_LIFE if name in there), *there)[:2]


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """An item that was only looked at is let go; nothing had been typed before its guide."""
    state = with_session(state, item_id=None)
    return stay(state, list_page=0, search="", life_event=None, elsewhere=None, changing=False, page=None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Every tile leads somewhere; functions that come later say where to go instead."""
    match event:
        case Touched("action.search"):
            return goto("search", state)
        case Touched("page.following") if state.modes.elder:
            return stay(state, list_page=state.list_page + 1)
        case Touched("page.previous") if state.modes.elder:
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("action.back") if state.modes.elder:
            return stay(state, list_page=0)
        case Touched("everyday.complaint") if state.world.package(COMPLAINT_ITEM):
            return goto("guide", open_item(state, COMPLAINT_ITEM), came_from="home")
        case Touched("everyday.guide"):
            return goto("items", state, life_event=None)
        case Touched("everyday.booking") if bookable(state):
            return goto("items", state, life_event=BOOKING)
        case Touched("everyday.progress"):
            return goto("take_up", state)
        case Touched(name) if name.startswith("everyday.") and name[9:] in EVERYDAY:
            return goto("elsewhere", state, elsewhere=name[9:])
        case Touched(name) if name.startswith("life.") and name[5:] in LIFE_EVENTS:
            life_event = name[5:]
            if any(package.life_event == life_event for package in state.world.packages):
                return goto("items", state, life_event=life_event)
            return goto("elsewhere", state, elsewhere=f"life.{life_event}")
    return None


def _short(state: FlowState) -> ScreenView:
    """With larger type: five rows, the most asked for first, and the rest behind the last of them."""
    keys = [
        *(Key(f"life.{name}", text(state, f"life.{name}"), icon=LIFE_EVENTS[name]) for name in short(state)),
        *(Key(f"everyday.{name}", text(state, f"everyday.{name}"), icon=EVERYDAY[name]) for name in SHORT_EVERYDAY),
    ]
    more = [
        *(
            Key(f"life.{n}", text(state, f"life.{n}"), icon=icon)
            for n, icon in events(state).items()
            if n not in short(state)
        ),
        *(
            Key(f"everyday.{n}", text(state, f"everyday.{n}"), icon=i)
            for n, i in EVERYDAY.items()
            if n not in SHORT_EVERYDAY
        ),
        Key("action.search", text(state, "everyday.search"), icon="search"),
    ]
    if not state.list_page:
        others = Key("page.following", text(state, "home.more"), icon="grid")
        body = ListBody((*keys[: SHORT_PAGE - 1], others))
        return screen(
            state, text(state, "home.title"), body, lead=text(state, "home.lead"), notice=machine_notice(state)
        )
    rest = keys[SHORT_PAGE - 1 :] + more
    some, index, pages = paged(state, rest, state.list_page - 1, SHORT_PAGE)
    label, _, after = pager(state, index, pages)
    before = Key("page.previous", text(state, "pager.previous"), icon="chevron_up")
    return screen(
        state,
        text(state, "home.more"),
        ListBody(tuple(some), label, before, after),
        key=f"more:{index}",
        back=back_key(state),
    )


def view(state: FlowState) -> ScreenView:
    """Eight tiles, one search field, five smaller keys; with larger type a short list."""
    if state.modes.elder:
        return _short(state)
    tiles = tuple(
        Key(f"life.{name}", text(state, f"life.{name}"), icon=icon, hint=text(state, f"life.{name}_hint"))
        for name, icon in events(state).items()
    )
    everyday = tuple(
        Key(f"everyday.{name}", text(state, f"everyday.{name}"), icon=icon, kind="quiet")
        for name, icon in EVERYDAY.items()
    )
    search = Key("action.search", text(state, "home.search"), icon="search")
    return screen(
        state,
        text(state, "home.title"),
        HomeBody(tiles, search, everyday),
        lead=text(state, "home.lead"),
        notice=machine_notice(state),
    )
