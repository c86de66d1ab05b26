"""What was added to a case and what is still open, in the same words for the page and the receipt."""

from __future__ import annotations

from kiosk.domain.receipt import CaseLine, Receipt
from kiosk.domain.session import Filing
from kiosk.flow.comeback.route import at_work
from kiosk.flow.state import FlowState
from kiosk.forms import Text, mask_name
from kiosk.texts import both, languages, on_paper, pick


def _filed(state: FlowState) -> Filing:
    filing = at_work(state)[1].filing
    if filing is None:
        raise LookupError(f"step {state.step} needs something that was handed in")
    return filing


def arrived(state: FlowState) -> bool:
    """Whether the centre has it."""
    return _filed(state).answer is not None


def state_line(state: FlowState) -> Text:
    """The one sentence of page and paper."""
    return both(f"follow.arrived_{at_work(state)[0].kind}" if arrived(state) else "follow.kept")


def added(state: FlowState) -> tuple[Text, ...]:
    """What was brought."""
    work, session = at_work(state)
    if work.kind == "party":
        return (both("follow.added_party"),)
    lines = []
    for paper in work.owed:
        if pages := session.papers.get(paper.id, ()):
            said = both("materials.captured", count=len(pages))
            lines.append({lang: f"{pick(paper.title, lang)} ({said[lang]})" for lang in languages()})
    return tuple(lines)


def still_open(state: FlowState) -> tuple[Text, ...]:
    """What is owed after that, each with its day; the code of the old slip stays good for it."""
    work, session = at_work(state)
    lines = []
    for paper in work.owed:
        if paper.id not in session.papers:
            said = both("follow.still", day=paper.due_on.isoformat())
            lines.append({lang: f"{pick(paper.title, lang)}: {said[lang]}" for lang in languages()})
    return tuple(lines)


def receipt_of_work(state: FlowState, *, reprint: bool) -> Receipt | None:
    """The slip of what was brought; None before it was handed in."""
    work, session = at_work(state)
    filing, place = session.filing, state.world.place
    if filing is None:
        return None
    rest = still_open(state)
    notes: tuple[Text, ...] = () if arrived(state) else (both("follow.kept_note"),)
    if rest:
        notes += (both("follow.rest"), *rest)
    subject = session.subject
    return Receipt(
        kind="added",
        languages=on_paper(state.language),
        city=place.city,
        state_line=state_line(state),
        item_title=work.title,
        item_code=work.item_code,
        holder_masked=mask_name(subject.name) if subject is not None and subject.name else "",
        case_ids=(CaseLine(work.case_id, work.title, work.office, work.official_no),),
        trace_id=filing.trace_id,
        at=filing.at,
        terminal=place.terminal,
        site=place.name,
        handed_in=added(state),
        ask_at=(both("receipt.ask", phone=place.phone),),
        progress_url=place.progress_url.format(case_id=work.case_id),
        reprint=reprint,
        notes=notes,
    )
