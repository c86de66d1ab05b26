"""The machine-readable lines of passports and permits: recognise, check every digit, parse.

TD3 (passports, 2 lines of 44) and TD1 (cards, 3 lines of 30) after ICAO Doc 9303 parts 3 to 5; CS-30 is the one line on
the 2014 往来港澳通行证. Check digit: weights 7 3 1, '<' = 0, digits their value, A = 10 … Z = 35, sum modulo 10.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from kiosk.domain.travel_document import MrzFormat, TravelDocument

_WEIGHTS = (7, 3, 1)
_CHARS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINE = re.compile(r"[A-Z0-9<]+")
_CS30 = re.compile(r"CS[A-Z0-9]{9}[0-9]<[0-9]{6}[0-9]<[0-9]{6}[0-9]<[0-9]")
_TD3_FIRST = re.compile(r"P[A-Z<][A-Z]{1,3}<{0,2}[A-Z<]+")
_TD1_FIRST = re.compile(r"[ACI][A-Z<][A-Z]{1,3}<{0,2}[A-Z0-9<]+")
#: Format -> number of lines, characters in each.
SHAPES = {MrzFormat.TD3: (2, 44), MrzFormat.TD1: (3, 30), MrzFormat.CS30: (1, 30)}
#: M and F as on identity cards (GB/T 2261.1); '<' and X say nothing of it.
_SEX = {"M": "1", "F": "2", "<": "9", "X": "9"}


class MrzError(ValueError):
    """The lines are not consistent; `field_name` says where, never what stands there."""

    def __init__(self, field_name: str) -> None:
        super().__init__(f"mrz: {field_name}")
        self.field_name = field_name


def check_digit(text: str) -> int:
    """The digit after `text`. ValueError for a character that no document has."""
    return sum((0 if char == "<" else _CHARS.index(char)) * _WEIGHTS[at % 3] for at, char in enumerate(text)) % 10


def begins_mrz(line: str) -> MrzFormat | None:
    """Which format begins with a line like this; None for anything else a scanner may read."""
    if _CS30.fullmatch(line):
        return MrzFormat.CS30
    if len(line) == 44 and "<<" in line and _TD3_FIRST.fullmatch(line):
        return MrzFormat.TD3
    if len(line) == 30 and _TD1_FIRST.fullmatch(line):
        return MrzFormat.TD1
    return None


def continues_mrz(line: str, width: int) -> bool:
    """Whether this can be a further line of a document whose lines have `width` characters."""
    return len(line) == width and _LINE.fullmatch(line) is not None


def cut_lines(text: str) -> tuple[str, ...] | None:
    """The lines of a payload that holds a whole document, whatever stands between them; None when it holds none."""
    lines = tuple(text.split())
    for count, width in SHAPES.values():
        run = "".join(lines)
        if len(run) == count * width and all(len(line) in (width, len(run)) for line in lines):
            cut = tuple(run[at : at + width] for at in range(0, len(run), width))
            format_ = begins_mrz(cut[0])
            if format_ and SHAPES[format_] == (count, width) and all(continues_mrz(line, width) for line in cut):
                return cut
    return None


def parse_mrz(lines: Sequence[str], today: date) -> TravelDocument:
    """The document of whole lines; a two-digit birth year is the latest that is not after `today`. Raises MrzError."""
    format_ = begins_mrz(lines[0]) if lines else None
    if format_ is None:
        raise MrzError("type")
    count, width = SHAPES[format_]
    if len(lines) != count or not all(continues_mrz(line, width) for line in lines):
        raise MrzError("length")
    match format_:
        case MrzFormat.TD3:
            return _td3(lines[0], lines[1], today)
        case MrzFormat.TD1:
            return _td1(lines[0], lines[1], lines[2], today)
        case MrzFormat.CS30:
            return _cs30(lines[0], today)


def _td3(one: str, two: str, today: date) -> TravelDocument:
    _check("number", two[0:9], two[9])
    _check("optional", two[28:42], two[42], may_be_blank=True)
    _check_dates(two[13:20], two[21:28])
    _check("composite", two[0:10] + two[13:20] + two[21:43], two[43])
    return _document(
        MrzFormat.TD3, one[0:2], one[2:5], two[0:9], one[5:], two[10:13], two[13:19], two[20], two[21:27], today
    )


def _td1(one: str, two: str, three: str, today: date) -> TravelDocument:
    number = one[5:14]
    if one[14] == "<" and one[15] != "<":  # longer than nine: the rest and its check digit begin the optional data
        tail = one[15:30].partition("<")[0]
        number += tail[:-1]
        _check("number", number, tail[-1])
    else:
        _check("number", number, one[14])
    _check_dates(two[0:7], two[8:15])
    _check("composite", one[5:30] + two[0:7] + two[8:15] + two[18:29], two[29])
    return _document(MrzFormat.TD1, one[0:2], one[2:5], number, three, two[15:18], two[0:6], two[7], two[8:14], today)


def _cs30(line: str, today: date) -> TravelDocument:
    _check("number", line[2:11], line[11])
    _check_dates(line[21:28], line[13:20])
    _check("composite", line[2:12] + line[13:20] + line[21:28], line[29])
    return TravelDocument(
        MrzFormat.CS30,
        "CS",
        line[2:11],
        birth=_birth(line[21:27], today),
        valid_to=_valid_to(line[13:19]),
    )


def _document(
    format_: MrzFormat,
    kind: str,
    issuer: str,
    number: str,
    name: str,
    nationality: str,
    birth: str,
    sex: str,
    valid_to: str,
    today: date,
) -> TravelDocument:
    if sex not in _SEX:
        raise MrzError("sex")
    if not number.strip("<") or "<" in number.rstrip("<"):
        raise MrzError("number")
    return TravelDocument(
        format_,
        kind.rstrip("<"),
        number.rstrip("<"),
        issuer.rstrip("<"),
        _name(name),
        nationality.rstrip("<"),
        _birth(birth, today),
        _SEX[sex],
        _valid_to(valid_to),
    )


def _check(name: str, text: str, digit: str, *, may_be_blank: bool = False) -> None:
    if may_be_blank and digit == "<" and not text.strip("<"):
        return
    if digit != str(check_digit(text)):
        raise MrzError(name)


def _check_dates(birth: str, valid_to: str) -> None:
    """Six characters and their digit each."""
    _check("birth", birth[:6], birth[6])
    _check("valid_to", valid_to[:6], valid_to[6])


def _name(text: str) -> str:
    """ "ERIKSSON, ANNA MARIA": surname, then given names, as identity cards write it."""
    if any(char.isdigit() for char in text) or not text.strip("<"):
        raise MrzError("name")
    surname, _, given = text.strip("<").partition("<<")
    parts = (" ".join(part.split("<")).strip() for part in (surname, given.replace("<<", "<")))
    return ", ".join(part for part in parts if part)


def _birth(text: str, today: date) -> date | None:
    """None where the document leaves a part of it open."""
    if "<" in text:
        # '<' counts as 0 in a check digit: one that stands for a misread 0 must not pass for an open part.
        if not re.fullmatch(r"(?:[0-9]{2}|<<){3}", text):
            raise MrzError("birth")
        return None
    for century in (today.year // 100, today.year // 100 - 1):
        day = _date(century, text, "birth")
        if day is not None and day <= today:
            return day
    raise MrzError("birth")


def _valid_to(text: str) -> date | None:
    """None for a document without end. One that ended before 2000 is nowhere in use."""
    if text == "<" * 6:
        return None
    day = _date(20, text, "valid_to")
    if day is None:
        raise MrzError("valid_to")
    return day


def _date(century: int, text: str, name: str) -> date | None:
    """None when that century has no such day (29 February)."""
    if not (text.isascii() and text.isdigit()):
        raise MrzError(name)
    try:
        return date(century * 100 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
