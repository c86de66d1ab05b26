"""What became of a filing, in the same words for the page, the receipt and (later) the speech."""

from __future__ import annotations

from datetime import date
from typing import Literal

from kiosk.domain.case import CaseAnswer
from kiosk.domain.open_work import ResumeCode
from kiosk.domain.receipt import (
    CaseLine,
    CertificateDocument,
    CodeLine,
    DeadlineLine,
    DocumentRow,
    Receipt,
    ReceiptKind,
    WaivedLine,
)
from kiosk.domain.session import Filing
from kiosk.flow import joined
from kiosk.flow.activities.materials import needs
from kiosk.flow.comeback.paper import receipt_of_work
from kiosk.flow.privacy import known
from kiosk.flow.provenance import filled_in
from kiosk.flow.state import FlowState, engine_of
from kiosk.forms import ServicePackage, Text, add_workdays, mask_name
from kiosk.texts import both, languages, on_paper, pick, say

Status = Literal["received", "waiting", "accepted", "granted", "refused", "referred", "ticketed"]
_KNOWN: tuple[Status, ...] = ("accepted", "granted", "refused", "referred", "ticketed")
_KIND: dict[Status, ReceiptKind] = {
    "received": "received",
    "waiting": "received",
    "accepted": "accepted",
    "granted": "decided",
    "refused": "decided",
    "referred": "accepted",
    "ticketed": "ticket",
}


def filed(state: FlowState) -> Filing:
    """The filing of this visit; LookupError before one exists is a bug of the flow."""
    filing = state.visit[1].filing
    if filing is None:
        raise LookupError(f"step {state.step} needs a filed case")
    return filing


def status_of(filing: Filing) -> Status:
    """What the centre said about the main case; "received" as long as it has said nothing, "waiting" when it has the
    case and takes it once everybody has confirmed.
    """
    answer = filing.answer
    if answer is not None and answer.status == "received":
        return "waiting"
    return next((known for known in _KNOWN if answer is not None and answer.status == known), "received")


def state_key(package: ServicePackage, filing: Filing) -> str:
    """The text of the one sentence that must be the same on page, paper and in speech."""
    status = status_of(filing)
    booked = package.booking is not None and status in ("received", "accepted")
    return f"status.{status}_booking" if booked else f"status.{status}"


def state_line(package: ServicePackage, filing: Filing) -> Text:
    """That sentence."""
    return both(state_key(package, filing))


def booked_at(state: FlowState) -> Text | None:
    """When somebody is expected; None where nothing was booked or the time could not be had."""
    package, session = state.visit
    rules, filing = package.booking, session.filing
    if rules is None or filing is None or status_of(filing) == "refused":
        return None
    day, slot = (session.answers.get(path) for path in (rules.day, rules.slot))
    if day is None or slot is None:
        return None
    return {lang: f"{words} {slot.value}" for lang, words in engine_of(package).display(rules.day, day.value).items()}


def booked_lines(state: FlowState) -> tuple[Text, ...]:
    """When and where somebody is expected, as it stands on paper."""
    (package, session), when = state.visit, booked_at(state)
    if when is None:
        return ()
    engine = engine_of(package)
    office = engine.office(engine.data(session.answers, state.context))
    parts = [part for part in (office.name, office.address) if part is not None]
    comma = both("where.comma")
    where = {lang: comma[lang].join(pick(part, lang) for part in parts) for lang in languages()}
    return (
        {lang: say(lang, "book.told", when=pick(when, lang)) for lang in languages()},
        {lang: say(lang, "book.told_where", where=where[lang]) for lang in languages()},
    )


def child_state(filing: Filing, case_id: str) -> Text:
    """How far one part of a bundle is, in words."""
    answer = filing.answers.get(case_id)
    if answer is None:
        return both("parts.here")
    if answer.status == "received":
        return both("parts.kept" if status_of(filing) != "waiting" else "parts.waiting")
    known = answer.status if answer.status in _KNOWN else "accepted"
    return both(f"parts.{known}")


def certificate(answer: CaseAnswer | None, languages: tuple[str, ...]) -> CertificateDocument | None:
    """The document that a decision brought, ready for paper."""
    document = answer.document if answer else None
    if document is None:
        return None
    return CertificateDocument(
        title=document.title,
        number=document.number,
        rows=tuple(DocumentRow(label, value) for label, value in document.rows),
        issued_on=date.fromisoformat(document.issued_on),
        issuer=document.issuer,
        note=document.statement,
        verify_url=document.verify_url,
        languages=languages,
    )


def _deadlines(state: FlowState, package: ServicePackage, *, counting: bool) -> tuple[DeadlineLine, ...]:
    """Promised and statutory; the last days are only known once the centre has taken the case."""
    guide = package.guide
    lines = []
    for key, days in (("promised", guide.promised_workdays), ("statutory", guide.statutory_workdays)):
        if days:
            last = add_workdays(state.today, days) if counting else None
            lines.append(DeadlineLine(both(f"receipt.{key}"), days, last))
    return tuple(lines)


def receipt_of(state: FlowState, *, reprint: bool = False) -> Receipt | None:
    """The receipt of this visit; None before anything was committed."""
    package, session = state.package, state.session
    if session is not None and session.work is not None:
        return receipt_of_work(state, reprint=reprint)
    if package is None or session is None or session.filing is None:
        return None
    filing, place = session.filing, state.world.place
    status = status_of(filing)
    paper = on_paper(state.language)
    handed_in: list[Text] = [both("receipt.form"), *filled_in(state)]
    owed: list[Text] = []
    waived: list[WaivedLine] = []
    for need in needs(state):
        title = need.material.title
        if need.state == "waived_agency":
            waived.append(WaivedLine(title, both("receipt.agency_has")))
        elif need.state == "waived_licence":
            waived.append(WaivedLine(title, both("receipt.licence_found")))
        else:
            way = session.material_ways.get(need.material.id, "show_later")
            pages = session.papers.get(need.material.id, ())
            words = both("materials.captured", count=len(pages)) if pages else both(f"materials.{way}_short")
            # A promise and a photograph are handed in; a paper to be shown later is not.
            told = handed_in if way in ("promise", "capture") else owed
            told.append({lang: f"{pick(title, lang)} ({words[lang]})" for lang in words})
    if session.signature is not None:
        handed_in.append(both("receipt.signature"))
    for party in joined.needs(state):
        done = session.parties.get(party.key)
        if done is not None and done.way == "here":
            who = {lang: f"{pick(party.party.title, lang)} {mask_name(party.name)}" for lang in languages()}
            handed_in.append({lang: f"{who[lang]} ({words})" for lang, words in both("receipt.party_signed").items()})
    cases = []
    for case in filing.cases:
        answer = filing.answers.get(case.case_id)
        number = (answer.ticket_no or answer.official_no) if answer else None
        how_far = child_state(filing, case.case_id) if case.child is not None else None
        cases.append(CaseLine(case.case_id, case.title, case.office, number, how_far))
    answer = filing.answer
    result: tuple[Text, ...] = booked_lines(state)
    words_of = package.result.by_status.get(status)
    if words_of is not None:
        result += (words_of.body,)
    if answer is not None and answer.reason is not None:
        result += (answer.reason,)
    return Receipt(
        kind=_KIND[status],
        languages=paper,
        city=place.city,
        state_line=state_line(package, filing),
        item_title=package.title,
        item_code=package.code,
        holder_masked=mask_name(session.subject.name) if session.subject and session.subject.name else "",
        case_ids=tuple(cases),
        trace_id=filing.trace_id,
        at=filing.at,
        terminal=place.terminal,
        site=place.name,
        handed_in=tuple(handed_in),
        waived=tuple(waived),
        deadlines=_deadlines(state, package, counting=status not in ("received", "waiting"))
        if status in ("received", "waiting", "accepted", "referred", "ticketed")
        else (),
        codes=tuple(code_line(code) for code in filing.codes),
        ask_at=(both("receipt.ask", phone=place.phone), package.guide.ask_at),
        progress_url=place.progress_url.format(case_id=filing.main.case_id),
        result=result,
        document=certificate(answer, paper),
        reprint=reprint,
        notes=(*owed, *_notes(package, status)),
        for_masked=joined.acting_for(state) or "",
        hidden=known(state),
    )


def code_line(code: ResumeCode) -> CodeLine:
    """One open thing as it stands on paper."""
    title = both(f"codes.{code.kind}")
    return CodeLine(
        title={lang: words.format(title=pick(code.title, lang), who=code.who) for lang, words in title.items()},
        code=code.shown,
        due_on=code.due_on,
        bring=both(f"codes.{code.kind}_bring"),
    )


def _notes(package: ServicePackage, status: Status) -> tuple[Text, ...]:
    """What comes next: the package's own words once the centre has taken the case, the truth about waiting before."""
    if status == "received":
        return (both("receipt.not_yet"),)
    if status == "waiting":
        return (both("receipt.waiting"),)
    if status in ("refused", "referred"):
        return ()
    deliver = (package.result.deliver,) if package.result.deliver is not None else ()
    return (*deliver, *package.result.next_steps)
