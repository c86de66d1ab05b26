"""The kernel's key ring of the user the terminal runs as: a key lives there in kernel memory and on no disk.

It outlives every program of that user and no power cut. Three system calls, made directly: the library for them is not
on every machine, and there are no more than these three.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from typing import Final

_GENERIC = (217, 219)  # add_key, keyctl
_CALLS: Final = {"x86_64": (248, 250), "aarch64": _GENERIC, "riscv64": _GENERIC, "loongarch64": _GENERIC}
_PROCESS_RING, _USER_RING = -2, -4
_LINK, _SEARCH, _READ, _UNLINK = 8, 10, 11, 9
_TYPE: Final = b"user"
_NOT_THERE = (errno.ENOKEY, errno.EKEYEXPIRED, errno.EKEYREVOKED)


class NoKeyRing(OSError):
    """This machine has no key ring that can be used; ``strerror`` says why."""


def put(name: str, value: bytes) -> None:
    """Keep a value under a name, in place of the one before. Raises NoKeyRing."""
    add, _ = _numbers()
    data = ctypes.create_string_buffer(value, len(value))
    _call(add, _TYPE, name.encode(), data, len(value), _USER_RING)
    ctypes.memset(data, 0, len(value))


def get(name: str, most: int) -> bytes | None:
    """The value of that name, at most so many bytes; None when there is none. Raises NoKeyRing."""
    try:
        number = _find(name)
        if number is None:
            return None
        data = ctypes.create_string_buffer(most)
        length = _keyctl(_READ, number, data, most)
        return data.raw[: min(length, most)]
    except NoKeyRing as error:
        if error.errno in _NOT_THERE:
            return None
        raise


def drop(name: str) -> None:
    """Forget the value of that name. Raises NoKeyRing."""
    number = _find(name)
    if number is not None:
        _keyctl(_UNLINK, number, _USER_RING)


def _find(name: str) -> int | None:
    # A service's session ring does not lead to the user's. Linked to the process, what lies there is ours to read.
    _keyctl(_LINK, _USER_RING, _PROCESS_RING)
    try:
        return _keyctl(_SEARCH, _USER_RING, _TYPE, name.encode(), 0)
    except NoKeyRing as error:
        if error.errno in _NOT_THERE:
            return None
        raise


def _keyctl(*arguments: object) -> int:
    return _call(_numbers()[1], *arguments)


def _numbers() -> tuple[int, int]:
    try:
        return _CALLS[platform.machine()]
    except KeyError:
        raise NoKeyRing(errno.ENOSYS, "not known on this kind of processor") from None


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    plain = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *plain))
    if result < 0:
        code = ctypes.get_errno()
        raise NoKeyRing(code, os.strerror(code))
    return result
