"""From writing to what is said: dates, times, amounts, numbers of cases and cards, what is masked.

Signs of the writing that nobody says become pauses. Long runs of digits are said one by one, as one reads out a number
to somebody who writes it down; amounts are said as amounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Rule = tuple[re.Pattern[str], "str | Callable[[re.Match[str]], str]"]

_DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_GROUPS: Final = ("", "万", "亿")


def digits(text: str) -> str:
    """``2026`` as 二零二六; signs that are no digits stay."""
    return "".join(_DIGITS[int(sign)] if sign in "0123456789" else sign for sign in text)


def cardinal(text: str) -> str:
    """An amount such as ``30`` or ``3.5`` in Chinese words; with more than twelve places, digit by digit."""
    whole, _, parts = text.partition(".")
    said = _whole(whole.lstrip("0") or "0")
    return f"{said}点{digits(parts)}" if parts else said


def _whole(number: str) -> str:
    if len(number) > 4 * len(_GROUPS):
        return digits(number)
    if number == "0":
        return "零"
    groups = [number[max(0, at - 4) : at] for at in range(len(number), 0, -4)]
    said = ""
    for at in reversed(range(len(groups))):
        group = groups[at]
        if int(group) == 0:
            said += "" if said.endswith("零") or not any(int(g) for g in groups[:at]) else "零"
            continue
        if said and not said.endswith("零") and int(group) < 1000:
            said += "零"
        said += _group(group.lstrip("0")) + _GROUPS[at]
    if said.startswith("一十"):
        said = said[1:]
    return said


def _group(group: str) -> str:
    said = ""
    for at, sign in enumerate(group):
        place = len(group) - at - 1
        if sign == "0":
            if said and not said.endswith("零") and group[at:].strip("0"):
                said += "零"
            continue
        said += _DIGITS[int(sign)] + _PLACES[place]
    return said


def _time_zh(found: re.Match[str]) -> str:
    minutes = "" if found[2] == "00" else f"{'零' if found[2][0] == '0' else ''}{cardinal(found[2])}分"
    return f"{cardinal(found[1])}点{minutes}"


def _spelt_zh(found: re.Match[str]) -> str:
    return "，".join(re.sub(r"(?=[A-Za-z])|(?<=[A-Za-z])", " ", digits(group)).strip() for group in found[0].split("-"))


def _masked_zh(found: re.Match[str]) -> str:
    return f"{digits(found[1])}，中间不读，{digits(found[2])}"


def _letters(found: re.Match[str]) -> str:
    return " ".join(found[0])


_MASK: Final = r"[＊*●•]"
_SEP: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MEASURE: Final = r"(?=\s*(?:元|块|万|人|户|平方米|米|公里|页|份|次|天|日|个|工作日|家|张|台|岁|年|月|分|秒|%))"

_CODE: Final = r"(?<![A-Za-z\d])(?=[A-Za-z\d-]*\d)"
_WHOLE: Final = r"[A-Za-z\d]+(?:-[A-Za-z\d]+)*"
"""The number of a case or a card: letters, digits and hyphens, some of them digits; what else it has to have stands
between these two. Runs of up to four digits are amounts.
"""

_MONTHS: Final = (
    *("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)

_ZH: Final[tuple[Rule, ...]] = (
    (re.compile(rf"(?<=[\u4e00-\u9fff]){_MASK}(?!{_MASK})"), "某"),
    (re.compile(rf"(?<=[\u4e00-\u9fff]){_MASK}{{2,3}}(?!{_MASK}|\d)"), "某某"),
    (re.compile(rf"(\d*){_MASK}+(\d*)"), _masked_zh),
    (re.compile(rf"(?<![\d-])(\d{{1,2}})-(\d{{1,2}})(?![\d-]){_MEASURE}"), r"\1到\2"),
    (re.compile(r"(?<=\d)\s*[–—~～]\s*(?=\d)"), "到"),
    (re.compile(r"(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)"),
     lambda m: f"{digits(m[1])}年{cardinal(m[2])}月{cardinal(m[3])}日"),
    (re.compile(r"(?<!\d)(\d{4})(?=\s*年)"), lambda m: digits(m[1])),
    (re.compile(r"(?<!\d)(\d{1,2})[:：](\d{2})(?!\d)"), _time_zh),
    (re.compile(r"(\d+(?:\.\d+)?)\s*[%％]"), lambda m: f"百分之{cardinal(m[1])}"),
    (re.compile(rf"(?<![A-Za-z\d-])\d{{5,}}(?![A-Za-z\d-]){_MEASURE}"), lambda m: cardinal(m[0])),
    (re.compile(rf"{_CODE}(?=[A-Za-z\d-]*(?:[A-Za-z]|\d{{5}}|\d-\d)){_WHOLE}"), _spelt_zh),
    (re.compile(r"(?<![\d.])0\d+"), lambda m: digits(m[0])),
    (re.compile(r"\d+(?:\.\d+)?"), lambda m: cardinal(m[0])),
    (re.compile(r"\b[A-Z]{2,5}\b"), _letters),
    (re.compile(r"\s*[→/|·]\s*"), "，"),
    (re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"), ""),
)  # fmt: skip

_EN: Final[tuple[Rule, ...]] = (
    (re.compile(rf"(?<=[\u4e00-\u9fff]){_MASK}(?!{_MASK})"), "某"),
    (re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)"),
     lambda m: f"{int(m[3])} {_MONTHS[int(m[2]) % 13]} {m[1]}"),
    (re.compile(r"(?<![\w-])(\d{1,2})-(\d{1,2})(?![\w-])"), r"\1 to \2"),
    (re.compile(rf"(\d*){_MASK}+(\d*)"), lambda m: f"{' '.join(m[1])}, not read out, {' '.join(m[2])}"),
    (re.compile(r"(?<!\d)(\d{1,2}):00(?!\d)"), r"\1 o'clock"),
    (re.compile(r"(?<!\d)(\d{1,2}):0(\d)(?!\d)"), r"\1 oh \2"),
    (re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)"), r"\1 \2"),
    (re.compile(r"(?<=[\dk])\s*[–—~]\s*(?=\d)"), " to "),
    (re.compile(rf"{_CODE}(?=[A-Za-z\d-]*(?:[A-Z]\d\d|\d{{5}}|\d-\d)){_WHOLE}"),
     lambda m: ", ".join(" ".join(group) for group in m[0].split("-"))),
    (re.compile(r"\s*[→/|·]\s*"), ", "),
)  # fmt: skip


def sayable(text: str, language: str) -> str:
    """The words to say for a text as it is written; languages other than Chinese and English stay as they are."""
    if language.startswith("zh"):
        text = _SEP.sub("", text)
    for pattern, said in _ZH if language.startswith("zh") else _EN if language.startswith("en") else ():
        text = pattern.sub(said, text)
    return text.strip()


_STOPS: Final = re.compile(r"(?<=[。！？!?；;\n])|(?<=[.:：])\s+")
_PAUSES: Final = re.compile(r"(?<=[，、,])")
LONGEST_PIECE: Final = 60
"""Signs said in one breath: the shorter the first piece, the sooner somebody hears it."""


def pieces(text: str) -> tuple[str, ...]:
    """Sentences, and parts of long ones: what is turned into sound, kept and broken off as one."""
    found: list[str] = []
    for sentence in _STOPS.split(text):
        longest = LONGEST_PIECE if not sentence.isascii() else 3 * LONGEST_PIECE
        if len(sentence) <= longest:
            found.append(sentence)
            continue
        piece = ""
        for part in _PAUSES.split(sentence):
            if piece and len(piece) + len(part) > longest:
                found += _whole_pieces(piece, longest)
                piece = ""
            piece += part
        found += _whole_pieces(piece, longest)
    return tuple(piece.strip() for piece in found if any(sign.isalnum() for sign in piece))


def _whole_pieces(text: str, longest: int) -> list[str]:
    """What has no pause of its own gets one: the model takes no more at once, and would leave out the rest."""
    return [text[at : at + longest] for at in range(0, len(text), longest)]
