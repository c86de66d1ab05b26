"""Everything that can happen to the flow: what a hand does, what devices report, what the world answers.

The first part is the only thing a screen may say.
Control names are the vocabulary shared by screens, stories and tests: ``action.next|back|exit|help|language``,
``item.ID``, ``life.ID``, ``field.PATH``, ``choice.PATH.VALUE`` and a few more, listed in ``docs/stories.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from kiosk.domain.case import CaseAnswer
from kiosk.domain.devices import DeviceEvent, SelfTestReport
from kiosk.domain.diagnostics import CheckRecord, Readiness, TraceRow
from kiosk.domain.open_work import OpenWork
from kiosk.domain.parked import Claimed, Parked
from kiosk.domain.session import Draft, Filing, Subject
from kiosk.domain.sites import KnownSite
from kiosk.domain.speech import Spoke, VoiceChanged
from kiosk.domain.usage import Summary
from kiosk.forms import Licence, ServicePackage


@dataclass(frozen=True, slots=True)
class Touched:
    """A visible, enabled control was pressed and released inside itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The text of a field changed; ``text`` is all of it (composition still under way is not part of it)."""

    path: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatePicked:
    """A day was chosen on the date wheel; ``iso`` is YYYY-MM-DD."""

    path: str
    iso: str = field(repr=False)


Stroke = tuple[tuple[int, int], ...]
"""One pen stroke: points in pixels of the signature area, origin top left."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The strokes on the signature area changed; an empty tuple means it was cleared."""

    width: int
    height: int
    strokes: tuple[Stroke, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandSeen:
    """Somebody touched the panel anywhere: the idle count starts again, nothing else happens."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """The buttons came to a thing, the ``at``-th of ``count`` (from 1); ``words`` are its own. Nothing was done to it.

    ``moved`` is False where a page came and the first thing is only where they stand now.
    """

    name: str
    words: str = field(repr=False)
    at: int
    count: int
    moved: bool = True


UiEvent = Touched | Typed | DatePicked | Signed | HandSeen | Pointed


# ---- what the world reports -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """Once a second."""


@dataclass(frozen=True, slots=True)
class Started:
    """A new session id for the next resident, made by the runner so that the flow stays deterministic."""

    session: str


@dataclass(frozen=True, slots=True)
class CatalogueLoaded:
    """The items that may be offered from now on, and why others may not (``ITEM/FILE: PLACE: REASON``)."""

    packages: tuple[ServicePackage, ...]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SitesLoaded:
    """The city's places as the centre last told them."""

    sites: tuple[KnownSite, ...]


@dataclass(frozen=True, slots=True)
class CentreReachable:
    """Whether the last exchange with the centre worked."""

    reachable: bool


@dataclass(frozen=True, slots=True)
class IntakeChanged:
    """Whether the disk has room for another case; ``broken`` when the store itself has failed."""

    open: bool
    broken: bool = False


@dataclass(frozen=True, slots=True)
class CodeAccepted:
    """A citizen code is genuine and fresh. ``prefill`` is empty when the centre could not be asked."""

    session: str
    subject: Subject = field(repr=False)
    trust: Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class CodeRejected:
    """A citizen code is not to be used: ``unknown | forged | expired | replayed | refused``."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class LicencesFound:
    """What the library answered, by licence type."""

    session: str
    licences: Mapping[str, Licence] = field(repr=False)
    item: str = ""
    """For which item it was asked; an answer for another one is not taken."""


@dataclass(frozen=True, slots=True)
class LicencesUnavailable:
    """The library did not answer in time; papers are asked for as if there were no library."""

    session: str
    item: str = ""
    """For which item it was asked; an answer for another one is not taken."""


@dataclass(frozen=True, slots=True)
class RecordFound:
    """What the registers say of the resident: fact by name; ``as_of`` is the day for which it holds."""

    session: str
    facts: Mapping[str, Any] = field(repr=False)
    as_of: date
    item: str = ""
    """For which item it was asked; an answer for another one is not taken."""


@dataclass(frozen=True, slots=True)
class RecordUnavailable:
    """The registers did not answer in time."""

    session: str
    item: str = ""
    """For which item it was asked; an answer for another one is not taken."""


@dataclass(frozen=True, slots=True)
class WorkFound:
    """What the code opens for this person."""

    session: str
    work: OpenWork = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkRefused:
    """The code opens nothing: ``unknown | not_yours | done | expired | locked``, or nobody could say: ``away``.

    Of parked work also ``unreadable``, and ``no_package``: the version that it began with is not to be had.
    """

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParkingKnown:
    """Whether work can be put by here: only with a key of the centre to seal to."""

    possible: bool


@dataclass(frozen=True, slots=True)
class WorkParked:
    """The work is durably here and on its way to the centre: from here on it can be taken up."""

    session: str
    parked: Parked = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParkingFailed:
    """Nothing was put by; what was typed is still there. ``reason`` for the log."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkTaken:
    """The owner's parked work, opened, with the very package it began with."""

    session: str
    draft: Draft = field(repr=False)
    claimed: Claimed


@dataclass(frozen=True, slots=True)
class VisitFound:
    """The visit that a crash ended. ``filing``: it had been committed; then there is nothing to file any more."""

    session: str
    draft: Draft = field(repr=False)
    filing: Filing | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VisitLost:
    """There is nothing to go on with."""

    session: str


@dataclass(frozen=True, slots=True)
class SlotsFound:
    """Places left at an office: day (ISO), time (``09:30``), how many."""

    session: str
    office: str
    free: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class SlotsUnavailable:
    """Nobody can say which times are free."""

    session: str


@dataclass(frozen=True, slots=True)
class Committed:
    """The case is on disk: from here on it exists, whatever happens."""

    session: str
    filing: Filing = field(repr=False)


@dataclass(frozen=True, slots=True)
class CommitFailed:
    """The case could not be saved; nothing was submitted. ``reason``: ``disk_full | read_only | io | damaged``."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseAnswered:
    """The centre answered about a case; it may be one of this visit."""

    answer: CaseAnswer = field(repr=False)


@dataclass(frozen=True, slots=True)
class WaitOver:
    """The resident has waited long enough for the centre."""

    session: str


@dataclass(frozen=True, slots=True)
class WatchOver:
    """The case is still being decided; nobody is kept waiting any longer."""

    session: str


@dataclass(frozen=True, slots=True)
class ReceiptReady:
    """The receipt is laid out; ``lines`` are its text, for the preview. ``slip``: it files nothing (a checklist)."""

    session: str
    job_id: str
    lines: tuple[str, ...] = field(repr=False)
    slip: bool = False


@dataclass(frozen=True, slots=True)
class SheetReady:
    """The certificate is drawn and goes to the A4 printer under this job id."""

    session: str
    job_id: str


@dataclass(frozen=True, slots=True)
class PinAccepted:
    """The technician's PIN is right."""


@dataclass(frozen=True, slots=True)
class PinRefused:
    """``locked_s`` > 0: nobody can try for so long. ``unset``: no PIN was ever set on this terminal."""

    locked_s: int
    unset: bool = False


@dataclass(frozen=True, slots=True)
class SelfTested:
    """A device proved itself, or did not."""

    report: SelfTestReport


@dataclass(frozen=True, slots=True)
class OutboxCounted:
    """How many cases wait, are parked, and how old the oldest is (seconds).

    `notes`: what else a technician should know of store and sending, each as the name of a text and a word with facts.
    """

    waiting: int
    parked: int
    accepted: int
    oldest_s: int | None
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class UsageRead:
    """How the terminal was used lately."""

    summary: Summary


@dataclass(frozen=True, slots=True)
class ChecksRead:
    """The book of check records, oldest first."""

    records: tuple[CheckRecord, ...]


@dataclass(frozen=True, slots=True)
class ReadinessMade:
    """The readiness report, and the folder it was kept in ("" when the disk refused); None: it could not be made."""

    report: Readiness | None
    folder: str


@dataclass(frozen=True, slots=True)
class Traced:
    """A piece of traffic of the device that a technician watches."""

    row: TraceRow


WorldEvent = (
    Tick
    | Started
    | CatalogueLoaded
    | SitesLoaded
    | VoiceChanged
    | Spoke
    | CentreReachable
    | IntakeChanged
    | CodeAccepted
    | CodeRejected
    | LicencesFound
    | LicencesUnavailable
    | RecordFound
    | RecordUnavailable
    | SlotsFound
    | SlotsUnavailable
    | WorkFound
    | WorkRefused
    | ParkingKnown
    | WorkParked
    | ParkingFailed
    | WorkTaken
    | VisitFound
    | VisitLost
    | Committed
    | CommitFailed
    | CaseAnswered
    | WaitOver
    | WatchOver
    | ReceiptReady
    | SheetReady
    | PinAccepted
    | PinRefused
    | SelfTested
    | OutboxCounted
    | ChecksRead
    | UsageRead
    | ReadinessMade
    | Traced
)
FlowEvent = UiEvent | DeviceEvent | WorldEvent
