"""What an emulated camera sees: codes held up before it, or a sheet of paper on a desk. Drawn with Pillow alone."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_HALL, _DESK, _PAPER = (128, 126, 120), (52, 47, 43), (247, 246, 242)
_NOISE = 3  # a sensor's grain, in grey levels: no two pictures are the same
_SHAKE = ((0, 0), (31, 12), (58, -9), (34, -27), (-12, -18), (-33, 8))  # pixels, for a thing that is being moved
_LINE_PX = 26
_A4 = (1240, 1754)


@dataclass(frozen=True, slots=True)
class Light:
    """What is wrong with the light and the lens."""

    blur_px: float = 0.0
    dark: bool = False
    glare: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """QR codes held up side by side (none: the empty hall)."""

    payloads: tuple[bytes, ...] = field(default=(), repr=False)
    module_px: int = 6
    angle_deg: float = 0.0
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture from a file fills the view."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page on the desk: lines of text, or a picture of a page. `perspective` 0 … 1: how far the camera leans."""

    text: str = field(default="", repr=False)
    picture: Path | None = None
    angle_deg: float = 0.0
    perspective: float = 0.0
    cut_off: bool = False
    moving: bool = False
    scale: float = 0.86  # of the height of the view


Subject = Codes | PictureFile | Sheet | None


def draw_frames(
    subject: Subject, light: Light, size: tuple[int, int], *, desk: bool, font_file: Path | None = None
) -> list[bytes]:
    """The pictures of a scene, as JPEG, to be shown in turn. Raises OSError or ValueError for a bad picture file."""
    import numpy as np
    from PIL import Image

    shakes = _SHAKE if isinstance(subject, Sheet) and subject.moving else ((0, 0),) * 4
    still: Image.Image | None = None
    frames: list[bytes] = []
    for number, shake in enumerate(shakes):
        if still is None or shake != (0, 0):
            still = _worsen(_draw(subject, size, desk, shake, font_file), light)
        grain = np.random.default_rng(number).integers(-_NOISE, _NOISE + 1, (size[1], size[0], 1), dtype=np.int16)
        noisy = (np.asarray(still, dtype=np.int16) + grain).clip(0, 255).astype(np.uint8)
        out = io.BytesIO()
        Image.fromarray(noisy).save(out, "JPEG", quality=88)
        frames.append(out.getvalue())
    return frames


def _draw(subject: Subject, size: tuple[int, int], desk: bool, shake: tuple[int, int], font: Path | None) -> Image:
    from PIL import Image

    view = Image.new("RGB", size, _DESK if desk else _HALL)
    match subject:
        case Codes(payloads) if payloads:
            for at, payload in enumerate(payloads):
                code = _code(payload, subject)
                middle = size[0] * (2 * at + 1) // (2 * len(payloads))
                view.paste(code, (middle - code.width // 2, (size[1] - code.height) // 2), code.split()[3])
        case PictureFile(path):
            with Image.open(path) as file:
                file.draft("RGB", size)
                picture = file.convert("RGB")
            picture.thumbnail(size)
            view.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
        case Sheet():
            _lay(view, _page(subject, font), subject, shake)
        case _:
            pass
    return view


def code_picture(payload: bytes, module_px: int) -> Image:
    """A QR code with its quiet zone, black on white."""
    import qrcode
    from qrcode.util import MODE_8BIT_BYTE, QRData

    level = qrcode.constants.ERROR_CORRECT_M if len(payload) <= 2000 else qrcode.constants.ERROR_CORRECT_L
    code = qrcode.QRCode(error_correction=level, box_size=module_px, border=4)
    code.add_data(QRData(payload, mode=MODE_8BIT_BYTE))
    code.make(fit=True)
    picture: Image = code.make_image().convert("L")
    return picture


def _code(payload: bytes, how: Codes) -> Image:
    from PIL import Image, ImageOps

    picture = code_picture(payload, how.module_px)
    if how.inverted:
        picture = ImageOps.invert(picture)
    held = picture.convert("RGBA")
    return held.rotate(how.angle_deg, Image.Resampling.BICUBIC, expand=True) if how.angle_deg else held


def _page(sheet: Sheet, font_file: Path | None) -> Image:
    from PIL import Image, ImageDraw

    from devices.emulators.paper_picture import find_font

    if sheet.picture is not None:
        with Image.open(sheet.picture) as file:
            return file.convert("RGB")
    page = Image.new("RGB", _A4, _PAPER)
    draw = ImageDraw.Draw(page)
    font = find_font(font_file, _LINE_PX)
    top = 140
    for line in sheet.text.splitlines() or [""]:
        if font is not None:
            draw.text((130, top), line, fill=(25, 25, 28), font=font)
        else:
            draw.rectangle((130, top, 130 + 14 * len(line), top + _LINE_PX), fill=(25, 25, 28))
        top += _LINE_PX * 2
    return page


def _lay(view: Image, page: Image, sheet: Sheet, shake: tuple[int, int]) -> None:
    """Put the page onto the desk: turned, leaning away from the camera, where it was told to lie."""
    from PIL import Image

    height = view.height * sheet.scale
    width = height * page.width / page.height
    lean = 0.28 * min(1.0, max(0.0, sheet.perspective))
    corners = ((-0.5 + lean / 2, -0.5 + lean / 3), (0.5 - lean / 2, -0.5 + lean / 3), (0.5, 0.5), (-0.5, 0.5))
    turn = math.radians(sheet.angle_deg)
    middle = (view.width * (0.9 if sheet.cut_off else 0.5) + shake[0], view.height * 0.5 + shake[1])
    target = [
        (
            middle[0] + x * width * math.cos(turn) - y * height * math.sin(turn),
            middle[1] + x * width * math.sin(turn) + y * height * math.cos(turn),
        )
        for x, y in corners
    ]
    # Shrink first: the transformation takes one source pixel for each target pixel and would tear thin lines.
    shrink = min(1.0, 1.4 * height / page.height)
    page = page.resize((round(page.width * shrink), round(page.height * shrink)), Image.Resampling.LANCZOS)
    source = [(0.0, 0.0), (page.width, 0.0), (page.width, page.height), (0.0, page.height)]
    numbers = _homography(target, source)
    kwargs = {"resample": Image.Resampling.BICUBIC}
    laid = page.transform(view.size, Image.Transform.PERSPECTIVE, numbers, **kwargs)
    mask = Image.new("L", page.size, 255).transform(view.size, Image.Transform.PERSPECTIVE, numbers, **kwargs)
    view.paste(laid, (0, 0), mask)


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> list[float]:
    """The eight numbers that take each of four points to its partner."""
    import numpy as np

    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    wanted = [value for pair in target for value in pair]
    return [float(each) for each in np.linalg.solve(np.array(rows), np.array(wanted))]


def _worsen(view: Image, light: Light) -> Image:
    from PIL import Image, ImageFilter

    if light.glare:
        spot = Image.eval(Image.radial_gradient("L"), lambda value: max(0, min(255, 2 * (160 - value))))
        across = view.height * 2 // 3
        spot = spot.resize((across, across * 2 // 3))
        view.paste((255, 255, 255), ((view.width - across) // 2 + across // 4, view.height // 3), spot)
    if light.blur_px:
        view = view.filter(ImageFilter.GaussianBlur(light.blur_px))
    if light.dark:
        view = Image.eval(view, lambda value: value // 90)
    return view
