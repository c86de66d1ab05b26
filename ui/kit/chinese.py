"""Where a line of Chinese may end: it has no spaces to break at, and a word cut in two has to be read twice.

Words are told apart by BudouX, a small model of phrases; where the sense pauses, by a few rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from budoux.parser import Parser

STOPS: Final = "，。；：、？！"


class End(Enum):
    """What ends where a line does."""

    SENSE = "sense"
    WORD = "word"


_BEFORE: Final = (
    "什么", "怎么", "哪", "多少", "几", "是", "有", "住", "在", "我们", "您", "并", "或", "和", "请", "不用", "给",
    "还", "这", "都", "要", "就", "能", "做", "看一", "告诉", "放到", "工作人员", "一件事", "（",
)  # fmt: skip
_NOT_BEFORE: Final = {
    "是": "还但于不都正可只总要就也",
    "有": "没所只具拥持含享还",
    "在": "现存正实所住",
    "住": "居入常暂",
    "和": "共平温",
    "给": "发交寄补",
    "还": "归偿",
    "都": "首成",
    "要": "不需重主只想",
    "就": "成",
    "能": "不可才功性智",
}
_AFTER: Final = "的了呢吧" + STOPS
_AFTER_UNLESS: Final = {"上": "海学班面午级门网", "里": "面程"}
_NEVER_FIRST: Final = "，。；：、？！）》”’的了吗呢吧们"
_NEVER_LAST: Final = "（《“‘"


def line_ends(text: str) -> Mapping[int, End]:
    """Places before which a line may end, in order, with what ends there. Nothing is kept: titles may name people."""
    found: dict[int, End] = {}
    words = _between_words(text)
    for at in range(1, len(text)):
        if text[at] in _NEVER_FIRST or text[at - 1] in _NEVER_LAST:
            continue
        if _sense_pauses(text, at):
            found[at] = End.SENSE
        elif at in words:
            found[at] = End.WORD
    return found


def _sense_pauses(text: str, at: int) -> bool:
    if text[at - 1] in _AFTER or text[at - 1 : at + 1] == " ·":
        return True
    if text[at] not in _AFTER_UNLESS.get(text[at - 1], text[at]):
        return True
    return any(text.startswith(word, at) and text[at - 1] not in _NOT_BEFORE.get(word, "") for word in _BEFORE)


def _between_words(text: str) -> frozenset[int]:
    found, at = set(), 0
    for one, other in pairwise(_parser().parse(text)):
        at += len(one)
        # Single characters are where the model errs, and where it is right they belong to their neighbours.
        if all(sum(char.isalnum() for char in piece) > 1 for piece in (one, other)):
            found.add(at)
    return frozenset(found)


@lru_cache(maxsize=1)
def _parser() -> Parser:
    # Not at start: the first page has no line to break.
    from budoux import load_default_simplified_chinese_parser

    return load_default_simplified_chinese_parser()
