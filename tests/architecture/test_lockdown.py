"""Nothing in the screens may open a way out of the terminal or read a resident's text as markup."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BANNED = PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
QT_WAYS_OUT = {name.rpartition(".")[2] for name in BANNED if name.startswith("PySide6.")}
BANNED_CALLS = {
    "setOpenExternalLinks": "a link opens another program",
    "openUrl": "a link opens another program",
    "setToolTip": "a tool tip is rich text and no resident hovers",
    "setHtml": "texts are plain",
    "insertHtml": "texts are plain",
    "setMarkdown": "texts are plain",
    "exec_": "nested event loops wait, and the main thread never waits",
    "processEvents": "nested event loops run handlers in the middle of others",
}
#: Draws every screen for `./run gallery`, with no session and no device: nothing can run in the middle of it.
EXEMPT = {("ui/gallery/pages.py", "processEvents")}
BANNED_ATTRIBUTES = {"RichText", "AutoText", "MarkdownText", "TextBrowserInteraction", "LinksAccessibleByMouse"}

#: What screens may take of Qt's widgets and services; a name that is not here is looked at before it is added.
WIDGETS_OF_SCREENS = {"QAbstractButton", "QApplication", "QSizePolicy", "QWidget"}
#: Each is a menu, a dialog, a link, a tip, a shortcut, a drag, or an editor that brings some of them.
NEVER_ON_SCREENS = set(
    "QAction QActionGroup QClipboard QCompleter QDialog QDrag QKeySequence QLabel QLineEdit QMainWindow QMenu QMenuBar "
    "QPlainTextEdit QProcess QShortcut QStaticText QSystemTrayIcon QTextBrowser QTextDocument QTextEdit QToolTip "
    "setAcceptDrops setShortcut setStatusTip setWhatsThis".split()
)
#: The emulator panel is a window of the demonstration, and the search for residue looks for such widgets.
NOT_SCREENS = ("ui/emulator_panel/", "ui/residue.py")


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a module imports or uses, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                yield from ((node.lineno, alias.name.rpartition(".")[2]) for alias in aliases)
            case ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.Name(id=name):
                yield node.lineno, name


def findings(source: str, path: str = "") -> list[str]:
    banned = QT_WAYS_OUT | set(BANNED_CALLS) | BANNED_ATTRIBUTES
    return [
        f"{line}: {name}" for line, name in names(ast.parse(source)) if name in banned and (path, name) not in EXEMPT
    ]


def test_no_screen_uses_a_way_out_or_markup() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / "ui").rglob("*.py"))
        if (lines := findings(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))))
    }

    assert not found


def qt_widgets(source: str) -> set[str]:
    """What a module takes from PySide6.QtWidgets."""
    return {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "PySide6.QtWidgets"
        for alias in node.names
    }


def screens() -> Iterator[tuple[str, str]]:
    """Every module that a resident's window is made of, with its source."""
    for path in sorted((ROOT / "ui").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if not name.startswith(NOT_SCREENS):
            yield name, path.read_text(encoding="utf-8")


def test_screens_are_made_of_bare_widgets_alone() -> None:
    found = {name: more for name, source in screens() if (more := qt_widgets(source) - WIDGETS_OF_SCREENS)}
    used = {
        name: never
        for name, source in screens()
        if (never := NEVER_ON_SCREENS & {each for _, each in names(ast.parse(source))})
    }

    assert (found, used) == ({}, {})


@pytest.mark.parametrize(
    "source",
    [
        "from PySide6.QtWidgets import QFileDialog",
        "import PySide6.QtWidgets as w\nw.QMessageBox.information(None, '', '')",
        "from PySide6.QtGui import QDesktopServices",
        "label.setOpenExternalLinks(True)",
        "label.setTextFormat(Qt.TextFormat.RichText)",
    ],
)
def test_the_check_sees_each_kind_of_way_out(source: str) -> None:
    assert findings(source)
