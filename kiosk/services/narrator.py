"""Reads pages out: all of a fresh one, what is new on one that changed, and whatever the buttons come to.

It is told of every page that is shown and says it to the voice. A phrase that is private is said whole only while
headphones are plugged in.
"""

from __future__ import annotations

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
        self._talks = False
        self._withheld = False
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
            self._tell(view, self._whole)
        elif before.turn != view.voice.turn:
            self._again(view, read)
        elif before.private != view.voice.private:
            self._tell(view, (Phrase(say(view.language, f"speech.{_plug(view.voice)}")),))
        elif before.loudness != view.voice.loudness:
            self._tell(view, (Phrase(say(view.language, "speech.loudness", count=view.voice.loudness + 1)),))
        else:
            self._tell(view, tuple(phrase for phrase in read if phrase not in self._read))
        self._page, self._read = page, read

    def pointed(self, event: Pointed, view: ScreenView) -> None:
        """The buttons came to something on this page."""
        if view.voice is None:
            return
        where = Phrase(say(view.language, "speech.place", at=event.at, count=event.count))
        # Of a name that is being written, the characters to choose from say as much as the name.
        own = Phrase(event.words, private=event.name.startswith("candidate."))
        found = (*(about(view, event.name) or (own,)), where)
        if event.moved:
            self._tell(view, found)
        else:
            # The page came first, in the same breath: it is read, and then where the buttons stand.
            self._tell(view, (*self._whole, *found))
        if event.moved or event.at == 1:
            self._prepare(view)

    def over(self) -> None:
        """Everything was said."""
        self._talks = False

    def forget(self) -> None:
        """The visit is over: nothing of it is kept, here or where it was said."""
        self._page = self._heard = None
        self._read = self._whole = ()
        self._talks = False
        self._voice.forget()

    def _silent(self) -> None:
        if self._heard is not None:
            self._page = self._heard = None
            self._read = self._whole = ()
            self._voice.hush()

    def _welcome(self, view: ScreenView) -> Phrase:
        return Phrase(say(view.language, "speech.welcome_keys" if view.modes.keypad else "speech.welcome"))

    def _again(self, view: ScreenView, read: tuple[Phrase, ...]) -> None:
        """While it is being read the key for "again" means enough; in silence it means once more."""
        if self._talks:
            self._talks = False
            self._voice.hush()
        else:
            self._tell(view, read)

    def _tell(self, view: ScreenView, phrases: Iterable[Phrase]) -> None:
        if view.voice is None:
            return
        said: list[str] = []
        withheld = False
        for phrase in phrases:
            if phrase.private and not view.voice.private:
                withheld = True
                said.append(phrase.instead)
            else:
                said.append(phrase.text)
        if withheld and not self._withheld:
            self._withheld = True
            said.append(say(view.language, "speech.headphones"))
        sayings = [Saying(text, view.language) for text in said if text]
        if sayings:
            self._talks = True
            self._voice.say(sayings, view.voice.loudness)

    def _prepare(self, view: ScreenView) -> None:
        """Words of the keys are nobody's secret; what is said of a field is not made ready."""
        words = [about(view, key.name)[:1] for key in keys(view)][:PREPARED]
        self._voice.prepare([
            Saying(phrase.text, view.language) for found in words for phrase in found if not phrase.private
        ])  # fmt: skip


def _plug(voice: VoiceView) -> str:
    return "plugged" if voice.private else "unplugged"
