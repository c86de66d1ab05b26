"""What a camera child may use of the machine. Applied by the child to itself before it touches a picture."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_MEMORY_BYTES = 1536 * 1024 * 1024
_OPEN_FILES = 48
_CPU_STEP_S = 20


def confine(parent: int) -> None:
    """Die with process `parent`; write no file, dump no core, take no more than this much memory and files."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)  # the parent was gone before the line above
    libc.prctl(_PR_SET_DUMPABLE, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for kind, limit in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(kind, (limit, limit))
    with contextlib.suppress(OSError):
        os.nice(5)  # the screens come first


def allow_more_time() -> None:
    """Allow some seconds of processor time from now on: a loop that never comes back here is killed by the kernel."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + _CPU_STEP_S
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
