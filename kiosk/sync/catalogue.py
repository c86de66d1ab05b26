"""Fetching the catalogue and its packages: a bad one is refused, the others work, all become visible at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kiosk.ports.central import (
    CallFault,
    CaseApi,
    Catalogue,
    CatalogueItem,
    LoginNeeded,
    NotModified,
    PackageDownload,
    PackageRefused,
    Rejected,
    RetryLater,
)
from kiosk.ports.storage import (
    KV_CATALOGUE_ETAG,
    KV_CATALOGUE_REFUSED,
    KV_CATALOGUE_VERSION,
    CaseStore,
    PackagePut,
)
from kiosk.sync.options import STORE_WAIT_S

log = logging.getLogger("kiosk.sync")

AcceptPackage = Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The refresh ran. `changed` True when other packages are active than before; `refused` only names new ones."""

    changed: bool
    count: int
    refused: tuple[PackageRefused, ...]


@dataclass(slots=True)
class CatalogueRefresh:
    """Remembers what it refused in this run, so that a bad package is not downloaded again and again."""

    store: CaseStore
    api: CaseApi
    accept: AcceptPackage
    _refused: dict[str, str] = field(default_factory=dict)

    def run(self) -> Refreshed | CallFault:
        """One refresh. Raises StoreError when the store fails."""
        etag = self.store.get(KV_CATALOGUE_ETAG).result(STORE_WAIT_S)
        answer = self.api.catalogue(etag)
        match answer:
            case NotModified():
                count = len(self.store.active_packages().result(STORE_WAIT_S))
                return Refreshed(False, count, ())
            case Catalogue():
                return self._take(answer)
            case _:
                return answer

    def _take(self, catalogue: Catalogue) -> Refreshed | CallFault:
        before = {row.id: row.version for row in self.store.active_packages().result(STORE_WAIT_S)}
        if not catalogue.items:
            # A centre without a single item is a centre that is not set up: what was fetched last stays.
            log.warning("empty catalogue ignored")
            return Refreshed(False, len(before), ())
        chosen: dict[str, int] = {}
        reasons: dict[str, str] = {}
        fresh: list[PackageRefused] = []
        whole = True
        for item in catalogue.items:
            outcome = self._fetch(item)
            if isinstance(outcome, RetryLater | LoginNeeded):
                return outcome
            if outcome is None:
                chosen[item.id] = item.version
                continue
            whole = False
            reasons[f"{item.id} {item.version}"] = outcome.reason
            if outcome.new:
                fresh.append(PackageRefused(item.id, item.version, outcome.reason))
            if item.id in before:
                chosen[item.id] = before[item.id]
        changed = chosen != before
        if changed:
            self.store.activate_packages(tuple(chosen.items())).result(STORE_WAIT_S)
        values: Mapping[str, str | None] = {
            # Only a catalogue that was taken whole is remembered, so that what was refused is asked for again.
            KV_CATALOGUE_ETAG: catalogue.etag if whole else None,
            KV_CATALOGUE_VERSION: catalogue.version,
            KV_CATALOGUE_REFUSED: json.dumps(reasons, ensure_ascii=False) if reasons else None,
        }
        self.store.put_many(values).result(STORE_WAIT_S)
        return Refreshed(changed, len(chosen), tuple(fresh))

    def _fetch(self, item: CatalogueItem) -> _No | RetryLater | LoginNeeded | None:
        """None when the item's package is stored and good."""
        known = self.store.package(item.id, item.version).result(STORE_WAIT_S)
        if known is not None:
            return None if known.sha256 == item.sha256 else self._no(item, "same version, other content", keep=True)
        if item.sha256 in self._refused:
            return _No(self._refused[item.sha256], new=False)
        answer = self.api.package(item.id, item.version)
        match answer:
            case RetryLater() | LoginNeeded():
                return answer
            case Rejected(problem_type):
                return self._no(item, problem_type)
            case PackageDownload(bundle, sha256, etag):
                if sha256 != item.sha256:
                    return self._no(item, "content does not have the announced hash")
            case _:
                return self._no(item, "no usable answer")
        reason = self._judge(bundle) or _other_name(bundle, item)
        if reason is not None:
            return self._no(item, reason, keep=True)
        put = self.store.put_package(item.id, item.version, sha256, bundle, etag).result(STORE_WAIT_S)
        if put in (PackagePut.STORED, PackagePut.SAME):
            return None
        return self._no(item, put.value)

    def _judge(self, bundle: bytes) -> str | None:
        try:
            return self.accept(bundle)
        except Exception as error:  # a package must never stop the terminal, whatever its checker trips over
            log.error("package checker failed: %s", type(error).__name__)
            return f"checker failed ({type(error).__name__})"

    def _no(self, item: CatalogueItem, reason: str, *, keep: bool = False) -> _No:
        """`keep` for a verdict on the bytes themselves: the same bytes are not fetched again in this run."""
        new = self._refused.get(item.sha256) != reason
        if keep:
            self._refused[item.sha256] = reason
        return _No(reason, new=new)


@dataclass(frozen=True, slots=True)
class _No:
    reason: str
    new: bool


def _other_name(bundle: bytes, item: CatalogueItem) -> str | None:
    """Why a good package is not the one that was announced; its bytes have been judged before."""
    head = json.loads(bundle)
    if (head["id"], head["version"]) != (item.id, item.version):
        return "another id or version than announced"
    return None
