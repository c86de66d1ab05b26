"""The code of the slip: the one way to come back to a case, to see how far it is, and to take up parked work.

A case's code can be typed; that of a carry-on slip holds half a key and is only ever scanned.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import CODE_SCANNER, CodeRefused, CodeScanned, MrzRead, StatusChanged
from kiosk.domain.open_work import GROUP, LENGTH, read_code
from kiosk.domain.parked import read_carry_on
from kiosk.flow.comeback.route import afresh
from kiosk.flow.effects import Effect, ScanCode, StopDevices
from kiosk.flow.events import FlowEvent, Touched, Typed
from kiosk.flow.machine import Direction, Outcome, goto, stay
from kiosk.flow.parts import back_key, next_key, screen, text
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import FieldView, FormBody, Notice, ScreenView

FIELD = "code"
MAX_TYPED = 40
MAX_MISSES = 5


def applies(state: FlowState) -> bool:
    """Always there."""
    return True


def enter(state: FlowState, direction: Direction) -> Outcome:
    """An empty field; the window looks for the code of a slip. Who tried too often is told where else."""
    session = afresh(state)
    state = replace(state, session=session, problem=None, list_page=0, page=None, changing=False)
    if session is not None and session.code_misses >= MAX_MISSES:
        return goto("no_work", state, problem="locked")
    return stay(state, *_look(state))


def _look(state: FlowState) -> tuple[Effect, ...]:
    return (ScanCode(),) if state.world.usable(CODE_SCANNER) else ()


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """A code that was read goes on by itself; a typed one with the key."""
    session = state.session
    if session is None:
        return None
    match event:
        case Typed("code", typed):
            return stay(with_session(state, code=typed[:MAX_TYPED]), problem=None)
        case CodeScanned(_, payload):
            said = payload.decode("ascii", "replace")[: 4 * MAX_TYPED]
            carry_on = read_carry_on(said)
            code = carry_on.code if carry_on is not None else read_code(said)
            if code is None:
                return stay(state, *_look(state), problem="scanned_wrong")
            return goto("take_up_identify", with_session(state, code=code), StopDevices(), problem=None)
        case CodeRefused() | MrzRead():
            return stay(state, *_look(state), problem="scanned_wrong")
        case StatusChanged(status) if status.name == CODE_SCANNER and status.usable:
            return stay(state, *_look(state))
        case Touched("action.next") if read_code(session.code) is not None:
            return goto("take_up_identify", state, StopDevices(), problem=None)
        case Touched("action.back"):
            return goto("home", replace(state, session=afresh(state)), StopDevices(), problem=None)
    return None


def _unfinished(typed: str) -> bool:
    """Whether more is to come: a code has twelve characters, a case number begins with a longer group than a code's."""
    first, _, rest = typed.strip().partition("-")
    if len(first) > GROUP and rest:
        return len(rest) < len("261123-XXXXXXXXXX")
    return len("".join(typed.split()).replace("-", "")) < LENGTH


def view(state: FlowState) -> ScreenView:
    """One field; beside the keyboard the window is the easier way."""
    typed = state.session.code if state.session else ""
    code = read_code(typed)
    missing = _unfinished(typed)
    why = None if code is not None else text(state, "take_up.type_all" if missing else "take_up.mistyped")
    field = FieldView(
        name=f"field.{FIELD}",
        path=FIELD,
        kind="text",
        label=text(state, "take_up.code"),
        value=typed,
        active=True,
        example=text(state, "take_up.example"),
        error=why if code is None and not missing else None,
        keyboard="latin",
        max_length=MAX_TYPED,
    )
    notice = None
    if not state.world.usable(CODE_SCANNER):
        notice = Notice("info", text(state, "take_up.no_scanner"), text(state, "take_up.no_scanner_do"), "qr")
    elif state.problem == "scanned_wrong":
        notice = Notice("caution", text(state, "take_up.scanned_wrong"), text(state, "take_up.scanned_wrong_do"), "qr")
    return screen(
        state,
        text(state, "take_up.title"),
        FormBody((field,)),
        lead=text(state, "take_up.lead"),
        notice=notice,
        back=back_key(state),
        primary=next_key(state, enabled=code is not None, why=why),
    )
