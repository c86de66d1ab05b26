"""Where half-sent files go on, kept in the store so that a restart costs no byte that the centre already has."""

from __future__ import annotations

import json
import logging

from kiosk.domain.errors import StoreError
from kiosk.ports.storage import CaseStore
from kiosk.sync.options import STORE_WAIT_S

log = logging.getLogger("kiosk.sync")

KV_UPLOADS = "sync.uploads"
# A file that is not sent is asked for again by the centre, so an address too many may go.
MOST = 50


class StoredPlaces:
    """hash -> address, as one small value. Losing it costs bytes, nothing else; so no fault of the store stops a file.

    Belongs to the thread that sends files.
    """

    def __init__(self, store: CaseStore) -> None:
        self._store = store

    def get(self, sha256: str) -> str | None:
        """The address at which this file goes on."""
        return self._all().get(sha256)

    def put(self, sha256: str, url: str | None) -> None:
        """Remember it; None forgets it."""
        places = self._all()
        places.pop(sha256, None)
        if url is not None:
            places[sha256] = url
        text = json.dumps(dict(list(places.items())[-MOST:])) if places else None
        try:
            self._store.put(KV_UPLOADS, text).result(STORE_WAIT_S)
        except StoreError as error:
            log.warning("place of an upload not kept: %s", error.code)

    def _all(self) -> dict[str, str]:
        try:
            raw = json.loads(self._store.get(KV_UPLOADS).result(STORE_WAIT_S) or "{}")
        except (StoreError, ValueError):
            return {}
        if not isinstance(raw, dict):
            return {}
        return {key: value for key, value in raw.items() if isinstance(value, str)}
