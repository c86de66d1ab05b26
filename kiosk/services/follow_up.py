"""What somebody who came back brings, as a case of its own that follows the first: the same store, the same way.

Pure; the shape is docs/openapi.json ``Case`` with ``follows``: no form, only new materials or one confirmation.
"""

from __future__ import annotations

import hashlib
from typing import Any

from kiosk.domain.case import FiledCase
from kiosk.domain.open_work import OpenWork, read_code
from kiosk.domain.session import Filing, IntakeSession
from kiosk.flow.state import Place
from kiosk.forms import canonical_bytes
from kiosk.ports.storage import Submission
from kiosk.services.casework import Occasion, file_json, local_files, stamp
from kiosk.services.openings import proof_json, strokes_json


def build_following(
    session: IntakeSession, work: OpenWork, place: Place, language: str, occasion: Occasion
) -> tuple[tuple[Submission, ...], Filing]:
    """One case. ValueError when nothing is brought; the flow sees to that."""
    case_id = occasion.new_case_id()
    brought = _confirmation(session, work, occasion) if work.kind == "party" else _papers(session, work)
    body = canonical_bytes(
        {
            "schema": 1,
            "case_id": case_id,
            "parent_id": None,
            "trace_id": occasion.trace_id,
            "terminal": {"id": place.terminal, "site": place.site},
            "item": {
                "id": work.item_id,
                "version": work.item_version,
                "code": work.item_code,
                "package_sha256": work.package_sha256,
                "child": None,
            },
            "language": language,
            "subject": _subject(session),
            "data": {},
            "sources": {},
            "materials": [],
            "consents": [],
            "declaration": None,
            "office": None,
            "created_at": stamp(occasion.now),
            "sequence": occasion.sequence,
            "clock_trusted": occasion.clock_trusted,
            "follows": {
                "case_id": work.case_id,
                "kind": work.kind,
                "key": work.party.key if work.party is not None else work.kind,
                "code": read_code(session.code),
            },
            **brought,
        }
    )
    submission = Submission(
        case_id=case_id,
        parent_id=None,
        item_id=work.item_id,
        item_version=work.item_version,
        package_sha256=work.package_sha256,
        trace_id=occasion.trace_id,
        session=session.id,
        created=occasion.now,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        kind="follow_up",
        files=local_files(page for paper in work.owed for page in session.papers.get(paper.id, ())),
    )
    filed = FiledCase(case_id, work.item_id, None, work.title, work.office, 0, 0)
    return (submission,), Filing(occasion.trace_id, occasion.now, (filed,))


def _subject(session: IntakeSession) -> dict[str, Any]:
    subject = session.subject
    return {
        "kind": "person",
        "name": (subject.name or None) if subject else None,
        "number": (subject.number or None) if subject else None,
        "card_kind": (subject.card_kind or None) if subject else None,
        "proof": proof_json(session.proof, subject),
        "enterprise": None,
        "acts_for": None,
    }


def _papers(session: IntakeSession, work: OpenWork) -> dict[str, Any]:
    materials = [
        {"id": paper.id, "state": "captured", "licence_no": None, "files": [file_json(page) for page in pages]}
        for paper in work.owed
        if (pages := session.papers.get(paper.id))
    ]
    if not materials:
        raise ValueError("no paper is brought")
    return {"materials": materials}


def _confirmation(session: IntakeSession, work: OpenWork, occasion: Occasion) -> dict[str, Any]:
    mine, party, subject = session.joining, work.party, session.subject
    if mine is None or mine.signature is None or party is None or subject is None:
        raise ValueError("nobody has signed")
    signed = {
        "key": party.key,
        "id": party.id,
        "name": subject.name,
        "number": subject.number,
        "state": "signed",
        "proof": proof_json(session.proof, subject),
        "signature": strokes_json(mine.signature),
        "signed_at": stamp(occasion.now),
        "digest": party.digest,
    }
    return {"parties": [signed]}
