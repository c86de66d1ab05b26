"""``package preview``: the real terminal on one package, begun again whenever a file of it changes.

Devices are emulated and the centre is the reference centre, both programs of their own, as in the demo. What lint finds
is printed where the command was started; a package that cannot be loaded leaves the last good one on the screen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.app import exits
from kiosk.app.commands.demo import end, start, terminal_arguments, wait_ready, window_px
from kiosk.app.commands.kiosk import display_there
from kiosk.app.options import ROOT
from kiosk.app.package.checks import findings_of, print_findings
from kiosk.app.package.sources import Source, bundle_of
from kiosk.app.story.stage import Stage
from kiosk.forms import PackageBundle, PackageError, load_package

LOOK_S = 1.0
BESIDE_PX = 24
NO_DISPLAY = "package preview: there is no display; --shots DIR takes pictures without one / 没有显示屏"


def preview_command(path: Path, item: str | None, shots_to: Path | None, platform: str | None) -> int:
    """Show one package until its window is closed, or take its pictures."""
    if item is not None:
        path = path / item
    if shots_to is not None:
        from kiosk.app.package.shots import shots

        try:
            return shots(bundle_of(path), shots_to)
        except PackageError as error:
            print(f"package preview: {path}: {error}", file=sys.stderr)
            return exits.FAILED
    if platform is None and not display_there(os.environ):
        print(NO_DISPLAY, file=sys.stderr)
        return exits.USAGE
    try:
        return Preview(path, platform).run()
    except KeyboardInterrupt:
        return exits.OK


def stamp_of(path: Path) -> Mapping[str, tuple[int, int]]:
    """When each file was last written, and how long it is; the same as long as nothing changed."""
    found: dict[str, tuple[int, int]] = {}
    for file in [path] if path.is_file() else sorted(path.glob("*.json")):
        try:
            state = file.stat()
        except OSError:  # gone between looking and asking: it counts as changed
            continue
        found[file.name] = (state.st_mtime_ns, state.st_size)
    return found


def good_bundle(path: Path) -> PackageBundle | None:
    """The package if a terminal would take it; what is wrong or unfinished is printed either way."""
    try:
        bundle = bundle_of(path)
    except PackageError as error:
        print(f"{path}: {error}", flush=True)
        return None
    print_findings(str(path), findings_of(Source(path, bundle)))
    try:
        load_package(bundle)
    except PackageError:
        return None
    return bundle


@dataclass
class Preview:
    """The programs of one preview."""

    path: Path
    platform: str | None
    _programs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _stage: Stage | None = None

    def run(self) -> int:
        """Until the terminal's window is closed by hand."""
        with tempfile.TemporaryDirectory(prefix="preview-", ignore_cleanup_errors=True) as folder:
            try:
                return self._follow(Path(folder))
            finally:
                self._close()

    def _follow(self, work: Path) -> int:
        seen: Mapping[str, tuple[int, int]] | None = None
        number = 0
        while True:
            now = stamp_of(self.path)
            if now != seen:
                seen = now
                bundle = good_bundle(self.path)
                if bundle is not None:
                    number += 1
                    self._show(bundle, work / str(number))
                elif number == 0:
                    return exits.FAILED
                else:
                    print("preview: the last good version stays on the screen", flush=True)
            if self._programs and (code := self._programs[0].poll()) is not None:
                return code
            time.sleep(LOOK_S)

    def _show(self, bundle: PackageBundle, work: Path) -> None:
        """Everything anew: a centre that offers this package alone, devices, terminal, and the panel for the hands."""
        self._close()
        packages = work / "packages"
        folder = packages / bundle.id
        folder.mkdir(parents=True)
        for name, text in bundle.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        stage = self._stage = Stage(work, packages=packages)
        for helper in (stage.start_emulators(), stage.start_centre()):
            if helper is not None:
                wait_ready(helper)
        size = window_px()
        arguments = terminal_arguments(stage.bindings(), stage.centre_url, stage.work, size)
        more = ["--platform", self.platform] if self.platform is not None else []
        self._programs = [start(["main.py", "kiosk", *arguments, *more])]
        if self.platform != "offscreen":
            panel = ["-m", "ui.emulator_panel", "--dir", str(stage.emulators), "--centre", stage.centre_url]
            panel += ["--left", str(size[0] + BESIDE_PX), "--people", str(ROOT / "config" / "demo" / "people.json")]
            self._programs.append(start(panel))
        print(f"preview: {bundle.id} v{bundle.version} is on the screen; it follows what you save", flush=True)

    def _close(self) -> None:
        for program in self._programs:
            end(program)
        self._programs = []
        if self._stage is not None:
            self._stage.close()
            self._stage = None
