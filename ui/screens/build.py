"""Which screen paints which body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from kiosk.domain.modes import Modes
from kiosk.flow.view import (
    AskOverlay,
    AttractBody,
    BusyBody,
    CaptureBody,
    CarryOnBody,
    CheckBody,
    ChoiceBody,
    ConsentBody,
    DiagnosticsBody,
    DisplayOverlay,
    FormBody,
    GuideBody,
    HomeBody,
    IdentifyBody,
    IdleOverlay,
    InfoBody,
    LanguageBody,
    ListBody,
    PinBody,
    PlotsBody,
    RateBody,
    ReceiptBody,
    RepeatBody,
    ResultBody,
    RowsBody,
    ScreenView,
    SearchBody,
    SignBody,
)
from ui.kit.frame import Frame, undivided
from ui.kit.theme import Theme
from ui.screens.ask import ChoiceScreen, ConsentScreen, RepeatScreen
from ui.screens.attract import AttractScreen
from ui.screens.base import Context, Screen
from ui.screens.capture import CaptureScreen
from ui.screens.carry_on import CarryOnScreen
from ui.screens.check import CheckScreen
from ui.screens.form import FormScreen
from ui.screens.guide import GuideScreen
from ui.screens.home import HomeScreen, LanguageScreen, ListScreen
from ui.screens.identify import IdentifyScreen
from ui.screens.info import BusyScreen, InfoScreen
from ui.screens.overlay import AskScreen, DisplayScreen, IdleScreen
from ui.screens.plots import PlotsScreen
from ui.screens.rate import RateScreen
from ui.screens.receipt import ReceiptScreen
from ui.screens.result import ResultScreen
from ui.screens.rows import RowsScreen
from ui.screens.search import SearchScreen
from ui.screens.sign import SignScreen
from ui.screens.staff import DiagnosticsScreen, PinScreen

SCREENS: Final[dict[type, type[Screen[Any]]]] = {
    AttractBody: AttractScreen,
    LanguageBody: LanguageScreen,
    HomeBody: HomeScreen,
    SearchBody: SearchScreen,
    ListBody: ListScreen,
    GuideBody: GuideScreen,
    ChoiceBody: ChoiceScreen,
    ConsentBody: ConsentScreen,
    IdentifyBody: IdentifyScreen,
    CaptureBody: CaptureScreen,
    FormBody: FormScreen,
    RowsBody: RowsScreen,
    RepeatBody: RepeatScreen,
    SignBody: SignScreen,
    BusyBody: BusyScreen,
    ResultBody: ResultScreen,
    ReceiptBody: ReceiptScreen,
    CarryOnBody: CarryOnScreen,
    RateBody: RateScreen,
    InfoBody: InfoScreen,
    PinBody: PinScreen,
    DiagnosticsBody: DiagnosticsScreen,
    CheckBody: CheckScreen,
    PlotsBody: PlotsScreen,
    IdleOverlay: IdleScreen,
    DisplayOverlay: DisplayScreen,
    AskOverlay: AskScreen,
}


def shown(view: ScreenView) -> object:
    """What is on the panel: the overlay when there is one, else the body."""
    return view.overlay if view.overlay is not None else view.body


PageId = tuple[str, str, str, Modes]


def page_id(view: ScreenView) -> PageId:
    """Which page a view is: its key, its language, what lies over it, and how it is shown."""
    return view.key, view.language, type(shown(view)).__name__, view.modes


def build_screen(
    parent: QWidget, theme: Theme, frame_of: Callable[[bool], Frame], view: ScreenView, context: Context
) -> Screen[Any]:
    """A fresh page tree for a view; ``frame_of`` gives the frame of the panel, with low keys or without."""
    body = shown(view)
    kind = SCREENS[type(body)]
    frame = frame_of(view.modes.low_reach and not kind.low_anyway)
    return kind(parent, theme, undivided(frame) if kind.whole_width else frame, view, body, context)
