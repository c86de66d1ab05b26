"""Which part of the machine is used next: the light beside it burns, and the page points the same way."""

from __future__ import annotations

from kiosk.domain.devices import CODE_SCANNER, DOCUMENT_CAMERA, DOCUMENT_PRINTER, RECEIPT_PRINTER
from kiosk.flow import identity
from kiosk.flow.offer import DEVICE_OF_METHOD
from kiosk.flow.state import FlowState


def next_part(state: FlowState) -> str | None:
    """One of RESIDENT_PARTS, or None where the next step is on the screen. A part that is out is never pointed at."""
    if state.overlay is not None or state.session is None:
        return None
    part = _wanted(state)
    return part if part is not None and state.world.usable(part) else None


def _wanted(state: FlowState) -> str | None:
    session = state.session
    if session is None:
        return None
    match state.step:
        case "resume" if state.returning is None or state.returning.draft is None:
            return None
        case "carry_on" if session.slip_outcome in ("queued", "sent", "confirmed"):
            return RECEIPT_PRINTER
        case step if step in identity.PAGES and state.phase != "checking":
            return DEVICE_OF_METHOD[state.method]
        case "take_up" if session.code == "":
            return CODE_SCANNER
        case "capture" if session.taken is None and state.problem != "too_much":
            return DOCUMENT_CAMERA
        case "receipt" | "rate":
            if session.print_outcome in ("queued", "sent"):
                return RECEIPT_PRINTER
            if session.sheet_outcome in ("queued", "sent", "confirmed"):
                return DOCUMENT_PRINTER
            if state.step == "receipt" and session.print_outcome == "confirmed":
                return RECEIPT_PRINTER
    return None
