"""Nothing on any page can be opened, copied, dragged, hovered or typed at; what is written there is only drawn."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QImage, QPainter, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget

from kiosk.flow.view import Row, RowsBody, ScreenView
from ui.app import without_input_method
from ui.gallery.pages import samples
from ui.host import TerminalWindow

VIEWS = dict(samples("en"))


@pytest.fixture
def window(qapp: QApplication) -> Iterator[TerminalWindow]:
    """As in a hall: full screen, not a demo."""
    made = TerminalWindow(lambda event: None)
    made.start()
    yield made
    made.allow_close()
    made.deleteLater()


def ways_out(widget: QWidget) -> list[str]:
    """What of this widget could lead somewhere."""
    found = {
        "a context menu": not (
            widget.contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu
            # A bare widget hands the wish on to its parent, in the end to the window.
            or (
                widget.contextMenuPolicy() == Qt.ContextMenuPolicy.DefaultContextMenu
                and type(widget).contextMenuEvent is QWidget.contextMenuEvent
            )
        ),
        "a tool tip": bool(widget.toolTip()),
        "what's this": bool(widget.whatsThis()),
        "drops": widget.acceptDrops(),
        "an input method": widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled),
        "the keyboard": widget.focusPolicy() != Qt.FocusPolicy.NoFocus,
        "actions": bool(widget.actions()),
        "a cursor of its own": widget.testAttribute(Qt.WidgetAttribute.WA_SetCursor),
        "a window of its own": widget.isWindow(),
    }
    return [f"{type(widget).__name__} {widget.objectName()}: {what}" for what, there in found.items() if there]


def test_no_widget_of_any_page_leads_anywhere(window: TerminalWindow) -> None:
    found: dict[str, list[str]] = {}
    for name, view in VIEWS.items():
        window.render(view)
        widgets = window.findChildren(QWidget)
        assert widgets
        if wrong := [line for widget in widgets for line in ways_out(widget)]:
            found[name] = wrong
        assert not [child for kind in (QAction, QShortcut, QMenu) for child in window.findChildren(kind)], name

    assert found == {}
    assert ways_out(window) == [
        "TerminalWindow terminal: a cursor of its own",
        "TerminalWindow terminal: a window of its own",
    ]


def test_a_line_that_qt_brings_would_be_seen(qapp: QApplication) -> None:
    line = QLineEdit()
    assert {each.rpartition(": ")[2] for each in ways_out(line)} >= {"a context menu", "drops", "the keyboard"}


@pytest.mark.parametrize(
    "open_it",
    [
        lambda widget: widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu),
        lambda widget: widget.setToolTip("tip"),
        lambda widget: widget.setAcceptDrops(True),
        lambda widget: widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus),
        lambda widget: widget.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled),
    ],
)
def test_the_check_sees_each_kind_of_hole(window: TerminalWindow, open_it: object) -> None:
    window.render(VIEWS["home"])
    widget = window.findChildren(QWidget)[0]
    assert ways_out(widget) == []
    assert callable(open_it)
    open_it(widget)
    assert ways_out(widget)


def test_a_terminal_shows_no_cursor_and_stays_alone(window: TerminalWindow) -> None:
    window.render(VIEWS["home"])
    QApplication.processEvents()
    assert window.cursor().shape() == Qt.CursorShape.BlankCursor
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == [window]


def test_what_is_dragged_over_the_window_is_not_taken(window: TerminalWindow) -> None:
    window.render(VIEWS["home"])
    data = QMimeData()
    data.setText("file:///etc/passwd")
    event = QDragEnterEvent(
        QPoint(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


@pytest.mark.parametrize("text", ["<b>wide</b>", "<a href='x:y'>z</a>", "a &amp; b", "&File", "<img src='x'>"])
def test_markup_is_drawn_sign_by_sign(window: TerminalWindow, text: str) -> None:
    """The same page with the same signs, where the first of them could not begin any markup, is as wide."""

    def title_width(title: str) -> int:
        window.render(ScreenView("review", title, "en", title, "", RowsBody((Row("a", "b", ""),))))
        QApplication.processEvents()
        place = next(each for each in window.controls() if each.text == title)
        return ink(window.picture().copy(*place.rect))

    # A word joiner is as wide as nothing and ends whatever "<" or "&" might have begun.
    broken = text.replace("<", "<\u2060").replace("&", "&\u2060")
    assert title_width(text) == title_width(broken)


def ink(image: QImage) -> int:
    """How wide what is drawn is, in pixels."""
    ground = image.pixel(image.width() - 1, 0)
    columns = [x for x in range(image.width()) if any(image.pixel(x, y) != ground for y in range(image.height()))]
    return columns[-1] - columns[0] if columns else 0


def test_the_measure_would_see_markup_taken_as_markup(qapp: QApplication) -> None:
    widths = []
    for text in ("&File", "File"):
        image = QImage(200, 60, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.drawText(QPointF(5, 40), text)
        painter.end()
        widths.append(ink(image))
    assert widths[0] > widths[1]


def test_the_systems_input_method_stays_out_whatever_the_environment_says(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_IM_MODULE", "fcitx")
    monkeypatch.setenv("QT_IM_MODULES", "fcitx;ibus")
    without_input_method()
    assert (os.environ["QT_IM_MODULE"], "QT_IM_MODULES" in os.environ) == ("compose", False)
