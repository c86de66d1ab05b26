"""The languages of this start: ours, those dropped into the settings' folder, and on request the one nobody speaks."""

from __future__ import annotations

import difflib
import logging

from config.settings import TerminalSettings
from kiosk import texts
from kiosk.domain.errors import SettingsError

_LOG = logging.getLogger(__name__)


def open_languages(terminal: TerminalSettings) -> tuple[str, ...]:
    """Opens the catalogues; the tags that are offered, in their order. SettingsError for a language that is not there.

    A catalogue that cannot be read is left out and written down: one bad file must not keep the machine from serving.
    """
    for fault in texts.look_in(terminal.languages_dir):
        _LOG.error("catalogue left out: %s", fault)
    offered = texts.languages()
    if terminal.language == texts.PSEUDO:
        offered += (texts.PSEUDO,)
    if terminal.language not in offered:
        near = difflib.get_close_matches(terminal.language, offered, 1)
        meant = f"; is {near[0]} meant?" if near else ""
        raise SettingsError(
            f'terminal.language: there is no catalogue "{terminal.language}"; there are {", ".join(offered)}{meant}'
        )
    return offered
