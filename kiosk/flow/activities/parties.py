"""Others who have to confirm: is each of them here, or do they come later? Who is here gets the terminal for a while.

One after the other. Nothing is submitted until everybody has confirmed or will come by a code; who may not come later
has to be here.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.session import Joining, PartyJoined
from kiosk.flow import joined
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.events import FlowEvent, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import back_key, date_words, next_key, screen, text, word
from kiosk.flow.state import FlowState, with_session
from kiosk.flow.view import ChoiceBody, Key, Row, RowsBody, ScreenView
from kiosk.forms import PartyNeed

OVERVIEW = "overview"


def applies(state: FlowState) -> bool:
    """Passed over where nobody else is concerned."""
    return bool(joined.needs(state))


def enter(state: FlowState, direction: Direction) -> Outcome:
    """The next one who is open; from behind, or when asked for by name, who it was before."""
    state = replace(with_session(state, joining=None), active=None, problem=None)
    keys = [need.key for need in joined.needs(state)]
    if state.changing and state.page in keys:
        return stay(state)
    open_keys = [need.key for need in joined.open_needs(state)]
    if open_keys:
        return stay(state, page=open_keys[0])
    if direction != "back":
        return after_change(state) if state.changing else forward(state)
    return stay(state, page=OVERVIEW)


def _asked(state: FlowState) -> PartyNeed | None:
    return next((need for need in joined.needs(state) if need.key == state.page), None)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Here or later, one question each."""
    if state.session is None:
        return None
    need = _asked(state)
    match event:
        case Touched(name) if need is not None and name.startswith(f"choice.party.{need.key}."):
            return stay(state, active=name.rpartition(".")[2])
        case Touched(name) if name.startswith("party.again."):
            return stay(state, page=name.removeprefix("party.again."), active=None)
        case Touched("action.next") if need is None:
            return _onward(state)
        case Touched("action.next") if need is not None and state.active == "here" and joined.own(state, need):
            # Who they are is known already; what they confirm as this party is asked all the same.
            mine = Joining(need.key, state.session.subject, state.session.proof)
            return goto("party_sees", with_session(state, joining=mine), active=None)
        case Touched("action.next") if need is not None and state.active == "here":
            return goto("hand_over", with_session(state, joining=Joining(need.key)), active=None)
        case Touched("action.next") if need is not None and state.active == "later" and _may_wait(state, need):
            parties = {**state.session.parties, need.key: PartyJoined("later", state.now)}
            return _onward(with_session(state, parties=parties))
        case Touched("action.back"):
            return goto("review", state) if state.changing else backward(state, active=None)
    return None


def _may_wait(state: FlowState, need: PartyNeed) -> bool:
    """Whoever stands here need not come a second time."""
    return need.party.later_workdays is not None and not joined.own(state, need)


def _onward(state: FlowState) -> Outcome:
    """To the next one who is open, or on from here."""
    open_keys = [need.key for need in joined.open_needs(state)]
    if open_keys:
        return stay(state, page=open_keys[0], active=None)
    state = replace(state, active=None, page=None)
    return after_change(state) if state.changing else forward(state)


def view(state: FlowState) -> ScreenView:
    """One question per person; whoever comes back here sees how far each of them is."""
    need = _asked(state)
    if need is None:
        rows = tuple(_row(state, one) for one in joined.needs(state))
        return screen(
            state,
            text(state, "party.overview"),
            RowsBody(rows),
            key=OVERVIEW,
            back=back_key(state),
            primary=next_key(state),
        )
    prefix = f"choice.party.{need.key}."
    title = word(state, need.party.title)
    if joined.own(state, need):
        mine = Key(f"{prefix}here", text(state, "party.own_now"), hint=text(state, "party.own_hint"), icon="people")
        return _page(state, need, text(state, "party.own", title=title), text(state, "party.own_lead"), (mine,))
    day = joined.due_on(state, need)
    options = [Key(f"{prefix}here", text(state, "party.here"), hint=text(state, "party.here_hint"), icon="people")]
    if day is not None:
        until = text(state, "party.later_hint", day=date_words(state, day.isoformat()))
        options.append(Key(f"{prefix}later", text(state, "party.later"), hint=until, icon="calendar"))
    question = text(state, "party.question", name=joined.masked(state, need))
    lead = text(state, "party.lead" if day is not None else "party.only_here", title=title)
    return _page(state, need, question, lead, tuple(options))


def _page(state: FlowState, need: PartyNeed, question: str, lead: str, options: tuple[Key, ...]) -> ScreenView:
    chosen = f"choice.party.{need.key}.{state.active}"
    why = None if state.active else text(state, "form.choose_first")
    return screen(
        state,
        question,
        ChoiceBody(options, frozenset({chosen} if state.active else ())),
        key=need.key,
        lead=lead,
        back=back_key(state),
        primary=next_key(state, enabled=why is None, why=why),
    )


def _row(state: FlowState, need: PartyNeed) -> Row:
    said, enough = joined.status(state, need)
    again = Key(f"party.again.{need.key}", text(state, "form.change"))
    return Row(joined.called(state, need), said, tag_tone="filled" if enough else "caution", icon="people", key=again)
