"""Device words: health, supplies, the events that devices report, and the outcome of a print.

Health and supply words are those of XFS4IoT (CWA 17852); `DeviceStatus.scale` maps them to the scale that Chinese
self-service terminals use (-1 初始化, 0 正常, 1 警告, 2 故障, 3 忙, 4 停用).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from kiosk.domain.identity_card import IdCard

#: The names a device can be bound to; also the section names in the settings and on the emulators' control socket.
ID_CARD = "id_card"
CODE_SCANNER = "code_scanner"
RECEIPT_PRINTER = "receipt_printer"
DEVICE_NAMES = (ID_CARD, CODE_SCANNER, RECEIPT_PRINTER)


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
    SCANNER_FAULT = "scanner_fault"
    TIMEOUT = "timeout"


class PrintOutcome(StrEnum):
    """How far a slip came. `unknown` is never printed again automatically: it may be on paper already."""

    QUEUED = "queued"
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    FAILED = "failed"


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
class PrintUpdate:
    """A print job moved on. `detail` says why it failed or is unknown (`paper_out`, `cover_open`, `no_answer`, …)."""

    job_id: str
    outcome: PrintOutcome
    detail: str = ""


DeviceEvent = (
    StatusChanged | CardPresent | CardRead | CardFailed | CardRemoved | CodeScanned | CodeRefused | PrintUpdate
)


@dataclass(frozen=True, slots=True)
class SelfTestReport:
    """What a device answered when asked to prove itself; `detail` is a code followed by facts, no personal data."""

    name: str
    ok: bool
    detail: str
    at: datetime
