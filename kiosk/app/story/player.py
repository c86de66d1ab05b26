"""Plays the steps of a story on a running terminal: a finger on the panel, a hand at the devices, nothing else.

The player is a generator that is asked to go on every few milliseconds from the terminal's own event loop; it never
waits itself. What blocks (control socket, the centre's demo addresses) runs on one thread of its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from devices.emulators.client import ControlClient
from kiosk.app.compose import Terminal
from kiosk.app.story.model import (
    Centre,
    DeviceDo,
    Expect,
    Open,
    Sign,
    Step,
    Story,
    Touch,
    Type,
    WaitScreen,
    with_codes,
)
from kiosk.app.story.record import Recorder
from kiosk.app.story.stage import Helper, Stage
from kiosk.domain.devices import Health
from kiosk.flow.present import shown_step
from kiosk.ports.storage import CaseRow, JournalRow
from ui import touch
from ui.touch import TouchRefused

T = TypeVar("T")
TICK_MS: Final = 8
SETUP_S: Final = 30.0
DEVICES_S: Final = 8.0
LINK_S: Final = 6.0
LOOK_TICKS: Final = 4
PASSING: Final = frozenset({"submit", "wiped"})
FINAL_S: Final = 10.0
Wait = Generator[None, None, None]
Tell = Callable[[int, int, Step, str], None]


class Failed(Exception):
    """The story cannot go on; the text says why, in words for people."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the terminal holds at the end."""

    cases: tuple[CaseRow, ...] = ()
    journal: tuple[JournalRow, ...] = ()


class Player:
    """One story on one terminal. Main thread. ``tell(number, of, step, outcome)`` reports progress. With ``buttons``
    the resident has no finger on the screen: up, down, select and back do everything.
    """

    def __init__(
        self,
        story: Story,
        stage: Stage,
        recorder: Recorder,
        tell: Tell,
        helpers: tuple[Helper, ...],
        *,
        buttons: bool = False,
    ) -> None:
        self._buttons = buttons
        self._press = touch.by_buttons if buttons else touch.tap
        self._story = story
        self._stage = stage
        self._recorder = recorder
        self._tell = tell
        self._helpers = helpers
        self._terminal: Terminal | None = None
        self._control = ControlClient(stage.emulators)
        self._pool = ThreadPoolExecutor(1, "story")
        self._work: Iterator[None] = iter(())
        self._busy = False
        self._page: tuple[str, ...] | None = None
        self._painted: tuple[str, ...] | None = None
        self._passed: set[str] = set()
        self._shot_view: object = None
        self._told: list[str] = []
        self._faulty = False
        self._earlier: frozenset[str] = frozenset()
        self._stop: Callable[[], None] = lambda: None
        self.confirm_ns: int | None = None
        self.failure: str | None = None
        self.left = Left()

    # ---- run

    def play(self, terminal: Terminal) -> None:
        """Run the terminal until the story is over."""
        self._terminal = terminal
        self._work = self._all()
        self._stop = terminal.loop.every(TICK_MS, self._tick)
        terminal.run()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def fail(self, reason: str) -> None:
        """Something outside of a step went wrong; the first reason stands."""
        if self.failure is None:
            self.failure = reason
            self._work = self._ending()

    def painted(self, step: str, key: str) -> None:
        """The window has painted a page for the first time."""
        page = self._page_id()
        if page is None or page[0] != key or page == self._painted:
            return
        self._painted = page
        self._passed.add(shown_step(self._t.runner.state))
        self._shoot()

    @property
    def _t(self) -> Terminal:
        if self._terminal is None:
            raise RuntimeError("no terminal is played on yet")
        return self._terminal

    def _tick(self) -> None:
        if self._busy:  # a touch lets the event loop run while it waits for a deaf page
            return
        self._busy = True
        try:
            next(self._work)
        except StopIteration:
            self._stop()
            self._t.loop.quit()
        except Failed as failed:
            self.fail(str(failed))
        except Exception as error:  # a fault of the player must end the story, not hang it
            from kiosk.app.cli import bug_place

            self.fail(f"the player: {type(error).__name__} at {bug_place(error)}")
        finally:
            self._busy = False

    def _all(self) -> Wait:
        yield from self._set_up()
        steps = self._story.steps
        for number, step in enumerate(steps, start=1):
            self._told.append(step.words)
            began = time.monotonic()
            try:
                yield from self._step(step)
            except Failed as failed:
                self._tell(number, len(steps), step, "failed")
                source = self._story.source.name or self._story.name
                raise Failed(f"{source}:{step.line}: {step.words}: {failed}") from None
            self._tell(number, len(steps), step, f"{time.monotonic() - began:.1f} s")
        yield from self._ending()

    def _set_up(self) -> Wait:
        for helper in self._helpers:
            yield from self._until(self._said_ready(helper), SETUP_S, f"the {helper.name} did not start")
        bound = {device.name for device in self._t.settings.devices}

        def devices_there() -> str | None:
            statuses = [status for status in self._t.hub.statuses() if status.name in bound]
            return None if all(status.health is Health.ONLINE for status in statuses) else "not yet"

        def offered() -> str | None:
            return None if self._t.runner.state.world.packages else "no item is offered"

        def linked() -> str | None:
            return None if self._t.runner.state.world.centre_reachable else "not yet"

        # A state folder of its own settings may hold earlier cases; they are no part of this story.
        self._earlier = frozenset(case.case_id for case in (yield from self._future(self._t.store.cases(), SETUP_S)))
        yield from self._until(devices_there, DEVICES_S, None)
        yield from self._until(offered, SETUP_S, "no item was offered")
        if self._story.centre == "up":
            self._t.sync.wake()  # it looked before our centre was up, and would wait before it looks again
            yield from self._until(linked, LINK_S, None)

    @staticmethod
    def _said_ready(helper: Helper) -> Callable[[], str | None]:
        def look() -> str | None:
            try:
                return None if helper.ready() else "starting"
            except RuntimeError as error:
                raise Failed(str(error)) from error

        return look

    def _ending(self) -> Wait:
        if self.failure is None:
            self._shoot_if_new()
        else:
            self._shoot()
        try:
            self.left = yield from self._stored(FINAL_S)
        except Failed:
            return

    def _stored(self, timeout_s: float) -> Generator[None, None, Left]:
        """What this story has put into the store so far."""
        cases = yield from self._future(self._t.store.cases(), timeout_s)
        journal = yield from self._future(self._t.store.journal_rows(), timeout_s)
        return Left(
            tuple(case for case in cases if case.case_id not in self._earlier),
            tuple(row for row in journal if row.case_id not in self._earlier),
        )

    # ---- steps

    def _step(self, step: Step) -> Wait:
        if not isinstance(step.action, WaitScreen | Expect):
            self._passed.clear()
        match step.action:
            case Touch("field.signature") | Sign() if self._buttons:
                yield from self._reachable("sign.instead", step.timeout_s)
                self._touch(lambda: self._press(self._t.window, "sign.instead"))
            case Touch("field.signature") | Sign():
                yield from self._reachable("field.signature", step.timeout_s)
                self._shoot_if_new()
                self._touch(lambda: touch.draw_signature(self._t.window))
            case Touch(wanted):
                name = yield from self._first_of(wanted, step.timeout_s)
                yield from self._reachable(name, step.timeout_s)
                if not name.startswith("key."):  # not a picture for every digit of a number
                    self._shoot_if_new()
                if name == "action.next" and shown_step(self._t.runner.state) == "review":
                    self.confirm_ns = time.monotonic_ns()
                self._touch(lambda: self._press(self._t.window, name))
            case Open(name):
                yield from self._turn_to(name, step.timeout_s)
                yield from self._reachable(name, step.timeout_s)
                self._shoot_if_new()
                self._touch(lambda: self._press(self._t.window, name))
            case Type(path, text):
                yield from self._type(path, self._with_codes(text), step.timeout_s)
            case DeviceDo() as wanted:
                yield from self._device(wanted, step.timeout_s)
            case Centre() as line:
                yield from self._centre(line, step.timeout_s)
            case WaitScreen(name):
                yield from self._until(lambda: self._not_seen(name), step.timeout_s, "it did not come")
            case Expect() as expect:
                yield from self._expect(expect, step.timeout_s)

    def _not_seen(self, name: str) -> str | None:
        # These stand there for as long as something takes, which may be less than it takes to look.
        return None if name in PASSING and name in self._passed else self._not_on(name)

    def _not_on(self, name: str) -> str | None:
        now = shown_step(self._t.runner.state)
        if now != name:
            return f"{now} is on the screen"
        return None if self._painted == self._page_id() else f"{name} is not painted yet"

    def _reachable(self, name: str, timeout_s: float) -> Wait:
        """Until a resident could press it: there, visible, enabled, not covered, and the page no longer deaf."""

        def look() -> str | None:
            if self._painted != self._page_id():
                return "the page is not painted yet"
            try:
                touch.reach(self._t.window, name)
            except TouchRefused as refused:
                return str(refused)
            return "the page is still deaf" if self._t.window.inert_ms_left() > 0 else None

        yield from self._until(look, timeout_s, f"{name} cannot be touched", rest=True)

    def _first_of(self, name: str, timeout_s: float) -> Generator[None, None, str]:
        """The control of that name; with a star at the end the first that can be pressed and begins so."""
        if not name.endswith("*"):
            return name

        def find() -> str | None:
            controls = self._t.window.controls()
            return next((each.name for each in controls if each.enabled and each.name.startswith(name[:-1])), None)

        yield from self._until(
            lambda: None if find() else "none can be pressed", timeout_s, f"{name} cannot be touched"
        )
        return find() or name

    def _turn_to(self, name: str, timeout_s: float) -> Wait:
        """Go on through the pages of a list until a control stands there, or the list is at its end."""
        while not any(control.name == name for control in self._t.window.controls()):
            yield from self._reachable("page.following", timeout_s)
            before = self._page_id()
            self._shoot_if_new()
            self._touch(lambda: self._press(self._t.window, "page.following"))
            yield from self._until(
                lambda seen=before: "the page does not turn" if self._page_id() == seen else None,  # type: ignore[misc]
                timeout_s,
                f"{name} is not in the list",
            )
            yield from self._until(
                lambda: None if self._painted == self._page_id() else "the page is not painted yet", timeout_s, None
            )

    def _touch(self, act: Callable[[], None]) -> None:
        try:
            act()
        except TouchRefused as refused:
            raise Failed(str(refused)) from refused

    def _with_codes(self, text: str) -> str:
        """A text with the codes of the newest receipt put in."""
        last = self._recorder.last_receipt()
        try:
            return with_codes(text, "\n".join(last[1].lines) if last is not None else "")
        except LookupError as error:
            raise Failed(str(error)) from error

    def _type(self, path: str, text: str, timeout_s: float) -> Wait:
        name = f"field.{path}"

        def there() -> str | None:
            if self._painted != self._page_id():
                return "the page is not painted yet"
            # A date that is being asked stands there as its wheel.
            if not any(control.name in (name, "wheel.day.up") for control in self._t.window.controls()):
                return f"{name} is not on the screen"
            return "the page is still deaf" if self._t.window.inert_ms_left() > 0 else None

        yield from self._until(there, timeout_s, "nothing to type into")
        self._shoot_if_new()
        deadline = time.monotonic() + timeout_s + 0.5 * len(text)
        try:
            for _ in touch.type_text(self._t.window, path, text, self._press):
                if time.monotonic() > deadline:
                    raise Failed("typing takes too long")
                yield
        except TouchRefused as refused:
            raise Failed(str(refused)) from refused

    def _device(self, wanted: DeviceDo, timeout_s: float) -> Wait:
        full = dict(wanted.command)
        if isinstance(full.get("text"), str):
            full["text"] = self._with_codes(full["text"])
        if wanted.citizen is not None:
            try:
                full["text"] = yield from self._future(
                    self._pool.submit(self._stage.ask.citizen_code, wanted.citizen), timeout_s
                )
            except (OSError, ValueError, KeyError) as error:
                raise Failed(f"the centre gave no citizen code ({type(error).__name__})") from error
        if wanted.phone is not None:
            code = self._with_codes("$carry_on")
            try:
                full["text"] = yield from self._future(
                    self._pool.submit(self._stage.ask.by_phone, wanted.phone, code, wanted.said), timeout_s
                )
            except (OSError, ValueError) as error:
                raise Failed(f"the phone could not take it over ({error})") from error
        try:
            answer = yield from self._future(self._pool.submit(self._control.send, full), timeout_s)
        except (OSError, ValueError) as error:
            raise Failed(f"the emulators do not answer ({error})") from error
        if answer.get("ok") is not True:
            raise Failed(f"the emulator refused: {answer.get('why', 'no reason given')}")

    def _centre(self, line: Centre, timeout_s: float) -> Wait:
        ask, mode = self._stage.ask, line.mode
        if mode == "down" and not self._stage.external_centre:
            self._stage.kill_centre()
            return
        helper = self._stage.start_centre()
        if helper is not None:
            self._faulty = False
            yield from self._until(self._said_ready(helper), max(timeout_s, SETUP_S), "the centre did not start")
        if mode == "up" and not self._faulty and not self._stage.external_centre:
            return
        try:
            yield from self._future(self._pool.submit(ask.fault, mode, line.delay_s, line.agency), timeout_s)
        except (OSError, ValueError) as error:
            raise Failed(f"the centre's line cannot be changed ({error})") from error
        self._faulty = mode != "up"

    # ---- expectations

    def _expect(self, expect: Expect, timeout_s: float) -> Wait:
        deadline = time.monotonic() + timeout_s
        stored = expect.case_state is not None or expect.cases is not None or expect.print is not None
        while True:
            left = (yield from self._stored(timeout_s)) if stored else Left()
            wrong = self._unmet(expect, left)
            if wrong is None:
                if expect.text is not None:  # what a page says in between is worth a picture, too
                    self._shoot_if_new()
                return
            if time.monotonic() > deadline:
                raise Failed(wrong)
            yield from self._rest()

    def _unmet(self, expect: Expect, left: Left) -> str | None:
        """The first thing that is not as expected."""
        state, window = self._t.runner.state, self._t.window
        controls = window.controls()
        texts = [_squeezed(f"{control.text} {control.accessible}") for control in controls]
        if expect.screen is not None and (wrong := self._not_on(expect.screen)):
            return wrong
        if expect.language is not None and state.language != expect.language:
            return f"the language is {state.language}"
        if expect.text is not None and not any(_squeezed(expect.text) in text for text in texts):
            return f'"{expect.text}" is not on the screen'
        if expect.no_text is not None and any(_squeezed(expect.no_text) in text for text in texts):
            return f'"{expect.no_text}" is on the screen'
        if expect.control is not None:
            control = next((control for control in controls if control.name == expect.control), None)
            if control is None:
                return f"{expect.control} is not on the screen"
            if expect.enabled is not None and control.enabled is not expect.enabled:
                return f"{expect.control} is {'enabled' if control.enabled else 'disabled'}"
        if expect.no_control is not None and any(control.name == expect.no_control for control in controls):
            return f"{expect.no_control} is on the screen"
        return self._unmet_outside(expect, left)

    def _unmet_outside(self, expect: Expect, left: Left) -> str | None:
        if expect.cases is not None and len(left.cases) != expect.cases:
            return f"the store holds {len(left.cases)} cases"
        if expect.case_state is not None:
            states = {case.state.value for case in left.cases}
            if states != {expect.case_state}:
                return f"cases are {', '.join(sorted(states)) or 'none'}"
        if expect.print is not None:
            newest = max(left.journal, key=lambda row: row.at, default=None)
            if newest is None or newest.state != expect.print:
                return f"the newest print job is {newest.state if newest else 'not there'}"
        if expect.receipt_contains is not None:
            last = self._recorder.last_receipt()
            if last is None or _squeezed(expect.receipt_contains) not in _squeezed("".join(last[1].lines)):
                return f'the receipt does not say "{expect.receipt_contains}"' if last else "there is no receipt"
        if expect.log_event is not None and expect.log_event not in {line.event for line in self._recorder.log_lines()}:
            return f"{expect.log_event} is not in the log"
        return None

    # ---- waiting

    @staticmethod
    def _rest() -> Wait:
        """Looking at every control costs the terminal time; a hand looks less often."""
        for _ in range(LOOK_TICKS):
            yield

    def _until(
        self, look: Callable[[], str | None], timeout_s: float, message: str | None, *, rest: bool = False
    ) -> Wait:
        """Until ``look`` finds nothing wrong. ``message`` None: going on is fine when the time is over."""
        deadline = time.monotonic() + timeout_s
        while (wrong := look()) is not None:
            if time.monotonic() > deadline:
                if message is None:
                    return
                raise Failed(f"{message} within {timeout_s:g} s: {wrong}")
            if rest:
                yield from self._rest()
            else:
                yield

    def _future(self, future: Future[T], timeout_s: float) -> Generator[None, None, T]:
        """The result of something under way; its own exception when it failed."""
        deadline = time.monotonic() + timeout_s
        while not future.done():
            if time.monotonic() > deadline:
                raise Failed(f"no answer within {timeout_s:g} s")
            yield
        return future.result()

    # ---- pictures

    def _page_id(self) -> tuple[str, ...] | None:
        view = self._t.window.view()
        return None if view is None else (view.key, view.language, type(view.overlay or view.body).__name__)

    def _shoot(self) -> None:
        view = self._t.window.view()
        if view is None:
            return
        self._shot_view = view
        step = shown_step(self._t.runner.state)
        self._recorder.shoot(self._t.window, step, view.language, time.monotonic_ns(), tuple(self._told))
        self._told.clear()

    def _shoot_if_new(self) -> None:
        """The page as it is left, when answers changed it since its picture."""
        view = self._t.window.view() if self._terminal is not None else None
        if view is not None and view != self._shot_view and self._painted == self._page_id():
            self._shoot()


_SPACE = re.compile(r"\s+")


def _squeezed(text: str) -> str:
    """Without white space, so that where a line breaks makes no difference."""
    return _SPACE.sub("", text)
