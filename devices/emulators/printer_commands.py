"""Where one ESC/POS command ends and the next one begins, for those that any host may send."""

from __future__ import annotations

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
_ESC_TWO_BYTES = b"@2"
_ESC_ARGUMENTS = {ord("p"): 3, ord("D"): 0, ord("c"): 2, ord("$"): 2, ord("\\"): 2}
_FS_ARGUMENTS = {ord("&"): 0, ord("."): 0, ord("S"): 2, ord("!"): 1, ord("W"): 1, ord("-"): 1}
_GS_TWO_ARGUMENTS = b"LWP$\\"
_COUNTED_BAR_CODE = 65  # GS k from here on carries its length; below it ends with a NUL


def command_size(buffer: bytes | bytearray, *, chinese: bool) -> int:
    """Bytes of the command at the head of a buffer that is not empty; 0 while it is not complete."""
    size = _needed(buffer, chinese)
    return size if 0 < size <= len(buffer) else 0


def _needed(buffer: bytes | bytearray, chinese: bool) -> int:
    """Bytes needed, or so many that more must come before that can be told."""
    first = buffer[0]
    if first not in (ESC, FS, GS, DLE):
        if first >= 0x81 and chinese:
            return 4 if len(buffer) > 1 and 0x30 <= buffer[1] <= 0x39 else 2
        return 1
    if len(buffer) < 2:
        return 2
    second = buffer[1]
    if first == DLE:
        if second == 0x14:
            return (10 if buffer[2] == 8 else 5) if len(buffer) > 2 else 3
        return 3 if second in (0x04, 0x05) else 1
    if second == ord("(") and first in (ESC, FS, GS):
        return 5 + buffer[3] + 256 * buffer[4] if len(buffer) >= 5 else 5
    if first == ESC:
        return _escape(buffer, second)
    if first == FS:
        return 2 + _FS_ARGUMENTS.get(second, 1)
    return _group(buffer, second)


def _escape(buffer: bytes | bytearray, second: int) -> int:
    if second in _ESC_TWO_BYTES:
        return 2
    if second == ord("*"):
        if len(buffer) < 5:
            return 5
        return 5 + (buffer[3] + 256 * buffer[4]) * (3 if buffer[2] >= 32 else 1)
    return 2 + _ESC_ARGUMENTS.get(second, 1)


def _group(buffer: bytes | bytearray, second: int) -> int:
    match chr(second):
        case "v":
            if len(buffer) < 8:
                return 8
            return 8 + (buffer[4] + 256 * buffer[5]) * (buffer[6] + 256 * buffer[7])
        case "8":
            return 7 + int.from_bytes(buffer[3:7], "little") if len(buffer) >= 7 else 7
        case "V":
            return (4 if buffer[2] in (65, 66) else 3) if len(buffer) > 2 else 3
        case "k":
            if len(buffer) < 4:
                return 4
            if buffer[2] >= _COUNTED_BAR_CODE:
                return 4 + buffer[3]
            end = buffer.find(0, 3)
            return end + 1 if end >= 0 else len(buffer) + 1
        case _:
            return 4 if second in _GS_TWO_ARGUMENTS else 3
