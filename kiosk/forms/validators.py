"""Reusable field kinds: what a typed value means (:func:`clean`) and what is wrong with it (:func:`problem`).

Sources: GB 11643 (resident number, ISO 7064 MOD 11-2), GB 32100 (unified social credit code, MOD 31), the rules of the
civil-affairs and police bodies for names of ethnic groups (interpunct is U+00B7, a name field holds 50 characters), the
numbering plan of the mainland telephone networks. Pure text functions without ``re`` on text from packages.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from kiosk.forms.areas import area_fits, known_nation
from kiosk.forms.messages import message
from kiosk.forms.model import JSON, Field, Text

INTERPUNCT = "\u00b7"
_LOOKALIKE_INTERPUNCTS = dict.fromkeys(map(ord, "\u2022\u2027\u2219\u22c5\u30fb\uff65\u25cf\u16eb\u2e31"), INTERPUNCT)
_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_REGION_ROWS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
_REGIONS = frozenset(str(code) for low, high in _REGION_ROWS for code in range(low, high + 1))
_USCC_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9])[0-9]{8}|0[3-9][0-9]{2}[0-9]{7,8}")
_MONEY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_FILE = re.compile(r"sha256:[0-9a-f]{64}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OLD_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}")


# ---- single values ----------------------------------------------------------------------------------------------


def id_check_character(first17: str) -> str:
    """The 18th character of a resident number, by ISO 7064 MOD 11-2. ``first17`` is 17 ASCII digits."""
    return _ID_CHECK[sum(int(c) * w for c, w in zip(first17, _ID_WEIGHTS, strict=True)) % 11]


def id_number_problem(number: str, today: date) -> str | None:
    """None, or what is wrong: ``id_length``, ``id_characters``, ``id_region``, ``id_date``, ``id_checksum``.

    Right are resident and Hong Kong, Macao and Taiwan residents' numbers (GB 11643), the 18 figures of the foreign
    permanent resident card of 2023 (9, region, nationality, date, order, check) and the 15 characters of that of 2017.
    """
    if len(number) == 15 and _OLD_FOREIGN.fullmatch(number):
        return None if _real_date("19" + number[7:13]) or _real_date("20" + number[7:13]) else "id_date"
    if len(number) != 18:
        return "id_length"
    if not (number.isascii() and number[:17].isdigit() and number[17] in "0123456789X"):
        return "id_characters"
    if number[0] != "9" and number[:2] not in _REGIONS:
        return "id_region"
    born = _real_date(number[6:14])
    if born is None or born > today or born.year < 1880:
        return "id_date"
    return None if id_check_character(number[:17]) == number[17] else "id_checksum"


def _real_date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def uscc_check_character(first17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100). ValueError on a character outside its set."""
    total = sum(_USCC_CHARS.index(c) * w for c, w in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_CHARS[-total % 31]


def uscc_problem(code: str) -> str | None:
    """None, or ``uscc_length``, ``uscc_characters``, ``uscc_checksum``."""
    if len(code) != 18:
        return "uscc_length"
    if any(c not in _USCC_CHARS for c in code) or not code[2:8].isdigit():
        return "uscc_characters"
    return None if uscc_check_character(code[:17]) == code[17] else "uscc_checksum"


def phone_problem(phone: str) -> str | None:
    """None, or ``phone``: neither a mainland mobile nor a landline with its area code, digits only."""
    return None if _MOBILE.fullmatch(phone) or _LANDLINE.fullmatch(phone) else "phone"


def _name_character(char: str) -> bool:
    if unicodedata.category(char)[0] in "LM" or char == "\u3007":
        return True
    # Characters younger than this Python's Unicode tables, and private-use ones that old registers still hold.
    code = ord(char)
    return 0x20000 <= code <= 0x3FFFF or 0xE000 <= code <= 0xF8FF


def name_problem(name: str) -> str | None:
    """None, or ``name_characters``, ``name_mark``: letters of any script, single marks (· - ' . , space) between."""
    if not all(_name_character(c) or c in "·-'’., " for c in name):
        return "name_characters"
    if name[0] in "·-., " or name[-1] in "·-, " or "··" in name:
        return "name_mark"
    return None


# ---- cleaning ---------------------------------------------------------------------------------------------------


def _without_controls(text: str, keep_lines: bool) -> str:
    """Drop control and format characters (also those that turn text around); they have no key on the keyboard."""
    if keep_lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (
        c for c in text if (keep_lines and c == "\n") or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    return "".join(kept)


def clean(field: Field, value: JSON) -> JSON:
    """What is kept of a typed value. Anything but text and lists of text comes back as it is.

    Cleaning twice is cleaning once. Names are never normalised: a compatibility character in a name is that name.
    """
    kind = field.kind
    if kind == "multi":
        order = [o.value for o in field.options]
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            return sorted(set(value), key=lambda v: (order.index(v) if v in order else len(order), v))
        return value
    if not isinstance(value, str):
        return value
    text = _without_controls(value, kind == "long_text")
    if kind == "long_text":
        return text.strip()
    text = " ".join(text.split())
    if kind == "name":
        text = text.translate(_LOOKALIKE_INTERPUNCTS)
        return re.sub(rf" ?{INTERPUNCT} ?", INTERPUNCT, text)
    if kind in ("text", "address", "choice", "region"):
        return text
    text = text.translate(_FULL_WIDTH).replace(" ", "")
    if kind in ("id_number", "uscc"):
        return text.replace("-", "").upper()
    if kind == "phone":
        text = re.sub(r"[-()./]", "", text)
        if text.startswith(("+86", "0086")):
            text = text[3:] if text[0] == "+" else text[4:]
        return text
    if kind == "money":
        text = text.replace(",", "").lstrip("¥￥").removesuffix("元")
        if _MONEY.fullmatch(text):
            whole, _, part = text.partition(".")
            return f"{int(whole)}.{part:0<2}"
        return text
    if kind == "digits" and field.numeric and text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    return text


def is_empty(value: JSON) -> bool:
    """No answer at all: None, empty text, empty list."""
    return value is None or value == "" or value == [] or value == ()


# ---- one field --------------------------------------------------------------------------------------------------


def problem(field: Field, value: JSON, today: date) -> tuple[str, Text] | None:
    """What is wrong with a cleaned, non-empty value: code and message in both languages. None = right."""
    code, facts = _code(field, value, today)
    if code is None:
        return None
    if code == "pattern" and field.pattern_message is not None:
        return code, field.pattern_message
    return code, message(code, **facts)


def _code(field: Field, value: JSON, today: date) -> tuple[str | None, dict[str, object]]:
    kind = field.kind
    if kind == "multi":
        known = {o.value for o in field.options}
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or len(set(value)) != len(value):
            return "choice", {}
        return ("choice" if not set(value) <= known else None), {}
    if kind == "digits" and field.numeric:
        return _number(field, value)
    if not isinstance(value, str):
        return "type", {}
    if kind in ("choice", "region"):
        return (None if any(o.value == value for o in field.options) else "choice"), {}
    if kind == "area":
        return (None if area_fits(value, field.within, field.depth) else "area"), {}
    if kind == "nation":
        return (None if known_nation(value) else "nation"), {}
    if kind == "file":
        return (None if _FILE.fullmatch(value) else "file"), {}
    if len(value) > field.max_length:
        return "too_long", {"limit": field.max_length, "count": len(value)}
    code: str | None = None
    if kind == "name":
        code = name_problem(value)
    elif kind == "id_number":
        code = id_number_problem(value, today)
    elif kind == "uscc":
        code = uscc_problem(value)
    elif kind == "phone":
        code = phone_problem(value)
    elif kind == "date":
        return _date(field, value, today)
    elif kind == "money":
        if _MONEY.fullmatch(value) is None:
            code = "money"
        elif not (field.minimum or 0) <= float(value) <= (field.maximum or 10**12):
            return "out_of_range", {"low": field.minimum or 0, "high": field.maximum or 10**12}
    elif kind == "digits":
        code = None if value.isascii() and value.isdigit() else "digits"
    elif kind == "address" and len(value) < 2:
        code = "address"
    if code is None and field.pattern is not None and not matches(field.pattern, value):
        code = "pattern"
    return code, {"count": len(value)}


def _number(field: Field, value: JSON) -> tuple[str | None, dict[str, object]]:
    if not isinstance(value, int) or isinstance(value, bool):
        return "digits", {}
    low = field.minimum if field.minimum is not None else 0
    high = field.maximum if field.maximum is not None else 10**15
    return (None if low <= value <= high else "out_of_range"), {"low": low, "high": high}


def _date(field: Field, value: str, today: date) -> tuple[str | None, dict[str, object]]:
    day = real_day(value)
    if day is None:
        return "date", {}
    low, high = date_bound(field.min_date, today), date_bound(field.max_date, today)
    if low is not None and day < low:
        return "date_early", {"low": low}
    if high is not None and day > high:
        return "date_late", {"high": high}
    return None, {}


def real_day(value: JSON) -> date | None:
    """The day an ISO text names, or None."""
    return _real_date(value.replace("-", "")) if isinstance(value, str) and _ISO_DATE.fullmatch(value) else None


def date_bound(text: str | None, today: date) -> date | None:
    """The day that a field's ``min_date`` or ``max_date`` names: an ISO day, ``today``, or days from it."""
    if text is None:
        return None
    if not text.startswith("today"):
        return date.fromisoformat(text)
    return today + timedelta(days=int(text[5:] or 0))


def matches(pattern: str, value: str) -> bool:
    """RE2 search, as JSON Schema's ``pattern`` means it; linear in the length of the value."""
    import re2

    return re2.search(pattern, value) is not None
