"""The materials: what the city has and nobody asks for, what an e-licence replaces, and what is really needed.

A paper may be photographed here where the document camera works; where it does not, its other ways remain.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import DOCUMENT_CAMERA
from kiosk.flow import contest, licences
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import back_key, next_key, paged, pager, screen, text, word
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import ChoiceBody, Key, Notice, Row, RowsBody, ScreenView
from kiosk.forms import Material, MaterialNeed

OVERVIEW = "overview"
OVERVIEW_SIZE = 7
WRONG = f"{contest.KEY}licence:"
"""In front of a licence type: the key that says the e-licence is wrong."""
ASKED = "material:"
"""In front of a material's id: enter at its question, whatever way was chosen before."""


def needs(state: FlowState) -> tuple[MaterialNeed, ...]:
    """The materials of this path."""
    package, session = state.package, state.session
    if package is None or session is None:
        return ()
    all_needs = engine_of(package).materials(session.answers, session.waiving, state.context)
    return tuple(need for need in all_needs if need.state != "not_needed")


def needed(state: FlowState) -> tuple[MaterialNeed, ...]:
    """Those that the resident has to say something about."""
    return tuple(need for need in needs(state) if need.state == "needed")


def applies(state: FlowState) -> bool:
    """Passed over by items without materials."""
    return bool(needs(state))


def question(material: str) -> str:
    """The cursor that enters here at the question about one material."""
    return ASKED + material


def ways(state: FlowState, material: Material) -> tuple[str, ...]:
    """How this paper can be provided here: a photograph only where there is a camera, or where it was taken already."""
    session = state.session
    taken = session is not None and material.id in session.papers
    return tuple(way for way in material.ways if way != "capture" or taken or state.world.fitted(DOCUMENT_CAMERA))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Ask the library once; reached from behind, the last question stands. Whoever comes back to one question is not
    asked to wait for the library again.
    """
    names = [need.material.id for need in needed(state)]
    if state.page is not None and state.page.startswith(ASKED) and (asked := state.page.removeprefix(ASKED)) in names:
        return stay(state, page=asked)
    page = state.page if (state.changing or direction == "again") and state.page in names else None
    if page is None:
        page = names[-1] if direction == "back" and names else OVERVIEW
    state = replace(state, page=page, list_page=state.list_page if state.changing else 0)
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
            material = next(need.material for need in needed(state) if need.material.id == state.page)
            if way in ways(state, material):
                # A photograph goes when another way is chosen: nothing is kept that will not be handed in.
                papers = {name: p for name, p in session.papers.items() if way == "capture" or name != material.id}
                chosen = {**session.material_ways, material.id: way}
                return stay(with_session(state, material_ways=chosen, papers=papers))
        case Touched(name) if state.page == OVERVIEW and name.startswith(WRONG):
            return stay(contest.licence(state, name.removeprefix(WRONG)))
        case Touched("page.previous") if state.page == OVERVIEW:
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following") if state.page == OVERVIEW:
            return stay(state, list_page=state.list_page + 1)
        case Touched("action.next") if session.licence_state != "asking":
            if state.page in names:
                way = session.material_ways.get(str(state.page), "")
                if not way or (way == "capture" and not _can_capture(state, str(state.page))):
                    return None
                if way == "capture" and state.page not in session.papers:
                    return goto("capture", state)
            return onward(state)
        case Touched("action.back"):
            if state.changing:
                return after_change(state)
            if state.page in names:
                position = names.index(state.page)
                return stay(state, page=names[position - 1] if position else OVERVIEW)
            return backward(state)
    return None


def _can_capture(state: FlowState, material: str) -> bool:
    """Whether the photograph is there, or can be taken now."""
    session = state.session
    return (session is not None and material in session.papers) or state.world.usable(DOCUMENT_CAMERA)


def onward(state: FlowState) -> Outcome:
    """From this question to the next, or on from the materials."""
    session = state.visit[1]
    names = [need.material.id for need in needed(state)]
    position = names.index(state.page) + 1 if state.page in names else 0
    rest = [name for name in names[position:] if not (state.changing and name in session.material_ways)]
    if rest:
        return stay(state, page=rest[0])
    return after_change(state) if state.changing else forward(state)


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
        wrong = Key(WRONG + need.licence.type, text(state, "form.wrong"))
        return Row(title, hint=hint, icon=icon, tag=text(state, "guide.waived"), tag_tone="filled", key=wrong)
    way = session.material_ways.get(need.material.id) if session else None
    pages = session.papers.get(need.material.id, ()) if session else ()
    if way == "capture" and pages:
        picture = pages[0].data if pages[0].media_type == "image/jpeg" else b""
        tag = text(state, "materials.captured", count=len(pages))
        return Row(title, hint=word(state, need.material.hint) or None, icon=icon, tag=tag, picture=picture)
    looking = need.material.licence_type is not None and session is not None and session.licence_state == "asking"
    if way == "capture":
        way = None  # chosen, and not photographed yet
    tag = text(state, f"materials.{way}_short" if way else "materials.looking" if looking else "materials.needed")
    kind = need.material.licence_type
    if session is not None and kind is not None and f"licence:{kind}" in session.contests:
        right = Key(WRONG + kind, text(state, "form.right_after_all"))
        return Row(title, hint=text(state, "materials.licence_wrong"), icon=icon, tag=tag, key=right)
    return Row(title, hint=word(state, need.material.hint) or None, icon=icon, tag=tag)


def view(state: FlowState) -> ScreenView:
    """First the overview, then one question per needed material."""
    session, ask = state.visit[1], needed(state)
    current = next((need for need in ask if need.material.id == state.page), None)
    if current is not None:
        name = f"choice.material.{current.material.id}."
        options = tuple(_option(state, name, way, current.material) for way in ways(state, current.material))
        way = session.material_ways.get(current.material.id)
        why_not = None if way else text(state, "form.choose_first")
        if way == "capture" and not _can_capture(state, current.material.id):
            why_not = text(state, "materials.capture_down")
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
    if busy:
        notice = Notice("info", text(state, "materials.busy"), text(state, "materials.asking"), "clock")
    elif session.licence_state == "unavailable":
        notice = Notice(
            "info", text(state, "materials.unavailable"), text(state, "materials.unavailable_text"), "network"
        )
    title = "materials.busy" if busy else "materials.some" if ask else "materials.none"
    shown, index, pages = paged(
        state, [material_row(state, need) for need in needs(state)], state.list_page, OVERVIEW_SIZE
    )
    body = RowsBody(tuple(shown), (), *pager(state, index, pages))
    return screen(
        state,
        text(state, title, count=len(ask)),
        body,
        key=f"{OVERVIEW}:{session.licence_state}:{index}",
        lead=text(state, "materials.lead"),
        notice=notice,
        back=back_key(state),
        primary=next_key(state, enabled=not busy),
    )


def _option(state: FlowState, prefix: str, way: str, material: Material) -> Key:
    """One way to provide a paper; a photograph says when it cannot be taken now, and how much is there already."""
    session = state.session
    hint, tag, why = text(state, f"materials.{way}_hint", count=material.supplement_workdays or 0), None, None
    if way == "capture":
        pages = session.papers.get(material.id, ()) if session else ()
        if pages:
            tag = text(state, "materials.captured", count=len(pages))
        elif not state.world.usable(DOCUMENT_CAMERA):
            why = text(state, "materials.capture_down")
    return Key(prefix + way, text(state, f"materials.{way}"), hint=hint, tag=tag, enabled=why is None, why_disabled=why)
