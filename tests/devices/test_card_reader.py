"""The card reader driver against the emulated reader, over a real pseudo-terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from devices.codecs.sam import FIND, READ_BASE, RESET, SAM_ID, SAM_STATUS
from devices.emulators.sam_model import SamModel
from kiosk.domain.devices import (
    CardFailed,
    CardFailure,
    CardPresent,
    CardRead,
    CardRemoved,
    CardStillThere,
    Health,
    StatusChanged,
)
from kiosk.domain.identity_card import CardKind
from tests.devices.golden import BLOCKS, FIELDS, SAM_ID_TEXT
from tests.devices.rig import Rig, wait_until

READER: tuple[str, str, dict[str, str | int]] = ("id_card", "sam-serial", {})


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, READER) as rig:
        yield rig


def _place(rig: Rig, kind: CardKind = CardKind.RESIDENT) -> None:
    rig.do("id_card", "place", card={"text_hex": BLOCKS[kind].hex()})


def _lift_until_noticed(rig: Rig) -> None:
    """A hand is slower than the poll: the reader sees the empty plate."""
    rig.do("id_card", "lift")
    before = len(rig.wire("id_card", "dev>host"))
    wait_until(lambda: b"\x80\x84" in rig.wire("id_card", "dev>host")[before:])


def test_the_reader_comes_online_at_115200_with_its_sam_id_as_model(rig: Rig) -> None:
    (status, *_) = rig.hub.statuses()
    assert (status.health, status.model) == (Health.ONLINE, f"SAM {SAM_ID_TEXT}")
    assert rig.do("id_card", "state")["state"]["baud"] == 115200


@pytest.mark.parametrize("kind", CardKind)
def test_each_kind_of_card_is_read(rig: Rig, kind: CardKind) -> None:
    _place(rig, kind)
    rig.hub.read_card("s1")
    assert rig.events.wait(CardPresent).session == "s1"
    read = rig.events.wait(CardRead)
    assert (read.session, read.card.kind, read.card.number) == ("s1", kind, FIELDS[kind]["number"])


def test_a_card_is_read_at_9600_too_and_takes_its_time(tmp_path: Path) -> None:
    with Rig(tmp_path, ("id_card", "sam-serial", {"baud": 9600})) as rig:
        assert rig.do("id_card", "state")["state"]["baud"] == 9600
        _place(rig)
        rig.hub.read_card("s1")
        rig.events.wait(CardRead)
        rows = [json.loads(line) for line in (tmp_path / "wire.jsonl").read_text().splitlines()]
        asked = next(row["mono_ns"] for row in rows if READ_BASE.encode().hex().endswith(row["hex"]))
        took_s = (rows[-1]["mono_ns"] - asked) / 1e9
        assert took_s > 1.2


@pytest.mark.parametrize("baud", [19200, 38400, 57600])
def test_a_card_is_read_at_every_speed_of_the_modules(tmp_path: Path, baud: int) -> None:
    with Rig(tmp_path, ("id_card", "sam-serial", {"baud": baud})) as rig:
        _place(rig)
        rig.hub.read_card("s1")
        assert rig.events.wait(CardRead).card.number == FIELDS[CardKind.RESIDENT]["number"]


@pytest.mark.parametrize("how", ["len_short", "len_long", "noise", "twice"])
def test_a_card_answer_spoilt_once_on_the_line_is_read_all_the_same(rig: Rig, how: str) -> None:
    rig.do("id_card", "spoil_next", how=how)
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardRead)
    assert rig.events.count(CardFailed) == 0


def test_a_moved_residents_card_has_the_new_address(rig: Rig) -> None:
    block = BLOCKS[CardKind.RESIDENT].hex()
    rig.do("id_card", "place", card={"text_hex": block}, address="云浦市南岸区柳桥路2号")
    rig.hub.read_card("s1")
    assert rig.events.wait(CardRead).card.address == "云浦市南岸区柳桥路2号"


def test_a_module_that_wants_30_10_is_read_by_it(tmp_path: Path) -> None:
    with Rig(tmp_path, ("id_card", "sam-serial", {"fingerprint": "ask"})) as rig:
        rig.do("id_card", "place", card={"text_hex": BLOCKS[CardKind.RESIDENT].hex()}, fingerprint_bytes=1024)
        rig.hub.read_card("s1")
        rig.events.wait(CardRead)
        assert READ_BASE.encode() not in rig.wire("id_card", "host>dev")


def test_a_card_by_name_is_looked_up_among_the_invented_people(tmp_path: Path) -> None:
    people = tmp_path / "invented.json"
    person = {"key": "test", "kind": "resident", **FIELDS[CardKind.RESIDENT], "birth": "1949-12-31"}
    people.write_text(json.dumps({"people": [person]}), encoding="utf-8")
    with Rig(tmp_path, READER, people=people) as rig:
        rig.do("id_card", "place", card="test")
        rig.hub.read_card("s1")
        assert rig.events.wait(CardRead).card.name == "测试甲"
        assert rig.control.do("id_card", "place", card="nobody") == {"ok": False, "why": "no card named 'nobody'"}


def _finds_at(rig: Rig) -> list[int]:
    """When each find was on the wire, in ns, from the record of bytes."""
    sent, at = b"", []
    for row in (json.loads(line) for line in (rig.folder / "wire.jsonl").read_text().splitlines()):
        if (row["device"], row["dir"]) == ("id_card", "host>dev"):
            sent += bytes.fromhex(row["hex"])
            if sent.endswith(FIND.encode()):
                at.append(row["mono_ns"])
    return at


def _never_faster_than_300_ms(rig: Rig) -> None:
    assert min(later - earlier for earlier, later in pairwise(_finds_at(rig))) >= 300_000_000


def test_find_is_asked_no_faster_than_every_300_ms(rig: Rig) -> None:
    rig.hub.read_card("s1")
    wait_until(lambda: len(_finds_at(rig)) >= 4)
    _never_faster_than_300_ms(rig)


def test_find_keeps_its_distance_through_failed_cards_self_tests_and_new_visits(rig: Rig) -> None:
    rig.do("id_card", "fail_next", status="41", count=2)
    rig.hub.read_card("s1")
    _place(rig)
    rig.events.wait(CardFailed)
    for visit in ("s2", "s3"):
        assert rig.hub.self_test("id_card").ok
        rig.hub.cancel_card()
        rig.hub.read_card(visit)
    wait_until(lambda: len(_finds_at(rig)) >= 6)
    _never_faster_than_300_ms(rig)


def test_a_cancelled_reader_stops_asking(rig: Rig) -> None:
    rig.hub.read_card("s1")
    wait_until(lambda: b"\x20\x01\x22" in rig.wire("id_card", "host>dev"))
    rig.hub.cancel_card()
    assert rig.hub.self_test("id_card").ok  # done after the standing request has been left
    before = rig.wire("id_card", "host>dev")
    _place(rig)
    assert rig.hub.self_test("id_card").ok
    assert b"\x20\x01\x22" not in rig.wire("id_card", "host>dev")[len(before) :]
    assert rig.events.count(CardPresent) == 0


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("32", CardFailure.NOT_GENUINE),
        ("41", CardFailure.UNREADABLE),
        ("81", CardFailure.UNREADABLE),
        ("21", CardFailure.READER_FAULT),
    ],
)
def test_a_status_word_becomes_its_reason_and_the_card_is_read_when_placed_again(
    rig: Rig, status: str, reason: CardFailure
) -> None:
    rig.do("id_card", "fail_next", status=status)
    _place(rig)
    rig.hub.read_card("s1")
    assert rig.events.wait(CardFailed).reason is reason
    _lift_until_noticed(rig)
    _place(rig)
    assert rig.events.wait(CardRead).session == "s1"


def test_a_card_lifted_while_its_data_come_is_lifted_early(rig: Rig) -> None:
    rig.hub.read_card("s1")
    _place(rig)
    wait_until(lambda: len(rig.wire("id_card", "dev>host")) > 150)
    rig.do("id_card", "lift")
    assert rig.events.wait(CardFailed).reason is CardFailure.LIFTED_EARLY
    _place(rig)
    rig.events.wait(CardRead)


def test_an_answer_cut_short_once_is_asked_for_again(rig: Rig) -> None:
    rig.do("id_card", "fail_after_bytes", bytes=700)
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardRead)
    assert rig.events.count(CardFailed) == 0


@pytest.mark.parametrize("damaged", [1, 2])
def test_a_damaged_answer_is_asked_for_again(rig: Rig, damaged: int) -> None:
    rig.do("id_card", "garble", count=damaged)
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardRead)
    assert rig.events.count(CardFailed) == 0


def test_an_answer_damaged_three_times_is_a_checksum_failure(rig: Rig) -> None:
    rig.do("id_card", "garble", count=3)
    _place(rig)
    rig.hub.read_card("s1")
    assert rig.events.wait(CardFailed).reason is CardFailure.CHECKSUM


def test_a_card_that_contradicts_itself_is_invalid_data(rig: Rig) -> None:
    block = bytearray(BLOCKS[CardKind.RESIDENT])
    block[30] = ord("1")
    rig.do("id_card", "place", card={"text_hex": bytes(block).hex()})
    rig.hub.read_card("s1")
    assert rig.events.wait(CardFailed).reason is CardFailure.INVALID_DATA


def test_a_failed_card_left_lying_is_not_reported_at_every_poll(rig: Rig) -> None:
    rig.do("id_card", "fail_next", status="32", count=50)
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardFailed)
    finds = len(rig.wire("id_card", "host>dev"))
    wait_until(lambda: len(rig.wire("id_card", "host>dev")) >= finds + 40)  # four more polls
    assert rig.events.count(CardFailed) == 1


def test_a_card_taken_away_after_reading_is_reported_though_the_search_was_cancelled(rig: Rig) -> None:
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardRead)
    rig.hub.cancel_card()
    wait_until(lambda: b"\x30\x03\x30" in rig.wire("id_card", "host>dev"))
    rig.do("id_card", "lift")
    assert rig.events.wait(CardRemoved).session == "s1"


def test_a_card_left_behind_is_known_also_when_the_next_visit_gives_up(rig: Rig) -> None:
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardRead)
    assert rig.events.wait(CardStillThere).session == "s1"
    rig.hub.cancel_card()
    rig.hub.read_card("s2")
    assert rig.events.wait_status("id_card", "card_left").usable
    rig.hub.cancel_card()
    assert rig.hub.self_test("id_card").ok
    rig.do("id_card", "lift")
    assert rig.events.wait(CardRemoved).session == "s1"
    rig.events.wait_status("id_card", "ok")


def test_a_card_left_lying_is_not_read_for_the_next_resident(rig: Rig) -> None:
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait(CardRead)
    rig.hub.read_card("s2")
    sent = len(rig.wire("id_card", "host>dev"))
    wait_until(lambda: len(rig.wire("id_card", "host>dev")) >= sent + 30)
    assert rig.events.count(CardRead) == 1
    _lift_until_noticed(rig)
    _place(rig)
    assert rig.events.wait(CardRead).session == "s2"


@pytest.mark.usefixtures("caplog")  # the outage is logged
def test_an_unplugged_reader_is_noticed_and_reads_again_when_plugged_in(rig: Rig) -> None:
    rig.hub.read_card("s1")
    rig.do("id_card", "unplug")
    status = rig.events.wait_status("id_card", "port_missing")
    assert (status.health, status.last_error) == (Health.NO_DEVICE, "port_missing")
    assert rig.events.wait(CardFailed).reason is CardFailure.READER_FAULT
    rig.do("id_card", "plug")
    status = rig.events.wait_status("id_card", "ok")
    assert (status.health, status.last_error) == (Health.ONLINE, "port_missing")
    _place(rig)
    assert rig.events.wait(CardRead).session == "s1"  # still wanted, nobody had to ask again


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("at", [1, 4, 7, 10, 300, 1294, 1295])
def test_a_reader_unplugged_inside_a_card_answer_reads_the_card_when_plugged_in(rig: Rig, at: int) -> None:
    rig.do("id_card", "unplug_after_bytes", bytes=at, least=100)
    _place(rig)
    rig.hub.read_card("s1")
    rig.events.wait_status("id_card", "port_missing")
    rig.do("id_card", "plug")
    rig.events.wait_status("id_card", "ok")
    if not rig.events.count(CardRead):  # the whole answer may have been with the driver before the plug was out
        rig.do("id_card", "lift")
        _place(rig)
        assert rig.events.wait(CardRead).session == "s1"


@pytest.mark.usefixtures("caplog")
def test_a_reader_asked_for_while_it_is_out_says_so_at_once(rig: Rig) -> None:
    rig.do("id_card", "unplug")
    rig.events.wait_status("id_card", "port_missing")
    rig.hub.read_card("s1")
    assert rig.events.wait(CardFailed).reason is CardFailure.READER_FAULT
    assert rig.hub.self_test("id_card").detail == "port_missing"


@pytest.mark.usefixtures("caplog")
def test_a_silent_reader_goes_offline_and_comes_back_with_a_reset(rig: Rig) -> None:
    rig.hub.read_card("s1")
    rig.do("id_card", "silence")
    assert rig.events.wait_status("id_card", "no_answer").health is Health.OFFLINE
    rig.do("id_card", "silence", on=False)
    rig.events.wait_status("id_card", "ok")
    assert bytes.fromhex("aaaaaa9669000310ffec") in rig.wire("id_card", "host>dev")
    _place(rig)
    rig.events.wait(CardRead)


def test_a_reader_that_knows_only_find_select_and_read_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hear = SamModel.receive
    unknown = {command.encode() for command in (SAM_STATUS, SAM_ID, RESET)}
    monkeypatch.setattr(SamModel, "receive", lambda self, data: [] if data in unknown else hear(self, data))
    with Rig(tmp_path, READER) as rig:
        (status, *_) = rig.hub.statuses()
        assert (status.health, status.model) == (Health.ONLINE, "")
        rig.hub.read_card("s1")
        _place(rig)
        assert rig.events.wait(CardRead).card.name == FIELDS[CardKind.RESIDENT]["name"]


def test_a_sick_module_is_a_hardware_error(rig: Rig) -> None:
    rig.do("id_card", "fail_next", status="60", command="find")
    rig.hub.read_card("s1")
    assert rig.events.wait_status("id_card", "sam_self_test").health is Health.HARDWARE_ERROR
    rig.events.wait_status("id_card", "ok")


def test_status_is_published_on_change_only(rig: Rig) -> None:
    for _ in range(3):
        assert rig.hub.self_test("id_card").ok
    assert rig.events.count(StatusChanged) == 1
    assert SAM_STATUS.encode() in rig.wire("id_card", "host>dev")


def test_an_outage_is_logged_once_and_its_end_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="kiosk.devices")
    rig.do("id_card", "unplug")
    rig.events.wait_status("id_card", "port_missing")
    rig.do("id_card", "plug")
    rig.events.wait_status("id_card", "ok")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "device id_card: out, port_missing"),
        ("INFO", "device id_card: back, ok"),
    ]
