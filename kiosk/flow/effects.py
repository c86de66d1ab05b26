"""What the flow asks for, as data. Only the session runner performs these; what comes of them returns as an event."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.diagnostics.guided import Command
from kiosk.domain.diagnostics import CheckResult, Readiness
from kiosk.domain.parked import Claimed
from kiosk.domain.receipt import CertificateDocument, Receipt
from kiosk.domain.session import Draft, IntakeSession, Subject
from kiosk.domain.sound import Tone


@dataclass(frozen=True, slots=True)
class NewSession:
    """Make a fresh random session id; it comes back as :class:`~kiosk.flow.events.Started`."""


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Look for a card until one is read or :class:`StopDevices`."""


@dataclass(frozen=True, slots=True)
class ScanCode:
    """Switch the scanner on until a code is read or :class:`StopDevices`."""


@dataclass(frozen=True, slots=True)
class CapturePage:
    """Look for a page under the document camera until one is taken or :class:`StopCapture`."""


@dataclass(frozen=True, slots=True)
class StopCapture:
    """The document camera stops looking."""


@dataclass(frozen=True, slots=True)
class StopDevices:
    """Card reader, scanner and document camera stop looking."""


@dataclass(frozen=True, slots=True)
class CheckCitizenCode:
    """Check a scanned code: signature, expiry, replay; then ask the centre who it is, if it can be reached."""

    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpLicences:
    """Ask the e-licence library for these types, with the resident's consent; at most two seconds."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskRecord:
    """Ask the registers what this item may show of the resident, with their consent; at most four seconds."""


@dataclass(frozen=True, slots=True)
class FindWork:
    """Ask the centre what the code of the session opens for the person who is here; at most a few seconds."""


@dataclass(frozen=True, slots=True)
class ParkWork:
    """Encrypt the draft, seal it to the centre for its owner, and put it into the outbox."""

    draft: Draft = field(repr=False)
    owner: Subject = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimWork:
    """Ask the centre for the parked work of the session's code, for the person who is here; open it."""


@dataclass(frozen=True, slots=True)
class ReleaseWork:
    """The work was finished, given up, or parked anew: the centre may forget it."""

    claimed: Claimed


@dataclass(frozen=True, slots=True)
class FindVisit:
    """Look for the visit that a crash ended; only in the minute in which somebody still has its key."""


@dataclass(frozen=True, slots=True)
class GoOnWithVisit:
    """The same person is here again: the visit is kept under a fresh key from now on."""


@dataclass(frozen=True, slots=True)
class AskSlots:
    """Ask which times this office (its code) still has; at most four seconds."""

    office: str


@dataclass(frozen=True, slots=True)
class WatchCase:
    """Ask what became of a case that is being decided, while the resident waits; at most a minute."""

    case_id: str


@dataclass(frozen=True, slots=True)
class SubmitCase:
    """Have the case on the disk, with its outbox entry, then send. The session is the whole case."""

    session: IntakeSession = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """Lay out and print; ``reprint`` marks the paper."""

    receipt: Receipt = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintDocument:
    """Draw the certificate on A4 and print it. Nothing of it comes out once :class:`WipeSession` was asked for."""

    document: CertificateDocument = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendRating:
    """Hand over a rating of an item, unlinked from the case."""

    item: str
    level: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WipeSession:
    """Destroy what is left of this resident everywhere: screens, devices, clipboard, caches, paper not yet printed."""

    session: str


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Compare the technician's PIN with its argon2id hash, counting misses."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Diagnose:
    """One command of a technician's check."""

    command: Command


@dataclass(frozen=True, slots=True)
class WriteDown:
    """Number a check's result and keep it; the book comes back as :class:`~kiosk.flow.events.ChecksRead`."""

    result: CheckResult


@dataclass(frozen=True, slots=True)
class ReadChecks:
    """The book of checks, as :class:`~kiosk.flow.events.ChecksRead`."""


@dataclass(frozen=True, slots=True)
class ReadUsage:
    """How the terminal was used lately, as :class:`~kiosk.flow.events.UsageRead`."""


@dataclass(frozen=True, slots=True)
class MakeReadiness:
    """Judge this terminal and keep the report."""


@dataclass(frozen=True, slots=True)
class PrintReadiness:
    """The report as a slip."""

    report: Readiness


@dataclass(frozen=True, slots=True)
class Trace:
    """Watch the bytes of one device; None: no more."""

    device: str | None


@dataclass(frozen=True, slots=True)
class RefreshOutbox:
    """Count what still waits to be sent, for the technician's page."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One short tone."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class Record:
    """One log event, without any free text."""

    event: str
    code: str | None = None
    case_id: str | None = None
    device: str | None = None


Effect = (
    NewSession
    | ReadCard
    | ScanCode
    | CapturePage
    | StopCapture
    | StopDevices
    | CheckCitizenCode
    | LookUpLicences
    | AskRecord
    | AskSlots
    | WatchCase
    | FindWork
    | ParkWork
    | ClaimWork
    | ReleaseWork
    | FindVisit
    | GoOnWithVisit
    | SubmitCase
    | PrintReceipt
    | PrintDocument
    | SendRating
    | WipeSession
    | CheckPin
    | Diagnose
    | WriteDown
    | ReadChecks
    | MakeReadiness
    | ReadUsage
    | PrintReadiness
    | Trace
    | RefreshOutbox
    | Sound
    | Record
)
