"""A case: its permanent id, made on the terminal, and what the centre said about it.

The id is the idempotency key: the centre keeps it UNIQUE for ever, so sending twice can never make two cases.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.domain.time import local
from kiosk.forms import Text

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CASE_ID = re.compile(r"[A-Z0-9]{2,16}-[0-9]{6}-[0-9A-HJKMNP-TV-Z]{10}")


def new_case_id(terminal: str, at: datetime) -> str:
    """``TERMINAL-YYMMDD-XXXXXXXXXX``: 50 random bits beside terminal and local date, at most 34 characters.

    The date is only there for people; a wrong clock cannot make two ids equal.
    """
    random = "".join(secrets.choice(_CROCKFORD) for _ in range(10))
    return f"{terminal}-{local(at):%y%m%d}-{random}"


def new_trace_id() -> str:
    """32 lower-case hex digits, never all zero (W3C Trace Context)."""
    return f"{secrets.randbits(128) | 1:032x}"


@dataclass(frozen=True, slots=True)
class FiledCase:
    """One case of this visit after it was durably saved; ``child`` is the child item's id inside a bundle."""

    case_id: str
    item_id: str
    child: str | None
    title: Text
    office: Text | None
    promised_workdays: int
    statutory_workdays: int


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document that a decision brought. Row values are what is printed."""

    title: Text
    number: str
    statement: Text = field(repr=False)
    rows: tuple[tuple[Text, Text], ...] = field(repr=False)
    issued_on: str
    valid_to: str | None
    issuer: Text
    verify_url: str


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What the centre answered about one case. ``status``: accepted granted refused referred ticketed."""

    case_id: str
    status: str
    accepted_at: datetime | None
    official_no: str | None = None
    ticket_no: str | None = None
    reason: Text | None = None
    document: IssuedDocument | None = None
