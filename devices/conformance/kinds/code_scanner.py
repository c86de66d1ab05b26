"""Code scanners: an invented code is shown and must come back letter by letter, or be refused."""

from __future__ import annotations

from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Unfit, Verdict
from kiosk.domain.devices import CODE_SCANNER, CodeRefusal, CodeRefused, CodeScanned, DeviceEvent, MrzRead

_CODE = "YP1.conformance-0123456789.abcdefghijklmnopqrstuvwxyz"


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    match event:
        case CodeScanned(payload=payload):
            return Verdict.WRONG if not payload or (known and payload != _CODE.encode()) else Verdict.RIGHT
        case MrzRead():
            return Verdict.WRONG if known else Verdict.RIGHT
        case CodeRefused():
            return Verdict.REFUSED
    return None


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
    secrets=(_CODE, "bell\u0007here"),
)
