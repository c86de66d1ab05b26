"""Signs to samples: Kokoro-82M, a small open voice (Apache-2.0), by onnxruntime.

The weights come in four packages, each a part of one file; the two voices lie in ``voices/``. One second of speech
takes a third of a second on two cores.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devices.speech.installed import WEIGHTS, voice_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ: Final = 24_000
_VOICES: Final = Path(__file__).parent / "voices"
_STYLES, _WIDTH = 510, 256
_QUIET: Final = 0.004
_AROUND: Final = RATE_HZ // 20


class Model:
    """Loaded once; not to be used by two threads at a time. ``threads`` are those that compute."""

    def __init__(self, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(_weights(), options, providers=["CPUExecutionProvider"])
        self._signs: dict[str, int] = json.loads((_VOICES / "symbols.json").read_text("utf-8"))
        self._styles: dict[str, NDArray[np.float32]] = {}
        self._options = onnxruntime.RunOptions
        self._running: Any = None

    def stop(self) -> None:
        """Break off what is being computed, from another thread."""
        running = self._running
        if running is not None:
            running.terminate = True

    def samples(self, signs: str, language: str, speed: float) -> NDArray[np.float32] | None:
        """Mono of -1 to 1 at :data:`RATE_HZ`, with a breath around it; empty where nothing can be said, None where it
        was broken off.

        ``speed`` is 0.5 to 2, 1 as people speak. Of more than 510 signs the rest is left out.
        """
        import numpy as np

        tokens = [self._signs[sign] for sign in signs if sign in self._signs][: _STYLES - 1]
        if not tokens:
            return np.zeros(0, np.float32)
        style = self._style(voice_for(language))[len(tokens) : len(tokens) + 1]
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style,
            "speed": np.array([speed], np.float32),
        }
        running = self._running = self._options()
        try:
            sound = self._session.run(None, given, running)[0]
        except Exception:
            if running.terminate:
                return None
            raise
        finally:
            self._running = None
        return _trimmed(np.asarray(sound, np.float32).reshape(-1))

    def _style(self, voice: str) -> NDArray[np.float32]:
        """One vector for each number of signs, as the voice was published."""
        import numpy as np

        if voice not in self._styles:
            self._styles[voice] = np.fromfile(_VOICES / f"{voice}.bin", np.float32).reshape(_STYLES, _WIDTH)
        return self._styles[voice]


def _weights() -> bytes:
    return b"".join(
        (Path(importlib.import_module(name).__file__ or "").parent / "part.bin").read_bytes() for name in WEIGHTS
    )


def _trimmed(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the silence at both ends, but for a twentieth of a second."""
    import numpy as np

    loud = np.flatnonzero(np.abs(sound) > _QUIET)
    if not loud.size:
        return sound[:0]
    return sound[max(0, loud[0] - _AROUND) : loud[-1] + _AROUND]
