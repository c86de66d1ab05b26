"""Declaration and signature."""

from __future__ import annotations

from kiosk.flow.events import Signed, Stroke
from kiosk.flow.view import SignBody
from ui.kit.cards import ChoiceCard
from ui.kit.signature import SignaturePad
from ui.screens.ask import paragraphs
from ui.screens.base import Screen


class SignScreen(Screen[SignBody]):
    """Declaration, a box that starts empty, and the area to sign in."""

    heading_room = 272.0
    pictured_above = True

    def heading_end(self) -> float:
        if self.frame.beside:
            return self.frame.reading.bottom - self._declared(self.frame.reading.width) - 24
        if self.frame.low:
            return self.touch_top - 24 - self._declared(self.wide) - 20
        return super().heading_end()

    def _declared(self, width: float) -> float:
        """About the height of the declaration in running text."""
        room = width - 64 - 40
        return sum(self.height_of(text, "body", room, bold=False) + 14 for text in self.body.paragraphs) + 48

    def foot(self, top: float) -> None:
        """The declaration stands below the heading."""
        paragraphs(
            self, self.body.paragraphs, top + 24, self.frame.reading.bottom, card=True,
            x=self.frame.reading.left, width=self.frame.reading.width,
        )  # fmt: skip

    def fill(self, top: float) -> None:
        """What is declared first, then box, then the area; the clear key stands over its right end."""
        body, frame = self.body, self.frame
        if not frame.beside:
            paragraphs(self, body.paragraphs, top + 20, self.touch_top - 16 if frame.low else 820, card=True)
        box = ChoiceCard(
            self, self.theme, body.box.name, body.box.label, hint=body.box.hint, mark="box", selected=body.ticked
        )
        box.setEnabled(body.box.enabled)
        begin = self.touch_top if frame.beside or frame.low else 844.0
        if self.touch_bottom - begin < 640:
            # Short: the clear key stands beside the box, and the area says itself what it is for.
            keys = max(240.0, min(400.0, self.wide * 0.36))
            if self.lines_of(body.instead.label, "caption", keys - 84, bold=True) > 2:
                keys = self.wide * 0.44
            self.add(box, self.left, begin, self.wide - keys - 20, 180)
            self.key(body.clear, self.right - keys, begin, keys, 76, small=True, step="body", default_icon="delete")
            self.key(body.instead, self.right - keys, begin + 88, keys, 92, small=True, step="body")
            pad_top = begin + 200
        else:
            self.add(box, self.left, begin, self.wide, 128)
            self.key(body.instead, self.left, begin + 148, self.wide - 260, 88, small=True, step="body")
            self.key(body.clear, self.right - 240, begin + 148, 240, 88, small=True, step="body", default_icon="delete")
            pad_top = begin + 252
        fresh = "pad" not in self.kept
        pad = self.keep("pad", lambda: SignaturePad(self, self.theme))
        self.place(pad, self.left, pad_top, self.wide, self.touch_bottom - pad_top)
        if fresh:
            pad.changed.connect(self._signed)
        pad.set_placeholder(body.placeholder)
        pad.set_strokes(body.strokes)

    def _signed(self, width: int, height: int, strokes: tuple[Stroke, ...]) -> None:
        self.context.emit(Signed(width, height, strokes))

    def wipe(self) -> None:
        """Forget the strokes."""
        pad = self.kept.get("pad")
        if isinstance(pad, SignaturePad):
            pad.set_strokes(())
