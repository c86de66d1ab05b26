"""A window with controls() for tests of single widgets: it lists what is visible, as the terminal's own window does."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.kit.controls import ControlInfo, control_of


class Stage(QWidget):
    """Parent of the widget under test."""

    def __init__(self, width_px: int = 1080, height_px: int = 1920) -> None:
        super().__init__()
        self.resize(width_px, height_px)

    def controls(self) -> tuple[ControlInfo, ...]:
        found = (control_of(child, self) for child in self.findChildren(QWidget) if child.isVisible())
        return tuple(control for control in found if control is not None)
