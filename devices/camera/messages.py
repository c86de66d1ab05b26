"""What a terminal and its camera child say to each other: length-prefixed messages over two pipes.

Four bytes length of the whole, four bytes length of the head (both big-endian), the head in JSON, then raw bytes (the
blob). Host to child: `{"do": …}`, child to host: `{"say": …}`; see `child` and `host` for the words. Blob sizes are
limited by the receiver.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_HEAD_BYTES = 64 * 1024
MAX_BLOB_BYTES = 32 * 1024 * 1024
_LENGTHS = struct.Struct(">II")


class BadMessage(ValueError):
    """What came is no message, or one larger than agreed."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `head` holds JSON values only; both parts may be personal."""

    head: Mapping[str, Any] = field(repr=False)
    blob: bytes = field(default=b"", repr=False)

    def text(self, key: str) -> str:
        """A text of the head. Raises BadMessage."""
        value = self.head.get(key)
        if not isinstance(value, str):
            raise BadMessage(key)
        return value

    def number(self, key: str) -> float:
        """A number of the head. Raises BadMessage."""
        value = self.head.get(key)
        if not isinstance(value, int | float):
            raise BadMessage(key)
        return float(value)

    def encode(self) -> bytes:
        """As it goes over the pipe."""
        head = json.dumps(self.head, ensure_ascii=False).encode()
        return _LENGTHS.pack(len(head) + len(self.blob) + 4, len(head)) + head + self.blob


class Inbox:
    """Cut a byte stream into messages. `feed` raises BadMessage, after which the stream is of no use any more."""

    def __init__(self, max_blob_bytes: int = MAX_BLOB_BYTES) -> None:
        self._max_blob = max_blob_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take some bytes; return the messages they completed."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= _LENGTHS.size:
            whole, head_size = _LENGTHS.unpack_from(self._buffer)
            blob_size = whole - 4 - head_size
            if head_size > MAX_HEAD_BYTES or not 0 <= blob_size <= self._max_blob:
                raise BadMessage("size")
            end = 4 + whole
            if len(self._buffer) < end:
                break
            try:
                head = json.loads(bytes(self._buffer[_LENGTHS.size : _LENGTHS.size + head_size]))
            except ValueError as error:
                raise BadMessage("head") from error
            if not isinstance(head, dict):
                raise BadMessage("head")
            messages.append(Message(head, bytes(self._buffer[_LENGTHS.size + head_size : end])))
            del self._buffer[:end]
        return messages
