"""Places (GB/T 2260) and nations (GB 3304) by code. The tables are read by the first call that needs them.

A place is a code of six figures: ``330000`` a province, ``339900`` a city, ``339901`` a county or district. Levels that
exist in the standard alone (市辖区 below a municipality, 省直辖县级行政区划) are passed over: below 北京市 come its
districts.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from kiosk.forms.model import Option, Text

Depth = Literal["province", "city", "county"]
_DATA = Path(__file__).parent / "data"
_FIGURES: Mapping[Depth, int] = {"province": 2, "city": 4, "county": 6}
_PASSED_OVER = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@functools.cache
def _table(name: str) -> Mapping[str, Text]:
    raw: dict[str, list[str]] = json.loads((_DATA / f"{name}.json").read_text("utf-8"))
    return {code: {"zh-Hans": chinese, "en": english} for code, (chinese, english) in raw.items()}


@functools.cache
def _below() -> Mapping[str, tuple[str, ...]]:
    """Short code -> the short codes right below it; "" -> the provinces."""
    table = _table("regions")
    found: dict[str, list[str]] = {}
    for code in table:
        above = code[:-2]
        if above and _passed_over(above):
            above = above[:-2]
        if not _passed_over(code):
            found.setdefault(above, []).append(code)
    return {above: tuple(codes) for above, codes in found.items()}


def _passed_over(code: str) -> bool:
    return len(code) == 4 and _table("regions")[code]["zh-Hans"] in _PASSED_OVER


def _short(code: str) -> str:
    """A code without the pairs of noughts at its end."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def area_children(code: str = "", depth: Depth = "county") -> tuple[Option, ...]:
    """The places right below a code ("": the provinces), no finer than ``depth``; empty where there are none."""
    table = _table("regions")
    below = (child for child in _below().get(_short(code), ()) if len(child) <= _FIGURES[depth])
    return tuple(Option(child.ljust(6, "0"), table[child]) for child in below)


def area_name(code: str) -> Text:
    """The way down to a place in words, ``浙江省 云浦市 南岸区``; an unknown code stays as it is."""
    short, table = _short(code), _table("regions")
    if short not in table:
        return {"zh-Hans": code, "en": code}
    way = [table[short[:n]] for n in (2, 4, 6) if n <= len(short) and not _passed_over(short[:n])]
    return {"zh-Hans": " ".join(one["zh-Hans"] for one in way), "en": ", ".join(one["en"] for one in reversed(way))}


def known_area(code: str) -> bool:
    """Whether a code of two, four or six figures is a place that can be chosen, or that one can choose below."""
    short = _short(code)
    return short in _table("regions") and not _passed_over(short)


def area_fits(code: str, within: str, depth: Depth) -> bool:
    """Whether six figures are a place below ``within`` ("": anywhere), as fine as there is one down to ``depth``."""
    short = _short(code)
    there = len(code) == 6 and code.isascii() and code.isdigit() and known_area(code)
    return (
        there and short.startswith(_short(within)) and len(short) <= _FIGURES[depth] and not area_children(code, depth)
    )


def nations() -> tuple[Option, ...]:
    """All nations in the order of their codes."""
    return tuple(Option(code, name) for code, name in _table("nations").items())


def nation_name(code: str) -> Text:
    """The nation of a code of two figures; an unknown code stays as it is."""
    return _table("nations").get(code, {"zh-Hans": code, "en": code})


def known_nation(code: str) -> bool:
    """Whether GB 3304 has the code."""
    return code in _table("nations")
