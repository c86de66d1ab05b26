"""Questions that need no identity: they decide the path before anybody shows a card."""

from __future__ import annotations

from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import answer_of, back_key, next_key, screen, text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import ChoiceBody, Key, ScreenView
from kiosk.forms import Answer, ScenarioQuestion, set_answer


def questions(state: FlowState) -> tuple[ScenarioQuestion, ...]:
    """The questions of this path so far, in order."""
    package, session = state.package, state.session
    if package is None or session is None:
        return ()
    return engine_of(package).scenario_questions(session.answers, state.context)


def applies(state: FlowState) -> bool:
    """Passed over by items without scenarios."""
    return bool(questions(state))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """First question from before, last one from behind; a change from the review names its question."""
    asked = questions(state)
    named = any(question.path == state.page for question in asked)
    if named and (state.changing or direction != "forward"):
        return stay(state)
    return stay(state, page=asked[0 if direction == "forward" else -1].path)


def _position(state: FlowState) -> tuple[tuple[ScenarioQuestion, ...], int]:
    asked = questions(state)
    paths = [question.path for question in asked]
    return asked, paths.index(state.page) if state.page in paths else 0


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Choose, then go on; a path that ends here says why at once."""
    asked, index = _position(state)
    question, session, package = asked[index], state.session, state.package
    if session is None or package is None:
        return None
    prefix = f"choice.{question.path}."
    match event:
        case Touched(name) if name.startswith(prefix):
            value = name[len(prefix) :]
            if value in {option.value for option in question.options}:
                answer = Answer(value, "typed", "D", state.now)
                return stay(with_session(state, answers=set_answer(session.answers, question.path, answer)))
        case Touched("action.next") if question.path in session.answers:
            if engine_of(package).scenario_outcome(session.answers, state.context).kind == "cannot":
                return goto("cannot", state)
            if state.changing:
                return after_change(state)
            if index + 1 < len(asked):
                return stay(state, page=asked[index + 1].path)
            return forward(state)
        case Touched("action.back"):
            if state.changing:
                return after_change(state)
            if index > 0:
                return stay(state, page=asked[index - 1].path)
            return backward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """One question, at most seven answers."""
    asked, index = _position(state)
    question = asked[index]
    options = tuple(
        Key(
            f"choice.{question.path}.{option.value}",
            word(state, option.label),
            icon=option.icon,
            hint=word(state, option.hint) or None,
        )
        for option in question.options
    )
    chosen = answer_of(state, question.path)
    selected = frozenset({f"choice.{question.path}.{chosen.value}"}) if chosen else frozenset[str]()
    why = None if chosen else text(state, "form.choose_first")
    return screen(
        state,
        word(state, question.title),
        ChoiceBody(options, selected),
        key=question.path,
        lead=word(state, question.help) or None,
        said=word(state, question.speech) or None,
        back=back_key(state),
        primary=next_key(state, enabled=chosen is not None, why=why),
    )
