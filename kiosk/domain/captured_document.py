"""A paper that the document camera took."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

MediaType = Literal["image/jpeg", "application/pdf"]
#: What one captured paper may weigh at most: legible at 150 dpi, and eight seconds on a line of 50 kB/s.
MAX_CAPTURED_BYTES = 400_000
#: What all captured papers of one case may weigh together: 25 papers. Sealed with their case, or parked as base64,
#: they stay under the centre's 16 MiB.
MAX_ATTACHED_BYTES = 10_000_000
#: Pages a resident may take of one paper.
MAX_PAGES = 4


@dataclass(frozen=True, slots=True)
class CapturedDocument:
    """One paper as it goes into the case: a JPEG of one page, or a PDF of several. Width and height are of page 1."""

    media_type: MediaType
    data: bytes = field(repr=False)
    width_px: int
    height_px: int
    pages: int = 1

    @property
    def sha256(self) -> str:
        """Hex digest of `data`."""
        return hashlib.sha256(self.data).hexdigest()
