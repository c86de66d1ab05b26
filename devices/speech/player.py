"""Samples to the sound card, one piece after another, broken off at once.

The device is opened with the first piece and let go after some seconds of silence, so that a card that was pulled out
or lent to somebody else is asked for again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, Final

from devices.speech.model import RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IDLE_S: Final = 5.0
_BUFFER_MS: Final = 60
"""Short, so that "be silent" is heard as an answer to the key."""


class Player:
    """``backends`` are miniaudio's, tried in turn; None is what the system has. ``output`` is part of the name of the
    device to play through; empty for the system's own choice.
    """

    def __init__(self, backends: Sequence[Any] | None = None, output: str = "") -> None:
        self._backends, self._output = backends, output
        self._pieces: deque[tuple[NDArray[np.int16], Callable[[], None]]] = deque()
        self._at = self._turn = 0
        self._gain = 1.0
        self._lock = threading.Lock()
        self._device: Any = None
        self._idle_since = 0.0

    def loud(self, gain: float) -> None:
        """From the next moment on, samples are multiplied by this."""
        self._gain = gain

    def play(self, sound: NDArray[np.int16], done: Callable[[], None], turn: int = 0) -> None:
        """Append a piece; ``done`` is called when it was played to its end, from another thread. One of an earlier
        ``turn`` than the last silence asked for is not played.

        Raises ``miniaudio.MiniaudioError`` where nothing can be played.
        """
        with self._lock:
            if turn < self._turn:
                return
            self._pieces.append((sound, done))
        if self._device is None:
            self._open()

    def hush(self, turn: int = 0) -> None:
        """Drop what is being played and what waits, and what comes of an earlier turn."""
        with self._lock:
            self._turn = turn
            self._pieces.clear()
            self._at = 0

    def rest(self) -> None:
        """Let the device go if it has had nothing to play for :data:`IDLE_S`."""
        with self._lock:
            over = not self._pieces and time.monotonic() - self._idle_since > IDLE_S
        if over:
            self.close()

    def close(self) -> None:
        """Let the device go."""
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _open(self) -> None:
        import miniaudio

        chosen = None
        if self._output:
            there = miniaudio.Devices(self._backends).get_playbacks()
            chosen = next((one["id"] for one in there if self._output.lower() in str(one["name"]).lower()), None)
        device = miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=RATE_HZ,
            buffersize_msec=_BUFFER_MS,
            device_id=chosen,
            backends=self._backends,
            app_name="terminal voice",
        )
        stream = self._stream()
        next(stream)
        device.start(stream)
        self._device = device

    def _stream(self) -> Generator[bytes, int, None]:
        import numpy as np

        wanted = yield b""
        while True:
            out = np.zeros(wanted, np.int16)
            ended: list[Callable[[], None]] = []
            with self._lock:
                filled = 0
                while filled < wanted and self._pieces:
                    sound, done = self._pieces[0]
                    part = sound[self._at : self._at + wanted - filled]
                    out[filled : filled + len(part)] = np.clip(part * self._gain, -32767, 32767)
                    filled += len(part)
                    self._at += len(part)
                    if self._at >= len(sound):
                        self._pieces.popleft()
                        self._at = 0
                        ended.append(done)
                if filled:
                    self._idle_since = time.monotonic()
            for done in ended:
                done()
            wanted = yield out.tobytes()
