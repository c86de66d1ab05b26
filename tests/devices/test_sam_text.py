"""The four text layouts: what is read, what is refused, and that encoding is the inverse."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.sam_text import LAYOUTS, CardTextError, decode_text, encode_text
from kiosk.domain.identity_card import CardKind, id_check_char, id_number_valid
from tests.devices.golden import BLOCK_DIGESTS, BLOCKS, FIELDS, GOOD_NUMBERS


@pytest.mark.parametrize("kind", CardKind)
def test_the_golden_blocks_are_the_published_ones(kind: CardKind) -> None:
    assert hashlib.sha256(BLOCKS[kind]).hexdigest().startswith(BLOCK_DIGESTS[kind])


@pytest.mark.parametrize("kind", CardKind)
def test_a_layouts_fields_do_not_overlap_and_stay_inside(kind: CardKind) -> None:
    taken = [offset for at, size in LAYOUTS[kind].values() for offset in range(at, at + size)]
    assert len(taken) == len(set(taken))
    assert set(taken).isdisjoint({248, 249})
    assert max(taken) < 256


@pytest.mark.parametrize("kind", CardKind)
def test_encoding_the_fields_gives_the_golden_block(kind: CardKind) -> None:
    assert encode_text(kind, FIELDS[kind]).hex() == BLOCKS[kind].hex()


@pytest.mark.parametrize("kind", CardKind)
def test_decoding_the_golden_block_gives_the_fields(kind: CardKind) -> None:
    card = decode_text(BLOCKS[kind])
    fields = FIELDS[kind]
    assert card.kind is kind
    assert card.name == fields["name"]
    assert card.number == fields["number"]
    assert card.birth.strftime("%Y%m%d") == fields["birth"]
    assert card.valid_from.strftime("%Y%m%d") == fields["valid_from"]
    assert card.sex == fields["sex"]
    assert card.english_name == fields.get("english_name", "")
    assert card.nationality == fields.get("nationality", "")
    assert card.address == fields.get("address", "")
    assert card.issuer == fields.get("issuer", "")


def test_a_card_without_end_has_none_and_never_expires() -> None:
    card = decode_text(BLOCKS[CardKind.RESIDENT])
    assert card.valid_to is None
    assert not card.expired(date(2999, 1, 1))
    assert card.as_prefill()["valid_to"] == "长期"


def test_a_card_expires_the_day_after_its_last_one() -> None:
    card = decode_text(BLOCKS[CardKind.HMT_PERMIT])
    assert not card.expired(date(2028, 12, 31))
    assert card.expired(date(2029, 1, 1))


def test_the_permits_own_fields_are_kept() -> None:
    assert dict(decode_text(BLOCKS[CardKind.HMT_PERMIT]).extra) == {"pass_number": "00000000", "issue_count": "01"}
    assert dict(decode_text(BLOCKS[CardKind.FOREIGN_2017]).extra) == {"card_version": "01", "authority": "1500"}


def test_a_space_on_the_boundary_of_the_english_name_is_kept() -> None:
    name = "A" * 34 + " " + "SECOND PART"
    card = decode_text(encode_text(CardKind.FOREIGN_2023, {**FIELDS[CardKind.FOREIGN_2023], "english_name": name}))
    assert card.english_name == name
    name = "A" * 35 + " " + "SECOND"
    card = decode_text(encode_text(CardKind.FOREIGN_2023, {**FIELDS[CardKind.FOREIGN_2023], "english_name": name}))
    assert card.english_name == name


@pytest.mark.parametrize("name", ["王䶮", "𠮷田", "\ue863某"])
def test_rare_and_private_use_characters_come_through(name: str) -> None:
    assert decode_text(encode_text(CardKind.RESIDENT, {**FIELDS[CardKind.RESIDENT], "name": name})).name == name


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "110105194912310021"}, "number"),
        ({"number": "11010519491231002x"}, "number"),
        ({"number": ""}, "number"),
        ({"birth": "19491230"}, "birth"),
        ({"birth": "19491331"}, "birth"),
        ({"birth": ""}, "birth"),
        ({"sex": "1"}, "sex"),
        ({"sex": "7"}, "sex"),
        ({"name": ""}, "name"),
        ({"name": "甲\n乙"}, "name"),
        ({"name": "甲\u202e乙"}, "name"),
        ({"valid_from": "20200230"}, "valid_from"),
        ({"valid_to": "20191231"}, "valid_to"),
        ({"valid_to": "永久"}, "valid_to"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused_by_field(change: dict[str, str], field: str) -> None:
    with pytest.raises(CardTextError) as caught:
        decode_text(encode_text(CardKind.RESIDENT, {**FIELDS[CardKind.RESIDENT], **change}))
    assert caught.value.field_name == field
    assert not any(value and value in str(caught.value) for value in change.values())


def test_a_lone_surrogate_is_refused() -> None:
    block = bytearray(BLOCKS[CardKind.RESIDENT])
    block[0:2] = b"\x00\xd8"
    with pytest.raises(CardTextError, match="name"):
        decode_text(bytes(block))


@pytest.mark.parametrize("flag", ["K", "\x00", "j"])
def test_an_unknown_type_flag_is_refused(flag: str) -> None:
    block = bytearray(BLOCKS[CardKind.RESIDENT])
    block[248:250] = flag.encode("utf-16-le")
    with pytest.raises(CardTextError, match="type"):
        decode_text(bytes(block))


@pytest.mark.parametrize("size", [0, 255, 257])
def test_a_block_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(CardTextError, match="length"):
        decode_text(bytes(size))


def test_a_foreign_number_of_2023_starts_with_nine() -> None:
    fields = {**FIELDS[CardKind.FOREIGN_2023], "number": "110105198001010028"}
    fields["number"] = fields["number"][:17] + id_check_char(fields["number"][:17])
    with pytest.raises(CardTextError, match="number"):
        decode_text(encode_text(CardKind.FOREIGN_2023, fields))


def test_a_text_too_long_for_its_place_is_not_encoded() -> None:
    with pytest.raises(CardTextError, match="name"):
        encode_text(CardKind.RESIDENT, {"name": "长" * 16})


@given(st.binary(min_size=256, max_size=256))
def test_any_block_is_a_card_or_a_refusal(block: bytes) -> None:
    try:
        card = decode_text(block)
    except CardTextError:
        return
    assert card.number


@pytest.mark.parametrize("number", GOOD_NUMBERS)
def test_published_numbers_pass_and_no_other_last_character_does(number: str) -> None:
    assert id_number_valid(number)
    assert sum(id_number_valid(number[:17] + last) for last in "0123456789X") == 1


def test_nothing_personal_stands_in_the_repr_of_a_card() -> None:
    card = decode_text(BLOCKS[CardKind.RESIDENT])
    assert "测试甲" not in repr(card)
    assert card.number not in repr(card)
