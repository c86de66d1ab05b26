"""Pictures that a field of the form asks for, taken under the document camera like any paper.

The answer is the picture's name (``sha256:HEX``); the picture itself stands among the papers of the session.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import DOCUMENT_CAMERA
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import ChoiceBody, Key
from kiosk.forms import Answer, FieldRun, set_answer

PREFIX = "field:"
"""In front of an answer path: the name under which a field's picture stands among the papers."""
TAKE = "picture.take"
DROP = "picture.drop"


def path_of(paper: str | None) -> str | None:
    """The answer path a paper belongs to; None for a paper of the materials."""
    return paper.removeprefix(PREFIX) if paper is not None and paper.startswith(PREFIX) else None


def answered(state: FlowState, path: str) -> FlowState:
    """The picture that was just kept becomes the answer; trust C: the resident brought it, nobody has looked yet."""
    session = state.visit[1]
    answer = Answer(f"sha256:{session.papers[PREFIX + path][0].sha256}", "typed", "C", state.now)
    return with_session(state, answers=set_answer(session.answers, path, answer))


def dropped(state: FlowState, path: str) -> FlowState:
    """No picture after all: nothing of it is kept."""
    session = state.visit[1]
    return with_session(
        state,
        answers={p: answer for p, answer in session.answers.items() if p != path},
        papers={name: pages for name, pages in session.papers.items() if name != PREFIX + path},
    )


def at_page(state: FlowState, path: str) -> FlowState:
    """The cursor on the page of the form that asks for this picture."""
    package, session = state.visit
    runs = engine_of(package).pages(session.answers, state.context)
    key = next((run.key for run in runs if any(field.path == path for field in run.fields)), None)
    return replace(state, page=key, active=None, errors={})


def title(state: FlowState) -> str | None:
    """What the picture under the camera is of."""
    path, package = path_of(state.page), state.package
    field = engine_of(package).field(path) if package is not None and path is not None else None
    return word(state, field.label) if field is not None else None


def body(state: FlowState, run: FieldRun) -> ChoiceBody:
    """Take it here, take it again, or go on without."""
    there = state.session is not None and PREFIX + run.path in state.session.papers
    usable = state.world.usable(DOCUMENT_CAMERA)
    take = Key(
        TAKE,
        text(state, "picture.again" if there else "picture.take"),
        icon="camera",
        hint=text(state, "picture.hint"),
        tag=text(state, "picture.taken") if there else None,
        enabled=usable,
        why_disabled=None if usable else text(state, "materials.capture_down"),
    )
    drop = Key(DROP, text(state, "picture.drop"), icon="close", hint=text(state, "picture.drop_hint"))
    return ChoiceBody((take, drop) if there else (take,), frozenset({TAKE} if there else ()))
