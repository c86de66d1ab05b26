"""Laying a visit aside and going on with it: what is taken along, who may, and where the resident stands then.

Two things use it: work that is parked on purpose, and the visit that a crash of the screens ended.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import Draft, IntakeSession, Method, Subject
from kiosk.flow import licences, pictures
from kiosk.flow.activities.gaps import first_gap
from kiosk.flow.effects import AskRecord, Effect
from kiosk.flow.machine import Outcome
from kiosk.flow.state import FlowState, engine_of, with_session

CONSENT = "park"
"""The consent to have the work put by when the visit ends by itself."""
COME_BACK_BY: tuple[Method, ...] = ("id_card", "citizen_qr")
"""The ways in which the owner is known again, at the centre as here."""
_ANCHORS = {
    "cannot": "scenario",
    "capture": "materials",
    "hand_over": "parties",
    "party_identify": "parties",
    "party_sees": "parties",
    "party_sign": "parties",
    "hand_back": "parties",
    "submit": "review",
}
"""Steps that nobody can be set down on -> the one they belong to."""

_BEHIND_THE_FORM = frozenset({"precheck", "sign", "parties", "review"})


def of_somebody(state: FlowState) -> bool:
    """Whether somebody known is with an item, so that there is something to go on with after a crash."""
    package, session = state.package, state.session
    return package is not None and session is not None and session.subject is not None and session.work is None


def may_park(state: FlowState) -> bool:
    """Whether this work could be put by now. A look-up has nothing to put by."""
    package, session = state.package, state.session
    if not state.world.parking or package is None or session is None or not of_somebody(state):
        return False
    subject, proof = session.subject, session.proof
    known = subject is not None and bool((subject.number and subject.name) or subject.handle)
    # Nobody comes back with a passport: its lines prove too little for somebody else's half of a key.
    known = known and proof is not None and proof.method in COME_BACK_BY
    open_yet = session.filing is None and state.step not in ("submit", "parking", "carry_on")
    return known and open_yet and "submit" in package.activities


def offered(state: FlowState) -> bool:
    """Whether whoever stands here is asked; not while somebody else has the terminal."""
    return may_park(state) and state.session is not None and state.session.joining is None


def agreed(state: FlowState) -> bool:
    """Whether the resident said beforehand that the work is to be put by when the visit ends by itself."""
    return may_park(state) and state.session is not None and CONSENT in state.session.consents


def of_visit(state: FlowState) -> Draft:
    """All that the same resident needs to go on here in a minute."""
    package, session = state.visit
    return Draft(
        session=session,
        item_version=package.version,
        package_sha256=package.sha256,
        step=state.step,
        page=state.page,
        changing=state.changing,
        language=state.language,
    )


def to_park(state: FlowState) -> Draft:
    """The same for another day: who it is is shown again, and what registers and library said is asked again."""
    draft = of_visit(state)
    told = ("record", "licence")
    session = replace(
        draft.session,
        id="",
        answers={path: answer for path, answer in draft.session.answers.items() if answer.source not in told},
        subject=None,
        proof=None,
        licence_state="not_asked",
        licences={},
        licences_asked=frozenset(),
        record_state="not_asked",
        record={},
        record_as_of=None,
        claimed=None,
    )
    return replace(draft, session=session)


def same_person(one: Subject, other: Subject) -> bool | None:
    """Whether it is the same person; None when the one was shown in a way that says nothing about the other."""
    if one.handle and other.handle:
        return one.handle == other.handle
    if one.number and other.number:
        return (one.number, one.name) == (other.number, other.name)
    return None


def taken_up(state: FlowState, draft: Draft, *, here: IntakeSession) -> Outcome:
    """On with the draft, as the person who is ``here``: at the page where it was, or before it where something of it
    does not hold any more. Registers and library are asked again beside that; nobody waits for them.
    """
    session = replace(draft.session, id=here.id, started_mono=here.started_mono, subject=here.subject, proof=here.proof)
    state = replace(
        state,
        session=session,
        language=draft.language,
        step=draft.step,
        page=draft.page,
        changing=draft.changing,
        phase="waiting",
        problem=None,
        came_from="home",
        touched_mono=state.mono,
    )
    state, asking = licences.ask(state)
    state, looking = _record(state)
    state, step = _stand(state)
    return Outcome(state, asking + looking, f"at:{step}")


def _record(state: FlowState) -> tuple[FlowState, tuple[Effect, ...]]:
    """Whoever was past the look-up has its facts asked for again, beside whatever page is up."""
    package, session = state.visit
    order = package.activities
    past = "lookup" in order and order.index("lookup") < _position(order, state.step)
    if package.record is None or session.record_state != "not_asked" or not past:
        return state, ()
    return with_session(state, record_state="asking"), (AskRecord(),)


def _position(order: tuple[str, ...], step: str) -> int:
    anchor = _ANCHORS.get(step, step)
    return order.index(anchor) if anchor in order else -1


def _stand(state: FlowState) -> tuple[FlowState, str]:
    """Where the resident is set down: the page in the state, and the step."""
    package, session = state.visit
    order, anchor = ("guide", *package.activities), _ANCHORS.get(state.step, state.step)
    if state.step == "capture" and (path := pictures.path_of(state.page)) is not None:
        # A picture that a field asks for is taken from the form.
        runs = engine_of(package).pages(session.answers, state.context)
        anchor, page = "form", next((run.key for run in runs if any(one.path == path for one in run.fields)), None)
        state = replace(state, page=page)
    if anchor not in order:
        anchor = "guide"
    quiet = with_session(state, record_state="unavailable") if session.record_state == "asking" else state
    gap = first_gap(quiet)
    if gap is not None and (gap.step not in order or order.index(gap.step) < order.index(anchor)):
        # Whoever had answered everything is brought back to where they were once the gap is closed.
        page = None if gap.step == "materials" else gap.page
        return replace(state, page=page, changing=state.changing or anchor in _BEHIND_THE_FORM), gap.step
    return state, anchor
