"""A4 printers: a one-page document must be confirmed, or it is said why not."""

from __future__ import annotations

from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Verdict
from kiosk.domain.devices import DOCUMENT_PRINTER, DeviceEvent, PrintOutcome, PrintUpdate


def one_page() -> bytes:
    """The smallest A4 document with a line of text on it."""
    text = b"BT /F1 24 Tf 72 720 Td (Conformance test page) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    at = []
    for number, body in enumerate(objects, start=1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % each for each in at)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    if not isinstance(event, PrintUpdate):
        return None
    if event.outcome is PrintOutcome.CONFIRMED:
        return Verdict.RIGHT
    ended = event.outcome in (PrintOutcome.FAILED, PrintOutcome.UNKNOWN, PrintOutcome.CANCELED)
    return Verdict.REFUSED if ended else None


KIND = Kind(
    device=DOCUMENT_PRINTER,
    title="prints a document and says so",
    order=lambda hub, tag, _options: hub.print_document(tag, one_page()),
    withdraw=lambda hub: hub.cancel_documents(),
    judge=_judge,
    clear=(Deed("paper_in", ask="See that there is paper in it", wanted=False),),
    standing=False,
    refusal=lambda event: isinstance(event, PrintUpdate) and event.outcome is PrintOutcome.FAILED,
    secrets=("Conformance test page",),
    time_s=40.0,
)
