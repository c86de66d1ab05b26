"""`./run cases` on a terminal with unsent work: what it shows, exports, refuses and unlocks."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from config import NO_DRIVERS, Settings, load_settings
from kiosk.app import exits
from kiosk.app.cli import main
from kiosk.app.stores import retention_of, settle_identity, store_of
from kiosk.domain.errors import SettingsError
from kiosk.ports.storage import KV_SEALING_KEYS, Ended, Errand, ErrandKind, Park
from offline_cache import SqliteStore, key_ring, keys
from tests.contracts.samples import HandClock, answer, got, submission

KEY = urlsafe_b64encode(X25519PrivateKey.generate().public_key().public_bytes_raw()).rstrip(b"=").decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Settings of a terminal with its state beside them."""
    file = tmp_path / "kiosk.toml"
    file.write_text('[terminal]\nid = "YP0301"\nstate_dir = "state"\n[store]\nfloor_mb = 8\n', encoding="utf-8")
    return file


def settings_in(file: Path, *overrides: str) -> Settings:
    return load_settings(file, {}, overrides, drivers=NO_DRIVERS)


def opened(file: Path, *overrides: str) -> SqliteStore:
    return store_of(settings_in(file, *overrides), HandClock())


def fill(file: Path) -> None:
    """One case sent, one waiting, one parked, one errand; the centre's key is known."""
    store = opened(file)
    got(store.put(KV_SEALING_KEYS, json.dumps([KEY])))
    items = tuple(submission(number) for number in (1, 2, 3))
    got(store.commit(items))
    got(store.record(items[0].case_id, Ended(answer(items[0]))))
    got(store.record(items[1].case_id, Park("form:unknown-version")))
    got(store.add_errand(Errand(ErrandKind.RELEASE, "0123456789ABCDEF", b"token")))
    store.close()


def cases(file: Path, *arguments: str) -> int:
    return main(["cases", *arguments, "--settings", str(file)])


def events(file: Path) -> list[tuple[str, str | None]]:
    lines = (file.parent / "state/log/kiosk.jsonl").read_text().splitlines()
    return [(line["event"], line.get("code")) for line in map(json.loads, lines)]


def test_the_list_says_why_a_case_is_parked_and_that_errands_wait(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(file)
    assert cases(file, "list") == exits.OK
    told = capsys.readouterr().out
    assert "form:unknown-version" in told
    assert "1 errand waits" in told
    assert cases(file, "list", "--json") == exits.OK
    assert [row["state"] for row in json.loads(capsys.readouterr().out)] == ["accepted", "parked", "committed"]


def test_a_wipe_is_refused_while_anything_is_unsent_and_says_how_much(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(file)
    assert cases(file, "wipe") == exits.FAILED
    told = capsys.readouterr().err
    assert "2 cases, 1 errand" in told
    assert "export FILE" in told
    assert events(file) == [("store.wipe_refused", "unsent")]
    assert cases(file, "verify") == exits.OK


def test_after_a_whole_export_the_terminal_may_be_wiped(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(file)
    bundle = file.parent / "YP0301.kiosk"
    assert cases(file, "export", str(bundle)) == exits.OK
    assert "holds 2 cases and 1 errand," in capsys.readouterr().out
    assert cases(file, "export", str(bundle)) == exits.STORE, "an export is never written over"
    assert cases(file, "wipe", "--exported", str(bundle)) == exits.OK
    assert events(file) == [("store.wiped", "exported")]
    capsys.readouterr()
    assert cases(file, "list", "--json") == exits.OK
    assert json.loads(capsys.readouterr().out) == []


def test_an_export_that_lacks_what_came_later_allows_no_wipe(file: Path) -> None:
    fill(file)
    bundle = file.parent / "YP0301.kiosk"
    assert cases(file, "export", str(bundle)) == exits.OK
    store = opened(file)
    got(store.commit((submission(4),)))
    store.close()
    assert cases(file, "wipe", "--exported", str(bundle)) == exits.FAILED
    assert cases(file, "verify") == exits.OK


def test_nothing_is_exported_or_wiped_where_there_was_never_a_store(file: Path) -> None:
    assert cases(file, "export", str(file.parent / "x")) == exits.FAILED
    assert cases(file, "wipe") == exits.FAILED
    assert not (file.parent / "state").exists()


def test_what_needs_the_terminal_stopped_ends_with_5_while_it_runs(file: Path) -> None:
    fill(file)
    store = opened(file)
    try:
        assert cases(file, "wipe") == exits.SECOND_COPY
        assert cases(file, "export", str(file.parent / "x")) == exits.SECOND_COPY
        assert cases(file, "list") == exits.OK
    finally:
        store.close()


@pytest.mark.parametrize("wrong", [["export"], ["wipe", "x"], ["list", "--exported", "x"], ["unlock", "x"]])
def test_wrong_usage_ends_with_2(file: Path, wrong: list[str]) -> None:
    assert cases(file, *wrong) == exits.USAGE


@pytest.mark.parametrize("change", ["terminal.id=YP0999", "centre.url=https://other.example"])
def test_a_store_with_unsent_work_serves_no_other_terminal_and_no_other_centre(file: Path, change: str) -> None:
    fill(file)
    store = opened(file)
    settle_identity(store, settings_in(file))
    with pytest.raises(SettingsError, match=r"belongs to YP0301 .* holds 3 unsent.*cases export"):
        settle_identity(store, settings_in(file, change))
    settle_identity(store, settings_in(file))
    settle_identity(store, settings_in(file, "centre.url=http://localhost:9999"))  # a proxy in front of the same
    store.close()


def test_an_empty_store_may_become_another_terminal_s(file: Path) -> None:
    store = opened(file)
    settle_identity(store, settings_in(file))
    settle_identity(store, settings_in(file, "terminal.id=YP0999"))
    got(store.commit((submission(1),)))
    with pytest.raises(SettingsError, match="belongs to YP0999"):
        settle_identity(store, settings_in(file))
    store.close()


def test_the_terminal_itself_does_not_start_as_another_one(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(file)
    store = opened(file)
    settle_identity(store, settings_in(file))
    store.close()
    code = main(["kiosk", "--child", "--platform", "offscreen", "--settings", str(file), "--set", "terminal.id=YP0999"])
    assert code == exits.USAGE
    assert "holds 3 unsent" in capsys.readouterr().err


def test_the_settings_of_the_store_reach_it(file: Path) -> None:
    settings = settings_in(file, "store.floor_mb=9", "store.ask_again_hours=5", "store.keep_body_days=6")
    store = store_of(settings, HandClock())
    assert store.space().floor_bytes == 9 << 20
    store.close()
    kept = retention_of(settings)
    assert (kept.ask_again.total_seconds(), kept.keep_body.days, kept.keep_row.days) == (5 * 3600, 6, 180)


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"kiosk-test-{uuid4().hex}"
    monkeypatch.setattr(keys, "CREDENTIAL_NAME", name)
    try:
        key_ring.get(name, 1)
    except key_ring.NoKeyRing as error:
        pytest.skip(f"no key ring here: {error.strerror}")
    yield name
    key_ring.drop(name)


def test_a_locked_terminal_opens_with_the_key_that_a_person_brings_and_with_no_other(
    file: Path, ring: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = "terminal.allow_file_key=false"
    key = secrets.token_hex(32)

    def unlock(text: str) -> int:
        monkeypatch.setattr("sys.stdin", StringIO(text + "\n"))
        return cases(file, "unlock", "--set", locked)

    (file.parent / "state").mkdir()
    assert cases(file, "export", str(file.parent / "x"), "--set", locked) == exits.STORE
    assert "there is no key" in capsys.readouterr().err
    assert unlock("not hex") == exits.STORE
    assert unlock("00ff") == exits.STORE
    assert unlock(key) == exits.OK
    store = opened(file, locked)
    health = store.health()
    store.close()
    assert (health.key_source, health.encrypted) == ("key ring", True)
    assert "key lies beside the data" not in health.degraded
    assert unlock(secrets.token_hex(32)) == exits.STORE
    assert "another key" in capsys.readouterr().err
    opened(file, locked).close()
