"""``python -m devices.speech.child``: the process that speaks. It ends with its parent, and what it said with it.

Orders come as lines of JSON: ``{"say": [[TEXT, LANGUAGE], …], "gain": G}`` breaks off and speaks, ``add`` speaks
afterwards, ``{"prepare": […]}`` makes pieces ready while nothing else is to do, ``{"hush": true}`` is silence. It
answers with lines: ``ready``, ``said`` after each piece, ``over`` after the last, ``fault CODE`` where it cannot go on.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import queue
import subprocess
import sys
import threading
import wave
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from devices.speech.installed import ESPEAK, modelled
from devices.speech.model import RATE_HZ, Model
from devices.speech.phonemes import phonemes
from devices.speech.player import Player
from devices.speech.sayable import pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KEPT_BYTES: Final = 24 << 20
_LOOK_S: Final = 1.0
_NICE: Final = 15
"""Pages come first."""
_PAUSE_S: Final = 0.18

Piece = tuple[str, str]
"""A text and its language."""


class Mouth:
    """Says what the last order asks for, piece by piece: one thread hears orders, one makes sound, the card plays."""

    def __init__(self, model: Model, player: Player, tell: Callable[[str], None], speed: float) -> None:
        self._model, self._player, self._tell, self._speed = model, player, tell, speed
        self._orders: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._now: deque[Piece] = deque()
        self._later: deque[Piece] = deque()
        self._kept: OrderedDict[Piece, NDArray[np.int16]] = OrderedDict()
        self._bytes = 0
        self._turn = self._turn_now = 0

    def hear(self, order: dict[str, Any] | None) -> None:
        """An order, or None: the parent is gone. What is being said is broken off here already."""
        if order is None or "say" in order or "hush" in order:
            self._turn += 1
            self._player.hush(self._turn)
            self._model.stop()
        self._orders.put(None if order is None else {**order, "turn": self._turn})

    def run(self) -> None:
        """Until the parent is gone."""
        while True:
            busy = bool(self._now or self._later)
            try:
                order = self._orders.get(block=not busy, timeout=None if busy else _LOOK_S)
            except queue.Empty:
                if not busy:
                    self._player.rest()
                elif self._now:
                    self._speak(self._now.popleft())
                else:
                    self._sound(self._later.popleft())
                continue
            if order is None:
                return
            self._take(order)

    def _take(self, order: dict[str, Any]) -> None:
        if "gain" in order:
            self._player.loud(float(order["gain"]))
        if "say" in order or "hush" in order:
            self._later.clear()
            self._now, self._turn_now = _cut(order.get("say", ())), order["turn"]
            if "say" in order and not self._now:
                self._tell("over")
        self._now.extend(_cut(order.get("add", ())))
        if "prepare" in order:
            self._later = _cut(order["prepare"])

    def _speak(self, piece: Piece) -> None:
        sound = self._sound(piece)
        last = not self._now
        if self._turn_now != self._turn:
            return  # somebody wants to hear something else
        if sound is None:
            if last:
                self._tell("over")
            return

        def done() -> None:
            self._tell("said")
            if last:
                self._tell("over")

        import miniaudio

        try:
            self._player.play(sound, done, self._turn_now)
        except miniaudio.MiniaudioError:
            self._now.clear()
            self._tell("fault no_device")

    def _sound(self, piece: Piece) -> NDArray[np.int16] | None:
        """Samples; None where it was broken off, or where these words are too strange to be said."""
        kept = self._kept.get(piece)
        if kept is not None:
            self._kept.move_to_end(piece)
            return kept
        try:
            made = self._made(*piece)
        except Exception:  # whatever an engine trips over, the next piece is said; what it was stands in no log
            return None
        if made is None:
            return None
        self._kept[piece] = made
        self._bytes += made.nbytes
        while self._bytes > _KEPT_BYTES:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return made

    def _made(self, text: str, language: str) -> NDArray[np.int16] | None:
        import numpy as np

        if modelled(language):
            sound = self._model.samples(phonemes(text, language), language, self._speed)
        else:
            sound = espeak(text, language)
        if sound is None:
            return None
        pause = np.zeros(round(_PAUSE_S * RATE_HZ), np.int16)
        return np.concatenate([(np.clip(sound, -1, 1) * 32767).astype(np.int16), pause])


def espeak(text: str, language: str) -> NDArray[np.float32] | None:
    """For languages that the model has no voice for: espeak-ng's own, at the model's rate; None where it has none."""
    import numpy as np

    done = subprocess.run(
        [ESPEAK, "-v", language, "-b", "1", "--stdin", "--stdout"],
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=5,
        check=False,
    )
    try:
        with wave.open(io.BytesIO(done.stdout)) as file:
            rate, frames = file.getframerate(), file.readframes(file.getnframes() or len(done.stdout))
    except (wave.Error, EOFError):
        return None
    sound = np.frombuffer(frames[: len(frames) // 2 * 2], "<i2").astype(np.float32) / 32768
    at = np.arange(0, len(sound), rate / RATE_HZ)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def _cut(sayings: Any) -> deque[Piece]:
    return deque((piece, language) for text, language in sayings for piece in pieces(text))


def main() -> int:
    """See the module."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--speed", type=float, default=1.0)
    asked.add_argument("--output", default="")
    asked.add_argument("--silent", action="store_true", help="play through a backend without a device")
    given = asked.parse_args()
    os.nice(_NICE)
    out = threading.Lock()

    def tell(word: str) -> None:
        with out, contextlib.suppress(OSError):
            os.write(1, f"{word}\n".encode())

    backends = None
    if given.silent:
        import miniaudio

        backends = [miniaudio.Backend.NULL]
    mouth = Mouth(Model(min(2, os.cpu_count() or 1)), Player(backends, given.output), tell, given.speed)
    tell("ready")

    def listen() -> None:
        for line in sys.stdin.buffer:
            mouth.hear(json.loads(line))
        mouth.hear(None)

    threading.Thread(target=listen, daemon=True).start()
    mouth.run()
    return 0


if __name__ == "__main__":
    # Straight out: a library's own clean-up must not keep a process that knows something.
    os._exit(main())
