"""The receipt comes out; when it cannot, the page itself is the receipt and says how to keep it."""

from __future__ import annotations

from typing import Literal

from kiosk.domain.devices import RECEIPT_PRINTER, PrintOutcome, PrintUpdate
from kiosk.domain.receipt import Receipt
from kiosk.domain.time import local
from kiosk.flow import sheet
from kiosk.flow.effects import PrintReceipt, Record
from kiosk.flow.events import FlowEvent, ReceiptReady, Touched
from kiosk.flow.machine import Direction, Outcome, forward, stay
from kiosk.flow.outcome import receipt_of
from kiosk.flow.parts import screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Key, Notice, ReceiptBody, ScreenView

Printing = Literal["queued", "sent", "confirmed", "unknown", "failed", "none"]
_WORDS: dict[str, Printing] = {
    "queued": "queued",
    "sent": "sent",
    "confirmed": "confirmed",
    "unknown": "unknown",
    "failed": "failed",
}


def applies(state: FlowState) -> bool:
    """Once something is filed."""
    return state.session is not None and state.session.filing is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Print once by itself; never a second time without being asked."""
    receipt = receipt_of(state)
    if receipt is None or (state.session is not None and state.session.print_outcome != "none"):
        return stay(state)
    return stay(with_session(state, print_outcome="queued"), PrintReceipt(receipt))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Follow the job; print again only by hand, marked as a reprint."""
    session = state.session
    if session is None:
        return None
    match event:
        case ReceiptReady(_, job_id, lines):
            return stay(with_session(state, print_job=job_id, receipt_lines=lines), touched_mono=state.mono)
        case PrintUpdate(job_id, outcome) if job_id == session.print_job:
            effects: tuple[Record, ...] = ()
            if outcome in (PrintOutcome.CONFIRMED, PrintOutcome.UNKNOWN, PrintOutcome.FAILED):
                effects = (Record("receipt.outcome", code=outcome.value),)
            state = with_session(state, print_outcome=outcome.value)
            return stay(state, *effects, touched_mono=state.mono)
        case Touched("action.reprint") if session.print_outcome in ("failed", "unknown", "confirmed"):
            receipt = receipt_of(state, reprint=session.print_outcome != "failed")
            if receipt is not None:
                return stay(with_session(state, print_outcome="queued"), PrintReceipt(receipt))
        case Touched(sheet.PRINT):
            return sheet.asked(state)
        case Touched("action.next") if session.sheet_outcome not in sheet.UNDER_WAY:
            return forward(state)
    return None


def view(state: FlowState) -> ScreenView:
    """The paper on the screen, and where the real one comes out."""
    session = state.here
    printing = _WORDS.get(session.print_outcome, "none")
    receipt, lines = receipt_of(state), session.receipt_lines
    if printing in ("failed", "unknown") or not state.world.usable(RECEIPT_PRINTER):
        lines = _essentials(state, receipt)
        key = "unknown" if printing == "unknown" else "failed"
        guide = Notice("caution", text(state, f"receipt.{key}"), text(state, f"receipt.{key}_do"), "printer")
        title = text(state, f"receipt.{key}_title")
    elif printing == "confirmed":
        guide = Notice("guide", text(state, "receipt.take"), text(state, "receipt.take_card"), "printer")
        title = text(state, "receipt.title")
    else:
        guide = Notice("guide", text(state, "receipt.printing"), text(state, "receipt.slot"), "printer")
        title = text(state, "receipt.printing_title")
    extra: tuple[Key, ...] = ()
    if printing in ("failed", "unknown", "confirmed"):
        extra = (Key("action.reprint", text(state, "receipt.again"), icon="printer"),)
    body = ReceiptBody(
        lines=lines,
        qr=receipt.progress_url if receipt else None,
        guide=guide,
        printing=printing,
        extra=extra,
        sheet=sheet.view(state),
    )
    # The end of the visit calls a page off that is on its way; whoever wants to leave it behind has the rail.
    under_way = session.sheet_outcome in sheet.UNDER_WAY
    done = Key(
        "action.next",
        text(state, "receipt.done"),
        icon="tick",
        kind="primary",
        enabled=not under_way,
        why_disabled=text(state, "sheet.wait") if under_way else None,
    )
    return screen(state, title, body, primary=done)


def _essentials(state: FlowState, receipt: Receipt | None) -> tuple[str, ...]:
    """What a photograph of the page must hold, however little room the preview has: state, number, item, time."""
    if receipt is None:
        return ()
    main = receipt.case_ids[0]
    number = (text(state, "result.ticket" if receipt.kind == "ticket" else "result.official"), main.official_no)
    return (
        word(state, receipt.city),
        word(state, receipt.state_line),
        text(state, "result.case"),
        main.case_id,
        *(part for part in number if main.official_no and part),
        *(line for code in receipt.codes for line in (word(state, code.title), f"{code.code}  {code.due_on}")),
        word(state, receipt.item_title),
        f"{local(receipt.at):%Y-%m-%d %H:%M}",
        *(word(state, line) for line in receipt.ask_at[:1]),
    )
