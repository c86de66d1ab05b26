"""One fsynced file per unsent case, beside the database: what is left when the database is not.

`envelopes/<case_id>.json` holds `{"schema":1,"case_id":…,"alg":"chacha20poly1305","kid":…,"nonce":…,"sealed":…}`; the
sealed part is the whole submission. Without a key `alg` is "none" and `sealed` is plain base64. The file is on disk
before the commit and goes after the centre's answer is on disk.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import apsw

from kiosk.ports.storage import Submission
from offline_cache import cases
from offline_cache.codec import CASE_ID, is_well_formed, time_text, time_value
from offline_cache.files import fsync_folder, write_temporary
from offline_cache.keys import derive, key_id


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the folder: readable submissions, and the names of files that could not be opened."""

    submissions: tuple[Submission, ...]
    unreadable: tuple[str, ...]


class EnvelopeFolder:
    """The folder of envelopes; used on the storage thread only. Methods raise OSError."""

    def __init__(self, folder: Path, key: bytes | None) -> None:
        self._folder = folder
        self._key = None if key is None else derive(key, "envelope")
        self._kid = key_id(key)

    @property
    def folder(self) -> Path:
        return self._folder

    def write(self, submissions: tuple[Submission, ...]) -> None:
        """All of them, durable on return. On OSError none is left behind."""
        try:
            for item in submissions:
                path = self._path(item.case_id)
                write_temporary(path, self._seal(item)).replace(path)
            fsync_folder(self._folder)
        except OSError:
            self.remove(item.case_id for item in submissions)
            raise

    def write_again(self, connection: apsw.Connection, case_ids: tuple[str, ...]) -> None:
        """For cases that are stored and unsent and have none."""
        items = (cases.submission(connection, case_id) for case_id in case_ids)
        self.write(tuple(item for item in items if isinstance(item, Submission)))

    def remove(self, case_ids: Iterable[str]) -> None:
        """Forget these; a file that will not go is left for the sweep at the next start."""
        for case_id in case_ids:
            path = self._path(case_id)
            for name in (path, path.with_name(path.name + ".tmp")):
                try:
                    name.unlink(missing_ok=True)
                except OSError:
                    continue

    def case_ids(self) -> tuple[str, ...]:
        """Names of all complete envelopes."""
        return tuple(
            sorted(path.stem for path in self._folder.glob("*.json") if CASE_ID.fullmatch(path.stem) is not None)
        )

    def drop_temporaries(self) -> int:
        """Remove what a crash left half-written; such a file was never part of a commit."""
        count = 0
        for path in self._folder.glob("*.tmp"):
            path.unlink(missing_ok=True)
            count += 1
        return count

    def read_all(self) -> Found:
        """Open every envelope that can be opened."""
        good: list[Submission] = []
        bad: list[str] = []
        for case_id in self.case_ids():
            try:
                good.append(self._open(case_id))
            except (OSError, ValueError, KeyError, TypeError):
                bad.append(f"{case_id}.json")
        return Found(tuple(sorted(good, key=lambda item: (item.created, item.case_id))), tuple(bad))

    def _path(self, case_id: str) -> Path:
        return self._folder / f"{case_id}.json"

    def _seal(self, item: Submission) -> bytes:
        plain = json.dumps(
            {
                "case_id": item.case_id,
                "parent_id": item.parent_id,
                "item_id": item.item_id,
                "item_version": item.item_version,
                "package_sha256": item.package_sha256,
                "trace_id": item.trace_id,
                "session": item.session,
                "created": time_text(item.created),
                "body": base64.b64encode(item.body).decode("ascii"),
                "sha256": item.sha256,
                "kind": item.kind,
            }
        ).encode()
        nonce = secrets.token_bytes(12)
        sealed = plain if self._key is None else _cipher(self._key).encrypt(nonce, plain, item.case_id.encode())
        return json.dumps(
            {
                "schema": 1,
                "case_id": item.case_id,
                "alg": "none" if self._key is None else "chacha20poly1305",
                "kid": self._kid,
                "nonce": base64.b64encode(nonce).decode("ascii"),
                "sealed": base64.b64encode(sealed).decode("ascii"),
            }
        ).encode()

    def _open(self, case_id: str) -> Submission:
        outer = json.loads(self._path(case_id).read_bytes())
        if outer["schema"] != 1 or outer["case_id"] != case_id or outer["kid"] != self._kid:
            raise ValueError("not an envelope of this store")
        sealed = base64.b64decode(outer["sealed"], validate=True)
        plain = sealed
        if self._key is not None:
            from cryptography.exceptions import InvalidTag

            try:
                nonce = base64.b64decode(outer["nonce"], validate=True)
                plain = _cipher(self._key).decrypt(nonce, sealed, case_id.encode())
            except InvalidTag:
                raise ValueError("the seal is broken") from None
        raw = json.loads(plain)
        item = Submission(
            case_id=raw["case_id"],
            parent_id=raw["parent_id"],
            item_id=raw["item_id"],
            item_version=raw["item_version"],
            package_sha256=raw["package_sha256"],
            trace_id=raw["trace_id"],
            session=raw["session"],
            created=time_value(raw["created"]),
            body=base64.b64decode(raw["body"], validate=True),
            sha256=raw["sha256"],
            kind=raw["kind"],
        )
        if item.case_id != case_id or not is_well_formed((item,)):
            raise ValueError("the envelope's content does not match its name")
        return item


class _Aead:
    """The two calls used of cryptography's ChaCha20Poly1305; imported late, it is not needed to show a screen."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._inner = ChaCha20Poly1305(key)

    def encrypt(self, nonce: bytes, data: bytes, bound_to: bytes) -> bytes:
        return self._inner.encrypt(nonce, data, bound_to)

    def decrypt(self, nonce: bytes, data: bytes, bound_to: bytes) -> bytes:
        return self._inner.decrypt(nonce, data, bound_to)


def _cipher(key: bytes) -> _Aead:
    return _Aead(key)
