"""Device words: health, supplies, the events that devices report, and the outcome of a print.

Health and supply words are those of XFS4IoT (CWA 17852); `DeviceStatus.scale` maps them to the scale that Chinese
self-service terminals use (-1 初始化, 0 正常, 1 警告, 2 故障, 3 忙, 4 停用).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from kiosk.domain.captured_document import CapturedDocument
from kiosk.domain.identity_card import IdCard
from kiosk.domain.travel_document import TravelDocument

#: The names a device can be bound to; also the section names in the settings and on the emulators' control socket.
ID_CARD = "id_card"
CODE_SCANNER = "code_scanner"
RECEIPT_PRINTER = "receipt_printer"
DOCUMENT_CAMERA = "document_camera"
DOCUMENT_PRINTER = "document_printer"
IO_BOARD = "io_board"
UPS = "ups"
DEVICE_NAMES = (ID_CARD, CODE_SCANNER, RECEIPT_PRINTER, DOCUMENT_CAMERA, DOCUMENT_PRINTER, IO_BOARD, UPS)
#: The parts a resident puts something on or takes something from; a guide light can stand beside each.
RESIDENT_PARTS = (ID_CARD, CODE_SCANNER, RECEIPT_PRINTER, DOCUMENT_CAMERA, DOCUMENT_PRINTER)


class Health(StrEnum):
    """`Common.Status` device words of XFS4IoT."""

    STARTING = "starting"
    ONLINE = "online"
    OFFLINE = "offline"
    POWER_OFF = "powerOff"
    NO_DEVICE = "noDevice"
    HARDWARE_ERROR = "hardwareError"
    USER_ERROR = "userError"
    DEVICE_BUSY = "deviceBusy"


class Supply(StrEnum):
    """Paper words of XFS4IoT; devices without supplies stay `unknown`."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"


class Scale(IntEnum):
    """The five levels (and "not known yet") that hall staff are used to."""

    STARTING = -1
    NORMAL = 0
    WARNING = 1
    FAULT = 2
    BUSY = 3
    DISABLED = 4

    @property
    def zh(self) -> str:
        """The level as hall staff call it."""
        return _SCALE_ZH[self]


_SCALE_ZH = {
    Scale.STARTING: "初始化",
    Scale.NORMAL: "正常",
    Scale.WARNING: "警告",
    Scale.FAULT: "故障",
    Scale.BUSY: "忙",
    Scale.DISABLED: "停用",
}


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One device at one moment.

    `detail` is a stable code (`ok`, `paper_low`, `cover_open`, `no_answer`, `port_missing`, …; listed in
    docs/devices), `last_error` the code of the newest fault, kept after recovery; `at` is when this status began (UTC).
    """

    name: str
    driver: str
    model: str
    health: Health
    supply: Supply
    detail: str
    last_error: str | None
    at: datetime
    disabled: bool = False

    @property
    def scale(self) -> Scale:
        """The five-level scale: low supply is a warning, out or jammed is a fault."""
        if self.disabled:
            return Scale.DISABLED
        if self.health is Health.STARTING:
            return Scale.STARTING
        if self.health is Health.DEVICE_BUSY:
            return Scale.BUSY
        if self.health is not Health.ONLINE or self.supply in (Supply.OUT, Supply.JAMMED):
            return Scale.FAULT
        return Scale.WARNING if self.supply is Supply.LOW else Scale.NORMAL

    @property
    def usable(self) -> bool:
        """Whether a resident can be sent to this device now."""
        return self.scale in (Scale.NORMAL, Scale.WARNING, Scale.BUSY)


class CardFailure(StrEnum):
    """Why a card could not be read. An expired card is read; the flow decides about it."""

    LIFTED_EARLY = "lifted_early"
    UNREADABLE = "unreadable"
    NOT_GENUINE = "not_genuine"
    CHECKSUM = "checksum"
    INVALID_DATA = "invalid_data"
    READER_FAULT = "reader_fault"
    TIMEOUT = "timeout"


class CodeRefusal(StrEnum):
    """Why what a scanner saw was not handed on."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    CONTROL_CHARACTER = "control_character"
    SCHEME = "scheme"
    MRZ_CHECKSUM = "mrz_checksum"
    SCANNER_FAULT = "scanner_fault"
    TIMEOUT = "timeout"


class PrintOutcome(StrEnum):
    """How far a slip or a document came. `unknown` is never printed again automatically: it may be on paper already.

    `held` is not an end: an A4 job waits for paper or for a hand, and goes on or is `canceled` with its session.
    """

    QUEUED = "queued"
    SENT = "sent"
    HELD = "held"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELED = "canceled"


class CaptureStage(StrEnum):
    """How far a page under the document camera has come."""

    LOOKING = "looking"
    STEADY = "steady"
    TAKING = "taking"
    STRAIGHTENING = "straightening"


class CaptureAdvice(StrEnum):
    """What a resident can do so that the page can be taken; the screens have the words."""

    NO_PAGE = "no_page"
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    GLARE = "glare"
    TOO_DARK = "too_dark"
    MOVING = "moving"


class Power(StrEnum):
    """Where the terminal's power comes from, as its UPS says."""

    UNKNOWN = "unknown"
    MAINS = "mains"
    BATTERY = "battery"
    BATTERY_LOW = "battery_low"


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A device's status is no longer what it was."""

    status: DeviceStatus


@dataclass(frozen=True, slots=True)
class CardPresent:
    """A card lies on the reader and is being read."""

    session: str


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card was read and its data are consistent."""

    session: str
    card: IdCard = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardFailed:
    """A card was there and could not be read. The reader goes on looking until it is told to stop."""

    session: str
    reason: CardFailure


@dataclass(frozen=True, slots=True)
class CardStillThere:
    """The card that was read lies there still, and this reader can tell when it goes: `CardRemoved` follows.

    Said once for each card, soon after it was read. A card it was said of and that nobody took is left behind.
    """

    session: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card that was read has left the reader."""

    session: str


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A code was read; `payload` is clean UTF-8 text, at most 2048 bytes, whatever encoding the code had."""

    session: str
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A code was seen that the terminal does not take."""

    session: str
    reason: CodeRefusal


@dataclass(frozen=True, slots=True)
class MrzRead:
    """The machine-readable lines of a passport or permit were read and every check digit fits."""

    session: str
    document: TravelDocument = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintUpdate:
    """A print job moved on. `detail` says why it failed, waits or is unknown (`paper_out`, `cover_open`, …)."""

    job_id: str
    outcome: PrintOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CaptureUpdate:
    """The document camera at work: how far it is, what the resident can do, and a small JPEG of what it sees now."""

    session: str
    stage: CaptureStage
    advice: CaptureAdvice | None = None
    preview: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class DocumentCaptured:
    """A page was taken, cut to its edges and straightened."""

    session: str
    document: CapturedDocument = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaptureFailed:
    """The camera cannot go on; `detail` is a status detail (`no_answer`, `too_large`, …)."""

    session: str
    detail: str


@dataclass(frozen=True, slots=True)
class DoorChanged:
    """The door of the cabinet was opened or closed."""

    open: bool


@dataclass(frozen=True, slots=True)
class PersonNear:
    """Somebody came before the terminal, or left."""

    near: bool


@dataclass(frozen=True, slots=True)
class HeadsetChanged:
    """Headphones were plugged in or pulled out: what is private is said into them alone (EN 301 549, 5.1.3.9)."""

    plugged: bool


class KeypadButton(StrEnum):
    """The four buttons below the screen."""

    UP = "up"
    DOWN = "down"
    SELECT = "select"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class KeypadPressed:
    """A button of the keypad went down, or came up. Taken by the window, as a finger is; the flow never sees it."""

    button: KeypadButton
    down: bool


@dataclass(frozen=True, slots=True)
class PowerChanged:
    """The UPS says where the power comes from now; `charge_percent` where it knows."""

    power: Power
    charge_percent: int | None = None


@dataclass(frozen=True, slots=True)
class UnlistedDevice:
    """Something that the settings do not list was plugged in or taken out. It is never used.

    `ident` is what the bus says of it (`usb 046d:c31c keyboard`), without serial numbers.
    """

    ident: str
    present: bool


DeviceEvent = (
    StatusChanged
    | CardPresent
    | CardRead
    | CardFailed
    | CardStillThere
    | CardRemoved
    | CodeScanned
    | CodeRefused
    | MrzRead
    | PrintUpdate
    | CaptureUpdate
    | DocumentCaptured
    | CaptureFailed
    | DoorChanged
    | PersonNear
    | HeadsetChanged
    | KeypadPressed
    | PowerChanged
    | UnlistedDevice
)


@dataclass(frozen=True, slots=True)
class SelfTestReport:
    """What a device answered when asked to prove itself; `detail` is a code followed by facts, no personal data."""

    name: str
    ok: bool
    detail: str
    at: datetime
