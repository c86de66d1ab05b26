"""The certificate on A4: offered where such a printer works, followed to its end, and never longer than the session."""

from __future__ import annotations

from kiosk.domain.devices import DOCUMENT_PRINTER, PrintOutcome, PrintUpdate
from kiosk.flow.effects import Effect, PrintDocument, Record
from kiosk.flow.events import SheetReady
from kiosk.flow.machine import Outcome, stay
from kiosk.flow.outcome import certificate
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Key, Notice, SheetView
from kiosk.flow.where import other_line
from kiosk.texts import on_paper

PRINT = "document.print"
UNDER_WAY = frozenset({"queued", "sent"})
ENDED = frozenset({"confirmed", "unknown", "failed", "canceled"})
KNOWN_HELD = frozenset({"paper_out", "paper_jammed", "cover_open", "toner_out", "tray_missing", "output_full"})
"""Reasons for waiting that a resident is told apart."""


def asked(state: FlowState) -> Outcome | None:
    """The resident wants it on paper. Not while one is under way, nor again when one may have come out already."""
    session = state.session
    if session is None or session.filing is None or session.sheet_outcome in UNDER_WAY | {"held", "confirmed"}:
        return None
    document = certificate(session.filing.answer, on_paper(state.language))
    if document is None or not state.world.usable(DOCUMENT_PRINTER):
        return None
    state = with_session(state, sheet_job=None, sheet_outcome="queued", sheet_detail="")
    return stay(state, PrintDocument(document), touched_mono=state.mono)


def followed(state: FlowState, event: SheetReady | PrintUpdate) -> Outcome | None:
    """What became of the job, whatever page is up; None when the update is about something else."""
    session = state.session
    if session is None:
        return None
    if isinstance(event, SheetReady):
        return stay(with_session(state, sheet_job=event.job_id))
    if event.job_id != session.sheet_job or session.sheet_job is None:
        return None
    effects: tuple[Effect, ...] = ()
    if event.outcome.value in ENDED or event.outcome is PrintOutcome.HELD:
        effects = (Record("document.outcome", code=event.outcome.value),)
    # A page that is coming out keeps the session; one that waits for paper does not: its resident may be gone.
    touched = state.touched_mono if event.outcome is PrintOutcome.HELD else state.mono
    state = with_session(state, sheet_outcome=event.outcome.value, sheet_detail=event.detail)
    return stay(state, *effects, touched_mono=touched)


def view(state: FlowState) -> SheetView | None:
    """What the receipt page says about it; None without a certificate, or where there never was an A4 printer."""
    session = state.session
    if session is None or session.filing is None or not state.world.fitted(DOCUMENT_PRINTER):
        return None
    answer = session.filing.answer
    if answer is None or answer.document is None:
        return None
    usable = state.world.usable(DOCUMENT_PRINTER)
    again = Key(PRINT, text(state, "sheet.again"), icon="printer") if usable else None
    match session.sheet_outcome:
        case "none" if usable:
            return SheetView(
                "offered",
                Notice("info", text(state, "sheet.offered"), text(state, "sheet.offered_do"), "printer"),
                Key(PRINT, text(state, "sheet.print"), icon="printer"),
            )
        case "none":
            return SheetView(
                "unavailable", Notice("caution", text(state, "sheet.unavailable"), _else(state), "printer")
            )
        case "queued":
            return SheetView(
                "queued", Notice("guide", text(state, "sheet.queued"), text(state, "sheet.wait"), "printer")
            )
        case "sent":
            return SheetView(
                "printing", Notice("guide", text(state, "sheet.printing"), text(state, "sheet.slot"), "printer")
            )
        case "held":
            why = session.sheet_detail if session.sheet_detail in KNOWN_HELD else "other"
            follow = " ".join((text(state, "sheet.held_do"), _else(state)))
            return SheetView("held", Notice("caution", text(state, f"sheet.held_{why}"), follow, "printer"))
        case "confirmed":
            return SheetView(
                "confirmed", Notice("done", text(state, "sheet.take"), text(state, "sheet.take_do"), "printer")
            )
        case "unknown":
            return SheetView(
                "unknown",
                Notice("caution", text(state, "sheet.unknown"), text(state, "sheet.unknown_do"), "printer"),
                again,
            )
        case "canceled":
            return SheetView(
                "canceled", Notice("caution", text(state, "sheet.canceled"), _else(state), "printer"), again
            )
    return SheetView("failed", Notice("caution", text(state, "sheet.failed"), _else(state), "printer"), again)


def _else(state: FlowState) -> str:
    """Where the certificate can be had instead: from the code on this page, at another place, from people."""
    other = other_line(state, (frozenset({DOCUMENT_PRINTER}),))
    place = text(state, "sheet.collect", place=word(state, state.world.place.staffed))
    return " ".join((text(state, "sheet.download"), other or place))
