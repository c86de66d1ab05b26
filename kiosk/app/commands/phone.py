"""``./run phone``: hands over to ``python -m central.phone``, a program of its own on another machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from kiosk.app.options import ROOT


def main(arguments: Sequence[str]) -> NoReturn:
    """Becomes that program; its exit code is ours."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.execv(sys.executable, [sys.executable, "-m", "central.phone", *arguments])
