"""The invented people's cards can be made and read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from devices.codecs.mrz import parse_mrz
from devices.codecs.sam_text import decode_text
from devices.emulators.model import Refused
from devices.emulators.people import People
from kiosk.domain.travel_document import MrzFormat

FILE = Path(__file__).parents[2] / "config" / "demo" / "people.json"


def test_every_invented_person_has_a_card_that_reads_back() -> None:
    people = json.loads(FILE.read_text(encoding="utf-8"))["people"]
    assert len(people) >= 9
    for person in people:
        card = decode_text(People(FILE).block(person["key"]))
        assert card.number == person["number"]
        assert card.kind.value == person["kind"]
        assert card.birth.isoformat() == person["birth"]
        assert card.name == person["name"]
        assert card.english_name == person.get("english_name", "")


def test_every_passport_of_the_file_has_lines_whose_digits_fit() -> None:
    passports = json.loads(FILE.read_text(encoding="utf-8"))["passports"]
    formats = {parse_mrz(People(FILE).passport(each["key"]), date(2026, 11, 21)).format for each in passports}
    assert formats == set(MrzFormat)
    with pytest.raises(Refused, match="no passport named 'lin'"):
        People(FILE).passport("lin")


@pytest.mark.parametrize("content", ["", "[]", '{"people": [{"key": "a"}]}', '{"people": 3}'])
def test_a_broken_file_of_people_is_a_refusal_with_a_reason(tmp_path: Path, content: str) -> None:
    file = tmp_path / "people.json"
    file.write_text(content)
    with pytest.raises(Refused):
        People(file).block("a")
