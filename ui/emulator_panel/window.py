"""The panel's one window: sections of buttons, each of which is one command; the last answer stands at the bottom."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.emulator_panel.hardware import CABINET, DEVICES, DOCUMENTS, PASSPORTS, RECEIPTS, SHEETS, Section
from ui.emulator_panel.link import Answer, CentreLink, Command, Errands, Fault, send_command
from ui.kit.theme import Theme, chinese_family

WIDTH_PX: Final = 440
HEIGHT_PX: Final = 940

HOSTILE_CODE: Final = "YPC1.eyJzdWIiOiJ4In0.AAAA'; DROP TABLE cases;--<script>\u202e" + "A" * 120
"""What somebody might hold under the scanner: a forged code with an SQL and a script trick and a direction override."""

KINDS: Final = {
    "resident": ("居民身份证", "ID card"),
    "hmt_permit": ("港澳台居住证", "HMT permit"),
    "foreign_2017": ("外国人卡 2017", "foreigner 2017"),
    "foreign_2023": ("外国人卡 2023", "foreigner 2023"),
}
FAULTS: Final[tuple[tuple[Fault, str, str], ...]] = (
    ("up", "正常", "up"),
    ("down", "断开", "down"),
    ("slow", "很慢", "slow"),
    ("garbage", "乱答", "garbage"),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One invented person of the demo: the key that names the card, and what the list shows."""

    key: str
    name: str
    kind: str
    note: str


def load_people(path: Path) -> tuple[DemoPerson, ...]:
    """The invented people of ``people.json``; raises ``OSError`` or ``ValueError`` (which says what is wrong)."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["people"]
        return tuple(DemoPerson(e["key"], e["name"], e["kind"], str(e.get("note", ""))) for e in entries)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a list of demo people: {error}") from error


def _style() -> str:
    c = Theme().hex
    return f"""
    QWidget {{ background: {c("paper")}; color: {c("ink")}; font-size: 15px; }}
    QLabel#title {{ font-size: 21px; font-weight: 700; }}
    QLabel#quiet {{ color: {c("ink_secondary")}; font-size: 13px; }}
    QLabel#section {{ font-size: 15px; font-weight: 700; color: {c("accent_text")}; background: transparent; }}
    QFrame#card {{ background: {c("surface")}; border: 1px solid {c("line")}; border-radius: 12px; }}
    QFrame#card QLabel {{ background: {c("surface")}; }}
    QPushButton {{ background: {c("key_fill")}; border: 2px solid {c("key_edge")}; border-bottom-width: 4px;
        border-radius: 9px; padding: 4px 7px; font-weight: 700; font-size: 14px; min-height: 22px; }}
    QPushButton:pressed {{ background: {c("key_pressed")}; border-bottom-width: 2px; padding-top: 6px; }}
    QPushButton:checked {{ background: {c("primary")}; color: {c("on_primary")}; border-color: {c("primary_lip")}; }}
    QPushButton#primary {{ background: {c("primary")}; color: {c("on_primary")}; border-color: {c("primary")};
        border-bottom-color: {c("primary_lip")}; }}
    QPushButton#primary:pressed {{ background: {c("primary_pressed")}; }}
    QPushButton:disabled {{ background: {c("disabled_fill")}; color: {c("disabled_text")}; border-style: dashed;
        border-bottom-width: 2px; }}
    QListWidget, QLineEdit {{ background: {c("surface")}; border: 2px solid {c("key_edge")}; border-radius: 9px; }}
    QListWidget {{ outline: none; }}
    QListWidget::item {{ padding: 3px 8px; }}
    QListWidget::item:selected {{ background: {c("selected_fill")}; color: {c("ink")}; }}
    QLineEdit {{ padding: 5px 8px; min-height: 24px; }}
    QTabBar::tab {{ padding: 7px 14px; font-weight: 700; border: none; border-bottom: 3px solid {c("line")};
        background: {c("paper")}; }}
    QTabBar::tab:selected {{ border-bottom-color: {c("primary")}; color: {c("accent_text")}; }}
    QTabWidget::pane {{ border: none; }}
    QLabel#answer {{ background: {c("info_fill")}; color: {c("info_text")}; border-radius: 9px; padding: 7px 10px;
        font-size: 13px; }}
    QLabel#answer[bad="true"] {{ background: {c("caution_fill")}; color: {c("caution")}; }}
    """


class PanelWindow(QWidget):
    """``control`` is the emulators' socket; without a centre the network and citizen-code keys are off."""

    _answered = Signal(str, object)

    def __init__(self, control: Path, centre: CentreLink | None, people: tuple[DemoPerson, ...]) -> None:
        super().__init__()
        self._control = control
        self._centre = centre
        self._people = {person.key: person for person in people}
        self._errands = Errands(self._answered.emit)
        self._answered.connect(self._show_answer)
        self.setWindowTitle("模拟设备 · Emulator panel")
        self.setStyleSheet(_style())
        family = chinese_family()
        if family is not None:
            self.setFont(QFont(family))
        self._answer = QLabel()
        self._list = QListWidget()
        self._note = QLabel()
        self._text = QLineEdit()
        self._faults: dict[Fault, QPushButton] = {}
        self._build()
        self.resize(WIDTH_PX, HEIGHT_PX)

    def place(self, left_px: int | None = None) -> None:
        """Stand ``left_px`` from the left, beside the terminal; where that is not given or not on the screen, right."""
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            area = screen.availableGeometry()
            height = min(HEIGHT_PX, area.height() - 40)
            rightmost = area.right() - WIDTH_PX - 8
            left = rightmost if left_px is None else min(left_px, rightmost)
            self.setGeometry(left, area.top() + 32, WIDTH_PX, height)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nothing is left running."""
        self._errands.stop()
        super().closeEvent(event)

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(9)
        title = QLabel("模拟设备 · Emulator panel")
        title.setObjectName("title")
        quiet = QLabel("您在这里扮演硬件 · Here you play the hardware. 人名都是编的 · All people are invented.")
        quiet.setObjectName("quiet")
        quiet.setWordWrap(True)
        column.addWidget(title)
        column.addWidget(quiet)
        column.addWidget(self._tabs(), 1)
        column.addWidget(self._network())
        self._answer.setObjectName("answer")
        self._answer.setWordWrap(True)
        self._answer.setText("选一个人，把卡放上 · Choose a person and place the card")
        column.addWidget(self._answer)

    def _tabs(self) -> QWidget:
        """What a resident brings on the first page, what stands around on the second."""
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        for title, parts in (
            ("居民 · Resident", (self._cards(), self._codes(), self._section(PASSPORTS), self._section(SHEETS))),
            (
                "机器 · Machine",
                (self._section(RECEIPTS), self._section(DOCUMENTS), self._section(CABINET)),
            ),
            ("插头 · Plugs", (self._plugs(),)),
        ):
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 8, 0, 0)
            column.setSpacing(9)
            for part in parts:
                column.addWidget(part, 1 if part is parts[0] and parts[0].findChild(QListWidget) else 0)
            if page.findChild(QListWidget) is None:
                column.addStretch(1)
            tabs.addTab(page, title)
        self._pages = tabs
        return tabs

    def _card(self, heading: str) -> tuple[QFrame, QVBoxLayout]:
        card = QFrame()
        card.setObjectName("card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(12, 6, 12, 8)
        inner.setSpacing(5)
        label = QLabel(heading)
        label.setObjectName("section")
        inner.addWidget(label)
        return card, inner

    def _button(self, name: str, label: str, act: Callable[[], None], *, primary: bool = False) -> QPushButton:
        button = QPushButton(label)
        button.setProperty("control", name)
        button.setAccessibleName(label)
        if primary:
            button.setObjectName("primary")
        button.clicked.connect(lambda: act())
        return button

    def _command_button(self, name: str, label: str, command: Command, *, primary: bool = False) -> QPushButton:
        return self._button(name, label, lambda: self._command(label, command), primary=primary)

    def _cards(self) -> QWidget:
        card, inner = self._card("身份证 · Card reader")
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list.setMinimumHeight(110)
        self._list.currentItemChanged.connect(lambda *_: self._show_note())
        self._note.setObjectName("quiet")
        for person in self._people.values():
            chinese, english = KINDS.get(person.kind, (person.kind, person.kind))
            item = QListWidgetItem(f"{person.name}  ·  {chinese} {english}")
            item.setData(Qt.ItemDataRole.UserRole, person.key)
            self._list.addItem(item)
        if self._people:
            self._list.setCurrentRow(0)
        inner.addWidget(self._list, 1)
        inner.addWidget(self._note)
        row = QHBoxLayout()
        row.addWidget(self._button("card.place", "放上 · Place", self._place, primary=True))
        row.addWidget(self._command_button("card.lift", "拿走 · Lift", {"device": "id_card", "do": "lift"}))
        inner.addLayout(row)
        return card

    def _codes(self) -> QWidget:
        card, inner = self._card("二维码 · Code scanner")
        row = QHBoxLayout()
        citizen = self._button("code.citizen", "此人的市民码 · Citizen code", self._show_citizen_code)
        citizen.setEnabled(self._centre is not None)
        row.addWidget(citizen, 3)
        row.addWidget(self._button("code.hostile", "坏码 · Hostile", lambda: self._show_code(HOSTILE_CODE)), 2)
        inner.addLayout(row)
        row = QHBoxLayout()
        self._text.setPlaceholderText("任意文字 · any text")
        self._text.setProperty("control", "code.text")
        self._text.returnPressed.connect(lambda: self._show_code(self._text.text()))
        row.addWidget(self._text, 1)
        row.addWidget(self._button("code.show", "展示 · Show", lambda: self._show_code(self._text.text())))
        inner.addLayout(row)
        return card

    def _section(self, section: Section) -> QWidget:
        card, inner = self._card(section.heading)
        grid = QGridLayout()
        for number, button in enumerate(section.buttons):
            made = self._command_button(button.name, button.label.replace(" · ", "\n"), button.command)
            made.setAccessibleName(button.label)
            grid.addWidget(made, number // section.columns, number % section.columns)
        inner.addLayout(grid)
        return card

    def _plugs(self) -> QWidget:
        card, inner = self._card("插头 · Plugs")
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (device, chinese, english) in enumerate(DEVICES):
            grid.addWidget(QLabel(f"{chinese} · {english}"), row, 0)
            for column, (do, label) in enumerate((("unplug", "拔 Unplug"), ("plug", "插 Plug in")), start=1):
                button = self._command_button(f"{do}.{device}", label, {"device": device, "do": do})
                button.setAccessibleName(f"{label} {chinese} {english}")
                grid.addWidget(button, row, column)
        inner.addLayout(grid)
        return card

    def _network(self) -> QWidget:
        card, inner = self._card("到中心的网络 · Line to the centre")
        row = QHBoxLayout()
        for mode, chinese, english in FAULTS:
            button = self._button(f"network.{mode}", f"{chinese} {english}", partial(self._set_fault, mode))
            button.setCheckable(True)
            button.setChecked(mode == "up")
            button.setEnabled(self._centre is not None)
            button.setAccessibleName(f"{chinese} {english}")
            self._faults[mode] = button
            row.addWidget(button)
        inner.addLayout(row)
        return card

    def _show_note(self) -> None:
        person = self._chosen()
        self._note.setText(person.note if person is not None else "")

    # ---- acting --------------------------------------------------------------------------------------------------

    def _chosen(self) -> DemoPerson | None:
        item = self._list.currentItem()
        return None if item is None else self._people.get(item.data(Qt.ItemDataRole.UserRole))

    def _command(self, label: str, command: Command) -> None:
        control = self._control
        self._errands.send(label, lambda: send_command(control, command))

    def _place(self) -> None:
        person = self._chosen()
        if person is not None:
            self._command(f"放上 · Place: {person.key}", {"device": "id_card", "do": "place", "card": person.key})

    def _show_code(self, text: str) -> None:
        if text:
            self._command("展示 · Show", {"device": "code_scanner", "do": "show", "text": text})

    def _show_citizen_code(self) -> None:
        person, centre, control = self._chosen(), self._centre, self._control
        if person is None or centre is None:
            return

        def fetch_and_show() -> Answer:
            code = centre.citizen_code(person.key)
            return send_command(control, {"device": "code_scanner", "do": "show", "text": code})

        self._errands.send(f"市民码 · Citizen code: {person.key}", fetch_and_show)

    def _set_fault(self, mode: Fault) -> None:
        centre = self._centre
        for other, button in self._faults.items():
            button.setChecked(other == mode)
        if centre is None:
            return

        def set_fault() -> Answer:
            centre.fault(mode)
            return Answer(True)

        self._errands.send(f"网络 · Network: {mode}", set_fault)

    def _show_answer(self, label: str, answer: Answer) -> None:
        self._answer.setText(f"{label} {'✓' if answer.ok else '✗ ' + answer.why}")
        self._answer.setProperty("bad", not answer.ok)
        style = self._answer.style()
        style.unpolish(self._answer)
        style.polish(self._answer)
