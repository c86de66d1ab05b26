"""What the search for residue sees: every spelling of a secret, wherever it lies, and nothing of it in a report."""

from __future__ import annotations

import base64
import json

import pytest

from devices.codecs.sam_text import encode_text
from kiosk.app.residue.canary import invent
from kiosk.app.residue.needles import BLOCK, Search, of_bytes, of_text
from kiosk.domain.identity_card import CardKind, id_number_valid

NAME = "测竹𠮷"
ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le", "gb18030")


def search(text: str = NAME) -> Search:
    found = Search()
    found.add(of_text("visit-1", "name", text))
    return found


def written(text: str) -> list[bytes]:
    """The text as programs leave it behind."""
    raw = [text.encode(encoding) for encoding in ENCODINGS]
    coded = [base64.b64encode(before + each + b"behind") for each in raw[:2] for before in (b"", b"1", b"22")]
    hexed = [each.hex().encode() for each in raw[:2]] + [each.hex().upper().encode() for each in raw[:2]]
    return [*raw, *coded, *hexed, json.dumps(text)[1:-1].encode()]


@pytest.mark.parametrize("piece", written(NAME))
def test_a_name_with_a_rare_character_is_found_however_it_is_written(piece: bytes) -> None:
    assert [hit.needle.secret for hit in search().find(b"before " + piece + b" after", "file")] == ["name"]


def test_a_number_is_found_in_the_block_that_a_card_sends() -> None:
    who = invent("visit-1")
    person = who.person()
    block = encode_text(CardKind.RESIDENT, {name: text for name, text in person.items() if isinstance(text, str)})
    found = Search()
    found.add(who.needles())

    assert id_number_valid(who.number)
    assert {hit.needle.secret for hit in found.find(block, "wire")} == {"name", "number", "address"}


def test_what_begins_in_one_block_of_memory_and_ends_in_the_next_is_found_once() -> None:
    memory = bytearray(3 * BLOCK)
    memory[BLOCK - 3 : BLOCK - 3 + len(NAME.encode())] = NAME.encode()

    assert [hit.offset for hit in search().find_in_memory(bytes(memory), "heap")] == [BLOCK - 3]


def test_memory_that_was_clean_and_is_not_any_more_is_looked_at_again() -> None:
    looker, memory = search(), bytearray(2 * BLOCK)
    assert not list(looker.find_in_memory(bytes(memory), "heap"))
    memory[100 : 100 + len(NAME.encode())] = NAME.encode()

    assert len(list(looker.find_in_memory(bytes(memory), "heap"))) == 1


def test_a_piece_of_a_picture_is_found_as_bytes_and_as_text() -> None:
    looker, piece = Search(), bytes(range(100, 116))
    looker.add(of_bytes("visit-1", "card picture", piece))

    assert [hit.needle.how for hit in looker.find(b"\0" + piece + b"\0" + piece.hex().encode(), "heap")] == [
        "bytes",
        "hex",
    ]


def test_a_hit_tells_what_stands_around_it_without_a_letter_or_a_digit_of_it() -> None:
    (hit,) = search().find(f'"name":"{NAME}","phone":"13800001234"'.encode(), "heap")

    assert hit.around == '"aaaa":"‹10 bytes›","aaaaa":"99999999999"'
    assert NAME not in hit.around


def test_two_people_share_nothing_that_is_looked_for() -> None:
    one, other = ({needle.data for needle in invent(key).needles()} for key in ("a", "b"))

    assert len(one) > 80
    assert not one & other
