"""``./run demo``: the whole job. With a display to try by hand, without one as a story that plays itself."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import exits
from kiosk.app.options import ROOT, parser
from kiosk.domain.devices import IO_BOARD

if TYPE_CHECKING:
    from config.settings import DeviceSettings
    from kiosk.app.story.stage import Helper

STORIES = (ROOT / "config" / "demo" / "stories", ROOT / "tests" / "journeys")
READY_S = 30.0
LOOK_S = 0.1
FALLBACK_HEIGHT_PX = 1000
PANEL_ROOM = 0.92
BESIDE_PX = 24
BUTTONS_AND_SOCKET = ("keypad_inputs=up=2,down=3,select=4,back=5", "headset_input=6")


def main(arguments: Sequence[str]) -> int:
    """0 when it was played to its end or ended by hand."""
    options = parser("demo", "Show the whole job; without a display it plays itself and leaves demo-output/.")
    options.add_argument("--story", metavar="NAME", help="online, offline, or another story; default: online")
    options.add_argument("--out", type=Path, default=Path("demo-output"), metavar="DIR", help="default: %(default)s")
    options.add_argument("--no-display", action="store_true", help="play the story even where there is a display")
    chosen = options.parse_args(arguments)
    shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and not chosen.no_display
    if shown and chosen.story is None:
        return by_hand()
    return play_story(chosen, "xcb" if shown and os.environ.get("DISPLAY") else "offscreen")


def play_story(chosen: argparse.Namespace, platform: str) -> int:
    """Play one story into the output folder, one line a step."""
    from kiosk.app.commands.story import progress
    from kiosk.app.story.model import load_story
    from kiosk.app.story.play import Wanted, exit_of, play

    file = find_story(chosen.story or "online")
    if file is None:
        names = ", ".join(sorted({path.stem for folder in STORIES for path in folder.glob("*.toml")}))
        print(f'demo: there is no story "{chosen.story}"; known: {names}', file=sys.stderr)
        return exits.USAGE
    story = load_story(file)
    print(f"demo: {story.name}", flush=True)
    played = play(story, Wanted(out=chosen.out, platform=platform, tell=progress()))
    if not played.ok:
        print(f"demo: failed: {played.failure}", file=sys.stderr)
        return exit_of(played)
    for case in played.summary["cases"]:
        states = " → ".join(at["state"] for at in case["states"])
        print(f"demo: case {case['case_id']}: {states}; receipt {case['print']}")
    print(f"demo: done; open {chosen.out}/index.html")
    return exits.OK


def find_story(name: str) -> Path | None:
    """A story by its name, or a file by its path."""
    for folder in STORIES:
        if (folder / f"{name}.toml").is_file():
            return folder / f"{name}.toml"
    return Path(name) if name.endswith(".toml") and Path(name).is_file() else None


# ---- by hand --------------------------------------------------------------------------------------------------------


def by_hand() -> int:
    """Terminal, emulator panel and the centre's desk, until the terminal's window is closed."""
    from kiosk.app.story.stage import Stage

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # also where a shell had them ignored
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder))
        programs: list[subprocess.Popen[bytes]] = []
        try:
            print("demo: starting devices and centre", flush=True)
            for helper in (stage.start_emulators(), stage.start_centre()):
                if helper is not None:
                    wait_ready(helper)
            size = window_px()
            arguments = terminal_arguments(stage.bindings(), stage.centre_url, stage.work, size)
            terminal = start(["main.py", "kiosk", *arguments])
            programs.append(terminal)
            panel = ["-m", "ui.emulator_panel", "--dir", str(stage.emulators), "--centre", stage.centre_url]
            panel += ["--left", str(size[0] + BESIDE_PX)]
            programs.append(start([*panel, "--people", str(ROOT / "config" / "demo" / "people.json")]))
            desk = f"{stage.centre_url}/desk"
            print(f"demo: the centre's desk: {desk}\ndemo: close the terminal's window, or press Ctrl-C, to end")
            open_browser(desk)
            code = terminal.wait()
        except KeyboardInterrupt:
            code = exits.OK
        finally:
            for program in programs:
                end(program)
            stage.close()
    return code


def window_px() -> tuple[int, int]:
    """Width and height of a portrait window that leaves room on this display."""
    height_px = int(display_height_px() * PANEL_ROOM)
    width_px = height_px * 9 // 16
    return width_px, width_px * 16 // 9


def terminal_arguments(
    devices: Sequence[DeviceSettings], centre_url: str, work: Path, size: tuple[int, int]
) -> list[str]:
    """Options of the terminal: the demo's settings with devices, centre, state folder and window put in."""
    changes = [
        f"centre.url={centre_url}",
        f"terminal.state_dir={work / 'state'}",
        f"terminal.window={size[0]}x{size[1]}",
    ]
    usual = {device.name: device for device in reversed(devices)}
    for name, device in usual.items():
        changes.append(f"devices.{name}.driver={device.driver}")
        changes += [f"devices.{name}.{key}={value}" for key, value in device.options.items()]
    if IO_BOARD in usual:
        changes += [f"devices.{IO_BOARD}.{wired}" for wired in BUTTONS_AND_SOCKET]
    arguments = ["--settings", str(ROOT / "config" / "demo" / "kiosk.toml")]
    for change in changes:
        arguments += ["--set", change]
    return arguments


def display_height_px() -> int:
    """How high the display is. Asked in a process of its own: this one stays without Qt."""
    ask = "from ui.app import QtLoop; print(QtLoop().application.primaryScreen().availableSize().height())"
    try:
        told = subprocess.run(
            [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20
        ).stdout
        return max(400, min(4000, int(told.split()[-1])))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return FALLBACK_HEIGHT_PX


def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """A program of ours that ends with this one."""
    from kiosk.app.story.stage import die_with_parent, environment

    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(),
        preexec_fn=die_with_parent,
    )


def end(program: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then make it."""
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(15)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait(5)


def wait_ready(helper: Helper) -> None:
    """Until it says that it is ready; RuntimeError when it ends instead or takes too long."""
    deadline = time.monotonic() + READY_S
    while not helper.ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{helper.name} does not start")
        time.sleep(LOOK_S)


def open_browser(address: str) -> None:
    """Show a page where the desktop can; it is no matter when it cannot."""
    opener = shutil.which("xdg-open")
    if opener is not None:
        subprocess.Popen([opener, address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
