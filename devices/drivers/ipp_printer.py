"""A4 documents through IPP, straight to a printer or to a CUPS queue (RFC 8011).

A document is handed over only to a printer that says it can print now, and is then followed until the printer says that
its job has ended. When its session is over before that, the job is canceled and followed on: some printers let a job
that waits for paper wait even then. While such a job is not ended the printer is `clearing` and takes nothing new, and
jobs of ours that are found after a crash or a power cut are canceled before anything else: a page must never come out
in front of the next resident. A document is handed over once; what became of it after a broken connection is unknown.
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from devices.codecs.ipp import (
    PREAMBLE,
    VERSION_1_1,
    VERSION_2_0,
    Attribute,
    Group,
    GroupTag,
    JobState,
    Message,
    Operation,
    PrinterState,
    StatusCode,
    Tag,
    boolean,
    integers,
    keywords,
    texts,
)
from devices.drivers.base import Condition, DocumentJob, Request, Served, Work
from devices.drivers.ipp_reasons import Snapshot, Verdict, judge
from devices.errors import BadAnswer, DeviceFault, NoAnswer, PortDenied, PortMissing
from devices.spec import DriverSpec, Options, OptionSpec
from devices.transports.ipp_http import IppHttp, PrinterUrl, Stopped, printer_url
from kiosk.domain.devices import DOCUMENT_PRINTER, DeviceEvent, Health, PrintOutcome, PrintUpdate

_log = logging.getLogger("kiosk.devices")

_PDF = "application/pdf"
_PRINTER_FACTS = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "document-format-supported",
    "operations-supported",
    "cups-version",
    "device-uri",
)
_JOB_FACTS = ("job-id", "job-state", "job-state-reasons")
_OUR_JOBS_FACTS = ("job-id", "job-name", "job-originating-user-name")
_QUEUE_REASONS = ("paused", "cups-", "shutdown", "moving-to-paused", "stopping")  # what a queue says of itself
_CANCEL_AGAIN_S = 5.0
_STOPPED_POLL_S = 0.2
_MODEL_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the driver waits, in seconds.

    `poll_s`: between two looks at a job; `lost_s`: the printer may stay silent for this long before a job is given up
    as unknown; `cancel_s`: a canceled job is followed for this long before the supervisor gets its thread back;
    `busy_s`: a printer that is busy is asked to take a job for this long.
    """

    poll_s: float = 1.0
    lost_s: float = 5.0
    cancel_s: float = 3.0
    busy_s: float = 15.0


_Place = tuple[IppHttp, PrinterUrl]


@dataclass(slots=True)
class _Ours:
    """A job of ours at the printer. `job_id` None: left over from an earlier run, nobody waits for its end.

    `at` is where it is when that is not the printer of the settings: a CUPS queue hands its jobs on.
    """

    number: int
    job_id: str | None
    emit: Callable[[DeviceEvent], None]
    said: tuple[PrintOutcome, str] = (PrintOutcome.QUEUED, "")
    broken: tuple[PrintOutcome, str] | None = None  # what to say of an end other than completed
    canceled_at: float | None = None
    at: _Place | None = None

    def say(self, outcome: PrintOutcome, detail: str = "") -> None:
        """Tell how far the job is, if that is new."""
        if self.job_id is not None and self.said != (outcome, detail):
            self.said = (outcome, detail)
            self.emit(PrintUpdate(self.job_id, outcome, detail))


class _Refused(Exception):
    """The printer answered no; `code` is its status code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:#06x}")
        self.code = code

    @property
    def detail(self) -> str:
        return _REFUSALS.get(self.code, f"refused_{self.code:04x}")


_REFUSALS: dict[int, str] = {
    StatusCode.FORBIDDEN: "not_authorised",
    StatusCode.NOT_AUTHENTICATED: "not_authorised",
    StatusCode.NOT_AUTHORISED: "not_authorised",
    StatusCode.DOCUMENT_FORMAT_NOT_SUPPORTED: "no_pdf",
    StatusCode.NOT_ACCEPTING_JOBS: "not_accepting",
    StatusCode.BUSY: "printer_busy",
}


class IppPrinter:
    """Driver `ipp`. `owner` marks this terminal's jobs at the printer; no other terminal may have the same."""

    driver = "ipp"
    idle_every_s = 1.0
    probe_every_s = 10.0

    def __init__(
        self,
        url: PrinterUrl,
        owner: str,
        *,
        media: str = "iso_a4_210x297mm",
        sides: str = "one-sided",
        http: IppHttp | None = None,
        ca_file: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._url = url
        self._owner = owner
        self._media = media
        self._sides = sides
        self._ca_file = ca_file
        self._http = http or IppHttp(url, ca_file=ca_file)
        self._patience = patience or Patience()
        self._version = VERSION_2_0
        self._requests = 0
        self._model = ""
        self._operations: frozenset[int] = frozenset()
        self._is_cups = False
        self._behind: _Place | None = None  # the IPP printer that a CUPS queue prints on
        self._open: list[_Ours] = []

    # --- life ---------------------------------------------------------------------------------------------------

    @property
    def model(self) -> str:
        """See Driver: printer-make-and-model."""
        return self._model

    def present(self) -> bool | None:
        """See Driver: a network device is seen only by asking it."""
        return None

    def connect(self, *, reset: bool) -> Condition:
        """See Driver. Each request is a connection of its own, so there is nothing to reset."""
        verdict = judge(self._look())
        self._adopt_strays()
        self._clear()
        return self._condition(verdict)

    def probe(self) -> Condition:
        """See Driver: Get-Printer-Attributes."""
        verdict = judge(self._look())
        self._clear()
        return self._condition(verdict)

    def idle(self) -> Condition | None:
        """See Driver: while a canceled job is not ended, look after it each second."""
        return self.probe() if self._open else None

    def self_test(self) -> tuple[bool, str]:
        """See Driver: the printer's state, and whether it would take a PDF on this paper. Nothing is printed."""
        verdict = judge(self._look())
        operation = (texts(Tag.MIME_TYPE, "document-format", _PDF),)
        try:
            answer = self._call(Operation.VALIDATE_JOB, operation, self._job_template())
        except _Refused as refused:
            return False, f"{refused.detail}: Validate-Job {refused.code:04X}"
        return not verdict.blocks, f"{verdict.condition.detail}: Validate-Job {answer.code:04X}"

    def close(self) -> None:
        """See Driver. Jobs still open are unknown to whoever waits for them; `connect` finds and ends them."""
        for ours in self._open:
            ours.say(PrintOutcome.UNKNOWN, "connection_lost")
        self._open.clear()

    # --- printing -----------------------------------------------------------------------------------------------

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, DocumentJob):
            return Served(done=True)
        if (refusal := self._refusal(request, work)) is not None:
            work.emit(PrintUpdate(request.job_id, *refusal))
            return Served(done=True)
        ours = self._hand_over(request, work)
        if ours is not None:
            self._follow(ours, work)
        work.report(self.probe())
        return Served(done=True)

    def _refusal(self, job: DocumentJob, work: Work) -> tuple[PrintOutcome, str] | None:
        """Why this document is not handed over now; None when it may be. The printer's state is asked afresh."""
        if not job.pdf.startswith(b"%PDF-"):
            return PrintOutcome.FAILED, "not_pdf"
        try:
            verdict = judge(self._look())
            self._clear()
        except DeviceFault as fault:
            work.emit(PrintUpdate(job.job_id, PrintOutcome.FAILED, fault.code))
            raise
        condition = self._condition(verdict)
        work.report(condition)
        if verdict.blocks or self._open:
            return PrintOutcome.FAILED, condition.detail
        if work.stopped():
            return PrintOutcome.CANCELED, ""
        work.report(replace(condition, health=Health.DEVICE_BUSY, detail="printing"))
        return None

    def _hand_over(self, job: DocumentJob, work: Work) -> _Ours | None:
        """Make the printer's job and send the document. None: it has ended already, and that has been told."""
        name = f"{self._owner} {secrets.token_hex(4)}"
        if Operation.CREATE_JOB not in self._operations or Operation.SEND_DOCUMENT not in self._operations:
            return self._print_job(job, name, work)
        try:
            made = self._create(name, work)
        except _Refused as refused:
            if refused.code == StatusCode.OPERATION_NOT_SUPPORTED:
                return self._print_job(job, name, work)
            end = _CANCELED if work.stopped() else (PrintOutcome.FAILED, refused.detail)
            work.emit(PrintUpdate(job.job_id, *end))
            return None
        except DeviceFault as fault:
            work.emit(PrintUpdate(job.job_id, PrintOutcome.FAILED, fault.code))
            raise
        ours = self._opened(made, job, work)
        operation = (
            integers("job-id", ours.number),
            texts(Tag.MIME_TYPE, "document-format", _PDF),
            boolean("last-document", True),
        )

        def wanted(stalled: bool) -> bool:
            return self._wanted(ours, work, stalled)

        try:
            self._call(Operation.SEND_DOCUMENT, operation, document=job.pdf, wanted=wanted)
        except Stopped:
            pass  # `_follow` cancels the job
        except _Refused as refused:
            ours.broken = (PrintOutcome.FAILED, refused.detail)
        except DeviceFault as fault:
            ours.broken = (PrintOutcome.UNKNOWN, fault.code)
        return ours

    def _create(self, name: str, work: Work) -> Message:
        """Create-Job; a printer still busy with the end of the job before is asked again for a while."""
        until = time.monotonic() + self._patience.busy_s
        while True:
            try:
                return self._call(Operation.CREATE_JOB, (texts(Tag.NAME, "job-name", name),), self._job_template())
            except _Refused as refused:
                if refused.code != StatusCode.BUSY or time.monotonic() >= until or work.pause(self._patience.poll_s):
                    raise

    def _print_job(self, job: DocumentJob, name: str, work: Work) -> _Ours | None:
        """For printers without Create-Job: all in one request."""
        operation = (texts(Tag.NAME, "job-name", name), texts(Tag.MIME_TYPE, "document-format", _PDF))
        try:
            made = self._call(
                Operation.PRINT_JOB,
                operation,
                self._job_template(),
                document=job.pdf,
                wanted=lambda stalled: not work.stopped(),
            )
        except Stopped as stopped:
            self._take_back(job, work, _GONE if stopped.whole else _CANCELED)
            return None
        except _Refused as refused:
            work.emit(PrintUpdate(job.job_id, PrintOutcome.FAILED, refused.detail))
            return None
        except DeviceFault as fault:
            work.emit(PrintUpdate(job.job_id, PrintOutcome.UNKNOWN, fault.code))
            raise
        return self._opened(made, job, work)

    def _take_back(self, job: DocumentJob, work: Work, if_gone: _End) -> None:
        """The printer was not heard out and may have made a job of the document: cancel it, and tell how it ends."""
        try:
            if not self._adopt(None, _Ours(0, job.job_id, work.emit)):
                work.emit(PrintUpdate(job.job_id, *if_gone))
        except DeviceFault as fault:
            work.emit(PrintUpdate(job.job_id, PrintOutcome.UNKNOWN, fault.code))
            raise
        self._clear()
        self._adopt_strays()

    def _opened(self, made: Message, job: DocumentJob, work: Work) -> _Ours:
        number = made.first(GroupTag.JOB).number("job-id")
        if number is None:
            work.emit(PrintUpdate(job.job_id, PrintOutcome.UNKNOWN, BadAnswer.code))
            raise BadAnswer(str(self._url))
        ours = _Ours(number, job.job_id, work.emit)
        self._open.append(ours)
        return ours

    def _wanted(self, ours: _Ours, work: Work, stalled: bool) -> bool:
        """Asked while the document is sent. A printer without room for it takes it page by page and may wait there."""
        if stalled and not work.stopped():
            with contextlib.suppress(DeviceFault):  # the sending itself will say so
                self._tell(ours, JobState.PENDING, judge(self._look()), work)
        return not work.stopped()

    # --- following ----------------------------------------------------------------------------------------------

    def _follow(self, ours: _Ours, work: Work) -> None:
        """Look at the job each second until it has ended, or until it was canceled and is left to `idle`."""
        heard_at = time.monotonic()
        stop_at: float | None = None
        while True:
            if stop_at is None and (work.stopped() or ours.broken is not None):
                stop_at = time.monotonic() + self._patience.cancel_s
            try:
                if stop_at is not None:
                    self._cancel(ours)
                state = self._ask(ours)
                if state is None:
                    return
                self._tell(ours, state, judge(self._look()), work)
                heard_at = time.monotonic()
            except DeviceFault as fault:
                if time.monotonic() - heard_at >= self._patience.lost_s:
                    self._open.remove(ours)
                    ours.say(PrintOutcome.UNKNOWN, fault.code)
                    raise
            if stop_at is None:
                work.pause(self._patience.poll_s)
            elif time.monotonic() < stop_at:
                time.sleep(_STOPPED_POLL_S)  # `pause` returns at once by now
            else:
                return

    def _tell(self, ours: _Ours, state: int, verdict: Verdict, work: Work) -> None:
        """Say how far a job is that has not ended, and how the printer is meanwhile."""
        condition = verdict.condition
        if verdict.holds:
            ours.say(PrintOutcome.HELD, condition.detail)
        elif state in (JobState.HELD, JobState.STOPPED):
            ours.say(PrintOutcome.HELD, "job_held" if state == JobState.HELD else "printer_stopped")
        elif state == JobState.PROCESSING:
            ours.say(PrintOutcome.SENT)
        elif ours.said[0] is PrintOutcome.HELD:
            ours.say(PrintOutcome.QUEUED)
        if not verdict.holds:
            condition = replace(condition, health=Health.DEVICE_BUSY, detail="printing")
        work.report(condition)

    def _clear(self) -> None:
        """Cancel what is still there of jobs that nobody may get any more, and see what has ended."""
        for ours in tuple(self._open):
            self._cancel(ours)
            self._ask(ours)

    def _cancel(self, ours: _Ours) -> None:
        """Cancel-Job, again every few seconds: a printer may forget it while it waits for paper."""
        now = time.monotonic()
        if ours.canceled_at is not None and now - ours.canceled_at < _CANCEL_AGAIN_S:
            return
        first = ours.canceled_at is None
        ours.canceled_at = now
        try:
            self._call(Operation.CANCEL_JOB, (integers("job-id", ours.number),), at=ours.at)
        except _Refused as refused:
            if first and refused.code not in (StatusCode.NOT_POSSIBLE, StatusCode.NOT_FOUND):
                _log.warning("document printer: job %d is not canceled, %04x", ours.number, refused.code)

    def _ask(self, ours: _Ours) -> int | None:
        """The job's state; None when it has ended, which has been told then. Raises DeviceFault."""
        facts = keywords("requested-attributes", *_JOB_FACTS)
        try:
            answer = self._call(Operation.GET_JOB_ATTRIBUTES, (integers("job-id", ours.number), facts), at=ours.at)
        except _Refused as refused:
            if refused.code != StatusCode.NOT_FOUND:
                raise BadAnswer(str(self._url)) from refused
            self._ended(ours, _GONE if ours.canceled_at is None else _CANCELED)
            return None
        job = answer.first(GroupTag.JOB)
        state = job.number("job-state")
        if state is None:
            raise BadAnswer(str(self._url))
        end = _end(state, job.texts("job-state-reasons"))
        if end is None:
            return state
        self._ended(ours, end)
        return None

    def _ended(self, ours: _Ours, end: _End) -> None:
        self._open.remove(ours)
        if self._is_cups and ours.at is None:
            # A queue may be set to keep documents; this takes ours off its disk.
            with contextlib.suppress(DeviceFault, _Refused):
                self._call(Operation.CANCEL_JOB, (integers("job-id", ours.number), boolean("purge-job", True)))
            if ours.canceled_at is not None and self._behind is not None and self._adopt(self._behind, ours):
                return  # canceled in the queue, still at the printer: the end is told when it has ended there
        ours.say(*(end if ours.broken is None or end[0] is PrintOutcome.CONFIRMED else ours.broken))

    def _adopt_strays(self) -> None:
        """Take charge of our jobs that we do not know of: of an earlier run, or made in a broken exchange."""
        for place in (None, self._behind):
            self._adopt(place, None)

    def _adopt(self, place: _Place | None, heir_of: _Ours | None) -> bool:
        """Take charge of our jobs at a place; whether there are any. They tell the end of the queue's job they are."""
        known = {(ours.number, ours.at) for ours in self._open}
        try:
            numbers = self._our_jobs(place)
        except DeviceFault:
            if place is None:
                raise
            return False  # the queue will say how its printer is
        fresh = [number for number in numbers if (number, place) not in known]
        for number in fresh:
            if heir_of is None:
                _log.warning("document printer: job %d is left over and is canceled", number)
                self._open.append(_Ours(number, None, _nobody, at=place))
            else:
                self._open.append(replace(heir_of, number=number, canceled_at=None, at=place))
        return bool(fresh)

    def _our_jobs(self, place: _Place | None) -> tuple[int, ...]:
        """The numbers of this terminal's jobs that have not ended, by the names it gave them."""
        operation = (keywords("which-jobs", "not-completed"), keywords("requested-attributes", *_OUR_JOBS_FACTS))
        try:
            jobs = self._call(Operation.GET_JOBS, operation, at=place).all(GroupTag.JOB)
        except _Refused as refused:
            _log.warning("document printer: it does not list its jobs, %04x", refused.code)
            return ()
        numbers = (job.number("job-id") for job in jobs if self._is_ours(job))
        return tuple(number for number in numbers if number is not None)

    def _is_ours(self, job: Group) -> bool:
        name = job.text("job-name") or ""
        return name.startswith(f"{self._owner} ") or job.text("job-originating-user-name") == self._owner

    # --- asking -------------------------------------------------------------------------------------------------

    def _condition(self, verdict: Verdict) -> Condition:
        if self._open:
            return Condition(Health.DEVICE_BUSY, verdict.condition.supply, "clearing")
        return verdict.condition

    def _look(self) -> Snapshot:
        """Get-Printer-Attributes. Raises DeviceFault."""
        printer = self._attributes(self._http, self._url)
        state = printer.number("printer-state")
        if state is None:
            raise BadAnswer(str(self._url))
        model = "".join(each for each in printer.text("printer-make-and-model") or "" if each.isprintable())
        self._model = model[:_MODEL_CHARACTERS] or "IPP printer"
        self._operations = frozenset(printer.numbers("operations-supported"))
        self._is_cups = printer.get("cups-version") is not None
        behind = printer_url((printer.text("device-uri") or "").partition("?")[0]) if self._is_cups else None
        if behind is None:
            self._behind = None
        elif self._behind is None or self._behind[1] != behind:
            self._behind = (IppHttp(behind, ca_file=self._ca_file), behind)
        formats = printer.texts("document-format-supported")
        snapshot = Snapshot(
            state,
            printer.texts("printer-state-reasons"),
            accepting=printer.flag("printer-is-accepting-jobs") is not False,
            takes_pdf=not formats or _PDF in formats,
        )
        if self._is_cups and state == PrinterState.IDLE and judge(snapshot).blocks:
            return self._look_behind(snapshot)
        return snapshot

    def _look_behind(self, snapshot: Snapshot) -> Snapshot:
        """An idle CUPS queue repeats what its printer said in the last job; an IPP printer is asked itself."""
        if self._behind is None:
            return snapshot
        try:
            behind = self._attributes(*self._behind)
        except DeviceFault:
            return snapshot
        own = tuple(reason for reason in snapshot.reasons if reason.startswith(_QUEUE_REASONS))
        return replace(
            snapshot,
            state=behind.number("printer-state"),
            reasons=(*behind.texts("printer-state-reasons"), *own),
            accepting=snapshot.accepting and behind.flag("printer-is-accepting-jobs") is not False,
        )

    def _attributes(self, http: IppHttp, url: PrinterUrl) -> Group:
        wanted = (keywords("requested-attributes", *_PRINTER_FACTS),)
        try:
            return self._call(Operation.GET_PRINTER_ATTRIBUTES, wanted, at=(http, url)).first(GroupTag.PRINTER)
        except _Refused as refused:
            fault = _LOOK_FAULTS.get(refused.code, BadAnswer)
            raise fault(str(url)) from refused

    def _job_template(self) -> tuple[Attribute, ...]:
        return (
            keywords("media", self._media),
            integers("copies", 1),
            keywords("sides", self._sides),
            keywords("job-hold-until", "no-hold"),
        )

    def _call(
        self,
        operation: Operation,
        attributes: Iterable[Attribute],
        job: tuple[Attribute, ...] = (),
        *,
        document: bytes | None = None,
        wanted: Callable[[bool], bool] = lambda stalled: True,
        at: _Place | None = None,
    ) -> Message:
        """One request, to the printer of the settings or another. Raises DeviceFault, _Refused, Stopped."""
        http, url = at or (self._http, self._url)
        target = texts(Tag.URI, "printer-uri", str(url))
        user = texts(Tag.NAME, "requesting-user-name", self._owner)
        given = {attribute.name: attribute for attribute in attributes}
        # The order is the standard's: target, job-id, who asks, the rest.
        numbered = tuple(each for name, each in given.items() if name == "job-id")
        rest = tuple(each for name, each in given.items() if name != "job-id")
        groups = [Group(GroupTag.OPERATION, (*PREAMBLE, target, *numbered, user, *rest))]
        if job:
            groups.append(Group(GroupTag.JOB, job))
        self._requests += 1
        request = Message(operation, self._requests, tuple(groups), self._version)
        answer = http.exchange(request, document, wanted)
        if answer.code == StatusCode.VERSION_NOT_SUPPORTED and self._version == VERSION_2_0:
            self._version = VERSION_1_1
            return self._call(operation, attributes, job, document=document, wanted=wanted, at=at)
        if not answer.succeeded:
            raise _Refused(answer.code)
        return answer


_LOOK_FAULTS: dict[int, type[DeviceFault]] = {
    StatusCode.NOT_FOUND: PortMissing,
    StatusCode.FORBIDDEN: PortDenied,
    StatusCode.NOT_AUTHENTICATED: PortDenied,
    StatusCode.NOT_AUTHORISED: PortDenied,
    StatusCode.BUSY: NoAnswer,
}


_End = tuple[PrintOutcome, str]
_CANCELED: _End = (PrintOutcome.CANCELED, "")
_GONE: _End = (PrintOutcome.UNKNOWN, "job_gone")


def _end(state: int, reasons: tuple[str, ...]) -> _End | None:
    """How a job has ended; None while it has not."""
    match state:
        case JobState.COMPLETED if "job-completed-with-errors" in reasons:
            return PrintOutcome.UNKNOWN, "completed_with_errors"
        case JobState.COMPLETED:
            return PrintOutcome.CONFIRMED, ""
        case JobState.CANCELED:
            return _CANCELED
        case JobState.ABORTED:
            return PrintOutcome.FAILED, next((_ABORTS[each] for each in reasons if each in _ABORTS), "aborted")
        case _:
            return None


_ABORTS: dict[str, str] = {
    "document-format-error": "document_unreadable",
    "unsupported-document-format": "no_pdf",
    "document-access-error": "document_unreadable",
    "conflicting-attributes": "media_unsupported",
    "unsupported-attributes-or-values": "media_unsupported",
}


def _nobody(_event: DeviceEvent) -> None:
    """Nobody waits for the end of a job of an earlier run."""


def owner_name(host: str) -> str:
    """What marks a terminal's jobs at the printer, from its host name."""
    return f"terminal-{re.sub(r'[^A-Za-z0-9.-]+', '-', host)[:40] or 'unnamed'}"


# --- settings ---------------------------------------------------------------------------------------------------


def _make(options: Options) -> IppPrinter:
    url = printer_url(str(options["url"]))
    if url is None:
        raise ValueError("url")  # checked with the settings
    owner = str(options["owner"]) if "owner" in options else owner_name(socket.gethostname())
    ca_file = str(options["ca_file"]) if "ca_file" in options else None
    return IppPrinter(url, owner, media=str(options["media"]), sides=str(options["sides"]), ca_file=ca_file)


def _check_url(value: str | int) -> str | None:
    return None if printer_url(str(value)) else "must be ipp://HOST[:PORT]/PATH or ipps://HOST[:PORT]/PATH"


SPEC = DriverSpec(
    "ipp",
    DOCUMENT_PRINTER,
    {
        "url": OptionSpec(
            "url",
            "The printer, or its CUPS queue.",
            schemes=("ipp", "ipps"),
            example="ipp://localhost:631/printers/a4",
            check=_check_url,
        ),
        "media": OptionSpec(
            "text",
            "The paper, by its PWG name.",
            default="iso_a4_210x297mm",
            pattern=r"[a-z0-9._-]+_[0-9.]+x[0-9.]+(mm|in)",
        ),
        "sides": OptionSpec(
            "text", "One or both sides.", ("one-sided", "two-sided-long-edge", "two-sided-short-edge"), "one-sided"
        ),
        "owner": OptionSpec(
            "text",
            "Marks this terminal's jobs at the printer; each has its own. Without it: made from the host name.",
            optional=True,
            pattern=r"[A-Za-z0-9._-]{1,60}",
            example="terminal-hall-3",
        ),
        "ca_file": OptionSpec(
            "path",
            "For ipps: the printer's certificate, or its issuer's, as PEM. Without it: what the system trusts.",
            optional=True,
        ),
    },
    _make,
    about="An A4 printer or a CUPS queue through IPP.",
    page="docs/devices/document_printer.md",
)
