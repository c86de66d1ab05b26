"""Nobody is here: the lamp scene of the hour, the clock, one line, and the amber key. The whole page is the target."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import AttractBody
from ui.kit.parts import Hotspot, Key, Label, known_icon
from ui.kit.scenes import scene
from ui.kit.theme import scene_colours
from ui.kit.words import day_line, word
from ui.screens.base import Screen


class AttractScreen(Screen[AttractBody]):
    """Scene, clock, day, one line, and the key that starts; a touch anywhere starts as well."""

    has_counter = False
    has_staff_corner = True
    shows_clock = False

    def paint_ground(self, painter: QPainter) -> None:
        """The sky in one colour; the scene is painted over it."""
        sky = scene_colours(self.body.night)["sky"]
        painter.fillRect(QRectF(0, 0, self.frame.width, self.frame.height), self.theme.colour(sky))

    def strip(self) -> None:
        """The whole page first, then what stands on it."""
        self.dark = self.body.night
        theme = self.theme
        size = theme.rect(0, 0, self.frame.width, self.frame.height).size()
        self.picture(scene("night" if self.body.night else "day", size.width(), size.height()), 0, 0)
        whole = Hotspot(self, theme, "", self.body.start.label, "ink", "paper")
        whole.setProperty("role", None)
        whole.set_gate(self.context.gate)
        whole.tapped.connect(lambda _: self.tapped(self.body.start.name))
        self.place(whole, 0, 0, self.frame.width, self.frame.height)
        super().strip()

    def heading(self) -> float:
        """Clock, day and the line of the house."""
        sky = scene_colours(self.body.night)["sky"]
        ink, second = ("#FFFFFF", "#DCEAE5") if self.body.night else ("ink", "ink_secondary")
        clock = Label(self, self.theme, self._time(), "clock", bold=False, colour=ink, ground=sky, max_lines=1)
        self.place(clock, 52, 124, 976, 320)
        self.clocks.append(clock)
        day = day_line(self.context.now(), self.view.language)
        self.label(self.left, 448, self.wide, 64, day, "lead", colour=second, ground=sky, max_lines=1)
        self.label(self.left, 536, 720, 210, self.body.line, "title", colour=ink, ground=sky, max_lines=2)
        return 760

    def fill(self, top: float) -> None:
        """The board over the door, the second line and the amber key."""
        self.label(
            396, 846, 288, 52, word("sign_board", self.view.language), "small",
            bold=True, colour="#122B2B", ground="#FDEBCB", align="center", middle=True, max_lines=1,
        )  # fmt: skip
        ground = scene_colours(self.body.night)["ground"]
        if self.body.second_line:
            self.label(
                self.left, 1424, self.wide, 104, self.body.second_line, "lead",
                bold=True, colour="#FFFFFF", ground=ground, align="center", middle=True, max_lines=2,
            )  # fmt: skip
        start = self.body.start
        key = Key(
            self,
            self.theme,
            start.name,
            start.label,
            look="guide",
            step="key_large",
            icon_left=known_icon(start.icon, "hand"),
            icon_right="arrow_down",
            icon_px=80,
            stroke=3.2,
            radius_px=28,
        )
        self.add(key, self.left, 1552, self.wide, 176)
