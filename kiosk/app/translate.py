"""What the sync loop reports, in the flow's words and in the log's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kiosk.domain.case import CaseAnswer, IssuedDocument
from kiosk.flow.events import CaseAnswered, CentreReachable, FlowEvent, WaitOver
from kiosk.flow.state import FlowState, Place
from kiosk.ports import central as centre
from kiosk.ports.central import CentreAnswer, CentreDecision
from kiosk.ports.events import EventLog


def record_sending(event: object, log: EventLog) -> None:
    """Write down what became of sending; nothing here is about a person."""
    match event:
        case centre.CaseSent(case_id, answer):
            log.emit("case.send_result", case_id=case_id, code=answer.status)
        case centre.CaseDecided(case_id, decision):
            log.emit("case.decided", case_id=case_id, code=decision.outcome)
        case centre.CasePostponed(case_id):
            log.emit("case.send_result", case_id=case_id, code="postponed")
        case centre.CaseParked(case_id, reason):
            log.emit("case.send_result", case_id=case_id, code=f"parked.{reason}")
        case centre.CentreReachable(reachable):
            log.emit("centre.reachable", code="yes" if reachable else "no")
        case centre.PackageRefused(item_id, version):
            log.emit("package.refused", code=f"{item_id}.{version}")
        case centre.SyncPaused(paused):
            log.emit("sync.paused", code="yes" if paused else "no")
        case centre.GatewaySuspicious(suspicious):
            log.emit("gateway.suspicious", code="yes" if suspicious else "no")


def translate(
    event: object, state: FlowState, load: Callable[[], None], places: Callable[[], None]
) -> tuple[FlowEvent, ...]:
    """Sync events in the flow's words; everything else already is one. What changed in the store is loaded by name."""
    match event:
        case centre.CaseSent(_, answer):
            return (CaseAnswered(case_answer(answer, state.world.place)),)
        case centre.CaseDecided(case_id, decision):
            return _decided(case_id, decision, state)
        case centre.CasePostponed(case_id) | centre.CaseParked(case_id):
            return _wait_over(case_id, state)
        case centre.CentreReachable(reachable):
            return (CentreReachable(reachable),)
        case centre.CatalogueChanged() | centre.PackageRefused():
            load()
            return ()
        case centre.SitesChanged():
            places()
            return ()
        case centre.SyncPaused() | centre.GatewaySuspicious():
            return ()
    return (event,)  # type: ignore[return-value]


def _decided(case_id: str, decision: CentreDecision, state: FlowState) -> tuple[FlowEvent, ...]:
    """A decision that came after the centre had taken the case: what it said then, with what it says now."""
    filing = state.session.filing if state.session is not None else None
    before = filing.answers.get(case_id) if filing is not None else None
    if before is None:
        return ()
    document = document_of(case_id, decision, state.world.place)
    return (CaseAnswered(replace(before, status=decision.outcome, reason=decision.reason, document=document)),)


def _wait_over(case_id: str, state: FlowState) -> tuple[FlowEvent, ...]:
    """A case of this visit could not be sent now: waiting longer would only cost the resident time."""
    session = state.session
    if session is None or session.filing is None or session.filing.settled:
        return ()
    mine = case_id in {case.case_id for case in session.filing.cases}
    return (WaitOver(session.id),) if mine else ()


def document_of(case_id: str, decision: CentreDecision, place: Place) -> IssuedDocument | None:
    """The document that a decision brought, if it brought one."""
    raw: Mapping[str, Any] | None = decision.document
    if raw is None:
        return None
    return IssuedDocument(
        title=raw["title"],
        number=raw["number"],
        statement=raw["statement"],
        rows=tuple((row["label"], row["value"]) for row in raw["rows"]),
        issued_on=raw["issued_on"],
        valid_to=raw["valid_to"],
        issuer=raw["issuer"],
        verify_url=place.progress_url.format(case_id=case_id),
    )


def case_answer(answer: CentreAnswer, place: Place) -> CaseAnswer:
    """The centre's answer in the flow's words."""
    document = document_of(answer.case_id, answer.decision, place) if answer.decision is not None else None
    return CaseAnswer(
        case_id=answer.case_id,
        status=answer.status,
        accepted_at=answer.accepted_at,
        official_no=answer.official_no,
        ticket_no=answer.ticket_no,
        reason=answer.decision.reason if answer.decision else None,
        document=document,
    )
