"""The runner performs what the flow asks for, logs it under the right session, and lets go of everything at the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from kiosk.domain.devices import DEVICE_NAMES, CardPresent, CardRead, DoorChanged, Power, PowerChanged
from kiosk.flow.events import Tick, Touched
from kiosk.flow.state import engine_of
from kiosk.flow.view import ScreenView
from kiosk.forms import ServicePackage
from kiosk.ports.speech import Mute
from kiosk.services.narrator import Narrator
from kiosk.services.runner import SessionRunner
from tests.flow.world import CARD, NOON, device, fresh


class Anything:
    """Takes every call and does nothing."""

    narrator = Narrator(Mute())

    def __getattr__(self, name: str) -> Any:
        desks = ("intake", "identity", "enquiries", "receipts", "documents", "staff", "parking", "visit", "usage")
        return self if name in desks else lambda *args, **more: None


class HandClock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.mono = 1000.0

    def now(self) -> Any:
        return NOON

    def monotonic(self) -> float:
        return self.mono


class Panel:
    """The newest page, and whether it was wiped."""

    def __init__(self) -> None:
        self.view: ScreenView | None = None
        self.wiped = 0

    def render(self, view: ScreenView) -> None:
        self.view = view

    def wipe(self) -> None:
        self.wiped += 1
        self.view = None


class Lines:
    """The log."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str | None]] = []

    def emit(self, event: str, *, session: str | None = None, **_: object) -> None:
        self.written.append((event, session))


def at_the_form() -> tuple[SessionRunner, HandClock, Panel, Lines]:
    clock, panel, lines, nothing = HandClock(), Panel(), Lines(), Anything()
    runner = SessionRunner(fresh(), panel, nothing, nothing, clock, lines, lambda: "5e55")  # type: ignore[arg-type]
    runner.start()
    for name in (
        *("action.start", "language.zh-Hans", "everyday.guide", "item.residence-permit-renewal", "action.next"),
        *("choice.scenario.permit.valid", "action.next", "choice.scenario.reason.work", "action.next"),
        *("action.next", "consent.privacy", "action.next", "action.next"),
    ):
        runner.dispatch(Touched(name))
    runner.dispatch(CardRead("5e55", CARD))
    assert runner.state.step == "form"
    return runner, clock, panel, lines


def strings(thing: object) -> Iterator[str]:
    """Every text inside a frozen value, also what its repr keeps back. Packages are the same for everybody."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, ServicePackage):
        return
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from strings(getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        yield from strings((*thing.keys(), *thing.values()))
    elif isinstance(thing, tuple | list | set | frozenset):
        for entry in thing:
            yield from strings(entry)


def test_session_that_ran_out_is_named_in_the_log() -> None:
    runner, clock, _, lines = at_the_form()
    clock.mono += 200
    runner.dispatch(Tick())
    assert ("session.idle_out", "5e55") in lines.written
    assert ("session.wiped", "5e55") in lines.written


def test_after_the_end_neither_runner_nor_panel_holds_anything_of_the_resident() -> None:
    runner, _, panel, _ = at_the_form()
    assert CARD.number in set(strings(runner.state))
    runner.dispatch(Touched("action.exit"))
    runner.dispatch(Touched("action.leave"))
    assert panel.wiped == 1
    assert panel.view is not None
    for kept in (panel.view, runner._shown, runner.state):
        assert not {word for word in strings(kept) if CARD.name in word or CARD.number in word}
    assert not runner._queue


def test_after_the_end_no_form_engine_holds_an_answer() -> None:
    runner, _, _, _ = at_the_form()
    package = runner.state.package
    assert package is not None
    assert engine_of(package).holds_answers
    runner.dispatch(Touched("action.exit"))
    runner.dispatch(Touched("action.leave"))
    assert not engine_of(package).holds_answers


def test_card_that_arrives_after_the_end_is_dropped() -> None:
    runner, _, _, _ = at_the_form()
    runner.dispatch(Touched("action.exit"))
    runner.dispatch(Touched("action.leave"))
    runner.dispatch(CardRead("5e55", CARD))
    assert runner.state.session is None
    assert runner.state.step == "wiped"


class Lamps(Anything):
    """Remembers what was lit, and that no more paper may come out."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def guide_to(self, part: str | None) -> None:
        self.asked.append(part)

    def cancel_capture(self) -> None:
        self.asked.append("camera off")


def test_light_follows_the_part_that_is_used_next_and_is_dark_after_the_end() -> None:
    lamps = Lamps()
    clock, panel, lines = HandClock(), Panel(), Lines()
    devices = {name: device(name) for name in DEVICE_NAMES}
    state = fresh(devices=devices)
    runner = SessionRunner(state, panel, lamps, Anything(), clock, lines, lambda: "5e55")  # type: ignore[arg-type]
    runner.start()
    way = ("everyday.guide", "item.social-insurance-certificate", "action.next", "consent.privacy")
    for name in ("action.start", "language.zh-Hans", *way, "consent.record_query", "action.next"):
        runner.dispatch(Touched(name))
    assert lamps.asked == ["id_card"]
    runner.dispatch(CardPresent("5e55"))
    runner.dispatch(Touched("action.help"))
    runner.dispatch(Touched("action.stay"))
    assert lamps.asked == ["id_card", None, "id_card"]
    runner.dispatch(Touched("action.exit"))
    assert lamps.asked[3:] == [None, "camera off"]


def test_power_and_door_are_written_down_whatever_page_is_up() -> None:
    runner, _, _, lines = at_the_form()
    for event in (DoorChanged(True), PowerChanged(Power.BATTERY, 70)):
        runner.dispatch(event)
    assert {"door.changed", "power.changed"} <= {name for name, _ in lines.written}
