"""A window beside the demo in which a person plays the hardware: cards, codes, paper, plugs, the line to the centre.

It is a process of its own (``python -m ui.emulator_panel --dir D --centre URL``) and knows nothing of the terminal: it
speaks to the emulators' control socket and to the demo addresses of the centre, nothing else.
"""

from __future__ import annotations
