"""The page that stands there when the terminal cannot: no store, no devices, no resident functions."""

from __future__ import annotations

import signal

from config.settings import Settings
from kiosk.app import exits
from kiosk.app.launcher_line import Line
from kiosk.app.launcher_pulse import EVERY_MS as PULSE_MS
from kiosk.app.logs import EventLog


def run_out_of_service(settings: Settings, platform: str | None, log: EventLog, line: Line) -> int:
    """Show it until asked to end; 0. The launcher sees that it stands by ``line``."""
    from datetime import UTC, datetime
    from time import monotonic

    from config.sites import site_info
    from kiosk.app.languages import open_languages
    from kiosk.domain.errors import SettingsError
    from kiosk.domain.time import local
    from kiosk.flow.present import present
    from kiosk.flow.state import FlowState, Place, World
    from ui.app import QtLoop
    from ui.host import TerminalWindow

    loop = QtLoop(platform)
    terminal = settings.terminal
    try:
        open_languages(terminal)
        language = terminal.language
    except SettingsError:
        language = "zh-Hans"  # this page has to come whatever the settings say
    site = site_info(terminal.site)
    place = Place(
        terminal=terminal.id, site=terminal.site, name=site.name, city=site.city, phone=site.phone, staffed=site.staffed
    )
    window = TerminalWindow(
        lambda event: None, terminal.window_px, demo=terminal.demo, now=lambda: local(datetime.now(UTC))
    )
    state = FlowState(
        world=World(place=place, default_language=language),
        now=datetime.now(UTC),
        mono=monotonic(),
        step="out_of_service",
        language=language,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.quit(exits.OK))
    loop.every(200, lambda: None)  # lets Python see signals
    loop.every(PULSE_MS, line.alive)
    loop.after(0, line.alive)
    window.render(present(state))
    window.start()
    log.emit("app.out_of_service")
    return loop.run()
