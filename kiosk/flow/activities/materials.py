"""The materials: what the city has and nobody asks for, what an e-licence replaces, and what is really needed."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow import licences
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, stay
from kiosk.flow.parts import back_key, next_key, screen, text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import ChoiceBody, Key, MaterialsBody, Notice, Row, ScreenView
from kiosk.forms import MaterialNeed

OVERVIEW = "overview"


def needs(state: FlowState) -> tuple[MaterialNeed, ...]:
    """The materials of this path."""
    package, session = state.package, state.session
    if package is None or session is None:
        return ()
    all_needs = engine_of(package).materials(session.answers, session.licences, state.context)
    return tuple(need for need in all_needs if need.state != "not_needed")


def needed(state: FlowState) -> tuple[MaterialNeed, ...]:
    """Those that the resident has to say something about."""
    return tuple(need for need in needs(state) if need.state == "needed")


def applies(state: FlowState) -> bool:
    """Passed over by items without materials."""
    return bool(needs(state))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Ask the library once; reached from behind, the last question stands."""
    names = [need.material.id for need in needed(state)]
    page = state.page if state.changing and state.page in names else None
    if page is None:
        page = names[-1] if direction == "back" and names else OVERVIEW
    state = replace(state, page=page)
    state, effects = licences.ask(state)
    return stay(state, *effects)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Each needed material is one question."""
    package, session = state.package, state.session
    if package is None or session is None:
        return None
    names = [need.material.id for need in needed(state)]
    match event:
        case Touched(name) if state.page in names and name.startswith(f"choice.material.{state.page}."):
            way = name.removeprefix(f"choice.material.{state.page}.")
            ways = next(need.material.ways for need in needed(state) if need.material.id == state.page)
            if way in ways:
                return stay(with_session(state, material_ways={**session.material_ways, str(state.page): way}))
        case Touched("action.next") if session.licence_state != "asking":
            if state.page in names and state.page not in session.material_ways:
                return None
            position = names.index(state.page) + 1 if state.page in names else 0
            rest = [name for name in names[position:] if not (state.changing and name in session.material_ways)]
            if rest:
                return stay(state, page=rest[0])
            return after_change(state) if state.changing else forward(state)
        case Touched("action.back"):
            if state.changing:
                return after_change(state)
            if state.page in names:
                position = names.index(state.page)
                return stay(state, page=names[position - 1] if position else OVERVIEW)
            return backward(state)
    return None


def material_row(state: FlowState, need: MaterialNeed) -> Row:
    """One material with what happens to it."""
    session = state.session
    title, icon = word(state, need.material.title), need.material.icon or "document"
    if need.state == "waived_agency":
        hint = text(state, "guide.agency_has", agency=word(state, need.material.issuer))
        return Row(title, hint=hint, icon=icon, tag=text(state, "guide.waived"), tag_tone="filled")
    if need.state == "waived_licence" and need.licence is not None:
        until = need.licence.valid_to.isoformat() if need.licence.valid_to else text(state, "answer.long_term")
        hint = text(state, "materials.licence", issuer=word(state, need.licence.issuer), until=until)
        return Row(title, hint=hint, icon=icon, tag=text(state, "guide.waived"), tag_tone="filled")
    way = session.material_ways.get(need.material.id) if session else None
    looking = need.material.licence_type is not None and session is not None and session.licence_state == "asking"
    tag = text(state, f"materials.{way}_short" if way else "materials.looking" if looking else "materials.needed")
    return Row(title, hint=word(state, need.material.hint) or None, icon=icon, tag=tag)


def view(state: FlowState) -> ScreenView:
    """First the overview, then one question per needed material."""
    session, ask = state.visit[1], needed(state)
    current = next((need for need in ask if need.material.id == state.page), None)
    if current is not None:
        name = f"choice.material.{current.material.id}."
        options = tuple(
            Key(name + way, text(state, f"materials.{way}"), hint=text(state, f"materials.{way}_hint"))
            for way in current.material.ways
        )
        way = session.material_ways.get(current.material.id)
        why_not = None if way else text(state, "form.choose_first")
        if session.licence_state == "asking":
            why_not = text(state, "materials.asking")
        return screen(
            state,
            word(state, current.material.title),
            ChoiceBody(options, frozenset({name + way} if way else ())),
            key=current.material.id,
            lead=text(state, "materials.how"),
            why=word(state, current.material.hint) or None,
            back=back_key(state),
            primary=next_key(state, enabled=why_not is None, why=why_not),
        )
    busy = session.licence_state == "asking"
    notice = None
    if session.licence_state == "unavailable":
        notice = Notice(
            "info", text(state, "materials.unavailable"), text(state, "materials.unavailable_text"), "network"
        )
    title = "materials.busy" if busy else "materials.some" if ask else "materials.none"
    body = MaterialsBody(
        tuple(material_row(state, need) for need in needs(state)), text(state, "materials.asking") if busy else None
    )
    return screen(
        state,
        text(state, title, count=len(ask)),
        body,
        key=f"{OVERVIEW}:{session.licence_state}",
        lead=text(state, "materials.lead"),
        notice=notice,
        back=back_key(state),
        primary=next_key(state, enabled=not busy),
    )
