"""The launcher keeps the terminal running, gives up when that helps nobody, and tries again later."""

from __future__ import annotations

import signal
from itertools import pairwise

from kiosk.app import exits
from kiosk.app.launcher import RETRY_S, STORE_RETRY_S, After, Launcher
from kiosk.app.launcher_line import KEY_BYTES, HeldKey
from kiosk.app.launcher_world import HANG_S, START_S, Ended, Watch

KEY = memoryview(bytearray(range(32)))


class FakeChild:
    """Ends with what the world says, after a while of its clock."""

    def __init__(self, world: FakeWorld, code: int | None, lives_s: float) -> None:
        self._world, self._code, self._lives_s = world, code, lives_s
        self.ended = False

    def wait(self, timeout_s: float | None) -> Ended | None:
        if self._code is None or (timeout_s is not None and timeout_s < self._lives_s):
            self._world.clock += timeout_s or 0.0
            return None
        self._world.clock += self._lives_s
        return Ended(self._code, hung=self._code == -signal.SIGABRT)

    def end(self) -> None:
        self.ended = True


class FakeWorld:
    """``codes``: how the terminals end, one after the other; the launcher is asked to stop after the last."""

    def __init__(self, codes: list[int | None], lives_s: float = 1.0) -> None:
        self.codes, self.lives_s = codes, lives_s
        self.clock = 0.0
        self.started: list[tuple[str, float]] = []
        self.after: list[After] = []
        self.pages: list[FakeChild] = []
        self.pauses: list[float] = []
        self.told: list[str] = []
        self.held = HeldKey(self.now)
        self.carried: list[bool] = []
        self._stop = False

    def run(self, *, unattended: bool = False) -> int:
        return Launcher(self, self.held, unattended=unattended).run()

    def start(self, *, out_of_service: bool, after: After) -> FakeChild:
        self.started.append(("page" if out_of_service else "terminal", self.clock))
        if out_of_service:
            self.pages.append(FakeChild(self, 0, float("inf")))
            return self.pages[-1]
        self.after.append(after)
        # What every terminal does: ask for the key of a crash, then begin a visit of its own.
        self.carried.append(self.held.take(memoryview(bytearray(KEY_BYTES))) is not None)
        self.held.hold(KEY)
        code = self.codes.pop(0)
        self._stop = not self.codes
        return FakeChild(self, code, self.lives_s)

    def now(self) -> float:
        return self.clock

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock += seconds

    def stopping(self) -> bool:
        return self._stop

    def tell(self, status: str) -> None:
        self.told.append(status)

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.started]


def test_a_terminal_that_ends_well_ends_the_launcher() -> None:
    world = FakeWorld([0, 0])
    assert world.run() == exits.OK
    assert world.kinds() == ["terminal"]


def test_settings_devices_and_a_second_copy_are_not_tried_again() -> None:
    for code in (exits.USAGE, exits.DEVICE, exits.SECOND_COPY):
        world = FakeWorld([code, 0])
        assert world.run() == code
        assert world.kinds() == ["terminal"]


def test_a_crash_is_followed_by_a_fresh_terminal_after_a_growing_pause() -> None:
    world = FakeWorld([-signal.SIGSEGV, exits.BUG, 1, 0, 0])
    assert world.run() == exits.OK
    assert world.kinds() == ["terminal"] * 4
    assert world.pauses == [0.5, 1.0, 2.0]


def test_five_crashes_in_ten_minutes_bring_the_out_of_service_page_for_a_quarter_of_an_hour() -> None:
    world = FakeWorld([-9, -9, -9, -9, -9, 0, 0])
    world.run()
    assert world.kinds() == ["terminal"] * 5 + ["page", "terminal"]
    shown, tried_again = world.started[5][1], world.started[6][1]
    assert tried_again - shown >= RETRY_S
    assert world.pages[0].ended


def test_a_crash_right_after_the_page_brings_the_page_back_at_once() -> None:
    world = FakeWorld([-9] * 6 + [0, 0])
    world.run()
    assert world.kinds() == ["terminal"] * 5 + ["page", "terminal", "page", "terminal"]


def test_five_crashes_spread_over_a_day_never_bring_the_page() -> None:
    world = FakeWorld([-9] * 12 + [0, 0], lives_s=3600.0)
    world.run()
    assert "page" not in world.kinds()


def test_asked_to_stop_it_ends_the_terminal_and_itself() -> None:
    world = FakeWorld([None])
    assert world.run() == exits.OK


def test_a_store_that_cannot_be_used_brings_the_page_at_once_and_is_tried_again_less_and_less_often() -> None:
    world = FakeWorld([exits.STORE] * 7 + [0, 0])
    assert world.run() == exits.OK
    assert world.kinds() == ["terminal", "page"] * 7 + ["terminal"]
    tries = [at for kind, at in world.started if kind == "terminal"]
    waits = [later - earlier - world.lives_s for earlier, later in pairwise(tries)]
    assert waits == [STORE_RETRY_S, 120.0, 240.0, 480.0, RETRY_S, RETRY_S, RETRY_S]


def test_a_store_that_failed_after_a_good_day_is_tried_again_after_a_minute() -> None:
    world = FakeWorld([exits.STORE, exits.STORE, 0, 0], lives_s=3600.0)
    world.run()
    tries = [at for kind, at in world.started if kind == "terminal"]
    assert tries[2] - tries[1] - world.lives_s == STORE_RETRY_S


def test_where_nobody_reads_the_exit_code_wrong_settings_bring_the_page_and_are_read_again() -> None:
    world = FakeWorld([exits.USAGE, exits.USAGE, exits.SECOND_COPY, 0])
    assert world.run(unattended=True) == exits.SECOND_COPY
    assert world.kinds() == ["terminal", "page"] * 2 + ["terminal"]


def test_a_planned_restart_follows_at_once_and_counts_for_nothing() -> None:
    world = FakeWorld([exits.RESTART] * 9 + [0, 0], lives_s=86_400.0)
    assert world.run() == exits.OK
    assert world.kinds() == ["terminal"] * 10
    assert world.pauses == []
    assert world.after[1] == "planned"


def test_a_terminal_that_wants_to_restart_as_soon_as_it_stands_counts_as_crashing() -> None:
    world = FakeWorld([exits.RESTART] * 5 + [0, 0])
    world.run()
    assert world.kinds() == ["terminal"] * 5 + ["page", "terminal"]


def test_a_terminal_that_hung_is_followed_by_a_fresh_one_and_five_of_them_by_the_page() -> None:
    world = FakeWorld([-signal.SIGABRT] * 5 + [0, 0], lives_s=30.0)
    world.run()
    assert world.kinds() == ["terminal"] * 5 + ["page", "terminal"]
    assert world.after[1] == "hang"


def test_the_key_of_a_visit_goes_on_after_a_crash_and_after_nothing_else() -> None:
    for code, carried in ((-9, True), (exits.BUG, True), (-signal.SIGABRT, True), (exits.STORE, False)):
        world = FakeWorld([code, 0, 0])
        world.run()
        assert world.carried == [False, carried], code
    world = FakeWorld([exits.RESTART, 0, 0], lives_s=86_400.0)
    world.run()
    assert world.carried == [False, False]


def test_the_page_of_a_crash_loop_forgets_the_visit() -> None:
    world = FakeWorld([-9] * 5 + [0, 0])
    world.run()
    assert world.carried == [False, True, True, True, True, False]


def test_a_child_has_minutes_to_start_and_seconds_afterwards() -> None:
    watch = Watch(100.0)
    assert not watch.hung(100.0 + START_S - 1)
    assert watch.hung(100.0 + START_S)
    watch.alive(120.0)
    assert not watch.hung(120.0 + HANG_S - 1)
    assert watch.hung(120.0 + HANG_S)
