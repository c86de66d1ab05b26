"""The visits: what each resident does, and how it ends. Lines are steps of a story (docs/stories.md).

A line is a step that the terminal's hand or this program does. The other words are moments: ``SIGN`` is the resident's
own signature, ``LOOK`` comes when most of them is on the screen, ``PAPER`` when a page of theirs is, ``HEAR`` when they
are read to, ``SEARCH`` when nothing of them may be left although they come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from kiosk.app.residue.canary import Canary

ITEMS: Final = frozenset({"social-insurance-certificate", "residence-permit-renewal", "minor-hk-permit"})
SIGN: Final = "sign"
SIGN_BESIDE: Final = "sign beside"
LOOK: Final = "look"
PAPER: Final = "paper"
SEARCH: Final = "search"
CRASH: Final = "crash"
PAUSE: Final = "pause"
HEAR: Final = "hear"
PIN: Final = "271828"
IDLE: Final = "idle"

_START = (
    '{ wait_screen = "attract", timeout_s = 60 }',
    '{ touch = "action.start" }',
    '{ touch = "language.zh-Hans" }',
)
_GUIDE = (*_START, '{ touch = "everyday.guide" }')
_NEXT = '{ touch = "action.next", timeout_s = 30 }'
_GONE = ('{ wait_screen = "attract", timeout_s = 60 }',)
_LEAVE = ('{ touch = "action.exit" }', '{ touch = "action.leave" }', *_GONE)
_CERTIFICATE = (
    *_GUIDE,
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


def _type(field: str, text: str) -> str:
    return f'{{ type = {{ field = "{field}", text = "{text}" }}, timeout_s = 60 }}'


def _by_card(who: Canary) -> tuple[str, ...]:
    """A certificate up to its prefilled form."""
    return (*_CERTIFICATE, _place(who), '{ wait_screen = "form", timeout_s = 30 }', _lift())


def _by_code(who: Canary) -> tuple[str, ...]:
    show = f'{{ device = {{ device = "code_scanner", do = "show", citizen = "{who.key}" }} }}'
    return (*_CERTIFICATE, '{ touch = "method.citizen_qr" }', show, '{ wait_screen = "form", timeout_s = 30 }')


def _permit(who: Canary, *, licences: bool = True) -> tuple[str, ...]:
    """A permit up to its prefilled form, with the leave to look at e-licences or without."""
    return (
        *_GUIDE,
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
        *(('{ touch = "consent.licences" }',) if licences else ()),
        _NEXT,
        '{ wait_screen = "identify" }',
        _place(who),
        '{ wait_screen = "form", timeout_s = 30 }',
        _lift(),
        _NEXT,
        '{ touch = "choice.residence.kind.rent" }',
        _NEXT,
    )


def _answers(who: Canary) -> tuple[str, ...]:
    """The rest of the form of a permit, Chinese and letters typed, up to its papers."""
    return (
        '{ touch = "choice.residence.district.nanan" }',
        _NEXT,
        _type("residence.address", who.typed),
        _NEXT,
        _type("residence.landlord", "高山"),
        _NEXT,
        _type("residence.lease_until", "today+108"),
        _NEXT,
        _type("work.employer", who.latin),
        _NEXT,
        _type("applicant.phone", who.phone),
        _NEXT,
        '{ wait_screen = "materials" }',
        _NEXT,
    )


_SIGNED = (
    '{ wait_screen = "precheck" }',
    _NEXT,
    '{ wait_screen = "sign" }',
    '{ touch = "declare.tick" }',
    SIGN,
    LOOK,
    _NEXT,
    '{ wait_screen = "review" }',
)


def _everything(who: Canary) -> tuple[str, ...]:
    """A permit up to its review: card, e-licences, Chinese and letters typed, a signature."""
    return (*_permit(who), *_answers(who), *_SIGNED)


def _with_parent(who: Canary) -> tuple[str, ...]:
    """A child's permit up to what the other parent, who stands beside, is to confirm."""
    parent, child = who.family
    return (
        *_GUIDE,
        '{ open = "item.minor-hk-permit" }',
        _NEXT,
        '{ wait_screen = "scenario" }',
        '{ touch = "choice.scenario.age.under" }',
        _NEXT,
        '{ touch = "choice.scenario.before.never" }',
        _NEXT,
        '{ touch = "choice.scenario.guardians.both" }',
        _NEXT,
        '{ wait_screen = "checklist" }',
        _NEXT,
        '{ wait_screen = "consent" }',
        '{ touch = "consent.privacy" }',
        _NEXT,
        '{ touch = "consent.licence:birth_medical_certificate" }',
        _NEXT,
        '{ wait_screen = "identify" }',
        _place(who),
        '{ wait_screen = "form", timeout_s = 30 }',
        _lift(),
        _NEXT,
        _type("child.name", child.name),
        _type("child.number", child.number),
        _NEXT,
        _NEXT,
        '{ touch = "choice.trip.where.hk" }',
        _NEXT,
        '{ touch = "choice.trip.times.once_1y" }',
        _NEXT,
        '{ touch = "choice.photo.kind.hall" }',
        _NEXT,
        _type("other.name", parent.name),
        _type("other.number", parent.number),
        _NEXT,
        '{ touch = "choice.child.office.nanan" }',
        _NEXT,
        _type("guardian.phone", who.phone),
        _NEXT,
        '{ wait_screen = "materials" }',
        _NEXT,
        '{ wait_screen = "sign" }',
        '{ touch = "declare.tick" }',
        SIGN,
        LOOK,
        _NEXT,
        '{ wait_screen = "parties" }',
        '{ touch = "choice.party.other_parent.here" }',
        _NEXT,
        '{ wait_screen = "hand_over" }',
        _NEXT,
        '{ wait_screen = "party_identify" }',
        _place(parent),
        '{ wait_screen = "party_sees", timeout_s = 30 }',
        _lift(),
    )


def _under_the_camera(who: Canary) -> tuple[str, ...]:
    """A permit up to the lease, which lies under the camera and is seen on the screen."""
    lay = f'{{ device = {{ device = "document_camera", do = "place", text = "{who.paper}" }} }}'
    return (
        *_permit(who, licences=False),
        *_answers(who),
        '{ touch = "choice.material.lease.capture" }',
        lay,
        _NEXT,
        '{ wait_screen = "capture" }',
    )


_SUBMIT = (_NEXT, '{ wait_screen = "result", timeout_s = 30 }')
_RECEIPT = (
    _NEXT,
    '{ wait_screen = "receipt" }',
    '{ expect = { print = "confirmed" }, timeout_s = 40 }',
)
_SEEN = ('{ expect = { control = "capture.other" }, timeout_s = 40 }', PAUSE)
_TAKEN_AWAY = '{ device = { device = "document_camera", do = "remove" } }'
_PARK = (
    '{ touch = "action.exit" }',
    '{ touch = "action.park" }',
    '{ wait_screen = "carry_on", timeout_s = 30 }',
    '{ expect = { print = "confirmed" }, timeout_s = 40 }',
    LOOK,
    _NEXT,
    *_GONE,
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


def paper_left(who: Canary) -> tuple[str, ...]:
    """Leaves, and leaves the paper lying, while the camera still looks at it."""
    return (*_under_the_camera(who), *_SEEN, PAPER, LOOK, *_LEAVE, _TAKEN_AWAY)


def done_with_paper(who: Canary) -> tuple[str, ...]:
    """Photographs the lease and submits it with the case."""
    taken = ('{ expect = { control = "capture.use" }, timeout_s = 40 }', PAPER, LOOK, '{ touch = "capture.use" }')
    return (*_under_the_camera(who), *taken, _TAKEN_AWAY, *_SIGNED, *_SUBMIT, *_RECEIPT, *_END)


def second_gone(who: Canary) -> tuple[str, ...]:
    """The other parent shows a card and begins to read; then both walk off."""
    return (*_with_parent(who), LOOK, IDLE, *_GONE)


def done_with_second(who: Canary) -> tuple[str, ...]:
    """The other parent signs as well, and the case is submitted."""
    signed = (
        _NEXT,
        '{ wait_screen = "party_sign" }',
        '{ touch = "declare.tick" }',
        SIGN_BESIDE,
        LOOK,
        _NEXT,
        '{ wait_screen = "hand_back" }',
        _NEXT,
        '{ wait_screen = "review" }',
    )
    return (*_with_parent(who), *signed, *_SUBMIT, *_RECEIPT, *_END)


def parked(who: Canary) -> tuple[str, ...]:
    """Puts the work by, comes back with the slip, goes on, and then gives it up."""
    take_up = (
        *_START,
        '{ touch = "everyday.progress" }',
        '{ wait_screen = "take_up" }',
        '{ device = { device = "code_scanner", do = "show", text = "$carry_on" } }',
        '{ wait_screen = "take_up_identify", timeout_s = 30 }',
        _place(who),
        '{ wait_screen = "form", timeout_s = 30 }',
        _lift(),
    )
    give_up = ('{ touch = "action.exit" }', '{ touch = "action.discard" }', *_GONE)
    return (*_permit(who), *_PARK, SEARCH, *take_up, *_answers(who), *_SIGNED, *give_up)


def parked_offline(who: Canary) -> tuple[str, ...]:
    """Puts the work by while the centre is away: it waits here, sealed, until the line is back."""
    return (*_permit(who), '{ centre = "down" }', *_PARK, SEARCH, '{ centre = "up" }')


def read_out(who: Canary) -> tuple[str, ...]:
    """Plugs headphones in, has every page read out with all that stands on it, and pulls them out at the end."""
    plugged, pulled = (
        f'{{ device = {{ device = "io_board", do = "headset", what = "{how}" }} }}' for how in ("in", "out")
    )
    begun = ('{ wait_screen = "attract", timeout_s = 60 }', plugged, '{ wait_screen = "language" }')
    rest = _everything(who)[len(_START) - 1 :]
    return (*begun, *rest, LOOK, HEAR, *_LEAVE[:-1], pulled, *_GONE)


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
        "paper-left": paper_left,
        "done-paper": done_with_paper,
        "second-gone": second_gone,
        "done-second": done_with_second,
        "parked": parked,
        "parked-offline": parked_offline,
        "read-out": read_out,
    }
)
#: Visits to which a resident does not come alone.
TOGETHER: Final = frozenset({"second-gone", "done-second"})
