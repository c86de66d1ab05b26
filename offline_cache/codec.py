"""How values lie in the database: times as fixed-width UTC text that sorts, answers as JSON; names of envelopes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from kiosk.domain.sealing import SealingKey
from kiosk.ports.central import CentreAnswer, CentreDecision
from kiosk.ports.storage import ErrandKind, Submission

# Also a file name, so nothing but what a case id may hold.
CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")


def errand_name(kind: ErrandKind, id: str) -> str:
    """What the envelope of an errand is called; never a case id."""
    return f"{kind.value}:{id}"


def is_errand(name: str) -> bool:
    """True for what `errand_name` made."""
    return ":" in name


def errand_of(name: str) -> tuple[ErrandKind, str]:
    """Back from `errand_name`."""
    kind, _, id = name.partition(":")
    return ErrandKind(kind), id


def time_text(at: datetime) -> str:
    """Aware datetime to text of fixed width."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def time_value(text: str) -> datetime:
    """Back to an aware UTC datetime."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def answer_text(answer: CentreAnswer) -> str:
    """The centre's answer as JSON."""
    decision = answer.decision
    return json.dumps(
        {
            "case_id": answer.case_id,
            "sha256": answer.sha256,
            "status": answer.status,
            "accepted_at": time_text(answer.accepted_at),
            "official_no": answer.official_no,
            "ticket_no": answer.ticket_no,
            "decision": None
            if decision is None
            else {
                "outcome": decision.outcome,
                "reason": dict(decision.reason),
                "document": None if decision.document is None else dict(decision.document),
            },
        },
        ensure_ascii=False,
    )


def answer_value(text: str) -> CentreAnswer:
    """Back from JSON. Only ever fed with what `answer_text` wrote."""
    raw = json.loads(text)
    decision: Mapping[str, object] | None = raw["decision"]
    return CentreAnswer(
        case_id=raw["case_id"],
        sha256=raw["sha256"],
        status=raw["status"],
        accepted_at=time_value(raw["accepted_at"]),
        official_no=raw["official_no"],
        ticket_no=raw["ticket_no"],
        decision=None
        if decision is None
        else CentreDecision(raw["decision"]["outcome"], raw["decision"]["reason"], raw["decision"]["document"]),
    )


def without_person(text: str | None) -> str | None:
    """The centre's answer as JSON without what was decided about a person."""
    return None if text is None else answer_text(replace(answer_value(text), decision=None))


def sealing_key(text: str | None) -> SealingKey | None:
    """The best of the centre's keys as they are kept (a JSON list of base64url strings); None: none is known."""
    try:
        first = json.loads(text or "[]")[0]
        return SealingKey(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, TypeError, LookupError):
        return None


def is_well_formed(submissions: tuple[Submission, ...]) -> bool:
    """A commit is refused before anything is written when an id, hash or time cannot be right."""
    ids = {item.case_id for item in submissions}
    return (
        bool(submissions)
        and len(ids) == len(submissions)
        and all(
            CASE_ID.fullmatch(item.case_id)
            and item.created.tzinfo is not None
            and item.item_version >= 0
            and hashlib.sha256(item.body).hexdigest() == item.sha256
            and all(hashlib.sha256(file.data).hexdigest() == file.sha256 for file in item.files)
            for item in submissions
        )
    )
