"""Choosing from a long official list: a place by the tree of GB/T 2260, level by level, or a nation of GB 3304.

The cursor is the place below which the choices stand; only the last level is an answer.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.parts import answer_of, back_key, next_key, paged, pager, screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, ListBody, ScreenView
from kiosk.forms import Field, FieldRun, Option
from kiosk.forms.areas import area_children, area_name, nation_name, nations

KINDS = frozenset({"area", "nation"})
UP = "pick.up"
PAGE_SIZE = 6


def picked(run_fields: tuple[FieldRun, ...]) -> FieldRun | None:
    """The field of a page that is chosen this way; it stands alone on its page."""
    return next((field for field in run_fields if field.field.kind in KINDS), None)


def _above(code: str) -> str:
    """The place one level up; "" above a province. A level that nobody can choose from is passed over."""
    short = code.rstrip("0")
    short += "0" * (len(short) % 2)
    parent = short[:-2]
    while parent and not area_children(parent.ljust(6, "0")):
        parent = parent[:-2]
    return parent.ljust(6, "0") if parent else ""


def _top(field: Field) -> str:
    return field.within.ljust(6, "0") if field.within else ""


def opened(state: FlowState, run: FieldRun) -> FlowState:
    """The page begins at the level of what was answered before, else at the top."""
    given = answer_of(state, run.path)
    under = _top(run.field)
    if given is not None and run.field.kind == "area":
        above = next((a for a in _ways_up(str(given.value)) if _has(a, run.field, str(given.value))), under)
        under = above
    options = _options(run.field, under)
    index = next((n for n, option in enumerate(options) if given is not None and option.value == given.value), 0)
    return replace(state, pick=under, pick_page=index // PAGE_SIZE)


def _ways_up(code: str) -> tuple[str, ...]:
    """The places above a code, the nearest first, and the top of the tree."""
    return (code[:4].ljust(6, "0"), code[:2].ljust(6, "0"), "")


def _has(under: str, field: Field, code: str) -> bool:
    return any(option.value == code for option in area_children(under, field.depth))


def _options(field: Field, under: str) -> tuple[Option, ...]:
    return nations() if field.kind == "nation" else area_children(under, field.depth)


def chosen(state: FlowState, run: FieldRun, value: str) -> str | FlowState | None:
    """The answer that a touch gives, or the state one level further down; None when it is not among the choices."""
    under = state.pick or _top(run.field)
    if value not in {option.value for option in _options(run.field, under)}:
        return None
    if run.field.kind == "nation" or not area_children(value, run.field.depth):
        return value
    return replace(state, pick=value, pick_page=0)


def up(state: FlowState, run: FieldRun) -> FlowState | None:
    """One level up; None at the top, where nothing is above."""
    under = state.pick or _top(run.field)
    if run.field.kind == "nation" or under == _top(run.field):
        return None
    above = _above(under)
    options = _options(run.field, above)
    index = next((n for n, option in enumerate(options) if option.value == under), 0)
    return replace(state, pick=above, pick_page=index // PAGE_SIZE)


def view(state: FlowState, run: FieldRun, title: str, lead: str) -> ScreenView:
    """The choices of one level as cards; above them where they are and what is chosen."""
    under = state.pick or _top(run.field)
    given = answer_of(state, run.path)
    options = _options(run.field, under)
    shown, index, pages = paged(state, options, state.pick_page, PAGE_SIZE)
    keys = [
        Key(
            f"choice.{run.path}.{option.value}",
            word(state, option.label),
            icon="tick" if given is not None and given.value == option.value else None,
        )
        for option in shown
    ]
    if up(state, run) is not None:
        keys.insert(0, Key(UP, text(state, "pick.up", place=word(state, area_name(under))), icon="back", kind="quiet"))
    if given is not None:
        name = nation_name(str(given.value)) if run.field.kind == "nation" else area_name(str(given.value))
        lead = text(state, "pick.now", name=word(state, name))
    ready = given is not None or not run.required
    return screen(
        state,
        title,
        ListBody(tuple(keys), *pager(state, index, pages)),
        key=f"{run.path}:{under}:{index}",
        lead=lead or None,
        back=back_key(state),
        primary=next_key(state, enabled=ready, why=None if ready else text(state, "form.choose_first")),
        private=given is not None,
    )
