"""From what a device says to XFS4IoT words, as data.

The rows are the mapping decided for this project: SAM status words for the card reader, DLE EOT and ASB bits for the
receipt printer. Line faults (port missing, no answer, …) carry their words themselves, see devices/errors.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from devices.codecs.escpos import PrinterState
from devices.codecs.sam import Status
from devices.drivers.base import ONLINE, Condition
from kiosk.domain.devices import CardFailure, Health, Supply


@dataclass(frozen=True, slots=True)
class SamMeaning:
    """What a status word says of the reader, and of the card that was being read (None: nothing wrong with it).

    `look_again` marks words that a card taken away early also causes.
    """

    condition: Condition
    failure: CardFailure | None
    look_again: bool = False


_SICK = Condition(Health.HARDWARE_ERROR, detail="sam_self_test")
_UNAUTHORISED = Condition(Health.HARDWARE_ERROR, detail="sam_not_authorised")

SAM_MEANINGS: Mapping[int, SamMeaning] = MappingProxyType(
    {
        Status.OK: SamMeaning(ONLINE, None),
        Status.FOUND: SamMeaning(ONLINE, None),
        Status.NO_CONTENT: SamMeaning(ONLINE, None),
        Status.NO_CARD: SamMeaning(ONLINE, CardFailure.LIFTED_EARLY),
        Status.BAD_CHECKSUM: SamMeaning(ONLINE, CardFailure.CHECKSUM),
        Status.BAD_LENGTH: SamMeaning(ONLINE, CardFailure.CHECKSUM),
        Status.BAD_COMMAND: SamMeaning(ONLINE, CardFailure.READER_FAULT),
        Status.NO_PRIVILEGE: SamMeaning(ONLINE, CardFailure.UNREADABLE, look_again=True),
        Status.UNKNOWN_ERROR: SamMeaning(ONLINE, CardFailure.UNREADABLE, look_again=True),
        Status.CARD_REJECTS_SAM: SamMeaning(ONLINE, CardFailure.NOT_GENUINE),
        Status.SAM_REJECTS_CARD: SamMeaning(ONLINE, CardFailure.NOT_GENUINE),
        Status.VERIFICATION_FAILED: SamMeaning(ONLINE, CardFailure.NOT_GENUINE),
        Status.UNKNOWN_CARD: SamMeaning(ONLINE, CardFailure.UNREADABLE),
        Status.READ_FAILED: SamMeaning(ONLINE, CardFailure.UNREADABLE, look_again=True),
        Status.NO_RANDOM: SamMeaning(ONLINE, CardFailure.UNREADABLE, look_again=True),
        Status.SELECT_FAILED: SamMeaning(ONLINE, CardFailure.UNREADABLE, look_again=True),
        Status.SELF_TEST_FAILED: SamMeaning(_SICK, CardFailure.READER_FAULT),
        Status.NOT_AUTHORISED: SamMeaning(_UNAUTHORISED, CardFailure.READER_FAULT),
    }
)
UNKNOWN_SAM_WORD = SamMeaning(ONLINE, CardFailure.UNREADABLE, look_again=True)


def sam_meaning(sw3: int) -> SamMeaning:
    """The row of a status word; words outside the published table count as an unreadable card."""
    return SAM_MEANINGS.get(sw3, UNKNOWN_SAM_WORD)


@dataclass(frozen=True, slots=True)
class PrinterRow:
    """If this flag of PrinterState is set: health, detail, and whether nothing can be printed now."""

    flag: str
    health: Health
    detail: str
    blocks: bool
    supply: Supply | None = None  # None: as the paper sensors say


#: In order of weight: the first row that holds gives health and detail.
PRINTER_ROWS = (
    PrinterRow("cover_open", Health.USER_ERROR, "cover_open", blocks=True),
    PrinterRow("cutter_error", Health.HARDWARE_ERROR, "cutter_error", blocks=True, supply=Supply.JAMMED),
    PrinterRow("unrecoverable", Health.HARDWARE_ERROR, "printer_error", blocks=True),
    PrinterRow("paper_out", Health.ONLINE, "paper_out", blocks=True, supply=Supply.OUT),
    PrinterRow("recoverable", Health.HARDWARE_ERROR, "printer_error", blocks=True),
    PrinterRow("head_hot", Health.DEVICE_BUSY, "head_hot", blocks=True),
    PrinterRow("feeding", Health.DEVICE_BUSY, "feeding", blocks=True),
    PrinterRow("offline", Health.OFFLINE, "printer_offline", blocks=True),
    PrinterRow("paper_low", Health.ONLINE, "paper_low", blocks=False, supply=Supply.LOW),
)


def printer_row(state: PrinterState) -> PrinterRow | None:
    """The weightiest thing wrong with a printer; None when all is well."""
    return next((row for row in PRINTER_ROWS if getattr(state, row.flag)), None)


def printer_condition(state: PrinterState) -> Condition:
    """The printer in XFS4IoT words."""
    paper = Supply.OUT if state.paper_out else Supply.LOW if state.paper_low else Supply.FULL
    row = printer_row(state)
    if row is None:
        return Condition(Health.ONLINE, paper)
    return Condition(row.health, row.supply or paper, row.detail)
