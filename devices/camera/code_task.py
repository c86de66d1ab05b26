"""Task `codes`: says which codes are in the pictures, in hex; no picture leaves the child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devices.camera.code_reader import CodeReader
from devices.camera.messages import Message

if TYPE_CHECKING:
    from devices.camera.task import Picture

_MOST_CODES = 4  # more in one view are as good as two: none is believed


class CodeTask:
    """See Task. Says `codes` {picture, hex} for each picture that holds any; pictures are counted from 1."""

    def __init__(self) -> None:
        self._reader = CodeReader()
        self._pictures = 0

    def look(self, picture: Picture, at_s: float) -> Sequence[Message]:
        """See Task."""
        self._pictures += 1
        codes = sorted({code.hex() for code in self._reader.read(picture)})[:_MOST_CODES]
        return [Message({"say": "codes", "picture": self._pictures, "hex": codes})] if codes else []

    def order(self, message: Message) -> Sequence[Message]:
        """See Task. There is none."""
        return []


def make(settings: Mapping[str, Any]) -> CodeTask:
    """See `devices.camera.task`. There are no settings."""
    return CodeTask()
