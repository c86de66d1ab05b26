"""Before anybody shows a card: can it be finished here, what is needed and what is not, how long, what it costs.

The answer follows from the scenario's questions alone and can be taken home on paper.
"""

from __future__ import annotations

from typing import Literal

from kiosk.domain.receipt import DeadlineLine, Receipt, WaivedLine
from kiosk.flow import slip
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import back_key, next_key, paged, pager, screen, text, word, workdays
from kiosk.flow.state import FlowState, engine_of
from kiosk.flow.view import Notice, Row, RowsBody, ScreenView
from kiosk.forms import Material, ServicePackage, Text
from kiosk.forms.rules import reads
from kiosk.texts import both, languages, on_paper, pick

PAGE_SIZE = 5
Kind = Literal["bring", "depends", "look_up", "agency"]
_SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("护照", "通行证"), "passport"),
    (("照片",), "camera"),
    (("户口簿",), "book"),
    (("手机", "电话"), "phone"),
    (("银行", "账号"), "money"),
    (("身份证号", "代码", "编号"), "pencil"),
    (("身份证", "证件"), "id_card"),
)
KINDS: tuple[Kind, ...] = ("bring", "depends", "look_up", "agency")


def applies(state: FlowState) -> bool:
    """Every item that lists it."""
    return state.session is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """From the first line."""
    return stay(state, page=None, list_page=0)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Turn the page, take the list home, start."""
    match event:
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched(slip.PRINT):
            return slip.asked(state, checklist_of(state))
        case Touched("action.next"):
            return forward(state, list_page=0)
        case Touched("action.back"):
            return backward(state, list_page=0)
    return None


def materials(state: FlowState) -> tuple[tuple[Kind, Material], ...]:
    """What happens to each paper as far as it is known now, what has to be brought first.

    A paper whose rule reads answers that are not given yet depends on them; one that the answers rule out is left out.
    """
    package, session = state.visit
    known = {question.path for question in package.scenarios}
    found: list[tuple[Kind, Material]] = []
    for need in engine_of(package).materials(session.answers, {}, state.context):
        material = need.material
        asked_later = material.relevant is not None and not reads(material.relevant) <= known
        if need.state == "not_needed" and not asked_later:
            continue
        if material.issued_by_city:
            found.append(("agency", material))
        elif asked_later:
            found.append(("depends", material))
        else:
            found.append(("look_up" if material.licence_type is not None else "bring", material))
    return tuple(sorted(found, key=lambda pair: KINDS.index(pair[0])))


def _without(material: Material) -> Text | None:
    """What to do without the paper at hand; None when it simply has to come along."""
    ways = [way for way in ("supplement", "promise", "show_later") if way in material.ways]
    if not ways:
        return None
    return both(f"checklist.without_{ways[0]}", count=material.supplement_workdays or 0)


def _why(kind: Kind, material: Material) -> Text | None:
    match kind:
        case "agency":
            return {lang: both("guide.agency_has", agency=pick(material.issuer, lang))[lang] for lang in languages()}
        case "look_up":
            return both("checklist.look_up_why")
        case _:
            return _without(material) or material.hint


def _row(state: FlowState, kind: Kind, material: Material) -> Row:
    return Row(
        word(state, material.title),
        hint=word(state, _why(kind, material)) or None,
        icon=material.icon or "document",
        tag=text(state, f"checklist.{kind}"),
        tag_tone="filled" if kind in ("agency", "look_up") else "outline",
    )


def _sign(thing: Text) -> str:
    """The picture of something to bring that has none of its own, by its Chinese name."""
    name = pick(thing, "zh-Hans")
    return next((sign for words, sign in _SIGNS if any(found in name for found in words)), "document")


def _office(package: ServicePackage) -> Text:
    """The office that receives the case where no district was chosen yet, with address and hours."""
    office = package.office_rules.default
    parts = [part for part in (office.name, office.address, office.hours) if part is not None]
    return {lang: both("where.comma")[lang].join(pick(part, lang) for part in parts) for lang in languages()}


def view(state: FlowState) -> ScreenView:
    """Figures first, then one line a paper."""
    package = state.visit[0]
    guide = package.guide
    papers = materials(state)
    rows = [Row(word(state, thing), icon=_sign(thing), tag=text(state, "checklist.bring")) for thing in guide.bring]
    rows += [_row(state, kind, material) for kind, material in papers]
    shown, index, pages = paged(state, rows, state.list_page, PAGE_SIZE)
    label, before, after = pager(state, index, pages)
    visits = text(state, "guide.visits_count", count=guide.visits) if guide.visits else text(state, "guide.no_visit")
    summary = (
        Row(text(state, "guide.time"), workdays(state, guide.promised_workdays)),
        Row(text(state, "guide.fee"), word(state, guide.fee)),
        Row(text(state, "guide.visits"), visits),
    )
    take_home = slip.row(state, text(state, "checklist.take"), text(state, "checklist.take_use"))
    body = RowsBody((*shown, take_home), summary, label, before, after)
    count = {kind: sum(1 for found, _ in papers if found == kind) for kind in KINDS}
    lead = "some" if count["bring"] else "depends" if count["depends"] else "none"
    return screen(
        state,
        text(state, "checklist.title"),
        body,
        key=f"{index}",
        lead=text(state, f"checklist.lead_{lead}", count=count["bring"] or count["depends"]),
        notice=Notice("info", text(state, "checklist.elsewhere"), word(state, guide.elsewhere), "place"),
        back=back_key(state),
        primary=next_key(state, "checklist.start"),
    )


def checklist_of(state: FlowState) -> Receipt:
    """The same on paper, with a staffed place and its hours."""
    package, guide, place = state.visit[0], state.visit[0].guide, state.world.place
    papers = materials(state)

    def line(material: Material, kind: Kind) -> Text:
        why = _why(kind, material)
        title = material.title
        if why is None:
            return title
        return {lang: f"{pick(title, lang)} ({pick(why, lang)})" for lang in languages()}

    visits = both("checklist.figures", fee="{fee}", count=guide.visits)
    if not guide.visits:
        visits = both("checklist.figures_no_visit", fee="{fee}")
    return Receipt(
        kind="checklist",
        languages=on_paper(state.language),
        city=place.city,
        state_line=both("checklist.state"),
        item_title=package.title,
        item_code=package.code,
        holder_masked="",
        case_ids=(),
        trace_id="",
        at=state.now,
        terminal=place.terminal,
        site=place.name,
        handed_in=(*guide.bring, *(line(m, kind) for kind, m in papers if kind in ("bring", "depends"))),
        waived=tuple(
            WaivedLine(m.title, why)
            for kind, m in papers
            if kind in ("agency", "look_up") and (why := _why(kind, m)) is not None
        ),
        deadlines=tuple(
            DeadlineLine(both(f"receipt.{name}"), days)
            for name, days in (("promised", guide.promised_workdays), ("statutory", guide.statutory_workdays))
            if days
        ),
        ask_at=(place.staffed, _office(package), guide.ask_at),
        notes=({lang: visits[lang].replace("{fee}", pick(guide.fee, lang)) for lang in languages()}, guide.elsewhere),
    )
