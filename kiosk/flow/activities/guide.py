"""The item guide: who can, what is needed and what is not, how long, what it costs, and whether it ends here."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, forward, goto, stay
from kiosk.flow.offer import caution, obstacle, ways_on_for
from kiosk.flow.parts import back_key, next_key, paged, pager, screen, text, word, workdays
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import GuideBody, Row, ScreenView
from kiosk.forms import MaterialNeed

MATERIALS_SHOWN = 4
MATERIALS_A_PAGE = 3


def applies(state: FlowState) -> bool:
    """Every item has a guide."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing was asked yet."""
    return stay(state, page=None, changing=False, guide_page=0)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Start, or back to the list it came from."""
    package = state.package
    match event:
        case Touched("action.back"):
            return goto(state.came_from, with_session(state, item_id=None))
        case Touched("page.previous"):
            return stay(state, guide_page=max(0, state.guide_page - 1))
        case Touched("page.following"):
            return stay(state, guide_page=state.guide_page + 1)
        case Touched("action.next") if package is not None and obstacle(state, package) is None:
            return forward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """Numbers first, then words."""
    package, session = state.visit
    guide, why_not = package.guide, obstacle(state, package)
    needs = engine_of(package).materials(session.answers, {}, state.context)
    rows = [_material(state, need) for need in needs]
    bring = sum(1 for row in rows if row.tag_tone != "filled")
    rows.sort(key=lambda row: row.tag_tone == "filled")
    summary = text(state, "guide.nothing")
    if needs:
        key = "guide.materials_summary" if bring else "guide.materials_waived"
        summary = text(state, key, total=len(needs), bring=bring) if bring else text(state, key, total=len(needs))
    # A pager takes the room of one row.
    size = MATERIALS_SHOWN if len(rows) <= MATERIALS_SHOWN else MATERIALS_A_PAGE
    shown_rows, index, pages = paged(state, rows, state.guide_page, size)
    label, before, after = pager(state, index, pages)
    body = GuideBody(
        can_finish=why_not is None,
        verdict=text(state, "guide.can" if why_not is None else "guide.cannot"),
        verdict_text=word(state, guide.finish_here) if why_not is None else why_not,
        time_title=text(state, "guide.time"),
        promised_label=text(state, "guide.promised"),
        promised=workdays(state, guide.promised_workdays),
        promised_days=guide.promised_workdays,
        statutory_label=text(state, "guide.statutory"),
        statutory=workdays(state, guide.statutory_workdays),
        statutory_days=guide.statutory_workdays,
        fee_title=text(state, "guide.fee"),
        fee=word(state, guide.fee),
        fee_note=word(state, guide.fee_note),
        visits=text(state, "guide.visits_line", count=guide.visits) if guide.visits else text(state, "guide.no_visit"),
        who_title=text(state, "guide.who"),
        who=tuple(word(state, line) for line in guide.who),
        materials_title=text(state, "guide.materials"),
        materials_summary=summary,
        materials=tuple(shown_rows),
        pager=label,
        previous=before,
        following=after,
        elsewhere_title=text(state, "where.title") if why_not is not None else "",
        elsewhere=ways_on_for(state, package) if why_not is not None else (),
        caution=caution(state, package) if why_not is None else None,
    )
    # The verdict above is the line that says why; the key does not say it a second time.
    start = next_key(state, "guide.start", enabled=why_not is None)
    kicker = text(state, "guide.kicker", agency=word(state, package.agency), code=package.code)
    return screen(
        state,
        word(state, package.title),
        body,
        key=package.id,
        kicker=kicker,
        back=back_key(state),
        primary=start,
    )


def _material(state: FlowState, need: MaterialNeed) -> Row:
    """Before any question: what is waived anyway, what an e-licence may replace, what depends on the answers."""
    material = need.material
    hint, tag, tone = word(state, material.hint), "guide.bring", "outline"
    if material.issued_by_city:
        hint, tag, tone = text(state, "guide.agency_has", agency=word(state, material.issuer)), "guide.waived", "filled"
    elif material.licence_type is not None:
        hint, tag, tone = text(state, "guide.licence_maybe"), "guide.waived", "filled"
    elif need.state == "not_needed":
        tag = "guide.depends"
    return Row(
        word(state, material.title),
        hint=hint,
        icon=material.icon or "document",
        tag=text(state, tag),
        tag_tone="filled" if tone == "filled" else "outline",
    )
