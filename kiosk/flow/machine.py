"""How steps are joined: what every step offers, and the three ways to leave one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from kiosk.flow.effects import Effect
from kiosk.flow.events import FlowEvent
from kiosk.flow.state import FlowState
from kiosk.flow.view import ScreenView

Direction = Literal["forward", "back", "again"]
"""From before, from behind, or set down where somebody was when the visit was laid aside."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step makes of an event: the state it leaves, what it asks for, and where it wants to go.

    ``move`` None stays; "forward" and "back" follow the item's list of activities; ``goto:STEP`` names a step,
    ``back:STEP`` names one and enters it from behind; ``at:STEP`` sets somebody down on the page they had come to.
    """

    state: FlowState
    effects: tuple[Effect, ...] = ()
    move: str | None = None


class Step(Protocol):
    """One step: a module with these four functions. ``handle`` returns None for an event that is not its own."""

    def applies(self, state: FlowState) -> bool:
        """Whether this step has anything to show on this path; others are passed over."""

    def enter(self, state: FlowState, direction: Direction) -> Outcome:
        """The step begins, reached from before or from behind."""

    def handle(self, state: FlowState, event: FlowEvent) -> Outcome | None:
        """One event."""

    def view(self, state: FlowState) -> ScreenView:
        """What is shown."""


@dataclass(frozen=True, slots=True)
class Steps:
    """All steps by name."""

    by_name: Mapping[str, Step] = field(repr=False)

    def __getitem__(self, name: str) -> Step:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name


def stay(state: FlowState, *effects: Effect, **changes: Any) -> Outcome:
    """Remain on this step, with these fields of the state changed."""
    return Outcome(replace(state, **changes) if changes else state, effects)


def forward(state: FlowState, *effects: Effect, **changes: Any) -> Outcome:
    """On to the item's next activity."""
    return Outcome(replace(state, **changes) if changes else state, effects, "forward")


def backward(state: FlowState, *effects: Effect, **changes: Any) -> Outcome:
    """Back to the item's previous activity."""
    return Outcome(replace(state, **changes) if changes else state, effects, "back")


def goto(step: str, state: FlowState, *effects: Effect, **changes: Any) -> Outcome:
    """To a named step."""
    return Outcome(replace(state, **changes) if changes else state, effects, f"goto:{step}")
