"""Catalogues made and kept up: a sentence added, a new language begun, a catalogue brought up to the Chinese."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import get_day_names, get_month_names

from kiosk.forms.messages import MESSAGES
from kiosk.texts.po import Book, CatalogueError, Entry, locale_of, plural_rule, read, write
from kiosk.texts.shelf import HOME, SOURCE, TEMPLATES

ENGLISH = "English: "
"""How the note begins that shows the English wording to whoever translates into another language."""


def add(key: str, chinese: str, english: str, *, staff: bool = False) -> None:
    """One more sentence, behind the last of its section, in the template and in English. Raises CatalogueError.

    ``english``: where the sentence names {count}, both forms with a bar between them: ``{count} page|{count} pages``.
    """
    if "." not in key:
        raise CatalogueError(f"{key}: a key is SECTION.NAME, such as home.title")
    template = HOME / ("staff.pot" if staff else "kiosk.pot")
    plural = "{count}" in chinese
    source = (chinese, chinese) if plural else (chinese,)
    one, bar, many = english.partition("|")
    said = (one, many if bar else one) if plural else (english,)
    for path, forms in ((template, ("",) * len(source)), (_english(template), said)):
        book = read(path)
        if any(entry.key == key for entry in book.entries):
            raise CatalogueError(f"{path.name}: {key} is there already")
        write(path, replace(book, entries=_placed(book.entries, Entry(key, source, forms))))


def _placed(entries: tuple[Entry, ...], fresh: Entry) -> tuple[Entry, ...]:
    section = f"{fresh.key}".split(".")[0]
    same = [at for at, entry in enumerate(entries) if f"{entry.key}".split(".")[0] == section]
    at = same[-1] + 1 if same else len(entries)
    return (*entries[:at], fresh, *entries[at:])


def _english(template: Path) -> Path:
    return HOME / ("en.staff.po" if template.name == "staff.pot" else "en.po")


def begin(language: str, folder: Path) -> Path:
    """A catalogue to translate: every sentence for residents, the days and months filled in. Raises CatalogueError."""
    path = folder / f"{language}.po"
    locale = locale_of(language)
    if path.exists() or language in (SOURCE, "en"):
        raise CatalogueError(f"{path}: there is a catalogue already")
    about = (f"What the terminal says to residents, in {locale.get_display_name('en')}.",)
    folder.mkdir(parents=True, exist_ok=True)
    write(path, merged(Book(language, tuple(_known(locale)), about), TEMPLATES[:1]))
    return path


def _known(locale: Locale) -> Iterable[Entry]:
    """What the CLDR says already: the language's own name, months and weekdays."""
    yield Entry("language.name", ("",), (str(locale.get_display_name() or ""),))
    yield Entry("language.fallback", ("",), ("en",))
    for number, name in get_month_names("wide", "stand-alone", locale).items():
        yield Entry(f"month.{number}", ("",), (name,))
    for number, name in get_month_names("abbreviated", "stand-alone", locale).items():
        yield Entry(f"month_short.{number}", ("",), (name,))
    for number, name in get_day_names("wide", "stand-alone", locale).items():
        yield Entry(f"weekday.{number + 1}", ("",), (name,))


def update(path: Path) -> int:
    """A catalogue brought up to the Chinese; how many sentences somebody has to look at. Raises CatalogueError."""
    templates = [each for each in TEMPLATES if each.name == "staff.pot"] if ".staff." in path.name else TEMPLATES[:1]
    book = merged(read(path), templates)
    write(path, book)
    return sum(1 for entry in book.entries if not entry.done)


def merged(book: Book, templates: Iterable[Path]) -> Book:
    """The sentences of the templates in their order, each with the wording of ``book``; its texts of packages behind.

    Where the Chinese has changed the wording stays, marked for somebody to look at.
    """
    had = {entry.name: entry for entry in book.entries}
    english = _wordings_in_english(book.language)
    entries = [
        _taken(own, had.get(own.name), book, english.get(own.name)) for path in templates for own in read(path).entries
    ]
    return replace(book, entries=(*entries, *(entry for entry in book.entries if entry.key is None)))


def _taken(own: Entry, had: Entry | None, book: Book, english: str | None) -> Entry:
    count = plural_rule(book.language)[1] if own.plural else 1
    notes = own.notes if english is None else (*own.notes, ENGLISH + english)
    if had is None:
        return Entry(own.key, own.source, ("",) * count, notes)
    forms = had.forms if len(had.forms) == count else had.forms[:1] * count
    changed = had.source not in (own.source, ("",)) and any(had.forms)
    return Entry(own.key, own.source, forms, notes, had.unsure or changed)


def _wordings_in_english(language: str) -> Mapping[str, str]:
    if language == "en":
        return {}
    return {entry.name: entry.forms[-1] for path in TEMPLATES for entry in read(_english(path)).entries}


def with_items(book: Book, folders: Iterable[Path]) -> Book:
    """What is said of a wrong answer, and the texts of service packages, put behind ours; what is there stays."""
    had = {entry.name for entry in book.entries}
    fresh: dict[str, Entry] = {}
    files = (path for folder in folders for path in sorted(folder.rglob("*.json")))
    found = (pair for path in files for pair in _texts_in(json.loads(path.read_text("utf-8"))))
    for chinese, english in chain(MESSAGES.values(), found):
        if chinese not in had:
            fresh.setdefault(chinese, Entry(None, (chinese,), ("",), (ENGLISH + english,)))
    return replace(book, entries=(*book.entries, *fresh.values()))


def _texts_in(node: Any) -> Iterable[tuple[str, str]]:
    """Chinese and English of every text, however deep."""
    if isinstance(node, dict):
        chinese, english = node.get(SOURCE), node.get("en")
        if isinstance(chinese, str) and isinstance(english, str):
            yield chinese, " ".join(english.split())
        else:
            for below in node.values():
                yield from _texts_in(below)
    elif isinstance(node, list):
        for below in node:
            yield from _texts_in(below)
