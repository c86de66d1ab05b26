"""What is still open on a case that was filed, and the code by which somebody comes back to it.

A code is made on the terminal while the case is built, so it is there without a network. It says nothing about the
case: twelve characters of Crockford's base32, eleven of them random (55 bits), the last one a check character.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from kiosk.domain.case import CASE_ID
from kiosk.forms import Text

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
GROUP = 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1 is primitive over GF(2)

WorkKind = Literal["supplement", "party"]


@dataclass(frozen=True, slots=True)
class ResumeCode:
    """One open thing of a case: papers to hand in (``supplement``) or somebody who has to confirm (``party``).

    ``title`` says it in words, ``who`` is the masked name of whoever comes, ``due_on`` the last day.
    """

    kind: WorkKind
    key: str
    code: str = field(repr=False)
    due_on: date
    title: Text
    who: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """As it is printed and read out: three groups of four."""
        return grouped(self.code)


def new_code() -> str:
    """A fresh code; nobody can guess one, and no two are alike for all we will ever see."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """A polynomial over GF(32): one wrong character or two that changed places are always noticed."""
    state = 0
    for character in body:
        state = (state ^ ALPHABET.index(character)) << 1
        if state & 32:
            state ^= _POLYNOMIAL
    return ALPHABET[state]


def grouped(code: str) -> str:
    """``XXXX-XXXX-XXXX``."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def read_code(text: str) -> str | None:
    """The code, or the number of a case, that was typed or scanned: with or without dashes, in small letters. None: it
    is neither.
    """
    said = text.strip().upper()
    if CASE_ID.fullmatch(said):
        return said
    plain = re.sub(r"[\s\-]", "", said).translate(_READ_AS)
    if len(plain) != LENGTH or any(character not in ALPHABET for character in plain):
        return None
    return plain if check_character(plain[:-1]) == plain[-1] else None


@dataclass(frozen=True, slots=True)
class OwedPaper:
    """A paper that may still be handed in, until ``due_on``."""

    id: str
    title: Text
    hint: Text | None
    due_on: date
    capture: bool
    """Whether a photograph is taken."""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One line of what somebody may read of a case; what is personal is masked already."""

    label: Text
    value: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkParty:
    """Whom a case waits for, what this person may read of it, and what is confirmed. ``digest`` names just that."""

    key: str
    id: str
    title: Text
    rows: tuple[WorkRow, ...] = field(repr=False)
    confirms: Text
    digest: str


@dataclass(frozen=True, slots=True)
class CasePart:
    """One part of a case and how far it is."""

    title: Text
    office: Text | None
    status: str


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What whoever came back may do or see. ``kind`` "status": nothing to do, this is how far it is."""

    kind: Literal["supplement", "party", "status"]
    case_id: str
    item_id: str
    item_version: int
    item_code: str
    package_sha256: str
    title: Text
    office: Text
    status: str
    accepted_at: datetime
    official_no: str | None = None
    due_on: date | None = None
    owed: tuple[OwedPaper, ...] = ()
    party: WorkParty | None = None
    parts: tuple[CasePart, ...] = ()
    waiting: tuple[Text, ...] = ()
    """What the case still waits for, in words."""
