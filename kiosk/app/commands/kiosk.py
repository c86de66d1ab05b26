"""``./run kiosk``: the launcher, which keeps the terminal running; with ``--child`` the terminal itself.

Whoever waits for the first page waits for both, one after the other. So the launcher starts the terminal before it
brings anything that it can do without, and leaves it to the terminal to understand the options.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kiosk.app import exits

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from config import Settings
    from kiosk.app.kept_code import KeptCode
    from kiosk.app.launcher_line import Line
    from kiosk.app.logs import EventLog


MAIN: Final = os.path.abspath(f"{__file__}/../../../../main.py")
CHILD: Final = "--child"
HELP: Final = frozenset({"-h", "--help"})
NO_DISPLAY = (
    "kiosk: there is no display: start it inside an X or Wayland session, or name a platform, "
    "e.g. --platform eglfs on a bare panel, --platform offscreen to try it unseen / 没有显示屏"
)


def display_there(environment: Mapping[str, str]) -> bool:
    """Whether Qt has somewhere to show a window: X, Wayland, or a platform somebody has chosen."""
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def main(arguments: Sequence[str]) -> int:
    """The launcher ends with 0 when it was asked to, else with the terminal's own code (2, 3, 5)."""
    if CHILD in arguments or HELP & set(arguments):
        return _child(arguments)
    if not display_there(os.environ) and not any(each.startswith("--platform") for each in arguments):
        print(NO_DISPLAY, file=sys.stderr)
        return exits.USAGE
    from kiosk.app.launcher_child import keep_memory_private, start

    keep_memory_private()
    command = [sys.executable, MAIN, "kiosk", CHILD, *arguments]
    first = start(command, os.environ)
    from kiosk.app.launcher import Launcher
    from kiosk.app.launcher_line import HeldKey
    from kiosk.app.launcher_world import Programs

    held, unattended = HeldKey(), "NOTIFY_SOCKET" in os.environ
    return Launcher(Programs(command, held, os.environ, first), held, unattended=unattended).run()


def _child(arguments: Sequence[str]) -> int:
    """Understand the options and run the terminal."""
    import argparse
    import gc

    from kiosk.app.kept_code import KeptCode

    gc.disable()  # while the program is built nothing is garbage; looking for it takes a seventh of the start
    kept = KeptCode()
    kept.use()
    with kept.compiling():
        import ui.plain_import  # the first to bring Qt  # noqa: F401
    from kiosk.app.options import add_settings, parser

    options = parser("kiosk", "Run the terminal.")
    add_settings(options)
    options.add_argument("--platform", choices=("offscreen", "xcb", "wayland", "eglfs"), help="Qt platform")
    options.add_argument(CHILD, action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--out-of-service", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--after", default="first", help=argparse.SUPPRESS)
    return _terminal(options.parse_args(arguments), kept)


def _terminal(chosen: argparse.Namespace, kept: KeptCode) -> int:
    import faulthandler
    import gc

    from kiosk.app.launcher_child import keep_memory_private
    from kiosk.app.launcher_line import line_of
    from kiosk.app.logs import EventLog, bridge_loggers

    keep_memory_private()
    if not faulthandler.is_enabled():
        faulthandler.enable()  # where each thread stood, in names of places alone
    line = line_of(os.environ)
    settings, file = _settings(chosen)
    log = EventLog(file)
    unbridge = bridge_loggers(log)
    log.emit("app.started", code=chosen.after)
    try:
        if chosen.out_of_service:
            gc.enable()
            from kiosk.app.out_of_service import run_out_of_service

            return run_out_of_service(settings, chosen.platform, log, line)
        return _serve(settings, chosen.platform, log, line, kept)
    finally:
        unbridge()
        log.close()


def _settings(chosen: argparse.Namespace) -> tuple[Settings, Path | None]:
    """The settings, and the file to log to. The page that says "out of service" stands without any."""
    from kiosk.app.logs import FILE
    from kiosk.app.options import settings_of
    from kiosk.domain.errors import SettingsError

    try:
        settings = settings_of(chosen)
    except SettingsError:
        if not chosen.out_of_service:
            raise
        from config import Settings

        return Settings(), None
    return settings, settings.terminal.state_dir / FILE


def _serve(settings: Settings, platform: str | None, log: EventLog, line: Line, kept: KeptCode) -> int:
    from kiosk.app.compose import build_terminal
    from ui.app import NoChineseFont

    crash = _Crash(log)
    try:
        terminal = build_terminal(settings, platform=platform, log=log, line=line)
    except NoChineseFont as error:
        print(f"kiosk: {error}", file=sys.stderr)
        return exits.USAGE
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: terminal.loop.quit(exits.OK))
    # Python runs signal handlers between its own instructions; Qt's loop has to come back to it now and then.
    terminal.loop.every(200, lambda: None)
    crash.watch(terminal.loop.quit)
    if settings.terminal.demo and settings.terminal.window_px is not None:
        terminal.loop.every(200, lambda: None if terminal.window.isVisible() else terminal.loop.quit(exits.OK))
    from concurrent.futures import ThreadPoolExecutor

    from kiosk.app.status import EVERY_S, FIRST_MS, StatusWriter, forget_status

    status = StatusWriter(settings, terminal.hub, terminal.store, terminal.link)
    with ThreadPoolExecutor(1, "status") as pool:

        def write_status() -> None:
            pool.submit(status.write, terminal.sync.clock_offset_s)

        terminal.loop.after(FIRST_MS, write_status)
        terminal.loop.after(FIRST_MS, lambda: _discard(pool.submit(kept.keep)))
        terminal.loop.every(EVERY_S * 1000, write_status)
        code = terminal.run()
    forget_status(settings.terminal.state_dir)
    return code


def _discard(_: object) -> None:
    """Nobody waits for it."""


class _Crash:
    """What nobody caught ends the program, so that the launcher can begin afresh: half a terminal helps nobody."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._seen = False

    def watch(self, quit_loop: object) -> None:
        import threading

        def seen(error: BaseException | None) -> None:
            from kiosk.app.cli import bug_place

            if self._seen:
                return
            self._seen = True
            place = bug_place(error) if error is not None else "?"
            self._log.emit("app.fault", code=f"{type(error).__name__}.{place}")
            print(f"kiosk: a fault of the program: {type(error).__name__} at {place}", file=sys.stderr, flush=True)
            if callable(quit_loop):
                quit_loop(exits.BUG)

        sys.excepthook = lambda kind, error, trace: seen(error)
        threading.excepthook = lambda args: seen(args.exc_value)
