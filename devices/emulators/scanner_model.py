"""A code scanner: continuous with a suffix, or, once it has been sent a Newland unified trigger, on demand."""

from __future__ import annotations

from devices.codecs.scanner import ENQ, NAK, NEWLAND_COMMAND_HEAD, NEWLAND_START, NEWLAND_STOP, newland_reply
from devices.emulators.model import Args, Reaction, Refused, hex_arg, text_arg

_SUFFIXES = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "none": b""}
_VERDICTS = {"nak": NAK, "enq": ENQ}
_MAX_COMMAND = 256


class ScannerModel:
    """In trigger mode a code that was shown waits for the trigger, and a trigger waits for a code."""

    verbs = frozenset({"show", "fail_next"})
    notable_bytes = 1

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._trigger_mode = False
        self._triggered = False
        self._shown: bytes | None = None
        self._verdicts: list[int] = []

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        self._buffer += data
        answers: list[bytes] = []
        while True:
            start = self._buffer.find(NEWLAND_COMMAND_HEAD)
            if start < 0:
                del self._buffer[: max(0, len(self._buffer) - len(NEWLAND_COMMAND_HEAD) + 1)]
                return answers
            end = self._buffer.find(b";\x03", start)
            if end < 0:
                if len(self._buffer) - start > _MAX_COMMAND:
                    self._buffer.clear()
                return answers
            command = bytes(self._buffer[start : end + 2])
            del self._buffer[: end + 2]
            answers.extend(self._command(command))

    def act(self, do: str, args: Args) -> Reaction:
        """See Model. `show` {"text" | "hex" | "payload", "suffix"?: CR|LF|CRLF|none}, `fail_next` {"what": nak|enq}."""
        if do == "fail_next":
            what = text_arg(args, "what", "nak")
            if what not in _VERDICTS:
                raise Refused("what must be nak or enq")
            self._verdicts.append(_VERDICTS[what])
            return Reaction()
        suffix = text_arg(args, "suffix", "CR")
        if suffix not in _SUFFIXES:
            raise Refused(f"suffix must be one of {', '.join(_SUFFIXES)}")
        given = [key for key in ("text", "payload", "hex") if key in args]
        if len(given) != 1:
            raise Refused("show needs one of text, payload, hex")
        data = hex_arg(args, "hex") if given[0] == "hex" else text_arg(args, given[0]).encode()
        if not data:
            raise Refused("an empty code cannot be shown")
        self._shown = data + _SUFFIXES[suffix]
        return Reaction(send=tuple(self._look()))

    def power_cycle(self) -> None:
        """See Model."""
        self._buffer.clear()
        self._trigger_mode = self._triggered = False
        self._shown = None
        self._verdicts.clear()

    def state(self) -> dict[str, object]:
        """See Model."""
        return {"light": self._triggered or not self._trigger_mode, "waiting_code": self._shown is not None}

    def _command(self, command: bytes) -> list[bytes]:
        if self._verdicts:
            return [newland_reply(command, self._verdicts.pop(0))]
        if command not in (NEWLAND_START, NEWLAND_STOP):
            return [newland_reply(command, ENQ)]
        self._trigger_mode = True
        self._triggered = command == NEWLAND_START
        if not self._triggered:
            self._shown = None  # the light goes out: what was held there is taken away unread
        return [newland_reply(command), *self._look()]

    def _look(self) -> list[bytes]:
        """Read what is held there, if the light is on."""
        if self._shown is None or (self._trigger_mode and not self._triggered):
            return []
        code, self._shown, self._triggered = self._shown, None, False
        return [code]
