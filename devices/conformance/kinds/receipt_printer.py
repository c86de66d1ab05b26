"""Receipt printers: a short slip must be confirmed, or it is said why not."""

from __future__ import annotations

from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Unfit, Verdict
from devices.spec import Options
from kiosk.domain.devices import RECEIPT_PRINTER, DeviceEvent, PrintOutcome, PrintUpdate
from kiosk.domain.paper import Feed, ImageBlock, Paper, Raster, TextLine
from kiosk.ports.devices import DeviceHub

_TEXT = "CONFORMANCE 0123456789"


def _slip(width_mm: int) -> Paper:
    width_px = 384 if width_mm == 58 else 576
    rows = 24
    dots = Raster(width_px, rows, bytes(range(256)) * (width_px // 8 * rows // 256) + bytes(width_px // 8 * rows % 256))
    return Paper(
        384 if width_mm == 58 else 576,
        (TextLine(_TEXT, bold=False, double=False, align="left", raster=dots), ImageBlock(dots), Feed(60)),
    )


def _order(hub: DeviceHub, tag: str, options: Options) -> None:
    hub.print_paper(tag, _slip(int(options.get("width_mm", 80))))


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    if not isinstance(event, PrintUpdate):
        return None
    if event.outcome is PrintOutcome.CONFIRMED:
        return Verdict.RIGHT
    ended = event.outcome in (PrintOutcome.FAILED, PrintOutcome.UNKNOWN, PrintOutcome.CANCELED)
    return Verdict.REFUSED if ended else None


_PAPER_IN = Deed("paper_in", ask="See that there is paper in it", wanted=False)
_COVER_SHUT = Deed("cover_close", ask="See that its cover is closed", wanted=False)

KIND = Kind(
    device=RECEIPT_PRINTER,
    title="prints a slip and says so",
    order=_order,
    judge=_judge,
    clear=(_PAPER_IN, _COVER_SHUT),
    standing=False,
    refusal=lambda event: isinstance(event, PrintUpdate) and event.outcome is PrintOutcome.FAILED,
    unfit=(
        Unfit("a slip without paper", (Deed("paper_out", ask="Take the paper out"),), (_PAPER_IN,)),
        Unfit("a slip with the cover open", (Deed("cover_open", ask="Open the cover"),), (_COVER_SHUT,)),
        Unfit(
            "a slip of which the printer never said that it is printed",
            (Deed("fail_next", {"what": "no_confirm"}),),
            (Deed("fail_next", {"what": "none"}, wanted=False),),
        ),
    ),
    sick=((Deed("cover_open", ask="Open the cover"), (_COVER_SHUT,)),),
    secrets=(_TEXT,),
    time_s=30.0,
)
