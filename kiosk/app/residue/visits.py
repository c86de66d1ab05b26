"""The visits: what each resident does, and how it ends. Lines are steps of a story (docs/stories.md).

A line is a step that the terminal's hand or this program does. The other words are moments: ``SIGN`` is the resident's
own signature, ``LOOK`` comes when most of them is on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from kiosk.app.residue.canary import Canary

ITEMS: Final = frozenset({"social-insurance-certificate", "residence-permit-renewal"})
SIGN: Final = "sign"
LOOK: Final = "look"
CRASH: Final = "crash"
PAUSE: Final = "pause"
PIN: Final = "271828"
IDLE: Final = "idle"

_START = (
    '{ wait_screen = "attract", timeout_s = 60 }',
    '{ touch = "action.start" }',
    '{ touch = "language.zh-Hans" }',
    '{ touch = "everyday.guide" }',
)
_NEXT = '{ touch = "action.next", timeout_s = 30 }'
_GONE = ('{ wait_screen = "attract", timeout_s = 60 }',)
_LEAVE = ('{ touch = "action.exit" }', '{ touch = "action.leave" }', *_GONE)
_CERTIFICATE = (
    *_START,
    '{ open = "item.social-insurance-certificate" }',
    _NEXT,
    '{ touch = "consent.privacy" }',
    '{ touch = "consent.record_query" }',
    _NEXT,
    '{ wait_screen = "identify" }',
)


def _lift() -> str:
    return '{ device = { device = "id_card", do = "lift" } }'


def _place(who: Canary) -> str:
    device = f'device = "id_card", do = "place", card = "{who.key}", photo_hex = "{who.photo.hex()}"'
    return f"{{ device = {{ {device} }} }}"


def _by_card(who: Canary) -> tuple[str, ...]:
    """A certificate up to its prefilled form."""
    return (*_CERTIFICATE, _place(who), '{ wait_screen = "form", timeout_s = 30 }', _lift())


def _by_code(who: Canary) -> tuple[str, ...]:
    show = f'{{ device = {{ device = "code_scanner", do = "show", citizen = "{who.key}" }} }}'
    return (*_CERTIFICATE, '{ touch = "method.citizen_qr" }', show, '{ wait_screen = "form", timeout_s = 30 }')


def _everything(who: Canary) -> tuple[str, ...]:
    """A permit up to its review: card, e-licences, Chinese and letters typed, a signature."""
    return (
        *_START,
        '{ open = "item.residence-permit-renewal" }',
        _NEXT,
        '{ touch = "choice.scenario.permit.valid" }',
        _NEXT,
        '{ touch = "choice.scenario.reason.work" }',
        _NEXT,
        '{ wait_screen = "checklist" }',
        _NEXT,
        '{ touch = "consent.privacy" }',
        _NEXT,
        '{ touch = "consent.licences" }',
        _NEXT,
        '{ wait_screen = "identify" }',
        _place(who),
        '{ wait_screen = "form", timeout_s = 30 }',
        _lift(),
        _NEXT,
        '{ touch = "choice.residence.kind.rent" }',
        _NEXT,
        '{ touch = "choice.residence.district.nanan" }',
        _NEXT,
        f'{{ type = {{ field = "residence.address", text = "{who.typed}" }}, timeout_s = 60 }}',
        _NEXT,
        '{ type = { field = "residence.landlord", text = "高山" }, timeout_s = 60 }',
        _NEXT,
        '{ type = { field = "residence.lease_until", text = "today+108" }, timeout_s = 60 }',
        _NEXT,
        f'{{ type = {{ field = "work.employer", text = "{who.latin}" }}, timeout_s = 60 }}',
        _NEXT,
        f'{{ type = {{ field = "applicant.phone", text = "{who.phone}" }}, timeout_s = 60 }}',
        _NEXT,
        '{ wait_screen = "materials" }',
        _NEXT,
        '{ wait_screen = "precheck" }',
        _NEXT,
        '{ wait_screen = "sign" }',
        '{ touch = "declare.tick" }',
        SIGN,
        LOOK,
        _NEXT,
        '{ wait_screen = "review" }',
    )


_SUBMIT = (_NEXT, '{ wait_screen = "result", timeout_s = 30 }')
_RECEIPT = (
    _NEXT,
    '{ wait_screen = "receipt" }',
    '{ expect = { print = "confirmed" }, timeout_s = 40 }',
)
_END = (_NEXT, '{ wait_screen = "rate" }', '{ touch = "action.skip" }', *_GONE)


def exit_early(who: Canary) -> tuple[str, ...]:
    """Leaves on the review page, with everything given."""
    return (*_everything(who), *_LEAVE)


def done(who: Canary) -> tuple[str, ...]:
    """Submits, takes the receipt, does not rate."""
    return (*_everything(who), *_SUBMIT, *_RECEIPT, *_END)


def done_on_paper(who: Canary) -> tuple[str, ...]:
    """Submits, takes the receipt and the certificate on A4."""
    sheet = ('{ touch = "document.print", timeout_s = 40 }', '{ expect = { text = "请取走 A4 证明" }, timeout_s = 90 }')
    return (*_by_card(who), LOOK, _NEXT, '{ wait_screen = "review" }', *_SUBMIT, *_RECEIPT, *sheet, *_END)


def code(who: Canary) -> tuple[str, ...]:
    """Shows a citizen code instead of a card, and leaves."""
    return (*_by_code(who), LOOK, *_LEAVE)


def time_out(who: Canary) -> tuple[str, ...]:
    """Goes away without a word."""
    return (*_by_card(who), LOOK, IDLE, *_GONE)


def card_taken(who: Canary) -> tuple[str, ...]:
    """Takes the card while it is being read, then leaves."""
    return (
        *_CERTIFICATE,
        '{ device = { device = "id_card", do = "delay", seconds = 1.0 } }',
        _place(who),
        PAUSE,
        _lift(),
        '{ expect = { text = "拿得早了一点" }, timeout_s = 30 }',
        '{ device = { device = "id_card", do = "delay", seconds = 0 } }',
        '{ touch = "action.exit" }',
        *_GONE,
    )


def staff(who: Canary) -> tuple[str, ...]:
    """Leaves, and a technician comes and looks at every page of theirs."""
    digits = tuple(f'{{ touch = "key.{digit}" }}' for digit in PIN)
    return (
        *_by_card(who),
        LOOK,
        *_LEAVE,
        *('{ touch = "staff.corner" }',) * 5,
        '{ wait_screen = "staff_pin" }',
        *digits,
        _NEXT,
        '{ wait_screen = "diagnostics", timeout_s = 30 }',
        '{ touch = "action.done" }',
        *_GONE,
    )


def crash(who: Canary) -> tuple[str, ...]:
    """The screens die in the middle; whoever it was does not come back to them."""
    return (*_everything(who), CRASH, *_GONE)


def leave_by_card(who: Canary) -> tuple[str, ...]:
    """The shortest visit in which somebody shows who they are; for controls."""
    return (*_by_card(who), LOOK, *_LEAVE)


#: How a visit goes and ends: what is done.
ROUTES: Mapping[str, Callable[[Canary], tuple[str, ...]]] = MappingProxyType(
    {
        "exit": exit_early,
        "done": done,
        "done-a4": done_on_paper,
        "citizen-code": code,
        "time-out": time_out,
        "card-taken": card_taken,
        "staff": staff,
        "crash": crash,
    }
)
