"""What a visit had filed before it broke off, read back from the store: the same filing as the one that was lost.

Pure. The numbers, codes and days are those of the stored bytes; nothing is numbered anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from kiosk.domain.case import CaseAnswer, FiledCase
from kiosk.domain.open_work import ResumeCode
from kiosk.domain.session import Filing, IntakeSession
from kiosk.forms import ServicePackage, mask_name
from kiosk.ports.central import CentreAnswer
from kiosk.ports.storage import CaseRow
from kiosk.services.openings import SUPPLEMENT, supplement_code

Answered = Callable[[CentreAnswer], CaseAnswer]
"""The centre's answer in the flow's words."""


def filing_of(
    rows: Sequence[CaseRow],
    bodies: Mapping[str, bytes | None],
    session: IntakeSession,
    package: ServicePackage,
    answered: Answered,
) -> Filing | None:
    """The filing of these rows of one visit; None when it filed nothing. A case without its bytes is only numbered."""
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: row.parent is not None)  # stable: the parent first, the parts as they were
    said = {row.case_id: _body(bodies.get(row.case_id)) for row in ordered}
    main = ordered[0]
    return Filing(
        trace_id=main.trace_id,
        at=main.created,
        cases=tuple(_filed(row, said[row.case_id], package) for row in ordered),
        answers={row.case_id: answered(row.answer) for row in ordered if row.answer is not None},
        codes=_codes(said[main.case_id], session, package),
        settled=True,
    )


def _body(body: bytes | None) -> Mapping[str, Any]:
    return json.loads(body) if body is not None else {}


def _filed(row: CaseRow, said: Mapping[str, Any], package: ServicePackage) -> FiledCase:
    named = said["item"]["child"] if said else None
    child = next((child for child in package.children if child.id == named), None)
    if child is not None:
        return FiledCase(
            row.case_id,
            package.id,
            child.id,
            child.title,
            child.agency,
            child.promised_workdays,
            child.statutory_workdays,
        )
    office = said["office"]["name"] if said.get("office") else None
    guide = package.guide
    return FiledCase(
        row.case_id, package.id, None, package.title, office, guide.promised_workdays, guide.statutory_workdays
    )


def _codes(said: Mapping[str, Any], session: IntakeSession, package: ServicePackage) -> tuple[ResumeCode, ...]:
    materials = said.get("materials", ())
    code = next((entry["code"] for entry in materials if entry["state"] == SUPPLEMENT and "code" in entry), None)
    papers = supplement_code(materials, session, package, lambda: code) if code is not None else None
    titles = {party.id: party.title for party in package.parties}
    parties = tuple(
        ResumeCode(
            "party",
            entry["key"],
            entry["code"],
            date.fromisoformat(entry["due_on"]),
            titles[entry["id"]],
            mask_name(entry["name"]),
        )
        for entry in said.get("parties", ())
        if entry["state"] == "later"
    )
    return (papers, *parties) if papers is not None else parties
