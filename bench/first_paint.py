"""One start, measured from inside: `python -m bench.first_paint bare|terminal STATE_DIR` prints a JSON line."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

PANEL = (1080, 1920)
AWAKE_MS = 3000


def since_process_start_ms() -> float:
    """Milliseconds since the kernel started this process (proc(5), field 22, in clock ticks since boot)."""
    fields = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
    started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - started_s) * 1000


def resident_mb() -> float:
    """Highest resident size of this program so far (VmHWM; ru_maxrss would count the parent before exec)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmHWM")


def bare() -> dict[str, float]:
    """An empty window of the panel's size."""
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    measured: dict[str, float] = {}

    class Window(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            if not measured:
                measured.update(painted_ms=since_process_start_ms(), painted_mb=resident_mb())
                QTimer.singleShot(0, application.quit)

    application = QApplication([])
    window = Window()
    window.resize(*PANEL)
    window.show()
    application.exec()
    return measured


def terminal(state_dir: Path) -> dict[str, float]:
    """The real terminal with its built-in settings, no device and a centre that is not there."""
    from config import NO_DRIVERS, load_settings
    from kiosk.app.compose import build_terminal

    measured: dict[str, float] = {}

    class Watch:
        """An event log that only waits for the attract page."""

        def emit(
            self,
            event: str,
            *,
            session: str | None = None,
            case_id: str | None = None,
            device: str | None = None,
            code: str | None = None,
        ) -> None:
            if event == "app.attract_shown" and not measured:
                measured.update(painted_ms=since_process_start_ms(), painted_mb=resident_mb())
                built.loop.after(AWAKE_MS, awake)

    def awake() -> None:
        measured["awake_mb"] = resident_mb()
        built.loop.quit(0)

    overrides = [
        f"terminal.state_dir={state_dir}",
        "terminal.demo=true",
        f"terminal.window={PANEL[0]}x{PANEL[1]}",
        "centre.url=http://127.0.0.1:9",
    ]
    built = build_terminal(load_settings(None, {}, overrides, drivers=NO_DRIVERS), log=Watch(), platform="offscreen")
    built.run()
    return measured


if __name__ == "__main__":
    print(json.dumps(bare() if sys.argv[1] == "bare" else terminal(Path(sys.argv[2]))), flush=True)
