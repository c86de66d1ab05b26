"""Mandarin syllables in the signs that the voice was trained on: IPA, with an arrow for the tone after the vowel.

The signs are those of the model's own notation: affricates are one sign each (ʦ ʨ ꭧ), the vowel of *zhi* and *zi* is
ɨ, tones one to four are → ↗ ↓ ↘, and a light syllable has none.
"""

from __future__ import annotations

from typing import Final

_INITIALS: Final = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s", "": "",
}  # fmt: skip
_TONE: Final = "*"
_FINALS: Final = {
    "a": "a*", "o": "wo*", "e": "ɤ*", "ê": "ɛ*", "er": "ɚ*", "ai": "ai*", "ei": "ei*", "ao": "au*", "ou": "ou*",
    "an": "a*n", "en": "ə*n", "ang": "a*ŋ", "eng": "ə*ŋ", "ong": "ʊ*ŋ",
    "i": "i*", "ia": "ja*", "ie": "je*", "iao": "jau*", "iou": "jou*", "ian": "jɛ*n", "in": "i*n", "iang": "ja*ŋ",
    "ing": "i*ŋ", "iong": "jʊ*ŋ", "io": "jɔ*",
    "u": "u*", "ua": "wa*", "uo": "wo*", "uai": "wai*", "uei": "wei*", "uan": "wa*n", "uen": "wə*n", "uang": "wa*ŋ",
    "ueng": "wə*ŋ",
    "v": "y*", "ve": "ɥe*", "van": "ɥɛ*n", "vn": "y*n",
}  # fmt: skip
_ALONE: Final = {"o": "ɔ*", "m": "m*", "n": "n*", "ng": "ŋ*", "hm": "hm*", "hng": "hŋ*"}
"""Exclamations, whose finals stand for no more than themselves."""
_BUZZED: Final = frozenset({"zh", "ch", "sh", "r", "z", "c", "s"})
_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘"}


def syllable(pinyin: str) -> str:
    """Signs of one syllable, e.g. ``zhong1``: letters a–z (v or ü) and a tone of 1 to 5; empty for anything else."""
    from pypinyin.contrib.tone_convert import to_finals, to_initials

    tone = pinyin[-1:] if pinyin[-1:].isdigit() else "5"
    letters = pinyin.rstrip("12345")
    signs = _ALONE.get(letters)
    if signs is None:
        initial = to_initials(letters, strict=True)
        final = to_finals(letters, strict=True).replace("ü", "v")
        if initial not in _INITIALS or final not in _FINALS:
            return ""
        signs = _INITIALS[initial] + ("ɨ*" if final == "i" and initial in _BUZZED else _FINALS[final])
    return signs.replace(_TONE, _TONES.get(tone, ""))
