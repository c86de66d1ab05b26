"""A NUT server with one UPS: mains, battery, charge, and what goes wrong between server and UPS."""

from __future__ import annotations

from devices.codecs.nut import MAX_LINE, NotNut, quote, split_words
from devices.emulators.model import Args, Reaction, Refused, int_arg, text_arg

_STATUS = {"mains": ["OL"], "battery": ["OB", "DISCHRG"], "low": ["OB", "DISCHRG", "LB"]}
_ERRORS = {"stale": "DATA-STALE", "disconnected": "DRIVER-NOT-CONNECTED"}


class UpsModel:
    """The server knows the UPS as `name`; any other name is UNKNOWN-UPS."""

    verbs = frozenset({"power", "charge", "battery", "stale", "fail_next"})
    notable_bytes = 1

    def __init__(self, name: str = "ups") -> None:
        self._name = name
        self._power = "mains"
        self._charge = 100
        self._old_battery = False
        self._error: str | None = None
        self._failures: list[str] = []
        self._buffer = bytearray()

    def act(self, do: str, args: Args) -> Reaction:
        """See Model. `power` {"what": mains|battery|low}, `charge` {"percent"}, `battery` {"what": good|replace}.

        `stale` {"what": stale|disconnected|fresh}, `fail_next` {"what": an ERR code | rubbish}.
        """
        match do:
            case "power":
                self._power = _one_of(text_arg(args, "what", "battery"), tuple(_STATUS))
            case "charge":
                self._charge = int_arg(args, "percent")
                if self._charge > 100:
                    raise Refused("percent must be 0 to 100")
            case "battery":
                self._old_battery = _one_of(text_arg(args, "what", "replace"), ("good", "replace")) == "replace"
            case "stale":
                self._error = _ERRORS.get(_one_of(text_arg(args, "what", "stale"), (*_ERRORS, "fresh")))
            case _:
                self._failures.append(text_arg(args, "what", "rubbish"))
        return Reaction()

    def power_cycle(self) -> None:
        """See Model: the server was started again; the UPS is as it was."""
        self._buffer.clear()
        self._failures.clear()

    def state(self) -> dict[str, object]:
        """See Model."""
        return {
            "power": self._power,
            "charge": self._charge,
            "replace_battery": self._old_battery,
            "error": self._error,
        }

    def receive(self, data: bytes) -> list[bytes]:
        """See Model."""
        self._buffer += data
        answers: list[bytes] = []
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            try:
                words = split_words(line)
            except NotNut:
                words = []
            answers.append(self._answer(words).encode())
        del self._buffer[MAX_LINE:]
        return answers

    def _variables(self) -> dict[str, str]:
        words = [*_STATUS[self._power], *(["RB"] if self._old_battery else [])]
        if self._power == "mains" and self._charge < 100:
            words.append("CHRG")
        return {
            "battery.charge": str(self._charge),
            "battery.charge.low": "20",
            "battery.runtime": str(self._charge * 12),
            "device.type": "ups",
            "driver.name": "emulated",
            "ups.mfr": "Emulated",
            "ups.model": "UPS 1000",
            "ups.status": " ".join(words),
        }

    def _answer(self, words: list[str]) -> str:
        if self._failures:
            failure = self._failures.pop(0)
            return "\x00\x7f?\n" if failure == "rubbish" else f"ERR {failure}\n"
        match words:
            case ["VER"]:
                return "Network UPS Tools upsd (emulated)\n"
            case ["LOGOUT"]:
                return "OK Goodbye\n"
            case ["LIST", "UPS"]:
                return f'BEGIN LIST UPS\nUPS {self._name} "Emulated"\nEND LIST UPS\n'
            case ["LIST" | "GET", "VAR", name, *_] if name != self._name:
                return "ERR UNKNOWN-UPS\n"
            case ["LIST" | "GET", "VAR", _, *_] if self._error is not None:
                return f"ERR {self._error}\n"
            case ["LIST", "VAR", name]:
                rows = "".join(f"VAR {name} {key} {quote(value)}\n" for key, value in self._variables().items())
                return f"BEGIN LIST VAR {name}\n{rows}END LIST VAR {name}\n"
            case ["GET", "VAR", name, key]:
                value = self._variables().get(key)
                return "ERR VAR-NOT-SUPPORTED\n" if value is None else f"VAR {name} {key} {quote(value)}\n"
            case _:
                return "ERR UNKNOWN-COMMAND\n"


def _one_of(what: str, known: tuple[str, ...]) -> str:
    if what not in known:
        raise Refused(f"what must be {', '.join(known)}")
    return what
