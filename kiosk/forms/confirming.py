"""What somebody who confirms a case reads of it, and the name of exactly that.

Terminal and centre use the same words: what was read here is what the centre works out again from the data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.forms.bundle import canonical_bytes
from kiosk.forms.engine import FormEngine
from kiosk.forms.masking import mask_address, mask_id_number, mask_name, mask_phone
from kiosk.forms.model import JSON, Field, PartyNeed, Text

_MASKS: Mapping[str, Callable[[str], str]] = {"name": mask_name, "id_number": mask_id_number, "phone": mask_phone}

_WHOSE = {"zh-Hans": "申请人", "en": "Applicant: "}


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One line that a party reads; names and numbers of people are masked."""

    path: str
    label: Text
    value: Text = field(repr=False)


def seen_rows(engine: FormEngine, sees: Sequence[tuple[str, JSON]]) -> tuple[SeenRow, ...]:
    """What :meth:`FormEngine.sees` gave, in words."""
    rows = []
    for path, value in sees:
        asked = engine.field(path)
        if asked is None:
            continue
        words = engine.display(path, value)
        hide = _mask_of(asked)
        label = asked.label
        if (asked.source or "").startswith("card."):
            # "Name" alone is the name of whoever began; somebody else who reads it has to be told so.
            label = {lang: _WHOSE.get(lang, "") + said for lang, said in label.items()}
        rows.append(SeenRow(path, label, {lang: hide(said) for lang, said in words.items()} if hide else words))
    return tuple(rows)


def _mask_of(asked: Field) -> Callable[[str], str] | None:
    """Where somebody lives by their own card is nobody else's business; any other address is what is confirmed."""
    if asked.kind == "address" and (asked.source or "").startswith("card."):
        return mask_address
    return _MASKS.get(asked.kind)


def party_digest(need: PartyNeed, sees: Sequence[tuple[str, JSON]]) -> str:
    """SHA-256 (hex) of who confirms what, and of everything that was read before."""
    said = {
        "key": need.key,
        "name": need.name,
        "number": need.number,
        "confirms": dict(need.party.confirms),
        "sees": [[path, value] for path, value in sees],
    }
    return hashlib.sha256(canonical_bytes(said)).hexdigest()
