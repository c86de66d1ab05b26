"""Brings Qt for Python, and takes back the hooks that it puts before every import of the program.

They serve ``from __feature__ import snake_case`` and ``from PySide6.QtGui import *``, which nobody here says. For the
first, the text of each module that is imported from then on is read and kept: a tenth of a start, and some megabytes
for good. To be imported before whatever else brings Qt.
"""

from __future__ import annotations

import builtins

plain = builtins.__import__

import PySide6.QtCore  # noqa: E402, F401

builtins.__import__ = plain
