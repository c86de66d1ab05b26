"""Asking the e-licence library: only with the resident's own consent, each type once, never waited for twice.

Asked first as soon as it is known who somebody is, so that what a licence says is there before it would be asked; asked
again before the materials for the types that the answers have brought up since.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.effects import Effect, LookUpLicences
from kiosk.flow.events import LicencesFound, LicencesUnavailable
from kiosk.flow.state import FlowState, engine_of, with_session


def allowed(state: FlowState) -> bool:
    """Whether the optional consent to look was given, by somebody who is identified."""
    package, session = state.package, state.session
    if package is None or session is None or session.subject is None:
        return False
    return any(consent.id in session.consents for consent in package.consents if not consent.required)


def ask(state: FlowState) -> tuple[FlowState, tuple[Effect, ...]]:
    """Ask for the types of this path that nobody has asked for yet."""
    if not allowed(state):
        return state, ()
    package, session = state.visit
    types = engine_of(package).licence_types(session.answers, state.context)
    missing = tuple(kind for kind in types if kind not in session.licences_asked)
    if not missing:
        return state, ()
    asked = session.licences_asked | set(missing)
    return with_session(state, licences_asked=asked, licence_state="asking"), (LookUpLicences(missing),)


def answered(state: FlowState, event: LicencesFound | LicencesUnavailable) -> FlowState:
    """What the library said. After silence the types may be asked for again, later.

    Nothing is taken that nobody waits for any more: consent was withdrawn, or the resident turned to another item.
    """
    session, package = state.session, state.package
    if session is None or package is None or session.licence_state == "not_asked" or not allowed(state):
        return state
    if isinstance(event, LicencesUnavailable):
        return with_session(state, licence_state="unavailable", licences_asked=frozenset(session.licences))
    known = {kind: licence for kind, licence in event.licences.items() if kind in session.licences_asked}
    fields = {kind: licence.fields for kind, licence in known.items()}
    answers = engine_of(package).prefill(None, fields, session.answers, state.context, state.now)
    found = {**session.licences, **known}
    return replace(state, session=replace(session, licences=found, answers=answers, licence_state="answered"))


def withdrawn(state: FlowState) -> FlowState:
    """Consent was taken back: what the library said goes, and what it had filled in."""
    if state.session is None:
        return state
    answers = {path: answer for path, answer in state.session.answers.items() if answer.source != "licence"}
    return with_session(state, answers=answers, licences={}, licences_asked=frozenset(), licence_state="not_asked")
