"""Card readers: an invented card is put on and must be read as it is, or refused."""

from __future__ import annotations

from devices.codecs.sam_text import encode_text
from devices.conformance.field import Deed
from devices.conformance.kind import Kind, Unfit, Verdict
from kiosk.domain.devices import ID_CARD, CardFailed, CardFailure, CardRead, DeviceEvent
from kiosk.domain.identity_card import CardKind, id_check_char

_FIRST_17 = "33999919780623001"
_NUMBER = _FIRST_17 + id_check_char(_FIRST_17)
_WRONG = _FIRST_17 + ("0" if _NUMBER[-1] != "0" else "1")
_NAME, _ADDRESS = "范思成", "云浦市南安区试验路1号"


def _card(number: str) -> dict[str, object]:
    texts = {
        "name": _NAME,
        "sex": "1",
        "nation": "01",
        "birth": "1978-06-23",
        "address": _ADDRESS,
        "number": number,
        "issuer": "云浦市公安局",
        "valid_from": "20200101",
        "valid_to": "20400101",
    }
    return {"card": {"text_hex": encode_text(CardKind.RESIDENT, texts).hex()}}


def _judge(event: DeviceEvent, known: bool) -> Verdict | None:
    match event:
        case CardRead(card=card):
            if known and (card.number, card.name, card.address) != (_NUMBER, _NAME, _ADDRESS):
                return Verdict.WRONG
            return Verdict.RIGHT if card.number else Verdict.WRONG
        case CardFailed():
            return Verdict.REFUSED
    return None


_LIFT = Deed("lift", ask="See that no card lies on it", wanted=False)

KIND = Kind(
    device=ID_CARD,
    title="reads a card",
    order=lambda hub, tag, _options: hub.read_card(tag),
    withdraw=lambda hub: hub.cancel_card(),
    offer=(Deed("place", _card(_NUMBER), ask="Put a test card on the reader"),),
    clear=(_LIFT,),
    judge=_judge,
    refusal=lambda event: isinstance(event, CardFailed) and event.reason is CardFailure.READER_FAULT,
    unfit=(Unfit("a card whose number fails its check digit", (Deed("place", _card(_WRONG)),), (_LIFT,)),),
    sick=((Deed("fail_next", {"status": "60", "command": "status", "count": 5}), (Deed("unplug"), Deed("plug"))),),
    secrets=(_NUMBER, _NAME, _ADDRESS, _WRONG),
)
