"""Document cameras: a page is laid down and must be captured."""

from __future__ import annotations

from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Verdict
from kiosk.domain.devices import DOCUMENT_CAMERA, CaptureFailed, DeviceEvent, DocumentCaptured


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    match event:
        case DocumentCaptured(document=document):
            return Verdict.RIGHT if document.data else Verdict.WRONG
        case CaptureFailed():
            return Verdict.REFUSED
    return None


KIND = Kind(
    device=DOCUMENT_CAMERA,
    title="captures a page",
    order=lambda hub, tag, _options: hub.capture_document(tag),
    withdraw=lambda hub: hub.cancel_capture(),
    offer=(Deed("place", {"text": "Conformance test page"}, ask="Lay a page under the camera"),),
    clear=(Deed("remove", ask="Take the page away", wanted=False),),
    judge=_judge,
    refusal=lambda event: isinstance(event, CaptureFailed),
    time_s=30.0,
)
