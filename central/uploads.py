"""Files on their way: tus 1.0 at ``/v1/files/``, spoken by tuspyserver, kept in the centre's database.

The library speaks the protocol; what a half-sent file is stands here. Its bytes are rows, and the offset is what is
committed, so it is honest after a cut, a crash and a race. The bytes that complete an upload make the file, in the same
transaction, when their hash is the announced one; otherwise all of it is forgotten. What the contract does not offer
(concatenation, lengths told later, bytes with the creation, methods by header) is refused before the library sees it.
docs/adr/011-tus-server.md says why it is done so.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import logging
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as AnyHTTPException
from tuspyserver import create_tus_router
from tuspyserver.storage import TusStorage

from central.files import BEGINS, MAX_FILE_BYTES, Files
from central.problems import Fault, Problem
from central.store import Store, upload_parts, uploads
from central.words import Clock, stamp

PREFIX: Final = "/v1/files/"
VERSION: Final = "1.0.0"
KEPT_HALF = timedelta(days=7)
PART_BYTES = 256 << 10
LOCK_WAIT_S = 5.0
_UPLOAD = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_BY_STATUS: Mapping[int, str] = {
    400: "body-too-large",  # more bytes than were announced
    404: "upload-unknown",
    409: "upload-conflict",
    412: "tus-version",
    413: "body-too-large",
    503: "overloaded",
}

log = logging.getLogger("central")


class Refused(HTTPException):
    """A problem on the way through the library, which lets this kind of exception pass and no other."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status)
        self.problem = problem


class AlreadyHere(Exception):
    """The announced file is here; ``place`` is where a client may see that."""

    def __init__(self, place: str, size: int) -> None:
        super().__init__(place)
        self.place = place
        self.size = size

    def answer(self) -> Response:
        """200: nothing to send. Whoever looks up the place finds all bytes there."""
        return Response(status_code=200, headers={"Location": self.place, "Upload-Offset": str(self.size)})


def problem_of(error: AnyHTTPException) -> Problem:
    """The problem that an exception of the library stands for."""
    if isinstance(error, Refused):
        return error.problem
    name = _BY_STATUS.get(error.status_code, "internal")
    return Problem(name, retry_after_s=2 if name == "overloaded" else None)


class Uploads(TusStorage):
    """Half-sent files. The library calls this from its routes; what takes time is done in threads."""

    def __init__(self, store: Store, files: Files, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._coming: dict[str, bytearray] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # --- what the library asks ---------------------------------------------------------------------------------------

    async def create(self, uid: str) -> None:
        """The row is made when its announcement is written."""

    async def write_info(self, uid: str, data: dict[str, Any]) -> None:
        """Write the announcement down; of later calls nothing is taken, the offset is what is here."""
        await run_in_threadpool(self._announce, uid, data)

    async def exists(self, uid: str) -> bool:
        return await run_in_threadpool(self._row, uid) is not None

    async def read_info(self, uid: str) -> dict[str, Any] | None:
        row = await run_in_threadpool(self._row, uid)
        if row is None:
            return None
        told = {"filename": row.sha256, "filetype": row.media_type}
        # Without a last day: what is over is told by the clock that the rest of the centre has.
        told_of = {"metadata": told, "size": row.size, "offset": row.received}
        return {**told_of, "created_at": "", "expires": None}

    async def size(self, uid: str) -> int:
        row = await run_in_threadpool(self._row, uid)
        return 0 if row is None else int(row.received)

    async def append(self, uid: str, chunk: bytes) -> None:
        coming = self._coming[uid]
        coming += chunk
        if len(coming) >= PART_BYTES:
            await self.flush(uid)

    async def flush(self, uid: str) -> None:
        data = bytes(self._coming[uid])
        self._coming[uid].clear()
        if data:
            await run_in_threadpool(self._write, uid, data)

    async def finalize(self, uid: str) -> None:
        """The last bytes have made the file already."""

    async def read(self, uid: str) -> bytes | None:
        raise NotImplementedError("nobody reads a half-sent file")

    async def delete(self, uid: str) -> None:
        await run_in_threadpool(self._forget, uid)

    async def list_uids(self) -> list[str]:
        raise NotImplementedError("what is old is swept by the centre's own clock")

    def location(self, uid: str) -> str:
        return PREFIX + uid

    # The library declares an iterator here and uses it as what it is.
    def lock(self, uid: str) -> AbstractAsyncContextManager[None]:  # type: ignore[override]
        return self._alone(uid)

    @asynccontextmanager
    async def _alone(self, uid: str) -> AsyncIterator[None]:
        """One request at a time adds to an upload. Raises TimeoutError when another one goes on and on."""
        lock = self._locks.setdefault(uid, asyncio.Lock())
        async with asyncio.timeout(LOCK_WAIT_S):
            await lock.acquire()
        try:
            self._coming[uid] = bytearray()
            yield
        finally:
            self._coming.pop(uid, None)
            lock.release()

    async def settled(self, uid: str) -> None:
        """Wait until nobody adds to this upload: a cut is noticed a moment after the client has gone."""
        try:
            async with self._alone(uid):
                pass
        except TimeoutError:
            raise Problem("overloaded", retry_after_s=2) from None

    # --- in the database ---------------------------------------------------------------------------------------------

    def _announce(self, uid: str, data: Mapping[str, Any]) -> None:
        with self._store.write() as connection:
            if connection.execute(select(uploads.c.uid).where(uploads.c.uid == uid)).first() is None:
                told = data["metadata"]
                self._begin(connection, uid, told["filename"], told["filetype"], int(data["size"]), received=0)

    def _begin(
        self, connection: Connection, uid: str, sha256: str, media_type: str, size: int, *, received: int
    ) -> None:
        row = {"uid": uid, "sha256": sha256, "media_type": media_type, "size": size, "received": received}
        connection.execute(insert(uploads).values({**row, "expires_at": stamp(self._clock() + KEPT_HALF)}))

    def already_here(self, uid: str, sha256: str, media_type: str, size: int) -> bool:
        """Whether this file is kept; then ``uid`` becomes an upload that has all its bytes."""
        kept = self._files.known([sha256]).get(sha256)
        if kept is None or kept.size != size:
            return False
        with self._store.write() as connection:
            if not self._files.want(connection, sha256):
                return False
            self._begin(connection, uid, sha256, media_type, size, received=size)
        return True

    def _row(self, uid: str) -> Any:
        with self._store.read() as connection:
            row = connection.execute(select(uploads).where(uploads.c.uid == uid)).first()
        if row is not None and row.expires_at <= stamp(self._clock()):
            raise Refused(Problem("upload-expired"))
        return row

    def _write(self, uid: str, data: bytes) -> None:
        try:
            with self._store.write() as connection:
                whole = self._add(connection, uid, data)
        except SQLAlchemyError as error:
            log.error("a part of a file could not be kept: %s", type(error).__name__)
            raise Refused(Problem("internal")) from None
        if not whole:
            raise Refused(Problem("digest-mismatch"))

    def _add(self, connection: Connection, uid: str, data: bytes) -> bool:
        """Keep these bytes after the others; False: that was all of them, and they were not the announced file."""
        row = connection.execute(select(uploads).where(uploads.c.uid == uid).with_for_update()).first()
        if row is None:
            raise Refused(Problem("upload-unknown"))
        received = row.received + len(data)
        if received > row.size:
            raise Refused(Problem("body-too-large"))
        connection.execute(insert(upload_parts).values(uid=uid, at=row.received, data=data))
        ends = stamp(self._clock() + KEPT_HALF)
        connection.execute(update(uploads).where(uploads.c.uid == uid).values(received=received, expires_at=ends))
        if received < row.size:
            return True
        parts = select(upload_parts.c.data).where(upload_parts.c.uid == uid).order_by(upload_parts.c.at)
        whole = b"".join(connection.execute(parts).scalars())
        connection.execute(delete(upload_parts).where(upload_parts.c.uid == uid))
        if hashlib.sha256(whole).hexdigest() != row.sha256:
            connection.execute(delete(uploads).where(uploads.c.uid == uid))
            return False
        self._files.keep(connection, whole)
        return True

    def _forget(self, uid: str) -> None:
        with self._store.write() as connection:
            connection.execute(delete(upload_parts).where(upload_parts.c.uid == uid))
            connection.execute(delete(uploads).where(uploads.c.uid == uid))

    def sweep(self) -> None:
        """Give up half-sent files that nobody went on with for a week; for another week that is what is answered."""
        now = self._clock()
        old = select(uploads.c.uid).where(uploads.c.expires_at <= stamp(now))
        with self._store.read() as connection:
            idle = connection.execute(old.limit(1)).first() is None
        self._files.sweep()
        if idle:
            return
        with self._store.write() as connection:
            connection.execute(delete(upload_parts).where(upload_parts.c.uid.in_(old)))
            connection.execute(delete(uploads).where(uploads.c.expires_at <= stamp(now - KEPT_HALF)))


# --- the routes ------------------------------------------------------------------------------------------------------


def tus_router(uploads: Uploads) -> APIRouter:
    """The library's routes under :data:`PREFIX`, but for its list of extensions, behind a look at every request."""

    async def look(request: Request) -> None:
        await _look(request, uploads)

    found = create_tus_router(
        prefix=PREFIX,
        max_size=MAX_FILE_BYTES,
        days_to_keep=KEPT_HALF.days,
        storage=uploads,
    )
    ours = (f"{PREFIX}{{uuid}}", PREFIX)
    wanted = [
        route
        for route in found.routes
        if getattr(route, "path", "") in ours and "OPTIONS" not in getattr(route, "methods", ())
    ]
    found.routes[:] = wanted
    router = APIRouter(dependencies=[Depends(look)])
    router.include_router(found)

    @router.options(PREFIX)
    async def offered() -> Response:
        extensions = {"Tus-Extension": "creation,expiration,termination", "Tus-Max-Size": str(MAX_FILE_BYTES)}
        return Response(status_code=204, headers={"Tus-Version": VERSION, **extensions})

    return router


async def _look(request: Request, uploads: Uploads) -> None:
    """Refuse what is not offered; raises ``Problem``, or ``AlreadyHere`` for a file that is."""
    headers = request.headers
    if "x-http-method-override" in headers:
        raise Problem("method-not-allowed")
    if request.method == "OPTIONS":
        return
    if headers.get("tus-resumable") != VERSION:
        raise Problem("tus-version")
    if request.method == "POST":
        sha256, media_type, size = _announced(headers)
        uid = secrets.token_hex(16)
        if await run_in_threadpool(uploads.already_here, uid, sha256, media_type, size):
            raise AlreadyHere(PREFIX + uid, size)
        return
    if _UPLOAD.fullmatch(request.path_params["uuid"]) is None:
        raise Problem("upload-unknown")
    if request.method == "HEAD":
        await uploads.settled(request.path_params["uuid"])
    if request.method != "PATCH":
        return
    if headers.get("content-type") != "application/offset+octet-stream":
        raise Problem("unsupported-media-type")
    _number(headers, "upload-offset")
    if _number(headers, "content-length") > MAX_FILE_BYTES:
        raise Problem("body-too-large")


def _announced(headers: Mapping[str, str]) -> tuple[str, str, int]:
    """SHA-256, media type and size of the file that a creation announces."""
    for name in ("upload-defer-length", "upload-concat", "transfer-encoding"):
        if name in headers:
            raise _invalid(name)
    if headers.get("content-length", "0") != "0":
        raise _invalid("content-length")
    size = _number(headers, "upload-length")
    if size > MAX_FILE_BYTES:
        raise Problem("body-too-large")
    told: dict[str, str] = {}
    for pair in headers.get("upload-metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(value, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise _invalid("upload-metadata") from None
    if size < 1:
        raise _invalid("upload-length")
    if set(told) != {"filename", "filetype"} or told["filetype"] not in BEGINS:
        raise _invalid("upload-metadata")
    if _SHA256.fullmatch(told["filename"]) is None:
        raise _invalid("upload-metadata")
    return told["filename"], told["filetype"], size


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if _NUMBER.fullmatch(text) is None:
        raise _invalid(name)
    return int(text)


def _invalid(header: str) -> Problem:
    text = {"zh-Hans": "不符合接口规定", "en": "not as the contract says"}
    return Problem("request-invalid", faults=(Fault(f"/header/{header}", "header", text),))
