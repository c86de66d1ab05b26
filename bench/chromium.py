"""Against Chromium in kiosk mode: how soon the attract page takes a touch, and what memory it all holds.

Both stand on the same X server (`bench/panel.py`), turn by turn. Chromium shows a static page from the disk that equals
our attract page: the same picture, words, sizes and key. The same finger touches the key once it is seen, again and
again, until the page has changed under it: that touch was taken. Memory is the PSS of the whole tree of processes three
seconds later.

A first start has a fresh profile or state folder, and every file of the program was dropped from the page cache (as far
as nobody else has it mapped); the later ones keep both. All processes count on either side, our launcher among them.
Without Chromium, or where it is a snap that cannot be measured so, the room says so and is skipped.
"""

from __future__ import annotations

import html
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.panel import PANEL, NoPanel, Panel, memory_mb, panel, processor_ms, tree
from bench.timing import Figure, figure
from kiosk.app.launcher_child import MEMORY
from kiosk.app.options import ROOT
from kiosk.domain.time import local
from kiosk.flow.frame.attract import NIGHT_FROM, NIGHT_TO
from kiosk.texts import say

ROUNDS = 10
FIRST_ROUNDS = 5
#: Inside the key that starts, above its words; and its colour, which is nowhere on the page behind it.
KEY_SPOT = (540, 1566)
KEY_COLOUR = 0xF7AE45
START_S = 60.0
AWAKE_S = 3.0
TOUCH_EVERY_S = 0.02
END_S = 15.0
WANTED_START, WANTED_MEMORY = 0.8, 0.4
#: The launcher gives our terminal its memory environment by itself, and a browser has none; and a terminal may write
#: down what it compiled.
NOT_PASSED_ON = frozenset({*MEMORY, "PYTHONDONTWRITEBYTECODE"})
FLAGS = (
    "--kiosk",
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--disable-translate",
    "--password-store=basic",
    "--window-position=0,0",
    f"--window-size={PANEL[0]},{PANEL[1]}",
)


@dataclass(frozen=True, slots=True)
class Started:
    """One start: milliseconds to the painted key and to the touch that was taken, megabytes of the whole tree.

    ``worked_ms`` is processor time until then, of all processes: a busy machine lengthens it less than the time.
    """

    painted_ms: float
    touched_ms: float
    worked_ms: float
    memory_mb: float
    processes: int


@dataclass(slots=True)
class Program:
    """What is started. `files` are what it is made of; `kept` is what it leaves for its next start."""

    name: str
    command: Sequence[str]
    files: Sequence[Path]
    kept: Path
    first: list[Started] = field(default_factory=list)
    again: list[Started] = field(default_factory=list)


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """Ten starts each at most, and five first ones."""
    browser = shutil.which("chromium")
    if browser is None or Path(browser).resolve().is_relative_to("/snap"):
        print("bench: chromium is left out: " + ("it is a snap" if browser else "not installed"), file=sys.stderr)
        return
    folder = folder.absolute()
    try:
        with panel() as seen:
            ours, theirs = _terminal(folder / "terminal"), _chromium(browser, folder / "chromium")
            for number in range(max(1, min(repeats, FIRST_ROUNDS))):
                for program in (ours, theirs) if number % 2 else (theirs, ours):
                    program.first.append(_first(program, seen))
            for number in range(max(1, min(repeats, ROUNDS))):
                for program in (ours, theirs) if number % 2 else (theirs, ours):
                    program.again.append(_started(program, seen))
    except NoPanel as error:
        print(f"bench: chromium is left out: {error}", file=sys.stderr)
        return
    yield from _told(ours, theirs)


def _told(ours: Program, theirs: Program) -> Iterator[Figure]:
    for words, mine, other in (("first start", ours.first, theirs.first), ("start", ours.again, theirs.again)):
        for program, runs in ((ours, mine), (theirs, other)):
            yield figure(f"{words} to a touch taken, {program.name}", [run.touched_ms for run in runs])
            yield figure(f"{words} to the key painted, {program.name}", [run.painted_ms for run in runs])
            yield figure(f"{words}, processor time, {program.name}", [run.worked_ms for run in runs])
        ratio = statistics.median(run.touched_ms for run in mine) / statistics.median(run.touched_ms for run in other)
        yield Figure(f"{words} against the browser", ratio, "times", note=f"wanted <= {WANTED_START}")
    held = [statistics.median(run.memory_mb for run in program.again) for program in (ours, theirs)]
    for program, megabytes in zip((ours, theirs), held, strict=True):
        many = statistics.median(run.processes for run in program.again)
        yield Figure(f"memory, {program.name}", megabytes, "MB", note=f"PSS of {many:.0f} processes")
    yield Figure("memory against the browser", held[0] / held[1], "times", note=f"wanted <= {WANTED_MEMORY}")


# ---- one start


def _first(program: Program, seen: Panel) -> Started:
    shutil.rmtree(program.kept, ignore_errors=True)
    program.kept.mkdir(parents=True)
    for folder in program.files:
        forget(folder)
    return _started(program, seen)


def _started(program: Program, seen: Panel) -> Started:
    rest = threading.Event()
    began = time.monotonic()
    process = subprocess.Popen(
        program.command,
        env={name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
        | {"DISPLAY": seen.display, "QT_QPA_PLATFORM": "xcb"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        painted = seen.until(KEY_SPOT, KEY_COLOUR, shows=True, timeout_s=START_S)
        touched = _touch(seen, painted)
        worked_ms = processor_ms(tree(process.pid))
        rest.wait(AWAKE_S)
        there = tree(process.pid)
        return Started((painted - began) * 1000, (touched - began) * 1000, worked_ms, memory_mb(there), len(there))
    finally:
        _end(process)
        seen.until(KEY_SPOT, KEY_COLOUR, shows=False, timeout_s=END_S)


def _touch(seen: Panel, since: float) -> float:
    """Touch the key until the page under the finger is another one; when it was."""
    while time.monotonic() < since + START_S:
        seen.tap(KEY_SPOT)
        try:
            return seen.until(KEY_SPOT, KEY_COLOUR, shows=False, timeout_s=TOUCH_EVERY_S)
        except TimeoutError:
            continue
    raise SystemExit("bench: the page takes no touch")


def _end(process: subprocess.Popen[bytes]) -> None:
    """All of it: a browser's helpers end with it, or are ended."""
    there = tree(process.pid)
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for each in there[1:]:
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue


def forget(folder: Path) -> None:
    """Ask the kernel to drop a folder's files from its page cache; files that somebody has mapped stay."""
    for path in folder.rglob("*") if folder.is_dir() else (folder,):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


# ---- the two programs


def _terminal(folder: Path) -> Program:
    folder.mkdir(parents=True)
    settings = folder / "kiosk.toml"
    settings.write_text(
        '[terminal]\nid = "YP0301"\nstate_dir = "state"\nwindow = "fullscreen"\n[centre]\nurl = "http://127.0.0.1:9"\n',
        encoding="utf-8",
    )
    return Program(
        "terminal",
        [sys.executable, str(ROOT / "main.py"), "kiosk", "--settings", str(settings)],
        [*(ROOT / name for name in ("kiosk", "ui", "devices", "offline_cache", "printing", "config")),
         Path(sys.prefix), Path(os.__file__).parent, Path("/usr/share/fonts")],
        folder / "state",
    )  # fmt: skip


def _chromium(browser: str, folder: Path) -> Program:
    folder.mkdir(parents=True)
    page = folder / "attract.html"
    page.write_text(static_page(), encoding="utf-8")
    alone = ["--no-sandbox", "--test-type"] if os.geteuid() == 0 else []  # its sandbox will not run as root
    return Program(
        "Chromium",
        [browser, *FLAGS, *alone, f"--user-data-dir={folder / 'profile'}", page.as_uri()],
        [Path("/usr/lib/chromium"), Path("/usr/share/chromium"), Path("/usr/share/fonts")],
        folder / "profile",
    )


def static_page() -> str:
    """Our attract page of this hour as one file: the same scene, words, sizes, places and key, and a plain page behind.

    Late imports: no other room needs Qt in this process.
    """
    from ui.kit.icons import icon_svg
    from ui.kit.lamp_scene import LampScene, phase_of
    from ui.kit.theme import type_step
    from ui.kit.words import day_line, word

    now = local(datetime.now(UTC))
    hour = "night" if now.hour >= NIGHT_FROM or now.hour < NIGHT_TO else "day"
    street = LampScene(1080, 1920)
    windows = "".join(
        f'<rect x="{box.x()}" y="{box.y()}" width="{box.width()}" height="{box.height()}" fill="#E8B866"/>'
        for number, box in enumerate(street.windows())
        if street.lit(number, 0)
    )
    scene = street.svg(phase_of(now.hour, night=hour == "night")).replace("</svg>", f"{windows}</svg>")
    scene = scene.replace("<svg ", '<svg width="1080" height="1920" ', 1)
    ink = "#122B2B"
    words = (
        ("clock", 52, 124, f"{now:%H:%M}", "400"),
        ("lead", 64, 448, day_line(now, "zh-Hans"), "400"),
        ("title", 64, 536, say("zh-Hans", f"attract.{hour}"), "700"),
        ("small", 412, 850, word("sign_board", "zh-Hans"), "700"),
        ("lead", 280, 1440, say("zh-Hans", "attract.second"), "700"),
    )
    lines = "".join(
        f'<p style="left:{x}px;top:{y}px;font:{weight} {type_step(step).px}px/{type_step(step).line_height_px}px F">'
        f"{html.escape(text)}</p>"
        for step, x, y, text, weight in words
    )
    icons = [icon_svg(name, ink, "#FFF4DC", 3.2, "#F7AE45") for name in ("hand", "arrow_down")]
    return f"""<!doctype html><html lang="zh"><meta charset="utf-8"><title>24 h</title><style>
@font-face {{ font-family: F; src: local("Noto Sans CJK SC"); }}
* {{ margin: 0; user-select: none }} body {{ width: 1080px; height: 1920px; overflow: hidden }}
p {{ color: {"#FFFFFF" if hour == "night" else ink} }}
body > svg {{ position: absolute }} p {{ position: absolute; white-space: nowrap }}
button {{ position: absolute; left: 64px; top: 1552px; width: 952px; height: 176px; border: 0; border-radius: 28px;
  background: #F7AE45; border-bottom: 10px solid #A9691A; font: 700 {type_step("key_large").px}px F; color: {ink} }}
button svg {{ width: 80px; vertical-align: middle; margin: 0 20px }} .next > * {{ display: none }}
</style><body onclick="document.body.className = 'next'">{scene}{lines}
<button>{icons[0]}{html.escape(say("zh-Hans", "attract.start"))}{icons[1]}</button></body></html>
"""
