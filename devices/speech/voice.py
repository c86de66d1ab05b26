"""The terminal's side of its voice: starts the process when something is to be said, and ends it with the visit.

The process takes a second and a half to its first word and some 450 MB, so it is there only while somebody listens.
What it knows of a resident dies with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from devices.speaker import anything_to_hear
from devices.speech.installed import spoken_of
from kiosk.domain.speech import LOUDNESS_STEPS, Saying, Spoke, VoiceChanged

_log = logging.getLogger("kiosk.sound")
_ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT: Final = (
    "PATH", "LANG", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "XDG_RUNTIME_DIR", "PULSE_SERVER", "PULSE_RUNTIME_PATH",
    "ALSA_CONFIG_PATH", "PIPEWIRE_RUNTIME_DIR",
)  # fmt: skip
_DEATHS, _DEATHS_WITHIN_S = 3, 120.0
HEADPHONES: Final = 60
"""The volume of headphones, by day and by night: nobody else hears them."""
_BASE: Final = 0.9
"""Speech is quieter than a tone of the same peak."""


class SpokenVoice:
    """See the module and ``kiosk.ports.speech.Voice``.

    ``known`` are the languages that a page may have. ``volume`` tells how loud it may be at a local time (0 is silent),
    ``thread`` does one piece of work after the other and is the voice's own. ``told`` gets ``Spoke`` and
    ``VoiceChanged``, from other threads. ``silent`` plays through a backend without a device, for trying out.
    """

    def __init__(
        self,
        known: Sequence[str],
        volume: Callable[[datetime], int],
        now: Callable[[], datetime],
        thread: Executor,
        told: Callable[[Spoke | VoiceChanged], None],
        *,
        speed: float = 1.0,
        output: str = "",
        silent: bool = False,
    ) -> None:
        self._volume, self._now, self._thread, self._told = volume, now, thread, told
        self._arguments = ["--speed", str(speed), "--output", output, *(("--silent",) if silent else ())]
        self._known, self._silent = tuple(known), silent
        self._languages = self._spoken()
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths: deque[float] = deque()
        self._saying: dict[str, Any] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process that speaks; None while nobody listens."""
        process = self._process
        return process.pid if process is not None else None

    def languages(self) -> tuple[str, ...]:
        """See Voice."""
        return self._languages

    def say(self, sayings: Sequence[Saying], loudness: int, *, private: bool = False, add: bool = False) -> None:
        """See Voice."""
        volume = HEADPHONES if private else self._volume(self._now())
        gain = _BASE * (volume / 100) ** 2 * 10 ** (LOUDNESS_STEPS[loudness] / 20)
        words = [[one.text, one.language] for one in sayings]
        self._order({"add" if add else "say": words, "gain": round(gain, 4)})

    def prepare(self, sayings: Sequence[Saying]) -> None:
        """See Voice."""
        self._order({"prepare": [[one.text, one.language] for one in sayings]})

    def hush(self) -> None:
        """See Voice."""
        self._later(self._send, {"hush": True})

    def forget(self) -> None:
        """See Voice."""
        self._later(self._forget)

    def close(self) -> None:
        """See Voice."""
        self._closed = True
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._end()

    def _order(self, order: dict[str, Any]) -> None:
        if self._languages and not self._closed:
            self._later(self._send, order)

    def _later(self, work: Callable[..., object], *given: object) -> None:
        with contextlib.suppress(RuntimeError):  # the program ends
            self._thread.submit(work, *given)

    # ---- on the voice's own thread

    def _send(self, order: dict[str, Any]) -> None:
        if "say" in order or "hush" in order:
            self._saying = order if "say" in order else None
        # Nobody is started to be silent.
        process = self._process or (None if "hush" in order else self._start())
        if process is None or process.stdin is None:
            return
        try:
            # Far less than a pipe holds, and the child always reads.
            process.stdin.write(json.dumps(order).encode() + b"\n")
        except OSError:
            self._died(process)

    def _said_all(self) -> None:
        self._saying = None
        self._told(Spoke(last=True))

    def _start(self) -> subprocess.Popen[bytes] | None:
        if self._closed:
            return None
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "devices.speech.child", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={**kept, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
                bufsize=0,
            )
        except OSError as error:
            _log.warning("speech.unavailable", extra={"code": type(error).__name__})
            self._given_up()
            return None
        self._process = process
        threading.Thread(target=self._hear, args=(process,), name="voice-hears", daemon=True).start()
        return process

    def _forget(self) -> None:
        """The next visit begins with a voice again, where there is one: a sound card may be back."""
        self._saying = None
        self._end()
        self._deaths.clear()
        languages = self._spoken()
        if languages != self._languages:
            self._languages = languages
            self._told(VoiceChanged(languages))

    def _spoken(self) -> tuple[str, ...]:
        return spoken_of(self._known) if self._silent or anything_to_hear() else ()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _died(self, process: subprocess.Popen[bytes]) -> None:
        if process is not self._process:
            return
        self._end()
        now = time.monotonic()
        self._deaths.append(now)
        while now - self._deaths[0] > _DEATHS_WITHIN_S:
            self._deaths.popleft()
        _log.warning("speech.unavailable", extra={"code": "died"})
        if len(self._deaths) >= _DEATHS:
            self._given_up()
        elif self._saying is not None:
            self._send(self._saying)  # whoever listens hears it from the beginning

    def _given_up(self) -> None:
        self._saying = None
        self._languages = ()
        self._told(VoiceChanged(()))

    # ---- on a thread for each process; nothing of a person comes this way

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in iter(lines.readline, b""):
                match line.decode("ascii", "replace").split():
                    case ["said"]:
                        self._told(Spoke())
                    case ["over"]:
                        self._later(self._said_all)
                    case ["fault", code]:
                        _log.warning("speech.unavailable", extra={"code": code})
                        self._later(self._given_up)
        if process is self._process and not self._closed:
            self._later(self._died, process)
