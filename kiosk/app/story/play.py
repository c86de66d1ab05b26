"""One story from beginning to end: stage, terminal, player, and what is left in the output folder."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import Settings
from kiosk.app import exits
from kiosk.app.cli import bug_place
from kiosk.app.logs import EventLog, bridge_loggers
from kiosk.app.story.model import Step, Story
from kiosk.app.story.player import Player
from kiosk.app.story.record import Recorder, driver_bytes, printer_bytes, save_receipt
from kiosk.app.story.report import write_index
from kiosk.app.story.setting import bound, centre_url, paper_width_mm, story_settings
from kiosk.app.story.stage import Helper, Stage
from kiosk.app.story.summary import SCHEMA, case_entries, process_start_ns, timings_ms
from kiosk.app.story.wire import read_wire
from kiosk.domain.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a story is to be played. ``emulators``: the folder of somebody else's."""

    out: Path
    settings: Path | None = None
    platform: str = "offscreen"
    emulators: Path | None = None
    external_centre: bool = False
    overrides: Sequence[str] = ()
    out_of_service: bool = False
    tell: Callable[[int, int, Step, str], None] = lambda number, of, step, outcome: None


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it; ``summary`` is what stands in summary.json."""

    ok: bool
    failure: str | None
    summary: dict[str, Any]


def play(story: Story, wanted: Wanted, started_ns: int | None = None) -> Played:
    """Play it. Raises KioskError leaves (settings, second copy, store) before the first page is shown.

    ``started_ns``: from when the way to the attract page is counted; by default the start of this process.
    """
    overrides = [*story.overrides, *wanted.overrides]
    with tempfile.TemporaryDirectory(prefix="story-", ignore_cleanup_errors=True) as folder:
        url = centre_url(wanted.settings, overrides) if wanted.external_centre else None
        stage = Stage(Path(folder), emulators=wanted.emulators, centre_url=url)
        try:
            return _play(story, wanted, stage, overrides, process_start_ns() if started_ns is None else started_ns)
        finally:
            stage.close()


def _play(story: Story, wanted: Wanted, stage: Stage, overrides: Sequence[str], started_ns: int) -> Played:
    settings = story_settings(wanted.settings, overrides, stage)
    helpers: list[Helper] = []
    for helper in (
        stage.start_emulators(paper_width_mm(settings)),
        stage.start_centre() if story.centre == "up" else None,
    ):
        if helper is not None:
            helpers.append(helper)
    # Its libraries are loaded while the emulators start; only then is it known where the devices are.
    from kiosk.app.compose import build_terminal

    stage.await_emulators()
    settings = bound(settings, stage)
    try:
        recorder = Recorder(wanted.out)
    except OSError as error:
        raise SettingsError(f"--out {wanted.out}: cannot be written: {error.strerror}") from error
    log = EventLog.in_state_dir(settings.terminal.state_dir)
    log.listen(recorder.heard)
    unbridge = bridge_loggers(log)
    player = Player(story, stage, recorder, wanted.tell, tuple(helpers), buttons=settings.display.keypad)
    try:
        terminal = build_terminal(
            settings,
            platform=wanted.platform,
            log=log,
            on_receipt=recorder.printed,
            on_painted=player.painted,
            out_of_service=wanted.out_of_service,
        )
        with _Watch(player):
            player.play(terminal)
    finally:
        unbridge()
        log.close()
    return _write(story, wanted, settings, stage, recorder, player, started_ns)


def _write(
    story: Story,
    wanted: Wanted,
    settings: Settings,
    stage: Stage,
    recorder: Recorder,
    player: Player,
    started_ns: int,
) -> Played:
    out, failure = wanted.out, player.failure
    recorder.finish()
    if failure is not None and recorder.shots:
        shutil.copyfile(out / "screens" / f"{recorder.shots[-1].stem}.png", out / "FAILED.png")
    lines = recorder.log_lines()
    summary: dict[str, Any] = {
        "schema": SCHEMA,
        "story": story.name,
        "ok": failure is None,
        "cases": case_entries(player.left.cases, player.left.journal),
        "timings_ms": timings_ms(lines, started_ns, player.confirm_ns),
    }
    if failure is not None:
        summary["failure"] = failure
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    log_text = "".join(json.dumps(line.as_json(), separators=(",", ":")) + "\n" for line in lines)
    (out / "kiosk.jsonl").write_text(log_text, encoding="utf-8")
    last = recorder.last_receipt()
    if last is not None:
        receipt, pressed = last
        # Foreign emulators may keep no bytes: then what the driver makes of this paper stands for them.
        sent = printer_bytes(stage.emulators) or driver_bytes(pressed, settings)
        save_receipt(out, receipt, pressed, sent)
    wire = stage.emulators / "wire.jsonl"
    if wire.is_file():
        shutil.copyfile(wire, out / "wire.jsonl")
    write_index(out, summary, recorder.shots, lines, read_wire(wire, started_ns), failure)
    return Played(failure is None, failure, summary)


class _Watch:
    """While it stands, an uncaught exception anywhere ends the story as failed."""

    def __init__(self, player: Player) -> None:
        self._player = player

    def __enter__(self) -> None:
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._main
        threading.excepthook = self._thread

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        sys.excepthook, threading.excepthook = self._hooks

    def _main(self, kind: type[BaseException], value: BaseException, trace: types.TracebackType | None) -> None:
        self._player.fail(f"a fault of the program: {kind.__name__} at {bug_place(value)}")
        self._hooks[0](kind, value, trace)

    def _thread(self, args: threading.ExceptHookArgs) -> None:
        place = bug_place(args.exc_value) if args.exc_value is not None else "?"
        self._player.fail(f"a fault of the program: {args.exc_type.__name__} at {place}")
        self._hooks[1](args)


def exit_of(played: Played) -> int:
    """0 or 1."""
    return exits.OK if played.ok else exits.FAILED
