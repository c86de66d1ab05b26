""" "This is wrong": a resident contests what a card, an e-licence or a register says.

What can be typed instead is typed, and the case says that the record was called wrong; what cannot is only marked, for
the people who decide. Nothing a resident says here changes a record.
"""

from __future__ import annotations

from kiosk.domain.session import Contest
from kiosk.flow.parts import answer_of
from kiosk.flow.state import FlowState, with_session

KEY = "contest."
"""In front of an answer path or ``licence:TYPE``: the key that says so, and takes it back."""


def said(state: FlowState, path: str) -> FlowState:
    """An answer that a source brought is replaced by another: the record is contested."""
    answer, session = answer_of(state, path), state.session
    if session is None or answer is None or path in session.contests:
        return state
    match answer.source:
        case "card" | "licence" | "record" | "citizen_code" | "passport":
            contests = {**session.contests, path: Contest(answer.source, state.now)}
            return with_session(state, contests=contests)
    return state


def turned(state: FlowState, path: str) -> FlowState:
    """Said, or taken back."""
    session = state.session
    if session is not None and path in session.contests:
        return with_session(state, contests={place: c for place, c in session.contests.items() if place != path})
    return said(state, path)


def licence(state: FlowState, kind: str) -> FlowState:
    """An e-licence is called wrong, or right after all: while it is wrong it takes no paper's place."""
    session = state.session
    if session is None:
        return state
    place = f"licence:{kind}"
    contests = {where: c for where, c in session.contests.items() if where != place}
    if place not in session.contests:
        contests[place] = Contest("licence", state.now)
    return with_session(state, contests=contests)
