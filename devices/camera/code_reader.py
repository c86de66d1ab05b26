"""Find the QR codes in a picture: zxing-cpp first, and on a miss again after repairing what spoilt the picture.

Nearly every code is read at the first try, in about a millisecond. A miss is followed by repairs in the order of what
they bring for their time (measured by `bench.qr`), until one succeeds or the time for this picture is used up; the
next picture goes on with the repair after the last one tried, and begins with one that has just helped. Only
zxing-cpp decodes, and only plain QR codes: a Micro QR code has so little error correction that noise can pass for one.
A repaired picture whose code needed all of its error correction must be borne out by another repair: at that limit a
small code is now and then corrected to what it never was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Spectrum = NDArray[np.float32]
Repair = Callable[["_Miss"], Grey]

BUDGET_S = 0.045  # a picture comes each 67 ms; the rest is for capture and JPEG
_LONG_SIDE = 1920  # repairs of larger pictures would take longer than a picture lasts
_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])
_ADAPTIVE_PX, _ADAPTIVE_OFFSET = 31, 2


class _Miss:
    """A picture in which nothing was found, and what the repairs share of it."""

    def __init__(self, grey: Grey) -> None:
        self.grey = grey
        self._spectra: dict[bool, Spectrum] = {}

    def spectrum(self, *, soft: bool) -> Spectrum:
        """The picture's spectrum, mirrored at the edges; `soft`: after a small blur against noise."""
        if soft not in self._spectra:
            grey = cv2.GaussianBlur(self.grey, (0, 0), 1.0) if soft else self.grey
            height, width = grey.shape
            down, right = cv2.getOptimalDFTSize(height) - height, cv2.getOptimalDFTSize(width) - width
            padded = cv2.copyMakeBorder(grey, 0, down, 0, right, cv2.BORDER_REPLICATE)
            self._spectra[soft] = cv2.dft(padded.astype(np.float32))  # type: ignore[assignment]
        return self._spectra[soft]


@lru_cache(maxsize=16)
def _inverse_blur(shape: tuple[int, int], sigma_px: float, noise: float) -> Spectrum:
    """A Wiener filter against a Gaussian blur, in the packed layout of `cv2.dft` (real input, real factors)."""
    rows, columns = shape
    by_row = np.fft.fftfreq(rows).astype(np.float32) ** 2
    # Packed (CCS): column 0 and, for an even width, the last hold one frequency each, in rows 0, 1-2, 3-4, …;
    # the others come in pairs of real and imaginary part.
    across = np.fft.rfftfreq(columns).astype(np.float32) ** 2
    column_of = np.array([(at + 1) // 2 for at in range(columns)])
    squared = by_row[:, None] + across[column_of][None, :]
    packed_row = np.array([(at + 1) // 2 for at in range(rows)])
    row_squared = (packed_row / rows).astype(np.float32) ** 2
    squared[:, 0] = row_squared
    if columns % 2 == 0:
        squared[:, -1] = row_squared + across[-1]
    gain = np.exp(-2 * (np.pi * sigma_px) ** 2 * squared)
    return np.asarray(gain / (gain * gain + noise), np.float32)


def _unblur(sigma_px: float, noise: float, *, soft: bool = False) -> Repair:
    def repair(miss: _Miss) -> Grey:
        spectrum = miss.spectrum(soft=soft)
        sharp = cv2.idft(spectrum * _inverse_blur(spectrum.shape[:2], sigma_px, noise), flags=cv2.DFT_SCALE)
        height, width = miss.grey.shape
        return cv2.convertScaleAbs(np.maximum(sharp[:height, :width], 0))  # type: ignore[return-value]

    return repair


def _unsharp(sigma_px: float, amount: float) -> Repair:
    return lambda miss: _sharpen(miss.grey, sigma_px, amount)


def _larger(miss: _Miss) -> Grey:
    large = cv2.resize(miss.grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return _sharpen(large, 2, 1.5)  # type: ignore[arg-type]


def _quieter(miss: _Miss) -> Grey:
    large = cv2.resize(miss.grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return cv2.medianBlur(large, 5)  # type: ignore[return-value]


def _sharpen(grey: Grey, sigma_px: float, amount: float) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), sigma_px)
    return cv2.addWeighted(grey, 1 + amount, soft, -amount, 0)  # type: ignore[return-value]


def _adaptive(miss: _Miss) -> Grey:
    return cv2.adaptiveThreshold(  # type: ignore[return-value]
        miss.grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, _ADAPTIVE_PX, _ADAPTIVE_OFFSET
    )


def _turned(miss: _Miss) -> Grey:
    """By 45°: zxing-cpp scans along rows and columns, and is weakest between them."""
    height, width = miss.grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 45, 1.0)
    side = int(np.hypot(width, height))
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    return cv2.warpAffine(miss.grey, matrix, (side, side), borderValue=(128.0,))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Step:
    """One repair, by name."""

    name: str
    repair: Repair


STEPS = (
    Step("unsharp 3", _unsharp(3, 2)),
    Step("larger", _larger),
    Step("unblur 2.5 in noise", _unblur(2.5, 0.01, soft=True)),
    Step("unblur 4", _unblur(4, 0.002)),
    Step("adaptive", _adaptive),
    Step("unsharp 5", _unsharp(5, 3)),
    Step("unblur 4 of a quiet picture", _unblur(4, 0.0003)),
    Step("unblur 5 of a quiet picture", _unblur(5, 0.0005)),
    Step("larger, median", _quieter),
    Step("turned", _turned),
)


class CodeReader:
    """Reads one camera's pictures one after the other. Not for two threads."""

    def __init__(self, budget_s: float = BUDGET_S) -> None:
        self._budget_s = budget_s
        self._next = 0
        self._lucky: int | None = None

    def read(self, picture: Grey) -> frozenset[bytes]:
        """The payloads of all codes in a picture, grey or BGR; empty when there is none."""
        until = time.monotonic() + self._budget_s
        grey: Grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture  # type: ignore[assignment]
        if found := decode(grey):
            return found
        miss = _Miss(_reduced(grey))
        tried: set[int] = set()
        weak: set[frozenset[bytes]] = set()
        while len(tried) < len(STEPS) and (not tried or time.monotonic() < until):
            at = self._lucky if self._lucky is not None and not tried else self._next
            if at == self._next:
                self._next = (self._next + 1) % len(STEPS)
            if at in tried:
                continue
            tried.add(at)
            codes = _find(STEPS[at].repair(miss))
            found = frozenset(code.bytes for code in codes)
            if found and (found in weak or all(_spare(code) for code in codes)):
                self._lucky = at
                return found
            weak.add(found)
        self._lucky = None
        return frozenset()


def decode(grey: Grey) -> frozenset[bytes]:
    """The payloads that zxing-cpp alone finds."""
    return frozenset(code.bytes for code in _find(grey))


def _find(grey: Grey) -> list[zxingcpp.Barcode]:
    return [code for code in zxingcpp.read_barcodes(np.ascontiguousarray(grey), _FORMATS) if code.bytes]


def _spare(code: zxingcpp.Barcode) -> bool:
    """Whether some of the code's error correction was left unused."""
    extra = code.extra
    return isinstance(extra, dict) and extra.get("UEC", 0.0) > 0.0


def _reduced(grey: Grey) -> Grey:
    factor = _LONG_SIDE / max(grey.shape)
    if factor >= 1:
        return grey
    return cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
