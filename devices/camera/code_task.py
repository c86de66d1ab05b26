"""Task `codes`: says which codes are in the pictures, in hex; no picture leaves the child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import zxingcpp

from devices.camera.messages import Message

if TYPE_CHECKING:
    from devices.camera.task import Picture


_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


class CodeTask:
    """See Task."""

    def look(self, picture: Picture, at_s: float) -> Sequence[Message]:
        """See Task."""
        codes = sorted({code.bytes.hex() for code in zxingcpp.read_barcodes(picture, _FORMATS)})
        return [Message({"say": "codes", "hex": codes})] if codes else []

    def order(self, message: Message) -> Sequence[Message]:
        """See Task. There is none."""
        return []


def make(settings: Mapping[str, Any]) -> CodeTask:
    """See `devices.camera.task`."""
    return CodeTask()
