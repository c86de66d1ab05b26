"""Code scanners: an invented code is shown and must come back letter by letter, or be refused."""

from __future__ import annotations

import unicodedata

from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Unfit, Verdict
from kiosk.domain.devices import CODE_SCANNER, CodeRefusal, CodeRefused, CodeScanned, DeviceEvent, MrzRead

_CODE = "YP1.conformance-0123456789.abcdefghijklmnopqrstuvwxyz"


_TURNS = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    match event:
        case CodeScanned(payload=payload):
            proper = _proper(payload) and (not known or payload == _CODE.encode())
            return Verdict.RIGHT if proper else Verdict.WRONG
        case MrzRead():
            return Verdict.WRONG if known else Verdict.RIGHT
        case CodeRefused():
            return Verdict.REFUSED
    return None


def _proper(payload: bytes) -> bool:
    """UTF-8 text of a reasonable size without control or direction characters."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return False
    clean = all(unicodedata.category(each) != "Cc" and unicodedata.bidirectional(each) not in _TURNS for each in text)
    return 0 < len(payload) <= 2048 and clean


KIND = Kind(
    device=CODE_SCANNER,
    title="scans a code",
    order=lambda hub, tag, _options: hub.scan_code(tag),
    withdraw=lambda hub: hub.cancel_scan(),
    offer=(Deed("show", {"text": _CODE}, ask="Hold a QR code before the scanner"),),
    clear=(Deed("clear", ask="Take the code away", wanted=False),),
    judge=_judge,
    refusal=lambda event: isinstance(event, CodeRefused) and event.reason is CodeRefusal.SCANNER_FAULT,
    unfit=(
        Unfit("a code with a control character", (Deed("show", {"text": "YP1.bell\u0007here"}),)),
        Unfit("a code longer than 2048 bytes", (Deed("show", {"text": "a" * 2600}),)),
    ),
    checked=False,
    secrets=(_CODE, "bell\u0007here"),
)
