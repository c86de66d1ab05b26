"""Reads pages out: all of a fresh one, what is new on one that changed, and whatever the buttons come to.

It is told of every page that is shown and says it to the voice. A phrase that is private is said whole only while
headphones are plugged in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kiosk.domain.speech import Phrase, Saying
from kiosk.flow.events import Pointed
from kiosk.flow.reading import about, keys, reading
from kiosk.flow.view import ScreenView, VoiceView
from kiosk.ports.speech import Voice
from kiosk.texts import say

PREPARED = 8
"""Keys made ready ahead, where the buttons are used: those they come to first."""


class Narrator:
    """Main thread only; every call comes back at once."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._page: object = None
        self._heard: VoiceView | None = None
        self._read: tuple[Phrase, ...] = ()
        self._whole: tuple[Phrase, ...] = ()
        """What was said when the page came."""
        self._talks = self._reads = False
        """Whether anything is being said, and whether that is the page."""
        self._withheld = self._hinted = False
        self._welcomed: set[str] = set()

    def shown(self, view: ScreenView) -> None:
        """A page is on the panel, or changed there."""
        if view.voice is None:
            self._silent()
            return
        before, self._heard = self._heard, view.voice
        page = (view.step, view.key, type(view.overlay))
        read = reading(view)
        if before is None:
            self._withheld, self._welcomed = False, set()
        if before is None or page != self._page or view.language not in self._welcomed:
            welcome = () if view.language in self._welcomed else (self._welcome(view),)
            self._welcomed.add(view.language)
            self._whole = (*welcome, *read)
            told = self._withheld
            self._tell(view, self._whole, page=True)
            self._hinted = self._withheld and not told
        elif before.turn != view.voice.turn:
            self._again(view, read)
        elif before.private != view.voice.private:
            self._tell(view, (Phrase(say(view.language, f"speech.{_plug(view.voice)}")),))
        elif before.loudness != view.voice.loudness:
            self._tell(view, (Phrase(say(view.language, "speech.loudness", count=view.voice.loudness + 1)),))
        else:
            self._news(view, read)
        self._page, self._read = page, read

    def pointed(self, event: Pointed, view: ScreenView) -> None:
        """The buttons came to something on this page."""
        if view.voice is None:
            return
        where = Phrase(say(view.language, "speech.place", at=event.at, count=event.count))
        own = Phrase(event.words, private=_writes(event.name))
        found = (*(about(view, event.name) or (own,)), where)
        if event.moved:
            self._tell(view, found)
        else:
            # The page came first, in the same breath: it is read, and then where the buttons stand.
            self._withheld = self._withheld and not self._hinted
            self._tell(view, (*self._whole, *found), page=True)
        if event.moved or event.at == 1:
            self._prepare(view)

    def over(self) -> None:
        """Everything was said."""
        self._talks = self._reads = False

    def forget(self) -> None:
        """The visit is over: nothing of it is kept, here or where it was said."""
        self._page = self._heard = None
        self._read = self._whole = ()
        self._talks = self._reads = self._hinted = False
        self._voice.forget()

    def _silent(self) -> None:
        if self._heard is not None:
            self._page = self._heard = None
            self._read = self._whole = ()
            self._voice.hush()

    def _welcome(self, view: ScreenView) -> Phrase:
        return Phrase(say(view.language, "speech.welcome_keys" if view.modes.keypad else "speech.welcome"))

    def _again(self, view: ScreenView, read: tuple[Phrase, ...]) -> None:
        """While the page is being read the key for "again" means enough; else it means once more."""
        if self._reads:
            self._talks = self._reads = False
            self._voice.hush()
        else:
            self._tell(view, read, page=True)

    def _news(self, view: ScreenView, read: tuple[Phrase, ...]) -> None:
        """What is new on a page, after what is being said: an answer just given is no news where it may not be said."""
        before = {_words(view, text) for phrase in self._read for text in (phrase.text, phrase.instead)}
        self._tell(
            view, [phrase for phrase in read if _words(view, self._said(view, phrase)) not in before], add=self._talks
        )

    @staticmethod
    def _said(view: ScreenView, phrase: Phrase) -> str:
        heard_by_all = view.voice is None or not view.voice.private
        return phrase.instead if phrase.private and heard_by_all else phrase.text

    def _tell(self, view: ScreenView, phrases: Iterable[Phrase], *, page: bool = False, add: bool = False) -> None:
        """``page``: it is the page that is read. ``add``: after what is being said, not instead of it."""
        if view.voice is None:
            return
        said: list[str] = []
        withheld = False
        for phrase in phrases:
            said.append(self._said(view, phrase))
            withheld = withheld or said[-1] != phrase.text
        if withheld and not self._withheld and page:
            self._withheld = True
            said.append(say(view.language, "speech.headphones"))
        sayings = [Saying(text, view.language) for text in said if text]
        if sayings:
            self._talks = True
            self._reads = page or (add and self._reads)
            self._voice.say(sayings, view.voice.loudness, private=view.voice.private, add=add)

    def _prepare(self, view: ScreenView) -> None:
        """Words of the keys are nobody's secret; what is said of a field is not made ready."""
        words = [about(view, key.name)[:1] for key in keys(view)][:PREPARED]
        self._voice.prepare([
            Saying(phrase.text, view.language) for found in words for phrase in found if not phrase.private
        ])  # fmt: skip


def _plug(voice: VoiceView) -> str:
    return "plugged" if voice.private else "unplugged"


def _writes(name: str) -> bool:
    """Whether this is a letter, a digit or a character to choose from: whoever hears them hears what is written. A row
    of letters tells nothing, a row of characters does.
    """
    return name.startswith(("key.", "candidate.", "row.candidate."))


def _words(view: ScreenView, text: str) -> str:
    """What makes a phrase another one; where seconds are counted down in a sentence, the number does not."""
    return re.sub(r"\d+", "", text) if view.step == "resume" else text
