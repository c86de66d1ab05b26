"""How personal values look where others may read them. Pure text functions; they never raise on odd input."""

from __future__ import annotations

import re

from kiosk.forms.model import Field

FULL_STAR = "＊"
"""U+FF0A: a Chinese font draws it as wide as the character it stands for."""


def mask_name(name: str) -> str:
    """Keep the first character of a name: ``林秋禾`` -> ``林＊＊``, ``Anna Berg`` -> ``A*** B***``.

    A Chinese name keeps its length up to three stars, so that a long name does not tell itself by its length; the
    parts of a Latin name each keep their first letter.
    """
    text = name.strip()
    if not text:
        return ""
    if all(ord(c) < 0x2E80 and c != "·" for c in text):
        return " ".join(part[0] + "***" for part in text.replace(",", " ").split()) or "***"
    return text[0] + FULL_STAR * min(max(len(text) - 1, 1), 3)


def mask_id_number(number: str) -> str:
    """First four and last four stay: ``1101**********002X``. Eight characters or fewer are hidden altogether."""
    text = number.strip()
    if len(text) <= 8:
        return "*" * len(text)
    return text[:4] + "*" * (len(text) - 8) + text[-4:]


def mask_phone(phone: str) -> str:
    """First three and last four of a mobile stay: ``138****5520``; of a shorter number only the last two."""
    text = "".join(c for c in phone if c.isdigit())
    if len(text) < 9:
        return "*" * max(len(text) - 2, 0) + text[-2:]
    return text[:3] + "*" * (len(text) - 7) + text[-4:]


def mask_address(address: str) -> str:
    """The first six characters stay, enough to know which one is meant."""
    text = address.strip()
    return text if len(text) <= 6 else text[:6] + "***"


_NUMBERS = re.compile(r"(?<![0-9A-Za-z])([0-9]{17}[0-9X]|[A-Z]{3}[0-9]{12}|1[3-9][0-9]{9}|[0-9]{12,19})(?![0-9A-Za-z])")


def mask_numbers(words: str) -> str:
    """The same with numbers of people, telephones and accounts masked."""
    return _NUMBERS.sub(lambda found: (mask_phone if len(found[0]) == 11 else mask_id_number)(found[0]), words)


def mask_answer(field: Field, words: str) -> str:
    """An answer in words as others may read it: names, numbers, telephones, addresses and the day of birth of people,
    and whatever the package calls sensitive. What is public, or says little about one person, stays.
    """
    personal = field.sensitivity != "public"
    match field.kind:
        case "id_number":
            return mask_id_number(words)
        case "phone":
            return mask_phone(words)
        case "name" if personal:
            return mask_name(words)
        case "address" if personal:
            return mask_address(words)
    if field.sensitivity == "sensitive" or field.source == "card.birth":
        return mask_id_number(words) if len(words) > 12 and words.isalnum() else "****"
    return mask_numbers(words) if field.kind in ("text", "long_text") else words
