"""Which catalogues there are, and each of them ready to be asked.

Our own lie in this folder, those of a site in the folder named by the settings. Reading a .po takes a tenth of a
second, which no start should wait for: what was read is kept as gettext's .mo in ``__pycache__`` beside the catalogue,
under a name made of all that went into it. Where that folder cannot be written, it is read again each time.
"""

from __future__ import annotations

import contextlib
import gettext
import hashlib
import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import NoReturn

HOME = Path(__file__).parent
SOURCE = "zh-Hans"
"""The language everything is written in first, and the last that is fallen back to."""
TEMPLATES = (HOME / "kiosk.pot", HOME / "staff.pot")
"""The Chinese sentences: what residents read, and what technicians read."""
_VERSION = b"1"  # of what is made of the files; a new one makes old .mo files unread


def files_of(language: str, folder: Path | None) -> tuple[Path, ...]:
    """The files of one language, ours first: a site may word a sentence in its own way."""
    homes = (HOME,) if folder is None else (HOME, folder)
    own = TEMPLATES if language == SOURCE else ()
    found = (path for home in homes for path in sorted(home.glob("*.po")))
    return own + tuple(path for path in found if path.name.split(".")[0] == language)


def catalogues_in(folder: Path) -> frozenset[str]:
    """The languages that somebody has put into a folder."""
    return frozenset(path.name.split(".")[0] for path in folder.glob("*.po"))


class Silent(gettext.NullTranslations):
    """The end of every chain: what nobody wrote is a KeyError, never an empty screen."""

    def gettext(self, message: str) -> NoReturn:
        """Nothing is known here."""
        raise KeyError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:
        """Nothing is known here."""
        raise KeyError(msgid1)


def opened(language: str, folder: Path | None) -> gettext.GNUTranslations:
    """One language without what it falls back to. Raises CatalogueError for a file that cannot be read."""
    files = files_of(language, folder)
    digest = hashlib.sha256(_VERSION)
    for path in dict.fromkeys((*TEMPLATES, *files)):
        digest.update(path.read_bytes())
    kept = files[-1].parent / "__pycache__" / f"{language}.{digest.hexdigest()[:16]}.mo"
    try:
        raw = kept.read_bytes()
    except OSError:
        raw = compiled(language, files)
        _keep(kept, raw)
    return gettext.GNUTranslations(BytesIO(raw))


def _keep(path: Path, raw: bytes) -> None:
    """As Python keeps its own: whole or not at all, and no word about it where it may not."""
    part = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        for old in path.parent.glob(f"{path.name.split('.')[0]}.*.mo"):
            old.unlink(missing_ok=True)
        part.write_bytes(raw)
        part.replace(path)


def compiled(language: str, files: Iterable[Path]) -> bytes:
    """What gettext reads: key -> wording, and Chinese text of a package -> wording. Later files win.

    Left out, so that the fallback speaks: what is empty or ``fuzzy``, and what would not fill in as the sentence does.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    from kiosk.texts.po import locale_of, misfit, read, template

    sentences = template()
    catalog = Catalog(locale=locale_of(language))
    for path in files:
        book = read(path)
        for entry in book.entries:
            if path.suffix == ".po" and (not entry.done or misfit(entry, sentences, catalog.num_plurals) is not None):
                continue
            forms = entry.forms if path.suffix == ".po" else entry.source[-1:]
            catalog.delete(entry.name)
            if entry.plural:
                catalog.add((entry.name, entry.name), forms)
            else:
                catalog.add(entry.name, forms[0])
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()
