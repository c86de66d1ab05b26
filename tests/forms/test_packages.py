"""Wrong packages are refused with file, place and reason, and never stop the others."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms import (
    FormEngine,
    PackageBundle,
    PackageError,
    bundle_from_folder,
    canonical_bytes,
    load_package,
    load_packages,
)
from kiosk.forms.bundle import line_of, parse_json
from tests.forms.walk import CARD, CTX, EMPTY, NOW

SERVICES = Path(__file__).parents[2] / "config" / "services"
Files = dict[str, Any]
SHOP = "open-restaurant"
PERMIT = "residence-permit-renewal"
CERTIFICATE = "social-insurance-certificate"


def parsed(ident: str) -> Files:
    return {name: json.loads(text) for name, text in bundle_from_folder(SERVICES / ident).files.items()}


def refused(ident: str, change: Callable[[Files], object]) -> PackageError:
    """The error of a package after one change."""
    files = copy.deepcopy(parsed(ident))
    change(files)
    head = files["package.json"]
    texts = {name: json.dumps(value, ensure_ascii=False, indent=2) for name, value in files.items()}
    with pytest.raises(PackageError) as caught:
        load_package(PackageBundle(head["id"], head["version"], texts))
    return caught.value


@dataclass(frozen=True)
class Bad:
    """One wrong package: the change that makes it so, and what the refusal says (``FILE#POINTER`` and a word of it)."""

    story: str
    ident: str
    change: Callable[[Files], object]
    place: str
    word: str


def put(place: str, value: Any) -> Callable[[Files], None]:
    """A change that sets (or with DELETE removes) the value at ``FILE#POINTER``."""
    file, _, pointer = place.partition("#/")
    *above, last = [int(step) if step.isdigit() else step for step in pointer.split("/")]

    def change(files: Files) -> None:
        node = files[file]
        for step in above:
            node = node[step]
        if value is DELETE:
            del node[last]
        else:
            node[last] = value

    return change


def bad(story: str, ident: str, where: str, value: Any, place: str, word: str) -> Bad:
    return Bad(story, ident, put(where, value), place, word)


DELETE = object()
OPTION = {"value": "x", "label": {"zh-Hans": "甲", "en": "A"}}


def options(count: int) -> list[dict[str, Any]]:
    return [{**OPTION, "value": f"v{n}"} for n in range(count)]


def first_page(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = files["layout.json"]["pages"][1]
    return found


BAD = [
    bad("missing translation", PERMIT, "guide.json#/after/en", DELETE, "guide.json#/after", "translation 'en'"),
    bad(
        "missing translation of an option",
        PERMIT,
        "layout.json#/pages/1/fields/0/options/2/label/zh-Hans",
        DELETE,
        "layout.json#/pages/1/fields/0/options/2/label",
        "translation 'zh-Hans'",
    ),
    bad("third language", PERMIT, "guide.json#/after/fr", "oui", "guide.json#/after", "'fr' is not known"),
    bad(
        "unknown kind of field",
        PERMIT,
        "layout.json#/pages/1/fields/0/kind",
        "slider",
        "layout.json#/pages/1/fields/0/kind",
        "slider",
    ),
    bad("unknown kind of item", PERMIT, "package.json#/kind", "game", "package.json#/kind", "game"),
    bad("unknown kind of page", PERMIT, "layout.json#/pages/1/kind", "popup", "layout.json#/pages/1/kind", "popup"),
    bad("unknown key", PERMIT, "package.json#/colour", "red", "package.json#/", "'colour' is not known"),
    bad(
        "eight choices",
        PERMIT,
        "layout.json#/pages/1/fields/0/options",
        options(8),
        "layout.json#/pages/1/fields/0/options",
        "at most 7",
    ),
    bad(
        "eight scenario choices",
        PERMIT,
        "scenarios.json#/questions/0/options",
        options(8),
        "scenarios.json#/questions/0/options",
        "at most 7",
    ),
    bad(
        "one choice",
        PERMIT,
        "layout.json#/pages/1/fields/0/options",
        options(1),
        "layout.json#/pages/1/fields/0/options",
        "at least 2",
    ),
    bad(
        "same page twice",
        PERMIT,
        "layout.json#/pages/2/id",
        "housing",
        "layout.json#/pages",
        "'housing' is there twice",
    ),
    bad(
        "same option twice",
        PERMIT,
        "layout.json#/pages/1/fields/0/options/1/value",
        "rent",
        "layout.json#/pages/1/fields/0/options",
        "'rent' is there twice",
    ),
    bad(
        "same material twice",
        PERMIT,
        "materials.json#/materials/1/id",
        "residence_registration",
        "materials.json#/materials",
        "there twice",
    ),
    bad(
        "same consent twice",
        "social-insurance-certificate",
        "package.json#/consents/1/id",
        "privacy",
        "package.json#/consents",
        "there twice",
    ),
    bad(
        "a licence is looked up that nobody is asked about",
        PERMIT,
        "package.json#/licences/0/type",
        "household_register",
        "package.json#/licences",
        "not offered for consent",
    ),
    bad(
        "same child twice",
        SHOP,
        "package.json#/children/1/id",
        "business-licence",
        "package.json#/children",
        "there twice",
    ),
    bad(
        "same child code twice",
        SHOP,
        "package.json#/children/1/code",
        "330999031001",
        "package.json#/children",
        "there twice",
    ),
    bad(
        "same rule id twice",
        CERTIFICATE,
        "decision.json#/rules/1/id",
        "conflict",
        "decision.json#/rules",
        "there twice",
    ),
    bad(
        "datum asked twice",
        PERMIT,
        "layout.json#/pages/5/fields/0/path",
        "applicant.name",
        "layout.json#/pages/5/fields/0/path",
        "asked twice",
    ),
    bad(
        "field without datum",
        PERMIT,
        "layout.json#/pages/5/fields/0/path",
        "residence.moon",
        "layout.json#/pages/5/fields/0/path",
        "not in form.schema.json",
    ),
    bad(
        "datum without field",
        PERMIT,
        "form.schema.json#/properties/study/properties/year",
        {"type": "string"},
        "form.schema.json#/properties/study/properties/year",
        "nobody asks",
    ),
    bad(
        "other choices in the schema",
        PERMIT,
        "form.schema.json#/properties/residence/properties/kind/enum",
        ["rent"],
        "form.schema.json#/properties/residence/properties/kind",
        "choices",
    ),
    bad(
        "type that does not fit",
        PERMIT,
        "form.schema.json#/properties/study/properties/school",
        {"type": "integer"},
        "form.schema.json#/properties/study/properties/school",
        "type of",
    ),
    bad(
        "schema keyword outside the subset",
        PERMIT,
        "form.schema.json#/properties/study/allOf",
        [],
        "form.schema.json#/properties/study",
        "allOf",
    ),
    bad(
        "open object",
        PERMIT,
        "form.schema.json#/properties/study/additionalProperties",
        True,
        "form.schema.json#/properties/study",
        "additionalProperties",
    ),
    bad(
        "reference to elsewhere",
        PERMIT,
        "form.schema.json#/properties/study/properties/school",
        {"$ref": "http://127.0.0.1/x"},
        "form.schema.json#/properties/study/properties/school/$ref",
        "no part",
    ),
    bad(
        "part of another version",
        PERMIT,
        "form.schema.json#/properties/residence/properties/host",
        {"$ref": "urn:kiosk:part:name:9"},
        "form.schema.json#/properties/residence/properties/host/$ref",
        "no part",
    ),
    bad(
        "no 2020-12 schema",
        PERMIT,
        "form.schema.json#/$schema",
        "http://json-schema.org/draft-07/schema#",
        "form.schema.json#/",
        "2020-12",
    ),
    bad(
        "schema that is none",
        PERMIT,
        "form.schema.json#/properties/study/properties/school/maxLength",
        "x",
        "form.schema.json#/properties/study/properties/school/maxLength",
        "not of type",
    ),
    bad(
        "back-reference in a pattern",
        SHOP,
        "form.schema.json#/properties/enterprise/properties/name_number/pattern",
        "(a)\\1",
        "form.schema.json#/properties/enterprise/properties/name_number/pattern",
        "not an RE2 pattern",
    ),
    bad(
        "look-ahead in a pattern",
        SHOP,
        "form.schema.json#/properties/enterprise/properties/name_number/pattern",
        "(?=a)b",
        "form.schema.json#/properties/enterprise/properties/name_number/pattern",
        "not an RE2 pattern",
    ),
    bad(
        "pattern that eats memory",
        SHOP,
        "form.schema.json#/properties/enterprise/properties/name_number/pattern",
        "((a{100}){100}){100}",
        "form.schema.json#/properties/enterprise/properties/name_number/pattern",
        "not an RE2 pattern",
    ),
    bad(
        "reserved name",
        PERMIT,
        "form.schema.json#/properties/today",
        {"type": "string"},
        "form.schema.json#/properties/today",
        "reserved",
    ),
    bad(
        "unknown path in a rule",
        PERMIT,
        "layout.json#/pages/5/relevant",
        {"var": "residence.moon"},
        "layout.json#/pages/5/relevant",
        "'residence.moon' is not a path",
    ),
    bad(
        "rule that reads a later answer",
        PERMIT,
        "layout.json#/pages/1/relevant",
        {"var": "applicant.phone"},
        "layout.json#/pages/1/relevant",
        "asked later",
    ),
    bad(
        "rule that reads itself",
        PERMIT,
        "layout.json#/pages/1/relevant",
        {"var": "residence.kind"},
        "layout.json#/pages/1/relevant",
        "asked later",
    ),
    bad(
        "loose equality",
        PERMIT,
        "layout.json#/pages/5/relevant",
        {"==": [1, 1]},
        "layout.json#/pages/5/relevant",
        "===",
    ),
    bad(
        "unknown operator deep in a rule",
        PERMIT,
        "materials.json#/materials/1/relevant",
        {"and": [True, {"exec": ["rm"]}]},
        "materials.json#/materials/1/relevant/and/1",
        "'exec'",
    ),
    bad(
        "rule in a group that forgets the form key",
        SHOP,
        "layout.json#/pages/13/repeat/pages/4/relevant",
        {"var": "shop.sign"},
        "layout.json#/pages/13/repeat/pages/4/relevant",
        "form.shop.sign",
    ),
    bad(
        "decision about an undeclared fact",
        CERTIFICATE,
        "decision.json#/rules/0/when",
        {"var": "facts.luck"},
        "decision.json#/rules/0/when",
        "facts.luck",
    ),
    bad("grant without a document", CERTIFICATE, "decision.json#/document", DELETE, "decision.json#/rules", "document"),
    Bad(
        "certificate without rules",
        CERTIFICATE,
        lambda f: f.pop("decision.json"),
        "package.json#/kind",
        "decision.json",
    ),
    bad(
        "rule named otherwise",
        CERTIFICATE,
        "decision.json#/rules/0/id",
        "otherwise",
        "decision.json#/rules/0/id",
        "last resort",
    ),
    bad("bundle without children", SHOP, "package.json#/children", DELETE, "package.json#/kind", "children"),
    bad(
        "material of the city with a way",
        PERMIT,
        "materials.json#/materials/0/ways",
        ["promise"],
        "materials.json#/materials/0/ways",
        "never asked",
    ),
    bad(
        "material without a way",
        PERMIT,
        "materials.json#/materials/1/ways",
        [],
        "materials.json#/materials/1/ways",
        "at least one way",
    ),
    bad(
        "repeat that disagrees with the schema",
        SHOP,
        "layout.json#/pages/13/repeat/max",
        9,
        "layout.json#/pages/13/repeat",
        "maxItems",
    ),
    bad(
        "repeat turned round",
        SHOP,
        "layout.json#/pages/13/repeat/min",
        9,
        "layout.json#/pages/13/repeat/min",
        "larger than max",
    ),
    bad(
        "repeat over no list",
        SHOP,
        "layout.json#/pages/13/repeat/path",
        "shop",
        "layout.json#/pages/13/repeat/path",
        "not a list",
    ),
    bad(
        "source in a group",
        SHOP,
        "layout.json#/pages/13/repeat/pages/0/fields/0/source",
        "card.name",
        "layout.json#/pages/13/repeat/pages/0/fields/0/source",
        "no source",
    ),
    bad(
        "unknown source",
        PERMIT,
        "layout.json#/pages/0/fields/0/source",
        "card.portrait",
        "layout.json#/pages/0/fields/0/source",
        "form asked",
    ),
    bad(
        "prefilled without source",
        PERMIT,
        "layout.json#/pages/0/fields/0/source",
        DELETE,
        "layout.json#/pages/0/fields/0",
        "needs a source",
    ),
    Bad(
        "choice with company",
        PERMIT,
        lambda f: first_page(f)["fields"].append(f["layout.json"]["pages"].pop(4)["fields"][0]),
        "layout.json#/pages/1",
        "asks nothing else",
    ),
    bad(
        "choice without options",
        PERMIT,
        "layout.json#/pages/1/fields/0/options",
        DELETE,
        "layout.json#/pages/1/fields/0",
        "needs options",
    ),
    bad(
        "region that is no question",
        PERMIT,
        "offices.json#/path",
        "residence.address",
        "offices.json#/path",
        "not a region",
    ),
    bad("regions without path", PERMIT, "offices.json#/path", DELETE, "offices.json#/", "belong together"),
    bad(
        "scenario outside its place",
        PERMIT,
        "scenarios.json#/questions/0/path",
        "residence.kind",
        "scenarios.json#/questions/0/path",
        "scenario.",
    ),
    bad(
        "cannot without where else",
        PERMIT,
        "scenarios.json#/questions/0/cannot/0/elsewhere",
        DELETE,
        "scenarios.json#/questions/0/cannot/0",
        "'elsewhere' is missing",
    ),
    bad("identify without a way", PERMIT, "package.json#/identify", [], "package.json#/identify", "exactly when"),
    bad("unknown device", PERMIT, "package.json#/devices", ["camera"], "package.json#/devices/0", "camera"),
    bad("unknown life event", PERMIT, "package.json#/life_event", "party", "package.json#/life_event", "party"),
    bad(
        "unknown activity",
        PERMIT,
        "package.json#/activities",
        ["guide", "dance", "submit"],
        "package.json#/activities/1",
        "dance",
    ),
    Bad(
        "activities without submit",
        PERMIT,
        lambda f: f["package.json"]["activities"].remove("submit"),
        "package.json#/activities",
        "'submit' is missing",
    ),
    Bad(
        "materials nobody shows",
        PERMIT,
        lambda f: f["package.json"]["activities"].remove("materials"),
        "package.json#/activities",
        "materials",
    ),
    bad(
        "promise longer than the law",
        PERMIT,
        "guide.json#/promised_workdays",
        99,
        "guide.json#/promised_workdays",
        "statutory",
    ),
    bad("megabyte label", PERMIT, "package.json#/title/en", "x" * 900000, "package.json#/title/en", "at most 72"),
    bad(
        "ten thousand pages",
        PERMIT,
        "layout.json#/pages",
        [{"id": "p", "kind": "question"}] * 10000,
        "layout.json#/pages",
        "at most 200",
    ),
    bad("future format", PERMIT, "package.json#/format", 2, "package.json#/format", "allowed: 1"),
    bad(
        "result without received",
        PERMIT,
        "result.json#/by_status/received",
        DELETE,
        "result.json#/by_status",
        "'received' is missing",
    ),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.story)
def test_a_wrong_package_is_refused_with_file_place_and_reason(case: Bad) -> None:
    error = refused(case.ident, case.change)
    assert f"{error.file}#{error.place.split(' (line ')[0]}" == case.place
    assert case.word in error.reason
    assert str(error) == f"{error.file}: {error.place}: {error.reason}"
    assert len(str(error)) < 400


def test_a_package_in_use_is_given_again_and_another_content_is_checked() -> None:
    bundle = bundle_from_folder(SERVICES / PERMIT)
    first = load_package(bundle)
    assert load_package(PackageBundle(bundle.id, bundle.version, dict(bundle.files))) is first

    head = {**json.loads(bundle.files["package.json"]), "version": bundle.version + 1}
    other = {**bundle.files, "package.json": json.dumps(head)}
    assert load_package(PackageBundle(bundle.id, bundle.version + 1, other)).version == first.version + 1
    with pytest.raises(PackageError):
        load_package(PackageBundle(bundle.id, bundle.version + 1, bundle.files))


def test_the_line_of_a_mistake_is_told() -> None:
    error = refused(PERMIT, put("package.json#/kind", "game"))
    text = json.dumps({**parsed(PERMIT)["package.json"], "kind": "game"}, ensure_ascii=False, indent=2)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if '"kind"' in row)
    assert error.place == f"/kind (line {line})"


# ---- bytes and folders ------------------------------------------------------------------------------------------


def copied(tmp_path: Path, ident: str = PERMIT) -> Path:
    folder = tmp_path / ident
    shutil.copytree(SERVICES / ident, folder)
    return folder


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ('{"a": 1,\n "b": 2,\n "a": 3}', "line 3", 'duplicate key "a"'),
        ('{"a": {"b": 1, "b": 1}}', "line 1", "duplicate key"),
        ('{"a": 1', "line 1", "not JSON"),
        ("", "line 1", "not JSON"),
        ('{"a": NaN}', "/", "NaN"),
        ('{"a": 1e999}', "/", "too large"),
        ('{"a": 123456789012345678901234567890}', "/", "too large"),
        ('{"a": "\\ud800"}', "/", "half a character"),
        ("[" * 60 + "]" * 60, "/", "deeper than 40"),
        ("[" * 200_000, "/", "nested"),
        ("[" + "1," * 200_000 + "1]", "/", "100000 values"),
    ],
)
def test_text_that_is_not_plain_json_is_refused(text: str, place: str, word: str) -> None:
    with pytest.raises(PackageError) as caught:
        parse_json(text, "x.json")
    assert caught.value.place == place
    assert word in caught.value.reason


def test_a_link_in_a_package_is_never_followed(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (folder / "guide.json").unlink()
    (folder / "guide.json").symlink_to(secret)
    with pytest.raises(PackageError, match=r"guide\.json: /: is a link"):
        load_package(folder)
    link = tmp_path / "link"
    link.symlink_to(SERVICES / PERMIT)
    with pytest.raises(PackageError, match="not a folder of its own"):
        load_package(link)


@pytest.mark.parametrize("name", ["../guide.json", "notes.txt", "sub/guide.json", "/etc/passwd", "guide.json\n"])
def test_a_file_name_that_does_not_belong_is_refused_in_a_bundle(name: str) -> None:
    bundle = bundle_from_folder(SERVICES / PERMIT)
    raw = canonical_bytes({"id": bundle.id, "version": 1, "files": {**bundle.files, name: "{}"}})
    with pytest.raises(PackageError, match="no file of this name"):
        PackageBundle.from_bytes(raw)


def test_strange_things_in_a_folder_are_refused_unread(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "result.json").unlink()
    os.mkfifo(folder / "result.json")
    with pytest.raises(PackageError, match="not a plain file"):
        load_package(folder)
    (folder / "result.json").unlink()
    with pytest.raises(PackageError, match=r"result\.json: /: file is missing"):
        load_package(folder)
    (folder / "result.json").mkdir()
    with pytest.raises(PackageError, match=r"result\.json"):
        load_package(folder)
    (folder / "result.json").rmdir()
    (folder / "result.json").write_bytes(b" " * 1_000_001)
    with pytest.raises(PackageError, match="larger than"):
        load_package(folder)
    (folder / "result.json").write_bytes(b"\xff\xfe")
    with pytest.raises(PackageError, match="not UTF-8"):
        load_package(folder)
    with pytest.raises(PackageError, match="not a folder"):
        load_package(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("ident", "version"),
    [
        ("../up", 1),
        ("Up", 1),
        ("", 1),
        (5, 1),
        ("a" * 61, 1),
        ("fine", 0),
        ("fine", True),
        ("fine", "1"),
        ("fine", 10**7),
    ],
)
def test_a_bad_id_or_version_is_refused(ident: object, version: object) -> None:
    files = dict(bundle_from_folder(SERVICES / PERMIT).files)
    with pytest.raises(PackageError):
        PackageBundle.from_bytes(canonical_bytes({"id": ident, "version": version, "files": files}))


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"\xff", b'{"id":"a"}', b'{"files":[],"id":"a","version":1}', b" " * 4_000_001]
)
def test_rubbish_for_a_bundle_is_refused(raw: bytes) -> None:
    with pytest.raises(PackageError):
        PackageBundle.from_bytes(raw)


def test_a_bundle_whose_name_is_not_the_name_inside_is_refused() -> None:
    files = bundle_from_folder(SERVICES / PERMIT).files
    with pytest.raises(PackageError, match="not those of the bundle"):
        load_package(PackageBundle("another-item", 1, files))


def test_a_bundle_travels_and_comes_back_the_same_with_the_same_hash() -> None:
    bundle = bundle_from_folder(SERVICES / SHOP)
    again = PackageBundle.from_bytes(bundle.to_bytes())
    assert again == bundle
    assert again.sha256 == bundle.sha256 == load_package(again).sha256
    assert load_package(again) == load_package(SERVICES / SHOP)


def test_one_bad_package_never_stops_the_others(tmp_path: Path) -> None:
    root = tmp_path / "services"
    for ident in ("complaint-12345", SHOP, PERMIT, CERTIFICATE):
        shutil.copytree(SERVICES / ident, root / ident)
    (root / SHOP / "layout.json").write_text("{")
    shutil.copytree(root / PERMIT, root / "zz-copy")
    (root / "empty").mkdir()
    (root / ".hidden").mkdir()
    (root / "readme.txt").write_text("x")
    report = load_packages(root)
    assert [p.id for p in report.packages] == ["complaint-12345", PERMIT, CERTIFICATE]
    assert [e.file for e in report.errors] == ["empty/package.json", f"{SHOP}/layout.json", "zz-copy/package.json"]
    assert "already has the id" in report.errors[2].reason
    assert load_packages(tmp_path / "nowhere").packages == ()
    assert len(load_packages(tmp_path / "nowhere").errors) == 1


def test_lines_are_found_by_json_pointer() -> None:
    text = '{\n "a": [\n  {"b/c": 1},\n  {"~": {"d":\n 2}}\n ]\n}'
    assert line_of(text, "/") == 1
    assert line_of(text, "/a/0/b~1c") == 3
    assert line_of(text, "/a/1/~0/d") == 5
    assert line_of(text, "/a/7") is None
    assert line_of(text, "/a/0/b~1c/deeper") is None


@pytest.mark.parametrize("value", [float("nan"), 2**60, "\ud800", {1: 2}])
def test_what_has_no_canonical_form_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="canonical"):
        canonical_bytes(value)


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    assert canonical_bytes({"b": [1.0, "\u20ac", None], "a": True}) == '{"a":true,"b":[1,"€",null]}'.encode()


# ---- anything at any place --------------------------------------------------------------------------------------

ANYTHING: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**9,
    1.5,
    "",
    "x" * 300,
    "a.b",
    "../../x",
    [],
    {},
    [[]],
    {"zh-Hans": "甲", "en": "A"},
    {"var": "x"},
    {"===": []},
    {"$ref": "#"},
    {"type": "object"},
)


EVERY_WORD = (
    *(SHOP, PERMIT, CERTIFICATE, "complaint-12345", "marriage-booking", "provident-fund-withdrawal"),
    *("real-estate-transfer", "senior-allowance", "minor-hk-permit"),
)
"""Packages that together use every file and word of the format."""


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inner:
        yield from places(below, (*at, name))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_value_at_any_place_is_refused_in_words_or_gives_a_package_that_works(data: st.DataObject) -> None:
    ident = data.draw(st.sampled_from(EVERY_WORD))
    files = parsed(ident)
    version = files["package.json"]["version"]
    file = data.draw(st.sampled_from(sorted(files)))
    where = data.draw(st.sampled_from(list(places(files[file]))))
    value = data.draw(st.sampled_from(ANYTHING))
    if where:
        node = files[file]
        for step in where[:-1]:
            node = node[step]
        node[where[-1]] = value
    else:
        files[file] = value
    texts = {name: json.dumps(below, ensure_ascii=False) for name, below in files.items()}
    try:
        package = load_package(PackageBundle(ident, version, texts))
    except PackageError as error:
        assert error.file in texts
        assert len(str(error)) < 500
        return
    engine = FormEngine(package)
    answers = engine.prefill(CARD, {}, EMPTY, CTX, NOW)
    engine.pages(answers, CTX)
    engine.materials(answers, {}, CTX)
    engine.precheck(answers, {}, {}, CTX)
    for need in engine.parties(answers, CTX):
        engine.sees(need, answers, CTX)
    engine.validate(engine.data(answers, CTX), CTX)
