"""Which command was asked for, and how it ends. Imports nothing heavy: each command brings what it needs."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from kiosk.app import exits
from kiosk.domain.errors import KioskError

COMMANDS = (
    *"kiosk central diag cases story emulate demo phone screens gallery settings devices".split(),
    *"package residue texts usage".split(),
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. ``arguments`` are those after the program's name."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = f'there is no command "{arguments[0]}"' if arguments else "no command given"
        print(f"{asked}; known: {', '.join(COMMANDS)}", file=sys.stderr)
        return exits.USAGE
    name, rest = arguments[0], list(arguments[1:])
    try:
        return int(importlib.import_module(f"kiosk.app.commands.{name}").main(rest))
    except KioskError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return exits.exit_code(error)
    except KeyboardInterrupt:
        return exits.OK
    except SystemExit as ended:
        # argparse ends the program itself: 0 after --help, 2 for wrong usage.
        return ended.code if isinstance(ended.code, int) else exits.USAGE
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be flushed into the closed pipe at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except BaseException as error:  # the last place that can turn a bug into an exit code
        report_bug(name, error)
        return exits.BUG


def report_bug(name: str, error: BaseException) -> None:
    """One line for people. Where it happened goes to the log by place only: a message may hold a resident's data."""
    import logging

    place = bug_place(error)
    print(f"{name}: a fault of the program: {type(error).__name__} at {place}", file=sys.stderr)
    logger = logging.getLogger("kiosk.bug")
    if logger.hasHandlers():
        logger.error("%s at %s", type(error).__name__, place)


def bug_place(error: BaseException) -> str:
    """``FILE:LINE`` of the innermost frame."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    name = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"{name}:{trace.tb_lineno}"
