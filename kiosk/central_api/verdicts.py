"""What an answer of the centre means for whoever asked: the answer table applied to one reply."""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING, TypeVar

from kiosk.central_api import parse
from kiosk.central_api.answers import TRANSPORT_PROBLEMS, Action, action_for
from kiosk.central_api.parse import BadAnswer, Reader
from kiosk.ports.central import (
    AlreadyKnown,
    CallFault,
    Delivered,
    FilesMissing,
    GatewayFault,
    LoginNeeded,
    Rejected,
    RetryLater,
    SendOutcome,
)

if TYPE_CHECKING:
    from kiosk.central_api.wire import Reply

T = TypeVar("T")

LONGEST_RETRY_AFTER_S = 3600.0


def case_outcome(reply: Reply | RetryLater | GatewayFault, case_id: str, sha256: str) -> SendOutcome:
    """What became of a case that was put. Only an answer that echoes id and hash ends anything."""
    if isinstance(reply, RetryLater | GatewayFault):
        return reply
    action = action_for(reply.status, is_json=reply.is_json)
    if action not in (Action.STORED, Action.KNOWN, Action.FILES):
        return fault(reply, case_id)
    try:
        raw = Reader(parse.load(reply.body))
        return _files_missing(raw, case_id, sha256) if action is Action.FILES else _stored(action, raw, case_id, sha256)
    except BadAnswer as error:
        return GatewayFault(f"bad_answer {error}")


def batch_outcome(entry: Reader, case_id: str, sha256: str) -> SendOutcome:
    """What became of one case of a batch. Raises BadAnswer."""
    status = entry.whole("status")
    action = action_for(status, is_json=True)
    match action:
        case Action.STORED | Action.KNOWN:
            return _stored(action, entry.inner("answer"), case_id, sha256)
        case Action.FILES:
            return FilesMissing(parse.missing(entry))
        case Action.PARK:
            problem = entry.inner_or_none("problem")
            if problem is None or not parse.is_problem(problem, status):
                return GatewayFault(f"status {status} without a problem")
            return _rejected(problem, status)
        case Action.RETRY_ITEM:
            return RetryLater(None, f"status {status}", about_item=True, answered=True)
        case Action.PAUSE:
            return LoginNeeded(f"status {status}")
        case Action.RETRY:
            return RetryLater(None, f"status {status}", answered=True)
        case Action.GATEWAY:
            return GatewayFault(f"status {status}")


def fault(reply: Reply, case_id: str | None = None) -> CallFault:
    """What an answer that is no success means, by the table. A "no" to `case_id` has to name that case."""
    action = action_for(reply.status, is_json=reply.is_json)
    why = f"status {reply.status}"
    match action:
        case Action.PARK:
            try:
                raw = Reader(parse.load(reply.body))
                # A gateway without a route says 404 in JSON too, even in problem+json; the centre's own no has a type
                # of the contract's and says its status once more.
                if not parse.is_problem(raw, reply.status):
                    return GatewayFault(f"{why} without a problem")
                if case_id is not None and raw.text_or_none("case_id") != case_id:
                    return GatewayFault("wrong_id")
            except BadAnswer:
                return GatewayFault(f"{why} without a problem")
            return _rejected(raw, reply.status)
        case Action.PAUSE:
            return LoginNeeded(why)
        case Action.RETRY:
            return RetryLater(_retry_after_s(reply), why, answered=True)
        case Action.RETRY_ITEM:
            return RetryLater(_retry_after_s(reply), why, about_item=True, answered=True)
        case Action.STORED | Action.KNOWN | Action.FILES | Action.GATEWAY:
            return GatewayFault(why)


def own_no(outcome: T, problems: frozenset[str]) -> T | GatewayFault:
    """The same, but a "no" that is none of `problems` was meant for somebody else."""
    if isinstance(outcome, Rejected) and outcome.problem_type not in problems:
        return GatewayFault(f"not of this: {outcome.problem_type}")
    return outcome


def _stored(action: Action, raw: Reader, case_id: str, sha256: str) -> SendOutcome:
    answer = parse.case_answer(raw)
    if answer.case_id != case_id:
        return GatewayFault("wrong_id")
    if answer.sha256 != sha256:
        return GatewayFault("wrong_hash")
    return Delivered(answer) if action is Action.STORED else AlreadyKnown(answer)


def _files_missing(raw: Reader, case_id: str, sha256: str) -> SendOutcome:
    if raw.text("case_id", 40) != case_id:
        return GatewayFault("wrong_id")
    if raw.sha256("sha256") != sha256:
        return GatewayFault("wrong_hash")
    return FilesMissing(parse.missing(raw))


def _rejected(raw: Reader, status: int) -> Rejected | GatewayFault:
    """Problem type, title and places (RFC 9457). The detail is left out: it may repeat what a resident typed."""
    try:
        kind = raw.text("type", 200)
        if kind in TRANSPORT_PROBLEMS:
            return GatewayFault(kind)
        places = [f"{entry.text('place', 200)} {entry.text('code', 80)}" for entry in raw.objects_or_none("errors")]
        return Rejected(kind, "; ".join([raw.text_or_none("title") or "", *places[:5]]), status)
    except BadAnswer:
        return Rejected(f"status {status}", "", status)


def _retry_after_s(reply: Reply) -> float | None:
    """Seconds of Retry-After (RFC 9110 §10.2.3). A date is read against the answer's own Date, never our clock."""
    value = reply.headers.get("retry-after")
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_RETRY_AFTER_S)
    try:
        until = email.utils.parsedate_to_datetime(value)
        sent = email.utils.parsedate_to_datetime(reply.headers.get("date", ""))
        return min(max((until - sent).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)
    except (ValueError, TypeError):
        return None
