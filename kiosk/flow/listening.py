"""Being read to: turned on by headphones, by the buttons or among the ways to be shown, and gone with the visit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.domain.devices import HeadsetChanged
from kiosk.domain.speech import LOUDNESS_STEPS
from kiosk.flow.effects import NewSession, Record
from kiosk.flow.events import Touched
from kiosk.flow.machine import Outcome
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, VoiceView
from kiosk.texts import say

AGAIN: Final = "speech.again"
QUIETER, LOUDER = "speech.quieter", "speech.louder"


def offered(state: FlowState) -> bool:
    """Whether the terminal can speak the language of the page."""
    return state.language in state.world.voices


def voice_of(state: FlowState) -> VoiceView | None:
    """How the page is read out."""
    if not (state.modes.speech and offered(state)) or state.session is None:
        return None
    return VoiceView(state.world.headset, state.loudness, state.reading_turn)


def again_key(state: FlowState) -> Key:
    """In the rail: the page once more, or silence while it is being read."""
    return Key(AGAIN, say(state.language, "rail.again"), icon="speaker")


def volume_keys(state: FlowState) -> tuple[Key, ...]:
    """Quieter and louder, each as far as it goes; none while nothing is read."""
    if voice_of(state) is None:
        return ()
    return tuple(
        Key(name, say(state.language, name), icon, enabled=0 <= state.loudness + by < len(LOUDNESS_STEPS))
        for name, icon, by in ((QUIETER, "minus", -1), (LOUDER, "plus", 1))
    )


def heard(state: FlowState, event: Touched | HeadsetChanged) -> Outcome | None:
    """What its keys, the first press of a button and the socket for headphones make; None for anything else."""
    match event:
        case HeadsetChanged(True) if state.step == "attract" and offered(state):
            # Whoever plugs in is here: the visit begins.
            return Outcome(_with_buttons(state), (NewSession(),))
        case _ if state.session is None:
            return None
        case HeadsetChanged(True) if offered(state):
            return Outcome(_with_buttons(state), (Record("display.chosen", code="speech"),))
        case Touched("mode.keypad") if state.overlay is None and not state.modes.keypad:
            return Outcome(_with_buttons(state), (Record("display.chosen", code="keypad"),))
        case Touched("speech.again"):
            return Outcome(replace(state, reading_turn=state.reading_turn + 1))
        case Touched("speech.louder" | "speech.quieter" as name):
            wanted = state.loudness + (1 if name == LOUDER else -1)
            return Outcome(replace(state, loudness=min(max(wanted, 0), len(LOUDNESS_STEPS) - 1)))
    return None


def _with_buttons(state: FlowState) -> FlowState:
    """Whoever takes the buttons instead of the panel may not see it: the page is read to them, until they say no."""
    return replace(state, modes=replace(state.modes, keypad=True, speech=state.modes.speech or offered(state)))
