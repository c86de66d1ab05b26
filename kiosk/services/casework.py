"""From a session to the exact bytes of its cases. Pure; the shapes are docs/openapi.json ``Case``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from kiosk.domain.captured_document import CapturedDocument
from kiosk.domain.case import FiledCase
from kiosk.domain.open_work import ResumeCode, new_code
from kiosk.domain.session import Filing, IntakeSession
from kiosk.flow import pictures
from kiosk.flow.state import Place, engine_of
from kiosk.forms import ChildItem, Context, MaterialNeed, ServicePackage, add_workdays, canonical_bytes
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import Submission
from kiosk.services.openings import party_entries, proof_json, strokes_json, supplement_code


@dataclass(frozen=True, slots=True)
class Occasion:
    """The circumstances of one submission: ids, counters and clocks come from outside so that this stays pure."""

    trace_id: str
    new_case_id: Callable[[], str]
    sequence: int
    now: datetime
    clock_trusted: bool
    new_code: Callable[[], str] = new_code


def stamp(at: datetime) -> str:
    """UTC with a Z, whole seconds, as the case API wants times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build(
    session: IntakeSession,
    package: ServicePackage,
    place: Place,
    language: str,
    context: Context,
    occasion: Occasion,
) -> tuple[tuple[Submission, ...], Filing]:
    """One case, or for a bundle the parent and every child that is part of this path; the parent comes first."""
    engine = engine_of(package)
    data = engine.data(session.answers, context)
    office = engine.office(data)
    needs = engine.materials(session.answers, session.waiving, context)
    visible = engine.visible_paths(session.answers, context)
    shared: dict[str, Any] = {
        "schema": 1,
        "trace_id": occasion.trace_id,
        "terminal": {"id": place.terminal, "site": place.site},
        "language": language,
        "subject": _subject(session, package, data),
        "data": data,
        "sources": _sources(session, visible),
        "materials": [
            entry for need in needs if (entry := _material(session, need, context.today, whole=False)) is not None
        ],
        "consents": [
            {"id": name, "given": True, "at": stamp(at)} for name, at in sorted(session.consents.items(), key=str)
        ],
        "declaration": _declaration(session, occasion.now),
        "office": {"code": office.code, "name": dict(office.name), "phone": office.phone},
        "contests": [
            {"place": where, "source": contest.source, "at": stamp(contest.at)}
            for where, contest in sorted(session.contests.items())
            if where in visible or where.startswith("licence:")
        ],
        "created_at": stamp(occasion.now),
        "sequence": occasion.sequence,
        "clock_trusted": occasion.clock_trusted,
    }
    # Photographs are named once, in the case itself; the parts of a bundle stand behind it.
    whole = [entry for need in needs if (entry := _material(session, need, context.today, whole=True)) is not None]
    papers = supplement_code(whole, session, package, occasion.new_code)
    for entry in whole:
        if papers is not None and entry["state"] == "supplement":
            entry["code"] = papers.code
    asked_for = [(path, page) for path in visible for page in session.papers.get(pictures.PREFIX + path, ())[:1]]
    taken = [page for need in needs if _is_captured(session, need) for page in session.papers.get(need.material.id, ())]
    files = local_files((*taken, *(page for _, page in asked_for)))
    # The others on the case confirm it as a whole: they stand in the parent.
    only_here: dict[str, Any] = {
        "materials": whole,
        "attachments": [{"path": path, **file_json(page)} for path, page in asked_for],
    }
    codes: tuple[ResumeCode, ...] = () if papers is None else (papers,)
    if package.parties:
        only_here["parties"], joining = party_entries(session, package, context, occasion.new_code)
        codes += joining
    parent_id = occasion.new_case_id()
    submissions: list[Submission] = []
    filed: list[FiledCase] = []

    def add(case_id: str, parent: str | None, child: ChildItem | None, code: str) -> None:
        item = {
            "id": package.id,
            "version": package.version,
            "code": code,
            "package_sha256": package.sha256,
            "child": child.id if child is not None else None,
        }
        more = only_here if child is None else _part(child, shared, engine.child_data(child, data))
        body = canonical_bytes({**shared, **more, "case_id": case_id, "parent_id": parent, "item": item})
        submissions.append(
            Submission(
                case_id=case_id,
                parent_id=parent,
                item_id=package.id,
                item_version=package.version,
                package_sha256=package.sha256,
                trace_id=occasion.trace_id,
                session=session.id,
                created=occasion.now,
                body=body,
                sha256=hashlib.sha256(body).hexdigest(),
                kind=package.kind,
                files=files if child is None else (),
            )
        )

    guide = package.guide
    add(parent_id, None, None, package.code)
    filed.append(
        FiledCase(
            parent_id,
            package.id,
            None,
            package.title,
            office.name,
            guide.promised_workdays,
            guide.statutory_workdays,
        )
    )
    part_of_it = engine.children(session.answers, context)
    for child in (child for child in package.children if child.id in part_of_it):
        case_id = occasion.new_case_id()
        add(case_id, parent_id, child, child.code)
        filed.append(
            FiledCase(
                case_id,
                package.id,
                child.id,
                child.title,
                child.agency,
                child.promised_workdays,
                child.statutory_workdays,
            )
        )
    return tuple(submissions), Filing(occasion.trace_id, occasion.now, tuple(filed), codes=codes)


def _part(child: ChildItem, whole: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What an agency of a bundle receives: its share of the answers, where those came from, and its papers."""
    papers = whole["materials"]
    if child.materials is not None:
        papers = [entry for entry in papers if entry["id"] in child.materials]
    return {
        "data": data,
        "materials": papers,
        "sources": {path: source for path, source in whole["sources"].items() if _reaches(data, path)},
        "contests": [contest for contest in whole["contests"] if _reaches(data, contest["place"])],
    }


def _reaches(data: Any, path: str) -> bool:
    """Whether an answer path leads to something inside this data."""
    for name in path.split("."):
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdigit() and int(name) < len(data):
            data = data[int(name)]
        else:
            return False
    return True


def _subject(session: IntakeSession, package: ServicePackage, data: dict[str, Any]) -> dict[str, Any]:
    subject = session.subject
    other = engine_of(package).acts_for(data)
    enterprise = None
    named = data.get("enterprise") if package.subject == "enterprise" else None
    if isinstance(named, dict) and named.get("name"):
        enterprise = {"name": named["name"], "uscc": named.get("uscc")}
    return {
        "kind": package.subject,
        "name": (subject.name or None) if subject else None,
        "number": (subject.number or None) if subject else None,
        "card_kind": (subject.card_kind or None) if subject else None,
        "proof": proof_json(session.proof, subject),
        "enterprise": enterprise,
        "acts_for": None if other is None else _acts_for(package, *other),
    }


def _acts_for(package: ServicePackage, name: str, number: str | None, role: str) -> dict[str, Any]:
    authority = package.acts_for.authority if package.acts_for is not None else None
    return {"name": name, "number": number, "role": role, "authority_material": authority}


def _sources(session: IntakeSession, sent: tuple[str, ...]) -> dict[str, Any]:
    """Of the answers that are sent; a question that is hidden now leaves not even its name."""
    return {
        path: {"source": answer.source, "trust": answer.trust, "at": stamp(answer.at)}
        for path, answer in sorted(session.answers.items())
        if path in sent
    }


def _way(session: IntakeSession, need: MaterialNeed) -> str:
    return session.material_ways.get(need.material.id, "show_later") if need.state == "needed" else need.state


def _is_captured(session: IntakeSession, need: MaterialNeed) -> bool:
    return _way(session, need) == "capture"


def _material(session: IntakeSession, need: MaterialNeed, day: date, *, whole: bool) -> dict[str, Any] | None:
    if need.state == "not_needed":
        return None
    state = _way(session, need)
    number = need.licence.number if need.state == "waived_licence" and need.licence else None
    if state == "supplement":
        due = add_workdays(day, need.material.supplement_workdays or 0)
        return {"id": need.material.id, "state": state, "licence_no": None, "due_on": due.isoformat()}
    if state != "capture":
        return {"id": need.material.id, "state": state, "licence_no": number}
    entry: dict[str, Any] = {"id": need.material.id, "state": "captured", "licence_no": None}
    if whole:
        entry["files"] = [file_json(page) for page in session.papers.get(need.material.id, ())]
    return entry


def file_json(page: CapturedDocument) -> dict[str, Any]:
    """What a case says of a photographed paper; the bytes travel by themselves, under their hash."""
    return {"media_type": page.media_type, "sha256": page.sha256, "size": len(page.data), "pages": page.pages}


def local_files(pages: Iterable[CapturedDocument]) -> tuple[LocalFile, ...]:
    """The bytes that a case names, each once however often it is named."""
    files = (LocalFile(page.sha256, page.media_type, page.data) for page in pages)
    return tuple({file.sha256: file for file in files}.values())


def _declaration(session: IntakeSession, now: datetime) -> dict[str, Any] | None:
    if not session.declared or session.signature is None:
        return None
    return {"at": stamp(now), "signature": strokes_json(session.signature)}
