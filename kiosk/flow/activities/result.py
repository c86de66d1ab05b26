"""What happened to the case. Received here is not accepted there: page, receipt and speech use the same words."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.domain.case import FiledCase
from kiosk.domain.session import Filing
from kiosk.domain.time import local
from kiosk.flow import slots
from kiosk.flow.activities.submit import noted
from kiosk.flow.effects import WatchCase
from kiosk.flow.events import CaseAnswered, FlowEvent, Touched, WatchOver
from kiosk.flow.machine import Direction, Outcome, forward, goto, stay
from kiosk.flow.outcome import booked_at, child_state, filed, state_key, status_of
from kiosk.flow.parts import next_key, screen, text, word
from kiosk.flow.privacy import private
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import Key, Notice, ResultBody, Row, ScreenView, TrackStep

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
    """Where the centre takes a while to decide, ask how far it is as long as somebody waits here."""
    return _watched(state)


def _watched(state: FlowState) -> Outcome:
    package, session = state.visit
    slow = package.decision is not None and package.decision.after_s is not None
    if slow and session.watch == "none" and status_of(filed(state)) == "accepted":
        return stay(with_session(state, watch="watching"), WatchCase(filed(state).main.case_id))
    return stay(state)


def _waits(state: FlowState) -> bool:
    """Whether the page says that somebody decides right now."""
    return state.visit[1].watch == "watching" and status_of(filed(state)) == "accepted"


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A late answer still changes the page; going on fetches the receipt."""
    match event:
        case CaseAnswered(answer):
            told = _watched(with_session(state, filing=noted(state, answer)))
            return replace(told, state=replace(told.state, touched_mono=state.mono))
        case WatchOver():
            return stay(with_session(state, watch="over"))
        case Touched("action.again") if _can_book_again(state):
            return _book_again(state)
        case Touched("action.next"):
            return forward(state)
    return None


def _can_book_again(state: FlowState) -> bool:
    """The time was gone when the case came: another one can be chosen at once."""
    return state.visit[0].booking is not None and status_of(filed(state)) == "refused"


def _book_again(state: FlowState) -> Outcome:
    """Back to the days with everything else as it was; what is confirmed then is a case of its own."""
    rules = slots.rules_of(state)
    state = with_session(state, filing=None, slots_state="not_asked", watch="none")
    return goto("book", state, changing=True, page=rules.day if rules is not None else None)


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
    within = text(state, "track.within", count=days) if days else text(state, "track.soon")
    if status == "granted":
        last = TrackStep("done", text(state, "track.granted"))
    elif status == "refused":
        last = TrackStep("failed", text(state, "track.refused"))
    elif status == "referred":
        last = TrackStep("waiting", text(state, "track.referred"), within)
    elif (when := booked_at(state)) is not None:
        last = TrackStep("to_come", text(state, "track.visit"), word(state, when))
    elif _waits(state):
        last = TrackStep("waiting", text(state, "track.deciding"), text(state, "track.deciding_soon"))
    else:
        last = TrackStep("to_come", text(state, "track.done"), within)
    return here, sent, accepted, last


def _document_row(state: FlowState, label: str, value: str) -> Row:
    """What is about a person is whole on the paper that is taken home; on the screen only while it is asked for."""
    masked = private(state, value)
    return Row(label, masked, reveal=value if masked != value else None)


def _part(state: FlowState, filing: Filing, case: FiledCase) -> Row:
    """One agency's part of a bundle: what, and how far it is there."""
    how_far = word(state, child_state(filing, case.case_id))
    words = text(state, "parts.row", title=word(state, case.title), state=how_far)
    return Row(word(state, case.office), words)


def _notice(state: FlowState) -> Notice | None:
    """While somebody decides: wait or leave, both are right."""
    if _waits(state):
        return Notice("info", text(state, "watch.now"), text(state, "watch.now_do"), "clock")
    if state.visit[1].watch == "over" and status_of(filed(state)) == "accepted":
        return Notice("info", text(state, "watch.over"), text(state, "watch.over_do"), "clock")
    return None


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
    if (when := booked_at(state)) is not None:
        numbers.append(Row(text(state, "book.when"), word(state, when)))
    parts = filing.cases[1:]
    for code in filing.codes:
        value = text(state, "codes.value", code=code.shown, day=code.due_on.isoformat())
        numbers.append(Row(text(state, f"codes.row_{code.kind}", who=code.who), value))
    reason = None
    if answer is not None and answer.reason is not None:
        tone: Literal["done", "caution"] = "done" if status == "granted" else "caution"
        reason = Notice(
            tone, text(state, f"result.reason_{status}"), private(state, word(state, answer.reason)), "info"
        )
    document: tuple[Row, ...] = ()
    document_title = ""
    if answer is not None and answer.document is not None:
        document_title = word(state, answer.document.title)
        document = (
            Row(text(state, "result.document_no"), answer.document.number),
            *(_document_row(state, word(state, label), word(state, value)) for label, value in answer.document.rows),
        )
    elif parts:
        document_title = text(state, "result.parts_count", count=len(parts))
        document = tuple(_part(state, filing, case) for case in parts)
    lead = word(state, words.body) if words else text(state, f"result.{status}")
    return screen(
        state,
        text(state, state_key(package, filing)),
        ResultBody(_ICONS[status], _track(state), tuple(numbers), reason, document, document_title),
        key=f"{status}:{state.visit[1].watch}",
        lead=lead,
        notice=_notice(state),
        back=Key("action.again", text(state, "book.again"), icon="calendar") if _can_book_again(state) else None,
        primary=next_key(state, "result.to_receipt"),
    )
