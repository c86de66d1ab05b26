"""Catalogues as files: gettext's .po and .pot, read by Babel and written so that a change is one line of a diff.

A sentence of the terminal has a key (msgctxt) and its Chinese wording (msgid). An entry without a key is a text of a
service package, known by its Chinese wording alone.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, escape, read_po

from kiosk.domain.errors import KioskError
from kiosk.texts.shelf import SOURCE, TEMPLATES

COUNT = "count"
"""The place whose number the plural forms go by."""
OF_A_DAY = frozenset({"year", "month", "month_name", "month_short", "day", "weekday"})
"""What a sentence about a day (``date.…``) may name: as much of it as the language needs."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


class CatalogueError(KioskError):
    """A catalogue that cannot be used; the text begins with its file, and with the line where one is to blame."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence. ``source`` and ``forms`` are one text, or the plural forms: two of Chinese, as many as needed."""

    key: str | None
    source: tuple[str, ...]
    forms: tuple[str, ...]
    notes: tuple[str, ...] = ()
    unsure: bool = False
    """Marked ``fuzzy``: the Chinese has changed since; it is not shown until somebody has looked."""

    @property
    def plural(self) -> bool:
        """Whether the wording depends on a number."""
        return len(self.source) > 1

    @property
    def done(self) -> bool:
        """Whether somebody has worded it, in all its forms, and nothing has changed since."""
        return not self.unsure and all(self.forms)

    @property
    def name(self) -> str:
        """What it is looked up by: the key, or the Chinese wording."""
        return self.source[0] if self.key is None else self.key


@dataclass(frozen=True, slots=True)
class Book:
    """One file: whose language, and its entries in their order."""

    language: str
    entries: tuple[Entry, ...]
    about: tuple[str, ...] = field(default=(), repr=False)
    """The comment at the head of the file, line by line."""


def places(forms: Iterable[str]) -> frozenset[str]:
    """The names in braces. Raises ValueError for braces that do not pair."""
    return frozenset(name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None)


def locale_of(language: str) -> Locale:
    """What the CLDR knows of a language, e.g. of ``zh-Hans``. Raises CatalogueError for one that it does not know."""
    try:
        if _LANGUAGE.fullmatch(language) is None:
            raise ValueError(language)
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise CatalogueError(f"{language!r} is no language tag that is known here, such as ja or zh-Hant") from error


def plural_rule(language: str) -> tuple[str, int]:
    """The value of ``Plural-Forms`` for a language, and how many forms that are. What a file claims is not believed."""
    rule = get_plural(locale_of(language))
    return str(rule.plural_forms), int(rule.num_plurals)


def read(path: Path) -> Book:
    """One file. The language is the beginning of its name (``ja`` in ``ja.staff.po``); a template's is Chinese."""
    is_template = path.suffix == ".pot"
    language = SOURCE if is_template else path.name.split(".")[0]
    locale = None if is_template else locale_of(language)
    try:
        catalog = read_po(BytesIO(path.read_bytes()), locale=locale, abort_invalid=True)
    except PoFileError as error:
        raise CatalogueError(f"{path.name}:{error.lineno + 1}: {error}") from error
    except (OSError, LookupError, ValueError) as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    entries = tuple(
        Entry(one.context, _forms(one.id), _forms(one.string), tuple(one.auto_comments), one.fuzzy)
        for one in catalog
        if one.id
    )
    about = tuple(line.removeprefix("#").strip() for line in catalog.header_comment.splitlines())
    return Book(language, entries, about)


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def write(path: Path, book: Book) -> None:
    """The file anew: one line a text, entries in their order, no dates, so that two people's changes do not collide."""
    header = {"Content-Type": "text/plain; charset=UTF-8"}
    if path.suffix == ".po":
        header |= {"Language": book.language.replace("-", "_"), "Plural-Forms": plural_rule(book.language)[0]}
    lines = [f"# {line}".rstrip() for line in book.about]
    lines += ['msgid ""', 'msgstr ""', *(escape(f"{name}: {value}\n") for name, value in header.items())]
    for entry in book.entries:
        lines += ["", *_written(entry)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _written(entry: Entry) -> list[str]:
    lines = [f"#. {note}" for note in entry.notes]
    if entry.unsure:
        lines.append("#, fuzzy")
    if entry.key is not None:
        lines.append(f"msgctxt {escape(entry.key)}")
    lines.append(f"msgid {escape(entry.source[0])}")
    if not entry.plural:
        return [*lines, f"msgstr {escape(entry.forms[0])}"]
    lines.append(f"msgid_plural {escape(entry.source[1])}")
    return [*lines, *(f"msgstr[{at}] {escape(form)}" for at, form in enumerate(entry.forms))]


def template() -> Mapping[str, Entry]:
    """Our own sentences, by key."""
    return {entry.name: entry for path in TEMPLATES for entry in read(path).entries}


def misfit(entry: Entry, sentences: Mapping[str, Entry], forms: int) -> str | None:
    """Why this wording cannot stand for the sentence of ``sentences`` with its key, or for the text it translates.

    ``forms``: how many plural forms its language has.
    """
    own = entry if entry.key is None else sentences.get(entry.key)
    if own is None:
        return "nothing is called that"
    if own.plural != entry.plural:
        return "it needs plural forms" if own.plural else "it has plural forms that nobody asks for"
    if own.plural and len(entry.forms) != forms:
        return f"it has {len(entry.forms)} plural forms, the language {forms}"
    try:
        wanted, named = places(own.source), places(entry.forms)
    except ValueError as error:
        return f"its braces do not pair: {error}"
    free = OF_A_DAY if own.name.startswith("date.") else frozenset()
    if named - wanted - free:
        return f"nobody fills in {_braces(named - wanted - free)}"
    # "One paper" may do without its number.
    missing = wanted - named - free - {COUNT if own.plural else ""}
    return f"{_braces(missing)} is lost" if missing else None


def _braces(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
