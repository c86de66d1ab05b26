"""NUT's text protocol: lists in any pieces, quoting, refusals and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.nut import (
    MAX_LINE,
    MAX_VARIABLES,
    AnswerReader,
    NotNut,
    Refused,
    Variables,
    list_variables,
    quote,
    split_words,
)
from devices.drivers.nut_ups import power_of, status_condition
from kiosk.domain.devices import Power, Supply

#: As RFC 9271 shows it.
LIST = b"""BEGIN LIST VAR su700
VAR su700 ups.mfr "APC"
VAR su700 ups.mfr.date "10/17/96"
VAR su700 device.description "A \\"quoted\\" word and a \\\\"
END LIST VAR su700
"""
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\n\r", exclude_categories=("Cs",)), max_size=40)


def test_a_published_list_is_understood_in_any_pieces() -> None:
    expected = {"ups.mfr": "APC", "ups.mfr.date": "10/17/96", "device.description": 'A "quoted" word and a \\'}
    for size in (1, 7, len(LIST)):
        reader = AnswerReader("su700")
        answers = [reader.feed(LIST[at : at + size]) for at in range(0, len(LIST), size)]
        assert answers[:-1] == [None] * (len(answers) - 1)
        assert answers[-1] == Variables(expected)


@pytest.mark.parametrize("code", ["DATA-STALE", "DRIVER-NOT-CONNECTED", "UNKNOWN-UPS", "ACCESS-DENIED"])
def test_a_refusal_is_told_with_its_code(code: str) -> None:
    assert AnswerReader("ups").feed(f"ERR {code}\n".encode()) == Refused(code)
    halfway = AnswerReader("ups")
    halfway.feed(b"BEGIN LIST VAR ups\n")
    assert halfway.feed(f"ERR {code}\n".encode()) == Refused(code)


@given(st.lists(_texts, max_size=6))
def test_any_words_survive_quoting(words: list[str]) -> None:
    assert split_words(" ".join(quote(word) for word in words).encode()) == words


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"BEGIN LIST VAR other\n",
        b'BEGIN LIST VAR ups\nVAR other ups.status "OL"\n',
        b"BEGIN LIST VAR ups\nVAR ups ups.status\n",
        b'BEGIN LIST VAR ups\nVAR ups ups.status "OL\n',
        b"x" * (MAX_LINE + 1),
        b"x" * (MAX_LINE + 1) + b"\n",
        b"BEGIN LIST VAR ups\n" + b"".join(b'VAR ups v%d "1"\n' % at for at in range(MAX_VARIABLES + 1)),
    ],
)
def test_what_is_no_such_answer_or_too_large_is_no_nut(answer: bytes) -> None:
    with pytest.raises(NotNut):
        AnswerReader("ups").feed(answer)


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_end_in_an_answer_or_in_no_nut(pieces: list[bytes]) -> None:
    reader = AnswerReader("ups")
    try:
        for piece in pieces:
            answer = reader.feed(piece)
            assert answer is None or isinstance(answer, Variables | Refused)
    except NotNut:
        pass


def test_a_name_that_could_carry_a_second_command_is_refused() -> None:
    assert list_variables("ups-1.hall") == b"LIST VAR ups-1.hall\n"
    for name in ("", "a b", "ups\nFSD ups", "ü", "a" * 65):
        with pytest.raises(ValueError, match="name"):
            list_variables(name)


@pytest.mark.parametrize(
    ("status", "power", "detail"),
    [
        ("OL", Power.MAINS, "ok"),
        ("OL CHRG", Power.MAINS, "ok"),
        ("OL TRIM", Power.MAINS, "ok"),
        ("OL CHRG LB", Power.MAINS, "battery_low"),
        ("OL RB", Power.MAINS, "replace_battery"),
        ("ALARM OL", Power.MAINS, "ups_alarm"),
        ("OL BYPASS", Power.MAINS, "bypass"),
        ("OB DISCHRG", Power.BATTERY, "on_battery"),
        ("OB DISCHRG RB", Power.BATTERY, "on_battery"),
        ("OB LB", Power.BATTERY_LOW, "battery_low"),
        ("FSD OB LB", Power.BATTERY_LOW, "shutdown_ordered"),
        ("FSD OL", Power.BATTERY_LOW, "shutdown_ordered"),
        ("OFF", Power.UNKNOWN, "output_off"),
        ("WAIT", Power.UNKNOWN, "status_unclear"),
        ("", Power.UNKNOWN, "status_unclear"),
    ],
)
def test_status_words_become_power_and_a_detail(status: str, power: Power, detail: str) -> None:
    words = frozenset(status.split())
    condition = status_condition(words)
    assert (power_of(words), condition.detail) == (power, detail)
    assert condition.supply is (Supply.UNKNOWN if detail == "ok" else Supply.LOW)
