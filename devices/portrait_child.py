"""The process in which a vendor's portrait library runs: `python -I -S portrait_child.py LIBRARY PIXEL_BYTES`.

Reads the photo from standard input, writes the pixels to standard output and ends. It imports nothing of the program,
may write no file (the picture must not stay on a disk) and dies with its parent. Exit codes: 0 decoded, 1 the library
said no, 3 it could not be loaded.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_MEMORY_BYTES = 512 * 1024 * 1024
_CPU_S = 2
_SPARE_BYTES = 64 * 1024  # some libraries write a header or a padded row more than they say
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def main(library_path: str, pixel_bytes: int) -> int:
    """Decode one photo; the exit code."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(limit, (value, value))
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    photo = sys.stdin.buffer.read(4096)
    # Such libraries print as they please: what they print must not mix with the pixels.
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    try:
        unpack = ctypes.CDLL(library_path).unpack
    except (OSError, AttributeError):
        return 3
    unpack.restype = ctypes.c_int
    wlt = ctypes.create_string_buffer(photo, len(photo) + _SPARE_BYTES)
    bgr = ctypes.create_string_buffer(pixel_bytes + _SPARE_BYTES)
    if unpack(wlt, bgr, ctypes.c_int(0)) != 1:
        return 1
    pixels = memoryview(bgr.raw[:pixel_bytes])
    while pixels:
        pixels = pixels[os.write(answer, pixels) :]
    return 0


if __name__ == "__main__":
    # Without the interpreter's clean-up: a library that has spoilt the memory would crash it after all went well.
    os._exit(main(sys.argv[1], int(sys.argv[2])))
