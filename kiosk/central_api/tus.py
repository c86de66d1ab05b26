"""Sending one file so that a cut costs what was under way and nothing else: tus 1.0, creation, HEAD, PATCH.

https://tus.io/protocols/resumable-upload; why the client is our own: docs/adr/010-own-tus-client.md. The centre's word
on the offset is the truth. It knows files by their hash, so nothing of a resident is in a name.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from kiosk.central_api.answers import FILE_PROBLEMS
from kiosk.central_api.verdicts import fault, own_no
from kiosk.ports.central import CallFault, FileTaken, GatewayFault, LocalFile, RetryLater

if TYPE_CHECKING:
    from kiosk.central_api.wire import Reply

CHUNK_BYTES = 256 << 10
_TUS = {"Tus-Resumable": "1.0.0"}
_BEGIN_AGAIN = (404, 410)
# Beginnings and disagreements on the offset in one call; a centre that wants more of them is broken.
_TURNS = 4

Call = Callable[[str, str, Mapping[str, str], bytes | None], "Reply | RetryLater | GatewayFault"]
"""(method, URL, headers, body) -> answer; the deadline is the caller's."""


class UploadPlaces(Protocol):
    """Where a half-sent file goes on, by its hash. Losing it costs bytes, nothing else."""

    def get(self, sha256: str) -> str | None: ...

    def put(self, sha256: str, url: str | None) -> None:
        """None forgets it."""
        ...


class MemoryPlaces:
    """Known in this run only."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}

    def get(self, sha256: str) -> str | None:
        return self._urls.get(sha256)

    def put(self, sha256: str, url: str | None) -> None:
        if url is None:
            self._urls.pop(sha256, None)
        else:
            self._urls[sha256] = url


def upload(creation_url: str, file: LocalFile, call: Call, places: UploadPlaces) -> FileTaken | CallFault:
    """Bring `file` to the centre, going on where the last attempt ended."""
    url = places.get(file.sha256)
    if url is not None and not _same_origin(creation_url, url):
        url = None  # the centre has moved since
    offset: int | None = None
    for _ in range(_TURNS):
        if url is None:
            made = _create(creation_url, file, call)
            if not isinstance(made, str):
                return made
            url, offset = made, 0
            places.put(file.sha256, url)
        if offset is None:
            offset_or_fault = _offset(call("HEAD", url, _TUS, None), file)
            if isinstance(offset_or_fault, _BeginAgain):
                url = None
                continue
            if not isinstance(offset_or_fault, int):
                return offset_or_fault
            offset = offset_or_fault
        ended = _send(url, file, offset, call)
        match ended:
            case FileTaken():
                places.put(file.sha256, None)
                return ended
            case _BeginAgain():
                places.put(file.sha256, None)
                url = offset = None
            case _AskOffset():
                offset = None
            case _:
                return ended
    places.put(file.sha256, None)
    return GatewayFault("tus without end")


class _BeginAgain:
    """The centre does not know this upload any more."""


class _AskOffset:
    """The centre has another number of bytes than we thought."""


def _create(creation_url: str, file: LocalFile, call: Call) -> str | FileTaken | CallFault:
    metadata = f"filename {_base64(file.sha256)},filetype {_base64(file.media_type)}"
    headers = {**_TUS, "Upload-Length": str(len(file.data)), "Upload-Metadata": metadata}
    reply = call("POST", creation_url, headers, b"")
    if isinstance(reply, RetryLater | GatewayFault):
        return reply
    if reply.status == 200 and "tus-resumable" in reply.headers:
        return FileTaken()
    if reply.status != 201:
        return own_no(fault(reply), FILE_PROBLEMS)
    place = reply.headers.get("location", "")
    url = urljoin(creation_url, place)
    if not place or not _same_origin(creation_url, url):
        # Nothing of a resident goes to a host that was not named by the settings.
        return GatewayFault("tus location")
    return url


def _send(url: str, file: LocalFile, offset: int, call: Call) -> FileTaken | CallFault | _BeginAgain | _AskOffset:
    while offset < len(file.data):
        chunk = file.data[offset : offset + CHUNK_BYTES]
        headers = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        reply = call("PATCH", url, headers, chunk)
        if isinstance(reply, RetryLater | GatewayFault):
            return reply
        if reply.status in _BEGIN_AGAIN:
            return _BeginAgain()
        if reply.status == 409:
            return _AskOffset()
        if reply.status != 204:
            return own_no(fault(reply), FILE_PROBLEMS)
        reached = _number(reply.headers.get("upload-offset"))
        if reached is None or not offset < reached <= offset + len(chunk):
            return GatewayFault("tus offset")
        offset = reached
    return FileTaken()


def _offset(reply: Reply | RetryLater | GatewayFault, file: LocalFile) -> int | CallFault | _BeginAgain:
    if isinstance(reply, RetryLater | GatewayFault):
        return reply
    if reply.status in _BEGIN_AGAIN:
        return _BeginAgain()
    if reply.status not in (200, 204):
        return own_no(fault(reply), FILE_PROBLEMS)
    offset, length = _number(reply.headers.get("upload-offset")), _number(reply.headers.get("upload-length"))
    if offset is None:
        return GatewayFault("tus offset")
    if offset > len(file.data) or length not in (None, len(file.data)):
        # The address was told us for another file. It would stay wrong however often it is asked.
        return _BeginAgain()
    return offset


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _same_origin(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, a.netloc) == (b.scheme, b.netloc)
