"""The reference case centre: what a terminal fetches from and sends to, held to docs/openapi.json.

A program of its own, meant for another machine. Of the terminal's code it shares :mod:`kiosk.forms` alone, so that
forms are checked and decided by the same rules on both sides.
"""

__version__ = "1.0.0"
