"""The line between launcher and terminal: a key for a minute after a crash, and no trust in nonsense."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from kiosk.app.launcher_child import VARIABLE, pair
from kiosk.app.launcher_line import (
    KEY_BYTES,
    PACKET_BYTES,
    HeldKey,
    LauncherEnd,
    LauncherLine,
    NoLauncher,
    line_of,
)
from kiosk.app.launcher_notify import Notify
from kiosk.app.launcher_pulse import Pulse, WentRound
from kiosk.ports.session_key import CARRIED_S


@dataclass
class Both:
    """Both ends in one process, and the launcher's clock."""

    clock: float = 1000.0
    held: HeldKey = field(init=False)
    launcher: LauncherEnd = field(init=False)
    terminal: LauncherLine = field(init=False)
    raw: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.held = HeldKey(lambda: self.clock)
        self.connect()

    def connect(self) -> None:
        ours, self.raw = pair()
        self.launcher, self.terminal = LauncherEnd(ours, self.held), LauncherLine(self.raw)

    def crash(self) -> None:
        """The terminal dies; the launcher reads what it said last, and the next one is connected."""
        self.raw.close()
        while self.launcher.open:
            self.launcher.read()
        self.held.crashed()
        self.connect()

    def ask(self) -> bytes | None:
        """``left`` of the terminal, with the launcher answering beforehand: there is one thread here."""
        self.raw.send(b"left")
        self.launcher.read()
        answer = self.raw.recv(PACKET_BYTES)
        return None if answer == b"none" else answer[12:]

    def close(self) -> None:
        self.raw.close()
        self.launcher.close()


@pytest.fixture
def both() -> Iterator[Both]:
    ends = Both()
    yield ends
    ends.close()


def test_the_key_of_a_visit_is_given_back_once_after_a_crash(both: Both) -> None:
    key = both.terminal.fresh()
    both.crash()
    both.clock += 20
    assert both.ask() == key
    assert both.ask() is None


def test_a_minute_after_the_crash_nobody_gets_the_key(both: Both) -> None:
    both.terminal.fresh()
    both.crash()
    both.clock += CARRIED_S
    assert both.ask() is None


def test_a_minute_after_the_crash_the_key_is_gone_although_nobody_asked(both: Both) -> None:
    key = both.terminal.fresh()
    both.crash()
    assert both.launcher.lapse() == pytest.approx(CARRIED_S)
    assert key in bytes(both.held._memory)
    both.clock += CARRIED_S
    assert both.launcher.lapse() == float("inf")
    assert not any(both.held._memory)


def test_a_second_crash_gives_the_key_of_the_first_no_more_time(both: Both) -> None:
    both.terminal.fresh()
    both.crash()
    both.clock += 50
    both.crash()
    both.clock += 15
    assert both.ask() is None


def test_a_visit_that_was_over_leaves_no_key(both: Both) -> None:
    both.terminal.fresh()
    both.terminal.forget()
    both.crash()
    assert both.ask() is None


def test_the_terminal_of_a_visit_that_goes_on_cannot_have_its_key_back(both: Both) -> None:
    both.terminal.fresh()
    assert both.ask() is None


def test_the_newest_visit_is_the_one_that_is_carried(both: Both) -> None:
    first, second = both.terminal.fresh(), both.terminal.fresh()
    both.crash()
    assert both.ask() == second != first


@pytest.mark.parametrize(
    "nonsense", [b"x", b"alive!", b"fresh " + bytes(31), b"fresh " + bytes(33), b"forget me", bytes(65), b"{}" * 4000]
)
def test_a_terminal_that_talks_nonsense_is_believed_no_more(both: Both, nonsense: bytes) -> None:
    both.terminal.fresh()
    both.raw.send(nonsense)
    both.terminal.alive()
    assert not both.launcher.read()
    assert not both.launcher.open
    both.held.crashed()
    assert both.held.take(memoryview(bytearray(KEY_BYTES))) is None


def test_a_sign_of_life_is_heard_and_a_flood_of_them_does_not_hold_the_launcher(both: Both) -> None:
    assert not both.launcher.read()
    both.terminal.alive()
    assert both.launcher.read()
    for _ in range(100):
        both.terminal.alive()
    assert both.launcher.read()
    assert both.launcher.read()


def test_a_launcher_that_is_gone_is_no_error_and_carries_nothing(both: Both) -> None:
    both.launcher.close()
    both.terminal.alive()
    assert len(both.terminal.fresh()) == 32
    both.terminal.forget()
    assert both.terminal.left() is None


def test_without_a_launcher_visits_have_keys_and_nothing_is_carried() -> None:
    environment: dict[str, str] = {}
    line = line_of(environment)
    assert isinstance(line, NoLauncher)
    assert line.fresh() != line.fresh()
    assert line.left() is None


@pytest.mark.parametrize("number", ["", "x", "-1", "99999", "9" * 40])
def test_a_number_that_is_no_line_is_no_line(number: str) -> None:
    environment = {VARIABLE: number}
    assert isinstance(line_of(environment), NoLauncher)
    assert environment == {}


def test_the_inherited_line_is_not_inherited_again() -> None:
    ours, theirs = pair()
    number = theirs.detach()
    os.set_inheritable(number, True)
    line = line_of({VARIABLE: str(number)})
    assert isinstance(line, LauncherLine)
    assert not os.get_inheritable(number)
    line.close()
    ours.close()


class SlowStore:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Future[str | None]] = []

    def get(self, key: str) -> Future[str | None]:
        self.asked.append(Future())
        return self.asked[-1]


def test_a_sign_of_life_is_given_only_after_the_way_through_store_and_bridge() -> None:
    store, bridge, lived = SlowStore(), [], []
    pulse = Pulse(store, bridge.append, lambda: lived.append(True))
    pulse.beat()
    pulse.beat()
    assert len(store.asked) == 1, "a store that stands still is not given more to do"
    assert (bridge, lived) == ([], [])
    store.asked[0].set_result(None)
    assert (bridge, lived) == ([WentRound()], [])
    pulse.returned()
    assert lived == [True]
    pulse.beat()
    store.asked[1].set_exception(OSError())
    assert len(bridge) == 2, "a store that answers with a fault answers"


def test_systemd_is_told_only_where_it_listens_and_by_the_process_it_asked() -> None:
    assert Notify({}).beat_s is None
    assert Notify({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "60000000"}).beat_s == 30.0
    assert Notify({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}).beat_s is None
    Notify({"NOTIFY_SOCKET": "/nowhere/at/all"}).ready("no error")
