"""The others on a case: who has to confirm on this path, what each of them may read, and who has done it.

They confirm what is submitted: a signature holds as long as what was read, and whom it was expected of, stay the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

from kiosk.domain.session import Joining, Method, PartyJoined, Subject
from kiosk.flow.offer import METHODS
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.forms import PartyNeed, SeenRow, add_workdays, mask_answer, mask_name, party_digest, seen_rows

Refusal = Literal["nobody", "wrong_person", "same_person"]


def needs(state: FlowState) -> tuple[PartyNeed, ...]:
    """Everybody else who has to confirm on this path."""
    package, session = state.package, state.session
    if package is None or session is None or not package.parties:
        return ()
    return engine_of(package).parties(session.answers, state.context)


def seen(state: FlowState, need: PartyNeed) -> tuple[SeenRow, ...]:
    """What this person may read of the answers."""
    package, session = state.visit
    engine = engine_of(package)
    return seen_rows(engine, engine.sees(need, session.answers, state.context))


def digest(state: FlowState, need: PartyNeed) -> str:
    """Names what this person would confirm now."""
    package, session = state.visit
    return party_digest(need, engine_of(package).sees(need, session.answers, state.context))


def joined(state: FlowState, need: PartyNeed) -> PartyJoined | None:
    """What this person has done, as far as it still holds."""
    session = state.session
    done = session.parties.get(need.key) if session is not None else None
    if done is None or (done.way == "here" and done.digest != digest(state, need)):
        return None
    return done if done.way == "here" or need.party.later_workdays is not None else None


def open_needs(state: FlowState) -> tuple[PartyNeed, ...]:
    """Those who have neither confirmed nor will come later."""
    return tuple(need for need in needs(state) if joined(state, need) is None)


def at_hand(state: FlowState) -> PartyNeed:
    """The party who has the terminal now; LookupError when nobody has."""
    session = state.session
    joining = session.joining if session is not None else None
    for need in needs(state):
        if joining is not None and need.key == joining.key:
            return need
    raise LookupError(f"step {state.step} needs somebody who joins")


def joining(state: FlowState) -> Joining:
    """How far that person came; LookupError when nobody has the terminal."""
    session = state.session
    if session is None or session.joining is None:
        raise LookupError(f"step {state.step} needs somebody who joins")
    return session.joining


def with_joining(state: FlowState, **changes: object) -> FlowState:
    """The state with this person further on."""
    return with_session(state, joining=replace(joining(state), **changes))  # type: ignore[arg-type]


def ways(need: PartyNeed) -> tuple[Method, ...]:
    """How this person may show who they are."""
    return tuple(way for name in need.party.identify for way in METHODS if way == name)


def due_on(state: FlowState, need: PartyNeed) -> date | None:
    """The last day to come, where coming later is possible."""
    days = need.party.later_workdays
    return add_workdays(state.today, days) if days is not None else None


def masked(state: FlowState, need: PartyNeed) -> str:
    """The name as others may read it; what the person is called in this case where no name is known."""
    return mask_name(need.name) or word(state, need.party.title)


def called(state: FlowState, need: PartyNeed) -> str:
    """``买方 李＊＊``: who it is, without telling the name to everybody who looks on."""
    return text(state, "party.called", title=word(state, need.party.title), name=mask_name(need.name)).strip()


def own(state: FlowState, need: PartyNeed) -> bool:
    """Whether the form names the person at the terminal as this party, too: one of the shareholders, say."""
    subject = state.session.subject if state.session is not None else None
    return subject is not None and _is(subject, need)


def _is(subject: Subject, need: PartyNeed) -> bool:
    number = subject.number.strip().upper()
    return bool(number) and number == need.number.strip().upper() and subject.name.strip() == need.name.strip()


def refusal(state: FlowState, need: PartyNeed, subject: Subject) -> Refusal | None:
    """Why whoever was read cannot confirm as this party. The number decides; a name alone belongs to many."""
    session = state.session
    if not subject.number.strip() or session is None:
        return "nobody"
    if _is(subject, need):
        return None
    others = [session.subject, *(done.subject for done in session.parties.values())]
    taken = {other.number.strip().upper() for other in others if other is not None}
    return "same_person" if subject.number.strip().upper() in taken else "wrong_person"


def status(state: FlowState, need: PartyNeed) -> tuple[str, bool]:
    """In words how far this person is, and whether that is enough to submit."""
    done = joined(state, need)
    if done is None:
        return text(state, "party.open"), False
    if done.way == "here":
        return text(state, "party.signed"), True
    day = due_on(state, need)
    return text(state, "party.later_until", day=day.isoformat() if day else ""), True


def acting_for(state: FlowState) -> str | None:
    """Whom the person at the terminal acts for; None when for themselves. The name of a company is public, that of a
    person is masked.
    """
    package, session = state.package, state.session
    if package is None or session is None or package.acts_for is None:
        return None
    engine = engine_of(package)
    other = engine.acts_for(engine.data(session.answers, state.context))
    if other is None:
        return None
    asked = engine.field(package.acts_for.name)
    return mask_answer(asked, other[0]) if asked is not None else mask_name(other[0])
