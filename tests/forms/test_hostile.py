"""Definitions made to do harm: each is refused at once with file, place and reason, and never stops another."""

from __future__ import annotations

import io
import json
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk.forms import (
    FormEngine,
    PackageBundle,
    PackageError,
    bundle_from_folder,
    bundle_from_zip,
    load_package,
    load_packages,
)
from kiosk.forms.bundle import MAX_BUNDLE_BYTES, MAX_FILE_BYTES
from tests.forms import made
from tests.forms.made import Files, field, group, options, page, question, words
from tests.forms.walk import CTX

LIMIT_S = 20.0
"""A refusal takes milliseconds, seldom a second; what these definitions are after would take hours."""


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """Schemas and engines are loaded once."""
    made.package(page("warm", field("up")))


@contextmanager
def at_once() -> Iterator[None]:
    """The time of the processor, so that a busy machine does not count."""
    began = time.process_time()
    yield
    assert time.process_time() - began < LIMIT_S


def good() -> Files:
    return made.files(page("a", field("a")), page("b", field("b", "choice", options=options("x", "y"))))


def refused(files: Files) -> PackageError:
    bundle = made.bundle(files)
    with at_once(), pytest.raises(PackageError) as caught:
        load_package(bundle)
    error = caught.value
    assert error.file in files
    assert error.place.startswith(("/", "line "))
    assert 5 < len(error.reason) < 300
    return error


# ---- too much ---------------------------------------------------------------------------------------------------


def test_ten_thousand_pages() -> None:
    files = good()
    files["layout.json"]["pages"] = [page(f"p{n}", field(f"f{n}")) for n in range(10_000)]
    texts = {name: json.dumps(value) for name, value in files.items()}
    with at_once(), pytest.raises(PackageError) as caught:
        load_package(PackageBundle("made-up", 1, texts))
    assert caught.value.file == "layout.json"


def test_ten_thousand_short_pages() -> None:
    files = good()
    files["layout.json"]["pages"] = [{"id": "p", "kind": "question"}] * 10_000
    assert "at most 200" in refused(files).reason


def test_a_megabyte_of_label() -> None:
    files = good()
    files["layout.json"]["pages"][0]["fields"][0]["label"] = {"zh-Hans": "长" * 300_000, "en": "x"}
    error = refused(files)
    assert "characters long" in error.reason
    assert "长长" not in str(error)


def test_a_file_of_more_than_a_megabyte(tmp_path: Path) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "package.json").write_text(" " * (MAX_FILE_BYTES + 1))
    with at_once(), pytest.raises(PackageError, match="larger than"):
        bundle_from_folder(folder)


def test_a_hundred_thousand_values() -> None:
    files = good()
    texts = {name: json.dumps(value) for name, value in files.items()}
    texts["guide.json"] = "[" + ",".join("1" * 200_000) + "]"
    with at_once(), pytest.raises(PackageError, match="more than 100000 values") as caught:
        load_package(PackageBundle("made-up", 1, texts))
    assert caught.value.file == "guide.json"


def test_a_whole_number_written_with_a_point_is_that_number() -> None:
    files = good()
    files["layout.json"]["pages"].append(group("people", page("who", field("name")), least=1, most=2))
    files["form.schema.json"] = made.files(*files["layout.json"]["pages"])["form.schema.json"]
    texts = {name: json.dumps(value).replace('"min": 1', '"min": 1.0') for name, value in files.items()}
    assert '"min": 1.0' in texts["layout.json"]
    engine = FormEngine(load_package(PackageBundle("made-up", 1, texts)))
    assert engine.items({}, "people") == 1
    assert len(engine.pages({}, CTX)) == 4


def test_a_whole_number_of_three_hundred_figures() -> None:
    texts = {name: json.dumps(value) for name, value in good().items()}
    texts["guide.json"] = texts["guide.json"].replace('"minutes": 5', '"minutes": 1e300')
    with at_once(), pytest.raises(PackageError, match="is too large"):
        load_package(PackageBundle("made-up", 1, texts))


@pytest.mark.parametrize("opener", ["[", '{"a":'])
def test_a_file_nested_without_end(opener: str) -> None:
    texts = {name: json.dumps(value) for name, value in good().items()}
    texts["guide.json"] = opener * 90_000
    with at_once(), pytest.raises(PackageError, match=r"nested|JSON"):
        load_package(PackageBundle("made-up", 1, texts))


# ---- circles and depths -----------------------------------------------------------------------------------------


def test_two_pages_that_decide_on_each_other() -> None:
    files = good()
    first, second = files["layout.json"]["pages"]
    first["relevant"] = {"===": [{"var": "b"}, "x"]}
    second["relevant"] = {"===": [{"var": "a"}, "1"]}
    assert "asked later" in refused(files).reason


def test_a_page_that_decides_on_itself() -> None:
    files = good()
    files["layout.json"]["pages"][0]["relevant"] = {"===": [{"var": "a"}, "1"]}
    assert "asked later" in refused(files).reason


def test_sums_that_need_each_other() -> None:
    one, two = (field(f"s{n}", "money", computed={"var": f"s{3 - n}"}) for n in (1, 2))
    assert "asked later" in refused(made.files(page("s", one, two, kind="prefilled"))).reason


def test_a_group_entry_that_reads_its_own_group() -> None:
    inner = page("who", field("name", relevant={"some": [{"var": "form.people"}, True]}))
    assert "asked later" in refused(made.files(group("people", inner))).reason


@pytest.mark.parametrize("operator", ["!", "and", "cat", "<"])
def test_a_rule_without_a_bottom(operator: str) -> None:
    rule: Any = {"var": "a"}
    for _ in range(15 if operator == "<" else 30):
        rule = {operator: [rule, 1] if operator == "<" else [rule]}
    files = good()
    files["layout.json"]["pages"][1]["relevant"] = rule
    assert "deep" in refused(files).reason


def test_a_rule_without_an_end() -> None:
    files = good()
    files["layout.json"]["pages"][1]["relevant"] = {"and": [{"or": [{"var": "a"}] * 50} for _ in range(50)]}
    assert "more than 300" in refused(files).reason


# ---- references -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "#",
        "#/properties/a",
        "urn:kiosk:part:../../secret:1",
        "file:///etc/passwd",
        "https://evil.example/x",
        "urn:kiosk:package:common",
    ],
)
def test_a_reference_to_anything_but_a_part(name: str) -> None:
    files = good()
    files["form.schema.json"]["properties"]["a"] = {"$ref": name}
    assert "no part of this name" in refused(files).reason


def test_nests_of_references_that_would_grow_without_end() -> None:
    files = good()
    nest: Any = {"type": "string"}
    for _ in range(12):
        nest = {"$ref": "#/$defs/a", "$defs": {"a": nest, "b": nest}}
    files["form.schema.json"]["properties"]["a"] = nest
    assert "$defs" in refused(files).reason


def test_yaml_is_not_read() -> None:
    texts = {name: json.dumps(value) for name, value in good().items()}
    texts["guide.json"] = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    with at_once(), pytest.raises(PackageError, match="not JSON"):
        load_package(PackageBundle("made-up", 1, texts))


@pytest.mark.parametrize("pattern", ["(a|a)*" * 40, "(?=a)", "(a)\\1", "((a{1,100}){1,100}){1,100}", "a" * 301, "["])
def test_a_pattern_that_would_take_for_ever_or_is_none(pattern: str) -> None:
    files = good()
    files["form.schema.json"]["properties"]["a"]["pattern"] = pattern
    if pattern.startswith("(a|a)*"):
        # Not refused: what ruins other engines takes this one a moment.
        engine = FormEngine(load_package(made.bundle(files)))
        assert engine.check("a", "a" * 40 + "b", {}, CTX) is None
        return
    assert "pattern" in refused(files).reason


# ---- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("package.json", lambda f: f["package.json"].update(id="../../etc")),
        ("package.json", lambda f: f["package.json"].update(icon="../../icon")),
        ("layout.json", lambda f: f["layout.json"]["pages"][0].update(id="../a")),
        ("layout.json", lambda f: f["layout.json"]["pages"][0]["fields"][0].update(path="a/../../b")),
        ("layout.json", lambda f: f["layout.json"]["pages"][0]["fields"][0].update(path="__class__.x")),
        ("layout.json", lambda f: f["layout.json"]["pages"][0]["fields"][0].update(part="../x:1")),
        ("layout.json", lambda f: f["layout.json"]["pages"][0]["fields"][0].update(source="licence.../x.y")),
        ("form.schema.json", lambda f: f["form.schema.json"]["properties"].update({"../x": {"type": "string"}})),
        ("form.schema.json", lambda f: f["form.schema.json"]["properties"].update({"__proto__": {"type": "string"}})),
        ("form.schema.json", lambda f: f["form.schema.json"]["properties"].update({"region": {"type": "string"}})),
    ],
)
def test_a_name_that_leads_elsewhere(file: str, change: Callable[[Files], None]) -> None:
    files = good()
    change(files)
    error = refused(files)
    assert error.file == file


@pytest.mark.parametrize("name", ["today", "form", "region", "paper", "years_ago", "facts"])
def test_a_reserved_name_inside_a_group(name: str) -> None:
    assert "reserved" in refused(made.files(group("people", page("who", field(name))))).reason


def test_names_that_stand_twice() -> None:
    files = good()
    files["layout.json"]["pages"][1]["id"] = "a"
    assert "there twice" in refused(files).reason
    files = made.files(page("a", field("a")), questions=[question("scenario.q", "x", "y")])
    files["scenarios.json"]["questions"].append(files["scenarios.json"]["questions"][0])
    assert "there twice" in refused(files).reason
    texts = {name: json.dumps(value) for name, value in good().items()}
    texts["guide.json"] = '{"who": [], "who": []}'
    with at_once(), pytest.raises(PackageError, match="duplicate key"):
        load_package(PackageBundle("made-up", 1, texts))


@pytest.mark.parametrize("kind", ["slider", "FILE", "", None, 7, ["text"], {"var": "a"}])
def test_a_kind_that_nobody_knows(kind: Any) -> None:
    files = good()
    files["layout.json"]["pages"][0]["fields"][0]["kind"] = kind
    assert "kind" in refused(files).place


# ---- zip files --------------------------------------------------------------------------------------------------


def zipped(files: Files | None = None, *, deflate: bool = True, extra: list[tuple[Any, bytes]] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        for name, value in (good() if files is None else files).items():
            archive.writestr(name, json.dumps(value, ensure_ascii=False))
        for info, data in extra or ():
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unzipped(data: bytes) -> PackageError:
    with at_once(), pytest.raises(PackageError) as caught:
        bundle_from_zip(data)
    assert 5 < len(caught.value.reason) < 200
    return caught.value


def test_a_plain_zip_is_the_package() -> None:
    for deflate in (True, False):
        assert bundle_from_zip(zipped(deflate=deflate)).id == "made-up"
        assert load_package(bundle_from_zip(zipped(deflate=deflate))).title == words("样子")


def test_a_zip_bomb_is_not_inflated() -> None:
    error = unzipped(zipped({}, extra=[("guide.json", b" " * 100_000_000)]))
    assert (error.file, error.reason) == ("guide.json", f"larger than {MAX_FILE_BYTES} bytes")


def test_a_zip_bomb_that_lies_about_its_size() -> None:
    data = bytearray(zipped({}, extra=[("guide.json", b" " * 50_000_000)]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")  # inflated size in the directory
    unzipped(bytes(data))


def test_many_files_that_are_too_much_together() -> None:
    names = ["package.json", "guide.json", "layout.json", "result.json", "offices.json"]
    error = unzipped(zipped({}, extra=[(name, b" " * 900_000) for name in names]))
    assert (error.file, error.reason) == ("zip", f"inflates to more than {MAX_BUNDLE_BYTES} bytes")


@pytest.mark.parametrize(
    "name",
    [
        "../package.json",
        "/etc/passwd",
        "sub/package.json",
        "..\\package.json",
        "package.json/",
        "PACKAGE.JSON",
        "x.py",
        "a\x00b",
    ],
)
def test_a_zip_entry_with_a_way_in_its_name(name: str) -> None:
    info = zipfile.ZipInfo("package.json")
    info.filename = info.orig_filename = name
    assert "name" in unzipped(zipped({}, extra=[(info, b"{}")])).reason


def test_a_name_with_a_hidden_end() -> None:
    data = zipped({}, extra=[("guide.jsonXpy", b"{}")]).replace(b"guide.jsonXpy", b"guide.json\x00py")
    assert "name" in unzipped(data).reason


def test_links_folders_and_devices_in_a_zip() -> None:
    for kind in (stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO):
        info = zipfile.ZipInfo("guide.json")
        info.external_attr = (kind | 0o777) << 16
        assert "not a plain file" in unzipped(zipped({}, extra=[(info, b"/etc/passwd")])).reason


def test_an_encrypted_entry_one_twice_and_one_packed_otherwise() -> None:
    data = bytearray(zipped({}, extra=[("guide.json", b"{}")]))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in unzipped(bytes(data)).reason
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped({}, extra=[("guide.json", b"{}"), ("guide.json", b"[]")])
    assert "twice" in unzipped(twice).reason
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("guide.json", "{}")
    assert "not read here" in unzipped(out.getvalue()).reason


def test_ten_thousand_entries() -> None:
    assert "10000 entries" in unzipped(zipped({}, extra=[(f"f{n}", b"") for n in range(10_000)])).reason


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"not a zip", b"PK\x05\x06" + b"\xff" * 18, b"\x00" * (MAX_BUNDLE_BYTES + 1)]
)
def test_what_is_no_zip(data: bytes) -> None:
    assert unzipped(data).file == "zip"


def test_a_torn_zip_at_any_place() -> None:
    whole = zipped()
    for cut in range(0, len(whole), 97):
        unzipped(whole[:cut])
        spoilt = bytearray(whole)
        spoilt[cut] ^= 0xFF
        try:
            load_package(bundle_from_zip(bytes(spoilt)))
        except PackageError as error:
            assert error.reason


# ---- beside others ----------------------------------------------------------------------------------------------


def write(folder: Path, files: Files) -> None:
    folder.mkdir(parents=True)
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def test_one_bad_package_of_each_kind_never_stops_the_good_one(tmp_path: Path) -> None:
    write(tmp_path / "good", good())
    write(tmp_path / "later", good())  # the same id again
    other = good()
    other["package.json"]["title"] = words("另一个")
    write(tmp_path / "other", other)  # the same id and version with other content
    write(tmp_path / "newer", {**other, "package.json": {**other["package.json"], "version": 2}})
    for ident, text in (("deep", "[" * 50_000), ("half", '{"who'), ("nan", '{"a": NaN}'), ("none", "")):
        write(tmp_path / ident, {**good(), "package.json": {**good()["package.json"], "id": ident}})
        (tmp_path / ident / "guide.json").write_text(text)
    write(tmp_path / "link", {**good(), "package.json": {**good()["package.json"], "id": "link"}})
    (tmp_path / "link" / "guide.json").unlink()
    os.symlink("/etc/passwd", tmp_path / "link" / "guide.json")
    os.mkfifo(tmp_path / "link" / "result.jsonx")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "round").symlink_to(tmp_path / "about")
    (tmp_path / "about").symlink_to(tmp_path / "round")
    os.mkdir(os.fsencode(tmp_path) + b"/\xff")
    with at_once():
        report = load_packages(tmp_path)
    assert [package.id for package in report.packages] == ["made-up"]
    assert {error.file.split("/")[0] for error in report.errors} == {
        *("later", "other", "newer", "deep", "half", "nan", "none", "link", "loop", "round", "about", "\\udcff")
    }
    assert all(error.place and error.reason and str(error).encode() for error in report.errors)
