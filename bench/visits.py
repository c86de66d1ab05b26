"""Residents for measurements: visits on the real terminal, one after the other in one process, with nothing recorded.

A `Visitor` is a story player that takes no pictures and follows a script: a generator that goes on while the terminal's
event loop runs. Emulators and centre are programs of their own, as in a story.
"""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject

from kiosk.app.compose import Terminal, build_terminal
from kiosk.app.logs import EventLog, Line, bridge_loggers
from kiosk.app.story.model import Story, parse_story
from kiosk.app.story.player import Failed, Player, Wait
from kiosk.app.story.record import Recorder
from kiosk.app.story.setting import bound, story_settings
from kiosk.app.story.stage import Helper, Stage
from kiosk.flow.events import Tick
from kiosk.flow.present import shown_step
from ui import touch
from ui.kit import controls

Script = Callable[["Visitor"], Generator[None, None, None]]
LINES_KEPT = 400
DEAF_S = controls.INERT_S
WAY_OUT = ("action.leave", "action.skip", "action.done", "action.exit", "action.next")
HOME_S = 40.0


def story(steps: str, name: str = "visit") -> Story:
    """Steps in the words of a story file, without its head."""
    return parse_story(f'schema = 1\nname = "{name}"\nstep = [\n{steps}\n]\n', Path(name))


#: A visit up to the page where it is confirmed: a complaint about a street lamp.
COMPLAINT = story(
    """
    { wait_screen = "attract", timeout_s = 60 },
    { touch = "action.start" },
    { touch = "language.en" },
    { touch = "everyday.complaint" },
    { touch = "action.next" },
    { touch = "consent.privacy" },
    { touch = "action.next" },
    { touch = "choice.complaint.kind.complaint" },
    { touch = "action.next" },
    { touch = "choice.complaint.category.road" },
    { touch = "action.next" },
    { type = { field = "complaint.text", text = "Lamp" } },
    { touch = "action.next" },
    { touch = "choice.place.district.nanan" },
    { touch = "action.next" },
    { touch = "action.next" },
    { touch = "choice.contact.callback.no" },
    { touch = "action.next" },
    { wait_screen = "review" },
    """,
    "complaint",
)


def deaf_for(seconds: float) -> None:
    """How long a fresh page is deaf. A hand waits it out; a visit that only has to come to its end need not."""
    setattr(controls, "INERT_S", seconds)  # noqa: B010  it is final for the program


def queued_so_far_ns() -> int:
    """How long this thread has been ready to run without a processor, since it began."""
    return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1])


class Entrance(QObject):
    """Where touches come in: the moment at which the window system hands one over, before anybody has looked at it."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = False
        self.touched_ns = self.queued_ns = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks on, and lets everything pass."""
        if self.awaited and event.type() == QEvent.Type.TouchBegin:
            self.awaited = False
            self.touched_ns, self.queued_ns = time.monotonic_ns(), queued_so_far_ns()
        return False


class Unrecorded(Recorder):
    """Keeps the last few lines of the log, for what a step may expect, and nothing else."""

    def __init__(self, out: Path) -> None:
        super().__init__(out)
        self._last: deque[Line] = deque(maxlen=LINES_KEPT)

    def heard(self, line: Line) -> None:
        """A log line; from any thread."""
        self._last.append(line)

    def log_lines(self) -> tuple[Line, ...]:
        """The last ones."""
        return tuple(self._last)

    def forget(self) -> None:
        """The next visit has lines of its own."""
        self._last.clear()
        del self.receipts[:-1]


class Visitor(Player):
    """Follows a script on a running terminal."""

    def __init__(self, script: Script, stage: Stage, recorder: Unrecorded, helpers: Sequence[Helper]) -> None:
        super().__init__(COMPLAINT, stage, recorder, lambda *_: None, tuple(helpers))
        self._script = script
        self._unrecorded = recorder
        self._entrance = Entrance()
        self.painted_ms: list[float] = []
        """From a touch to the page it led to, painted."""
        self.own_ms: list[float] = []
        """The same without the time in which the main thread was ready and other programs had the processors."""

    @property
    def terminal(self) -> Terminal:
        return self._t

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def screen(self) -> str:
        """The name of the page that is shown."""
        return shown_step(self._t.runner.state)

    def visit(self, told: Story) -> Wait:
        """Do the steps of a story, without waiting for pages that are still deaf."""
        deaf_for(0.0)
        for step in told.steps:
            try:
                yield from self._step(step)
            except Failed as failed:
                raise Failed(f"{told.name}: {step.words} on {self.screen}: {failed}") from None
        deaf_for(DEAF_S)

    def until(self, wrong: Callable[[], str | None], timeout_s: float, message: str) -> Wait:
        """Until `wrong` finds nothing wrong."""
        yield from self._until(wrong, timeout_s, message)

    def hurry(self) -> None:
        """The neutral page after a visit stands there no longer than its wiping takes."""
        runner = self._t.runner
        world = runner.state.world
        runner.state = replace(runner.state, world=replace(world, times=replace(world.times, wiped_s=0.0)))

    def leave(self) -> Wait:
        """Take the nearest way out of whatever page this is, until the attract page stands there."""

        def press() -> str | None:
            if self.screen == "attract":
                return None
            if self.screen == "wiped":
                self._t.runner.dispatch(Tick())
            window = self._t.window
            there = {control.name for control in window.controls() if control.enabled}
            name = next((each for each in WAY_OUT if each in there), None)
            if name is not None and not window.inert_ms_left():
                try:
                    touch.tap(window, name)
                except touch.TouchRefused:
                    return "not yet"
            return f"{self.screen} is on the screen"

        yield from self._until(press, HOME_S, "there is no way out", rest=True)
        self._unrecorded.forget()

    def painted(self, step: str, key: str) -> None:
        """A page stands on the panel."""
        came = self._entrance
        if came.touched_ns:
            took_ns, queued_ns = time.monotonic_ns() - came.touched_ns, queued_so_far_ns() - came.queued_ns
            self.painted_ms.append(took_ns / 1e6)
            self.own_ms.append((took_ns - queued_ns) / 1e6)
            came.touched_ns = 0
        super().painted(step, key)

    def _touch(self, act: Callable[[], None]) -> None:
        self._entrance.awaited = True
        super()._touch(act)

    def _all(self) -> Wait:
        yield from self._set_up()
        handle = self._t.window.windowHandle()
        if handle is None:
            raise RuntimeError("the window is not shown")
        handle.installEventFilter(self._entrance)
        yield from self._script(self)

    def _shoot(self) -> None:
        """Nothing is kept."""

    def _shoot_if_new(self) -> None:
        """Nothing is kept."""


def act(
    script: Script, folder: Path, overrides: Sequence[str] = (), *, devices: bool = True, centre: str | None = None
) -> None:
    """Build a terminal in `folder`, with emulators or no devices, and follow the script.

    `centre` is the address of a centre that runs already; without it there is one as long as the terminal.

    Raises RuntimeError when it could not be followed to its end.
    """
    with tempfile.TemporaryDirectory(prefix="stage-", dir=folder) as work:
        stage = Stage(Path(work), centre_url=centre)
        try:
            where = [] if centre is None else [f"centre.url={centre}"]
            settings = story_settings(None, [f"terminal.state_dir={folder / 'state'}", *where, *overrides], stage)
            helpers = [stage.start_emulators() if devices else None, stage.start_centre()]
            if devices:
                stage.await_emulators()
                settings = bound(settings, stage)
            recorder = Unrecorded(folder / "out")
            log = EventLog.in_state_dir(settings.terminal.state_dir)
            log.listen(recorder.heard)
            unbridge = bridge_loggers(log)
            visitor = Visitor(script, stage, recorder, [helper for helper in helpers if helper is not None])
            try:
                terminal = build_terminal(
                    settings, platform="offscreen", log=log, on_receipt=recorder.printed, on_painted=visitor.painted
                )
                visitor.play(terminal)
            finally:
                unbridge()
                log.close()
                recorder.finish()
        finally:
            stage.close()
    if visitor.failure is not None:
        raise RuntimeError(visitor.failure)
