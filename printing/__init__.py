"""What stands on paper: one pure layout of a receipt, drawn as one-bit rows for a printer, as a PDF and as plain text.

No printer bytes and no Qt here. The order of work is `FontStack.discover()`, `lay_out(receipt, fonts)`, then
`to_paper`, `to_pdf` or `to_text` over the same `Layout`.
"""

from printing.booklet import Paragraph, booklet_to_pdf
from printing.fonts import FontFace, FontStack
from printing.layout import CHINA, Layout, lay_out, to_text
from printing.pdf import document_to_pdf, to_pdf
from printing.raster import to_paper, to_png

__all__ = [
    "CHINA",
    "FontFace",
    "FontStack",
    "Layout",
    "Paragraph",
    "booklet_to_pdf",
    "document_to_pdf",
    "lay_out",
    "to_paper",
    "to_pdf",
    "to_png",
    "to_text",
]
