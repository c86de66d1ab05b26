"""What is still missing before a case may be submitted: the review's way on, and the last check before committing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.flow import joined, slots
from kiosk.flow.machine import Outcome, goto
from kiosk.flow.state import FlowState, engine_of
from kiosk.forms import MaterialCheck, PaperGiven
from kiosk.forms.records import record_view


@dataclass(frozen=True, slots=True)
class Gap:
    """The first place that needs the resident: a step, and the question or page on it."""

    step: str
    page: str | None = None


def first_gap(state: FlowState) -> Gap | None:
    """The earliest unanswered or wrong thing on this path, in the item's order; None when the case is whole."""
    package, session = state.package, state.session
    if package is None or session is None:
        return Gap("home")
    engine, ctx = engine_of(package), state.context
    if engine.scenario_outcome(session.answers, ctx).kind == "cannot":
        return Gap("cannot")
    for activity in package.activities:
        match activity:
            case "scenario":
                for question in engine.scenario_questions(session.answers, ctx):
                    if question.path not in session.answers:
                        return Gap("scenario", question.path)
            case "consent":
                if any(c.required and c.id not in session.consents for c in package.consents):
                    return Gap("consent")
            case "identify":
                if package.identify and session.subject is None:
                    return Gap("identify")
            case "lookup" if package.record is not None and session.subject is not None:
                if session.record_state in ("not_asked", "asking"):
                    return Gap("lookup")
                known = session.record_state == "answered"
                if known and record_view(package.record, session.record, state.today).stop is not None:
                    return Gap("lookup")
            case "form":
                for run in engine.pages(session.answers, ctx):
                    if engine.check_page(run.key, session.answers, ctx):
                        return Gap("form", run.key)
            case "book" if (path := slots.wrong(state)) is not None:
                return Gap("book", path)
            case "materials":
                for need in engine.materials(session.answers, session.waiving, ctx):
                    way = session.material_ways.get(need.material.id)
                    open_yet = way not in need.material.ways or (
                        way == "capture" and need.material.id not in session.papers
                    )
                    if need.state == "needed" and open_yet:
                        return Gap("materials", f"material:{need.material.id}")
            case "precheck":
                failed = next((check for check in checked(state) if check.state != "pass"), None)
                if failed is not None:
                    return Gap("precheck")
            case "sign":
                if not session.declared or session.signature is None:
                    return Gap("sign")
            case "parties":
                if open_needs := joined.open_needs(state):
                    return Gap("parties", open_needs[0].key)
    return None


def checked(state: FlowState) -> tuple[MaterialCheck, ...]:
    """What the window's rules say of each paper of this path, as it was given so far."""
    package, session = state.package, state.session
    if package is None or session is None:
        return ()
    given = {name: PaperGiven(way, len(session.papers.get(name, ()))) for name, way in session.material_ways.items()}
    return engine_of(package).precheck(session.answers, session.waiving, given, state.context)


def after_change(state: FlowState) -> Outcome:
    """Back to the review; when the change opened a new question, to that first."""
    gap = first_gap(state)
    if gap is None:
        return goto("review", state)
    return goto(gap.step, replace(state, page=gap.page, changing=gap.step != "identify"))
