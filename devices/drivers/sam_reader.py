"""Resident-card reader on a serial line, speaking the SAM protocol.

Find is asked every 300 ms while a card is wanted (the protocol forbids faster), then select, then read base (30 01);
fingerprints are never read. A damaged answer is asked for again twice. A card that failed must be lifted before it is
tried again. After a successful read find says nothing any more, so removal is seen by asking for the appended address
(30 03), which needs no new authentication; a reader that does not answer that is not watched.
"""

from __future__ import annotations

import os
import time

from devices.codecs.sam import (
    FIND,
    READ_APPEND,
    READ_BASE,
    RESET,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    Command,
    Frame,
    FrameParser,
    Status,
    format_sam_id,
    split_base,
)
from devices.codecs.sam_text import CardTextError, decode_text
from devices.drivers.base import Condition, ReadCard, Request, Served, WatchCard, Work
from devices.drivers.status_tables import sam_meaning
from devices.errors import BadAnswer, NoAnswer
from devices.spec import PORT, DriverSpec, Options, baud, serial_line
from devices.transports.base import Transport, TransportFactory
from kiosk.domain.devices import ID_CARD, CardFailed, CardFailure, CardPresent, CardRead, CardRemoved
from kiosk.domain.identity_card import IdCard

FIND_EVERY_S = 0.32  # "more than 300 ms" between two finds
_WATCH_EVERY_S = 1.0
_WATCH_AT_MOST_S = 120.0
_SAME_CARD_AGAIN_S = 3.0  # a failed card is tried again when it was seen to leave, or after this long
_READ_TRIES = 3
_QUIET_TRIES = 3

# How long the first byte of an answer may take; the rest is bounded by the gap between bytes, whatever the baud.
_FIRST_BYTE_S = {SAM_STATUS: 0.4, SAM_ID: 0.4, RESET: 1.0, FIND: 0.8, SELECT: 1.5, READ_BASE: 2.0, READ_APPEND: 1.5}
_GAP_S = 0.4
_GAP_BYTES = 64
_WHOLE_ANSWER_S = 20.0

#: Least and most data bytes of a success (90) answer; find answers 9F instead.
_ANSWER_BYTES = {
    RESET: (0, 0),
    SAM_STATUS: (0, 0),
    SAM_ID: (16, 16),
    FIND: (1, 0),
    SELECT: (0, 12),
    READ_BASE: (100, 4096),
    READ_APPEND: (0, 200),
}
_DAMAGED = {Status.BAD_CHECKSUM, Status.BAD_LENGTH}


class _Damaged(Exception):
    """An answer came that was no whole frame: `truncated`, or wrong in itself."""

    def __init__(self, *, truncated: bool) -> None:
        super().__init__()
        self.truncated = truncated


class SamSerialReader:
    """Driver `sam-serial`. `open_transport` opens the port; `port` is only looked at to see whether it exists."""

    driver = "sam-serial"
    idle_every_s = 0.25
    probe_every_s = 10.0

    def __init__(self, open_transport: TransportFactory, port: str) -> None:
        self._open = open_transport
        self._port = port
        self._transport: Transport | None = None
        self._parser = FrameParser()
        self._model = ""
        self._mute_on_status = False

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
        return condition.detail == "ok" and identity is not None, f"{condition.detail}: SAM {identity or 'no id'}"

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
        quiet = 0
        while not work.stopped():
            began = time.monotonic()
            try:
                frame = self._ask(FIND)
                quiet = 0
            except (_Damaged, NoAnswer) as error:
                quiet += 1
                if quiet >= _QUIET_TRIES:
                    raise (BadAnswer if isinstance(error, _Damaged) else NoAnswer)(self._port) from error
                frame = None
            if frame is not None:
                work.report(sam_meaning(frame.sw3).condition)
                if frame.sw3 == Status.NO_CARD:
                    wait_for_lift_until = 0.0
                elif frame.sw3 == Status.FOUND and time.monotonic() >= wait_for_lift_until:
                    work.emit(CardPresent(session))
                    result = self._select_and_read()
                    if isinstance(result, IdCard):
                        work.emit(CardRead(session, result))
                        return Served(done=True, follow_up=WatchCard(session))
                    work.emit(CardFailed(session, result))
                    if result is not CardFailure.LIFTED_EARLY:
                        wait_for_lift_until = time.monotonic() + _SAME_CARD_AGAIN_S
            work.pause(FIND_EVERY_S - (time.monotonic() - began))
        return Served(done=False)

    def _select_and_read(self) -> IdCard | CardFailure:
        failure = CardFailure.TIMEOUT
        selected = False
        truncated = False
        for _ in range(_READ_TRIES):
            try:
                if not selected:
                    answer = self._ask(SELECT)
                    if answer.sw3 in _DAMAGED:
                        failure = CardFailure.CHECKSUM
                        continue
                    if answer.sw3 != Status.OK:
                        return self._failure(answer.sw3)
                    selected = True
                answer = self._ask(READ_BASE)
            except _Damaged as error:
                failure = CardFailure.CHECKSUM
                truncated = error.truncated
                continue
            except NoAnswer:
                continue
            if answer.sw3 in _DAMAGED:
                failure = CardFailure.CHECKSUM
                continue
            return _card(answer.data) if answer.sw3 == Status.OK else self._failure(answer.sw3)
        if truncated and self._card_is_gone():
            return CardFailure.LIFTED_EARLY
        if failure is CardFailure.TIMEOUT:
            self.probe()  # a module that answers nothing at all is a fault of the reader, not of the card
        return failure

    def _failure(self, sw3: int) -> CardFailure:
        """What a refusal means; where a lifted card looks the same, the reader is asked whether it is still there."""
        meaning = sam_meaning(sw3)
        if meaning.look_again and self._card_is_gone():
            return CardFailure.LIFTED_EARLY
        return meaning.failure or CardFailure.UNREADABLE

    def _card_is_gone(self) -> bool:
        frame = self._try(FIND, tries=1)
        return frame is not None and frame.sw3 == Status.NO_CARD

    def _watch(self, session: str, work: Work) -> Served:
        """The first look comes straight after the read, so that a card lifted at once is noticed too."""
        until = time.monotonic() + _WATCH_AT_MOST_S
        seen = False
        silent = 0
        while time.monotonic() < until:
            frame = self._try(READ_APPEND, tries=1)
            if frame is None:
                silent += 1
            elif frame.sw3 in (Status.OK, Status.NO_CONTENT):
                seen, silent = True, 0
            else:
                if seen:
                    work.emit(CardRemoved(session))
                break  # never seen: this reader cannot tell
            if silent > 1:
                break
            if work.pause(_WATCH_EVERY_S):
                return Served(done=False)
        return Served(done=True)

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
        request = command.encode()
        line.write(request, 1.0)
        began = time.monotonic()
        last_byte = 0.0
        gap_s = _GAP_S + _GAP_BYTES * line.byte_time_s
        first_byte_s = _FIRST_BYTE_S[command] + len(request) * line.byte_time_s
        noise = False
        while True:
            now = time.monotonic()
            if self._parser.pending and now - last_byte > gap_s:
                raise _Damaged(truncated=True)
            if not self._parser.pending and now - began > first_byte_s:
                if noise:
                    raise _Damaged(truncated=False)
                raise NoAnswer(self._port)
            if now - began > _WHOLE_ANSWER_S:
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


def _fits(command: Command, frame: Frame) -> bool:
    """Whether a frame can be this command's answer; otherwise it is a late one and is passed over."""
    size = len(frame.data)
    if frame.sw3 == Status.FOUND:
        return command == FIND
    if frame.sw3 != Status.OK:
        return size == 0
    least, most = _ANSWER_BYTES[command]
    return least <= size <= most


def _card(data: bytes) -> IdCard | CardFailure:
    answer = split_base(data)
    if answer is None:
        return CardFailure.INVALID_DATA
    try:
        return decode_text(answer.text)
    except CardTextError:
        return CardFailure.INVALID_DATA


def _make(options: Options) -> SamSerialReader:
    return SamSerialReader(serial_line(options), str(options["port"]))


SPEC = DriverSpec(
    "sam-serial",
    ID_CARD,
    {"port": PORT, "baud": baud(115200)},
    _make,
    about="ID-card readers that speak the SAM protocol over a serial line (nearly all of them).",
    page="docs/devices/id_card.md",
)
