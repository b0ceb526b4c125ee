"""What parts of a postal address a text holds: divisions, roads with numbers, villages, estates, buildings, rooms.

Nothing is parsed: over the bytes of a whole column it is noted where a numbered unit stands (3幢, 二单元, 1402室, Z座), where a
number follows a road (文三路12号), and which divisions, roads and estates are named; `level` puts the facts of a cell together.
Levels after the annotated user addresses of leodotnet/neural-chinese-address-parsing (measured on, not copied).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import lexicon
from detectors.base.han import LEAD, decode
from detectors.base.name_score import pack_text
from detectors.base.texts import Texts

Flags = NDArray[np.bool_]

AREA, STREET, DOOR = 1, 2, 3

_ROAD = "路街道巷弄里条段坊胡同线"
_VILLAGE = "村庄屯寨社嘎查队组圩埭湾"
_ADMIN = "省市区县旗州盟镇乡"
_BUILDING = "幢栋座"
_ROOM = "室户房铺档"
_FLOOR = "楼层"
_NUMERALS = "零一二三四五六七八九十百两甲乙丙丁"
_PLACES = (
    "小区 花园 公寓 家园 新村 大厦 广场 中心 华府 名苑 嘉苑 佳苑 豪庭 名城 新城 山庄 别墅 花苑 雅苑 景苑 家属 宿舍 学院"
    " 大学 中学 小学 医院 酒店 工业 园区 市场 商城 大楼 国际 超市 物流 项目 工地 车站 大街 胡同 商务 科技 商业"
)
_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南"
    " 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)
# Characters of sentences that addresses have hardly ever.
_SPEECH = "的了是很不我你他她这那也都就还没说吗呢吧啊把被让给想要会能"
_R, _V, _A, _B, _ROOMS, _F, _H, _UNIT, _N, _S, _L = range(1, 12)


@dataclass(frozen=True, slots=True, repr=False)
class Parts:
    """Facts of each cell, one array entry per cell.

    divisions   int64, how many names of divisions end here (…省, …市, …区, …镇)
    known       a province, city or county of China is named
    province    the cell begins with a province
    units       int64, how many kinds of numbered units: building, unit, room, floor, number, lane, group
    building, room, floor   such a numbered unit; group: 3组, 二队; number: 12号
    ends        a number of two to five digits ends the cell
    road_number a number right after a road or village, itself followed by 号, 弄, - or the end
    dashes      numbers joined by hyphens (12-3-1402)
    road, village, place   named
    leads_road  the cell begins with a number and 路: a bus line
    sentence    punctuation or words of a sentence
    leads       a character of a word that leads to an address (住, 寄), or a colon
    starred, blank   a star, a blank
    """

    divisions: NDArray[np.int64]
    known: Flags
    province: Flags
    units: NDArray[np.int64]
    building: Flags
    room: Flags
    floor: Flags
    ends: Flags
    group: Flags
    number: Flags
    road_number: Flags
    dashes: Flags
    road: Flags
    village: Flags
    place: Flags
    leads_road: Flags
    sentence: Flags
    leads: Flags
    starred: Flags
    blank: Flags


def _rows(texts: Texts, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cell of each of these sorted offsets."""
    return np.repeat(np.arange(len(texts)), np.diff(np.searchsorted(at, texts.offsets)))


@cache
def _classes() -> NDArray[np.uint8]:
    table = np.zeros(65536, np.uint8)
    for kind, characters in (
        (_S, _SPEECH),
        (_L, "址住居寄送位发配"),
        (_R, _ROAD),
        (_V, _VILLAGE),
        (_A, _ADMIN),
        (_B, _BUILDING),
        (_ROOMS, _ROOM),
        (_F, _FLOOR),
        (_H, "号"),
        (_UNIT, "单"),
        (_N, _NUMERALS),
    ):
        table[[ord(character) for character in characters]] = kind
    return table


@cache
def _among(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(65536, bool)
    table[[ord(character) for character in characters]] = True
    return table


@cache
def _place_pairs() -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
    first = np.zeros(65536, bool)
    words = _PLACES.split()
    first[[ord(word[0]) for word in words]] = True
    return first, np.array(sorted(ord(w[0]) << 16 | ord(w[1]) for w in words), np.uint32)


@cache
def _provinces() -> NDArray[np.uint32]:
    """The first two characters of every province, as sorted keys."""
    return np.array(sorted({ord(word[0]) << 16 | ord(word[1]) for word in _PROVINCES.split()}), np.uint32)


@cache
def _division_keys() -> NDArray[np.uint64]:
    """Names of provinces, cities and counties of three and four characters that end in a class word, as sorted keys."""
    names = {name for name in lexicon.table("divisions")["name"] if 3 <= len(name) <= 4 and name[-1] in "省市区县旗州盟"}
    names -= {"市辖区", "省直辖", "直辖县", "自治区", "自治州", "自治县", "开发区"}
    return np.array(sorted(pack_text(name) for name in names), np.uint64)


def parts(texts: Texts) -> Parts:
    """The facts of every cell."""
    count = len(texts)
    data, first, last = texts.data, int(texts.offsets[0]), int(texts.offsets[-1])
    at = np.flatnonzero(data[first:last] - np.uint8(0xE4) < 6) + first
    code = np.zeros(len(at) + 8, np.uint16)
    code[4:-4] = decode(data, at) if len(at) else 0
    far = np.int64(1) << 60
    place = np.concatenate([np.full(4, -far), at, np.full(4, far)])
    kind = _classes()[code]
    marked = np.flatnonzero((kind > 0) & (kind < _N))
    rows = _rows(texts, at)
    row = rows[marked - 4]
    here, kinds = place[marked], kind[marked]
    joined = (place[marked - 1] == here - 3) & (here > texts.offsets[row])
    byte = data[np.maximum(here - 1, 0)]
    inside = here > texts.offsets[row]
    digit = inside & (byte - np.uint8(48) < 10)
    letter = inside & ((byte | 32) - np.uint8(97) < 26)
    numeral = joined & (kind[marked - 1] == _N)
    counted = digit | letter | numeral

    def some(which: Flags) -> Flags:
        flags = np.zeros(count, bool)
        flags[row[which]] = True
        return flags

    building = some((kinds == _B) & counted)
    room = some((kinds == _ROOMS) & digit)
    floor = some((kinds == _F) & counted)
    number = some((kinds == _H) & counted)
    unit = some((kinds == _UNIT) & counted & (code[marked + 1] == ord("元")))
    group = some((kinds == _V) & counted & _among("组队社")[code[marked]])
    lane = some((kinds == _R) & digit & _among("弄巷")[code[marked]])
    named = joined & (kind[marked - 1] != _N)
    following = np.where(place[marked + 1] == here + 3, code[marked + 1], np.uint16(0))
    township = (code[marked] == ord("街")) & (following == ord("道")) & named  # 街道 is a division, 街 a road
    within = (_classes()[following] == _A) | (following == ord("街"))  # 大路乡, 安村镇: no road, no village
    division = (kinds == _A) & named & (code[marked - 1] != ord("小")) & (code[marked - 1] != ord("社"))
    divisions = np.bincount(row[division | township], minlength=count)
    half = (code[marked] == ord("道")) & (code[marked - 1] == ord("街"))
    road = some((kinds == _R) & named & ~township & ~half & ~within)
    village = some((kinds == _V) & named & ~within)
    estate = _places(code, place, rows, count)
    known, province = _known(texts, code, place, marked[division], row[division])
    signs = _signs(texts)
    speech = np.bincount(rows[np.flatnonzero(kind == _S) - 4], minlength=count) >= 2
    leads = signs & 2 > 0
    leads[rows[np.flatnonzero(kind == _L) - 4]] = True
    road_number, dashes, leads_road, tail_number = _numbers(texts)
    return Parts(
        divisions,
        known,
        province,
        building.astype(np.int64)
        + unit
        + room
        + floor
        + number
        + lane
        + group
        + (tail_number & (building | unit | floor | number)),
        building | unit,
        room,
        floor,
        tail_number,
        group,
        number,
        road_number,
        dashes,
        road,
        village,
        estate,
        leads_road,
        speech | (signs & 1 > 0),
        leads,
        signs & 4 > 0,
        signs & 8 > 0,
    )


def _places(code: NDArray[np.uint16], place: NDArray[np.int64], rows: NDArray[np.int64], count: int) -> Flags:
    flags = np.zeros(count, bool)
    first, pairs = _place_pairs()
    at = np.flatnonzero(first[code])
    at = at[place[at + 1] == place[at] + 3] if len(at) else at
    if len(at):
        key = code[at].astype(np.uint32) << 16 | code[at + 1]
        found = np.minimum(np.searchsorted(pairs, key), len(pairs) - 1)
        at = at[pairs[found] == key]
        flags[rows[at - 4]] = True
    return flags


def _known(
    texts: Texts, code: NDArray[np.uint16], place: NDArray[np.int64], ends: NDArray[np.int64], row: NDArray[np.int64]
) -> tuple[Flags, Flags]:
    """Cells that name a division of the lexicon, and cells that begin with a province."""
    known = np.zeros(len(texts), bool)
    keys = _division_keys()
    for size in (3, 4):
        fits = place[ends - size + 1] == place[ends] - 3 * (size - 1)
        at = ends[fits]
        key = np.zeros(len(at), np.uint64)
        for back in range(size - 1, -1, -1):
            key = (key << np.uint64(16)) | code[at - back]
        found = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        known[row[fits][keys[found] == key]] = True
    province = np.zeros(len(texts), bool)
    full = np.flatnonzero(texts.lengths >= 9)
    start = texts.starts[full]
    han = LEAD[texts.data[start]] & LEAD[texts.data[start + 3]] if len(full) else np.zeros(0, bool)
    full, start = full[han], start[han]
    if len(full):
        two = decode(texts.data, start).astype(np.uint32) << 16 | decode(texts.data, start + 3)
        starts = _provinces()
        nearest = np.minimum(np.searchsorted(starts, two), len(starts) - 1)
        province[full[starts[nearest] == two]] = True
    return known | province, province


def _character(data: NDArray[np.uint8], at: NDArray[np.int64], there: Flags) -> NDArray[np.uint16]:
    """The Han character at each of these offsets, 0 where there is none."""
    at = np.where(there, at, 0)
    there = there & LEAD[data[at]]
    code = np.zeros(len(at), np.uint16)
    code[there] = decode(data, at[there])
    return code


def _within(kinds: NDArray[np.uint8], low: int, high: int) -> Flags:
    return (kinds >= low) & (kinds <= high)


def _numbers(texts: Texts) -> tuple[Flags, Flags, Flags, Flags]:
    """road_number, dashes, leads_road, and a number that ends the cell after a unit (3幢1402)."""
    count = len(texts)
    road_number, dashes, leads, tail = (np.zeros(count, bool) for _ in range(4))
    runs = texts.runs
    data = texts.data
    if not len(runs):
        return road_number, dashes, leads, tail
    digit = data[runs.start] - np.uint8(48) < 10
    kind = _classes()
    # the Han character before and after each number, 0 where another character stands
    low, limit = texts.offsets[runs.row], texts.offsets[runs.row + 1]
    before = _character(data, runs.start - 3, runs.start - 3 >= low)
    after = _character(data, runs.end, runs.end + 3 <= limit)
    byte = np.where(runs.end < limit, data[np.minimum(runs.end, len(data) - 1)], 0)
    size = runs.end - runs.start
    on_road = _within(kind[before], _R, _V) & (size <= 6) & digit
    closes = (
        _within(kind[after], _B, _ROOMS)
        | (kind[after] == _H)
        | (after == ord("弄"))
        | (byte == 45)
        | (byte == 35)
        | (runs.end >= limit)
    )
    road_number[runs.row[on_road & closes]] = True
    follows = np.zeros(len(runs), bool)
    follows[:-1] = (runs.row[1:] == runs.row[:-1]) & (runs.start[1:] == runs.end[:-1] + 1) & (byte[:-1] == 45)
    short = size <= 4
    follows[:-1] &= short[:-1] & short[1:]
    follows[1:] &= digit[1:]
    dashes[runs.row[follows]] = True
    begins = runs.start == texts.offsets[runs.row]
    leads[runs.row[begins & (after == ord("路"))]] = True
    tail[runs.row[(runs.end >= limit) & (size >= 2) & (size <= 5) & (before > 0) & digit]] = True
    return road_number, dashes, leads, tail


_SIGNS = np.zeros(256, np.uint8)
for _bit, _bytes in ((1, b",;!?"), (2, b":"), (4, b"*"), (8, b" ")):
    _SIGNS[np.frombuffer(_bytes, np.uint8)] = _bit
_SIGNS[0xE3] = 16  # begins the full stop U+3002: E3 80 82


def _signs(texts: Texts) -> NDArray[np.uint8]:
    """Marks that each cell holds, as bits: 1 of a sentence, 2 a colon, 4 a star, 8 a blank."""
    data, first, last = texts.data, int(texts.offsets[0]), int(texts.offsets[-1])
    bits = _SIGNS[data[first:last]]
    at = np.flatnonzero(bits)
    held = bits[at]
    stop = np.flatnonzero(held == 16)
    full = data[np.minimum(at[stop] + first + 2, last - 1)] == 0x82
    held[stop] = np.where(full & (data[np.minimum(at[stop] + first + 1, last - 1)] == 0x80), 1, 0)
    row = _rows(texts, at + first)
    found = np.zeros(len(texts), np.uint8)
    for bit in (1, 2, 4, 8):
        found[row[held == bit]] |= np.uint8(bit)
    return found


def level(found: Parts) -> NDArray[np.int8]:
    """0 no address, 1 `AREA` divisions only, 2 `STREET` down to a road, village or estate, 3 `DOOR` a number, building or room."""
    somewhere = found.road | found.village | found.place
    exact = found.building | found.room | found.group
    inner = found.floor | found.ends | found.dashes
    door = (
        found.road_number
        | (found.units >= 2)
        | (exact & (somewhere | (found.divisions >= 1)))
        | (found.number & (somewhere | (found.divisions >= 2)))
        | (inner & (found.divisions >= 1) & somewhere)
        | (inner & found.road & found.place)
        | (found.dashes & (found.divisions >= 1) & found.known)
    )
    street = (found.divisions >= 2) & somewhere & found.known
    area = (found.divisions >= 2) & found.known
    out = np.where(door, DOOR, np.where(street, STREET, np.where(area, AREA, 0)))
    out[found.leads_road] = 0
    return out.astype(np.int8)
