"""The work is put by: the slip to take it up again with, printed, and on the page for a photograph.

Of the visit nothing is left here but what the slip says.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import RECEIPT_PRINTER
from kiosk.domain.parked import Parked
from kiosk.domain.receipt import CarryOnLine, Receipt
from kiosk.domain.session import IntakeSession, Subject
from kiosk.domain.time import local
from kiosk.flow import slip
from kiosk.flow.effects import Effect, PrintReceipt, ReleaseWork, StopDevices
from kiosk.flow.events import FlowEvent, Tick, Touched
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import screen, text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import CarryOnBody, Key, Notice, Row, ScreenView
from kiosk.forms import mask_name
from kiosk.texts import both, on_paper
from kiosk.texts.dates import day_words

STANDS_S = 45.0
"""So long the page stands when nobody asked for it: whoever comes back for the slip still finds it."""
_LOST = frozenset({"failed", "unknown"})


def applies(state: FlowState) -> bool:
    """Only reached by name."""
    return False


def _parked(state: FlowState) -> Parked:
    parked = state.here.parked
    if parked is None:
        raise LookupError("nothing was put by")
    return parked


def enter(state: FlowState, direction: Direction) -> Outcome:
    """What the resident said goes; the slip is printed once, and older parked work that this came from is given up."""
    session = state.here
    who = session.subject.name if session.subject is not None else ""
    left = IntakeSession(
        id=session.id,
        started_mono=session.started_mono,
        parked=session.parked,
        subject=Subject(who, "", ""),
    )
    effects: tuple[Effect, ...] = (StopDevices(),)
    if session.claimed is not None:
        effects += (ReleaseWork(session.claimed),)
    state = replace(state, session=left, page=None, changing=False, errors={}, active=None, problem=None, search="")
    if state.world.usable(RECEIPT_PRINTER):
        state = replace(state, session=replace(left, slip_outcome="queued"))
        effects += (PrintReceipt(slip_of(state)),)
    return stay(state, *effects, overlay=None, touched_mono=state.mono)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Take it and leave; once more by hand. Where nobody answers the page goes by itself."""
    match event:
        case Touched("action.next"):
            return goto("wiped", state)
        case Touched(slip.PRINT):
            return slip.asked(state, slip_of(state))
        case Tick() if _alone(state):
            return goto("wiped", state)
    return None


def _alone(state: FlowState) -> bool:
    asked = state.parking is not None and state.parking.why == "asked"
    stands = STANDS_S * 2 if asked else STANDS_S
    return state.mono - max(state.touched_mono, state.step_mono) >= stands


def slip_of(state: FlowState) -> Receipt:
    """The carry-on slip: nothing of a person but the masked name."""
    parked, session, place = _parked(state), state.here, state.world.place
    who = session.subject.name if session.subject is not None else ""
    return Receipt(
        kind="carry_on",
        languages=on_paper(state.language),
        city=place.city,
        state_line=both("carry_on.state"),
        item_title=parked.title,
        item_code="",
        holder_masked=mask_name(who) if who else "",
        case_ids=(),
        trace_id="",
        at=state.now,
        terminal=place.terminal,
        site=place.name,
        carry_on=CarryOnLine(
            code=parked.carry_on.code,
            until=parked.until,
            bring=both("carry_on.bring"),
            where=both("carry_on.where"),
        ),
        ask_at=(both("receipt.ask", phone=place.phone),),
        notes=(both("carry_on.not_filed"),),
    )


def view(state: FlowState) -> ScreenView:
    """A large code that can be photographed, until when, what to bring; and the slip where there is a printer."""
    parked, session = _parked(state), state.here
    until = local(parked.until)
    how = "app" if state.world.place.app_goes_on else "short"
    rows = (
        Row(text(state, "carry_on.item"), word(state, parked.title), icon="document"),
        Row(
            text(state, "carry_on.until"),
            day_words(state.language, until, "until", time=f"{until:%H:%M}"),
            icon="calendar",
        ),
        Row(text(state, "carry_on.what"), text(state, "carry_on.bring_short"), icon="id_card"),
        Row(text(state, "carry_on.place"), text(state, f"carry_on.where_{how}"), icon="place"),
    )
    paper = state.world.usable(RECEIPT_PRINTER) and session.slip_outcome not in _LOST
    out = session.slip_outcome == "confirmed"
    if not paper:
        guide = Notice("caution", text(state, "carry_on.no_paper"), text(state, "carry_on.no_paper_do"), "printer")
    elif out:
        guide = Notice("guide", text(state, "carry_on.take"), text(state, "receipt.take_card"), "printer")
    else:
        guide = Notice("guide", text(state, "receipt.printing"), text(state, "receipt.slot"), "printer")
    again = None
    if state.world.usable(RECEIPT_PRINTER) and session.slip_outcome not in slip.UNDER_WAY:
        again = Key(slip.PRINT, text(state, "receipt.again" if out else "slip.print"), icon="printer")
    done = Key("action.next", text(state, "receipt.done"), icon="tick", kind="primary")
    return screen(
        state,
        text(state, "carry_on.title" if paper else "carry_on.title_photo"),
        CarryOnBody(parked.carry_on.code, rows, guide, again),
        key="paper" if paper else "photo",
        lead=text(state, "carry_on.lead"),
        primary=done,
    )
