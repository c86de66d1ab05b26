"""Which language? Two keys of equal size, each in its own words."""

from __future__ import annotations

from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, LanguageBody, ScreenView
from kiosk.texts import languages, say


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A language opens the home page."""
    match event:
        case Touched(name) if name.startswith("language.") and (language := name[9:]) in languages():
            return goto("home", state, language=language)
        case Touched("action.back"):
            return goto("wiped", state)
    return None


def view(state: FlowState) -> ScreenView:
    """The title stands in both languages."""
    keys = tuple(
        Key(f"language.{language}", say(language, "language.name"), hint=say(language, "language.hint"))
        for language in languages()
    )
    return screen(state, text(state, "language.title"), LanguageBody(keys), lead=text(state, "language.lead"))
