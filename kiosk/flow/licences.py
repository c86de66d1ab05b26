"""Asking the e-licence library: only with the resident's own consent to each type, each once, never waited for twice.

Asked first as soon as it is known who somebody is, so that what a licence says is there before it would be asked; asked
again before the materials for the types that the answers have brought up since.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.effects import Effect, LookUpLicences
from kiosk.flow.events import LicencesFound, LicencesUnavailable
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.forms import LicenceOffer, Rule
from kiosk.forms.rules import reads

PREFIX = "licence:"
"""In front of a licence type: the id of the consent to look it up."""


def offered(state: FlowState) -> tuple[LicenceOffer, ...]:
    """The types that this path may use: now, or depending on what will be answered. Nobody is asked about others."""
    package, session = state.package, state.session
    if package is None or session is None:
        return ()
    known = {question.path for question in package.scenarios}

    def open_yet(*rules: Rule) -> bool:
        return any(rule is not None and not reads(rule) <= known for rule in rules)

    types = set(engine_of(package).licence_types(session.answers, state.context))
    types |= {material.licence_type or "" for material in package.materials if open_yet(material.relevant)}
    for page in package.pages:
        for field in page.fields:
            source = field.source or ""
            if source.startswith("licence.") and open_yet(page.relevant, field.relevant):
                types.add(source.split(".")[1])
    return tuple(offer for offer in package.licences if offer.type in types)


def consented(state: FlowState) -> frozenset[str]:
    """The types that an identified resident lets us look up."""
    package, session = state.package, state.session
    if package is None or session is None or session.subject is None:
        return frozenset()
    return frozenset(offer.type for offer in package.licences if PREFIX + offer.type in session.consents)


def ask(state: FlowState) -> tuple[FlowState, tuple[Effect, ...]]:
    """Ask for the types of this path that nobody has asked for yet."""
    wanted = consented(state)
    if not wanted:
        return state, ()
    package, session = state.visit
    types = engine_of(package).licence_types(session.answers, state.context)
    missing = tuple(kind for kind in types if kind in wanted and kind not in session.licences_asked)
    if not missing:
        return state, ()
    asked = session.licences_asked | set(missing)
    return with_session(state, licences_asked=asked, licence_state="asking"), (LookUpLicences(missing),)


def answered(state: FlowState, event: LicencesFound | LicencesUnavailable) -> FlowState:
    """What the library said. After silence the types may be asked for again, later.

    Nothing is taken that nobody waits for any more: consent was withdrawn, or the resident turned to another item.
    """
    session, package = state.session, state.package
    wanted = consented(state)
    if session is None or package is None or session.licence_state == "not_asked" or not wanted:
        return state
    if isinstance(event, LicencesUnavailable):
        return with_session(state, licence_state="unavailable", licences_asked=frozenset(session.licences))
    known = {kind: licence for kind, licence in event.licences.items() if kind in session.licences_asked & wanted}
    answers = engine_of(package).prefill(None, known, session.answers, state.context, state.now)
    found = {**session.licences, **known}
    return replace(state, session=replace(session, licences=found, answers=answers, licence_state="answered"))


def withdrawn(state: FlowState) -> FlowState:
    """Consent to some types was taken back: what the library said of them goes, and what that had filled in."""
    package, session = state.package, state.session
    if package is None or session is None:
        return state
    wanted, engine = consented(state), engine_of(package)
    if wanted >= session.licences_asked:
        return state

    def kept(path: str) -> bool:
        field = engine.field(path)
        source = field.source or "" if field is not None else ""
        return source.startswith("licence.") and source.split(".")[1] in wanted

    return with_session(
        state,
        answers={p: answer for p, answer in session.answers.items() if answer.source != "licence" or kept(p)},
        licences={kind: licence for kind, licence in session.licences.items() if kind in wanted},
        licences_asked=session.licences_asked & wanted,
        licence_state=session.licence_state if wanted else "not_asked",
    )
