"""UPS through the NUT server (`upsd`) that looks after it, on this machine or another.

`ups.status` is a set of words; the tables below say what they mean. Power is told on change only and stays as last
heard while the server has nothing fresh: a terminal on battery must not go back to work because a cable came loose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.codecs.nut import AnswerReader, NotNut, Refused, Variables, is_ups_name, list_variables
from devices.drivers.base import ONLINE, Condition, Request, Served, Work
from devices.errors import BadAnswer, NoAnswer
from devices.spec import DriverSpec, Options, OptionSpec, OptionValue, host_and_port
from devices.trace import Whole, traced
from devices.transports.base import Transport, TransportFactory
from devices.transports.guard import guarded
from devices.transports.tcp import TcpTransport
from kiosk.domain.devices import UPS, DeviceEvent, Health, Power, PowerChanged, Supply

_ANSWER_S = 2.0
_NUT_PORT = 3493
_MODEL_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class StatusRow:
    """If `ups.status` holds this word: what is said of the UPS. LOW makes it a warning: the terminal still runs."""

    word: str
    detail: str
    health: Health = Health.ONLINE
    supply: Supply = Supply.LOW


#: In order of weight: the first word that stands in `ups.status` decides.
STATUS_ROWS = (
    StatusRow("FSD", "shutdown_ordered"),
    StatusRow("LB", "battery_low"),
    StatusRow("OB", "on_battery"),
    StatusRow("OVER", "overload"),
    StatusRow("OFF", "output_off"),
    StatusRow("BYPASS", "bypass"),
    StatusRow("RB", "replace_battery"),
    StatusRow("ALARM", "ups_alarm"),
    StatusRow("CAL", "calibrating"),
)
#: The same for the power: the first row whose words all stand there. CHRG, TRIM, BOOST and TEST say nothing of it.
POWER_ROWS: tuple[tuple[frozenset[str], Power], ...] = (
    (frozenset({"FSD"}), Power.BATTERY_LOW),
    (frozenset({"OB", "LB"}), Power.BATTERY_LOW),
    (frozenset({"OB"}), Power.BATTERY),
    (frozenset({"OL"}), Power.MAINS),
)
#: What a refusal says. The others mean that server and terminal do not understand each other.
REFUSALS: Mapping[str, Condition] = {
    "DATA-STALE": Condition(Health.OFFLINE, detail="data_stale"),
    "DRIVER-NOT-CONNECTED": Condition(Health.OFFLINE, detail="driver_not_connected"),
    "UNKNOWN-UPS": Condition(Health.NO_DEVICE, detail="unknown_ups"),
    "ACCESS-DENIED": Condition(Health.OFFLINE, detail="access_denied"),
}
_REFUSED = Condition(Health.HARDWARE_ERROR, detail="server_refuses")


def status_condition(words: frozenset[str]) -> Condition:
    """The UPS in XFS4IoT words."""
    for row in STATUS_ROWS:
        if row.word in words:
            return Condition(row.health, row.supply, row.detail)
    return ONLINE if words & {"OL"} else Condition(Health.ONLINE, Supply.LOW, "status_unclear")


def power_of(words: frozenset[str]) -> Power:
    """Where the power comes from."""
    return next((power for needed, power in POWER_ROWS if needed <= words), Power.UNKNOWN)


class NutUps:
    """Driver `nut`. `ups` is the name the server knows it by."""

    driver = "nut"
    idle_every_s = 0.5
    probe_every_s = 1.0

    def __init__(self, open_transport: TransportFactory, where: str, ups: str) -> None:
        self._open = open_transport
        self._where = where
        self._ups = ups
        self._model = ""
        self._transport: Transport | None = None
        self._emit: Callable[[DeviceEvent], None] = _nobody
        self._told: PowerChanged | None = None

    @property
    def model(self) -> str:
        """Maker and model, as the server knows them."""
        return self._model

    def present(self) -> bool | None:
        """See Driver: a server cannot be seen from here."""
        return None

    def tell(self, emit: Callable[[DeviceEvent], None]) -> None:
        """See Sensing."""
        self._emit = emit

    def connect(self, *, reset: bool) -> Condition:
        """See Driver."""
        self._transport = self._open()
        self._told = None  # who lost sight of the UPS has forgotten what it said
        return self.probe()

    def probe(self) -> Condition:
        """See Driver: all variables."""
        match self._ask():
            case Refused(code):
                self._told = None
                return REFUSALS.get(code, _REFUSED)
            case Variables(values):
                return self._take(values)

    def idle(self) -> Condition | None:
        """The server says nothing unasked."""
        return None

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver: a UPS is asked for nothing."""
        return Served(done=True)

    def self_test(self) -> tuple[bool, str]:
        """See Driver: what the server says now; the battery is not put to a test, which could darken the hall."""
        match self._ask():
            case Refused(code):
                return False, f"{REFUSALS.get(code, _REFUSED).detail}: ERR"
            case Variables(values):
                condition = self._take(values)
                words = " ".join(sorted(_words(values) & _KNOWN)) or "none"
                charge, runtime = _whole(values, "battery.charge"), _whole(values, "battery.runtime")
                facts = f"status {words}; charge {_or_unknown(charge)} %; runtime {_or_unknown(runtime)} s"
                healthy = condition.detail not in ("replace_battery", "overload", "ups_alarm", "output_off")
                return healthy, f"{condition.detail}: {facts}"

    def close(self) -> None:
        """See Driver."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _take(self, values: Mapping[str, str]) -> Condition:
        names = (
            values.get("ups.mfr") or values.get("device.mfr"),
            values.get("ups.model") or values.get("device.model"),
        )
        self._model = " ".join(name.strip() for name in names if name)[:_MODEL_CHARACTERS] or "ups"
        words = _words(values)
        charge = _whole(values, "battery.charge")
        event = PowerChanged(power_of(words), charge if charge is not None and charge <= 100 else None)
        if event != self._told:
            self._told = event
            self._emit(event)
        return status_condition(words)

    def _ask(self) -> Variables | Refused:
        if self._transport is None:
            raise NoAnswer(self._where)
        reader = AnswerReader(self._ups)
        self._transport.write(list_variables(self._ups), _ANSWER_S)
        until = time.monotonic() + _ANSWER_S
        try:
            while (left := until - time.monotonic()) > 0:
                answer = reader.feed(self._transport.read(left))
                if answer is not None:
                    return answer
        except NotNut as error:
            raise BadAnswer(self._where) from error
        raise NoAnswer(self._where)


#: Words that may be shown; others are the maker's own.
_KNOWN = frozenset(row.word for row in STATUS_ROWS) | {"OL", "CHRG", "DISCHRG", "TRIM", "BOOST", "TEST"}


def _words(values: Mapping[str, str]) -> frozenset[str]:
    return frozenset(values.get("ups.status", "").upper().split())


def _whole(values: Mapping[str, str], name: str) -> int | None:
    """A number not below zero, without its decimals."""
    text = values.get(name, "").strip().split(".")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _or_unknown(number: int | None) -> str:
    return "?" if number is None else str(number)


def _nobody(_event: DeviceEvent) -> None:
    """Before `tell` nobody listens."""


def _check_name(value: OptionValue) -> str | None:
    return None if is_ups_name(str(value)) else "must have letters, digits, dot, dash and underscore only"


def _make(options: Options) -> NutUps:
    where = str(options["tcp"])
    host, port = host_and_port(where, _NUT_PORT) or (where, _NUT_PORT)
    return NutUps(traced(guarded(lambda: TcpTransport(host, port))), where, str(options["ups"]))


SPEC = DriverSpec(
    "nut",
    UPS,
    {
        "tcp": OptionSpec(
            "tcp", "The NUT server, as HOST or HOST:PORT (3493 when no port is given).", default="127.0.0.1"
        ),
        "ups": OptionSpec("text", "The name the server knows the UPS by.", default="ups", check=_check_name),
    },
    _make,
    about="A UPS looked after by Network UPS Tools.",
    page="docs/devices/ups.md",
    mask=Whole,
)
