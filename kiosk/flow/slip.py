"""A slip that tells and files nothing: the checklist, what a register says. Printed when asked for, never by itself.

Its job is followed apart from the receipt's, so that neither takes the other for its own.
"""

from __future__ import annotations

from kiosk.domain.devices import RECEIPT_PRINTER, PrintUpdate
from kiosk.domain.receipt import Receipt
from kiosk.flow.effects import PrintReceipt
from kiosk.flow.events import ReceiptReady
from kiosk.flow.machine import Outcome, stay
from kiosk.flow.parts import text
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Key, Row

PRINT = "slip.print"
UNDER_WAY = frozenset({"queued", "sent"})


def asked(state: FlowState, receipt: Receipt) -> Outcome | None:
    """The resident wants it on paper; not while one is under way."""
    session = state.session
    if session is None or session.slip_outcome in UNDER_WAY or not state.world.usable(RECEIPT_PRINTER):
        return None
    state = with_session(state, slip_job=None, slip_outcome="queued")
    return stay(state, PrintReceipt(receipt), touched_mono=state.mono)


def followed(state: FlowState, event: ReceiptReady | PrintUpdate) -> Outcome | None:
    """How far the slip came, whatever page is up; None when the event is about another paper."""
    session = state.session
    if session is None:
        return None
    if isinstance(event, ReceiptReady):
        return stay(with_session(state, slip_job=event.job_id)) if event.slip else None
    if session.slip_job is None or event.job_id != session.slip_job:
        return None
    return stay(with_session(state, slip_outcome=event.outcome.value), touched_mono=state.mono)


def row(state: FlowState, question: str, use: str) -> Row:
    """The line that offers the slip and says how printing goes; without a printer it says to take a photograph.

    ``use`` says what the paper is good for.
    """
    session = state.session
    outcome = session.slip_outcome if session is not None else "none"
    if not state.world.usable(RECEIPT_PRINTER):
        return Row(question, hint=text(state, "slip.no_printer"), icon="printer")
    if outcome in UNDER_WAY:
        return Row(question, hint=text(state, "slip.printing"), icon="printer")
    again = outcome in ("confirmed", "unknown", "failed")
    key = Key(PRINT, text(state, "slip.again" if again else "slip.print"), icon="printer")
    hint = text(state, f"slip.{outcome}") if again else use
    return Row(question, hint=hint, icon="printer", key=key)
