"""``python -m ui.emulator_panel --dir D --centre URL [--people FILE]``: the panel. Exit 0, or 2 for wrong usage."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ui.emulator_panel.link import CentreLink
from ui.emulator_panel.window import PanelWindow, load_people

DEFAULT_PEOPLE = Path("config/demo/people.json")


def main(arguments: list[str] | None = None) -> int:
    """Run the panel until its window is closed or the process gets SIGTERM; the exit code."""
    parser = argparse.ArgumentParser(prog="ui.emulator_panel", description="Play the hardware of a demo terminal.")
    parser.add_argument("--dir", type=Path, required=True, help="folder of the emulators, with control.sock in it")
    parser.add_argument("--centre", help="address of the demo centre, http://HOST:PORT")
    parser.add_argument("--left", type=int, help="place the window so many pixels from the left, not at the right edge")
    parser.add_argument("--people", type=Path, default=DEFAULT_PEOPLE, help="the invented people of the demo")
    options = parser.parse_args(arguments)
    try:
        people = load_people(options.people)
        centre = CentreLink(options.centre) if options.centre else None
    except (OSError, ValueError) as error:
        print(f"ui.emulator_panel: {error}", file=sys.stderr)
        return 2
    app = QApplication(sys.argv[:1])
    app.setApplicationDisplayName("Emulator panel")
    window = PanelWindow(options.dir / "control.sock", centre, people)
    window.place(options.left)
    window.show()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: window.close())
    # Python runs signal handlers between its own instructions only; Qt's loop has to come back to it now and then.
    awake = QTimer()
    awake.start(200)
    awake.timeout.connect(lambda: None)
    return int(app.exec())


if __name__ == "__main__":
    sys.exit(main())
