"""The screens broke down in the middle of a visit: for a minute the same resident may go on, and nobody else.

Whose visit it was is not shown. Who cannot show it, or does not want to, leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import IdentityProof, IntakeSession, Method
from kiosk.flow import identity, laying_aside
from kiosk.flow.effects import Effect, FindVisit, GoOnWithVisit, Record, StopDevices
from kiosk.flow.events import CatalogueLoaded, FlowEvent, Tick, Touched, VisitFound, VisitLost
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.offer import allowed
from kiosk.flow.parts import screen, text, word
from kiosk.flow.state import FlowState, Returning
from kiosk.flow.view import BusyBody, Key, Row, ScreenView

ANEW = "resume.anew"
READING_S = 10.0
"""A card that is being read when the time is over is still read to its end, at most so long."""


def applies(state: FlowState) -> bool:
    """Only at the start of the program."""
    return False


def began(state: FlowState, session: str, left_s: float) -> FlowState:
    """The state of a terminal that starts into an interrupted visit."""
    here = IntakeSession(id=session, started_mono=state.mono)
    return replace(state, step="resume", session=here, returning=Returning(state.mono + left_s))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The visit is looked for once the items are there."""
    return stay(state, step_mono=state.mono, touched_mono=state.mono)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Found, shown by the same person, or over."""
    returning = state.returning
    if returning is None:
        return None
    match event:
        case CatalogueLoaded() if returning.draft is None:
            return stay(state, FindVisit())
        case VisitFound(_, draft, filing) if returning.draft is None:
            state = replace(state, returning=replace(returning, draft=draft, filing=filing), language=draft.language)
            return identity.start(state, _ways(state))
        case VisitLost():
            return goto("wiped", state)
        case Touched(name) if name == ANEW:
            return goto("wiped", state, Record("visit.not_resumed", code="declined"))
        case Tick() if left(state) <= 0 and not _reading(state):
            return goto("wiped", state, Record("visit.not_resumed", code="too_late"))
    if returning.draft is None:
        return None
    heard = identity.heard(state, event, _ways(state))
    return _shown(state, heard) if isinstance(heard, identity.Shown) else heard


def left(state: FlowState) -> float:
    """Seconds in which the resident may still go on."""
    return state.returning.until - state.mono if state.returning is not None else 0.0


def _reading(state: FlowState) -> bool:
    return state.phase in ("reading", "checking") and left(state) > -READING_S


def _ways(state: FlowState) -> tuple[Method, ...]:
    draft = state.returning.draft if state.returning is not None else None
    package = draft.session.package if draft is not None else None
    return allowed(package) if package is not None else ()


def _shown(state: FlowState, shown: identity.Shown) -> Outcome:
    returning = state.returning
    before = returning.draft.session.subject if returning is not None and returning.draft is not None else None
    if returning is None or returning.draft is None or before is None:
        return goto("wiped", state)
    match laying_aside.same_person(before, shown.subject):
        case None:
            return stay(state, Record("visit.not_resumed", code="other_way"), phase="failed", problem="other_way")
        case False:
            return goto("wiped", state, StopDevices(), Record("visit.not_resumed", code="other_person"))
    proof = IdentityProof(shown.method, state.now, shown.trust)
    here = replace(state.here, subject=before, proof=proof)
    effects: tuple[Effect, ...] = (*shown.effects, GoOnWithVisit(), Record("visit.resumed"))
    state = replace(state, returning=None)
    filing = returning.filing
    if filing is None:
        onward = laying_aside.taken_up(state, returning.draft, here=here)
        return replace(onward, effects=(*effects, *onward.effects))
    session = replace(
        returning.draft.session,
        started_mono=state.mono,
        proof=proof,
        filing=replace(filing, settled=True),
        print_outcome="none",
    )
    # It was filed before the crash: the page says so, and nothing is filed a second time.
    return goto("result", state, *effects, session=session, phase="waiting", problem=None, page=None)


def view(state: FlowState) -> ScreenView:
    """One sentence, the seconds, and how to show who it is."""
    draft = state.returning.draft if state.returning is not None else None
    if draft is None:
        body = BusyBody(text(state, "resume.looking"), text(state, "resume.looking_text"))
        return screen(state, text(state, "resume.title_short"), body, key="looking", back=_anew(state))
    place = state.world.place
    elsewhere = (
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
        Row(text(state, "elsewhere.place"), word(state, place.staffed), icon="place"),
    )
    page = identity.page(state, _ways(state), elsewhere)
    seconds = max(0, int(left(state) + 0.999))
    return replace(
        page,
        title=page.title if state.phase in ("reading", "checking") else text(state, "resume.title"),
        lead=text(state, "resume.lead", count=seconds),
        back=_anew(state),
    )


def _anew(state: FlowState) -> Key:
    return Key(ANEW, text(state, "resume.anew"), icon="reload")
