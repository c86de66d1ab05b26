"""What serial code scanners send: codes with or without a suffix, and which of them are taken.

A code ends with CR, LF or CR LF; a module set to no suffix is cut by silence, which is the driver's business
(`CodeSplitter.flush`). The payload is bytes: strict UTF-8 is tried first, then GB18030; what is neither, is longer than
2 KB, holds control or direction characters, or is an address with a scheme that is not on the list is refused, because
nothing this terminal is shown needs them. What the families are told and answer stands in `scanner_profiles`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from devices.codecs.scanner_profiles import PLAIN, Cut, NotYet, Reply, ScannerProfile
from kiosk.domain.devices import CodeRefusal

MAX_RAW_BYTES = 7089  # what the largest QR code (40-L) can hold
MAX_PAYLOAD_BYTES = 2048
_AIM_ID = re.compile(rb"\](?:[AFGILdhzX][0-9]|[CE][0-4]|Q[0-6])")
_BOM = b"\xef\xbb\xbf"
_REFUSED_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")

#: A payload that is an address is taken only with one of these; everything else would start something somewhere.
ALLOWED_SCHEMES = frozenset({"https"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


@dataclass(frozen=True, slots=True)
class RawCode:
    """The bytes of one code without its suffix."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Overlong:
    """More bytes than any code can hold arrived without a suffix; they were dropped."""


ScannerItem = RawCode | Overlong | Reply


class CodeSplitter:
    """Cut a scanner's byte stream into codes and the replies of its family.

    `awaiting` says that a question was asked; only then may a family whose replies have no beginning of their own send
    one.
    """

    def __init__(self, profile: ScannerProfile = PLAIN, *, max_bytes: int = MAX_RAW_BYTES) -> None:
        self._profile = profile
        self._max = max_bytes
        self._buffer = bytearray()
        self._dropping = False
        self.awaiting = False

    @property
    def pending(self) -> bool:
        """Whether bytes wait for their suffix."""
        return bool(self._buffer)

    @property
    def amid_code(self) -> bool:
        """Whether the rest of a code is still to come, one that is being dropped included."""
        return bool(self._buffer) or self._dropping

    def reset(self) -> None:
        """Forget what was not complete."""
        self._buffer.clear()
        self._dropping = False
        self.awaiting = False

    def feed(self, data: bytes) -> list[ScannerItem]:
        """Take some bytes; return what they completed, in order."""
        self._buffer += data
        items: list[ScannerItem] = []
        while self._buffer:
            match self._cut_reply():
                case Cut(size, reply):
                    del self._buffer[:size]
                    if reply is not None:
                        items.append(reply)
                        self.awaiting = False
                    continue
                case NotYet():
                    break
            end = min((at for at in (self._buffer.find(b"\r"), self._buffer.find(b"\n")) if at >= 0), default=-1)
            if end < 0:
                if len(self._buffer) > self._max:
                    self._buffer.clear()
                    if not self._dropping:
                        items.append(Overlong())
                    self._dropping = True
                break
            code = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            items.extend(self._close(code))
        return items

    def flush(self) -> list[ScannerItem]:
        """The line has been silent: what waits is one code of a module without suffix."""
        code = bytes(self._buffer)
        self._buffer.clear()
        return self._close(code)

    def _close(self, code: bytes) -> list[ScannerItem]:
        if self._dropping:
            self._dropping = False
            return []
        if len(code) > self._max:
            return [Overlong()]
        return [RawCode(code)] if code else []

    def _cut_reply(self) -> Cut | NotYet | None:
        cut_reply = self._profile.cut_reply
        if cut_reply is None or (self._profile.only_asked and not self.awaiting):
            return None
        return cut_reply(bytes(self._buffer))


def clean_payload(raw: bytes) -> str | CodeRefusal:
    """The text of a code without its AIM id (`]Q1`), or why it is refused (a str too: ask for CodeRefusal)."""
    data = _AIM_ID.sub(b"", raw, count=1) if _AIM_ID.match(raw) else raw
    data = data.removeprefix(_BOM)
    if len(data) > MAX_PAYLOAD_BYTES:
        return CodeRefusal.TOO_LONG
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            return CodeRefusal.NOT_TEXT
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        return CodeRefusal.TOO_LONG
    if any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in text):
        return CodeRefusal.CONTROL_CHARACTER
    if not text.strip():
        return CodeRefusal.NOT_TEXT
    scheme = _SCHEME.match(text.lstrip())  # who opens an address passes over what stands before it
    if scheme is not None and scheme[1].lower() not in ALLOWED_SCHEMES:
        return CodeRefusal.SCHEME
    return text
