"""Guided checks, loop, trace and report on a command line: the machine and the desk of the technician's page, in words.

Only for a terminal that does not run: ports have one holder. Answers are read from standard input, one word a line; at
its end every question that is left counts as skipped.
"""

from __future__ import annotations

import json
import queue
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from kiosk.app import exits
from kiosk.app.clock import SystemClock
from kiosk.app.staff_room import REPORTS, Reports, StaffPaper
from kiosk.diagnostics import guided
from kiosk.diagnostics.guided import Advance, Answer, RunSelfTest
from kiosk.diagnostics.loop import LoopCheck, reported, summary
from kiosk.domain.devices import Health, PrintOutcome, PrintUpdate, StatusChanged
from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, CheckResult, Machine, Readiness, Verdict
from kiosk.flow.events import ReadinessMade, SelfTested, Traced
from kiosk.flow.frame.device import trace_line
from kiosk.flow.frame.readiness import REPORT_JOB
from kiosk.ports.devices import DeviceBinding, UsbPolicy
from kiosk.services.diagnostic_desk import DiagnosticDesk
from kiosk.texts import say
from offline_cache.check_book import CheckBookFile

if TYPE_CHECKING:
    from config import Settings
    from kiosk.ports.devices import DeviceHub

T = TypeVar("T")
LOOK_S = 0.05
ROUND_S = 1.0
TOLD_EACH_S = 60.0
PRINT_S = 40.0
REPORT_S = 60.0
_WORDS: dict[str, Answer] = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "s": "skip", "skip": "skip"}
_WIDTHS: dict[int, Literal[384, 576]] = {58: 384, 80: 576}


class Workshop:
    """The devices of a terminal that does not run, and a desk that works with them."""

    def __init__(
        self, settings: Settings, hub: DeviceHub, machine: Callable[[], Machine], say_line: Callable[[str], None]
    ) -> None:
        terminal = settings.terminal
        width_mm = next((d.options.get("width_mm", 80) for d in settings.devices if d.name == "receipt_printer"), 80)
        self.say = say_line
        self.clock = SystemClock()
        self.hub = hub
        self.book = CheckBookFile(terminal.state_dir)
        self.events: queue.Queue[object] = queue.Queue()
        self._pool = ThreadPoolExecutor(2, "workshop")
        self.desk = DiagnosticDesk(
            hub,
            self.book,
            lambda: StaffPaper(terminal.id, _WIDTHS.get(int(width_mm), 576)),
            Reports(terminal.state_dir / REPORTS, machine),
            self._pool,
            self.clock,
            self.events.put,
        )

    def close(self) -> None:
        """End the desk's threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def event(self, timeout_s: float) -> object | None:
        """What happened next; None when nothing did in time."""
        try:
            return self.events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def note(self, result: CheckResult) -> CheckRecord:
        """Write a result down and say it."""
        record = self.book.add(result, self.clock.now())
        self.say(record_line(record))
        return record


@contextmanager
def workshop(
    settings: Settings, machine: Callable[[], Machine], wait_s: float, say_line: Callable[[str], None] = print
) -> Iterator[Workshop]:
    """Open the devices and wait until they are there, at most ``wait_s``; close them at the end."""
    from devices.registry import build_hub

    hub = build_hub(
        [DeviceBinding(d.name, d.driver, d.options) for d in settings.devices],
        SystemClock(),
        usb=UsbPolicy(settings.usb.listed, settings.usb.reset_helper),
    )
    shop = Workshop(settings, hub, machine, say_line)
    hub.start(shop.events.put)
    try:
        bound = {device.name for device in settings.devices}
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            if all(status.health is Health.ONLINE for status in hub.statuses() if status.name in bound):
                break
            shop.event(LOOK_S)
        yield shop
    finally:
        hub.stop(5.0)
        shop.close()


def check(shop: Workshop, devices: Sequence[str], ask: Callable[[float], Answer | None]) -> int:
    """Guided checks of these devices, one after the other; 0 when nothing failed."""
    failed = False
    for device in devices:
        shop.say(f"== {say('zh-Hans', f'device.{device}')} / {say('en', f'device.{device}')}")
        failed |= _check_one(shop, device, ask)
    return exits.FAILED if failed else exits.OK


def _check_one(shop: Workshop, device: str, ask: Callable[[float], Answer | None]) -> bool:
    failed = False
    went = guided.begin(device, time.monotonic())
    told = -1
    try:
        while True:
            for command in went.commands:
                shop.desk.perform(command)
            if went.result is not None:
                failed |= shop.note(went.result).result.outcome is CheckOutcome.FAILED
            step = went.test.step
            if step is None:
                return failed
            if told != went.test.at:
                told = went.test.at
                answers = "y/n/s" if step.asks else "n/s"
                words = f"{say('zh-Hans', f'check.{step.name}_do')} / {say('en', f'check.{step.name}_do')}"
                keys = "" if step.name == "self_test" else f" [{answers}]"
                shop.say(f"   [{told + 1}/{went.test.steps}] {words}{keys}")
            went = _next(shop, went.test, ask)
    except BaseException:
        for command in guided.left(went.test):
            shop.desk.perform(command)
        raise


def _next(shop: Workshop, test: guided.GuidedCheck, ask: Callable[[float], Answer | None]) -> Advance:
    event = shop.event(LOOK_S)
    mono = time.monotonic()
    if isinstance(event, SelfTested):
        return guided.happened(test, event.report, mono)
    if isinstance(event, guided.DEVICE_EVENTS):
        return guided.happened(test, event, mono)
    # A self-test needs no hand: an answer typed ahead belongs to the question that comes after it.
    answer = ask(0.0) if test.step is not None and test.step.name != "self_test" else None
    return guided.answered(test, answer, mono) if answer is not None else guided.ticked(test, mono)


def loop(shop: Workshop, devices: Sequence[str], rounds: int | None) -> int:
    """Self-tests until interrupted or so many rounds are done, one a second; 0 when none failed.

    A round without news is told in the first minute only, then once a minute.
    """
    state = LoopCheck(tuple(devices))
    began = round_at = told_at = time.monotonic()
    told_failed = 0
    try:
        shop.desk.perform(RunSelfTest(state.device))
        while rounds is None or state.rounds < rounds:
            event = shop.event(1.0)
            if not isinstance(event, SelfTested):
                continue
            after, result = reported(state, event.report)
            if after is state:
                continue
            if result is not None:
                shop.note(result)
            ended, state = after.rounds != state.rounds, after
            now = time.monotonic()
            if ended and (state.failed != told_failed or now - began < TOLD_EACH_S or now - told_at >= TOLD_EACH_S):
                shop.say(f"   round {state.rounds}: {state.tests} tests, {state.failed} failed")
                told_at, told_failed = now, state.failed
            if rounds is None or state.rounds < rounds:
                if ended:
                    time.sleep(max(0.0, round_at + ROUND_S - now))  # a loop is no load test
                    round_at = time.monotonic()
                shop.desk.perform(RunSelfTest(state.device))
    except KeyboardInterrupt:
        pass
    for result in summary(state):
        shop.note(result)
    return exits.FAILED if state.failed else exits.OK


def trace(shop: Workshop, device: str, seconds: float) -> int:
    """The bytes of one device, personal data masked, until the time is over or it is interrupted."""
    shop.desk.trace(device)
    rows = 0
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            match shop.event(min(left, 1.0)):
                case Traced(row):
                    rows += 1
                    shop.say(trace_line(row))
                case StatusChanged(status) if status.name == device:
                    shop.say(f"       -- {status.health.value} {status.detail}")
    except KeyboardInterrupt:
        pass
    shop.desk.trace(None)
    if not rows:
        shop.say("no byte went or came; a device at rest is asked every few seconds only: try a longer --for")
    return exits.OK


def report(shop: Workshop, *, on_paper: bool) -> int:
    """The readiness report: a table, PDF and JSON in the state folder, a slip if asked; 0 ready, 1 limited, 3 not."""
    shop.desk.make_report()
    made = _wait(shop, REPORT_S, lambda event: event if isinstance(event, ReadinessMade) else None)
    if made is None or made.report is None:
        shop.say(say("en", "readiness.not_made"))
        return exits.FAILED
    _tell(shop, made.report)
    shop.say(f"PDF and JSON: {made.folder or 'not kept, the disk refused'}")
    if on_paper:
        shop.desk.print_report(made.report)
        ends = (PrintOutcome.CONFIRMED, PrintOutcome.UNKNOWN, PrintOutcome.FAILED)
        outcome = _wait(
            shop,
            PRINT_S,
            lambda e: e if isinstance(e, PrintUpdate) and e.job_id == REPORT_JOB and e.outcome in ends else None,
        )
        shop.say(f"slip: {outcome.outcome.value if outcome else 'no answer'}")
    verdict = made.report.verdict
    return {Verdict.READY: exits.OK, Verdict.LIMITED: exits.FAILED, Verdict.NOT_READY: exits.DEVICE}[verdict]


def _tell(shop: Workshop, made: Readiness) -> None:
    shop.say(f"{say('zh-Hans', f'readiness.{made.verdict.value}')} / {say('en', f'readiness.{made.verdict.value}')}")
    for finding in made.findings:
        shop.say(f"   {'!!' if finding.stops else '! '} {finding.about}: {finding.code}")
    for status in made.devices:
        shop.say(f"   {status.name:<18} {status.scale.zh} {status.detail:<18} {status.driver} {status.model}")


def _wait(shop: Workshop, seconds: float, wanted: Callable[[object], T | None]) -> T | None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        event = shop.event(left)
        found = wanted(event) if event is not None else None
        if found is not None:
            return found
    return None


def record_line(record: CheckRecord) -> str:
    """One record for a terminal window."""
    result = record.result
    where = f"{result.device:<17} {result.test:<22}"
    return f"#{record.number:<5} {record.at:%Y-%m-%dT%H:%M:%SZ}  {result.outcome.value:<8} {where} {result.message}"


def records(state_dir: Path, last: int, *, as_json: bool = False) -> int:
    """The newest records of the book."""
    found = CheckBookFile(state_dir).records()[-last:]
    if as_json:
        print(json.dumps([record_row(record) for record in found], ensure_ascii=False, indent=1))
        return exits.OK
    for record in found:
        print(record_line(record))
    if not found:
        print("no records: nothing was checked on this terminal yet")
    return exits.OK


def record_row(record: CheckRecord) -> dict[str, object]:
    """One record for programs."""
    result = record.result
    return {
        "number": record.number,
        "at": record.at.isoformat(timespec="seconds"),
        "device": result.device,
        "test": result.test,
        "outcome": result.outcome.value,
        "message": result.message,
    }


def answers_from_input() -> Callable[[float], Answer | None]:
    """Asks standard input without waiting for it; after its end every question is skipped."""
    ended = False

    def ask(timeout_s: float) -> Answer | None:
        nonlocal ended
        if ended:
            return "skip"
        if not select.select([sys.stdin], [], [], timeout_s)[0]:
            return None
        line = sys.stdin.readline()
        ended = not line
        return "skip" if ended else _WORDS.get(line.strip().lower())

    return ask
