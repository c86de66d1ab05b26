"""Reusable parts: changed in one place for every item, and a released version keeps its shape; places and nations."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from kiosk.forms import (
    FormEngine,
    PackageError,
    area_children,
    area_name,
    canonical_bytes,
    load_package,
    nation_name,
    nations,
)
from kiosk.forms.areas import area_fits, known_area
from kiosk.forms.schema import PARTS, parts_in, shape
from tests.forms import made
from tests.forms.made import field, page
from tests.forms.walk import CTX, EMPTY, NOW, typed

RELEASED = {
    "address:1": "1a4500201734b92e477ea7fbc1fdc6614fa50a56dac20deec3de964ca28477bf",
    "area:1": "bb25ecaeb3a17ee14a5cfe4948f2750cd9a0a51be03d464f417c672d024d2450",
    "date:1": "f39d8bfbb7c40c7e5556ac6e0abcfc5617c35ddbec75e191bfee078df36de79c",
    "file:1": "c7c801a1b115a3b78c346d46220dbede9c547173d2e238839afd574479e98638",
    "id_number:1": "42c3ffccbf7d718960ac0782fe85f744c73edacde59d99cc8ad86dc2d5eed045",
    "money:1": "d3db400dfc39ef079df12cdec0fab57a84a80203e0511ee960c11385e59a78d4",
    "name:1": "3ea040de4c9e48ed17a93eef109882f73b3fb481c71ddf9f52ac8075463fcdb8",
    "nation:1": "07f8fa7fbf21b4a27b8833853526eaaff8d1e09bc0112a2419eb07b8e0739784",
    "phone:1": "dcc89268c4adb0ca0d5374b3898eee77ea05fea66e540a011a9f6f1dac73f18c",
    "uscc:1": "7f472f4d7d6587fed023bf6d892daeafbd7ecf332c3d7a5799c29861194d29ad",
}
"""SHA-256 of the shape of every part that was ever released. Words may change; a new shape is a new version."""


def test_a_released_part_keeps_its_shape() -> None:
    shapes = {urn.removeprefix("urn:kiosk:part:"): shape(part) for urn, part in parts_in(PARTS).items()}
    found = {name: hashlib.sha256(canonical_bytes(value)).hexdigest() for name, value in shapes.items()}
    assert found == RELEASED, "a part with another shape needs a new version; a new part belongs into this list"


def two_items() -> list[made.Files]:
    one = made.files(page("a", field("phone", "phone", part="phone:1")), id="one")
    two = made.files(page("b", field("contact.phone", "phone", part="phone:1")), id="two")
    for files in (one, two):
        for each in files["layout.json"]["pages"][0]["fields"]:
            for word in ("kind", "label", "sensitivity"):
                del each[word]
    return [one, two]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    shutil.copytree(PARTS, tmp_path / "parts")
    return tmp_path / "parts"


def test_a_changed_part_changes_every_item_that_uses_it(parts: Path) -> None:
    changed = json.loads((parts / "phone-1.json").read_text("utf-8"))
    changed["field"]["label"] = {"zh-Hans": "联系电话", "en": "Telephone"}
    changed["field"]["help"] = {"zh-Hans": "办好了打这个电话。", "en": "We call this number."}
    (parts / "phone-1.json").write_text(json.dumps(changed), "utf-8")
    for files in two_items():
        (before,) = load_package(made.bundle(files)).pages[0].fields
        (after,) = load_package(made.bundle(files), parts).pages[0].fields
        assert (before.label["zh-Hans"], after.label["zh-Hans"]) == ("手机号", "联系电话")
        assert after.help == changed["field"]["help"]
        assert (after.kind, after.keyboard, after.part) == ("phone", "digits", "phone:1")


def test_a_new_version_of_a_part_leaves_the_items_pinned_to_the_old_one_as_they_were(parts: Path) -> None:
    newer = json.loads((parts / "phone-1.json").read_text("utf-8")) | {"$id": "urn:kiosk:part:phone:2", "maxLength": 11}
    (parts / "phone-2.json").write_text(json.dumps(newer), "utf-8")
    pinned, moved = two_items()
    moved["layout.json"]["pages"][0]["fields"][0]["part"] = "phone:2"
    moved["form.schema.json"]["properties"]["contact"]["properties"]["phone"] = {"$ref": "urn:kiosk:part:phone:2"}
    assert load_package(made.bundle(pinned), parts).schema["properties"]["phone"]["maxLength"] == 12
    assert (
        load_package(made.bundle(moved), parts).schema["properties"]["contact"]["properties"]["phone"]["maxLength"]
        == 11
    )
    with pytest.raises(PackageError, match="no part"):
        load_package(made.bundle(moved))


def test_a_field_and_its_datum_name_the_same_part() -> None:
    files, _ = two_items()
    files["form.schema.json"]["properties"]["phone"] = {"$ref": "urn:kiosk:part:name:1"}
    with pytest.raises(PackageError, match="must name urn:kiosk:part:phone:1"):
        load_package(made.bundle(files))


# ---- places -----------------------------------------------------------------------------------------------------


def test_one_chooses_down_from_the_province_and_levels_that_nobody_knows_are_passed_over() -> None:
    assert len(area_children()) == 34
    assert "339900" in [option.value for option in area_children("330000")]
    districts = [option.label["zh-Hans"] for option in area_children("339900")]
    assert districts == ["南岸区", "城北区", "江湾区", "东湖区", "临水县"]
    assert area_children("110000")[0].label["zh-Hans"] == "东城区"
    assert area_children("110000", "city") == ()
    assert area_children("339901") == area_children("999999") == ()


def test_a_place_is_named_with_the_way_to_it() -> None:
    assert area_name("339901") == {"zh-Hans": "浙江省 云浦市 南岸区", "en": "Nan'an District, Yunpu City, Zhejiang"}
    assert area_name("110101")["zh-Hans"] == "北京市 东城区"
    assert area_name("419001")["zh-Hans"] == "河南省 济源市"
    assert area_name("123456") == {"zh-Hans": "123456", "en": "123456"}


@pytest.mark.parametrize(
    ("code", "within", "depth", "fits"),
    [
        ("339901", "", "county", True),
        ("339901", "3399", "county", True),
        ("339901", "3301", "county", False),
        ("339900", "", "county", False),
        ("339900", "33", "city", True),
        ("339901", "33", "city", False),
        ("441900", "", "county", True),  # a city without counties
        ("710000", "", "county", True),
        ("110100", "", "city", False),  # 市辖区
        ("339909", "", "county", False),
        ("３３９９０１", "", "county", False),
        ("33", "", "province", False),
    ],
)
def test_a_place_is_right_where_nothing_finer_is_left_to_choose(code: str, within: str, depth: str, fits: bool) -> None:
    assert area_fits(code, within, depth) is fits  # type: ignore[arg-type]


def test_everything_that_can_be_chosen_has_a_name_and_fits() -> None:
    todo, leaves = list(area_children()), 0
    while todo:
        option = todo.pop()
        assert option.label["zh-Hans"]
        assert option.label["en"].isascii() or "ü" in option.label["en"]
        below = area_children(option.value)
        todo += below
        leaves += not below
        assert area_fits(option.value, "", "county") == (not below)
    assert leaves > 2800


def test_an_area_field_is_checked_and_shown_by_name() -> None:
    engine = made.engine(page("a", field("home", "area", part="area:1", within="33")))
    assert engine.check("home", "339901", EMPTY, CTX) is None
    assert getattr(engine.check("home", "110101", EMPTY, CTX), "code", None) == "area"
    assert engine.display("home", "339901")["zh-Hans"] == "浙江省 云浦市 南岸区"
    assert engine.validate({"home": "339901"}, CTX) == ()
    assert [e.code for e in engine.validate({"home": "339999"}, CTX)] == ["area"]
    for wrong in ("35x", "99", "1101"):
        with pytest.raises(PackageError):
            made.package(page("a", field("home", "area", part="area:1", within=wrong)))
    assert known_area("33")


# ---- nations ----------------------------------------------------------------------------------------------------


def test_the_nations_are_those_of_the_standard() -> None:
    assert len(nations()) == 58
    assert nation_name("05") == {"zh-Hans": "维吾尔族", "en": "Uygur"}
    assert nation_name("97")["zh-Hans"] == "其他"
    assert nation_name("00") == {"zh-Hans": "00", "en": "00"}


def test_the_card_fills_the_nation() -> None:
    nation = field("nation", "nation", part="nation:1", source="card.nation")
    engine = FormEngine(made.package(page("a", nation, kind="prefilled")))
    answers = engine.prefill({"nation": "05"}, {}, EMPTY, CTX, NOW)
    assert engine.data(answers, CTX) == {"nation": "05"}
    assert engine.display("nation", "05")["en"] == "Uygur"
    assert engine.prefill({"nation": "60"}, {}, EMPTY, CTX, NOW) == {}
    assert [e.code for e in engine.check_page("a", {"nation": typed("60")}, CTX)] == ["nation"]
