"""``package preview --shots``: a picture of every page of a package, in each language and each mode, side by side.

The usual way is walked first, then every way through the first questions that ends elsewhere, then ways that show
pages not seen yet; each picture is painted by the terminal's own window.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from kiosk.app import exits
from kiosk.app.package.sources import today
from kiosk.app.package.visit import Visit
from kiosk.authoring.docs import scenario_ends
from kiosk.authoring.places import page_key
from kiosk.authoring.prove import every_path
from kiosk.authoring.turning import turned
from kiosk.domain.modes import PLAIN, Modes
from kiosk.domain.time import local
from kiosk.flow.view import ScreenView
from kiosk.forms import (
    LANGUAGES,
    Answer,
    AnswerSet,
    Context,
    FormEngine,
    PackageBundle,
    Rule,
    ServicePackage,
    load_package,
)
from kiosk.forms.paths import pattern_of

if TYPE_CHECKING:
    from ui.app import QtLoop

SIZE = (720, 1280)
MOST_NEIGHBOURS = 300
MODES = {"standard": PLAIN, "elder": Modes(elder=True), "high_contrast": Modes(contrast=True)}
MODE_NAMES = {"standard": "standard · 标准", "elder": "elder · 大字", "high_contrast": "high contrast · 高对比"}


@dataclass
class _Shown:
    """A page and where its pictures are: (language, mode) -> file name."""

    name: str
    title: str
    files: dict[tuple[str, str], str] = field(default_factory=dict)


def shots(bundle: PackageBundle, out: Path) -> int:
    """Write the pictures and ``index.html``; 1 when the usual way could not be gone to its end."""
    from ui.app import NoChineseFont, QtLoop

    package, day = load_package(bundle), today()
    try:
        loop = QtLoop("offscreen")
        out.mkdir(parents=True, exist_ok=True)
    except (NoChineseFont, OSError) as error:
        print(f"package preview: {error}", file=sys.stderr)
        return exits.USAGE
    ways = list(chosen_ways(bundle, package, day))
    pages: dict[str, _Shown] = {}
    stopped: dict[str, int] = {}
    painter = _Painter(loop, day)
    try:
        for language in LANGUAGES:
            for number, answers in enumerate(ways, start=1):
                visit = Visit(package, answers, language, day)
                for view in visit.views():
                    name = f"cannot-{number}" if view.step == "cannot" else name_of(view)
                    shown = pages.setdefault(name, _Shown(name, view.title))
                    for mode in MODE_NAMES:
                        if (language, mode) not in shown.files:
                            file = f"{list(pages).index(name) + 1:03}-{name}-{language}-{mode}.png"
                            painter.paint(view, mode, out / file)
                            shown.files[language, mode] = file
                if visit.stopped_at is not None:
                    stopped.setdefault(visit.stopped_at, number)
    finally:
        painter.close()
    (out / "index.html").write_text(index(package, list(pages.values())), encoding="utf-8")
    count = sum(len(shown.files) for shown in pages.values())
    print(f"{package.id}: {len(ways)} ways, {len(pages)} pages, {count} pictures; {out}/index.html")
    for place, number in stopped.items():
        print(f"package preview: way {number} could not be gone on from {place}", file=sys.stderr)
    # On other ways than the usual one answers are made up, and may not please every check.
    return exits.FAILED if 1 in stopped.values() else exits.OK


def usual_way(bundle: PackageBundle, day: date) -> AnswerSet:
    """The first way that leads to a case; empty where there is none."""
    ways = (path.answers for path in every_path(bundle, today=day) if path.end not in ("cannot", "dead end"))
    return next(ways, MappingProxyType({}))


def chosen_ways(bundle: PackageBundle, package: ServicePackage, day: date) -> Iterator[AnswerSet]:
    """The usual way, ways to pages and papers it does not show, and one to each "cannot" of the first questions."""
    engine, ctx = FormEngine(package), Context(today=day, subject_kind=package.subject)
    wanted: dict[str, Rule] = {page_key(page): page.relevant for page in package.pages}
    wanted |= {material.id: material.relevant for material in package.materials}
    ways = (path.answers for path in every_path(bundle, today=day) if path.end not in ("cannot", "dead end"))
    usual = next(ways, None)
    if usual is not None:
        yield usual
        _take_away(wanted, seen_on(engine, usual, ctx))
        # Neighbours of the usual way show most of the rest; what hangs on an early answer is found by its condition.
        for answers in islice(ways, MOST_NEIGHBOURS):
            if _take_away(wanted, seen_on(engine, answers, ctx)):
                yield answers
        for name in list(wanted):
            if name in wanted:
                for answers in turned(package, usual, [wanted[name]]):
                    if name in (seen := seen_on(engine, answers, ctx)) and _can_be_gone(engine, answers, ctx):
                        _take_away(wanted, seen)
                        yield answers
                        break
    at = datetime.combine(day, time(4), UTC)
    ends: list[object] = []
    for choices, outcome in scenario_ends(package, day):
        if outcome.kind == "cannot" and outcome not in ends:
            ends.append(outcome)
            yield MappingProxyType(
                {question.path: Answer(option.value, "typed", "D", at) for question, option in choices}
            )


def seen_on(engine: FormEngine, answers: AnswerSet, ctx: Context) -> set[str]:
    """Pages of the form and papers that a resident meets on this way."""
    needs = engine.materials(answers, {}, ctx)
    keys = {_without_numbers(run.key) for run in engine.pages(answers, ctx)}
    return keys | {need.material.id for need in needs if need.state != "not_needed"}


def _can_be_gone(engine: FormEngine, answers: AnswerSet, ctx: Context) -> bool:
    """Whether a resident may give these answers."""
    asked = [field.path for run in engine.pages(answers, ctx) for field in run.fields if field.path in answers]
    right = all(engine.check(path, answers[path].value, answers, ctx) is None for path in asked)
    return right and engine.scenario_outcome(answers, ctx).kind == "go"


def _take_away(wanted: dict[str, Rule], seen: set[str]) -> bool:
    """Whether something wanted was seen."""
    found = seen & set(wanted)
    for name in found:
        del wanted[name]
    return bool(found)


def _without_numbers(key: str) -> str:
    """The page of a group, whichever entry it belongs to: ``staff.0.role`` is ``staff.role``."""
    return pattern_of(key).replace(".*.", ".")


def name_of(view: ScreenView) -> str:
    """A page's name in file names, the same in every language and for every entry of a group."""
    key = view.key.removesuffix(view.language).strip(":")
    plain = "".join(char if char.isalnum() else "-" for char in key).strip("-")
    return plain if plain.startswith(view.step) else f"{view.step}-{plain}".strip("-")


class _Painter:
    """One window a mode, out of sight."""

    def __init__(self, loop: QtLoop, day: date) -> None:
        from ui.host import TerminalWindow

        noon = local(datetime.combine(day, time(4), UTC))
        self._loop = loop
        self._windows: dict[str, TerminalWindow] = {
            mode: TerminalWindow(lambda _: None, SIZE, now=lambda: noon) for mode in MODES
        }
        for window in self._windows.values():
            window.start()

    def paint(self, view: ScreenView, mode: str, file: Path) -> None:
        """The page as this mode shows it."""
        window = self._windows[mode]
        window.render(replace(view, modes=MODES[mode]))
        self._loop.application.processEvents()
        window.picture().save(str(file))

    def close(self) -> None:
        """Let the windows go."""
        for window in self._windows.values():
            window.allow_close()


def index(package: ServicePackage, pages: list[_Shown]) -> str:
    """The pictures side by side, a row a page."""
    columns = [(language, mode) for language in LANGUAGES for mode in MODE_NAMES]
    head = "".join(f"<th>{language}<br>{html.escape(MODE_NAMES[mode])}</th>" for language, mode in columns)
    rows = []
    for shown in pages:
        cells = "".join(
            f'<td><a href="{shown.files[at]}"><img src="{shown.files[at]}" loading="lazy" alt=""></a></td>'
            if at in shown.files
            else "<td></td>"
            for at in columns
        )
        rows.append(f"<tr><th>{html.escape(shown.name)}<br>{html.escape(shown.title)}</th>{cells}</tr>")
    title = html.escape(f"{package.title['zh-Hans']} · {package.title['en']} · {package.id} v{package.version}")
    return (
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>{title}</title><style>'
        "body{font-family:sans-serif;margin:1rem}table{border-collapse:collapse}th{font-weight:normal;padding:.3rem;"
        "text-align:left;vertical-align:top;max-width:12rem}td{padding:.3rem;vertical-align:top}"
        "img{width:230px;border:1px solid #999}thead th{position:sticky;top:0;background:#fff}"
        f"</style><h1>{title}</h1><table><thead><tr><th></th>{head}</tr></thead>{''.join(rows)}</table></html>\n"
    )
