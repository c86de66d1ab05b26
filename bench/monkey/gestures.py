"""What a monkey does: one gesture a step, drawn by weight. Everything goes in at the X server or at a device's line."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.monkey.display import LARGEST_KEYCODE, Display
from devices.emulators.client import ControlClient
from ui.kit.controls import INERT_S

Spot = tuple[int, int]
Rest = Callable[[float], None]

PIN: Final = "271828"
DEAF_S: Final = INERT_S + 0.2
"""Until a fresh page listens, and the monkey knows what is on it."""
PEOPLE: Final = ("lin", "chen", "expired", "foreign17")
_PULLED: Final = ("id_card", "code_scanner", "receipt_printer")
_MODIFIERS: Final = ("Control_L", "Alt_L", "Shift_L", "Super_L", "Alt_R", "Menu", "Caps_Lock")
_KEYS: Final[tuple[str, ...]] = (
    *(f"F{number}" for number in range(1, 13)),
    *("Escape", "Tab", "Return", "space", "BackSpace", "Delete", "Insert", "Home", "End", "Prior", "Next"),
    *("Up", "Down", "Left", "Right", "Menu", "Print", "Pause", "Scroll_Lock", "Num_Lock", "Super_L", "Help"),
    *("XF86AudioMute", "XF86AudioRaiseVolume", "XF86WWW", "XF86Mail", "XF86PowerOff", "XF86Sleep", "XF86Calculator"),
    *string.ascii_lowercase,
    *string.digits,
)
#: The chords that lead out of other people's terminals.
_CHORDS: Final[tuple[tuple[str, ...], ...]] = (
    *(("Alt_L", name) for name in ("F4", "Tab", "F1", "F2", "space", "Left", "Return", "Print")),
    *(("Control_L", name) for name in ("q", "w", "n", "o", "p", "s", "a", "c", "v", "x", "f", "t", "Escape", "F4")),
    *(("Control_L", "Alt_L", name) for name in ("Delete", "t", "F1", "F2", "F7", "Escape", "l", "d")),
    *(("Control_L", "Shift_L", name) for name in ("i", "j", "u", "Escape", "n", "t")),
    *(("Super_L", name) for name in ("d", "e", "l", "r", "Tab")),
    *(("Shift_L", name) for name in ("F10", "Insert", "Delete")),
)
_WHEELS: Final = (4, 5, 6, 7)
_BODY_KEYS: Final = ("action.start", "choice.", "consent.", "item.", "language.", "everyday.", "life.", "declare.")
_WAY_OUT: Final = frozenset({"action.exit", "action.leave", "action.discard"})


@dataclass
class Around:
    """What the monkey knows of the page and has to itself: lines to the devices, and codes of the centre."""

    step: str = ""
    spots: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    devices: ControlClient | None = None
    citizen_code: Callable[[str], str] = str


class Monkey:
    """Does one senseless thing after the other. ``rest`` waits so many seconds while it watches the screen loop."""

    def __init__(self, chance: random.Random, display: Display, around: Around, rest: Rest) -> None:
        self._chance = chance
        self._display = display
        self._around = around
        self._rest = rest
        self._window = 0
        self._weights: Mapping[Callable[[], str], float] = {
            self.touch_control: 46,
            self.go_on: 9,
            self.touch_anywhere: 6,
            self.touch_edge: 4,
            self.touch_fast: 4,
            self.drag: 5,
            self.drag_from_edge: 2,
            self.other_button: 5,
            self.wheel: 3,
            self.buttons_at_once: 3,
            self.key: 8,
            self.any_key: 3,
            self.chord: 8,
            self.text: 1,
            self.ask_to_close: 1,
            self.device: 6,
            self.knock: 0.2,
            self.hover: 0.6,
            self.pause: 1,
            self.long_press: 0.4,
            self.go_away: 0.2,
        }

    def act(self, window: int) -> str:
        """One gesture; its name, with where it went."""
        self._window = window
        (gesture,) = self._chance.choices(list(self._weights), list(self._weights.values()))
        return f"{gesture.__name__} {gesture()}".rstrip()

    # ---- fingers

    def touch_control(self) -> str:
        name, spot = self._control(self._around.spots)
        self._press(spot)
        return name

    def go_on(self) -> str:
        """What a resident would do, once the page listens: it leads deeper than chance alone."""
        self._rest(DEAF_S)
        if self._around.step == "attract" and self._chance.random() < 0.3:
            return self.knock()
        forward = [spot for spot in self._around.spots if spot[0] == "action.next" and self._chance.random() < 0.6]
        wanted = forward or [spot for spot in self._around.spots if spot[0].startswith(_BODY_KEYS)]
        name, spot = self._control(wanted or self._around.spots)
        self._press(spot)
        if "signature" in name or self._around.step in ("sign", "party_sign", "work_sign"):
            self._line(spot, self._anywhere())
        return name

    def touch_anywhere(self) -> str:
        self._press(spot := self._anywhere())
        return str(spot)

    def touch_edge(self) -> str:
        self._press(spot := self._edge())
        return str(spot)

    def touch_fast(self) -> str:
        name, spot = self._control(self._around.spots)
        for _ in range(self._chance.choice((2, 2, 3, 5))):
            self._press(spot)
        return name

    def long_press(self) -> str:
        name, spot = self._control(self._around.spots)
        self._display.move(spot)
        self._display.button(1, down=True)
        self._rest(self._chance.uniform(2, 5))
        self._display.button(1, down=False)
        return name

    def drag(self) -> str:
        name, spot = self._control(self._around.spots)
        self._line(spot, self._anywhere())
        return name

    def drag_from_edge(self) -> str:
        self._line(spot := self._edge(), self._anywhere())
        return str(spot)

    def buttons_at_once(self) -> str:
        name, spot = self._control(self._around.spots)
        self._display.move(spot)
        buttons = self._chance.sample((1, 2, 3, 8, 9), self._chance.choice((2, 3)))
        for down in (True, False):
            for button in buttons:
                self._display.button(button, down=down)
        return f"{name} {buttons}"

    def other_button(self) -> str:
        name, spot = self._control(self._around.spots)
        button = self._chance.choice((2, 3, 3, 3, 8, 9))
        self._press(spot, button)
        return f"{name} {button}"

    def wheel(self) -> str:
        name, spot = self._control(self._around.spots)
        button = self._chance.choice(_WHEELS)
        for _ in range(self._chance.choice((1, 3, 8))):
            self._press(spot, button)
        return f"{name} {button}"

    def hover(self) -> str:
        """Long enough for a tool tip."""
        name, (x, y) = self._control(self._around.spots)
        self._display.move((x - 1, y))
        self._display.move((x, y))
        self._rest(0.9)
        return name

    # ---- a keyboard that somebody plugged in

    def key(self) -> str:
        name = self._chance.choice(_KEYS)
        self._type(name)
        return name

    def any_key(self) -> str:
        """Whatever a keyboard could send, with or without a name."""
        code = self._chance.randint(8, LARGEST_KEYCODE)
        held = self._chance.sample(_MODIFIERS[:5], self._chance.choice((0, 0, 1, 2)))
        self._held([*(self._display.code_of(name) for name in held), code])
        return f"{code} {held}"

    def chord(self) -> str:
        chord = self._chance.choice(_CHORDS)
        self._held([self._display.code_of(name) for name in chord])
        return "+".join(chord)

    def text(self) -> str:
        """As a scanner that is a keyboard types."""
        for _ in range(12):
            self._type(self._chance.choice(string.ascii_lowercase + string.digits))
        self._type("Return")
        return ""

    def ask_to_close(self) -> str:
        self._display.ask_to_close(self._window)
        return ""

    # ---- hall and devices

    def device(self) -> str:
        devices, chance = self._around.devices, self._chance
        if devices is None:
            return ""
        # What makes a terminal useless is undone more often than done.
        moves: list[tuple[str, str, dict[str, Any]]] = [
            *[("id_card", "place", {"card": chance.choice(PEOPLE)})] * 5,
            *[("id_card", "lift", {})] * 3,
            *[("code_scanner", "show", {"text": chance.choice(("x", "7K2M9XQ4HT0C", "\x1b[2J", "9" * 200))})] * 3,
            *[("code_scanner", "show", {"citizen": chance.choice(PEOPLE)})] * 2,
            ("receipt_printer", "paper_out", {}),
            *[("receipt_printer", "paper_in", {})] * 2,
            ("io_board", "door", {"what": "open"}),
            *[("io_board", "door", {"what": "closed"})] * 6,
            ("io_board", "person", {"what": chance.choice(("near", "away"))}),
            ("io_board", "headset", {"what": chance.choice(("in", "out"))}),
            ("ups", "power", {"what": chance.choice(("battery", "low"))}),
            *[("ups", "power", {"what": "mains"})] * 4,
            ("document_camera", "place", {"text": "a page"}),
            ("document_camera", "remove", {}),
            (chance.choice(_PULLED), "unplug", {}),
            *[(name, "plug", {}) for name in _PULLED],
        ]
        device, do, more = chance.choice(moves)
        if (person := more.pop("citizen", None)) is not None:
            more["text"] = self._around.citizen_code(person)
        _send(devices, device, do, more)
        return f"{device} {do}"

    def knock(self) -> str:
        """What opens the technician's pages, and their PIN."""
        for _ in range(5):
            self._press(self._named("staff.corner") or (8, 8))
            self._rest(INERT_S + 0.05)
        self._rest(DEAF_S)
        for digit in PIN:
            if (spot := self._named(f"key.{digit}")) is None:
                return ""
            self._press(spot)
            self._rest(0.1)
        if (spot := self._named("action.next")) is not None:
            self._press(spot)
        return "and the PIN"

    def pause(self) -> str:
        self._rest(self._chance.uniform(0.2, 1.0))
        return ""

    def go_away(self) -> str:
        """Until the visit has been ended."""
        self._rest(self._chance.uniform(3, 8))
        return ""

    # ---- how

    def calm(self) -> None:
        """Nothing is held any more, and the devices work."""
        for button in (1, 2, 3):
            self._display.button(button, down=False)
        if self._around.devices is not None:
            for device, do, more in (
                ("io_board", "door", {"what": "closed"}),
                ("ups", "power", {"what": "mains"}),
                ("receipt_printer", "paper_in", {}),
                ("id_card", "lift", {}),
            ):
                _send(self._around.devices, device, do, more)

    def _press(self, spot: Spot, button: int = 1) -> None:
        self._display.move(spot)
        self._display.button(button, down=True)
        self._display.button(button, down=False)

    def _line(self, start: Spot, end: Spot) -> None:
        self._display.move(start)
        self._display.button(1, down=True)
        for part in range(1, 9):
            x, y = (a + (b - a) * part // 8 for a, b in zip(start, end, strict=True))
            self._display.move((x, y))
        self._display.button(1, down=False)

    def _type(self, name: str) -> None:
        if code := self._display.code_of(name):
            self._held([code])

    def _held(self, codes: list[int]) -> None:
        there = [code for code in codes if code]
        for code in there:
            self._display.key(code, down=True)
        for code in reversed(there):
            self._display.key(code, down=False)

    def _control(self, spots: list[tuple[str, int, int, int, int]]) -> tuple[str, Spot]:
        # Ways out are there on every page; taken as often as the rest, no visit would come far.
        wanted = [spot for spot in spots if spot[0] not in _WAY_OUT or self._chance.random() < 0.2]
        if not wanted:
            return "", self._anywhere()
        name, x, y, width, height = self._chance.choice(wanted)
        return name, (x + self._chance.randrange(max(1, width)), y + self._chance.randrange(max(1, height)))

    def _named(self, name: str) -> Spot | None:
        return next(((x + w // 2, y + h // 2) for found, x, y, w, h in self._around.spots if found == name), None)

    def _anywhere(self) -> Spot:
        width, height = self._display.size
        return self._chance.randrange(width), self._chance.randrange(height)

    def _edge(self) -> Spot:
        width, height = self._display.size
        x, y = self._anywhere()
        return self._chance.choice(((0, y), (width - 1, y), (x, 0), (x, height - 1), (0, 0), (width - 1, height - 1)))


def _send(devices: ControlClient, device: str, do: str, more: Mapping[str, Any]) -> None:
    """What an emulator refuses (to plug what is plugged in) changes nothing."""
    devices.do(device, do, **more)
