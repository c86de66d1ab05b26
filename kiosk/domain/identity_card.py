"""The identity card as the terminal knows it, whatever reader it came from.

Field names and codes follow the machine-read text of the card: sex is GB/T 2261.1 ("0" unknown, "1" male, "2" female,
"9" unstated), nation is GB/T 3304 ("01" to "56", "97", "98"). Everything personal is kept out of `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_DIGITS = "10X98765432"

# fmt: off
_NATIONS = (
    "汉族", "蒙古族", "回族", "藏族", "维吾尔族", "苗族", "彝族", "壮族",
    "布依族", "朝鲜族", "满族", "侗族", "瑶族", "白族", "土家族", "哈尼族",
    "哈萨克族", "傣族", "黎族", "傈僳族", "佤族", "畲族", "高山族", "拉祜族",
    "水族", "东乡族", "纳西族", "景颇族", "柯尔克孜族", "土族", "达斡尔族", "仫佬族",
    "羌族", "布朗族", "撒拉族", "毛南族", "仡佬族", "锡伯族", "阿昌族", "普米族",
    "塔吉克族", "怒族", "乌孜别克族", "俄罗斯族", "鄂温克族", "德昂族", "保安族", "裕固族",
    "京族", "塔塔尔族", "独龙族", "鄂伦春族", "赫哲族", "门巴族", "珞巴族", "基诺族",
)
# fmt: on

#: GB/T 3304 code -> name in Chinese.
NATION_NAMES: Mapping[str, str] = MappingProxyType(
    {f"{code:02d}": name for code, name in enumerate(_NATIONS, start=1)} | {"97": "其他", "98": "外国血统中国籍"}
)
#: GB/T 2261.1 code -> name in Chinese.
SEX_NAMES: Mapping[str, str] = MappingProxyType({"0": "未知", "1": "男", "2": "女", "9": "未说明"})


class CardKind(StrEnum):
    """The four cards in circulation, by the type flag of the text block (' ', 'J', 'I', 'Y')."""

    RESIDENT = "resident"
    HMT_PERMIT = "hmt_permit"
    FOREIGN_2017 = "foreign_2017"
    FOREIGN_2023 = "foreign_2023"


@dataclass(frozen=True, slots=True)
class IdCard:
    """What one card says. `valid_to` None means 长期 (no end). Absent texts are empty strings.

    `number` is an 18-character citizen or permit number (MOD 11-2), except on a 2017 foreigner's card: three letters
    and twelve digits. `extra` holds what only one kind of card has: `pass_number`, `issue_count`, `renewals`,
    `card_version`, `authority`, `old_number_flag`; and `printed_address` where a newer one was appended to the card.
    `portrait` is the picture (BMP) where the terminal has a decoder for it, else empty; it goes into no form or case.
    """

    kind: CardKind
    name: str = field(repr=False)
    sex: str = field(repr=False)
    nation: str = field(repr=False)
    birth: date = field(repr=False)
    address: str = field(repr=False)
    number: str = field(repr=False)
    issuer: str = field(repr=False)
    valid_from: date = field(repr=False)
    valid_to: date | None = field(repr=False)
    english_name: str = field(default="", repr=False)
    nationality: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    portrait: bytes = field(default=b"", repr=False)

    def expired(self, on: date) -> bool:
        """Whether the card is past its last day on the given local date."""
        return self.valid_to is not None and on > self.valid_to

    def as_prefill(self) -> Mapping[str, str]:
        """Plain texts for form bindings such as `card.name`; dates are ISO, a card without end has valid_to "长期".

        `sex` and `nation` are codes; `sex_name` and `nation_name` are what a Chinese form says.
        """
        return {
            "kind": self.kind.value,
            "name": self.name or self.english_name,
            "sex": self.sex,
            "sex_name": SEX_NAMES.get(self.sex, ""),
            "nation": self.nation,
            "nation_name": NATION_NAMES.get(self.nation, ""),
            "birth": self.birth.isoformat(),
            "address": self.address,
            "number": self.number,
            "issuer": self.issuer,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else "长期",
            "english_name": self.english_name,
            "nationality": self.nationality,
        }


def id_check_char(first17: str) -> str:
    """The eighteenth character of a citizen number (GB 11643, ISO 7064 MOD 11-2). ValueError unless 17 ASCII digits."""
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError("17 digits expected")
    total = sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True))
    return _ID_CHECK_DIGITS[total % 11]


def id_number_valid(number: str) -> bool:
    """Whether an 18-character number has the right shape and check character (a capital X where it is ten)."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    return id_check_char(number[:17]) == number[17]
