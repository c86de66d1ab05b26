"""Resident-card reader on a serial line, speaking the SAM protocol.

Find is asked every 320 ms while a card is wanted (the protocol forbids faster than 300), then select, then read base
(30 01), then the address that may have been appended to the card (30 03), which is the newer one. Where the settings
say so 30 10 is asked in place of 30 01, for modules that want it; the fingerprint in its answer is dropped at once. A
damaged answer is asked for again twice; the third time the line is called bad until the card is lifted. A card that
failed must be lifted before it is tried again.

After a successful read find says nothing any more, so whether the card still lies there is seen by 30 03, which needs
no new authentication; a reader that does not answer that is not watched. The driver remembers whose card lies there,
so that one left behind is known to the next resident's visit too.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace

from devices.codecs.sam import (
    FIND,
    MAX_ANSWER_LENGTH,
    READ_APPEND,
    READ_BASE,
    READ_BASE_FINGERPRINT,
    RESET,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    Command,
    Frame,
    FrameParser,
    Status,
    append_block,
    format_sam_id,
    split_base,
)
from devices.codecs.sam_text import CardTextError, decode_address, decode_text, has_address, with_newer_address
from devices.drivers.base import ONLINE, Condition, ReadCard, Request, Served, WatchCard, Work
from devices.drivers.status_tables import sam_meaning
from devices.errors import BadAnswer, NoAnswer
from devices.portrait import LibraryDecoder, NoDecoder, PhotoDecoder
from devices.spec import PORT, DriverSpec, Options, OptionSpec, baud, serial_line
from devices.trace import SamMask
from devices.transports.base import Transport, TransportFactory
from kiosk.domain.devices import (
    ID_CARD,
    CardFailed,
    CardFailure,
    CardPresent,
    CardRead,
    CardRemoved,
    CardStillThere,
    Health,
)
from kiosk.domain.identity_card import IdCard

FIND_EVERY_S = 0.32  # "more than 300 ms" between two finds
_WATCH_EVERY_S = 1.0
_WATCH_OFTEN_S = 120.0
_WATCH_SELDOM_S = 5.0
_LYING_EVERY_S = 0.5
_FIND_THOUGH_LYING_S = 3.0  # a reader that says "still there" for ever must not keep the next card out
_SAME_CARD_AGAIN_S = 3.0  # a failed card is tried again when it was seen to leave, or after this long
_READ_TRIES = 3
_QUIET_TRIES = 3
_ODD_FINDS = 3  # running: a card lies there that find can say nothing good of
_APPEND_TRIES = 2  # a reader that leaves 30 03 unanswered this often in a row does not know it

# How long the first byte of an answer may take; the rest is bounded by the gap between bytes, whatever the baud.
_FIRST_BYTE_S = {SAM_STATUS: 0.4, SAM_ID: 0.4, RESET: 1.0, FIND: 0.8, SELECT: 1.5, READ_BASE: 2.0, READ_APPEND: 1.5}
_FIRST_BYTE_S[READ_BASE_FINGERPRINT] = 3.0
_GAP_S = 0.4
_GAP_BYTES = 64
_WHOLE_ANSWER_S = 5.0  # beside the time of the longest answer on this line

#: Least and most data bytes of a success (90) answer; find answers 9F instead.
_ANSWER_BYTES = {
    RESET: (0, 0),
    SAM_STATUS: (0, 0),
    SAM_ID: (16, 16),
    FIND: (1, 0),
    SELECT: (0, 12),
    READ_BASE: (100, 4096),
    READ_BASE_FINGERPRINT: (100, 4096),
    READ_APPEND: (0, 200),
}
_DAMAGED = {Status.BAD_CHECKSUM, Status.BAD_LENGTH}
_LINE_DAMAGED = Condition(Health.HARDWARE_ERROR, detail="line_damaged")
_CARD_LEFT = Condition(Health.ONLINE, detail="card_left")


class _Damaged(Exception):
    """An answer came that was no whole frame: `truncated`, or wrong in itself."""

    def __init__(self, *, truncated: bool) -> None:
        super().__init__()
        self.truncated = truncated


@dataclass(slots=True)
class _Lying:
    """The card of this session was read and not seen to leave. `seen`: the reader could tell that it is there."""

    session: str
    seen: bool = False
    said: bool = False
    unanswered: int = 0


class SamSerialReader:
    """Driver `sam-serial`. `open_transport` opens the port; `port` is only looked at to see whether it exists.

    `fingerprint`: ask for 30 10 first, until a module does not know it.
    """

    driver = "sam-serial"
    idle_every_s = 0.25
    probe_every_s = 10.0

    def __init__(
        self,
        open_transport: TransportFactory,
        port: str,
        *,
        fingerprint: bool = False,
        decoder: PhotoDecoder | None = None,
    ) -> None:
        self._open = open_transport
        self._port = port
        self._ask_fingerprint = fingerprint
        self._decoder = decoder or NoDecoder()
        self._transport: Transport | None = None
        self._parser = FrameParser()
        self._model = ""
        self._mute_on_status = False
        self._append_unanswered = 0
        self._append_answered = False
        self._find_after = 0.0
        self._line_damaged = False
        self._lying: _Lying | None = None

    # --- life ---------------------------------------------------------------------------------------------------

    @property
    def model(self) -> str:
        """The SAM id in its printed form."""
        return self._model

    def present(self) -> bool | None:
        """See Driver."""
        return os.path.exists(self._port)

    def connect(self, *, reset: bool) -> Condition:
        """See Driver."""
        self._transport = self._open()
        self._append_unanswered = 0
        self._line_damaged = False
        self._lying = None
        if reset:
            self._try(RESET, tries=1)
        condition = self.probe()
        frame = self._try(SAM_ID, tries=1 if self._mute_on_status else _QUIET_TRIES)
        if frame is not None and frame.sw3 == Status.OK:
            self._model = f"SAM {format_sam_id(frame.data)}"
        return condition

    def probe(self) -> Condition:
        """See Driver. Some readers know only find, select and read: an answer to find is a sign of life too."""
        asked = (FIND, SAM_STATUS) if self._mute_on_status else (SAM_STATUS, FIND)
        for command, tries in zip(asked, (_QUIET_TRIES, 1), strict=True):
            frame = self._try(command, tries)
            if frame is not None:
                self._mute_on_status = command is FIND
                return sam_meaning(frame.sw3).condition
        raise NoAnswer(self._port)

    def idle(self) -> Condition | None:
        """A reader says nothing unasked; reading shows whether the line is still there."""
        self._line().read(0.0)
        return None

    def self_test(self) -> tuple[bool, str]:
        """See Driver: a sign of life, then SAM id."""
        condition = self.probe()
        frame = self._try(SAM_ID, tries=_QUIET_TRIES)
        identity = format_sam_id(frame.data) if frame is not None and frame.sw3 == Status.OK else None
        detail = f"{condition.detail}: SAM {identity or 'no id'}"
        if self._decoder.problem:
            detail += f", portrait {self._decoder.problem}"
        return condition.detail == "ok" and identity is not None, detail

    def close(self) -> None:
        """See Driver."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    # --- requests -----------------------------------------------------------------------------------------------

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        match request:
            case ReadCard(session):
                return self._read_card(session, work)
            case WatchCard(session):
                return self._watch(session, work)
            case _:
                return Served(done=True)

    def _read_card(self, session: str, work: Work) -> Served:
        wait_for_lift_until = 0.0
        quiet = odd = 0
        find_though_lying_at = time.monotonic() + _FIND_THOUGH_LYING_S
        while not work.stopped():
            if self._lying is not None and self._still_lies(work):
                self._report(ONLINE, session, work)
                if time.monotonic() < find_though_lying_at:
                    work.pause(_LYING_EVERY_S)
                    continue
                find_though_lying_at = time.monotonic() + _FIND_THOUGH_LYING_S
            work.pause(self._find_after - time.monotonic())
            try:
                frame = self._ask(FIND)
                if frame.sw3 in _DAMAGED:
                    raise _Damaged(truncated=False)
                quiet = 0
            except (_Damaged, NoAnswer) as error:
                quiet += 1
                if quiet >= _QUIET_TRIES:
                    raise (BadAnswer if isinstance(error, _Damaged) else NoAnswer)(self._port) from error
                continue
            if frame.sw3 == Status.NO_CARD:
                wait_for_lift_until = 0.0
                self._line_damaged = False
            meaning = sam_meaning(frame.sw3)
            self._report(meaning.condition, session, work)
            odd = 0 if frame.sw3 in (Status.FOUND, Status.NO_CARD) else odd + 1
            if odd == _ODD_FINDS and meaning.condition == ONLINE:
                work.emit(CardFailed(session, meaning.failure or CardFailure.UNREADABLE))
            if frame.sw3 == Status.FOUND and time.monotonic() >= wait_for_lift_until:
                self._taken_away(work)  # a reader finds no card twice: this is another one, or it was lifted between
                work.emit(CardPresent(session))
                result = self._select_and_read(session, work)
                if isinstance(result, IdCard):
                    self._lying = _Lying(session, seen=self._append_answered)
                    work.emit(CardRead(session, result))
                    return Served(done=True, follow_up=WatchCard(session))
                work.emit(CardFailed(session, result))
                self._report(ONLINE, session, work)
                if result is not CardFailure.LIFTED_EARLY:
                    wait_for_lift_until = time.monotonic() + _SAME_CARD_AGAIN_S
        # Nobody wants a card any more, but one may still lie there.
        return Served(done=False, follow_up=WatchCard(self._lying.session) if self._lying else None)

    def _report(self, condition: Condition, session: str, work: Work) -> None:
        """Say how the reader is; where it is well, a damaged line and a card left by somebody else are said instead."""
        if condition == ONLINE and self._line_damaged:
            condition = _LINE_DAMAGED
        elif condition == ONLINE and self._lying is not None and self._lying.session != session:
            condition = _CARD_LEFT
        work.report(condition)

    def _select_and_read(self, session: str, work: Work) -> IdCard | CardFailure:
        failure = CardFailure.TIMEOUT
        selected = False
        truncated = False
        read = READ_BASE_FINGERPRINT if self._ask_fingerprint else READ_BASE
        tries = _READ_TRIES
        while tries:
            tries -= 1
            try:
                if not selected:
                    answer = self._ask(SELECT)
                    if answer.sw3 in _DAMAGED:
                        failure = CardFailure.CHECKSUM
                        continue
                    again = tries < _READ_TRIES - 1
                    if answer.sw3 == Status.SELECT_FAILED and again and self._find_says(Status.FOUND):
                        continue  # it had selected the card, and its word for that was lost
                    if answer.sw3 != Status.OK:
                        return self._failure(answer.sw3, session, work)
                    selected = True
                answer = self._ask(read)
            except _Damaged as error:
                failure = CardFailure.CHECKSUM
                truncated = error.truncated
                continue
            except NoAnswer:
                continue
            if answer.sw3 == Status.BAD_COMMAND and read is READ_BASE_FINGERPRINT:
                self._ask_fingerprint = False  # an older module: it will not learn it
                read = READ_BASE
                tries += 1
                continue
            if answer.sw3 in _DAMAGED:
                failure = CardFailure.CHECKSUM
                continue
            if answer.sw3 != Status.OK:
                return self._failure(answer.sw3, session, work)
            result = self._card(answer.data)
            if result is not CardFailure.CHECKSUM:
                self._line_damaged = False
                return result
            failure = result
            break
        if truncated and self._card_is_gone():
            return CardFailure.LIFTED_EARLY
        if failure is CardFailure.TIMEOUT:
            self.probe()  # a module that answers nothing at all is a fault of the reader, not of the card
        self._line_damaged = failure is CardFailure.CHECKSUM
        return failure

    def _card(self, data: bytes) -> IdCard | CardFailure:
        """The card of a read answer. A fingerprint in it goes no further than here."""
        answer = split_base(data)
        if answer is None:
            return CardFailure.INVALID_DATA
        self._append_answered = False
        try:
            card = decode_text(answer.text)
            address = self._newer_address() if has_address(card.kind) else ""
        except CardTextError:
            return CardFailure.INVALID_DATA
        except _Damaged:
            return CardFailure.CHECKSUM
        if address:
            card = with_newer_address(card, address)
        portrait = self._decoder.decode(answer.photo)
        return replace(card, portrait=portrait) if portrait else card

    def _newer_address(self) -> str:
        """What 30 03 says; empty when nothing was appended or the reader cannot say. Raises _Damaged, CardTextError.

        An answer that fits shows, too, that the reader can tell whether the card lies there.
        """
        for _ in range(_READ_TRIES):
            if self._append_unanswered >= _APPEND_TRIES:
                break
            try:
                answer = self._ask(READ_APPEND)
            except NoAnswer:
                self._append_unanswered += 1
                break
            except _Damaged:
                continue
            self._append_unanswered = 0
            if answer.sw3 in _DAMAGED:
                continue
            self._append_answered = answer.sw3 in (Status.OK, Status.NO_CONTENT)
            block = append_block(answer.data) if answer.sw3 == Status.OK else None
            return decode_address(block) if block is not None else ""
        else:
            raise _Damaged(truncated=False)
        return ""

    def _failure(self, sw3: int, session: str, work: Work) -> CardFailure:
        """What a refusal means; where a lifted card looks the same, the reader is asked whether it is still there."""
        meaning = sam_meaning(sw3)
        self._report(meaning.condition, session, work)
        if meaning.look_again and self._card_is_gone():
            return CardFailure.LIFTED_EARLY
        return meaning.failure or CardFailure.UNREADABLE

    def _card_is_gone(self) -> bool:
        return self._find_says(Status.NO_CARD)

    def _find_says(self, word: Status) -> bool:
        frame = self._try(FIND, tries=1)
        return frame is not None and frame.sw3 == word

    # --- the card that was read ---------------------------------------------------------------------------------

    def _watch(self, session: str, work: Work) -> Served:
        """The first look comes straight after the read, so that a card lifted at once is noticed too."""
        if self._lying is None or self._lying.session != session:
            return Served(done=True)
        often_until = time.monotonic() + _WATCH_OFTEN_S
        while self._still_lies(work):
            if work.pause(_WATCH_EVERY_S if time.monotonic() < often_until else _WATCH_SELDOM_S):
                return Served(done=False)
        work.report(ONLINE)
        return Served(done=True)

    def _still_lies(self, work: Work) -> bool:
        """Look whether the card that was read lies there. A reader that never could say so is not asked again."""
        if self._lying is None:
            return False
        frame = self._try(READ_APPEND, tries=1)
        if frame is None:
            self._lying.unanswered += 1
            if self._lying.unanswered > 1:
                self._lying = None
            return self._lying is not None
        self._lying.unanswered = 0
        if frame.sw3 in (Status.OK, Status.NO_CONTENT):
            self._lying.seen = True
            if not self._lying.said:
                self._lying.said = True
                work.emit(CardStillThere(self._lying.session))
            return True
        if frame.sw3 in _DAMAGED:
            return True
        self._taken_away(work)
        return False

    def _taken_away(self, work: Work) -> None:
        if self._lying is not None and self._lying.seen:
            work.emit(CardRemoved(self._lying.session))
        self._lying = None

    # --- one question, one answer -------------------------------------------------------------------------------

    def _line(self) -> Transport:
        if self._transport is None:
            raise NoAnswer(self._port)
        return self._transport

    def _try(self, command: Command, tries: int) -> Frame | None:
        """The answer, or None when there was no good one in so many tries."""
        for _ in range(tries):
            try:
                return self._ask(command)
            except (_Damaged, NoAnswer):
                continue
        return None

    def _ask(self, command: Command) -> Frame:
        """Send a command and wait for the answer that fits it. Raises _Damaged, NoAnswer, or what the line raises."""
        line = self._line()
        while line.read(0.0):  # a late answer to an earlier question must not pass for this one's
            pass
        self._parser.reset()
        if command is FIND:
            time.sleep(max(0.0, self._find_after - time.monotonic()))
            self._find_after = time.monotonic() + FIND_EVERY_S
        request = command.encode()
        line.write(request, 1.0)
        began = time.monotonic()
        last_byte = 0.0
        gap_s = _GAP_S + _GAP_BYTES * line.byte_time_s
        first_byte_s = _FIRST_BYTE_S[command] + len(request) * line.byte_time_s
        whole_s = _WHOLE_ANSWER_S + MAX_ANSWER_LENGTH * line.byte_time_s
        noise = misframed = False
        while True:
            now = time.monotonic()
            if self._parser.pending and now - last_byte > gap_s:
                raise _Damaged(truncated=True)
            if misframed and not self._parser.pending and now - last_byte > gap_s:
                raise _Damaged(truncated=False)
            if not self._parser.pending and now - began > first_byte_s:
                if noise:
                    raise _Damaged(truncated=False)
                raise NoAnswer(self._port)
            if now - began > whole_s:
                raise _Damaged(truncated=True)
            data = line.read(min(gap_s, max(0.01, first_byte_s - (now - began))) if not last_byte else gap_s / 4)
            if not data:
                continue
            last_byte = time.monotonic()
            noise = True
            for item in self._parser.feed(data):
                if isinstance(item, Frame):
                    if _fits(command, item):
                        return item
                elif item.reason == "checksum":
                    raise _Damaged(truncated=False)
                else:
                    misframed = True  # the answer may still follow, but not long after


def _fits(command: Command, frame: Frame) -> bool:
    """Whether a frame can be this command's answer; otherwise it is a late one and is passed over."""
    size = len(frame.data)
    if frame.sw3 == Status.FOUND:
        return command == FIND
    if frame.sw3 != Status.OK:
        return size == 0
    least, most = _ANSWER_BYTES[command]
    return least <= size <= most


def _make(options: Options) -> SamSerialReader:
    library = options.get("portrait_library")
    return SamSerialReader(
        serial_line(options),
        str(options["port"]),
        fingerprint=options["fingerprint"] == "ask",
        decoder=LibraryDecoder(str(library)) if library else None,
    )


SPEC = DriverSpec(
    "sam-serial",
    ID_CARD,
    {
        "port": PORT,
        "baud": baud(115200),
        "fingerprint": OptionSpec(
            "text",
            "`skip` reads text and photo (30 01); `ask` is for modules that want 30 10. Fingerprints are never kept.",
            ("skip", "ask"),
            "skip",
        ),
        "portrait_library": OptionSpec(
            "path",
            "The operator's own decoder of card pictures (a shared library with `unpack`); run in a process apart.",
            example="/opt/wlt/libwltdecode.so",
            optional=True,
        ),
    },
    _make,
    about="ID-card readers that speak the SAM protocol over a serial line (nearly all of them).",
    page="docs/devices/id_card.md",
    mask=SamMask,
)
