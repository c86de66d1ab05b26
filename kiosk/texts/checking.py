"""Whether a catalogue is complete and fills in as its sentences do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.texts.po import COUNT, misfit, places, plural_rule, read, template
from kiosk.texts.shelf import TEMPLATES


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one sentence of one file."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}"


def check(files: Sequence[Path]) -> Iterator[Fault]:
    """Everything about some files of one language but what is not translated yet. Raises CatalogueError."""
    sentences = template()
    for path in files:
        seen: set[str] = set()
        book = read(path)
        forms = plural_rule(book.language)[1]
        for entry in book.entries:
            if entry.name in seen:
                yield Fault(path.name, entry.name, "it is there twice")
            seen.add(entry.name)
            if path.suffix == ".pot":
                if not entry.plural and COUNT in places(entry.source):
                    yield Fault(path.name, entry.name, "it names {count} and has no plural forms")
                continue
            own = sentences.get(entry.name)
            if entry.done and (reason := misfit(entry, sentences, forms)) is not None:
                yield Fault(path.name, entry.name, reason)
            elif own is not None and own.source != entry.source:
                yield Fault(path.name, entry.name, f"the Chinese is now {own.source[0]!r}; ./run texts update")
            elif entry.unsure:
                yield Fault(path.name, entry.name, "the Chinese has changed: look at it and take the fuzzy mark away")


def untranslated(files: Sequence[Path], *, staff: bool) -> list[str]:
    """The keys that these files of a language do not word; with ``staff`` those of technicians too."""
    said = {entry.name for path in files for entry in read(path).entries if path.suffix == ".pot" or entry.done}
    wanted = TEMPLATES if staff else TEMPLATES[:1]
    return [entry.name for path in wanted for entry in read(path).entries if entry.name not in said]
