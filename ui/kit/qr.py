"""Codes for a telephone."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage, QPixmap


def qr_picture(text: str, size_px: int) -> QPixmap:
    """A QR code with a quiet zone, dark on white, ``size_px`` window pixels a side at most."""
    import qrcode  # not before a receipt is due: it draws in a picture library the first page must not wait for

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    count = len(matrix)
    image = QImage(count, count, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    for y, line in enumerate(matrix):
        for x, dark in enumerate(line):
            if dark:
                image.setPixelColor(x, y, QColor("#122B2B"))
    side = max(1, size_px // count) * count
    return QPixmap.fromImage(image.scaled(side, side))
