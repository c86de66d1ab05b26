"""A paper under the document camera: the machine looks, says what to do, takes the page; the resident decides.

Reached from one material, or from one field of the form that asks for a picture. Pages belong to the case once the
resident has said "use this"; a paper that was photographed before stays as it is until the new one is whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.domain.captured_document import MAX_ATTACHED_BYTES, MAX_PAGES, CapturedDocument
from kiosk.domain.devices import (
    DOCUMENT_CAMERA,
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    DocumentCaptured,
    StatusChanged,
)
from kiosk.domain.session import IntakeSession
from kiosk.flow import pictures
from kiosk.flow.activities import materials
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.comeback import owed
from kiosk.flow.effects import CapturePage, Effect, Record, StopCapture
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import back_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import CaptureBody, Key, Notice, ScreenView

WAY = "capture"
Shown = Literal["starting", "looking", "steady", "taking", "straightening", "taken", "unavailable"]
_SHOWN: dict[CaptureStage, Shown] = {
    CaptureStage.LOOKING: "looking",
    CaptureStage.STEADY: "steady",
    CaptureStage.TAKING: "taking",
    CaptureStage.STRAIGHTENING: "straightening",
}


def applies(state: FlowState) -> bool:
    """Only reached by name, with the material it is about."""
    return False


def enter(state: FlowState, direction: Direction) -> Outcome:
    """An empty plate; the camera starts if it works."""
    state = with_session(state, capturing=(), taken=None, preview=b"")
    return stay(state, *_start(state), capture_stage=None, capture_advice=None, problem=None)


def _start(state: FlowState) -> tuple[Effect, ...]:
    return (CapturePage(),) if state.world.usable(DOCUMENT_CAMERA) else ()


def _most(material: str | None) -> int:
    """How many pages it takes: a picture that a field asks for is one."""
    return MAX_PAGES if pictures.path_of(material) is None else 1


def _attached(session: IntakeSession, but: str) -> int:
    """Bytes of all papers of this case, those of one material aside."""
    kept = (page for name, pages in session.papers.items() if name != but for page in pages)
    return sum(len(page.data) for page in (*kept, *session.capturing))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """What the camera says, and what the resident makes of the page."""
    session, material = state.session, state.page
    if session is None or material is None:
        return None
    match event:
        case CaptureUpdate(_, stage, advice, preview) if session.taken is None:
            # A page that is being moved is as good as a touch; one that merely lies there is not.
            moved = stage is not state.capture_stage or advice is not state.capture_advice
            touched = state.mono if moved else state.touched_mono
            state = with_session(state, preview=preview or session.preview)
            return stay(state, capture_stage=stage, capture_advice=advice, touched_mono=touched)
        case DocumentCaptured(_, document) if session.taken is None:
            if _attached(session, material) + len(document.data) > MAX_ATTACHED_BYTES:
                state = with_session(state, preview=b"")
                return stay(
                    state,
                    StopCapture(),
                    Record("capture.refused", code="too_much"),
                    problem="too_much",
                    capture_stage=None,
                    capture_advice=None,
                )
            state = with_session(state, taken=document, preview=b"")
            return stay(
                state,
                StopCapture(),
                Record("capture.taken"),
                capture_stage=None,
                capture_advice=None,
                problem=None,
                touched_mono=state.mono,
            )
        case CaptureFailed(_, detail) if session.taken is None:
            state = with_session(state, preview=b"")
            return stay(
                state, Record("capture.refused", code=detail), problem="failed", capture_stage=None, capture_advice=None
            )
        case StatusChanged(status) if status.name == DOCUMENT_CAMERA and session.taken is None:
            # What was taken already stays; only the page that nobody has taken yet is lost with the camera.
            state = with_session(state, preview=b"")
            restart = _start(state) if status.usable and state.problem != "too_much" else ()
            problem = state.problem if state.problem == "too_much" else None
            return stay(state, *restart, capture_stage=None, capture_advice=None, problem=problem)
        case Touched("capture.again"):
            return _look_again(state)
        case Touched("capture.more") if session.taken is not None and len(session.capturing) + 1 < _most(material):
            return _look_again(with_session(state, capturing=(*session.capturing, session.taken)))
        case Touched("capture.use") if session.taken is not None:
            return _kept(state, material, (*session.capturing, session.taken))
        case Touched("capture.done") if session.capturing:
            return _kept(state, material, session.capturing)
        case Touched("capture.other" | "action.back"):
            return _left(state, material)
    return None


def _look_again(state: FlowState) -> Outcome:
    state = with_session(state, taken=None, preview=b"")
    return stay(state, StopCapture(), *_start(state), capture_stage=None, capture_advice=None, problem=None)


def _kept(state: FlowState, material: str, pages: tuple[CapturedDocument, ...]) -> Outcome:
    """The paper is whole: it belongs to the case from here on."""
    session = state.here
    state = with_session(state, papers={**session.papers, material: pages}, capturing=(), taken=None, preview=b"")
    state = replace(state, problem=None, capture_stage=None, capture_advice=None)
    path = pictures.path_of(material)
    if path is not None:
        state = pictures.answered(state, path)
        return _to_form(state, path, Record("capture.kept"))
    state = with_session(state, material_ways={**session.material_ways, material: WAY})
    if session.work is not None:
        outcome = owed.onward(state)
        return replace(outcome, effects=(StopCapture(), Record("capture.kept"), *outcome.effects))
    if state.changing:
        outcome = after_change(state)
    else:
        # Back among the materials, at the question after this one.
        outcome = materials.onward(replace(state, step="materials", step_mono=state.mono))
    return replace(outcome, effects=(StopCapture(), Record("capture.kept"), *outcome.effects))


def _left(state: FlowState, material: str) -> Outcome:
    """Without a new page: to the question how else the paper is provided. A paper kept before stays kept."""
    state = with_session(state, capturing=(), taken=None, preview=b"")
    state = replace(state, problem=None, capture_stage=None, capture_advice=None)
    path = pictures.path_of(material)
    if path is not None:
        return _to_form(state, path)
    if state.here.work is not None:
        return goto("owed", state, StopCapture(), page=material)
    return goto("materials", state, StopCapture(), page=materials.question(material))


def _to_form(state: FlowState, path: str, *effects: Effect) -> Outcome:
    """Back to the page of the form that asked for the picture, as it was left."""
    state = replace(pictures.at_page(state, path), step="form", step_mono=state.mono)
    return Outcome(state, (StopCapture(), *effects))


_TITLES = {"taken": "capture.taken", "unavailable": "capture.else"}


def view(state: FlowState) -> ScreenView:
    """What the camera sees, the one thing to do, and the keys."""
    session = state.here
    taken, pages = session.taken, len(session.capturing)
    usable = state.world.usable(DOCUMENT_CAMERA)
    other = Key("capture.other", text(state, "capture.other"), icon="document", kind="quiet")
    done = Key("capture.done", text(state, "capture.done", count=pages), icon="tick")
    again = Key("capture.again", text(state, "capture.again"), icon="reload")
    primary, advice, picture = None, None, session.preview
    keys: tuple[Key, ...]
    shown: Shown
    if taken is not None:
        shown = "taken"
        picture = taken.data if taken.media_type == "image/jpeg" else b""
        primary = Key("capture.use", text(state, "capture.use"), icon="tick", kind="primary")
        more = Key("capture.more", text(state, "capture.more"), icon="plus")
        # Without the camera a second look is not offered: this page would be gone and no other could be taken.
        room = usable and pages + 1 < _most(state.page)
        keys = ((more,) if room else ()) + ((again,) if usable else ()) + (other,)
        if not usable:
            advice = Notice("caution", text(state, "capture.lost"), text(state, "capture.lost_taken"), "camera")
    elif state.problem == "too_much":
        shown = "unavailable"
        advice = Notice("caution", text(state, "capture.too_much"), text(state, "capture.too_much_do"), "camera")
        keys = ((done,) if pages else ()) + (other,)
    elif not usable:
        shown = "unavailable"
        follow = "capture.lost_kept" if pages else "capture.lost_do"
        advice = Notice("caution", text(state, "capture.lost"), text(state, follow), "camera")
        keys = ((done,) if pages else ()) + (other,)
    else:
        shown = "starting" if state.capture_stage is None else _SHOWN[state.capture_stage]
        advice = _advice(state)
        retry = (again,) if state.problem is not None else ()
        keys = retry + ((done,) if pages else ()) + (other,)
    count = text(state, "capture.count", count=pages, most=MAX_PAGES) if pages else ""
    body = CaptureBody(
        state=shown,
        picture=picture,
        advice=advice,
        steps=(text(state, "capture.step_1"), text(state, "capture.step_2")) if taken is None and usable else (),
        count=count,
        keys=keys,
    )
    need = next((need for need in materials.needs(state) if need.material.id == state.page), None)
    came_for = owed.paper(state)
    title = word(state, need.material.title) if need else word(state, came_for.title) if came_for else None
    title = title or pictures.title(state)
    return screen(
        state,
        text(state, _TITLES.get(shown, "capture.title")),
        body,
        key=f"{state.page}:{pages}:{shown == 'taken'}",
        lead=text(state, "capture.look") if shown == "taken" else title,
        back=back_key(state),
        primary=primary,
    )


def _advice(state: FlowState) -> Notice | None:
    """What to do so that the page can be taken."""
    if state.problem == "failed":
        return Notice("caution", text(state, "capture.failed"), text(state, "capture.failed_do"), "camera")
    advice: CaptureAdvice | None = state.capture_advice
    if advice is not None:
        tone: Literal["guide", "caution"] = "guide" if advice is CaptureAdvice.NO_PAGE else "caution"
        return Notice(tone, text(state, f"capture.{advice.value}"), text(state, f"capture.{advice.value}_do"), "camera")
    if state.capture_stage is None or state.capture_stage is CaptureStage.LOOKING:
        return None
    return Notice("info", text(state, f"capture.{state.capture_stage.value}"), "", "camera")
