"""``./run emulate``: hands over to ``python -m devices.emulators``, a program of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from kiosk.app.options import ROOT


def main(arguments: Sequence[str]) -> NoReturn:
    """Becomes that program; its exit code is ours."""
    # Cards by name are found from whatever folder this was started in.
    people = [] if "--people" in arguments else ["--people", str(ROOT / "config" / "demo" / "people.json")]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.execv(sys.executable, [sys.executable, "-m", "devices.emulators", *arguments, *people])
