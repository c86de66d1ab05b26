"""What this person confirms: the lines the item shows them, names and numbers of others masked, nothing to reveal."""

from __future__ import annotations

from kiosk.flow import joined
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import back_key, next_key, paged, pager, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Row, RowsBody, ScreenView

PAGE_SIZE = 6


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """From the top."""
    return stay(state, list_page=0)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Every page is read before the signature; back gives the terminal back without one."""
    match event:
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next"):
            return goto("party_sign", state)
        case Touched("action.back"):
            mine = joined.own(state, joined.at_hand(state))
            return goto("parties" if mine else "hand_over", state)
    return None


def page(
    state: FlowState, rows: tuple[Row, ...], who: str, *, lead: str = "party.sees_lead", way_back: bool = True
) -> ScreenView:
    """The lines, a page at a time; the way on opens on the last one."""
    items, index, pages = paged(state, rows, state.list_page, PAGE_SIZE)
    label, before, after = pager(state, index, pages)
    read = index == pages - 1
    return screen(
        state,
        text(state, "party.sees"),
        RowsBody(tuple(items), (), label, before, after),
        key=str(index),
        kicker=who,
        lead=text(state, lead),
        back=back_key(state) if way_back else None,
        primary=next_key(state, "party.right", enabled=read, why=None if read else text(state, "party.read_on")),
    )


def view(state: FlowState) -> ScreenView:
    """What stands in the answers now."""
    need = joined.at_hand(state)
    rows = tuple(Row(word(state, row.label), word(state, row.value)) for row in joined.seen(state, need))
    return page(state, rows, joined.called(state, need))
