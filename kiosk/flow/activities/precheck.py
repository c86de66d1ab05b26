"""The pre-check: for each paper pass or fail with the reason, by the rules that the window uses too.

Nothing is submitted that a window would send back: a paper that fails leads to where it can be put right.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.activities import materials
from kiosk.flow.activities.gaps import after_change, checked
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import back_key, next_key, paged, pager, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, Row, RowsBody, ScreenView
from kiosk.forms import MaterialCheck

PAGE_SIZE = 6
MEND = "mend."
"""In front of a material's id: the key that leads to its question."""


def applies(state: FlowState) -> bool:
    """Passed over where no paper is asked for."""
    return bool(checked(state))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """What fails stands first, so the first page is the one to see."""
    return stay(state, page=None, list_page=0)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Put a paper right, or go on when all of them pass."""
    match event:
        case Touched(name) if name.startswith(MEND):
            asked = materials.question(name.removeprefix(MEND))
            return goto("materials", replace(state, changing=True), page=asked)
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next") if all(check.state == "pass" for check in checked(state)):
            return after_change(state) if state.changing else forward(state, list_page=0)
        case Touched("action.back"):
            return backward(state, list_page=0)
    return None


def _row(state: FlowState, check: MaterialCheck) -> Row:
    material = check.material
    title, icon = word(state, material.title), material.icon or "document"
    if check.state == "pass":
        return Row(title, icon=icon, tag=text(state, "precheck.pass"), tag_tone="filled")
    reason = word(state, check.message) or text(state, "precheck.open")
    # What was waived by a record cannot be given in another way; only the answers can put it right.
    mend = Key(MEND + material.id, text(state, "precheck.mend")) if material.ways else None
    return Row(title, hint=reason, icon=icon, tag=text(state, "precheck.fail"), tag_tone="caution", key=mend)


def view(state: FlowState) -> ScreenView:
    """One line a paper, what fails first."""
    checks = sorted(checked(state), key=lambda check: check.state == "pass")
    wrong = sum(1 for check in checks if check.state != "pass")
    shown, index, pages = paged(state, [_row(state, check) for check in checks], state.list_page, PAGE_SIZE)
    why = None if not wrong else text(state, "precheck.first", count=wrong)
    return screen(
        state,
        text(state, "precheck.title_wrong" if wrong else "precheck.title", count=wrong),
        RowsBody(tuple(shown), (), *pager(state, index, pages)),
        key=f"{index}:{wrong}",
        lead=text(state, "precheck.lead"),
        back=back_key(state),
        primary=next_key(state, enabled=not wrong, why=why),
    )
