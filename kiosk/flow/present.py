"""``present(state)``: the screen for a state. Overlays replace the page, they never lie over it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import Power
from kiosk.flow import laying_aside, listening
from kiosk.flow.advance import STEPS, idle_left
from kiosk.flow.comeback.parking import PARK
from kiosk.flow.guide_light import next_part
from kiosk.flow.offer import lost_before_identity
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState
from kiosk.flow.tongue import change_key, language_list
from kiosk.flow.view import AskOverlay, DisplayOverlay, IdleOverlay, Key, Overlay, ScreenView

_MODE_ICONS = {
    "elder": "large_text",
    "contrast": "contrast",
    "low_reach": "low_reach",
    "keypad": "keyboard",
    "speech": "speaker",
}
BEFORE_IDENTITY = frozenset({"scenario", "consent"})
"""Steps on the way to the identity page: what is lost for it is said here already."""


def present(state: FlowState) -> ScreenView:
    """What is on the panel now."""
    view = STEPS[state.step].view(state)
    if view.notice is None and state.step in BEFORE_IDENTITY:
        view = replace(view, notice=lost_before_identity(state))
    voice = None if view.staff else listening.voice_of(state)
    return replace(view, overlay=_overlay(state), strip=_strip(state), part=next_part(state), voice=voice)


def _strip(state: FlowState) -> str | None:
    """One sentence about the machine that concerns everybody who stands before it."""
    if state.session is None:
        return None
    match state.world.power:
        case Power.BATTERY:
            return text(state, "strip.battery")
        case Power.BATTERY_LOW:
            return text(state, "strip.battery_low")
    return None


def shown_step(state: FlowState) -> str:
    """The name by which stories wait for what is on the panel: the overlay's, or the step's."""
    return state.overlay or state.step


def _overlay(state: FlowState) -> Overlay | None:
    keep = Key("action.stay", text(state, "overlay.stay"), icon="tick", kind="primary")
    leave = Key("action.leave", text(state, "overlay.leave"), icon="exit")
    place = state.world.place
    filed = state.session is not None and state.session.filing is not None
    again = state.session is not None and state.session.claimed is not None and not filed
    # The one thing that loses nothing comes first.
    park = (
        (Key(PARK, text(state, "overlay.park_again" if again else "overlay.park"), icon="slip"),)
        if laying_aside.offered(state)
        else ()
    )
    match state.overlay:
        case "idle":
            return IdleOverlay(
                title=text(state, "idle.title"),
                text=text(state, "idle.agreed" if laying_aside.agreed(state) else "idle.text"),
                seconds_left=max(0, int(idle_left(state) + 0.999)),
                total_s=int(state.times.warn_s),
                stay=keep,
                leave=leave,
                park=next(iter(park), None),
            )
        case "exit":
            said = "filed" if filed else "taken_up" if again else "may_park" if park else "text"
            discard = (Key("action.discard", text(state, "overlay.discard"), icon="cross"),) if again else ()
            return AskOverlay(
                "exit", text(state, "exit.title"), (text(state, f"exit.{said}"),), (keep, *park, leave, *discard)
            )
        case "not_parked":
            why = (text(state, "not_parked.text"), text(state, "not_parked.ways", place=word(state, place.staffed)))
            return AskOverlay("storage", text(state, "not_parked.title"), why, (keep, *park, leave))
        case "help":
            lines = (
                text(state, "help.phone", phone=place.phone),
                text(state, "help.place", place=word(state, place.staffed)),
                text(state, "help.say", terminal=place.terminal),
            )
            back = Key("action.stay", text(state, "help.back"), icon="back", kind="primary")
            return AskOverlay("bell", text(state, "help.title"), lines, (back,))
        case "display":
            return DisplayOverlay(
                title=text(state, "display.title"),
                text=text(state, "display.text"),
                options=tuple(
                    Key(f"mode.{name}", text(state, f"display.{name}"), icon, text(state, f"display.{name}_hint"))
                    for name, icon in _MODE_ICONS.items()
                    if name != "speech" or listening.offered(state)
                ),
                selected=frozenset(f"mode.{name}" for name in state.modes.on()),
                language=change_key(state),
                done=Key("action.stay", text(state, "display.done"), icon="tick", kind="primary"),
                volume=listening.volume_keys(state),
            )
        case "language":
            return language_list(state)
    return None
