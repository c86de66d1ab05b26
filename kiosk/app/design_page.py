"""docs/design-system.md and its pictures: the words are written by hand, the tables come from the tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from kiosk.domain.modes import PLAIN, Modes
from ui.kit.tokens import REFERENCE_PX_PER_MM, TARGET_PX, TOKENS

PAGE = "design-system.md"
FOLDER = Path("img") / "design"
SHEET_WIDTH_PX = 500
SHEETS_IN_MODES = ("keys", "choices", "fields")
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with each of its tables as the tokens are now. Raises ``KeyError`` for a table there is not."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[3]}", page)


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _colours() -> str:
    colour = TOKENS["colour"]
    dark = colour["on_dark_surface"]["overrides"]
    return _table(
        ("role", "standard", "on the dark ground", "high contrast"),
        (
            (f"`{name}`", value, dark.get(name, "same"), colour["high_contrast"][name])
            for name, value in colour["standard"].items()
        ),
    )


def _type() -> str:
    kinds = TOKENS["type"]
    return _table(
        ("step", "px", "mm", "line px", "weight", "elder px", "for"),
        (
            (f"`{name}`", step["px"], f"{step['px'] / REFERENCE_PX_PER_MM:.1f}", step["line_height_px"],
             step["weight"], kinds["elder_px"][name], step["use"])
            for name, step in kinds["scale"].items()
        ),
    )  # fmt: skip


def _targets() -> str:
    rows = ((f"`{name}`", token["mm"], TARGET_PX[name], token["use"]) for name, token in TOKENS["target_mm"].items())
    return _table(("size", "mm", "design px", "for"), rows)


def _plain(table: str, unit: str) -> Callable[[], str]:
    def made() -> str:
        rows = ((f"`{name}`", token[unit], token["use"]) for name, token in TOKENS[table].items())
        return _table(("name", unit, "for"), rows)

    return made


TABLES: dict[str, Callable[[], str]] = {
    "colours": _colours,
    "type": _type,
    "targets": _targets,
    "space": _plain("space_px", "px"),
    "radii": _plain("radius_px", "px"),
    "edges": _plain("edge_px", "px"),
    "durations": _plain("duration_ms", "ms"),
}


def write(docs: Path) -> list[Path]:
    """Fill the tables of the page, and paint its pictures and those of the README; the files. Needs the application."""
    page = docs / PAGE
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    folder = docs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return [page, *_sheets(folder), *_rows(docs / "img")]


def _sheets(folder: Path) -> Iterable[Path]:
    from kiosk.app.pictures import opened, row, small
    from ui.gallery.parts import FAMILIES, sheet_picture

    for name in FAMILIES:
        file = folder / f"{name}.png"
        small(opened(sheet_picture(name, "en")), file, SHEET_WIDTH_PX)
        yield file
    for mode in ("elder", "contrast"):
        file = folder / f"{mode}.png"
        sheets = [opened(sheet_picture(name, "en", Modes(**{mode: True}))) for name in SHEETS_IN_MODES]
        small(row(sheets, 1200), file, 900)
        yield file


def _rows(folder: Path) -> Iterable[Path]:
    """One page in four modes, and one on the three shapes of panel, in both languages."""
    from kiosk.app.pictures import opened, row, small
    from ui.gallery.fit import PANELS
    from ui.gallery.pages import LANGUAGES, pictures

    four = (PLAIN, Modes(elder=True), Modes(contrast=True), Modes(low_reach=True))
    for language in LANGUAGES:
        shown = [opened(next(pictures(language, PANELS["portrait"], modes, frozenset({"home"})))[1]) for modes in four]
        file = folder / f"modes-{language}.png"
        small(row(shown, 960), file, 800)
        yield file
        shown = [opened(next(pictures(language, size, PLAIN, frozenset({"guide"})))[1]) for size in PANELS.values()]
        file = folder / f"panels-{language}.png"
        small(row(shown, 800), file, 860)
        yield file
