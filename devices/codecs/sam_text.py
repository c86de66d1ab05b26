"""The 256-byte text block of the four identity cards: decode with cross checks, and encode for the emulator.

UTF-16LE, padded with spaces; the type flag stands at offset 248 in all four. Layouts: 居民身份证 (' '),
港澳台居民居住证 ('J'), 外国人永久居留身份证 2017 ('I', its own geometry) and 2023 ('Y', English name in two parts).
A layout is data: field -> (offset, bytes).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from devices.codecs.sam import APPEND_LENGTH
from kiosk.domain.identity_card import CardKind, IdCard, id_number_valid

BLOCK_LENGTH = 256
_FLAG_AT = 248
LONG_TERM = "长期"

FLAGS: Mapping[str, CardKind] = MappingProxyType(
    {
        " ": CardKind.RESIDENT,
        "J": CardKind.HMT_PERMIT,
        "I": CardKind.FOREIGN_2017,
        "Y": CardKind.FOREIGN_2023,
    }
)

Layout = Mapping[str, tuple[int, int]]

LAYOUTS: Mapping[CardKind, Layout] = MappingProxyType(
    {
        CardKind.RESIDENT: {
            "name": (0, 30),
            "sex": (30, 2),
            "nation": (32, 4),
            "birth": (36, 16),
            "address": (52, 70),
            "number": (122, 36),
            "issuer": (158, 30),
            "valid_from": (188, 16),
            "valid_to": (204, 16),
        },
        CardKind.HMT_PERMIT: {
            "name": (0, 30),
            "sex": (30, 2),
            "birth": (36, 16),
            "address": (52, 70),
            "number": (122, 36),
            "issuer": (158, 30),
            "valid_from": (188, 16),
            "valid_to": (204, 16),
            "pass_number": (220, 18),
            "issue_count": (238, 4),
        },
        CardKind.FOREIGN_2017: {
            "english_name": (0, 120),
            "sex": (120, 2),
            "number": (122, 30),
            "nationality": (152, 6),
            "name": (158, 30),
            "valid_from": (188, 16),
            "valid_to": (204, 16),
            "birth": (220, 16),
            "card_version": (236, 4),
            "authority": (240, 8),
        },
        CardKind.FOREIGN_2023: {
            "name": (0, 30),
            "sex": (30, 2),
            "renewals": (32, 4),
            "birth": (36, 16),
            "english_name": (52, 70),
            "number": (122, 36),
            "issuer": (158, 30),
            "valid_from": (188, 16),
            "valid_to": (204, 16),
            "english_name_2": (220, 22),
            "nationality": (242, 6),
            "old_number_flag": (250, 6),
        },
    }
)
_EXTRA = ("pass_number", "issue_count", "renewals", "card_version", "authority", "old_number_flag")
_PERMIT_2017 = re.compile(r"[A-Z]{3}[0-9]{12}")
_PADDING = " \x00"


class CardTextError(ValueError):
    """The block is not consistent; `field_name` says where, never what stands there."""

    def __init__(self, field_name: str) -> None:
        super().__init__(f"card text: {field_name}")
        self.field_name = field_name


def decode_text(block: bytes) -> IdCard:
    """The card of one text block. Raises CardTextError."""
    if len(block) != BLOCK_LENGTH:
        raise CardTextError("length")
    kind = FLAGS.get(_utf16(block[_FLAG_AT : _FLAG_AT + 2], "type"))
    if kind is None:
        raise CardTextError("type")
    raw = {name: _utf16(block[at : at + size], name) for name, (at, size) in LAYOUTS[kind].items()}
    # A space may sit exactly on the boundary of the two parts: join first, trim afterwards.
    raw["english_name"] = raw.get("english_name", "") + raw.pop("english_name_2", "")
    texts = {name: value.rstrip(_PADDING) for name, value in raw.items()}
    for name, value in texts.items():
        if _has_controls(value):
            raise CardTextError(name)
    birth = _date(texts["birth"], "birth")
    _check_person(kind, texts, birth)
    valid_to = None if texts["valid_to"] == LONG_TERM else _date(texts["valid_to"], "valid_to")
    valid_from = _date(texts["valid_from"], "valid_from")
    if valid_to is not None and valid_to < valid_from:
        raise CardTextError("valid_to")
    return IdCard(
        kind=kind,
        name=texts["name"],
        sex=texts["sex"],
        nation=texts.get("nation", ""),
        birth=birth,
        address=texts.get("address", ""),
        number=texts["number"],
        issuer=texts.get("issuer", ""),
        valid_from=valid_from,
        valid_to=valid_to,
        english_name=texts["english_name"],
        nationality=texts.get("nationality", ""),
        extra=MappingProxyType({name: texts[name] for name in _EXTRA if texts.get(name)}),
    )


def has_address(kind: CardKind) -> bool:
    """Whether cards of this kind carry an address, so that a newer one may have been appended."""
    return "address" in LAYOUTS[kind]


def decode_address(block: bytes) -> str:
    """The address appended to a card (30 03); empty when the block is blank. Raises CardTextError."""
    address = _utf16(block, "appended_address").rstrip(_PADDING)
    if _has_controls(address):
        raise CardTextError("appended_address")
    return address


def encode_address(address: str) -> bytes:
    """An appended address as the module sends it. Raises CardTextError when it is too long."""
    data = address.encode("utf-16-le")
    if len(data) > APPEND_LENGTH:
        raise CardTextError("appended_address")
    return data + " ".encode("utf-16-le") * ((APPEND_LENGTH - len(data)) // 2)


def with_newer_address(card: IdCard, address: str) -> IdCard:
    """The card with the address appended to it; what is printed on it goes to `extra` as `printed_address`."""
    extra = MappingProxyType({**card.extra, "printed_address": card.address})
    return replace(card, address=address, extra=extra)


def _check_person(kind: CardKind, texts: Mapping[str, str], birth: date) -> None:
    """The number must agree with itself, with the birth date and with the sex; somebody must be named."""
    if not texts["name"] and not texts["english_name"]:
        raise CardTextError("name")
    if texts["sex"] not in ("0", "1", "2", "9"):
        raise CardTextError("sex")
    number = texts["number"]
    if kind is CardKind.FOREIGN_2017:
        if not _PERMIT_2017.fullmatch(number):
            raise CardTextError("number")
        return
    if not id_number_valid(number) or (kind is CardKind.FOREIGN_2023 and not number.startswith("9")):
        raise CardTextError("number")
    if number[6:14] != birth.strftime("%Y%m%d"):
        raise CardTextError("birth")
    if texts["sex"] in ("1", "2") and int(number[16]) % 2 != int(texts["sex"]) % 2:
        raise CardTextError("sex")


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


def _utf16(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-16-le")  # strict: a lone surrogate is an error
    except UnicodeDecodeError as error:
        raise CardTextError(name) from error


def _date(text: str, name: str) -> date:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise CardTextError(name)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise CardTextError(name) from error


def encode_text(kind: CardKind, fields: Mapping[str, str]) -> bytes:
    """A text block from plain texts (dates YYYYMMDD or ISO); what `fields` does not name is blank.

    Raises CardTextError when a text is longer than its place.
    """
    flag = next(char for char, of_kind in FLAGS.items() if of_kind is kind)
    block = bytearray(" ".encode("utf-16-le") * (BLOCK_LENGTH // 2))
    block[_FLAG_AT : _FLAG_AT + 2] = flag.encode("utf-16-le")
    layout = LAYOUTS[kind]
    texts = dict(fields)
    if "english_name_2" in layout:
        whole = texts.get("english_name", "")
        cut = layout["english_name"][1] // 2
        texts["english_name"], texts["english_name_2"] = whole[:cut], whole[cut:]
    for name, (at, size) in layout.items():
        text = texts.get(name, "")
        if name in ("birth", "valid_from", "valid_to"):
            text = text.replace("-", "")
        data = text.encode("utf-16-le")
        if len(data) > size:
            raise CardTextError(name)
        block[at : at + len(data)] = data
    return bytes(block)
