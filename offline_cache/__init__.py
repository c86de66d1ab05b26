"""The terminal's store: one SQLite file, one writer, one envelope per unsent case beside it.

`open_store` gives the `CaseStore` the program uses; `open_view` reads the same file while the program runs;
`MemoryStore` passes the same contract suite without a disk.
"""

from offline_cache.keys import CredentialKeySource, FileKeySource, KeySource, NoKeySource, find_key_source
from offline_cache.memory import MemoryStore
from offline_cache.store import SqliteStore, open_store
from offline_cache.view import StoreView, open_view
from offline_cache.wipe import wipe_state

__all__ = [
    "CredentialKeySource",
    "FileKeySource",
    "KeySource",
    "MemoryStore",
    "NoKeySource",
    "SqliteStore",
    "StoreView",
    "find_key_source",
    "open_store",
    "open_view",
    "wipe_state",
]
