"""What stays open on a case that is being filed: papers to be handed in later, people who have not confirmed yet.

Each open thing gets its code here, on the terminal, so that the slip is whole without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

from kiosk.domain.open_work import ResumeCode
from kiosk.domain.session import IdentityProof, IntakeSession, Signature, Subject
from kiosk.flow.state import engine_of
from kiosk.forms import Context, PartyNeed, ServicePackage, Text, add_workdays, mask_name
from kiosk.texts import both, languages, pick

SUPPLEMENT: Literal["supplement"] = "supplement"


def supplement_code(
    materials: Sequence[Mapping[str, Any]], session: IntakeSession, package: ServicePackage, new_code: Callable[[], str]
) -> ResumeCode | None:
    """One code for all papers that are owed, with the day on which the first of them is due; None when none is."""
    owed = [entry for entry in materials if entry["state"] == SUPPLEMENT]
    if not owed:
        return None
    titles = [next(m.title for m in package.materials if m.id == entry["id"]) for entry in owed]
    due = min(date.fromisoformat(entry["due_on"]) for entry in owed)
    who = mask_name(session.subject.name) if session.subject is not None else ""
    return ResumeCode(SUPPLEMENT, SUPPLEMENT, new_code(), due, _listed(titles), who)


def _listed(titles: Sequence[Text]) -> Text:
    commas = both("answer.comma")
    return {language: commas[language].join(pick(title, language) for title in titles) for language in languages()}


def party_entries(
    session: IntakeSession, package: ServicePackage, context: Context, new_code: Callable[[], str]
) -> tuple[list[dict[str, Any]], tuple[ResumeCode, ...]]:
    """The ``parties`` of the case, and the codes of those who come later."""
    entries: list[dict[str, Any]] = []
    codes: list[ResumeCode] = []
    for need in engine_of(package).parties(session.answers, context):
        done = session.parties.get(need.key)
        if done is not None and done.way == "here" and done.signature is not None:
            entries.append(
                {
                    **_expected(need),
                    "state": "signed",
                    "proof": proof_json(done.proof, done.subject),
                    "signature": strokes_json(done.signature),
                    "signed_at": _stamp(done.at),
                    "digest": done.digest,
                }
            )
            continue
        due = add_workdays(context.today, need.party.later_workdays or 0)
        code = ResumeCode("party", need.key, new_code(), due, need.party.title, mask_name(need.name))
        codes.append(code)
        entries.append({**_expected(need), "state": "later", "code": code.code, "due_on": due.isoformat()})
    return entries, tuple(codes)


def _expected(need: PartyNeed) -> dict[str, Any]:
    return {"key": need.key, "id": need.party.id, "name": need.name, "number": need.number}


def proof_json(proof: IdentityProof | None, subject: Subject | None) -> dict[str, Any]:
    """How somebody showed who they are, as the case API wants it."""
    if proof is None:
        return {"method": "none", "at": None, "trust": "D"}
    shown: dict[str, Any] = {"method": proof.method, "at": _stamp(proof.at), "trust": proof.trust}
    if subject is not None and subject.handle:
        shown["handle"] = subject.handle
    return shown


def strokes_json(signature: Signature) -> dict[str, Any]:
    """A signature, as the case API wants it."""
    return {
        "width": signature.width,
        "height": signature.height,
        "strokes": [[[max(0, x), max(0, y)] for x, y in stroke] for stroke in signature.strokes],
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
