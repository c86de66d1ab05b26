"""Which language: the key that changes it, the list where there are more than two, and what choosing does."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.state import FlowState
from kiosk.flow.view import DisplayOverlay, Key
from kiosk.texts import say

MORE = "language.more"
MOST = 7
"""Choices on a page; where there are more languages the last is "more"."""


def change_key(state: FlowState) -> Key:
    """In the rail: the other language in its own words, or the way to the list."""
    other = _other(state)
    label = say(state.language, "rail.language") if other is None else say(other, "language.name")
    return Key("action.language", label, icon="globe")


def _other(state: FlowState) -> str | None:
    others = [language for language in state.world.languages if language != state.language]
    return others[0] if len(others) == 1 else None


def language_keys(state: FlowState) -> tuple[Key, ...]:
    """The languages, each in its own words; so many at a time that they fit one page."""
    offered = state.world.languages
    if len(offered) <= MOST:
        return tuple(_key(language) for language in offered)
    start = state.language_page * (MOST - 1) % len(offered)
    # The last page is filled up from the first, so that a key is always where it was.
    shown = (offered + offered)[start : start + MOST - 1]
    return (*(_key(language) for language in shown), Key(MORE, say(state.language, "language.more"), icon="forward"))


def _key(language: str) -> Key:
    return Key(f"language.{language}", say(language, "language.name"), hint=say(language, "language.hint"))


def chosen(state: FlowState, name: str) -> FlowState | None:
    """What a touch on a key of the list makes; None for any other key. Nothing typed is lost."""
    if name == MORE:
        return replace(state, language_page=state.language_page + 1)
    language = name.removeprefix("language.")
    if language == name or language not in state.world.languages:
        return None
    return replace(state, language=language)


def changed(state: FlowState) -> FlowState:
    """The language key of the rail: two languages take turns, of more there is a list."""
    other = _other(state)
    if other is not None:
        return replace(state, language=other)
    return replace(state, overlay="language", language_page=0)


def language_list(state: FlowState) -> DisplayOverlay:
    """The list over a page; it goes back there with the language it has now."""
    return DisplayOverlay(
        title=say(state.language, "language.title"),
        text=say(state.language, "language.lead"),
        options=language_keys(state),
        selected=frozenset({f"language.{state.language}"}),
        language=None,
        done=Key("action.stay", say(state.language, "help.back"), icon="back", kind="primary"),
        single=True,
    )
