"""The items of one life event, or all of them; a page holds five cards."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.offer import item_key
from kiosk.flow.parts import back_key, paged, pager, screen, text
from kiosk.flow.state import FlowState, open_item, with_session
from kiosk.flow.view import ListBody, ScreenView
from kiosk.forms import ServicePackage

PAGE_SIZE = 5
BOOKING = "booking"
"""In the place of a life event: everything that books a time."""


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Coming back from a guide the item is let go."""
    return stay(with_session(state, item_id=None))


def bookable(state: FlowState) -> tuple[ServicePackage, ...]:
    """The items that book a time."""
    return tuple(package for package in state.world.packages if package.booking is not None)


def listed(state: FlowState) -> tuple[ServicePackage, ...]:
    """What the list holds."""
    wanted = state.life_event
    if wanted == BOOKING:
        return bookable(state)
    return tuple(p for p in state.world.packages if wanted is None or p.life_event == wanted)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A card opens its guide."""
    match event:
        case Touched("action.back"):
            return goto("home", state)
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched(name) if name.startswith("item.") and state.world.package(name[5:]):
            return goto("guide", open_item(state, name[5:]), came_from="items")
    return None


def view(state: FlowState) -> ScreenView:
    """The life event is the title."""
    items, index, pages = paged(state, listed(state), state.list_page, PAGE_SIZE)
    label, before, after = pager(state, index, pages)
    title = text(state, f"life.{state.life_event}") if state.life_event else text(state, "items.all")
    body = ListBody(tuple(item_key(state, package) for package in items), label, before, after)
    return screen(
        state, title, body, key=f"{state.life_event}:{index}", lead=text(state, "items.lead"), back=back_key(state)
    )
