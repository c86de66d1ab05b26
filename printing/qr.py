"""QR codes as a matrix of modules, without quiet zone. Error correction M, the smallest version that holds the text."""

from __future__ import annotations

QUIET_MODULES = 4
"""White modules that every side needs (ISO/IEC 18004)."""


def qr_matrix(payload: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of modules, True = black. Raises ValueError when `payload` is too long for any QR code."""
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.exceptions import DataOverflowError

    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(payload.encode("utf-8"))
    try:
        code.make(fit=True)
    except DataOverflowError as error:
        raise ValueError("too long for a QR code") from error
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())
