"""The real launcher, with a terminal that can be moved.

``python -m kiosk.app.residue.launched SOCKET FOLDER CENTRE EMULATORS`` starts :mod:`kiosk.app.residue.puppet`.

Unlike the real command it does not close its memory to others of its user: it has to be read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kiosk.app.launcher import Launcher
from kiosk.app.launcher_line import HeldKey
from kiosk.app.launcher_world import Programs

#: Words that make launcher and terminal leak (controls).
KEEP_KEY, UNWIPED, LEARN_WORDS, KEEP_BLOCKS = "--keep-key", "--unwiped", "--learn-words", "--keep-blocks"


class Hoard(HeldKey):
    """Never lets go of a key: what the search has to find (a control)."""

    def forget(self) -> None:
        """Not at all."""


def main(arguments: Sequence[str]) -> int:
    """See launcher.Launcher."""
    held = Hoard() if KEEP_KEY in arguments else HeldKey()
    # What the launcher sets to have freed memory overwritten is taken away again (a control).
    unwiped = ["env", "--unset=PYTHONMALLOC", "--unset=MALLOC_PERTURB_"] if UNWIPED in arguments else []
    command = [*unwiped, sys.executable, "-m", "kiosk.app.residue.puppet", *arguments]
    return Launcher(Programs(command, held, os.environ), held).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
