"""The contract suite on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.ports.storage import CaseStore
from offline_cache import FileKeySource, MemoryStore, NoKeySource, open_store
from tests.contracts.samples import HandClock
from tests.contracts.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self, clock: HandClock) -> Iterator[CaseStore]:
        store = MemoryStore(clock)
        yield store
        store.close()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, clock: HandClock, tmp_path: Path) -> Iterator[CaseStore]:
        keys = FileKeySource(tmp_path / "key", demo=True)
        store = open_store(tmp_path, clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0)
        yield store
        store.close()


class TestPlainSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, clock: HandClock, tmp_path: Path) -> Iterator[CaseStore]:
        store = open_store(tmp_path, clock=clock, keys=NoKeySource(), floor_bytes=0, ballast_bytes=0)
        yield store
        store.close()
