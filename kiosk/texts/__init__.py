"""What the terminal itself says, per language. Services bring their own texts in their packages.

Two TOML files a language, one for residents and one for technicians, flat keys; ``{name}`` is filled in. A test holds
the languages to the same keys and places.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("zh-Hans", "en")
FALLBACK = "zh-Hans"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one language; an unknown language reads Chinese."""
    name = language if language in LANGUAGES else FALLBACK
    flat: dict[str, str] = {}
    for file in (f"{name}.toml", f"staff.{name}.toml"):
        for section, entries in tomllib.loads((Path(__file__).parent / file).read_text("utf-8")).items():
            flat.update({f"{section}.{key}": value for key, value in entries.items()})
    return flat


def say(language: str, key: str, /, **values: object) -> str:
    """One sentence. KeyError for a key nobody wrote: a missing text is a bug, never an empty screen."""
    text = catalogue(language)[key]
    return text.format(**values) if values else text


def both(key: str, /, **values: object) -> Mapping[str, str]:
    """One sentence in every language, as a package text is."""
    return {language: say(language, key, **values) for language in LANGUAGES}


def pick(text: Mapping[str, str], language: str) -> str:
    """A package text in this language, else in Chinese."""
    return text.get(language) or text.get(FALLBACK) or next(iter(text.values()), "")
