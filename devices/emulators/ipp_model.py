"""An IPP printer without network or clock: answers requests, prints page by page, can be out of anything.

It behaves like a small office printer: one job after the other, a job that meets an empty tray or an open cover stops
and goes on by itself when a person has seen to it, and a canceled job ends before its next page. `stubborn` makes it
one of those that let a waiting job wait whatever is asked of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from devices.codecs.ipp import (
    PREAMBLE,
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
    enums,
    integers,
    keywords,
    texts,
)
from devices.emulators.model import Args, Refused, int_arg, text_arg

PDF = "application/pdf"
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_ENDED = (JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED)
_KEPT_JOBS = 50
_TROUBLES: Mapping[str, str] = MappingProxyType(
    {"paper": "media-empty", "jam": "media-jam", "cover": "cover-open", "toner": "toner-empty"}
)

DocumentSink = Callable[[bytes], None]


@dataclass(slots=True)
class Job:
    """One job. `pdf` None: its document has not come yet."""

    number: int
    name: str = field(repr=False)
    user: str
    pdf: bytes | None = field(default=None, repr=False)
    pages: int = 0
    pages_out: int = 0
    state: JobState = JobState.PENDING
    reason: str = "job-incoming"
    canceled: bool = False

    def end(self, state: JobState, reason: str) -> None:
        """It is over; the document is forgotten."""
        self.state, self.reason, self.pdf = state, reason, None


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF seems to have, at least 1: enough for a printer that prints none of them."""
    return max(1, len(_PAGE.findall(pdf)))


class IppModel:
    """`on_document` gets the document of each job whose last page has come out."""

    verbs = frozenset(
        {
            "paper",
            "jam",
            "cover",
            "toner",
            "slow",
            "abort",
            "offline",
            "stubborn",
            "fail_after_pages",
            "reason",
            "without",
            "cups",
        }
    )

    def __init__(self, on_document: DocumentSink, *, pages_per_minute: int = 120) -> None:
        self._on_document = on_document
        self._page_s = 60 / pages_per_minute
        self._paper = "ok"
        self._toner = "ok"
        self._jam = self._cover = self._offline = self._stubborn = self._abort_next = False
        self._extra: tuple[str, ...] = ()
        self._operations = frozenset(Operation)
        self._device_uri: str | None = None
        self._fail_after: tuple[int, str] | None = None
        self._jobs: list[Job] = []
        self._last_number = 0
        self._page_due: float | None = None
        self._pages_out = 0

    # --- a person at the printer --------------------------------------------------------------------------------

    def act(self, do: str, args: Args) -> None:
        """Carry out a control command. Raises Refused.

        `paper`, `toner` {"level": ok|low|out}; `jam`, `offline`, `stubborn` {"on"}; `cover` {"open"};
        `slow` {"pages_per_minute"}; `abort`: the job at hand, else the next; `reason` {"keywords"}: more
        printer-state-reasons, as one text; `fail_after_pages` {"pages", "what": paper|jam|cover|toner}; `without`
        {"operations"}: those it does not know, as in CREATE_JOB; `cups` {"device_uri"}: it is a CUPS queue that prints
        there.
        """
        match do:
            case "paper":
                self._paper = _level(args)
            case "toner":
                self._toner = _level(args)
            case "jam":
                self._jam = _switch(args, "on")
            case "cover":
                self._cover = _switch(args, "open")
            case "offline":
                self._offline = _switch(args, "on")
            case "stubborn":
                self._stubborn = _switch(args, "on")
            case "slow":
                self._page_s = 60 / max(1, int_arg(args, "pages_per_minute", 6))
            case "reason":
                self._extra = tuple(text_arg(args, "keywords", "").split())
            case "fail_after_pages":
                what = text_arg(args, "what", "paper")
                if what not in _TROUBLES:
                    raise Refused(f"what must be one of {', '.join(_TROUBLES)}")
                self._fail_after = (int_arg(args, "pages", 1), what)
            case "without":
                missing = text_arg(args, "operations", "").split()
                self._operations = frozenset(each for each in Operation if each.name not in missing)
            case "cups":
                self._device_uri = text_arg(args, "device_uri")
            case "abort":
                self._abort()
            case _:
                raise Refused(f"unknown command {do!r}")

    def power_cycle(self) -> None:
        """Jobs are in memory only: what was there is gone. Paper, cover and toner stay as they are."""
        self._jobs.clear()
        self._page_due = None
        self._abort_next = False

    def state(self) -> dict[str, object]:
        """What a person would see: the display, the tray, and the jobs."""
        return {
            "paper": self._paper,
            "toner": self._toner,
            "jam": self._jam,
            "cover_open": self._cover,
            "offline": self._offline,
            "reasons": list(self._reasons()),
            "pages_out": self._pages_out,
            "jobs": [
                {"id": job.number, "state": job.state.name.lower(), "pages": job.pages, "pages_out": job.pages_out}
                for job in self._jobs
            ],
        }

    def _abort(self) -> None:
        job = self._current()
        if job is None:
            self._abort_next = True
        else:
            job.end(JobState.ABORTED, "aborted-by-system")
            self._page_due = None

    # --- printing -----------------------------------------------------------------------------------------------

    def advance(self, now: float) -> float | None:
        """Let time pass up to `now`; when to come again, None while nothing moves. Times are monotonic seconds."""
        while (job := self._current()) is not None:
            blocked = self._blocked()
            if job.canceled and not (blocked and self._stubborn):
                self._leave(job, JobState.CANCELED, "job-canceled-by-user")
            elif self._abort_next:
                self._abort_next = False
                self._leave(job, JobState.ABORTED, "aborted-by-system")
            elif blocked:
                job.state, job.reason = JobState.STOPPED, "printer-stopped"
                self._page_due = None
                return None
            else:
                job.state, job.reason = JobState.PROCESSING, "job-printing"
                if self._page_due is None:
                    self._page_due = now + self._page_s
                if now < self._page_due:
                    return self._page_due
                self._put_out_a_page(job)
        return None

    def _put_out_a_page(self, job: Job) -> None:
        job.pages_out += 1
        self._pages_out += 1
        if self._fail_after is not None:
            left, what = self._fail_after
            self._fail_after = (left - 1, what) if left > 1 else None
            if left <= 1:
                self._break(what)
        if job.pages_out < job.pages:
            self._page_due = (self._page_due or 0.0) + self._page_s
            return
        pdf = job.pdf or b""
        self._on_document(pdf)
        self._leave(job, JobState.COMPLETED, "job-completed-successfully")

    def _break(self, what: str) -> None:
        match what:
            case "paper":
                self._paper = "out"
            case "toner":
                self._toner = "out"
            case "jam":
                self._jam = True
            case _:
                self._cover = True

    def _leave(self, job: Job, state: JobState, reason: str) -> None:
        job.end(state, reason)
        self._page_due = None

    def _current(self) -> Job | None:
        return next((job for job in self._jobs if job.state not in _ENDED and job.pdf is not None), None)

    def _blocked(self) -> bool:
        return self._paper == "out" or self._toner == "out" or self._jam or self._cover or self._offline

    def _reasons(self) -> tuple[str, ...]:
        found = [
            (self._paper == "out", "media-empty-error"),
            (self._paper == "out" and self._current() is not None, "media-needed-error"),
            (self._paper == "low", "media-low-warning"),
            (self._jam, "media-jam-error"),
            (self._cover, "cover-open-error"),
            (self._toner == "out", "toner-empty-error"),
            (self._toner == "low", "toner-low-warning"),
            (self._offline, "paused"),
        ]
        return (*(reason for holds, reason in found if holds), *self._extra) or ("none",)

    # --- requests -----------------------------------------------------------------------------------------------

    def answer(self, request: Message, document: bytes, url: str) -> Message:
        """The answer to a request and the document behind it. `url` is the printer's own."""
        asked = request.first(GroupTag.OPERATION)
        if request.version[0] not in (1, 2):
            return _reply(request, StatusCode.VERSION_NOT_SUPPORTED)
        if asked.attributes[:2] and [each.name for each in asked.attributes[:2]] != [each.name for each in PREAMBLE]:
            return _reply(request, StatusCode.BAD_REQUEST)
        if request.code not in self._operations:
            return _reply(request, StatusCode.OPERATION_NOT_SUPPORTED)
        match request.code:
            case Operation.GET_PRINTER_ATTRIBUTES:
                return _reply(request, StatusCode.OK, Group(GroupTag.PRINTER, _wanted(asked, self._facts(url))))
            case Operation.VALIDATE_JOB:
                return _reply(request, self._refusal(asked))
            case Operation.CREATE_JOB | Operation.PRINT_JOB:
                return self._new_job(request, asked, document, url)
            case Operation.GET_JOBS:
                return self._list(request, asked, url)
            case Operation.SEND_DOCUMENT | Operation.CANCEL_JOB | Operation.GET_JOB_ATTRIBUTES:
                return self._about_job(request, asked, document, url)
            case _:
                return _reply(request, StatusCode.OPERATION_NOT_SUPPORTED)

    def _refusal(self, asked: Group) -> StatusCode:
        if self._offline:
            return StatusCode.NOT_ACCEPTING_JOBS
        good = (asked.text("document-format") or PDF) in (PDF, "application/octet-stream")
        return StatusCode.OK if good else StatusCode.DOCUMENT_FORMAT_NOT_SUPPORTED

    def _new_job(self, request: Message, asked: Group, document: bytes, url: str) -> Message:
        if (refusal := self._refusal(asked)) is not StatusCode.OK:
            return _reply(request, refusal)
        self._last_number += 1
        user = asked.text("requesting-user-name") or "anonymous"
        job = Job(self._last_number, asked.text("job-name") or "untitled", user)
        self._jobs.append(job)
        del self._jobs[:-_KEPT_JOBS]
        if request.code == Operation.PRINT_JOB:
            _receive(job, document)
        return _reply(request, StatusCode.OK, Group(GroupTag.JOB, _job_facts(job, url)[:4]))

    def _about_job(self, request: Message, asked: Group, document: bytes, url: str) -> Message:
        number = asked.number("job-id")
        job = next((each for each in self._jobs if each.number == number), None)
        if job is None:
            return _reply(request, StatusCode.NOT_FOUND)
        if request.code == Operation.GET_JOB_ATTRIBUTES:
            return _reply(request, StatusCode.OK, Group(GroupTag.JOB, _wanted(asked, _job_facts(job, url))))
        if job.state in _ENDED:
            return _reply(request, StatusCode.NOT_POSSIBLE)
        if request.code == Operation.SEND_DOCUMENT:
            if (refusal := self._refusal(asked)) is not StatusCode.OK:
                return _reply(request, refusal)
            if job.canceled or job.pdf is not None:
                return _reply(request, StatusCode.NOT_POSSIBLE)
            _receive(job, document)
            return _reply(request, StatusCode.OK, Group(GroupTag.JOB, _job_facts(job, url)[:4]))
        job.canceled = True
        job.reason = "processing-to-stop-point"
        if job.pdf is None:
            job.end(JobState.CANCELED, "job-canceled-by-user")
        return _reply(request, StatusCode.OK)

    def _list(self, request: Message, asked: Group, url: str) -> Message:
        ended = asked.text("which-jobs") == "completed"
        jobs = [job for job in self._jobs if (job.state in _ENDED) == ended]
        return _reply(
            request, StatusCode.OK, *(Group(GroupTag.JOB, _wanted(asked, _job_facts(job, url))) for job in jobs)
        )

    def _facts(self, url: str) -> tuple[Attribute, ...]:
        current = self._current()
        if self._blocked():
            state = PrinterState.STOPPED
        else:
            state = PrinterState.IDLE if current is None else PrinterState.PROCESSING
        queue: tuple[Attribute, ...] = ()
        if self._device_uri is not None:
            queue = (texts(Tag.TEXT, "cups-version", "2.4.2"), texts(Tag.URI, "device-uri", self._device_uri))
        return (
            texts(Tag.URI, "printer-uri-supported", url),
            texts(Tag.NAME, "printer-name", "emulated"),
            texts(Tag.TEXT, "printer-make-and-model", "Emulated A4 printer"),
            enums("printer-state", state),
            keywords("printer-state-reasons", *self._reasons()),
            boolean("printer-is-accepting-jobs", not self._offline),
            keywords("ipp-versions-supported", "1.1", "2.0"),
            enums("operations-supported", *sorted(self._operations)),
            texts(Tag.CHARSET, "charset-configured", "utf-8"),
            texts(Tag.CHARSET, "charset-supported", "utf-8"),
            texts(Tag.LANGUAGE, "natural-language-configured", "en"),
            texts(Tag.LANGUAGE, "generated-natural-language-supported", "en"),
            texts(Tag.MIME_TYPE, "document-format-default", PDF),
            texts(Tag.MIME_TYPE, "document-format-supported", PDF, "application/octet-stream"),
            keywords("media-supported", "iso_a4_210x297mm"),
            keywords("media-default", "iso_a4_210x297mm"),
            keywords("sides-supported", "one-sided", "two-sided-long-edge"),
            keywords("compression-supported", "none"),
            keywords("pdl-override-supported", "attempted"),
            keywords("uri-authentication-supported", "requesting-user-name"),
            keywords("uri-security-supported", "none"),
            integers("queued-job-count", sum(job.state not in _ENDED for job in self._jobs)),
            integers("printer-up-time", 1),
            *queue,
        )


def _receive(job: Job, document: bytes) -> None:
    job.pdf, job.pages, job.reason = document, count_pages(document), "none"


def _reply(request: Message, status: StatusCode, *groups: Group) -> Message:
    return Message(status, request.request_id, (Group(GroupTag.OPERATION, PREAMBLE), *groups), request.version)


def _wanted(asked: Group, facts: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """The facts that `requested-attributes` names; group names and none at all mean every one."""
    names = set(asked.texts("requested-attributes"))
    if not names or names & {"all", "printer-description", "job-description", "job-template"}:
        return facts
    return tuple(each for each in facts if each.name in names)


def _job_facts(job: Job, url: str) -> tuple[Attribute, ...]:
    return (
        integers("job-id", job.number),
        texts(Tag.URI, "job-uri", f"{url}/{job.number}"),
        enums("job-state", job.state),
        keywords("job-state-reasons", job.reason),
        texts(Tag.NAME, "job-name", job.name),
        texts(Tag.NAME, "job-originating-user-name", job.user),
        integers("job-impressions-completed", job.pages_out),
    )


def _level(args: Args) -> str:
    level = text_arg(args, "level", "out")
    if level not in ("ok", "low", "out"):
        raise Refused("level must be ok, low or out")
    return level


def _switch(args: Args, key: str) -> bool:
    on = args.get(key, True)
    if not isinstance(on, bool):
        raise Refused(f"{key} must be true or false")
    return on
