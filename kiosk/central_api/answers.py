"""The answer table: what each HTTP status means for a case that was sent. Data, so that both sides are tested on it.

A status is only believed when the answer around it is the centre's: a success must be JSON that echoes id and hash, a
"no" must be a problem (RFC 9457) with a type of the contract's and its status, and to a case also with its id. A login
page with status 404 parks nothing, nor does a "no" that was meant for another case.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Action(StrEnum):
    """What the terminal does with the case."""

    STORED = "stored"  # done, new
    KNOWN = "known"  # done, had been stored before
    FILES = "files"  # nothing is stored: photographs have to be there first
    PARK = "park"  # definite no: out of the queue, staff look
    PAUSE = "pause"  # this terminal is not welcome: nothing more is sent
    RETRY = "retry"  # the centre is busy or out of reach: all wait
    RETRY_ITEM = "retry_item"  # the centre failed on this very item: it sinks, others go on
    GATEWAY = "gateway"  # not the centre that answered: network fault


ANSWERS: Mapping[int, Action] = MappingProxyType(
    {
        200: Action.KNOWN,
        201: Action.STORED,
        202: Action.FILES,
        208: Action.KNOWN,
        400: Action.PARK,
        401: Action.PAUSE,
        403: Action.PAUSE,
        404: Action.PARK,
        408: Action.RETRY,
        409: Action.PARK,
        410: Action.PARK,
        413: Action.PARK,
        415: Action.PARK,
        422: Action.PARK,
        425: Action.RETRY,
        429: Action.RETRY,
        500: Action.RETRY_ITEM,
        501: Action.RETRY_ITEM,
        502: Action.RETRY,
        503: Action.RETRY,
        504: Action.RETRY,
    }
)

# A definite "no" that is not about the case: the bytes were changed on the way, or the address is not the case API.
TRANSPORT_PROBLEMS = frozenset(
    {
        "urn:kiosk:problem:digest-mismatch",
        "urn:kiosk:problem:digest-missing",
        "urn:kiosk:problem:not-found",
        "urn:kiosk:problem:method-not-allowed",
    }
)

# What ends a file or parked work: a problem cannot name these as it names a case, so only what is said of just them.
FILE_PROBLEMS = frozenset(
    {
        "urn:kiosk:problem:body-too-large",
        "urn:kiosk:problem:unsupported-media-type",
        "urn:kiosk:problem:request-invalid",
    }
)
WORK_PROBLEMS = frozenset(
    {
        "urn:kiosk:problem:body-too-large",
        "urn:kiosk:problem:unsupported-media-type",
        "urn:kiosk:problem:seal-unknown",
        "urn:kiosk:problem:seal-broken",
        "urn:kiosk:problem:parked-conflict",
        "urn:kiosk:problem:work-unknown",
        "urn:kiosk:problem:work-expired",
        "urn:kiosk:problem:work-not-yours",
    }
)

# The one problem that answers a question: the case is known and nothing is decided yet.
UNDECIDED = "urn:kiosk:problem:decision-none"

# Answers that carry no weight unless their body is JSON: a proxy may say them in HTML.
NEED_JSON = frozenset({Action.STORED, Action.KNOWN, Action.FILES, Action.PARK, Action.PAUSE})


def action_for(status: int, *, is_json: bool) -> Action:
    """The table with its rules: unlisted 5xx is retried, anything else unlisted did not come from the centre."""
    action = ANSWERS.get(status, Action.RETRY if 500 <= status <= 599 else Action.GATEWAY)
    if action in NEED_JSON and not is_json:
        return Action.GATEWAY
    return action
