"""What every test stands on: Qt without a display, the tree's own folder, no real person's settings."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("KIOSK_SETTINGS", None)
