"""A guided test of one device: what the terminal does by itself, and what it asks a person to do or to look at.

A test is a list of steps per device. Each step starts a command, waits for what the device reports or for what a person
answers, and leaves one result. The machine is pure: the caller performs commands, feeds events and answers, and writes
results down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from kiosk.domain.devices import (
    CODE_SCANNER,
    DOCUMENT_CAMERA,
    DOCUMENT_PRINTER,
    ID_CARD,
    IO_BOARD,
    RECEIPT_PRINTER,
    RESIDENT_PARTS,
    UPS,
    CaptureFailed,
    CardFailed,
    CardRead,
    CardRemoved,
    CodeRefused,
    CodeScanned,
    DeviceEvent,
    DocumentCaptured,
    DoorChanged,
    MrzRead,
    Power,
    PowerChanged,
    PrintOutcome,
    PrintUpdate,
    SelfTestReport,
)
from kiosk.domain.diagnostics import CheckOutcome, CheckResult

#: Stands where a resident's session id would; nothing that a test reads is kept.
SESSION = "diagnostics"
JOB = "diagnostics"


@dataclass(frozen=True, slots=True)
class RunSelfTest:
    """Let the device prove itself."""

    device: str


@dataclass(frozen=True, slots=True)
class Start:
    """Read a card, scan a code, capture a page, print a slip or a page: whatever the device is for."""

    device: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End what `Start` began."""

    device: str


@dataclass(frozen=True, slots=True)
class Lamp:
    """Light the lamp beside one part; None darkens all."""

    part: str | None


Command = RunSelfTest | Start | Stop | Lamp
Answer = Literal["yes", "no", "skip"]
Judged = tuple[CheckOutcome, str] | None
CheckEvent = DeviceEvent | SelfTestReport
#: The events of devices that a step can wait for.
DEVICE_EVENTS = (
    CardRead
    | CardFailed
    | CardRemoved
    | CodeScanned
    | CodeRefused
    | MrzRead
    | DocumentCaptured
    | CaptureFailed
    | PrintUpdate
    | DoorChanged
    | PowerChanged
)


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step. `name` is the key of its words; `judge` None: only a person can tell."""

    name: str
    begin: tuple[Command, ...] = ()
    judge: Callable[[CheckEvent], Judged] | None = None
    end: tuple[Command, ...] = ()
    timeout_s: float = 60.0

    @property
    def asks(self) -> bool:
        """Whether a person has to say yes or no."""
        return self.judge is None


@dataclass(frozen=True, slots=True)
class GuidedCheck:
    """A test under way: step `at` has been going on since `since_mono`."""

    device: str
    at: int
    since_mono: float
    results: tuple[CheckResult, ...] = ()

    @property
    def step(self) -> CheckStep | None:
        """The step under way; None when the test is over."""
        steps = PLANS[self.device]
        return steps[self.at] if self.at < len(steps) else None

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(PLANS[self.device])


@dataclass(frozen=True, slots=True)
class Advance:
    """What comes of an event: the test, the commands to perform in order, and the result that was reached."""

    test: GuidedCheck
    commands: tuple[Command, ...] = ()
    result: CheckResult | None = None


def begin(device: str, mono: float) -> Advance:
    """Start the test of a device. KeyError for a name that no device has."""
    return Advance(GuidedCheck(device, 0, mono), PLANS[device][0].begin)


def happened(test: GuidedCheck, event: CheckEvent, mono: float) -> Advance:
    """A device reported something; only what the step waits for counts."""
    step = test.step
    judged = step.judge(event) if step is not None and step.judge is not None else None
    return Advance(test) if judged is None else _next(test, *judged, mono)


def answered(test: GuidedCheck, answer: Answer, mono: float) -> Advance:
    """A person answered. `yes` counts only where something is asked: nobody can declare a reading to have worked."""
    step = test.step
    if step is None or (answer == "yes" and not step.asks):
        return Advance(test)
    outcome = {"yes": CheckOutcome.PASSED, "no": CheckOutcome.FAILED, "skip": CheckOutcome.SKIPPED}[answer]
    return _next(test, outcome, "seen" if answer == "yes" else "not_seen" if answer == "no" else "by_hand", mono)


def ticked(test: GuidedCheck, mono: float) -> Advance:
    """Time went on; a step that took too long has failed."""
    step = test.step
    if step is None or mono - test.since_mono < step.timeout_s:
        return Advance(test)
    return _next(test, CheckOutcome.FAILED, "timeout", mono)


def left(test: GuidedCheck) -> tuple[Command, ...]:
    """The person went away in the middle: what has to be stopped."""
    return test.step.end if test.step is not None else ()


def _next(test: GuidedCheck, outcome: CheckOutcome, message: str, mono: float) -> Advance:
    step = test.step
    assert step is not None
    result = CheckResult(test.device, step.name, outcome, message)
    after = replace(test, at=test.at + 1, since_mono=mono, results=(*test.results, result))
    started = after.step.begin if after.step is not None else ()
    return Advance(after, (*step.end, *started), result)


# ---- what counts as done, per device ----------------------------------------------------------------------------


def _passed(message: str) -> Judged:
    return CheckOutcome.PASSED, message


def _failed(message: str) -> Judged:
    return CheckOutcome.FAILED, message


def _self_test(device: str) -> CheckStep:
    def judge(event: CheckEvent) -> Judged:
        if not isinstance(event, SelfTestReport) or event.name != device:
            return None
        return _passed(event.detail) if event.ok else _failed(event.detail)

    return CheckStep("self_test", (RunSelfTest(device),), judge, timeout_s=20.0)


def _card_read(event: CheckEvent) -> Judged:
    match event:
        case CardRead(session, card) if session == SESSION:
            return _passed(card.kind.value)
        case CardFailed(session, reason) if session == SESSION:
            return _failed(reason.value)
    return None


def _card_removed(event: CheckEvent) -> Judged:
    return _passed("removed") if isinstance(event, CardRemoved) and event.session == SESSION else None


def _code_read(event: CheckEvent) -> Judged:
    match event:
        case CodeScanned(session, payload) if session == SESSION:
            return _passed(f"{len(payload)} bytes")
        case MrzRead(session, document) if session == SESSION:
            return _passed(document.format.value)
        case CodeRefused(session, reason) if session == SESSION:
            return _failed(reason.value)
    return None


def _page_taken(event: CheckEvent) -> Judged:
    match event:
        case DocumentCaptured(session, page) if session == SESSION:
            return _passed(f"{page.width_px}x{page.height_px} px, {len(page.data)} bytes")
        case CaptureFailed(session, detail) if session == SESSION:
            return _failed(detail)
    return None


def _printed(event: CheckEvent) -> Judged:
    if not isinstance(event, PrintUpdate) or event.job_id != JOB:
        return None
    match event.outcome:
        case PrintOutcome.CONFIRMED:
            return _passed("confirmed")
        case PrintOutcome.UNKNOWN | PrintOutcome.FAILED | PrintOutcome.CANCELED:
            return _failed(f"{event.outcome.value} {event.detail}".strip())
    return None


def _door(*, is_open: bool) -> Callable[[CheckEvent], Judged]:
    def judge(event: CheckEvent) -> Judged:
        return _passed("seen") if isinstance(event, DoorChanged) and event.open is is_open else None

    return judge


def _power(*powers: Power) -> Callable[[CheckEvent], Judged]:
    def judge(event: CheckEvent) -> Judged:
        return _passed(event.power.value) if isinstance(event, PowerChanged) and event.power in powers else None

    return judge


def _lamp(part: str) -> CheckStep:
    return CheckStep(f"lamp_{part}", (Lamp(part),), end=(Lamp(None),), timeout_s=120.0)


def _does(name: str, device: str, judge: Callable[[CheckEvent], Judged], timeout_s: float = 60.0) -> CheckStep:
    return CheckStep(name, (Start(device),), judge, (Stop(device),), timeout_s)


PLANS: Mapping[str, tuple[CheckStep, ...]] = MappingProxyType(
    {
        ID_CARD: (
            _self_test(ID_CARD),
            CheckStep("card_read", (Start(ID_CARD),), _card_read),
            CheckStep("card_removed", (), _card_removed, (Stop(ID_CARD),)),
        ),
        CODE_SCANNER: (_self_test(CODE_SCANNER), _does("code_read", CODE_SCANNER, _code_read)),
        RECEIPT_PRINTER: (
            _self_test(RECEIPT_PRINTER),
            CheckStep("slip_printed", (Start(RECEIPT_PRINTER),), _printed, timeout_s=40.0),
            CheckStep("slip_clean", timeout_s=300.0),
        ),
        DOCUMENT_CAMERA: (_self_test(DOCUMENT_CAMERA), _does("page_taken", DOCUMENT_CAMERA, _page_taken, 90.0)),
        DOCUMENT_PRINTER: (
            _self_test(DOCUMENT_PRINTER),
            _does("page_printed", DOCUMENT_PRINTER, _printed, 120.0),
            CheckStep("page_clean", timeout_s=300.0),
        ),
        IO_BOARD: (
            _self_test(IO_BOARD),
            *(_lamp(part) for part in RESIDENT_PARTS),
            CheckStep("door_open", (), _door(is_open=True)),
            CheckStep("door_closed", (), _door(is_open=False)),
        ),
        UPS: (
            _self_test(UPS),
            CheckStep("mains_gone", (), _power(Power.BATTERY, Power.BATTERY_LOW), timeout_s=120.0),
            CheckStep("mains_back", (), _power(Power.MAINS), timeout_s=120.0),
        ),
    }
)
"""The steps per device, in order."""
