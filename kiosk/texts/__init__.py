"""What the terminal itself says, in each language. Services bring their own texts in their packages.

Chinese is written first: ``kiosk.pot`` for residents, ``staff.pot`` for technicians. ``en.po`` and ``en.staff.po`` are
English; any other language is a catalogue dropped into the folder that the settings name. ``{name}`` is filled in, and
where a sentence names ``{count}``, its wording may go by that number.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from kiosk.domain.errors import KioskError
from kiosk.forms.messages import Filled
from kiosk.texts.pseudo import pseudo
from kiosk.texts.shelf import SOURCE, Silent, catalogues_in, opened

__all__ = ["PSEUDO", "SOURCE", "both", "fallback", "languages", "look_in", "on_paper", "pick", "say", "says"]

PSEUDO = "en-XA"
"""English that looks foreign, for trying out: it has no file and is offered only where the settings ask for it."""


class _Pseudo(gettext.NullTranslations):
    """Everything English says, made foreign."""

    def gettext(self, message: str) -> str:
        return pseudo(_spoken("en").gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(_spoken("en").ngettext(msgid1, msgid2, n))


class _Site:
    """The folder of a site's catalogues and the languages in it; one for the whole process, set once at the start."""

    folder: Path | None = None
    spoken: frozenset[str] = frozenset()


def look_in(folder: Path) -> tuple[str, ...]:
    """From now on the catalogues of this folder are spoken too; those that cannot be, one line each."""
    found, unusable = catalogues_in(folder), {}
    for language in found:
        try:
            opened(language, folder)
        except (KioskError, OSError) as error:
            unusable[language] = str(error)
    _Site.folder, _Site.spoken = folder, found - unusable.keys()
    for remembered in (languages, fallback, _alone, _spoken):
        remembered.cache_clear()
    return tuple(unusable.values())


@cache
def languages() -> tuple[str, ...]:
    """The tags of all languages, Chinese and English first."""
    return (SOURCE, "en", *sorted(_Site.spoken - {SOURCE, "en"}))


def _opened(language: str) -> gettext.GNUTranslations:
    return opened(language, _Site.folder if language in _Site.spoken else None)


@cache
def _alone(language: str) -> gettext.GNUTranslations:
    """One language without those behind it."""
    return _opened(language)


@cache
def fallback(language: str) -> str:
    """Who speaks where this language is silent: English, unless its catalogue names Chinese; for English Chinese."""
    if language in (SOURCE, "en"):
        return SOURCE
    named = _alone(language).gettext("language.fallback") if language in languages() else "en"
    return SOURCE if named == SOURCE else "en"


@cache
def _spoken(language: str) -> gettext.NullTranslations:
    """One language with those behind it that it falls back to; of an unknown one only these."""
    if language == PSEUDO:
        return _Pseudo()
    if language not in languages():
        return _spoken(fallback(language))
    own = _opened(language)
    own.add_fallback(Silent() if language == SOURCE else _spoken(fallback(language)))
    return own


def _wording(language: str, key: str, count: object) -> str:
    spoken = _spoken(language)
    if isinstance(count, int):
        try:
            return spoken.ngettext(key, key, count)
        except KeyError:
            pass  # worded alike for every number
    return spoken.gettext(key)


def say(language: str, key: str, /, **values: object) -> str:
    """One sentence. KeyError for a key nobody wrote: a missing text is a bug, never an empty screen."""
    text = _wording(language, key, values.get("count"))
    return text.format(**values) if values else text


def says(language: str, key: str) -> bool:
    """Whether the language itself words this, so that nobody else has to speak for it."""
    if language == PSEUDO:
        return says("en", key)
    own = _alone(language) if language in languages() else gettext.NullTranslations()
    return own.gettext(key) != key or own.ngettext(key, key, 1) != key


def both(key: str, /, **values: object) -> Mapping[str, str]:
    """One sentence in every language, as a package text is."""
    return {language: say(language, key, **values) for language in languages()}


def on_paper(language: str) -> tuple[str, ...]:
    """In which languages paper is printed: the resident's, then Chinese, which every counter reads."""
    return (language,) if language == SOURCE else (language, SOURCE)


def pick(text: Mapping[str, str], language: str) -> str:
    """A package text in this language: its own wording, else the catalogue's, else the fallback's, else Chinese."""
    if own := text.get(language):
        return own
    if language == PSEUDO:
        return pseudo(pick(text, "en"))
    chinese = text.get(SOURCE)
    if chinese and language in languages():
        try:
            if isinstance(text, Filled):
                return _spoken(language).gettext(text.chinese).format(**_facts(text, language))
            return _spoken(language).gettext(chinese)
        except KeyError:
            pass  # nobody translated it
    return text.get(fallback(language)) or chinese or next(iter(text.values()), "")


def _facts(text: Filled, language: str) -> Mapping[str, object]:
    from kiosk.texts.dates import day_words

    return {name: day_words(language, fact) if isinstance(fact, date) else fact for name, fact in text.facts.items()}
