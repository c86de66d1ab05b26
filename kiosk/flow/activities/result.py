"""What happened to the case. Received here is not accepted there: page, receipt and speech use the same words."""

from __future__ import annotations

import re
from typing import Literal

from kiosk.domain.time import local
from kiosk.flow.activities.submit import noted
from kiosk.flow.events import CaseAnswered, FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, forward, stay
from kiosk.flow.outcome import filed, status_of
from kiosk.flow.parts import next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Notice, ResultBody, Row, ScreenView, TrackStep
from kiosk.forms import mask_id_number

ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]|[A-Z]{3}[0-9]{12}")
_ICONS: dict[str, Literal["received", "accepted", "granted", "refused", "referred", "ticket"]] = {
    "received": "received",
    "waiting": "received",
    "accepted": "accepted",
    "granted": "granted",
    "refused": "refused",
    "referred": "referred",
    "ticketed": "ticket",
}


def applies(state: FlowState) -> bool:
    """Once something is filed."""
    return state.session is not None and state.session.filing is not None


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Nothing to prepare."""
    return stay(state)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A late answer still changes the page; going on fetches the receipt."""
    match event:
        case CaseAnswered(answer):
            return stay(with_session(state, filing=noted(state, answer)))
        case Touched("action.next"):
            return forward(state)
    return None


def _track(state: FlowState) -> tuple[TrackStep, ...]:
    package, filing = state.visit[0], filed(state)
    status = status_of(filing)
    here = TrackStep(
        "done", text(state, "track.received"), text(state, "track.today", time=f"{local(filing.at):%H:%M}")
    )
    office = word(state, filing.main.office) or text(state, "track.office")
    if status == "received":
        sent = TrackStep("waiting", text(state, "track.send"), text(state, "track.send_later"))
        accepted = TrackStep("to_come", text(state, "track.accept", office=office))
    elif status == "waiting":
        sent = TrackStep("done", text(state, "track.sent"))
        accepted = TrackStep("waiting", text(state, "track.accept", office=office), text(state, "track.waiting"))
    else:
        sent = TrackStep("done", text(state, "track.sent"))
        accepted = TrackStep("done", text(state, "track.accepted", office=office))
    days = package.guide.promised_workdays
    within = text(state, "track.within", days=days) if days else text(state, "track.soon")
    if status == "granted":
        last = TrackStep("done", text(state, "track.granted"))
    elif status == "refused":
        last = TrackStep("failed", text(state, "track.refused"))
    elif status == "referred":
        last = TrackStep("waiting", text(state, "track.referred"), within)
    else:
        last = TrackStep("to_come", text(state, "track.done"), within)
    return here, sent, accepted, last


def _masked(value: str) -> str:
    """A number of a person is whole on the paper that is taken home, never on a screen others can see."""
    return ID_NUMBER.sub(lambda found: mask_id_number(found[0]), value)


def view(state: FlowState) -> ScreenView:
    """State first, numbers in groups, then what comes."""
    package, filing = state.visit[0], filed(state)
    status = status_of(filing)
    answer = filing.answer
    words = package.result.by_status.get(status)
    numbers = [Row(text(state, "result.case"), filing.main.case_id)]
    if answer is not None and (answer.ticket_no or answer.official_no):
        label = "result.ticket" if answer.ticket_no else "result.official"
        numbers.append(Row(text(state, label), answer.ticket_no or answer.official_no or ""))
    if len(filing.cases) > 1:
        numbers.append(Row(text(state, "result.parts"), text(state, "result.parts_count", count=len(filing.cases) - 1)))
    for code in filing.codes:
        value = text(state, "codes.value", code=code.shown, day=code.due_on.isoformat())
        numbers.append(Row(text(state, f"codes.row_{code.kind}", who=code.who), value))
    reason = None
    if answer is not None and answer.reason is not None:
        tone: Literal["done", "caution"] = "done" if status == "granted" else "caution"
        reason = Notice(tone, text(state, f"result.reason_{status}"), word(state, answer.reason), "info")
    document: tuple[Row, ...] = ()
    document_title = ""
    if answer is not None and answer.document is not None:
        document_title = word(state, answer.document.title)
        document = (
            Row(text(state, "result.document_no"), answer.document.number),
            *(Row(word(state, label), _masked(word(state, value))) for label, value in answer.document.rows),
        )
    lead = word(state, words.body) if words else text(state, f"result.{status}")
    return screen(
        state,
        text(state, f"status.{status}"),
        ResultBody(_ICONS[status], _track(state), tuple(numbers), reason, document, document_title),
        key=status,
        lead=lead,
        primary=next_key(state, "result.to_receipt"),
    )
