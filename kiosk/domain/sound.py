"""What is heard."""

from __future__ import annotations

from typing import Literal

Tone = Literal["warning", "taken", "refused"]
"""``warning``: the visit is about to end. ``taken``: a case was stored. ``refused``: something has to be put right."""
