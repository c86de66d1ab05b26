"""The centre's books as far as coming back to a case needs them, for stories that are played without a centre."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.open_work import CasePart, OpenWork, OwedPaper, ResumeCode, WorkParty, WorkRow, read_code
from kiosk.domain.session import Filing, IntakeSession
from kiosk.flow.state import engine_of
from kiosk.forms import Context, ServicePackage, add_workdays, party_digest, seen_rows


@dataclass
class _Entry:
    filing: Filing
    session: IntakeSession
    package: ServicePackage
    context: Context
    open: set[str] = field(default_factory=set)


class Books:
    """What was filed, and what of it is still open."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def keep(self, filing: Filing, session: IntakeSession, package: ServicePackage, context: Context) -> None:
        """A case that came in."""
        self._entries.append(_Entry(filing, session, package, context, {code.code for code in filing.codes}))

    def follow(self, session: IntakeSession) -> None:
        """Somebody brought what a code was for."""
        for entry in self._entries:
            entry.open.discard(read_code(session.code) or "")

    def find(self, session: IntakeSession) -> OpenWork | str:
        """What the code of this session opens for its person, or why nothing."""
        code, subject = read_code(session.code), session.subject
        number = subject.number if subject is not None else ""
        for entry in self._entries:
            case, owner = entry.filing.main, entry.session.subject
            resume = next((each for each in entry.filing.codes if each.code == code), None)
            if resume is None and case.case_id != code:
                continue
            if resume is not None and resume.kind == "party":
                need = next(n for n in self._parties(entry) if n.key == resume.key)
                if need.number == number:
                    return self._party(entry, resume) if resume.code in entry.open else "done"
            if owner is None or owner.number != number:
                return "not_yours"
            if resume is not None and resume.kind == "supplement" and resume.code in entry.open:
                return self._supplement(entry, resume)
            return self._work(entry)
        return "unknown"

    def _parties(self, entry: _Entry):  # type: ignore[no-untyped-def]
        return engine_of(entry.package).parties(entry.session.answers, entry.context)

    def _work(self, entry: _Entry, kind: str = "status", **more: object) -> OpenWork:
        case, package = entry.filing.main, entry.package
        waiting = tuple(code.title for code in entry.filing.codes if code.code in entry.open)
        people = any(code.kind == "party" and code.code in entry.open for code in entry.filing.codes)
        return OpenWork(
            kind=kind,  # type: ignore[arg-type]
            case_id=case.case_id,
            item_id=package.id,
            item_version=package.version,
            item_code=package.code,
            package_sha256=package.sha256,
            title=package.title,
            office=case.office or {"zh-Hans": "受理中心"},
            status="received" if people else "accepted",
            accepted_at=entry.filing.at,
            waiting=waiting,
            parts=tuple(CasePart(part.title, part.office, "accepted") for part in entry.filing.cases[1:]),
            **more,  # type: ignore[arg-type]
        )

    def _party(self, entry: _Entry, resume: ResumeCode) -> OpenWork:
        engine = engine_of(entry.package)
        need = next(n for n in self._parties(entry) if n.key == resume.key)
        sees = engine.sees(need, entry.session.answers, entry.context)
        rows = tuple(WorkRow(row.label, row.value) for row in seen_rows(engine, sees))
        party = WorkParty(
            need.key, need.party.id, need.party.title, rows, need.party.confirms, party_digest(need, sees)
        )
        return self._work(entry, "party", due_on=resume.due_on, party=party)

    def _supplement(self, entry: _Entry, resume: ResumeCode) -> OpenWork:
        owed = tuple(
            OwedPaper(
                paper.id,
                paper.title,
                paper.hint,
                add_workdays(entry.context.today, paper.supplement_workdays or 0),
                "capture" in paper.ways,
            )
            for paper in entry.package.materials
            if entry.session.material_ways.get(paper.id) == "supplement"
        )
        return self._work(entry, "supplement", due_on=resume.due_on, owed=owed)
