"""What the registers say of the person who is here: asked with consent, shown with its day, taken home on a slip.

For an item that files something the facts fill its form; where the registers do not answer, such a form can be typed.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.receipt import DocumentRow, Receipt
from kiosk.flow import slip
from kiosk.flow.activities.gaps import after_change
from kiosk.flow.effects import AskRecord, Record
from kiosk.flow.events import FlowEvent, RecordFound, RecordUnavailable, Touched
from kiosk.flow.machine import Direction, Outcome, backward, forward, goto, stay
from kiosk.flow.parts import back_key, date_words, next_key, paged, pager, screen, text, word
from kiosk.flow.privacy import known, private
from kiosk.flow.state import FlowState, engine_of, with_session
from kiosk.flow.view import BusyBody, InfoBody, Key, Notice, Row, RowsBody, ScreenView
from kiosk.forms import mask_name
from kiosk.forms.records import RecordView, record_view
from kiosk.texts import both, on_paper

PAGE_SIZE = 5
"""Rows a page; the line that offers the slip stands below them."""


def found(state: FlowState) -> RecordView | None:
    """What the registers answered, as rows; None as long as they have not."""
    package, session = state.package, state.session
    if package is None or session is None or package.record is None or session.record_state != "answered":
        return None
    return record_view(package.record, session.record, state.today)


def applies(state: FlowState) -> bool:
    """Every item that lists it, once it is known who is here."""
    package, session = state.package, state.session
    return bool(package and package.record and session and session.subject)


def enter(state: FlowState, direction: Direction) -> Outcome:
    """Ask once; whoever comes back sees what was said, and is not asked to wait again."""
    session = state.session
    state = replace(state, page=None, list_page=0)
    if session is None or session.record_state in ("answered", "asking"):
        return stay(state)
    return _asking(state)


def _asking(state: FlowState) -> Outcome:
    return stay(with_session(state, record_state="asking"), AskRecord())


def answered(state: FlowState, event: RecordFound | RecordUnavailable) -> FlowState:
    """What the registers said, and what of the form it fills in. Taken only from whoever waits for it."""
    package, session = state.package, state.session
    if package is None or session is None or package.record is None or session.record_state != "asking":
        return state
    if isinstance(event, RecordUnavailable):
        return with_session(state, record_state="unavailable")
    names = {fact.name for fact in package.record.facts}
    facts = {name: value for name, value in event.facts.items() if name in names}
    answers = engine_of(package).prefill(None, {}, session.answers, state.context, state.now, record=facts)
    return with_session(state, record_state="answered", record=facts, record_as_of=event.as_of, answers=answers)


def withdrawn(state: FlowState) -> FlowState:
    """A consent that the item needs was taken back: what the registers said goes, and what that had filled in."""
    package, session = state.package, state.session
    if package is None or session is None or session.record_state == "not_asked":
        return state
    if all(consent.id in session.consents for consent in package.consents if consent.required):
        return state
    answers = {path: answer for path, answer in session.answers.items() if answer.source != "record"}
    return with_session(state, record_state="not_asked", record={}, record_as_of=None, answers=answers)


def handle(state: FlowState, event: FlowEvent) -> Outcome | None:
    """Look, take it home, go on; ask again where nobody answered."""
    session, shown = state.session, found(state)
    if session is None:
        return None
    match event:
        case RecordFound() | RecordUnavailable():
            # What they say was taken in as it came, whatever page was up; the one who waits has it before them now.
            return stay(state, Record("record.asked", code=session.record_state), touched_mono=state.mono)
        case Touched("action.retry") if session.record_state == "unavailable":
            return _asking(state)
        case Touched("page.previous"):
            return stay(state, list_page=max(0, state.list_page - 1))
        case Touched("page.following"):
            return stay(state, list_page=state.list_page + 1)
        case Touched(slip.PRINT) if shown is not None and shown.stop is None:
            return slip.asked(state, slip_of(state, shown))
        case Touched("action.next") if _may_go_on(state, shown):
            return after_change(state) if state.changing else forward(state, list_page=0)
        case Touched("action.home"):
            return goto("home", state)
        case Touched("action.back"):
            return after_change(state) if state.changing else backward(state, list_page=0)
    return None


def _may_go_on(state: FlowState, shown: RecordView | None) -> bool:
    """With the record, or without it where the form can be typed."""
    package, session = state.visit
    if shown is not None:
        return shown.stop is None
    return session.record_state == "unavailable" and package.kind != "query"


def view(state: FlowState) -> ScreenView:
    """Waiting, the rows with their day, why it ends here, or that nobody answered."""
    shown = found(state)
    if shown is None:
        asking = state.visit[1].record_state != "unavailable"
        return _waiting(state) if asking else _unavailable(state)
    return _stopped(state, shown) if shown.stop is not None else _rows(state, shown)


def _waiting(state: FlowState) -> ScreenView:
    body = BusyBody(text(state, "lookup.busy"), text(state, "lookup.asking"))
    return screen(state, text(state, "lookup.busy_title"), body, key="busy", back=back_key(state))


def _unavailable(state: FlowState) -> ScreenView:
    package, place = state.visit[0], state.world.place
    query = package.kind == "query"
    rows = (
        Row(text(state, "elsewhere.place"), word(state, place.staffed), icon="place"),
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
    )
    retry = Key("action.retry", text(state, "key.retry"), icon="reload", kind="primary" if query else "plain")
    why = text(state, "lookup.unavailable_query" if query else "lookup.unavailable_form")
    body = InfoBody("no_network", (why,), rows, () if query else (retry,))
    return screen(
        state,
        text(state, "lookup.unavailable"),
        body,
        key="unavailable",
        back=back_key(state),
        primary=retry if query else next_key(state, "lookup.type_it"),
    )


def _stopped(state: FlowState, shown: RecordView) -> ScreenView:
    """The reason first, then where else, as for any other path that ends here."""
    place, stop = state.world.place, shown.stop
    assert stop is not None
    rows = (
        Row(text(state, "elsewhere.place"), word(state, stop.elsewhere), icon="place"),
        Row(text(state, "elsewhere.phone"), place.phone, icon="phone"),
    )
    home = Key("action.home", text(state, "cannot.home"), icon="house", kind="primary")
    return screen(
        state,
        text(state, "cannot.title" if shown.known else "lookup.empty"),
        InfoBody("info", (word(state, stop.reason),), rows),
        key="stopped",
        back=back_key(state),
        primary=home,
    )


def _rows(state: FlowState, shown: RecordView) -> ScreenView:
    package, session = state.visit
    day = session.record_as_of or state.today
    source = text(state, "lookup.source", day=date_words(state, day.isoformat()))
    rows = []
    for line in shown.rows:
        full = word(state, line.value)
        masked = private(state, full)
        reveal = full if masked != full else None
        rows.append(Row(word(state, line.label), masked, source, "shield", reveal=reveal))
    some, index, pages = paged(state, rows, state.list_page, PAGE_SIZE)
    label, before, after = pager(state, index, pages)
    query = package.kind == "query"
    last = (slip.row(state, text(state, "lookup.take"), text(state, "lookup.paper_state")),) if query else ()
    lead = word(state, package.record.lead) if package.record is not None else ""
    return screen(
        state,
        text(state, "lookup.title"),
        RowsBody((*some, *last), (), label, before, after),
        key=f"{index}",
        lead=lead or text(state, "lookup.lead"),
        notice=Notice("info", text(state, "lookup.wrong"), text(state, "lookup.wrong_do")) if query else None,
        back=back_key(state),
        primary=next_key(state, "lookup.done" if query else "key.next"),
    )


def slip_of(state: FlowState, shown: RecordView) -> Receipt:
    """The same on paper. It informs and proves nothing, and says so."""
    (package, session), place = state.visit, state.world.place
    day = (session.record_as_of or state.today).isoformat()
    rows = tuple(DocumentRow(line.label, line.value) for line in shown.rows)
    return Receipt(
        kind="query",
        languages=on_paper(state.language),
        city=place.city,
        state_line=both("lookup.paper_state"),
        item_title=package.title,
        item_code=package.code,
        holder_masked=mask_name(session.subject.name) if session.subject and session.subject.name else "",
        case_ids=(),
        trace_id="",
        at=state.now,
        terminal=place.terminal,
        site=place.name,
        record=(*rows, DocumentRow(both("lookup.as_of"), {"zh-Hans": day, "en": day})),
        ask_at=(both("receipt.ask", phone=place.phone), package.guide.ask_at),
        notes=(both("lookup.paper_note"),),
        hidden=known(state),
    )
