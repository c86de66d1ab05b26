"""Make regions.json anew: ``python -m kiosk.forms.data.make FOLDER``, with FOLDER = ``dist`` of npm's china-division.

Run by hand when a new version of the source is out; nothing at run time needs it. The English names are pinyin.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pypinyin import Style, lazy_pinyin

HERE = Path(__file__).parent
ENDINGS = {
    "特别行政区": "",
    "自治区": "Autonomous Region",
    "自治州": "Autonomous Prefecture",
    "自治县": "Autonomous County",
    "自治旗": "Autonomous Banner",
    "矿区": "Mining District",
    "新区": "New District",
    "特区": "Special District",
    "地区": "Prefecture",
    "省": "",
    "市": "City",
    "盟": "League",
    "旗": "Banner",
    "区": "District",
    "县": "County",
}
NAMES = {
    "内蒙古": "Inner Mongolia",
    "西藏": "Xizang",
    "陕西": "Shaanxi",
    "香港": "Hong Kong",
    "澳门": "Macao",
    "台湾": "Taiwan",
    "哈尔滨": "Harbin",
    "呼和浩特": "Hohhot",
    "乌鲁木齐": "Urumqi",
    "拉萨": "Lhasa",
    "喀什": "Kashgar",
    "铅山": "Yanshan",
    "乐亭": "Laoting",
    "洪洞": "Hongtong",
    "六安": "Lu'an",
    "六合": "Luhe",
    "莘": "Shen",
    "单": "Shan",
    "浚": "Xun",
    "犍为": "Qianwei",
    "黄陂": "Huangpi",
    "吴堡": "Wubu",
    "泌阳": "Biyang",
    "牟平": "Muping",
    "柞水": "Zhashui",
    "神农架林": "Shennongjia Forestry",
    "中沙群岛的岛礁及其海域": "Zhongsha Islands",
    "齐齐哈尔": "Qiqihar",
    "长子": "Zhangzi",
    "闵行": "Minhang",
    "泊头": "Botou",
    "蔚": "Yu",
    "筠连": "Junlian",
    "蚌山": "Bengshan",
    "浪卡子": "Langkazi",
    "六枝": "Luzhi",
    "覃塘": "Qintang",
}
SYLLABLES = {"长": "chang", "都": "du", "什": "shi", "圩": "xu", "朝": "chao"}
"""How a character is read in the name of a place, whatever it is elsewhere."""
ELSEWHERE = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}
"""Provinces that the source leaves out."""
ZONES = {"00", *map(str, range(71, 80))}
INVENTED = {
    "3399": "云浦市",
    "339901": "南岸区",
    "339902": "城北区",
    "339903": "江湾区",
    "339904": "东湖区",
    "339905": "临水县",
}


def english(name: str, nations: dict[str, str]) -> str:
    """A name in pinyin with its kind translated: ``南岸区`` -> ``Nan'an District``."""
    ending = next((e for e in ENDINGS if name.endswith(e) and name != e), "")
    core, behind = name.removesuffix(ending), [ENDINGS[ending]] if ending else []
    if ending.startswith("自治"):
        while (nation := next((n for n in sorted(nations, key=len, reverse=True) if core.endswith(n)), None)) and (
            len(core) > len(nation)
        ):
            core, behind = core.removesuffix(nation), [nations[nation], *behind]
    return " ".join(word for word in [NAMES.get(core) or pinyin(core), *behind] if word)


def pinyin(text: str) -> str:
    """Syllables in one word, with the apostrophe that keeps them apart."""
    word = ""
    for character, read in zip(text, lazy_pinyin(text, style=Style.NORMAL, v_to_u=True), strict=True):
        syllable = SYLLABLES.get(character, read)
        word += f"'{syllable}" if word and syllable[0] in "aeo" else syllable
    return word[:1].upper() + word[1:]


def main(source: Path) -> None:
    """Write regions.json: code of two, four or six figures -> [Chinese, English]."""
    read = [json.loads((source / f"{name}.json").read_text("utf-8")) for name in ("provinces", "cities", "areas")]
    # Statistics give zones (71 to 79) and towns right below a city (00) codes of their own; the standard does not.
    rows = (
        row
        for table in read
        for row in table
        if len(row["code"]) < 6 or (row["code"][4:] not in ZONES and row["code"] != "632857")
    )
    found = {row["code"]: row["name"] for row in rows} | ELSEWHERE | INVENTED
    nations: dict[str, tuple[str, str]] = json.loads((HERE / "nations.json").read_text("utf-8"))
    by_name = dict(nations.values()) | {"各族": "Multi-ethnic", "蒙古": "Mongol"}
    by_name |= {"哈萨克": "Kazak", "柯尔克孜": "Kirgiz", "维吾尔": "Uygur", "锡伯": "Xibe", "塔吉克": "Tajik"}
    by_name |= {"鄂伦春": "Oroqen", "达斡尔": "Daur", "回": "Hui"}
    lines = [
        f"{json.dumps(code)}:{json.dumps([name, english(name, by_name)], ensure_ascii=False, separators=(',', ':'))}"
        for code, name in sorted(found.items())
    ]
    (HERE / "regions.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
