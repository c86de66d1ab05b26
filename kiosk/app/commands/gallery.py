"""``./run gallery``: the kit's parts in each state and a sample of every page, as pictures or in a window."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from kiosk.app import exits
from kiosk.app.options import ROOT, parser
from kiosk.app.pictures import Saves
from kiosk.domain.errors import SettingsError
from kiosk.domain.modes import MODE_NAMES, Modes

LANGUAGES = ("zh-Hans", "en")
_HEAD = """<!doctype html><meta charset="utf-8"><title>Gallery</title><style>
body{font:16px sans-serif;background:#E6EFEA;color:#122B2B;margin:24px}
figure{display:inline-block;margin:8px;vertical-align:top}img{width:300px;border:1px solid #75827E}</style>
"""


def main(arguments: Sequence[str]) -> int:
    """0; 1 when words have no room (``--fit``) or no Chinese font is installed."""
    from ui.gallery.fit import PANELS

    options = parser("gallery", "Show each part of the kit in its states, and a sample of every page.")
    options.add_argument(
        "--out", type=Path, metavar="DIR", help="write pictures and index.html; default without a display"
    )
    options.add_argument("--mode", default="", metavar="A,B", help=f"any of {', '.join(MODE_NAMES)}; they combine")
    options.add_argument("--panel", choices=PANELS, default="portrait", help="shape of the panel")
    options.add_argument("--look", metavar="NAME", help="colours of a place, from config/looks")
    options.add_argument("--language", metavar="A,B", help="default: zh-Hans,en; en-XA is the one nobody speaks")
    options.add_argument("--only", default="", metavar="A,B", help="names of pages or sheets")
    options.add_argument(
        "--fit", action="store_true", help="whether every word has room, on all panels and in all modes"
    )
    options.add_argument("--docs", action="store_true", help="write the tables and pictures of docs/design-system.md")
    chosen = options.parse_args(arguments)
    chosen.language = chosen.language or ("" if chosen.fit else ",".join(LANGUAGES))
    unknown = [name for name in chosen.mode.split(",") if name and name not in MODE_NAMES]
    if unknown:
        options.error(f"no mode {unknown[0]}; known: {', '.join(MODE_NAMES)}")
    seen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    in_window = seen and not (chosen.out or chosen.fit or chosen.docs)

    from ui.app import NoChineseFont, QtLoop
    from ui.keyboard import rime

    try:
        loop = QtLoop(None if in_window else "offscreen")
    except NoChineseFont as missing:
        print(missing, file=sys.stderr)
        return exits.FAILED
    if chosen.look:
        wear_look(chosen.look)
    with tempfile.TemporaryDirectory(prefix="gallery-") as pinyin:
        rime.prepare(Path(pinyin))
        if chosen.fit:
            return fit(chosen.language or ",".join((*LANGUAGES, "en-XA")), chosen.only)
        if chosen.docs:
            from kiosk.app.design_page import write

            print(f"gallery: {len(write(ROOT / 'docs'))} files of docs/design-system.md")
            return exits.OK
        if in_window:
            from ui.gallery.window import GalleryWindow

            window = GalleryWindow(PANELS[chosen.panel], chosen.language.split(","), modes_of(chosen), loop.quit)
            window.show()
            return loop.run()
        return paint(chosen, chosen.out or Path("gallery-output"))


def modes_of(chosen: argparse.Namespace) -> Modes:
    """The modes that were asked for."""
    return Modes(**{name: True for name in chosen.mode.split(",") if name})


def wear_look(name: str) -> None:
    """Paint in the colours of a place. Raises SettingsError for a look there is not."""
    from config.looks import look
    from ui.kit.theme import wear

    try:
        wear(look(name))
    except KeyError as unknown:
        raise SettingsError(f"{name}: no page has the colour {unknown}") from unknown


def paint(chosen: argparse.Namespace, out: Path) -> int:
    """Every picture as ``out/NAME-LANGUAGE.png``, and a page that shows them all."""
    out.mkdir(parents=True, exist_ok=True)
    shown = [_HEAD]
    count = 0
    for language in chosen.language.split(","):
        for part, found in (("Parts", sheets(chosen, language)), ("Pages", pages(chosen, language))):
            shown.append(f"<h2>{part}, {escape(language)}</h2>\n")
            for name, picture in found:
                file = f"{name}-{language}.png"
                picture.save(str(out / file))
                count += 1
                shown.append(
                    f'<figure><a href="{file}"><img loading="lazy" src="{file}" alt=""></a>'
                    f"<figcaption>{escape(name)}</figcaption></figure>\n"
                )
    (out / "index.html").write_text("".join(shown), encoding="utf-8")
    print(f"gallery: {count} pictures in {out}; open {out / 'index.html'}")
    return exits.OK


def sheets(chosen: argparse.Namespace, language: str) -> Iterator[tuple[str, Saves]]:
    """Name and picture of each sheet of parts."""
    from ui.gallery.parts import FAMILIES, sheet_picture

    only = set(filter(None, chosen.only.split(",")))
    for name in FAMILIES:
        if not only or f"part-{name}" in only:
            yield f"part-{name}", sheet_picture(name, language, modes_of(chosen))


def pages(chosen: argparse.Namespace, language: str) -> Iterator[tuple[str, Saves]]:
    """Name and picture of each sample page."""
    from ui.gallery.fit import PANELS
    from ui.gallery.pages import pictures

    only = frozenset(filter(None, chosen.only.split(",")))
    for number, (name, picture) in enumerate(pictures(language, PANELS[chosen.panel], modes_of(chosen), only), 1):
        yield (name if only else f"{number:02d}-{name}"), picture


def fit(languages: str, only: str) -> int:
    """Print, for each panel, language and mode, how many pages have words without room, and which."""
    from ui.gallery.fit import MODES, PANELS, misfits
    from ui.gallery.pages import samples

    names = frozenset(filter(None, only.split(",")))
    total = 0
    print(f"{len(names) or len(samples('en'))} pages; a number is pages whose words are cut or covered")
    print(f"{'panel':10}{'language':10}" + "".join(f"{_mode(modes):>14}" for modes in MODES))
    wrong: list[str] = []
    for panel, size in PANELS.items():
        for language in languages.split(","):
            counts = []
            for modes in MODES:
                found = list(misfits(language, size, modes, names))
                counts.append(len(found))
                wrong += [
                    f"  {panel} {language} {_mode(modes)} {one.page}: "
                    + "; ".join([*one.cut, *(f"{a} / {b}" for a, b in one.covered)][:3])
                    for one in found
                ]
            total += sum(counts)
            print(f"{panel:10}{language:10}" + "".join(f"{count:>14}" for count in counts), flush=True)
    print("\n".join(wrong) if wrong else "all words have room")
    return exits.FAILED if total else exits.OK


def _mode(modes: Modes) -> str:
    return "+".join(name.removesuffix("_reach") for name in modes.on()) or "standard"
