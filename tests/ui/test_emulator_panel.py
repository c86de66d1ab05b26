"""The panel's buttons send exactly the agreed lines, and say what came back."""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTabWidget
from pytestqt.qtbot import QtBot

from devices.emulators.bench import Bench
from devices.emulators.client import ControlClient
from ui.emulator_panel.hardware import CABINET, DEVICES, DOCUMENTS, PASSPORTS, RECEIPTS, SHEETS
from ui.emulator_panel.link import CentreLink, LinkError, send_command
from ui.emulator_panel.window import HOSTILE_CODE, DemoPerson, PanelWindow, load_people

ROOT = Path(__file__).parents[2]
PEOPLE = (
    DemoPerson("lin", "林秋禾", "resident", "granted"),
    DemoPerson("hmt", "测试乙", "hmt_permit", "layout J"),
)


class Emulators:
    """A control socket that keeps every line it was sent."""

    def __init__(self, folder: Path) -> None:
        self.lines: list[Any] = []
        self.answer: dict[str, Any] = {"ok": True}
        keeper = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    keeper.lines.append(json.loads(line))
                    self.wfile.write(json.dumps(keeper.answer).encode() + b"\n")

        self.control = folder / "control.sock"
        here = os.getcwd()
        os.chdir(folder)  # pytest's folders can be longer than a socket's name may be
        try:
            self.server = socketserver.ThreadingUnixStreamServer("control.sock", Handler)
        finally:
            os.chdir(here)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Centre:
    """The demo addresses of a centre."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                keeper.asked.append(("GET", self.path, None))
                self.reply({"code": "YPC1.payload.signature"})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                keeper.asked.append(("POST", self.path, body))
                self.reply({"mode": body["mode"]})

            def reply(self, body: dict[str, Any]) -> None:
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def emulators(tmp_path: Path) -> Iterator[Emulators]:
    made = Emulators(tmp_path)
    yield made
    made.close()


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.close()


@pytest.fixture
def panel(qtbot: QtBot, emulators: Emulators, centre: Centre) -> PanelWindow:
    window = PanelWindow(emulators.control, CentreLink(centre.url), PEOPLE)
    qtbot.addWidget(window)
    window.show()
    return window


def press(qtbot: QtBot, panel: PanelWindow, name: str) -> None:
    button = next(b for b in panel.findChildren(QPushButton) if b.property("control") == name)
    tabs = panel.findChild(QTabWidget)
    assert isinstance(tabs, QTabWidget)
    for number in range(tabs.count()):
        if tabs.widget(number).isAncestorOf(button):
            tabs.setCurrentIndex(number)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def said(panel: PanelWindow) -> str:
    label = panel.findChild(QLabel, "answer")
    assert isinstance(label, QLabel)
    return label.text()


def test_placing_and_lifting_name_the_chosen_person(qtbot: QtBot, panel: PanelWindow, emulators: Emulators) -> None:
    press(qtbot, panel, "card.place")
    panel._list.setCurrentRow(1)
    press(qtbot, panel, "card.place")
    press(qtbot, panel, "card.lift")
    qtbot.waitUntil(lambda: len(emulators.lines) == 3)
    assert emulators.lines == [
        {"device": "id_card", "do": "place", "card": "lin"},
        {"device": "id_card", "do": "place", "card": "hmt"},
        {"device": "id_card", "do": "lift"},
    ]
    qtbot.waitUntil(lambda: "Lift ✓" in said(panel))


def test_paper_cover_and_plugs_send_one_line_each(qtbot: QtBot, panel: PanelWindow, emulators: Emulators) -> None:
    printer = ["paper_out", "paper_in", "cover_open", "cover_close"]
    for do in printer:
        press(qtbot, panel, f"paper.{do}")
    for device in ("id_card", "code_scanner", "receipt_printer"):
        press(qtbot, panel, f"unplug.{device}")
        press(qtbot, panel, f"plug.{device}")
    qtbot.waitUntil(lambda: len(emulators.lines) == 10)
    assert emulators.lines == [
        *({"device": "receipt_printer", "do": do} for do in printer),
        *(
            {"device": device, "do": do}
            for device in ("id_card", "code_scanner", "receipt_printer")
            for do in ("unplug", "plug")
        ),
    ]


def test_every_button_of_the_hardware_sends_its_own_line(
    qtbot: QtBot, panel: PanelWindow, emulators: Emulators
) -> None:
    buttons = [b for section in (PASSPORTS, RECEIPTS, SHEETS, DOCUMENTS, CABINET) for b in section.buttons]
    for button in buttons:
        press(qtbot, panel, button.name)
    qtbot.waitUntil(lambda: len(emulators.lines) == len(buttons))
    assert emulators.lines == [button.command for button in buttons]


def test_the_emulators_know_every_command_of_the_panel(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "bench", ROOT / "config" / "demo" / "people.json")
    try:
        client = ControlClient(tmp_path / "bench")
        commands = [b.command for section in (PASSPORTS, RECEIPTS, SHEETS, DOCUMENTS, CABINET) for b in section.buttons]
        plugs = [{"device": device, "do": do} for device, _, _ in DEVICES for do in ("unplug", "plug")]
        refused = {
            str(command): answer for command in [*commands, *plugs] if not (answer := client.send(command))["ok"]
        }
    finally:
        bench.close()
    assert refused == {}


def test_a_citizen_code_is_fetched_and_held_under_the_scanner(
    qtbot: QtBot, panel: PanelWindow, emulators: Emulators, centre: Centre
) -> None:
    press(qtbot, panel, "code.citizen")
    qtbot.waitUntil(lambda: len(emulators.lines) == 1)
    assert centre.asked == [("GET", "/demo/citizen-code?person=lin", None)]
    assert emulators.lines == [{"device": "code_scanner", "do": "show", "text": "YPC1.payload.signature"}]


def test_any_text_and_a_hostile_one_can_be_shown(qtbot: QtBot, panel: PanelWindow, emulators: Emulators) -> None:
    field = panel.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    press(qtbot, panel, "code.show")  # empty: nothing to show
    field.setText("随便什么 text")
    press(qtbot, panel, "code.show")
    press(qtbot, panel, "code.hostile")
    qtbot.waitUntil(lambda: len(emulators.lines) == 2)
    assert [line["text"] for line in emulators.lines] == ["随便什么 text", HOSTILE_CODE]


def test_the_line_to_the_centre_is_set_by_one_of_four_keys(qtbot: QtBot, panel: PanelWindow, centre: Centre) -> None:
    for mode in ("down", "slow", "garbage", "up"):
        press(qtbot, panel, f"network.{mode}")
    qtbot.waitUntil(lambda: len(centre.asked) == 4)
    assert [(path, body) for _, path, body in centre.asked] == [
        ("/demo/fault", {"mode": "down"}),
        ("/demo/fault", {"mode": "slow", "delay_s": 5.0}),
        ("/demo/fault", {"mode": "garbage"}),
        ("/demo/fault", {"mode": "up"}),
    ]
    checked = [b.property("control") for b in panel.findChildren(QPushButton) if b.isChecked()]
    assert checked == ["network.up"]


def test_a_refusal_is_shown_with_its_reason(qtbot: QtBot, panel: PanelWindow, emulators: Emulators) -> None:
    emulators.answer = {"ok": False, "why": "no card there"}
    press(qtbot, panel, "card.lift")
    qtbot.waitUntil(lambda: "✗ no card there" in said(panel))


def test_without_emulators_or_centre_the_panel_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    window = PanelWindow(tmp_path / "control.sock", None, PEOPLE)
    qtbot.addWidget(window)
    window.show()
    press(qtbot, window, "card.place")
    qtbot.waitUntil(lambda: "control.sock: No such file" in said(window))
    off = {b.property("control") for b in window.findChildren(QPushButton) if not b.isEnabled()}
    assert off == {"code.citizen", "network.up", "network.down", "network.slow", "network.garbage"}


def test_a_dead_centre_and_an_odd_answer_are_link_errors(emulators: Emulators, centre: Centre) -> None:
    emulators.answer = {"yes": 1}
    with pytest.raises(LinkError, match="not an answer"):
        send_command(emulators.control, {"device": "id_card", "do": "lift"})
    url = centre.url
    centre.close()
    with pytest.raises(LinkError, match="centre"):
        CentreLink(url).fault("up")
    with pytest.raises(ValueError, match="http"):
        CentreLink("ftp://somewhere")


def test_the_people_of_the_demo_are_listed_and_a_bad_file_is_named(tmp_path: Path) -> None:
    people = load_people(Path(__file__).parents[2] / "config" / "demo" / "people.json")
    assert {"lin", "wang", "zhao", "hmt", "foreign17", "foreign23", "expired"} <= {person.key for person in people}
    bad = tmp_path / "people.json"
    bad.write_text('{"people": [{"key": "x"}]}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"people\.json"):
        load_people(bad)


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui.emulator_panel", "--dir", str(tmp_path), "--people", str(tmp_path / "none")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 2
    assert "none" in done.stderr
