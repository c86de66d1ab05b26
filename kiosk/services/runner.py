"""The session runner: takes events on the main thread, lets the flow decide, performs the effects, shows the screen.

It is the only place that performs effects. Everything slow goes to worker threads and comes back as an event through
``publish``; what comes back for a session that has ended is dropped by the flow.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from kiosk.domain.devices import (
    DOCUMENT_PRINTER,
    RECEIPT_PRINTER,
    DoorChanged,
    PowerChanged,
    PrintUpdate,
    StatusChanged,
    UnlistedDevice,
)
from kiosk.domain.session import IntakeSession
from kiosk.domain.speech import Spoke
from kiosk.flow import laying_aside
from kiosk.flow.advance import advance, begin
from kiosk.flow.comeback import resume
from kiosk.flow.effects import (
    AskRecord,
    AskSlots,
    CapturePage,
    CheckCitizenCode,
    CheckPin,
    ClaimWork,
    Diagnose,
    Effect,
    FindVisit,
    FindWork,
    GoOnWithVisit,
    LookUpLicences,
    MakeReadiness,
    NewSession,
    ParkWork,
    PrintDocument,
    PrintReadiness,
    PrintReceipt,
    ReadCard,
    ReadChecks,
    ReadUsage,
    Record,
    RefreshOutbox,
    ReleaseWork,
    ScanCode,
    SendRating,
    Sound,
    StopCapture,
    StopDevices,
    SubmitCase,
    Trace,
    WatchCase,
    WipeSession,
    WriteDown,
)
from kiosk.flow.events import CommitFailed, Committed, FlowEvent, Pointed, Started
from kiosk.flow.guide_light import next_part
from kiosk.flow.present import present
from kiosk.flow.state import FlowState, forget_answers
from kiosk.flow.view import ScreenView
from kiosk.ports.clock import Clock
from kiosk.ports.devices import DeviceHub
from kiosk.ports.events import EventLog
from kiosk.services.desks import Desks


class Screens(Protocol):
    """What the runner needs of the window."""

    def render(self, view: ScreenView) -> None:
        """Show this page."""

    def wipe(self) -> None:
        """Destroy every trace of a resident in widgets, caches and clipboard."""


class SessionRunner:
    """One terminal's session machine at work. Main thread only."""

    def __init__(
        self,
        state: FlowState,
        screens: Screens,
        hub: DeviceHub,
        desks: Desks,
        clock: Clock,
        log: EventLog,
        new_session_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self.state = state
        self._screens = screens
        self._hub = hub
        self._desks = desks
        self._clock = clock
        self._log = log
        self._new_session_id = new_session_id
        self._queue: deque[FlowEvent] = deque()
        self._running = False
        self._shown: ScreenView | None = None
        self._lit: str | None = None

    def start(self) -> None:
        """Enter the first step and show it: where a crash has just ended a visit, the way back into it."""
        self._at()
        self._desks.usage.start()
        left = self._desks.visit.left() if self.state.step == "attract" else None
        if left is not None:
            self.state = resume.began(self.state, self._new_session_id(), left)
        self.state, effects = begin(self.state)
        self._show()
        for effect in effects:
            self._perform(effect, "")

    def dispatch(self, event: FlowEvent) -> None:
        """Let one event happen. Events that come of performing effects wait until this one is done."""
        self._queue.append(event)
        if self._running:
            return
        self._running = True
        try:
            while self._queue:
                self._step(self._queue.popleft())
        finally:
            self._running = False

    def _at(self) -> None:
        self.state = replace(self.state, now=self._clock.now(), mono=self._clock.monotonic())

    def _step(self, event: FlowEvent) -> None:
        self._at()
        self._record(event)
        before = self.state
        transition = advance(self.state, event)
        self.state = transition.state
        self._show()
        if isinstance(event, Pointed) and self._shown is not None:
            self._desks.narrator.pointed(event, self._shown)
        elif isinstance(event, Spoke) and event.last:
            self._desks.narrator.over()
        # What the last event of a session asks for is still about that session.
        session = self.state.session or before.session
        session_id = session.id if session else ""
        for effect in transition.effects:
            self._perform(effect, session_id)
        self._keep_visit(before)
        self._desks.usage.notice(before, event, self.state)

    def _keep_visit(self, before: FlowState) -> None:
        """What a crash must not cost: after each page that was answered, each photograph and signature."""
        state = self.state
        if state.session is not None and not state.world.parking and state.step != before.step:
            self._desks.parking.look()  # the key of the centre may have come meanwhile
        if laying_aside.of_somebody(state):
            if _stage(state) != _stage(before):
                self._desks.visit.keep(laying_aside.of_visit(state))
        elif laying_aside.of_somebody(before) and state.session is not None:
            self._desks.visit.drop()

    def _show(self) -> None:
        view = present(self.state)
        if view != self._shown:
            self._shown = view
            self._desks.narrator.shown(view)
            self._screens.render(view)
        part = next_part(self.state)
        if part != self._lit:
            self._lit = part
            self._hub.guide_to(part)

    def _record(self, event: FlowEvent) -> None:
        """World events that belong into the log whatever the flow makes of them."""
        match event:
            case Committed(session, filing):
                for case in filing.cases:
                    self._log.emit("case.committed", session=session, case_id=case.case_id)
            case CommitFailed(session, reason):
                self._log.emit("case.not_saved", session=session, code=reason)
            case StatusChanged(status):
                self._log.emit("device.status", device=status.name, code=f"{status.health.value}.{status.detail}")
            case UnlistedDevice(ident, present):
                word = "there" if present else "gone"
                self._log.emit("device.unlisted", code=f"{word}.{ident.replace(' ', '.')}")
            case PrintUpdate(job_id, outcome, detail):
                sheet = self._desks.documents.owns(job_id)
                (self._desks.documents if sheet else self._desks.receipts).journal(job_id, outcome.value)
                device = DOCUMENT_PRINTER if sheet else RECEIPT_PRINTER
                self._log.emit("print.update", device=device, code=f"{outcome.value}.{detail}".rstrip("."))
            case DoorChanged(is_open):
                self._log.emit("door.changed", code="open" if is_open else "closed")
            case PowerChanged(power):
                self._log.emit("power.changed", code=power.value)

    def _perform(self, effect: Effect, session_id: str) -> None:
        session = self.state.session
        match effect:
            case NewSession():
                self._desks.visit.begin()
                self._queue.append(Started(self._new_session_id()))
                if not self._running:
                    self.dispatch(self._queue.pop())
            case ReadCard():
                self._hub.read_card(session_id)
            case ScanCode():
                self._hub.scan_code(session_id)
            case CapturePage():
                self._hub.capture_document(session_id)
            case StopCapture():
                self._hub.cancel_capture()
            case StopDevices():
                self._hub.cancel_card()
                self._hub.cancel_scan()
                self._hub.cancel_capture()
            case CheckCitizenCode(payload):
                alone = session is None or session.joining is None
                item = self._item(session) if alone else ""
                self._desks.identity.check_code(session_id, payload, item, keep=alone)
            case LookUpLicences(types):
                if session is not None:
                    self._desks.identity.look_up(session, types)
            case AskRecord():
                if session is not None:
                    self._desks.identity.ask_record(session)
            case AskSlots(office):
                self._desks.enquiries.ask_slots(session_id, self._item(session), office)
            case WatchCase(case_id):
                self._desks.enquiries.watch(session_id, case_id)
            case FindWork():
                if session is not None:
                    self._desks.identity.find_work(session)
            case ParkWork(draft, owner):
                self._desks.parking.park(session_id, draft, owner)
            case ClaimWork():
                if session is not None:
                    self._desks.parking.take_up(session, self.state.world.packages)
            case ReleaseWork(claimed):
                self._desks.parking.release(claimed)
            case FindVisit():
                self._desks.visit.find(session_id, self.state.world.packages)
            case GoOnWithVisit():
                self._desks.visit.begin()
            case SubmitCase(filed, language):
                package = self.state.package
                if filed.work is not None:
                    self._desks.intake.follow_up(filed, filed.work, self.state.world.place, language)
                elif package is not None:
                    self._desks.intake.submit(filed, package, self.state.world.place, language, self.state.context)
            case PrintReceipt(receipt):
                self._desks.receipts.press(session_id, receipt)
            case PrintDocument(document):
                main = session.filing.main.case_id if session is not None and session.filing is not None else None
                self._desks.documents.press(session_id, main, document)
            case SendRating(item, level, reasons):
                self._desks.intake.rate(item, level, reasons)
            case WipeSession(ended):
                forget_answers()
                self._desks.identity.forget()
                self._desks.enquiries.forget()
                self._desks.visit.forget()
                self._desks.receipts.forget()
                self._desks.documents.forget()
                self._desks.narrator.forget()
                self._screens.wipe()
                self._shown = None  # the page went with the rest; what may stand there now is painted afresh
                self._show()
                if ended:
                    self._log.emit("session.wiped", session=ended)
            case CheckPin(pin):
                self._desks.staff.check_pin(pin)
            case Diagnose(command):
                self._desks.diagnostics.perform(command)
            case WriteDown(result):
                self._log.emit("check.recorded", device=result.device, code=f"{result.test}.{result.outcome.value}")
                self._desks.diagnostics.write_down(result)
            case ReadChecks():
                self._desks.diagnostics.read_records()
            case ReadUsage():
                self._desks.usage.read()
            case MakeReadiness():
                self._desks.diagnostics.make_report()
            case PrintReadiness(report):
                self._desks.diagnostics.print_report(report)
            case Trace(device):
                self._desks.diagnostics.trace(device)
            case RefreshOutbox():
                self._desks.staff.count_outbox()
            case Sound(tone):
                self._desks.sounds.play(tone)
            case Record(name, code, case_id, device):
                self._log.emit(name, session=session_id or None, case_id=case_id, device=device, code=code)

    @staticmethod
    def _item(session: IntakeSession | None) -> str:
        return session.item_id or "" if session else ""


def _stage(state: FlowState) -> tuple[object, ...]:
    """What of a visit is worth a new draft when it changes; typing on a page is not."""
    session = state.session
    if session is None:
        return ()
    return (state.step, state.page, session.papers, session.signature, session.parties, session.filing)
