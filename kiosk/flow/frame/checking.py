"""A guided check on the screen: one step at a time, what the device says or what the technician sees."""

from __future__ import annotations

from dataclasses import replace

from kiosk.diagnostics import guided
from kiosk.diagnostics.guided import Advance, Answer
from kiosk.domain.diagnostics import CheckOutcome
from kiosk.flow.effects import Diagnose, Effect, WriteDown
from kiosk.flow.events import ChecksRead, FlowEvent, SelfTested, Tick, Touched
from kiosk.flow.frame.diagnostics import noted
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import BACK, screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import CheckBody, Key, Notice, Row, ScreenView

_ANSWERS: dict[str, Answer] = {"answer.yes": "yes", "answer.no": "no", "answer.skip": "skip"}


def applies(state: FlowState) -> bool:
    """Behind a device's page."""
    return state.staff.device is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Begin at the first step."""
    device = state.staff.device
    if device is None:
        return goto("diagnostics", state)
    return _went(state, guided.begin(device, state.mono))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Answers, what devices report, and time; leaving stops what the step began."""
    check = state.staff.check
    if check is None:
        return None
    match event:
        case Touched(name) if name in _ANSWERS:
            return _went(state, guided.answered(check, _ANSWERS[name], state.mono))
        case Touched("action.back" | "action.done"):
            return Outcome(replace(state, staff=replace(state.staff, check=None)), left(state), "goto:device")
        case Tick():
            return _went(state, guided.ticked(check, state.mono))
        case SelfTested(report):
            return _went(noted(state, event).state, guided.happened(check, report, state.mono))
        case ChecksRead():
            return noted(state, event)
    if isinstance(event, guided.DEVICE_EVENTS):
        return _went(state, guided.happened(check, event, state.mono))
    return None


def left(state: FlowState) -> tuple[Effect, ...]:
    """What has to end when the technician is gone."""
    check = state.staff.check
    return tuple(Diagnose(command) for command in guided.left(check)) if check is not None else ()


def _went(state: FlowState, advance: Advance) -> Outcome:
    effects: list[Effect] = [Diagnose(command) for command in advance.commands]
    if advance.result is not None:
        effects.insert(0, WriteDown(advance.result))
    return stay(state, *effects, staff=replace(state.staff, check=advance.test), touched_mono=state.mono)


def view(state: FlowState) -> ScreenView:
    """The step and what was found so far."""
    check = state.staff.check
    assert check is not None
    done = tuple(
        Row(
            text(state, f"check.{result.test}"),
            text(state, f"check.{result.outcome.value}"),
            hint=result.message,
            icon={CheckOutcome.PASSED: "tick", CheckOutcome.FAILED: "error"}.get(result.outcome, "info"),
        )
        for result in check.results
    )
    title = text(state, f"device.{check.device}")
    step = check.step
    if step is None:
        failed = any(result.outcome is CheckOutcome.FAILED for result in check.results)
        verdict = text(state, "check.failed" if failed else "check.passed")
        notice = Notice("caution" if failed else "done", text(state, "check.done"), verdict, "info")
        primary = Key("action.done", text(state, "check.done"), icon="tick", kind="primary")
        body = CheckBody(notice, done)
        return screen(state, title, body, key=f"{check.device}:done", primary=primary, bare=True, staff=True)
    keys = [
        Key("answer.yes", text(state, "check.yes"), icon="tick"),
        Key("answer.no", text(state, "check.no" if step.asks else "check.not_done"), icon="error"),
        Key("answer.skip", text(state, "check.skip"), icon="forward"),
    ]
    notice = Notice("guide", text(state, f"check.{step.name}"), text(state, f"check.{step.name}_do"), "wrench")
    return screen(
        state,
        title,
        CheckBody(notice, done, keys=tuple(keys if step.asks else keys[1:])),
        key=f"{check.device}:{check.at}",
        kicker=text(state, "check.step", now=check.at + 1, total=check.steps),
        back=Key(BACK, text(state, "key.back"), icon="back"),
        bare=True,
        staff=True,
    )
