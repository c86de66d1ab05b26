"""What an IPP printer's state means, as data: its reasons in XFS4IoT words (RFC 8011 §5.4.12, PWG 5100.9).

A reason is a keyword that may end in -report, -warning or -error. Printers differ in what ending they give (an idle one
may report, a printing one warn of the same empty tray), so for a reason known here the ending changes nothing: a
resident's page is not entrusted to a printer that says it has no paper in whatever tone. Reasons not known here count
by their ending and are shown as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from devices.codecs.ipp import PrinterState
from devices.drivers.base import Condition
from kiosk.domain.devices import Health, Supply

_ENDINGS = ("-report", "-warning", "-error")
_IGNORED = ("cups-waiting-", "cups-remote-")  # where a job is, not how the printer is
_KEYWORD = re.compile(r"[a-z0-9._-]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row. `supply` None: the paper is as other reasons say. `blocks`: no document may be handed over."""

    health: Health
    detail: str
    blocks: bool
    supply: Supply | None = None


_PAPER_OUT = Meaning(Health.ONLINE, "paper_out", True, Supply.OUT)
_JAMMED = Meaning(Health.HARDWARE_ERROR, "paper_jammed", True, Supply.JAMMED)
_TONER_OUT = Meaning(Health.ONLINE, "toner_out", True, Supply.OUT)
_TONER_LOW = Meaning(Health.ONLINE, "toner_low", False, Supply.LOW)
_COVER = Meaning(Health.USER_ERROR, "cover_open", True)
_TRAY = Meaning(Health.USER_ERROR, "tray_missing", True)
_UNREACHABLE = Meaning(Health.OFFLINE, "printer_unreachable", True, Supply.UNKNOWN)
_PAUSED = Meaning(Health.OFFLINE, "printer_paused", True)
_PART = Meaning(Health.HARDWARE_ERROR, "part_worn", True)

#: In order of weight: the first row whose reason is given wins health and detail.
REASONS: Mapping[str, Meaning] = MappingProxyType(
    {
        "shutdown": Meaning(Health.POWER_OFF, "printer_off", True, Supply.UNKNOWN),
        "connecting-to-device": _UNREACHABLE,
        "timed-out": _UNREACHABLE,
        "cover-open": _COVER,
        "door-open": _COVER,
        "interlock-open": _COVER,
        "media-jam": _JAMMED,
        "media-empty": _PAPER_OUT,
        "media-needed": _PAPER_OUT,
        "toner-empty": _TONER_OUT,
        "marker-supply-empty": _TONER_OUT,
        "developer-empty": _TONER_OUT,
        "input-tray-missing": _TRAY,
        "output-tray-missing": _TRAY,
        "output-area-full": Meaning(Health.USER_ERROR, "output_full", True),
        "marker-waste-full": Meaning(Health.HARDWARE_ERROR, "waste_full", True),
        "fuser-over-temp": Meaning(Health.HARDWARE_ERROR, "fuser", True),
        "fuser-under-temp": Meaning(Health.DEVICE_BUSY, "warming_up", False),
        "opc-life-over": _PART,
        "spool-area-full": Meaning(Health.HARDWARE_ERROR, "spool_full", True),
        "paused": _PAUSED,
        "moving-to-paused": _PAUSED,
        "stopping": _PAUSED,
        "media-low": Meaning(Health.ONLINE, "paper_low", False, Supply.LOW),
        "toner-low": _TONER_LOW,
        "marker-supply-low": _TONER_LOW,
        "developer-low": _TONER_LOW,
        "marker-waste-almost-full": Meaning(Health.ONLINE, "waste_almost_full", False, Supply.LOW),
        "opc-near-eol": Meaning(Health.ONLINE, "part_near_end", False, Supply.LOW),
        "output-area-almost-full": Meaning(Health.ONLINE, "output_almost_full", False),
        "stopped-partly": Meaning(Health.ONLINE, "partly_stopped", False),
    }
)
_WEIGHT = {reason: weight for weight, reason in enumerate(REASONS)}
_SUPPLY_WEIGHT = (Supply.JAMMED, Supply.OUT, Supply.LOW, Supply.UNKNOWN)

_NO_PDF = Meaning(Health.HARDWARE_ERROR, "no_pdf", True)
_NOT_ACCEPTING = Meaning(Health.OFFLINE, "not_accepting", True)
_STOPPED = Meaning(Health.OFFLINE, "printer_stopped", True)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How the printer was at one moment."""

    state: int | None
    reasons: tuple[str, ...]
    accepting: bool
    takes_pdf: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A snapshot in the words of the project.

    `blocks`: no document may be handed over now. `holds`: a document that is there already waits for a hand.
    """

    condition: Condition
    blocks: bool
    holds: bool


def judge(snapshot: Snapshot) -> Verdict:
    """What a snapshot means: for the status, and for a document that is to be handed over or waits there."""
    rows = _rows(snapshot.reasons)
    if snapshot.state == PrinterState.STOPPED and not any(row.blocks for row in rows):
        rows.append(_STOPPED)
    if not snapshot.accepting:
        rows.append(_NOT_ACCEPTING)
    if not snapshot.takes_pdf:
        rows.append(_NO_PDF)
    rows.sort(key=lambda row: not row.blocks)  # stable: weight among equals is kept
    supplies = {row.supply for row in rows}
    supply = next((each for each in _SUPPLY_WEIGHT if each in supplies), Supply.FULL)
    if not rows:
        return Verdict(Condition(Health.ONLINE, supply), blocks=False, holds=False)
    top = rows[0]
    holds = top.blocks and top not in (_NOT_ACCEPTING, _NO_PDF)
    return Verdict(Condition(top.health, supply, top.detail), top.blocks, holds)


def _rows(reasons: Iterable[str]) -> list[Meaning]:
    """The rows of these reasons, weightiest first; reasons outside the table by their endings, behind."""
    known: set[str] = set()
    others: list[Meaning] = []
    for reason in reasons:
        ending = next((each for each in _ENDINGS if reason.endswith(each)), "")
        keyword = reason.removesuffix(ending) if ending else reason
        if keyword in REASONS:
            known.add(keyword)
        elif keyword != "none" and not keyword.startswith(_IGNORED):
            others.append(_other(keyword, ending))
    rows = [REASONS[keyword] for keyword in sorted(known, key=_WEIGHT.__getitem__)]
    return rows + sorted(others, key=lambda row: not row.blocks)


def _other(keyword: str, ending: str) -> Meaning:
    """A reason outside the table: an error (or no ending, which means the same) blocks; the others are only shown."""
    fit = _KEYWORD.match(keyword) and keyword != "other"
    detail = keyword.replace("-", "_").replace(".", "_") if fit else "printer_error"
    if ending in ("", "-error"):
        return Meaning(Health.HARDWARE_ERROR, detail, True)
    return Meaning(Health.ONLINE, detail if fit else "printer_warning", False)
