"""Nobody is here: the lamp scene of the hour, the clock, one line, and the amber key. The whole page is the target."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.view import AttractBody
from ui.kit.icons import known_icon
from ui.kit.keys import Hotspot, Key
from ui.kit.label import Label
from ui.kit.lamp_scene import (
    BOARD_LEAST_PX,
    BOARD_MOST_PX,
    WINDOW_S,
    LampScene,
    Phase,
    lamp_picture,
    phase_of,
)
from ui.kit.text import text_width
from ui.kit.theme import scene_colours
from ui.kit.words import day_line, word
from ui.screens.base import Screen


class AttractScreen(Screen[AttractBody]):
    """Scene, clock, day, one line, and the key that starts; a touch anywhere starts as well.

    While it stands there only the clock, the light of the hour and, every :data:`WINDOW_S`, one window change; with
    larger type or strong colours no window does.
    """

    has_counter = False
    has_staff_corner = True
    shows_clock = False

    def _build(self) -> None:
        self._phase = self._phase_now()
        self._step = self._step_now()
        self._sign = self.body.hours or word("sign_board", self.view.language)
        scene = LampScene(self.frame.width, self.frame.height)
        words = self.theme.grown(0.0)
        needed = text_width(self._sign, words, "caption", bold=True) / words.scale / scene.share + 8
        self._scene = replace(scene, board_px=min(BOARD_MOST_PX, max(BOARD_LEAST_PX, needed)))
        self._windows = self._scene.windows()
        super()._build()

    def _phase_now(self) -> Phase:
        return phase_of(self.context.now().hour, night=self.body.night)

    def _step_now(self) -> int:
        moves = not (self.theme.large or self.theme.contrast)
        return int(self.context.now().timestamp() // WINDOW_S) if moves else 0

    def _colour(self, name: str) -> str:
        """A colour of the scene; where colours are few, that of the page."""
        if not self.theme.contrast:
            return scene_colours(self._phase)[name]
        return self.theme.hex("ink" if name.startswith("text") or name == "tower_windows" else "paper")

    def paint_ground(self, painter: QPainter) -> None:
        """The sky in one colour; the scene is painted over it."""
        painter.fillRect(QRectF(0, 0, self.frame.width, self.frame.height), self.theme.colour(self._colour("sky")))

    def strip(self) -> None:
        """The whole page first, then what stands on it."""
        self.dark = self._phase in ("night", "dusk") and not self.theme.contrast
        theme, scene = self.theme, self._scene
        size = theme.rect(0, 0, scene.width, scene.height).size()
        self.picture(lamp_picture(scene, self._phase, size.width(), size.height(), theme.contrast), 0, 0)
        self.paint(self._paint_windows)
        whole = Hotspot(self, theme, "", self.body.start.label, "ink", "paper")
        whole.setProperty("role", None)
        whole.set_gate(self.context.gate)
        whole.tapped.connect(lambda _: self.tapped(self.body.start.name))
        self.place(whole, 0, 0, scene.width, scene.height)
        super().strip()

    def _paint_windows(self, painter: QPainter) -> None:
        lit, dark = self.theme.colour(self._colour("tower_windows")), self.theme.colour(self._colour("window_dark"))
        for number, window in enumerate(self._windows):
            painter.fillRect(window, lit if self._scene.lit(number, self._step) else dark)

    def tick(self) -> None:
        """The minute, the light, one window: each repaints its own rectangle, another light the page."""
        super().tick()
        if self._phase_now() != self._phase:
            self._rebuild(self.view, self.body)
        elif (step := self._step_now()) != self._step:
            # A clock that was set turns several round at once.
            for at in range(self._step + 1, min(step, self._step + len(self._windows)) + 1):
                window = self._windows[self._scene.changed(at)]
                self.update(self.theme.rect(window.x(), window.y(), window.width(), window.height()))
            self._step = step

    def heading(self) -> float:
        """Clock, day and the line of the house, at the left over the roofs."""
        sky, ink, second = self._colour("sky"), self._colour("text"), self._colour("text_secondary")
        left = self.frame.reading.left
        wide = self.wide if not self.frame.beside else self._scene.width * 0.42
        clock = Label(self, self.theme.grown(0.0), self.time_text(), "clock", bold=False, colour=ink, ground=sky,
                      max_lines=1)  # fmt: skip
        self.place(clock, left - 12, 124, 976, 320)
        self.clocks.append(clock)
        day = day_line(self.context.now(), self.view.language)
        self.label(left, 448, wide, 68, day, "lead", colour=second, ground=sky, max_lines=1, modest=True)
        self.label(left, 528, min(wide, 720), 210, self.body.line, "title", colour=ink, ground=sky, max_lines=2)
        return 760

    def fill(self, top: float) -> None:
        """The board over the door with the hours, the second line, and the amber key where the next step always is."""
        board, ground = self._scene.board, self._colour("ground")
        self.label(
            board.x(), board.y(), board.width(), board.height(), self._sign, "small",
            bold=True, colour=self._colour("text") if self.theme.contrast else "#122B2B",
            ground=ground if self.theme.contrast else "#FDEBCB", align="center", middle=True, max_lines=1,
            modest=True,
        )  # fmt: skip
        only, frame = self.frame.only, self.frame
        if self.body.second_line:
            ink = self.theme.hex("ink") if self.theme.contrast else "#FFFFFF"
            box = QRectF(self.left, 1424, self.wide, 104)
            if frame.beside:
                box = QRectF(frame.reading.left, only.top, only.left - frame.reading.left - 40, only.height)
            step = self.step_for([self.body.second_line], ("lead", "body", "small"), box.width(), 80, bold=True,
                                 max_lines=1)  # fmt: skip
            self.label(
                box.x(), box.y(), box.width(), box.height(), self.body.second_line, step, bold=True, colour=ink,
                ground=ground, align="left" if frame.beside else "center", middle=True, max_lines=2,
                modest=True,
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
        if frame.beside:
            self.add(key, only.left, only.top, only.width, only.height)
        else:
            self.add(key, self.left, 1552, self.wide, 176)
