"""How the launcher starts the terminal: the first one before all else, so this brings next to nothing."""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Final

from kiosk.domain.freed import KEPT, LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Freed memory is overwritten. Two arenas instead of eight a core: twenty threads that each keep what they once needed
# make the program grow for days. A fixed threshold: blocks above it go back to the system when they are freed. Left to
# itself glibc raises it to the largest block that was ever freed; the 19 MB of a PIN's hash then stay for good. Only
# small freed blocks are kept by the thread that freed them: what lies in those is not overwritten, each thread has to
# (kiosk.domain.freed). The end of the heap is kept up to 32 MB, overwritten as it is: given back after each page it had
# to be asked for again at the next one, 4 KB at a time. Large pages (glibc.malloc.hugetlb) save that as well, but a
# start waits a sixth longer while the system looks for them.
MEMORY: Final = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_PERTURB_": "165",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(32 << 20),
    "MALLOC_TOP_PAD_": str(1 << 20),
    "GLIBC_TUNABLES": f"glibc.malloc.tcache_max={LARGEST}:glibc.malloc.tcache_count={KEPT}",
}
VARIABLE: Final = "KIOSK_LAUNCHER_FD"
"""Where the terminal finds the number of its end of the line."""
_SET_PDEATHSIG, _SET_DUMPABLE = 1, 4

Started = tuple[subprocess.Popen[bytes], socket.socket]


def pair() -> tuple[socket.socket, socket.socket]:
    """The launcher's end of the line and the terminal's."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def start(command: Sequence[str], environment: Mapping[str, str]) -> Started:
    """A terminal, and the launcher's end of the line to it."""
    ours, theirs = pair()
    with theirs:
        child = subprocess.Popen(
            command,
            env={**environment, **MEMORY, VARIABLE: str(theirs.fileno())},
            pass_fds=(theirs.fileno(),),
            preexec_fn=_confine,
        )
    return child, ours


def keep_memory_private() -> None:
    """This process leaves no core file, and no other process of its user can read its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _PRCTL is not None:
        _PRCTL(_SET_DUMPABLE, 0)


def _confine() -> None:
    """In the child, before it is the terminal: no core dumps, and no life without the launcher."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _PRCTL is not None:
        _PRCTL(_SET_PDEATHSIG, signal.SIGTERM)


def _prctl() -> Callable[[int, int], int] | None:
    import ctypes

    return getattr(ctypes.CDLL(None), "prctl", None)


_PRCTL = _prctl()
