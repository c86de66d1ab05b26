"""What one event says about the use of the terminal: counts of pages and visits, never anything of a person.

Pure, and beside the flow: it looks at the state before and after, and decides nothing. Pages are told by the names of
steps and by what the package calls its pages and fields; see :mod:`kiosk.domain.usage`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.session import IntakeSession
from kiosk.domain.time import local
from kiosk.domain.usage import MINUTES, SECONDS, Ending, Mark, What, bucket
from kiosk.flow.events import FlowEvent, Tick, Touched
from kiosk.flow.outcome import status_of
from kiosk.flow.parts import find_page
from kiosk.flow.state import FlowState, engine_of

FRONT = frozenset(
    {"language", "home", "search", "items", "elsewhere", "take_up", "take_up_identify", "no_work", "resume"}
)
"""Steps that belong to no item, whatever was looked at before."""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The page that is up, and since when (monotonic seconds)."""

    item: str
    page: str
    since: float

    def mark(self, what: What, detail: str = "") -> Mark:
        """A count about it."""
        return Mark(self.item, self.page, what, detail)


def opened(state: FlowState) -> OpenPage | None:
    """The page of a resident; None while nobody is here."""
    session = state.session
    if session is None:
        return None
    item = session.work.item_id if session.work is not None else session.item_id
    return OpenPage("" if state.step in FRONT else item or "", _page(state), state.mono)


def _page(state: FlowState) -> str:
    """The step; of scenario and form the question or page, by the name the package gives it."""
    if state.step == "form" and (run := find_page(state)) is not None:
        return f"form.{run.page.id}"
    if state.step == "scenario" and (package := state.package) is not None and state.session is not None:
        questions = engine_of(package).scenario_questions(state.session.answers, state.context)
        return next((question.path for question in questions if question.path == state.page), state.step)
    return state.step


def noticed(
    page: OpenPage | None, before: FlowState, event: FlowEvent, after: FlowState
) -> tuple[OpenPage | None, tuple[Mark, ...]]:
    """What to count, and the page that is up now."""
    was, session = before.session, after.session
    marks: list[Mark] = []
    over = was is not None and (session is None or session.id != was.id)
    if session is not None and (was is None or over):
        marks += [Mark("", "", What.BEGUN), Mark("", "", What.HOUR, f"{local(after.now):%H}")]
    now = opened(after)
    if not over and now is not None and page is not None and (now.item, now.page) == (page.item, page.page):
        marks += _on(page, before, event, after)
        return page, tuple(marks)
    if page is not None:
        marks += _left(page, _way(page, was if over else None, event, after), after)
    if now is not None:
        marks.append(now.mark(What.SHOWN))
    if over and was is not None:
        marks += _ended(was, before, after)
    return now, tuple(marks)


def _on(page: OpenPage, before: FlowState, event: FlowEvent, after: FlowState) -> list[Mark]:
    """What happens without leaving the page."""
    marks: list[Mark] = []
    if after.overlay == "help" and before.overlay != "help":
        marks.append(page.mark(What.HELP))
    if after.errors and after.errors is not before.errors and event == Touched("action.next"):
        marks += [page.mark(What.REFUSED, f"{_bare(path)}:{wrong.code}") for path, wrong in after.errors.items()]
    if after.problem is not None and after.problem != before.problem:
        marks.append(page.mark(What.REFUSED, after.problem))
    return marks


def _bare(path: str) -> str:
    """A field's path without the number of the entry it stands in."""
    return ".".join(part for part in path.split(".") if not part.isdigit())


def _left(page: OpenPage, way: str, after: FlowState) -> list[Mark]:
    marks = [page.mark(What.LEFT, way)]
    if way in ("next", "back", "home", "end"):
        # Of a page that somebody walked away from, only the time-out would be known.
        marks.append(page.mark(What.SECONDS, bucket(after.mono - page.since, SECONDS)))
    return marks


def _way(page: OpenPage, over: IntakeSession | None, event: FlowEvent, after: FlowState) -> str:
    """How the page was left; ``over`` is the visit that ended with it."""
    if over is not None:
        if _ending(over) not in (Ending.GIVEN_UP, Ending.LOOKED):
            return "end"
        if after.ended is not None:
            return after.ended
        return "idle" if isinstance(event, Tick) else "exit"
    if after.step == "parking":
        return "parked"
    if after.step == "home" and page.page not in FRONT:
        return "home"
    return "back" if event == Touched("action.back") else "next"


def _ended(session: IntakeSession, before: FlowState, after: FlowState) -> list[Mark]:
    """About the visit as a whole."""
    item = (session.work.item_id if session.work is not None else session.item_id) or ""
    minutes = bucket((after.mono - session.started_mono) / 60, MINUTES)
    return [
        Mark(item, "", What.ENDED, _ending(session).value),
        Mark(item, "", What.MINUTES, minutes),
        *(Mark("", "", What.USED, how) for how in (before.language, *before.modes.on())),
    ]


def _ending(session: IntakeSession) -> Ending:
    if session.parked is not None:
        return Ending.PARKED
    if session.filing is not None:
        decided = status_of(session.filing) in ("granted", "refused")
        return Ending.FINISHED if decided else Ending.SUBMITTED
    package = session.package
    if package is not None and package.kind == "query" and session.record_state == "answered":
        return Ending.FINISHED
    begun = session.subject is not None or bool(session.consents)
    return Ending.GIVEN_UP if begun else Ending.LOOKED
