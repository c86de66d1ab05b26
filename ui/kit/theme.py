"""Design tokens as one object: colours, type scale, sizes and fonts, scaled to the panel in use.

Everything is designed in pixels of the reference panel ("design pixels", see :mod:`ui.kit.frame`). A :class:`Theme`
carries the one factor that turns them into pixels of the window at hand, the language (which decides the order of font
families), and whether type is larger and colours stronger.
The numbers come from :mod:`ui.kit.tokens`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QFontDatabase

from ui.kit.tokens import TARGET_PX, TOKENS

MIN_TARGET_PX: Final = TARGET_PX["minimum"]
MIN_GAP_PX: Final = TARGET_PX["between"]
MIN_TEXT_PX: Final[int] = TOKENS["type"]["scale"]["caption"]["px"]

STEPS: Final = (
    "caption",
    "small",
    "body",
    "lead",
    "key",
    "key_large",
    "title",
    "hero",
    "display",
    "countdown",
    "clock",
)
"""Names of the type scale, smallest first."""


@dataclass(frozen=True, slots=True)
class TypeStep:
    """One size of the type scale, in design pixels."""

    name: str
    px: int
    line_height_px: int
    weight: int


_look: dict[str, str] = {}


def wear(look: Mapping[str, str]) -> None:
    """From now on these colours stand for tokens of the same names; strong colours are the same in every look. One for
    the whole process, before the first page. Raises ``KeyError`` for a colour that no page has.
    """
    for token in look:
        if token not in TOKENS["colour"]["standard"]:
            raise KeyError(token)
    _look.clear()
    _look.update(look)
    _palette.cache_clear()


@cache
def _palette(contrast: bool, dark: bool) -> dict[str, str]:
    colours = TOKENS["colour"]
    if contrast:
        return dict(colours["high_contrast"])
    palette = {**colours["standard"], **_look}
    if dark:
        palette.update(colours["on_dark_surface"]["overrides"])
    return palette


def colour_names() -> tuple[str, ...]:
    """Every colour token that a page may ask for."""
    return tuple(TOKENS["colour"]["standard"])


@cache
def scene_colours(phase: str) -> dict[str, str]:
    """The colour set of the attract scene at ``dawn``, ``day``, ``dusk`` or ``night``: token name -> ``#RRGGBB``."""
    scene = TOKENS["colour"]["scene"][phase]
    return {name: value for name, value in scene.items() if isinstance(value, str) and value.startswith("#")}


@cache
def scene_halo(phase: str) -> tuple[str, ...]:
    """The rings of light around the hall, the widest first, as ``#RRGGBB``."""
    return tuple(TOKENS["colour"]["scene"][phase]["halo_rings_out_to_in"])


@cache
def type_step(name: str) -> TypeStep:
    """A size of the scale by name; raises ``KeyError`` for a name the tokens do not have."""
    step = TOKENS["type"]["scale"][name]
    return TypeStep(name, int(step["px"]), int(step["line_height_px"]), int(step["weight"]))


@cache
def _larger(name: str, share: float) -> TypeStep:
    """The same step for people who need larger type, by a share of what it may grow; the line grows with it.

    Sizes keep to a grid of 4, so that steps which are one size at last do not lie a pixel apart on the way.
    """
    step, most = type_step(name), int(TOKENS["type"]["elder_px"][name])
    px = 4 * round((step.px + (most - step.px) * share) / 4) if 0 < share < 1 else most if share else step.px
    return TypeStep(name, px, round(step.line_height_px * px / step.px), step.weight)


@cache
def _installed(families: tuple[str, ...]) -> tuple[str, ...]:
    present = set(QFontDatabase.families())
    return tuple(family for family in families if family in present)


CHINESE_FAMILIES: Final = (
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
LATIN_FAMILIES: Final = ("Noto Sans", "DejaVu Sans")
FIXED_FAMILIES: Final = ("Noto Sans Mono CJK SC", "Noto Sans Mono", "DejaVu Sans Mono")


def chinese_family() -> str | None:
    """The installed family that draws Chinese, or ``None``. Needs a running Q(Gui)Application."""
    found = _installed(CHINESE_FAMILIES)
    return found[0] if found else None


@cache
def _families(language: str) -> tuple[str, ...]:
    chinese, latin = _installed(CHINESE_FAMILIES), _installed(LATIN_FAMILIES)
    # A Latin family comes first on a page that is not Chinese: Chinese fonts draw apostrophes and quotes full-width.
    ordered = chinese + latin if language.startswith("zh") else latin[:1] + chinese + latin[1:]
    return ordered or ("sans-serif",)


@cache
def _font(families: tuple[str, ...], px: int, bold: bool) -> QFont:
    font = QFont()
    font.setFamilies(list(families))
    font.setPixelSize(px)
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Coloured fringes look wrong on a panel that stands upright, where the stripes of a pixel lie across.
    font.setStyleStrategy(QFont.StyleStrategy.NoSubpixelAntialias)
    return font


class Theme:
    """Tokens for one window: ``scale`` is window pixels per design pixel, ``language`` that of the page. ``large`` is
    larger type, ``contrast`` few strong colours; both may be wanted at once.

    Two themes with the same values behave the same; a theme is never changed after it was made.
    """

    _VALUES = ("contrast", "dark", "fixed", "growth", "language", "large", "scale")
    __slots__ = (*(f"_{name}" for name in _VALUES), "set_texts")

    def __init__(
        self,
        *,
        scale: float = 1.0,
        language: str = "zh-Hans",
        large: bool = False,
        contrast: bool = False,
        dark: bool = False,
        fixed: bool = False,
        growth: float = 1.0,
    ) -> None:
        self._scale = scale
        self._language = language
        self._large = large
        self._contrast = contrast
        self._dark = dark
        self._fixed = fixed
        self._growth = growth
        self.set_texts: dict[Hashable, Any] = {}
        """What :func:`ui.kit.text.set_text` found with this theme. A page has its own, and both go together."""

    def _with(self, **changes: Any) -> Theme:
        values: dict[str, Any] = {name: getattr(self, f"_{name}") for name in self._VALUES}
        return Theme(**{**values, **changes})

    @property
    def scale(self) -> float:
        """Window pixels per design pixel."""
        return self._scale

    @property
    def language(self) -> str:
        """Language of the page, e.g. ``zh-Hans``."""
        return self._language

    @property
    def chinese(self) -> bool:
        """True when the page is Chinese."""
        return self._language.startswith("zh")

    @property
    def large(self) -> bool:
        """True when type is larger."""
        return self._large

    @property
    def contrast(self) -> bool:
        """True when colours are few and strong, and pictures are outlines."""
        return self._contrast

    @property
    def growth(self) -> float:
        """How much of what larger type adds is used: 1 all of it, 0 none; 0 where type is not larger."""
        return self._growth if self._large else 0.0

    @property
    def dark(self) -> bool:
        """True for things that stand on the dark ground."""
        return self._dark

    def with_language(self, language: str) -> Theme:
        """The same theme for a page in another language."""
        return self._with(language=language, dark=False, fixed=False)

    def grown(self, growth: float) -> Theme:
        """The same theme with another share of what larger type adds."""
        return self._with(growth=growth)

    def on_dark(self) -> Theme:
        """The theme for things that stand on the dark ground of the attract and idle pages."""
        return self._with(dark=True)

    def unscaled(self) -> Theme:
        """The theme of cards in design pixels; a card is never dark, whatever ground it lies on."""
        return self._with(scale=1.0, dark=False)

    def fixed_width(self) -> Theme:
        """The theme for lines of bytes, in a face of one width."""
        return self._with(fixed=True)

    def px(self, design_px: float) -> int:
        """Design pixels in window pixels; anything above zero stays at least 1."""
        if design_px <= 0:
            return round(design_px * self._scale)
        return max(1, round(design_px * self._scale))

    def rect(self, x: float, y: float, width: float, height: float) -> QRect:
        """A design rectangle in window pixels; neighbours that touch in the design touch here."""
        left, top = round(x * self._scale), round(y * self._scale)
        return QRect(left, top, round((x + width) * self._scale) - left, round((y + height) * self._scale) - top)

    def hex(self, name: str) -> str:
        """A colour token as ``#RRGGBB``; raises ``KeyError`` for an unknown token. A ``#…`` value passes through."""
        return name if name.startswith("#") else _palette(self._contrast, self._dark)[name]

    def colour(self, name: str) -> QColor:
        """A colour token as ``QColor``."""
        return QColor(self.hex(name))

    def step(self, name: str) -> TypeStep:
        """A size of the type scale, in design pixels."""
        return _larger(name, self._growth) if self._large else type_step(name)

    def font(self, step: str, *, bold: bool | None = None) -> QFont:
        """The font of a type step in window pixels; ``bold`` overrides the weight of the token."""
        token = self.step(step)
        heavy = token.weight >= 600 if bold is None else bold
        return self.font_px(token.px, bold=heavy)

    def font_px(self, design_px: float, *, bold: bool = False) -> QFont:
        """A font of a size in design pixels (for glyphs drawn as pictures; texts use :meth:`font`)."""
        families = _families(self._language)
        return QFont(
            _font((*_installed(FIXED_FAMILIES), *families) if self._fixed else families, self.px(design_px), bold)
        )
