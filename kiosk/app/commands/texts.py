"""``./run texts``: what the terminal says, per language: how complete, how plain, a new language, one more sentence."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from kiosk.app import exits
from kiosk.app.options import ROOT, add_settings, parser, settings_of
from kiosk.domain.counting import counted


def main(arguments: Sequence[str]) -> int:
    """0 when all is well, 1 when a check found something."""
    options = parser("texts", "What the terminal says: its languages and how complete each is, and the tools for them.")
    add_settings(options)
    asked = options.add_subparsers(dest="asked", metavar="")
    asked.add_parser("list", help="the languages, how much of each is there, and who speaks where it is silent")
    asked.add_parser("check", help="are all catalogues complete, and do they fill in as the Chinese does?")
    asked.add_parser("lint", help="are the Chinese and the English plain?")
    new = asked.add_parser("new", help="a catalogue to translate, in the folder of the settings")
    new.add_argument("language", help="its tag, such as ja or zh-Hant")
    items = asked.add_parser("items", help="put the texts of service packages into a catalogue, to translate them too")
    items.add_argument("file", type=Path, help="the catalogue")
    items.add_argument("folders", nargs="*", type=Path, default=[ROOT / "config" / "services"], help="of packages")
    update = asked.add_parser("update", help="bring catalogues up to the Chinese; all of ours, or the files named")
    update.add_argument("files", nargs="*", type=Path)
    add = asked.add_parser("add", help="one more sentence of ours")
    add.add_argument("key", help="SECTION.NAME")
    add.add_argument("chinese")
    add.add_argument("english", help='where it names {count}: "{count} page|{count} pages"')
    add.add_argument("--staff", action="store_true", help="for technicians")
    show = asked.add_parser("show", help="every sentence in one language; en-XA is the language nobody speaks")
    show.add_argument("language")
    chosen = options.parse_args(arguments)
    match chosen.asked:
        case "add":
            return _add(chosen)
        case "lint":
            return _lint()
        case "update":
            return _update(chosen.files)
        case "items":
            return _items(chosen.file, chosen.folders)
    from kiosk import texts

    folder = settings_of(chosen).terminal.languages_dir
    for fault in texts.look_in(folder):
        print(f"not usable: {fault}")
    match chosen.asked:
        case "check":
            return _check(folder)
        case "new":
            return _new(chosen.language, folder)
        case "show":
            return _show(chosen.language)
    return _list(folder)


def _list(folder: Path) -> int:
    from kiosk import texts
    from kiosk.texts.checking import untranslated
    from kiosk.texts.po import template
    from kiosk.texts.shelf import files_of

    whole = len(template())
    for language in texts.languages():
        left = len(untranslated(files_of(language, folder), staff=True))
        name, fallback = texts.say(language, "language.name"), texts.fallback(language)
        print(f"{language:8} {name:12} {whole - left} of {whole} sentences, then {fallback}")
    return exits.OK


def _check(folder: Path) -> int:
    from kiosk import texts
    from kiosk.texts.checking import check, untranslated
    from kiosk.texts.shelf import SOURCE, files_of

    worst = exits.OK
    for language in texts.languages():
        files = files_of(language, folder)
        faults = [str(fault) for fault in check(files)]
        left = untranslated(files, staff=language in (SOURCE, "en"))
        if language in (SOURCE, "en"):
            faults += [f"{language}: {key}: not worded" for key in left]
        print(*faults, sep="\n", end="\n" if faults else "")
        print(f"{language}: {len(faults)} wrong, {len(left)} not translated")
        worst = exits.FAILED if faults else worst
    return worst


def _lint() -> int:
    from kiosk.texts.plain import lint

    found = [fault for language in ("zh-Hans", "en") for fault in lint(language)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} sentences that could be plainer")
    return exits.FAILED if found else exits.OK


def _new(language: str, folder: Path) -> int:
    from kiosk.texts.making import begin

    print(
        f"{begin(language, folder)}: translate it; ./run texts check looks it over; docs/howto/translate.md tells more"
    )
    return exits.OK


def _update(files: Sequence[Path]) -> int:
    from kiosk.texts.making import update
    from kiosk.texts.shelf import HOME

    for path in files or sorted(HOME.glob("*.po")):
        print(f"{path}: {update(path)} to look at")
    return exits.OK


def _items(file: Path, folders: Sequence[Path]) -> int:
    from kiosk.texts.making import with_items
    from kiosk.texts.po import read, write

    book = with_items(read(file), folders)
    write(file, book)
    print(f"{file}: {counted(sum(1 for entry in book.entries if entry.key is None), 'text')} of packages")
    return exits.OK


def _add(chosen: argparse.Namespace) -> int:
    from kiosk.texts.making import add

    add(chosen.key, chosen.chinese, chosen.english, staff=chosen.staff)
    return exits.OK


def _show(language: str) -> int:
    from kiosk.texts import say
    from kiosk.texts.po import template

    for key in template():
        print(f"{key}\t{say(language, key)}")
    return exits.OK
