"""The store of a terminal as its settings say: with which key, how much room, how long, and for which terminal."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kiosk.domain.errors import SettingsError
from kiosk.ports.storage import CaseStore, Retention
from offline_cache import KeySource, SqliteStore, StoreView, find_key_source, open_store, open_view

if TYPE_CHECKING:
    from config.settings import Settings
    from kiosk.ports.clock import Clock

KV_PROVISIONED = "provisioned.as"
WAIT_S = 10.0


def keys_of(settings: Settings) -> KeySource:
    """Where this terminal's key comes from."""
    terminal = settings.terminal
    return find_key_source(terminal.state_dir, demo=terminal.demo, allow_file=terminal.allow_file_key)


def store_of(settings: Settings, clock: Clock) -> SqliteStore:
    """Open it for writing. Raises StoreError leaves, SecondCopy among them."""
    room = settings.store
    return open_store(
        settings.terminal.state_dir,
        clock=clock,
        keys=keys_of(settings),
        floor_bytes=room.floor_mb << 20,
        ballast_bytes=room.ballast_mb << 20,
    )


def view_of(settings: Settings) -> StoreView | None:
    """Look into it from outside; None when there is none yet. Raises StoreError leaves."""
    return open_view(settings.terminal.state_dir, keys=keys_of(settings))


def retention_of(settings: Settings) -> Retention:
    """How long what the centre holds stays here."""
    kept = settings.store
    return Retention(
        timedelta(hours=kept.ask_again_hours), timedelta(days=kept.keep_body_days), timedelta(days=kept.keep_row_days)
    )


def centre_host(url: str) -> str:
    """Which centre that is: another port is a proxy or a move, another machine is another centre."""
    host = urlsplit(url).hostname or ""
    return "this machine" if host in ("localhost", "::1") or host.startswith("127.") else host


def settle_identity(store: CaseStore, settings: Settings) -> None:
    """Keep whose store this is; refuse to serve as another terminal, or another centre's, while anything is unsent.

    A case bears the id of the terminal that took it and is promised to one centre. Blocks for the store. Raises
    SettingsError.
    """
    now = {"terminal": settings.terminal.id, "centre": centre_host(settings.centre.url)}
    kept = store.get(KV_PROVISIONED).result(WAIT_S)
    was = json.loads(kept) if kept is not None else now
    if was != now:
        outbox = store.outbox().result(WAIT_S)
        unsent = outbox.waiting + outbox.sending + outbox.parked + outbox.errands
        if unsent:
            raise SettingsError(
                f"this store belongs to {was['terminal']} of {was['centre']} and holds {unsent} unsent; set [terminal] "
                "id and [centre] url back and let them be sent, or take them away: ./run cases export FILE, then "
                "./run cases wipe --exported FILE"
            )
    if kept is None or was != now:
        store.put(KV_PROVISIONED, json.dumps(now)).result(WAIT_S)
