"""The readiness report on the screen: the verdict, why, and a slip of it for the pocket."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import PrintOutcome, PrintUpdate
from kiosk.domain.diagnostics import Finding, Readiness, Verdict
from kiosk.flow.effects import MakeReadiness, PrintReadiness
from kiosk.flow.events import ChecksRead, FlowEvent, ReadinessMade, SelfTested, Touched
from kiosk.flow.frame.diagnostics import noted
from kiosk.flow.machine import Direction, Outcome, stay
from kiosk.flow.parts import BACK, screen, text
from kiosk.flow.state import FlowState
from kiosk.flow.view import CheckBody, Key, Notice, Row, ScreenView, Tone

REPORT_JOB = "readiness"
FINDINGS_SHOWN = 9
_PRINTS = {
    PrintOutcome.QUEUED: "readiness.printing",
    PrintOutcome.SENT: "readiness.printing",
    PrintOutcome.HELD: "readiness.printing",
    PrintOutcome.CONFIRMED: "readiness.printed",
}


def applies(state: FlowState) -> bool:
    """Behind the technician's first page."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """It is being made."""
    return stay(state, staff=replace(state.staff, report_print=None))


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Show it, print it, make it again."""
    staff = state.staff
    match event:
        case ReadinessMade(report, folder):
            return stay(state, staff=replace(staff, report=report, report_folder=folder))
        case Touched("readiness.print") if staff.report is not None:
            return stay(state, PrintReadiness(staff.report), staff=replace(staff, report_print=PrintOutcome.QUEUED))
        case Touched("readiness.make") if staff.report_folder is not None:
            fresh = replace(staff, report=None, report_folder=None, report_print=None)
            return stay(state, MakeReadiness(), staff=fresh)
        case PrintUpdate(job_id, outcome) if job_id == REPORT_JOB:
            return stay(state, staff=replace(staff, report_print=outcome))
        case SelfTested() | ChecksRead():
            return noted(state, event)
        case Touched("action.back"):
            return Outcome(state, (), "back:diagnostics")
    return None


def about(state: FlowState, finding: Finding) -> str:
    """What a finding is about, in words."""
    known = finding.about in state.world.devices
    return text(state, f"device.{finding.about}" if known else f"readiness.about_{finding.about}")


def view(state: FlowState) -> ScreenView:
    """Verdict first."""
    staff = state.staff
    report = staff.report
    back = Key(BACK, text(state, "key.back"), icon="back")
    title = text(state, "readiness.title")
    if report is None:
        words = "readiness.working" if staff.report_folder is None else "readiness.not_made"
        notice = Notice("info", text(state, words), icon="document")
        return screen(state, title, CheckBody(notice), key="working", back=back, bare=True, staff=True)
    keys = (
        Key("readiness.print", text(state, "readiness.print"), icon="printer"),
        Key("readiness.make", text(state, "readiness.again"), icon="reload"),
    )
    body = CheckBody(_verdict(state, report), _rows(state, report), keys=keys)
    return screen(state, title, body, key=report.verdict.value, back=back, bare=True, staff=True)


def _verdict(state: FlowState, report: Readiness) -> Notice:
    staff = state.staff
    kept = text(state, "readiness.saved", folder=staff.report_folder) if staff.report_folder else ""
    if staff.report_print is not None:
        kept = text(state, _PRINTS.get(staff.report_print, "readiness.not_printed"))
    tone: Tone = "done" if report.verdict is Verdict.READY else "caution"
    return Notice(tone, text(state, f"readiness.{report.verdict.value}"), kept, "info")


def _rows(state: FlowState, report: Readiness) -> tuple[Row, ...]:
    if not report.findings:
        return (Row(text(state, "readiness.none")),)
    return tuple(Row(about(state, finding), finding.code) for finding in report.findings[:FINDINGS_SHOWN])
