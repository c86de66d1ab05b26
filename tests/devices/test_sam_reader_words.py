"""Every word a module can say, at every step, and what the reader driver makes of it; no line, no waiting."""

from __future__ import annotations

import pytest

from devices.codecs.sam import (
    FIND,
    READ_APPEND,
    READ_BASE,
    READ_BASE_FINGERPRINT,
    RESET,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    SET_BAUD,
    SLEEP,
    WAKE,
    Command,
    Frame,
    FrameParser,
    Status,
    encode_answer,
)
from devices.codecs.sam_text import CardTextError, decode_address, encode_address
from devices.drivers.base import ONLINE, Condition, ReadCard, WatchCard
from devices.drivers.sam_reader import SamSerialReader
from devices.emulators.model import Refused
from devices.emulators.sam_model import SamModel
from devices.errors import BadAnswer
from kiosk.domain.devices import (
    CardFailed,
    CardFailure,
    CardPresent,
    CardRead,
    CardRemoved,
    CardStillThere,
    DeviceEvent,
    Health,
)
from kiosk.domain.identity_card import CardKind, IdCard
from tests.devices.golden import BLOCKS, FIELDS, HOST_TIMEOUT_MARKER, SAM_ID_TEXT

WELL = Health.ONLINE
SICK = Health.HARDWARE_ERROR
#: SW3 of a read answer -> what the card's reason is, how the reader is afterwards, how often 30 01 was asked.
READ_WORDS = (
    (0x10, CardFailure.CHECKSUM, SICK, "line_damaged", 3),
    (0x11, CardFailure.CHECKSUM, SICK, "line_damaged", 3),
    (0x21, CardFailure.READER_FAULT, WELL, "ok", 1),
    (0x23, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x24, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x31, CardFailure.NOT_GENUINE, WELL, "ok", 1),
    (0x32, CardFailure.NOT_GENUINE, WELL, "ok", 1),
    (0x33, CardFailure.NOT_GENUINE, WELL, "ok", 1),
    (0x40, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x41, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x47, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x60, CardFailure.READER_FAULT, SICK, "sam_self_test", 1),
    (0x66, CardFailure.READER_FAULT, SICK, "sam_not_authorised", 1),
    (0x80, CardFailure.LIFTED_EARLY, WELL, "ok", 1),
    (0x81, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x91, CardFailure.UNREADABLE, WELL, "ok", 1),
    (0x55, CardFailure.UNREADABLE, WELL, "ok", 1),
)


class ScriptedReader:
    """A transport on a reader model; `instead` answers a command with these bytes, for so many times."""

    byte_time_s = 0.0

    def __init__(self, model: SamModel, instead: dict[Command, list[bytes]] | None = None) -> None:
        self.model = model
        self.asked: list[bytes] = []
        self._instead = instead or {}
        self._out = b""

    def count(self, command: Command) -> int:
        return self.asked.count(command.encode())

    def read(self, timeout_s: float) -> bytes:
        out, self._out = self._out, b""
        return out

    def write(self, data: bytes, timeout_s: float) -> None:
        self.asked.append(data)
        planned = next((answers for command, answers in self._instead.items() if command.encode() == data), None)
        self._out = planned.pop(0) if planned else b"".join(self.model.receive(data))

    def close(self) -> None:
        pass


class Listening:
    """Work that ends with the first card read or failed, or after so many pauses."""

    def __init__(self, pauses: int = 1000) -> None:
        self.events: list[DeviceEvent] = []
        self.conditions: list[Condition] = [ONLINE]
        self._pauses = pauses

    def emit(self, event: DeviceEvent) -> None:
        self.events.append(event)

    def report(self, condition: Condition) -> None:
        if condition != self.conditions[-1]:
            self.conditions.append(condition)

    def stopped(self) -> bool:
        return self._pauses <= 0 or any(isinstance(event, CardRead | CardFailed) for event in self.events)

    def pause(self, seconds: float) -> bool:
        self._pauses -= 1
        return self.stopped()

    @property
    def card(self) -> IdCard:
        event = self.events[-1]
        assert isinstance(event, CardRead), event
        return event.card


def _model(kind: CardKind = CardKind.RESIDENT, **place: object) -> SamModel:
    model = SamModel(lambda name: BLOCKS[CardKind.RESIDENT])
    model.act("place", {"card": {"text_hex": BLOCKS[kind].hex()}, **place})
    return model


def _driver(line: ScriptedReader, *, fingerprint: bool = False) -> SamSerialReader:
    driver = SamSerialReader(lambda: line, "/dev/null", fingerprint=fingerprint)
    driver.connect(reset=False)
    return driver


def _read(line: ScriptedReader, *, fingerprint: bool = False) -> Listening:
    work = Listening()
    _driver(line, fingerprint=fingerprint).serve(ReadCard("s1"), work)
    return work


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "reason", "health", "detail", "asked"), READ_WORDS)
def test_each_word_in_place_of_a_cards_data(
    word: int, reason: CardFailure, health: Health, detail: str, asked: int
) -> None:
    line = ScriptedReader(_model(), {READ_BASE: [encode_answer(word)] * 3})
    work = _read(line)
    assert work.events == [CardPresent("s1"), CardFailed("s1", reason)]
    assert line.count(READ_BASE) == asked
    seen = [(condition.health, condition.detail) for condition in work.conditions]
    assert (health, detail) in seen


@pytest.mark.parametrize("word", [0x23, 0x24, 0x41, 0x47, 0x81])
def test_a_word_that_a_lifted_card_causes_too_is_told_apart_by_looking_again(word: int) -> None:
    gone = {READ_BASE: [encode_answer(word)], FIND: [encode_answer(0x9F, bytes(4)), encode_answer(0x80)]}
    assert _read(ScriptedReader(_model(), gone)).events[-1] == CardFailed("s1", CardFailure.LIFTED_EARLY)


@pytest.mark.parametrize("word", [0x10, 0x11])
def test_a_command_that_arrived_damaged_twice_is_sent_a_third_time_and_works(word: int) -> None:
    for step in (SELECT, READ_BASE):
        work = _read(ScriptedReader(_model(), {step: [encode_answer(word)] * 2}))
        assert work.card.name == FIELDS[CardKind.RESIDENT]["name"]
        assert work.conditions == [ONLINE]


def test_a_select_whose_answer_was_lost_is_asked_for_again_after_a_find() -> None:
    lost = encode_answer(0x90, bytes(8))[:-1] + b"\x00"
    line = ScriptedReader(_model(), {SELECT: [lost, encode_answer(0x81)]})
    assert _read(line).card.name == FIELDS[CardKind.RESIDENT]["name"]
    assert (line.count(FIND), line.count(SELECT)) == (2, 3)
    refused = ScriptedReader(_model(), {SELECT: [encode_answer(0x81)]})
    assert _read(refused).events[-1] == CardFailed("s1", CardFailure.UNREADABLE)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (0x31, CardFailure.NOT_GENUINE),
        (0x40, CardFailure.UNREADABLE),
        (0x41, CardFailure.UNREADABLE),
        (0x91, CardFailure.UNREADABLE),
        (0x21, CardFailure.READER_FAULT),
    ],
)
def test_a_card_that_find_can_say_nothing_good_of_is_told_once(word: int, reason: CardFailure) -> None:
    line = ScriptedReader(_model(), {FIND: [encode_answer(word)] * 5})
    work = _read(line)
    assert (work.events, line.count(FIND)) == ([CardFailed("s1", reason)], 3)
    driver = _driver(line)
    driver.serve(ReadCard("s1"), later := Listening())
    assert isinstance(later.events[-1], CardRead)
    assert not any(isinstance(event, CardFailed) for event in later.events)


def test_a_line_called_bad_is_well_again_when_the_card_was_lifted() -> None:
    line = ScriptedReader(_model(), {READ_BASE: [encode_answer(0x10)] * 3})
    driver = _driver(line)
    work = Listening()
    driver.serve(ReadCard("s1"), work)
    assert work.conditions[-1].detail == "line_damaged"
    line.model.act("lift", {})
    work.events.clear()
    driver.serve(ReadCard("s1"), later := Listening(pauses=2))
    assert later.conditions[-1] == ONLINE


def test_a_find_that_is_never_understood_is_a_fault_of_the_line() -> None:
    line = ScriptedReader(_model(), {FIND: [encode_answer(0x10)] * 3})
    with pytest.raises(BadAnswer):
        _driver(line).serve(ReadCard("s1"), Listening())
    assert line.count(FIND) == 3


def test_the_self_test_names_the_module() -> None:
    assert _driver(ScriptedReader(_model())).self_test() == (True, f"ok: SAM {SAM_ID_TEXT}")


# --- fingerprints ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 512, 1024])
def test_a_card_read_with_its_fingerprint_is_the_same_card(size: int) -> None:
    line = ScriptedReader(_model(fingerprint_bytes=size))
    work = _read(line, fingerprint=True)
    assert work.card == _read(ScriptedReader(_model())).card
    assert (line.count(READ_BASE_FINGERPRINT), line.count(READ_BASE)) == (1, 0)


def test_an_old_module_is_asked_for_a_fingerprint_once_and_never_again() -> None:
    line = ScriptedReader(_model())
    line.model.act("old_module", {})
    driver = _driver(line, fingerprint=True)
    for _ in range(2):
        driver.serve(ReadCard("s1"), work := Listening())
        assert work.card.name == FIELDS[CardKind.RESIDENT]["name"]
        line.model.act("lift", {})
        line.model.act("place", {"card": "any"})
    assert (line.count(READ_BASE_FINGERPRINT), line.count(READ_BASE)) == (1, 2)


def test_fingerprints_are_not_asked_for_unless_the_settings_say_so() -> None:
    line = ScriptedReader(_model())
    _read(line)
    assert line.count(READ_BASE_FINGERPRINT) == 0


# --- the appended address --------------------------------------------------------------------------------------------

MOVED_TO = "云浦市南岸区柳桥路2号𠮷室"


@pytest.mark.parametrize("kind", [CardKind.RESIDENT, CardKind.HMT_PERMIT])
def test_an_appended_address_is_the_cards_address_and_the_printed_one_is_kept_aside(kind: CardKind) -> None:
    card = _read(ScriptedReader(_model(kind, address=MOVED_TO))).card
    assert (card.address, card.extra["printed_address"]) == (MOVED_TO, FIELDS[kind]["address"])
    assert card.as_prefill()["address"] == MOVED_TO
    assert MOVED_TO not in repr(card)


def test_a_card_without_an_appended_address_keeps_the_printed_one() -> None:
    line = ScriptedReader(_model())
    card = _read(line).card
    assert card.address == FIELDS[CardKind.RESIDENT]["address"]
    assert "printed_address" not in card.extra
    assert line.count(READ_APPEND) == 1


@pytest.mark.parametrize("answer", [b"", bytes(68), bytes(71), " ".encode("utf-16-le") * 35])
def test_an_append_answer_that_holds_no_address_changes_nothing(answer: bytes) -> None:
    line = ScriptedReader(_model(), {READ_APPEND: [encode_answer(0x90, answer)]})
    assert _read(line).card.address == FIELDS[CardKind.RESIDENT]["address"]


def test_an_append_answer_with_a_length_in_front_is_read_by_it() -> None:
    block = encode_address(MOVED_TO)
    line = ScriptedReader(_model(), {READ_APPEND: [encode_answer(0x90, b"\x00\x46" + block)]})
    assert _read(line).card.address == MOVED_TO


@pytest.mark.parametrize("text", ["a\u202eb", "a\nb"])
def test_an_appended_address_with_controls_makes_the_card_invalid(text: str) -> None:
    line = ScriptedReader(_model(), {READ_APPEND: [encode_answer(0x90, encode_address(text))]})
    assert _read(line).events[-1] == CardFailed("s1", CardFailure.INVALID_DATA)
    with pytest.raises(CardTextError, match="appended_address"):
        decode_address(b"\x00\xd8" + bytes(68))


@pytest.mark.parametrize("word", [0x91, 0x21, 0x23, 0x24, 0x41])
def test_a_reader_that_cannot_give_the_append_gives_the_printed_address(word: int) -> None:
    line = ScriptedReader(_model(), {READ_APPEND: [encode_answer(word)]})
    assert _read(line).card.address == FIELDS[CardKind.RESIDENT]["address"]


def test_a_damaged_append_answer_is_asked_for_again_and_never_taken_for_none() -> None:
    bad = encode_answer(0x90, bytes(70))[:-1] + b"\x00"
    assert _read(ScriptedReader(_model(address=MOVED_TO), {READ_APPEND: [bad] * 2})).card.address == MOVED_TO
    work = _read(ScriptedReader(_model(address=MOVED_TO), {READ_APPEND: [bad] * 3}))
    assert work.events[-1] == CardFailed("s1", CardFailure.CHECKSUM)


@pytest.mark.parametrize("kind", [CardKind.FOREIGN_2017, CardKind.FOREIGN_2023])
def test_a_card_without_addresses_is_not_asked_for_one(kind: CardKind) -> None:
    line = ScriptedReader(_model(kind))
    assert _read(line).card.kind is kind
    assert line.count(READ_APPEND) == 0


# --- a card left behind ----------------------------------------------------------------------------------------------


def test_a_card_that_stays_is_said_once_and_its_going_once() -> None:
    line = ScriptedReader(_model())
    driver = _driver(line)
    served = driver.serve(ReadCard("s1"), Listening())
    assert served.follow_up == WatchCard("s1")
    work = Listening(pauses=3)
    assert not driver.serve(WatchCard("s1"), work).done
    assert work.events == [CardStillThere("s1")]
    line.model.act("lift", {})
    assert driver.serve(WatchCard("s1"), later := Listening()).done
    assert later.events == [CardRemoved("s1")]
    assert driver.serve(WatchCard("s1"), nothing := Listening()).done
    assert nothing.events == []


def test_a_card_lifted_before_the_first_look_is_known_to_have_gone() -> None:
    line = ScriptedReader(_model())
    driver = _driver(line)
    driver.serve(ReadCard("s1"), Listening())
    line.model.act("lift", {})
    assert driver.serve(WatchCard("s1"), work := Listening()).done
    assert work.events == [CardRemoved("s1")]


def test_a_card_left_behind_is_known_to_the_next_visit_until_it_is_taken() -> None:
    line = ScriptedReader(_model())
    driver = _driver(line)
    driver.serve(ReadCard("s1"), Listening())
    work = Listening(pauses=2)
    served = driver.serve(ReadCard("s2"), work)
    assert work.events == [CardStillThere("s1")]
    assert (work.conditions[-1].health, work.conditions[-1].detail) == (WELL, "card_left")
    assert served.follow_up == WatchCard("s1")  # s2 gave up: the card is still watched
    line.model.act("lift", {})
    line.model.act("place", {"card": {"text_hex": BLOCKS[CardKind.HMT_PERMIT].hex()}})
    driver.serve(ReadCard("s2"), later := Listening())
    assert [type(event) for event in later.events] == [CardRemoved, CardPresent, CardRead]
    assert later.events[0] == CardRemoved("s1")
    assert later.conditions[-1] == ONLINE


def test_the_same_visit_asking_again_is_not_told_of_its_own_card() -> None:
    driver = _driver(ScriptedReader(_model()))
    driver.serve(ReadCard("s1"), Listening())
    driver.serve(ReadCard("s1"), work := Listening(pauses=2))
    assert work.conditions == [ONLINE]


@pytest.mark.parametrize("answer", [encode_answer(0x21), encode_answer(0x23), encode_answer(0x41)])
def test_a_reader_that_cannot_tell_whether_a_card_lies_there_claims_nothing(answer: bytes) -> None:
    line = ScriptedReader(_model(), {READ_APPEND: [answer] * 5})
    driver = _driver(line)
    driver.serve(ReadCard("s1"), Listening())
    assert driver.serve(WatchCard("s1"), work := Listening()).done
    assert work.events == []


# --- the module itself -----------------------------------------------------------------------------------------------


def _ask(model: SamModel, data: bytes) -> list[int]:
    return [
        item.sw3 for answer in model.receive(data) for item in FrameParser().feed(answer) if isinstance(item, Frame)
    ]


def test_every_published_command_is_answered_by_the_emulated_module() -> None:
    model = _model()
    expected = {RESET: 0x90, SAM_STATUS: 0x90, SAM_ID: 0x90, FIND: 0x9F, SELECT: 0x90}
    expected |= {READ_BASE: 0x90, READ_APPEND: 0x91, READ_BASE_FINGERPRINT: 0x90}
    expected |= dict.fromkeys(SET_BAUD.values(), 0x90)
    assert {command: _ask(model, command.encode()) for command in expected} == {
        command: [word] for command, word in expected.items()
    }
    assert model.state()["module_baud"] == 9600


def test_sleep_and_wake_have_the_published_bytes_and_a_sleeping_module_says_nothing() -> None:
    assert (SLEEP.hex(), WAKE.hex()) == ("aaaaaa966900020002", "aaaaaa966900020103")
    model = _model()
    assert _ask(model, SLEEP) == [0x90]
    assert _ask(model, SAM_STATUS.encode()) == []
    assert _ask(model, WAKE) == [0x90]
    assert _ask(model, SAM_STATUS.encode()) == [0x90]


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ("aaaaaa96690003200121", Status.BAD_CHECKSUM),  # a find with CHK 21, as one public program sends it
        ("aaaaaa966900010100", Status.BAD_LENGTH),
        ("aaaaaa96690003600566", None),  # no such baud
        ("aaaaaa96690003200320", None),
        ("aaaa96690003200122", Status.FOUND),  # one AA lost
    ],
)
def test_wrong_and_incomplete_requests_get_the_word_that_names_the_fault(frame: str, word: Status | None) -> None:
    data = bytes.fromhex(frame)
    assert _ask(_model(), data)[:1] == [Status.BAD_COMMAND if word is None else word]


def test_a_read_before_select_and_a_second_find_are_refused() -> None:
    model = _model()
    assert _ask(model, READ_BASE.encode()) == [Status.NO_PRIVILEGE]
    for command in (FIND, SELECT, READ_BASE):
        _ask(model, command.encode())
    assert _ask(model, FIND.encode()) == [Status.NO_CARD]


def test_what_the_emulator_cannot_do_is_refused() -> None:
    model = _model()
    for do, args in (
        ("place", {"card": "any", "address": "长" * 36}),
        ("place", {"card": "any", "fingerprint_bytes": 100}),
        ("spoil_next", {"how": "nothing"}),
        ("fail_next", {"status": "zz"}),
    ):
        with pytest.raises(Refused):
            model.act(do, args)


# --- frames as bad lines make them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["chk", "len_huge", "noise", "lost_aa", "twice"])
def test_a_card_answer_spoilt_once_is_read_all_the_same(how: str) -> None:
    model = _model()
    model.act("spoil_next", {"how": how})
    work = _read(ScriptedReader(model))
    assert work.card.number == FIELDS[CardKind.RESIDENT]["number"]


def test_the_timeout_marker_of_other_hosts_is_no_answer() -> None:
    line = ScriptedReader(_model(), {READ_BASE: [HOST_TIMEOUT_MARKER]})
    assert _read(line).card.number == FIELDS[CardKind.RESIDENT]["number"]
    assert line.count(READ_BASE) == 2


def test_a_photo_full_of_preambles_is_a_photo() -> None:
    photo = (b"\xaa\xaa\xaa\x96\x69\x00\x04\x00\x00\x41\x45" * 100)[:1024]
    assert _read(ScriptedReader(_model(photo_hex=photo.hex()))).card.number == FIELDS[CardKind.RESIDENT]["number"]


# --- portraits -------------------------------------------------------------------------------------------------------


class OnePicture:
    """A decoder that remembers what it was given."""

    problem = "crashed"

    def __init__(self) -> None:
        self.photos: list[bytes] = []

    def decode(self, photo: bytes) -> bytes:
        self.photos.append(photo)
        return b"BM picture"


def test_a_decoder_is_given_the_photo_alone_and_its_picture_comes_with_the_card() -> None:
    photo = b"WL" + bytes(range(255)) * 4 + b"xx"
    line = ScriptedReader(_model(photo_hex=photo.hex(), fingerprint_bytes=512))
    decoder = OnePicture()
    driver = SamSerialReader(lambda: line, "/dev/null", fingerprint=True, decoder=decoder)
    driver.connect(reset=False)
    driver.serve(ReadCard("s1"), work := Listening())
    assert (work.card.portrait, decoder.photos) == (b"BM picture", [photo])
    assert "BM" not in repr(work.card)
    assert "portrait" not in work.card.as_prefill()
    assert driver.self_test() == (True, f"ok: SAM {SAM_ID_TEXT}, portrait crashed")
