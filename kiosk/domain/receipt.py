"""What a receipt says, before anybody decides how it looks.

Frozen values only. Everything a resident reads is a `Text` (language -> sentence); names arrive masked; times are
aware UTC and become local on paper. The printing room turns one `Receipt` into text runs, printer rows and a PDF, all
from the same layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from kiosk.forms import mask_numbers

Text = Mapping[str, str]
"""Language tag ("zh-Hans", "en") -> text. Chinese is always there and is what an absent language falls back to."""

ReceiptKind = Literal["received", "accepted", "decided", "ticket", "checklist", "query", "added", "carry_on"]
"""received: kept on this terminal, the centre has not answered; accepted: the centre took it; decided: granted or
refused at once; ticket: a complaint's ticket number; checklist: what to bring, nothing handed in; query:
what the registers say, for information; added: something was brought to a case that was filed before; carry_on: work
that was put by, nothing handed in.
"""

SLIPS: frozenset[ReceiptKind] = frozenset({"checklist", "query", "carry_on"})
"""Kinds that tell and file nothing."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of this visit. `case_id` is the terminal's permanent id; `official_no` is the centre's or the ticket
    number, once known.
    """

    case_id: str
    title: Text
    office: Text | None = None
    official_no: str | None = None
    state: Text | None = None
    """How far a part of a bundle is; the main case says so in the receipt's own line."""


@dataclass(frozen=True, slots=True)
class WaivedLine:
    """A material that need not be handed in, and why (a city agency issued it, an e-licence was found)."""

    title: Text
    why: Text


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """A time limit in working days (promised or statutory); `by` is the last day, once the start is known."""

    label: Text
    workdays: int
    by: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One labelled line of a certificate."""

    label: Text
    value: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """Something that is still open, and the code to come back by: who does what (`title`), by which day at the latest,
    what to bring. The QR code beside it holds the code alone: the scanner of a terminal opens no addresses.
    """

    title: Text
    code: str = field(repr=False)
    due_on: date
    bring: Text


@dataclass(frozen=True, slots=True)
class CarryOnLine:
    """How unfinished work is taken up again: with this code, by its owner alone, until then. The code is a QR code
    only: nobody has to read or type it.
    """

    code: str = field(repr=False)
    until: datetime
    bring: Text
    where: Text


@dataclass(frozen=True, slots=True)
class CertificateDocument:
    """A document that comes out of a decision. `verify_url` is printed as a QR code and below it as text."""

    title: Text
    number: str
    rows: tuple[DocumentRow, ...] = field(repr=False)
    issued_on: date
    issuer: Text
    note: Text | None = None
    verify_url: str = ""
    languages: tuple[str, ...] = ("zh-Hans",)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One piece of paper for one resident.

    `languages`: the chosen one first, then Chinese when it is another. `state_line` is the sentence the screen shows
    too (offline: 本机已收件，尚未受理). `result` is the decision in words, `record` what the registers say. `notes` are
    short sentences below the body.
    `case_ids` holds the parent first for a bundle, then its children.
    """

    kind: ReceiptKind
    languages: tuple[str, ...]
    city: Text
    state_line: Text
    item_title: Text
    item_code: str
    holder_masked: str = field(repr=False)
    case_ids: tuple[CaseLine, ...]
    trace_id: str
    at: datetime
    terminal: str
    site: Text
    handed_in: tuple[Text, ...] = ()
    waived: tuple[WaivedLine, ...] = ()
    deadlines: tuple[DeadlineLine, ...] = ()
    codes: tuple[CodeLine, ...] = field(default=(), repr=False)
    carry_on: CarryOnLine | None = None
    ask_at: tuple[Text, ...] = ()
    progress_url: str = ""
    result: tuple[Text, ...] = ()
    record: tuple[DocumentRow, ...] = field(default=(), repr=False)
    document: CertificateDocument | None = None
    reprint: bool = False
    notes: tuple[Text, ...] = ()
    for_masked: str = field(default="", repr=False)
    """Whom the holder acted for."""
    hidden: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What is whole on paper alone, each with how it looks on a screen that others see."""

    def for_screen(self) -> Receipt:
        """The same as it is previewed."""

        def masked(words: Text) -> Text:
            return {lang: _masked(said, self.hidden) for lang, said in words.items()}

        def rows(whole: tuple[DocumentRow, ...]) -> tuple[DocumentRow, ...]:
            return tuple(DocumentRow(row.label, masked(row.value)) for row in whole)

        return replace(
            self,
            result=tuple(masked(line) for line in self.result),
            handed_in=tuple(masked(line) for line in self.handed_in),
            record=rows(self.record),
            document=replace(self.document, rows=rows(self.document.rows)) if self.document is not None else None,
        )


def _masked(words: str, hidden: tuple[tuple[str, str], ...]) -> str:
    for whole, masked in hidden:
        words = words.replace(whole, masked)
    return mask_numbers(words)
