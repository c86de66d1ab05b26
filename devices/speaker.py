"""Short tones through the sound card: two partials that swell and fade, made by us, played by miniaudio.

The device is opened for each tone and let go after it: a card that was pulled out or belongs to somebody else is no
fault of the next tone. Levels are digital; 65 dBA (EN 301 549, 5.1.3.12) is for whoever mounts the speaker to set.
"""

from __future__ import annotations

import logging
import math
import os
from array import array
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kiosk.domain.sound import Tone

RATE_HZ: Final = 22050
_FADE_S: Final = 0.02
_log = logging.getLogger("kiosk.sound")

_TONES: Final[dict[Tone, tuple[tuple[float, float], ...]]] = {
    "warning": ((659.3, 0.22), (523.3, 0.38)),
    "taken": ((523.3, 0.16), (784.0, 0.34)),
    "refused": ((392.0, 0.30),),
}
"""Frequency in hertz and seconds of each note, one after the other. Soft and below 1 kHz: old ears lose high ones."""


def samples(tone: Tone, volume: int) -> array[int]:
    """Sixteen-bit mono at :data:`RATE_HZ`; ``volume`` is 0 to 100, heard about evenly."""
    gain = (volume / 100) ** 2 * 0.6 * 32767
    out = array("h")
    for hertz, seconds in _TONES[tone]:
        count = round(seconds * RATE_HZ)
        for n in range(count):
            at = n / RATE_HZ
            swell = min(1.0, at / _FADE_S, (seconds - at) / _FADE_S) * math.exp(-3 * at / seconds)
            wave = 0.8 * math.sin(2 * math.pi * hertz * at) + 0.2 * math.sin(4 * math.pi * hertz * at)
            out.append(round(gain * swell * wave))
    return out


def anything_to_hear() -> bool:
    """Whether there is a sound card or a sound server: ALSA complains at length on stderr where there is none."""
    server = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / "pulse" / "native"
    try:
        cards = Path("/proc/asound/cards").read_text("ascii", "replace")
    except OSError:
        cards = ""
    return "PULSE_SERVER" in os.environ or server.exists() or "[" in cards


class Speaker:
    """Plays on a thread of its own. ``volume`` tells, at a local time, how loud it may be (0 is silent).

    ``backends`` are miniaudio's, tried in turn; None is what the system has.
    """

    def __init__(
        self,
        volume: Callable[[datetime], int],
        now: Callable[[], datetime],
        backends: Sequence[Any] | None = None,
    ) -> None:
        self._volume, self._now, self._backends = volume, now, backends
        self._thread = ThreadPoolExecutor(1, "sound")
        self._told = False

    def play(self, tone: Tone) -> None:
        """See Sounds."""
        volume = self._volume(self._now())
        if volume > 0 and (self._backends is not None or anything_to_hear()):
            self._thread.submit(self._play, tone, volume)

    def close(self) -> None:
        """See Sounds."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _play(self, tone: Tone, volume: int) -> None:
        import miniaudio  # not before something is to be heard

        try:
            self._through(miniaudio, samples(tone, volume))
        except (miniaudio.MiniaudioError, OSError) as error:
            if not self._told:
                self._told = True
                _log.warning("sound.unavailable", extra={"code": type(error).__name__})

    def _through(self, miniaudio: Any, sound: array[int]) -> None:
        from threading import Event

        over = Event()

        def feed() -> Generator[bytes | array[int], int, None]:
            at = 0
            wanted = yield b""
            while at < len(sound):
                part = sound[at : at + wanted]
                at += wanted
                wanted = yield part
            over.set()

        device = miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=RATE_HZ,
            backends=self._backends,
            app_name="terminal",
        )
        try:
            stream = feed()
            next(stream)
            device.start(stream)
            over.wait(len(sound) / RATE_HZ + 2)
        finally:
            device.close()
