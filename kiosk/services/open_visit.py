"""The visit that is going on, kept so that a crash of the screens does not cost the resident their work.

On the disk lies one draft, encrypted under a key that only this process and the launcher hold. It is replaced as the
resident goes on, never in the way of a page, and destroyed with the key when the visit ends.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

from kiosk.domain.errors import KioskError
from kiosk.domain.session import Draft, Filing
from kiosk.flow.events import FlowEvent, VisitFound, VisitLost
from kiosk.forms import ServicePackage
from kiosk.ports.session_key import SessionKeys
from kiosk.ports.storage import CaseStore
from kiosk.services.draft import DraftUnreadable, from_bytes, to_bytes
from kiosk.services.package_shelf import PackageShelf
from kiosk.services.refiled import Answered, filing_of

log = logging.getLogger("kiosk.services")
STORE_WAIT_S = 5.0
NONCE_BYTES = 12
CONTEXT = b"kiosk open visit 1"


class OpenVisit:
    """All but the work of the executor happens on the main thread."""

    def __init__(
        self,
        store: CaseStore,
        keys: SessionKeys,
        shelf: PackageShelf,
        executor: Executor,
        publish: Callable[[FlowEvent], None],
        answered: Answered,
    ) -> None:
        self._store = store
        self._keys = keys
        self._shelf = shelf
        self._executor = executor
        self._publish = publish
        self._answered = answered
        self._guard = threading.RLock()  # a store may answer at once
        self._key: bytes | None = None
        self._before: bytes | None = None
        self._next: Draft | None = None
        self._busy = self._written = False

    # ---- at the start of the program

    def left(self) -> float | None:
        """Seconds for which the visit that a crash ended may go on; None, and no draft is left: there is none."""
        left = self._keys.left()
        if left is None or left.left_s <= 0:
            self._erase()
            return None
        self._before = left.key
        return left.left_s

    def find(self, session: str, offered: Sequence[ServicePackage]) -> None:
        """Open the draft with the key that was left; :class:`VisitFound` or :class:`VisitLost`."""
        self._executor.submit(self._find, session, offered)

    def _find(self, session: str, offered: Sequence[ServicePackage]) -> None:
        found: FlowEvent = VisitLost(session)
        try:
            found = self._found(session, offered)
        except DraftUnreadable as error:
            log.warning("draft of the visit not readable: %s", error)
        except KioskError as error:
            log.error("draft of the visit not read: %s", error.code)
        except Exception:
            log.exception("draft of the visit not read")
        self._publish(found)

    def _found(self, session: str, offered: Sequence[ServicePackage]) -> FlowEvent:
        with self._guard:
            key = self._before
        stored = self._store.draft().result(STORE_WAIT_S)
        plain = opened(key, stored) if key is not None and stored is not None else None
        if plain is None:
            return VisitLost(session)
        draft = from_bytes(plain)
        item_id = draft.session.item_id
        if item_id is None or draft.session.subject is None:
            return VisitLost(session)
        package = self._shelf.find(item_id, draft.item_version, draft.package_sha256, offered, fetch=False)
        if package is None:
            return VisitLost(session)
        whole = replace(draft, session=replace(draft.session, package=package))
        return VisitFound(session, whole, self._filed(whole, package))

    def _filed(self, draft: Draft, package: ServicePackage) -> Filing | None:
        """What this very visit committed before it broke off. The store knows; nothing has to be remembered for it."""
        rows = self._store.cases(session=draft.session.id).result(STORE_WAIT_S)
        mine = tuple(row for row in rows if row.item == package.id)
        bodies = {row.case_id: self._store.body(row.case_id).result(STORE_WAIT_S) for row in mine}
        return filing_of(mine, bodies, draft.session, package, self._answered)

    # ---- during a visit

    def begin(self) -> None:
        """Somebody is here: a fresh key, and nothing of whoever was before."""
        with self._guard:
            self._before = self._next = None
            self._key = self._keys.fresh()

    def keep(self, draft: Draft) -> None:
        """Keep this instead of what was kept. Returns at once; of several in a row only the last is written."""
        with self._guard:
            self._next = draft
            if self._busy or self._key is None:
                return
            self._busy = True
        self._executor.submit(self._write)

    def _write(self) -> None:
        with self._guard:
            draft, key, self._next = self._next, self._key, None
        data = None
        try:
            if draft is not None and key is not None:
                data = closed(key, to_bytes(draft))
        except Exception:
            log.exception("draft of the visit not written")  # the visit goes on; it would not survive a crash
        with self._guard:
            if data is not None and key is self._key:
                self._written = True
                self._quietly(data, self._again)
            else:
                self._again()

    def _again(self) -> None:
        """What came meanwhile is next."""
        with self._guard:
            if self._next is None or self._key is None:
                self._busy = False
                return
        self._executor.submit(self._write)

    def drop(self) -> None:
        """There is nothing to go on with any more, though somebody is still here."""
        with self._guard:
            self._next = None
            if self._written:
                self._erase()

    def forget(self) -> None:
        """The visit is over: neither draft nor key is left."""
        with self._guard:
            self._next = self._key = self._before = None
            self._keys.forget()
            self._erase()

    def _erase(self) -> None:
        self._written = False
        self._quietly(None, lambda: None)

    def _quietly(self, data: bytes | None, then: Callable[[], None]) -> None:
        """Hand it to the store; one that refuses costs the resident nothing but the way back after a crash."""

        def done(future: Future[Any]) -> None:
            if future.exception() is not None:
                log.error("draft of the visit not stored: %s", type(future.exception()).__name__)
            then()

        try:
            self._store.save_draft(data).add_done_callback(done)
        except KioskError as error:
            log.error("draft of the visit not stored: %s", error.code)
            self._busy = False


def closed(key: bytes, plain: bytes) -> bytes:
    """A random nonce, then ChaCha20-Poly1305 under the key of the visit."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, CONTEXT)


def opened(key: bytes, data: bytes) -> bytes | None:
    """The draft again; None when it was made under another key."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], CONTEXT)
    except (InvalidTag, ValueError):
        return None
