"""How personal values look where others may read them. Pure text functions; they never raise on odd input."""

from __future__ import annotations

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
