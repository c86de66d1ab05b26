"""The papers that are still owed, one question each: photograph it now, or bring it another time."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import DOCUMENT_CAMERA
from kiosk.domain.open_work import OwedPaper
from kiosk.flow.comeback.route import at_work
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, forward, goto, stay
from kiosk.flow.parts import date_words, next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import ChoiceBody, Key, ScreenView

CAPTURE, BRING = "capture", "bring"


def applies(state: FlowState) -> bool:
    """Only on the way of somebody who came back for papers."""
    return state.session is not None and state.session.work is not None and state.session.work.kind == "supplement"


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The first paper; from behind or when asked for by name, that one."""
    names = [paper.id for paper in at_work(state)[0].owed]
    if state.page in names:
        return stay(state, problem=None)
    return stay(state, page=names[-1] if direction == "back" else names[0], problem=None)


def paper(state: FlowState) -> OwedPaper | None:
    """The paper the cursor stands on."""
    session = state.session
    owed = session.work.owed if session is not None and session.work is not None else ()
    return next((one for one in owed if one.id == state.page), None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Choose a way; a photograph is taken on the camera's page."""
    session, mine = state.session, paper(state)
    if session is None or mine is None:
        return None
    match event:
        case Touched(name) if name in {key.name for key in _options(state, mine) if key.enabled}:
            way = name.rpartition(".")[2]
            papers = {key: pages for key, pages in session.papers.items() if way == CAPTURE or key != mine.id}
            return stay(
                with_session(state, material_ways={**session.material_ways, mine.id: way}, papers=papers), problem=None
            )
        case Touched("action.next") if (chosen := session.material_ways.get(mine.id)) is not None:
            if chosen == CAPTURE and mine.id not in session.papers:
                return goto("capture", state) if state.world.usable(DOCUMENT_CAMERA) else None
            return onward(state)
        case Touched("action.back"):
            names = [one.id for one in at_work(state)[0].owed]
            position = names.index(mine.id)
            if state.changing or not position:
                return goto("follow_review", replace(state, changing=False)) if state.changing else None
            return stay(state, page=names[position - 1])
    return None


def onward(state: FlowState) -> Outcome:
    """To the next paper, or on."""
    names = [one.id for one in at_work(state)[0].owed]
    position = names.index(state.page) + 1 if state.page in names else 0
    if state.changing:
        return goto("follow_review", replace(state, changing=False))
    if position < len(names):
        return stay(replace(state, step="owed", step_mono=state.mono), page=names[position])
    return forward(replace(state, step="owed"))


def _options(state: FlowState, mine: OwedPaper) -> tuple[Key, ...]:
    prefix = f"choice.material.{mine.id}."
    session = at_work(state)[1]
    pages = session.papers.get(mine.id, ())
    options = []
    if mine.capture and (pages or state.world.fitted(DOCUMENT_CAMERA)):
        down = None
        if not pages and not state.world.usable(DOCUMENT_CAMERA):
            down = text(state, "materials.capture_down")
        tag = text(state, "materials.captured", count=len(pages)) if pages else None
        options.append(
            Key(
                prefix + CAPTURE,
                text(state, "materials.capture"),
                hint=text(state, "materials.capture_hint"),
                tag=tag,
                enabled=down is None,
                why_disabled=down,
            )
        )
    place = word(state, at_work(state)[0].office)
    options.append(Key(prefix + BRING, text(state, "owed.bring"), hint=text(state, "owed.bring_hint", place=place)))
    return tuple(options)


def view(state: FlowState) -> ScreenView:
    """Which paper, until when, and the ways."""
    (work, session), mine = at_work(state), paper(state)
    mine = mine or work.owed[0]
    way = session.material_ways.get(mine.id)
    why = None if way else text(state, "form.choose_first")
    if way == CAPTURE and mine.id not in session.papers and not state.world.usable(DOCUMENT_CAMERA):
        why = text(state, "materials.capture_down")
    prefix = f"choice.material.{mine.id}."
    first = work.owed[0].id == mine.id and not state.changing
    return screen(
        state,
        word(state, mine.title),
        ChoiceBody(_options(state, mine), frozenset({prefix + way} if way else ())),
        key=mine.id,
        kicker=word(state, work.title),
        lead=text(state, "owed.lead", day=date_words(state, mine.due_on.isoformat())),
        why=word(state, mine.hint) or None,
        back=None if first else Key("action.back", text(state, "key.back"), icon="back"),
        primary=next_key(state, enabled=why is None, why=why),
    )
