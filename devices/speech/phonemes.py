"""Words to the signs of the model: Mandarin by its syllables, English by the phonemes that espeak-ng finds for it.

espeak-ng runs as a program of its own and gets the words through a pipe: what is said stands in no list of processes.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import Any, Final

from devices.speech.installed import ESPEAK
from devices.speech.sayable import sayable
from devices.speech.syllables import syllable

_ESPEAK_S: Final = 5.0
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇]+")
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]")
_PUNCTUATION: Final = str.maketrans(
    dict.fromkeys("，、（）()", ", ") | dict.fromkeys("《》「」“”【】\"", " ")
    | {"。": ". ", "！": "! ", "？": "? ", "：": ": ", "；": "; ", "\n": ". "}
)  # fmt: skip

_ENGLISH: Final = (
    ("aɪə", "Iə"), ("aʊ", "W"), ("aɪ", "I"), ("eɪ", "A"), ("ɔɪ", "Y"), ("oʊ", "O"), ("əʊ", "Q"), ("dʒ", "ʤ"),
    ("tʃ", "ʧ"), ("ɚ", "əɹ"), ("ɜː", "ɜɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("ː", ""),
    ("e", "A"), ("o", "ɔ"), ("ʔ", "t"), ("ɾ", "T"),
    ("n̩", "ᵊn"), ("l̩", "ᵊl"), ("̩", ""), ("̃", ""),
)  # fmt: skip
"""espeak-ng's signs of American English and the model's: diphthongs and affricates are one sign, length is none."""


def phonemes(text: str, language: str) -> str:
    """Signs for one piece of text as written; signs of other scripts are left out."""
    words = sayable(text, language)
    out, at = "", 0
    for run in _HAN.finditer(words):
        out += _between(words[at : run.start()]) + _mandarin(run[0])
        at = run.end()
    return re.sub(r"\s+", " ", out + _between(words[at:])).strip()


def _between(words: str) -> str:
    """What stands between Chinese: pauses, or English."""
    if not _LATIN.search(words) and not re.search(r"\d", words):
        return words.translate(_PUNCTUATION)
    # The stops around it are espeak's to drop.
    core = words.strip()
    tail = core[-1].translate(_PUNCTUATION) if not core[-1].isalnum() else ""
    return f" {_english(core)}{tail} "


def _english(words: str) -> str:
    signs = _asked("en-us", words)
    for old, new in _ENGLISH:
        signs = signs.replace(old, new)
    return signs


@cache
def _phrases() -> Any:
    import budoux

    return budoux.load_default_simplified_chinese_parser()


def _mandarin(words: str) -> str:
    from pypinyin import Style, lazy_pinyin

    each_unknown: Any = lambda unknown: [_UNKNOWN_PINYIN] * len(unknown)  # noqa: E731 - its stub knows no lists
    spelt = lazy_pinyin(words, style=Style.TONE3, neutral_tone_with_five=True, errors=each_unknown)
    if len(spelt) != len(words):  # never seen; a wrong rhythm is better than silence
        return "".join(map(syllable, spelt))
    out, at = [], 0
    for phrase in _phrases().parse(words):
        out.append("".join(syllable(sound) for sound in spelt[at : at + len(phrase)]))
        at += len(phrase)
    return " ".join(out)


_UNKNOWN_PINYIN: Final = "mou3"
"""某: said for a character whose sound nobody here knows."""


def _asked(voice: str, words: str) -> str:
    done = subprocess.run(
        [ESPEAK, "-q", "--ipa", "-b", "1", "-v", voice, "--stdin"],
        input=words.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_ESPEAK_S,
        check=False,
    )
    return ", ".join(line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip())
