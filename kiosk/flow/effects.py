"""What the flow asks for, as data. Only the session runner performs these; what comes of them returns as an event."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.receipt import Receipt
from kiosk.domain.session import IntakeSession


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
class StopDevices:
    """Card reader and scanner stop looking."""


@dataclass(frozen=True, slots=True)
class CheckCitizenCode:
    """Check a scanned code: signature, expiry, replay; then ask the centre who it is, if it can be reached."""

    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpLicences:
    """Ask the e-licence library for these types, with the resident's consent; at most two seconds."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubmitCase:
    """Write case and outbox entry in one transaction, then send. The session is the whole case."""

    session: IntakeSession = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """Lay out and print; ``reprint`` marks the paper."""

    receipt: Receipt = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendRating:
    """Hand over a rating, unlinked from the case."""

    level: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WipeSession:
    """Destroy what is left of this resident everywhere: screens, devices, clipboard, caches."""

    session: str


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Compare the technician's PIN with its argon2id hash, counting misses."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RunSelfTest:
    """Let one device prove itself."""

    device: str


@dataclass(frozen=True, slots=True)
class RefreshOutbox:
    """Count what still waits to be sent, for the technician's page."""


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
    | StopDevices
    | CheckCitizenCode
    | LookUpLicences
    | SubmitCase
    | PrintReceipt
    | SendRating
    | WipeSession
    | CheckPin
    | RunSelfTest
    | RefreshOutbox
    | Record
)
