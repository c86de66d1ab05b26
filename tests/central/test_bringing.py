"""A terminal's sealed export, brought on a stick: filed like what comes by the line, once, and never half."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from central.__main__ import main, parse
from central.app import Options
from central.bringing import Brought, NoExport, bring
from central.server import bring_in
from kiosk.forms import canonical_bytes
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import Errand, ErrandKind, Submission
from offline_cache.export import write_export
from tests.central.samples import case
from tests.central.support import Running, new_id, sha256
from tests.central.test_papers import JPEG, file, with_papers
from tests.central.test_parked import claim, envelope, parked_now
from tests.central.test_sealed import KINDS, public_keys


def submission(centre: Running, told: dict[str, Any], *files: bytes) -> tuple[str, Submission]:
    body, item = canonical_bytes(told), told["item"]
    return told["case_id"], Submission(
        case_id=told["case_id"],
        parent_id=told["parent_id"],
        item_id=item["id"],
        item_version=item["version"],
        package_sha256=item["package_sha256"],
        trace_id=told["trace_id"],
        session="visit",
        created=datetime.fromisoformat(told["created_at"]),
        body=body,
        sha256=sha256(body),
        kind=KINDS[item["id"]],
        files=tuple(LocalFile(sha256(data), "image/jpeg", data) for data in files),
    )


def brought(centre: Running, path: Path) -> list[Brought]:
    return list(bring(path, centre.centre.cases, centre.centre.parked))


def test_what_a_terminal_exports_is_filed_with_its_files_and_a_second_time_changes_nothing(
    centre: Running, tmp_path: Path
) -> None:
    page = JPEG + b"on a stick"
    told, plain = with_papers(centre, file(page)), case(centre)
    parked_id, work = "0123456789ABCDEF", envelope(centre, "0123456789ABCDEF")
    done = parked_now(centre)
    token = claim(centre, "lin", done).json["release"]
    errands = [Errand(ErrandKind.PARK, parked_id, work), Errand(ErrandKind.RELEASE, done, token.encode())]
    key = public_keys(centre)[0]
    cases = [submission(centre, told, page), submission(centre, plain)]
    write_export(tmp_path / "export.zip", cases, errands, key)

    first, again = brought(centre, tmp_path / "export.zip"), brought(centre, tmp_path / "export.zip")

    assert [one.filed for one in first + again] == [True] * 8
    assert [one.word.split()[0] for one in first] == ["stored", "stored", "kept", "released"]
    assert [one.word.split()[0] for one in again] == ["known", "known", "known", "released"]
    assert centre.client.put_case(canonical_bytes(told)).status == 200
    assert claim(centre, "lin", parked_id).status == 200
    assert claim(centre, "lin", done).problem == "work-unknown"


def test_what_is_refused_is_said_and_the_rest_is_filed(centre: Running, tmp_path: Path) -> None:
    path, key = tmp_path / "export.zip", public_keys(centre)[0]
    wrong, lost = case(centre, data={}), with_papers(centre, file(JPEG + b"left behind"))
    good = case(centre)
    write_export(path, [submission(centre, one) for one in (wrong, lost, good)] + [(new_id(), b"damaged")], [], key)

    told = brought(centre, path)

    assert [(one.filed, one.word.split()[0]) for one in told] == [
        (False, "case-invalid"),
        (False, "1"),
        (True, "stored"),
        (False, "the"),
    ]


def tampered(path: Path, change: str) -> None:
    content = b"\x00" * 50
    manifest: dict[str, Any] = {"schema": 1, "cases": [], "errands": [], "failed": []}
    entry = {"case_id": new_id(), "sha256": "0" * 64, "file": "cases/x", "is": hashlib.sha256(content).hexdigest()}
    manifest["cases"].append({**entry, "is": "0" * 64} if change == "other bytes" else entry)
    how = zipfile.ZIP_DEFLATED if change == "compressed" else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", how) as bundle:
        if change != "not there":
            bundle.writestr("cases/x", content)
        if change == "another errand":
            manifest["errands"].append({"kind": "wipe", "id": "x", "file": "cases/x", "is": entry["is"]})
        if change == "open token":
            manifest["errands"].append({"kind": "release", "id": "x", "file": "cases/x", "is": entry["is"]})
        told = {"schema": 2} if change == "version" else manifest
        bundle.writestr("manifest.json", "{" if change == "manifest" else json.dumps(told), zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("other bytes", "damaged"),
        ("compressed", "damaged"),
        ("not there", "damaged"),
        ("nothing", "seal-broken"),
        ("another errand", "another"),
        ("open token", "seal-broken"),
    ],
)
def test_a_damaged_entry_is_refused(centre: Running, tmp_path: Path, change: str, word: str) -> None:
    tampered(tmp_path / "export.zip", change)
    told = brought(centre, tmp_path / "export.zip")[-1]
    assert (told.filed, told.word.split()[0]) == (False, word)


@pytest.mark.parametrize("change", ["version", "manifest"])
def test_what_is_no_export_files_nothing(centre: Running, tmp_path: Path, change: str) -> None:
    tampered(tmp_path / "export.zip", change)
    with pytest.raises(NoExport):
        brought(centre, tmp_path / "export.zip")


def test_the_command_says_what_became_of_each_and_ends_with_one_when_any_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tampered(tmp_path / "export.zip", "nothing")
    (tmp_path / "other.zip").write_bytes(b"no zip")
    options = Options(tmp_path, f"sqlite:///{tmp_path / 'central.sqlite'}", residents=5)

    assert bring_in(options, tmp_path / "export.zip") == 1

    told = capsys.readouterr().out.splitlines()
    assert "REFUSED seal-broken" in told[0]
    assert told[1] == "0 filed, 1 refused"
    assert bring_in(options, tmp_path / "other.zip") == 2
    with pytest.raises(SystemExit) as refused:
        parse(["--import", str(tmp_path / "none.zip")])
    assert refused.value.code == 2


def test_the_command_makes_another_key_and_keeps_the_old_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [main(["--rotate-sealing-key", "--state", str(tmp_path)]) for _ in range(2)] == [0, 0]
    assert len(set(capsys.readouterr().out.split())) == 2
    assert len(json.loads((tmp_path / "sealing-keys.json").read_bytes())["keys"]) == 3
