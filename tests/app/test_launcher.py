"""The launcher keeps the terminal running, gives up when that helps nobody, and tries again later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from kiosk.app import exits
from kiosk.app.launcher import RETRY_S, Ended, Launcher

ROOT = Path(__file__).resolve().parents[2]


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
        return Ended(self._code)

    def end(self) -> None:
        self.ended = True


class FakeWorld:
    """``codes``: how the terminals end, one after the other; the launcher is asked to stop after the last."""

    def __init__(self, codes: list[int | None], lives_s: float = 1.0) -> None:
        self.codes, self.lives_s = codes, lives_s
        self.clock = 0.0
        self.started: list[tuple[str, float]] = []
        self.pages: list[FakeChild] = []
        self.pauses: list[float] = []
        self._stop = False

    def start(self, *, out_of_service: bool) -> FakeChild:
        self.started.append(("page" if out_of_service else "terminal", self.clock))
        if out_of_service:
            self.pages.append(FakeChild(self, 0, float("inf")))
            return self.pages[-1]
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

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.started]


def test_a_terminal_that_ends_well_ends_the_launcher() -> None:
    world = FakeWorld([0, 0])
    assert Launcher(world).run() == exits.OK
    assert world.kinds() == ["terminal"]


def test_settings_devices_second_copy_and_store_are_not_tried_again() -> None:
    for code in (exits.USAGE, exits.DEVICE, exits.SECOND_COPY, exits.STORE):
        world = FakeWorld([code, 0])
        assert Launcher(world).run() == code
        assert world.kinds() == ["terminal"]


def test_a_crash_is_followed_by_a_fresh_terminal_after_a_growing_pause() -> None:
    world = FakeWorld([-signal.SIGSEGV, exits.BUG, 1, 0, 0])
    assert Launcher(world).run() == exits.OK
    assert world.kinds() == ["terminal"] * 4
    assert world.pauses == [0.5, 1.0, 2.0]


def test_five_crashes_in_ten_minutes_bring_the_out_of_service_page_for_a_quarter_of_an_hour() -> None:
    world = FakeWorld([-9, -9, -9, -9, -9, 0, 0])
    Launcher(world).run()
    assert world.kinds() == ["terminal"] * 5 + ["page", "terminal"]
    shown, tried_again = world.started[5][1], world.started[6][1]
    assert tried_again - shown >= RETRY_S
    assert world.pages[0].ended


def test_a_crash_right_after_the_page_brings_the_page_back_at_once() -> None:
    world = FakeWorld([-9] * 6 + [0, 0])
    Launcher(world).run()
    assert world.kinds() == ["terminal"] * 5 + ["page", "terminal", "page", "terminal"]


def test_five_crashes_spread_over_a_day_never_bring_the_page() -> None:
    world = FakeWorld([-9] * 12 + [0, 0], lives_s=3600.0)
    Launcher(world).run()
    assert "page" not in world.kinds()


def test_asked_to_stop_it_ends_the_terminal_and_itself() -> None:
    world = FakeWorld([None])
    assert Launcher(world).run() == exits.OK


def test_the_child_runs_with_overwritten_memory_and_without_core_dumps_and_gets_the_signal(tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = (
        "import os, resource, signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "core = resource.getrlimit(resource.RLIMIT_CORE)\n"
        f"part = {str(told)!r} + '.new'\n"
        "open(part, 'w').write(f\"{os.environ['PYTHONMALLOC']} {os.environ['MALLOC_PERTURB_']} {core}\")\n"
        f"os.rename(part, {str(told)!r})\n"
        "signal.pause()\n"
    )
    script = (
        "import sys\n"
        "from kiosk.app.launcher import Launcher, Programs\n"
        f"code = Launcher(Programs([sys.executable, '-c', {child!r}])).run()\n"
        "assert 'PySide6' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        while not told.exists():
            assert launcher.poll() is None
            os.sched_yield()
        assert told.read_text() == "malloc 165 (0, 0)"
        launcher.terminate()
        assert launcher.wait(20) == exits.OK
    finally:
        launcher.kill()
        launcher.wait()
