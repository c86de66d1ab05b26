"""Leaks on purpose, the search's controls: each puts something of the person who is here where nothing may stay.

Each is told by name with the place where the search has to find it; one that is not found there means that the search
is blind in that place. Four need a terminal of their own, started to leak.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from types import MappingProxyType

from kiosk.app.compose import Terminal
from kiosk.app.logs import FILE
from kiosk.app.pool import Pool
from kiosk.app.stores import keys_of
from kiosk.domain import freed
from kiosk.domain.session import Subject
from offline_cache import connection
from offline_cache.layout import DATABASE
from ui import residue
from ui.keyboard import rime

_KEPT: list[str] = []
_RESTING: list[Pool] = []


def keep_text(terminal: Terminal) -> None:
    """A list of the program that outlives the visit."""
    _KEPT.append(_here(terminal).name)


def keep_widget(terminal: Terminal) -> None:
    """A widget that outlives its page."""
    residue.keep_widget(_here(terminal).name)


def keep_picture(terminal: Terminal) -> None:
    """A frame that outlives its page."""
    residue.keep_picture(terminal.window)


def fill_clipboard(terminal: Terminal) -> None:
    """Something copies, and nothing clears it."""
    residue.copy_after_wipe(terminal.window, _here(terminal).name)


def log_name(terminal: Terminal) -> None:
    """A line in the log that says a name."""
    with (terminal.settings.terminal.state_dir / FILE).open("a", encoding="utf-8") as log:
        log.write(f'{{"event":"log","code":"{_here(terminal).name}"}}\n')


def leave_file(terminal: Terminal) -> None:
    """A temporary file that nobody takes away."""
    handle, _ = tempfile.mkstemp(prefix="print-")
    os.write(handle, _here(terminal).number.encode("utf-16-le"))
    os.close(handle)


def leave_file_in_shared_memory(terminal: Terminal) -> None:
    """The same where no disk is."""
    handle = os.memfd_create("spool")
    os.write(handle, _here(terminal).number.encode("gb18030"))


def leave_row(terminal: Terminal) -> None:
    """A value in the store."""
    terminal.store.put("residue.control", _here(terminal).number).result(10.0)


def leave_free_page(terminal: Terminal) -> None:
    """Rows deleted by somebody who forgot to have them overwritten."""
    settings = terminal.settings
    folder = settings.terminal.state_dir
    beside = connection.connect(folder / DATABASE, keys_of(settings).load(create=False))
    try:
        beside.pragma("secure_delete", False)
        beside.execute("CREATE TABLE control (text TEXT) STRICT")
        beside.execute("INSERT INTO control VALUES (?)", (_here(terminal).number * 1000,))
        beside.execute("DROP TABLE control")
        beside.pragma("wal_checkpoint", "truncate")
    finally:
        beside.close()


def free_in_thread(terminal: Terminal) -> None:
    """Texts that a thread has freed and kept; it rests for ever."""
    name = _here(terminal).name
    _RESTING.append(Pool(1, "control"))
    _RESTING[0].submit(lambda: [name + "." * number for number in range(40)] and None).result(10.0)


#: Name of a control: what makes it. Each is called while somebody is here.
LEAKS: Mapping[str, Callable[[Terminal], None]] = MappingProxyType(
    {
        "text": keep_text,
        "widget": keep_widget,
        "frame": keep_picture,
        "clipboard": fill_clipboard,
        "log": log_name,
        "file": leave_file,
        "memfd": leave_file_in_shared_memory,
        "row": leave_row,
        "free-page": leave_free_page,
        "kept-blocks": free_in_thread,
    }
)


def learn_words() -> None:
    """The keyboard remembers what was typed."""
    setattr(rime, "SCHEMA", rime.SCHEMA.replace("enable_user_dict: false", "enable_user_dict: true"))  # noqa: B010


def keep_blocks() -> None:
    """No thread writes over what it has freed and kept."""
    setattr(freed, "_LENGTHS", ())  # noqa: B010


def _here(terminal: Terminal) -> Subject:
    session = terminal.runner.state.session
    if session is None or session.subject is None:
        raise LookupError("nobody is here")
    return session.subject
