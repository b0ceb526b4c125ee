"""What parts of a postal address a text holds: divisions, roads with numbers, villages, estates, buildings, rooms.

Nothing is parsed: over the characters of a whole column it is noted where a numbered unit stands (3幢, 二单元, 1402室, Z座), where
a number follows a road (文三路12号), and which divisions, roads and estates are named. Every character has one of a few classes,
and a table of three neighbouring classes says what the middle one shows; what the characters of a cell show together makes its
level. Levels after the annotated user addresses of leodotnet/neural-chinese-address-parsing (measured on, not copied).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import lexicon
from detectors.base.han import FIRST, LAST, Characters, Pairs, characters
from detectors.base.name_score import pack_text
from detectors.base.texts import Texts, shared

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
# Characters of sentences that addresses have hardly ever; 都 and 会 are in 成都, 都匀, 会展路.
_SPEECH = "的了是很不我你他她这那也就还没说吗呢吧啊把被让给想要能"

# Classes of characters; `_KIND` bits of an entry of `_classes`.
(
    _OTHER, _DIGIT, _LETTER, _HAN, _STREET, _DAO, _LANE, _LU, _ROADS, _GROUP, _SHE, _VILLAGES, _ADMINS, _BUILDINGS, _ROOMS,
    _FLOORS, _HAO, _DAN, _YUAN, _NUMERAL, _SAID, _LEADER, _SMALL, _STOP, _COLON, _STAR, _BLANK,
) = range(27)  # fmt: skip
_KIND, _PLACE_FIRST, _PLACE_SECOND = 31, 256, 512
_MEMBERS = (
    (_SAID, _SPEECH), (_LEADER, "址住居寄送位发配"), (_ROADS, _ROAD), (_STREET, "街"), (_DAO, "道"), (_LANE, "弄巷"), (_LU, "路"),
    (_VILLAGES, _VILLAGE), (_GROUP, "组队"), (_SHE, "社"), (_ADMINS, _ADMIN), (_BUILDINGS, _BUILDING), (_ROOMS, _ROOM),
    (_FLOORS, _FLOOR), (_HAO, "号"), (_DAN, "单"), (_YUAN, "元"), (_NUMERAL, _NUMERALS), (_SMALL, "小"),
    (_STOP, ",;!?。，；！？"), (_COLON, ":"), (_STAR, "*"), (_BLANK, " "), (_DIGIT, "0123456789"),
    (_LETTER, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
)  # fmt: skip

# What a character shows. Two are counted for each cell, so each has half of the bits above it to count in.
_DIVISION, _SPEAKS = 1, 1 << 16
(
    _BUILDING_NO, _UNIT_NO, _FLOOR_NO, _HOUSE_NO, _ROOM_NO, _LANE_NO, _GROUP_NO,
    _NAMED_ROAD, _NAMED_VILLAGE, _NAMED_PLACE, _AFTER_ROAD, _ROAD_NO, _BUS, _DASHES, _BREAK,
) = (1 << bit for bit in range(1, 16))  # fmt: skip
_LEADS, _STARRED, _BLANKS = (1 << bit for bit in range(17, 20))
_COUNTED = _DIVISION | _SPEAKS
_EXACT = _BUILDING_NO | _UNIT_NO | _ROOM_NO | _GROUP_NO
_TAILED = _BUILDING_NO | _UNIT_NO | _FLOOR_NO | _HOUSE_NO  # a number may follow at the end (3幢1402)
_SOMEWHERE = _NAMED_ROAD | _NAMED_VILLAGE | _NAMED_PLACE
_RUN = 6  # digits of a house number


@dataclass(frozen=True, slots=True, repr=False)
class Parts:
    """Facts of each cell, one array entry per cell.

    level     int8: 0 no address, 1 `AREA` divisions only, 2 `STREET` down to a road, village or estate, 3 `DOOR` a number,
              building or room
    known     a province, city or county of China is named
    sentence  punctuation or words of a sentence
    leads     a character of a word that leads to an address (住, 寄), or a colon
    starred, blank   a star, a blank
    """

    level: NDArray[np.int8]
    known: Flags
    sentence: Flags
    leads: Flags
    starred: Flags
    blank: Flags


@cache
def _places() -> Pairs:
    return Pairs.of(_PLACES.split())


@cache
def provinces() -> Pairs:
    """The first two characters of every province."""
    return Pairs.of(_PROVINCES.split())


@cache
def _classes() -> NDArray[np.uint16]:
    """The class of every character, with bits for those that begin or end the word for a place."""
    table = np.zeros(65536, np.uint16)
    table[FIRST : LAST + 1] = _HAN
    for kind, members in _MEMBERS:
        table[[ord(character) for character in members]] = kind
    table[_places().first > 0] |= _PLACE_FIRST
    table[_places().second > 0] |= _PLACE_SECOND
    return table


@cache
def _shows() -> NDArray[np.uint32]:
    """What the middle of three characters shows, by their classes: index first << 10 | middle << 5 | last."""
    every = np.arange(32)
    before, here, behind = every[:, None, None], every[None, :, None], every[None, None, :]

    def among(kinds: NDArray[np.int64], *members: int) -> Flags:
        return np.isin(kinds, members)

    def han(kinds: NDArray[np.int64]) -> Flags:
        return (kinds >= _HAN) & (kinds <= _SMALL)

    numbered = among(before, _DIGIT, _LETTER, _NUMERAL)
    named = han(before) & (before != _NUMERAL)
    roads, villages = (_STREET, _DAO, _LANE, _LU, _ROADS), (_GROUP, _SHE, _VILLAGES)
    # 街道 is a division, 街 a road; 大路乡, 安村镇 are no road and no village
    township = (here == _STREET) & (behind == _DAO) & named
    within = among(behind, _ADMINS, _STREET)
    half = (here == _DAO) & (before == _STREET)
    shown = (
        (_BUILDING_NO, among(here, _BUILDINGS) & numbered),
        (_UNIT_NO, (here == _DAN) & (behind == _YUAN) & numbered),
        (_FLOOR_NO, (here == _FLOORS) & numbered),
        (_HOUSE_NO, (here == _HAO) & numbered),
        (_ROOM_NO, (here == _ROOMS) & (before == _DIGIT)),
        (_LANE_NO, (here == _LANE) & (before == _DIGIT)),
        (_GROUP_NO, among(here, _GROUP, _SHE) & numbered),
        (_DIVISION, (here == _ADMINS) & named & ~among(before, _SMALL, _SHE) | township),
        (_NAMED_ROAD, among(here, *roads) & named & ~township & ~half & ~within),
        (_NAMED_VILLAGE, among(here, *villages) & named & ~within),
        (_AFTER_ROAD, among(before, *roads, *villages) & (here == _DIGIT)),
        (_BUS, (here == _LU) & among(before, _DIGIT, _LETTER)),
        (_BREAK, here == _STOP),
        (_SPEAKS, here == _SAID),
        (_LEADS, among(here, _LEADER, _COLON)),
        (_STARRED, here == _STAR),
        (_BLANKS, here == _BLANK),
    )
    table = np.zeros((32, 32, 32), np.uint32)
    for bit, where in shown:
        table |= where * np.uint32(bit)
    return table.ravel()


def parts(texts: Texts) -> Parts:
    """The facts of every cell; noted once for the same texts."""
    return shared(texts, "address_parts", _parts)


def _parts(texts: Texts) -> Parts:
    count = len(texts)
    if not count or texts.ascii:
        none = np.zeros(count, bool)
        return Parts(np.zeros(count, np.int8), none, none, none, none, none)
    held = characters(texts)
    code = held.code
    classes = np.take(_classes(), code)
    kind = classes & np.uint16(_KIND)
    three = kind << np.uint16(5)
    three[1:] |= kind[:-1] << np.uint16(10)
    three[:-1] |= kind[1:]
    shows = np.take(_shows(), three)
    at = np.flatnonzero((classes[:-1] << np.uint16(1)) & classes[1:] & np.uint16(_PLACE_SECOND) != 0)
    shows[at[_places().among(code.take(at), code.take(at + 1))]] |= np.uint32(_NAMED_PLACE)
    _road_numbers(code, kind, shows)
    _dashes(code, kind, shows)
    cell = np.bitwise_or.reduceat(shows, held.start)
    counts = np.add.reduceat(shows & np.uint32(_COUNTED), held.start)
    divisions = counts & np.uint32(0xFFFF)
    tail = _tails(code, kind, held, np.flatnonzero(_has(cell, _TAILED | _SOMEWHERE)))
    known = _known(texts, held, shows, divisions > 0)
    level = _level(cell, divisions, tail, known)
    level[_bus_lines(code, kind, held, np.flatnonzero(_has(cell, _BUS)))] = 0
    return Parts(
        level,
        known,
        (counts >= 2 << 16) | _has(cell, _BREAK),
        _has(cell, _LEADS),
        _has(cell, _STARRED),
        _has(cell, _BLANKS),
    )


def _has(bits: NDArray[np.uint32], any_of: int) -> Flags:
    return np.asarray((bits & np.uint32(any_of)) != 0, bool)


def _is_alnum(kind: NDArray[np.uint16]) -> Flags:
    return np.asarray(kind - np.uint16(_DIGIT) < 2, bool)


def _walk(kind: NDArray[np.uint16], at: NDArray[np.int64], step: int, most: int) -> NDArray[np.int64]:
    """How many letters and digits stand in a row from these places on, to the right (1) or the left (−1); `most` at most."""
    size = np.zeros(len(at), np.int64)
    going, on = np.ones(len(at), bool), at
    for _ in range(most):
        going &= _is_alnum(kind.take(on))
        if not going.any():
            break
        size += going
        on = on + step
    return size


@cache
def _closes() -> Flags:
    """What stands behind the number of a house: a unit, a hyphen, the end."""
    table = np.zeros(65536, bool)
    table[[ord(character) for character in _BUILDING + _ROOM + "号弄-#\0"]] = True
    return table


def _road_numbers(code: NDArray[np.uint16], kind: NDArray[np.uint16], shows: NDArray[np.uint32]) -> None:
    """Mark a number right after a road or village that is itself followed by 号, 弄, - or the end."""
    at = np.flatnonzero(_has(shows, _AFTER_ROAD))
    size = _walk(kind, at, 1, _RUN + 1)
    shows[at[(size <= _RUN) & _closes().take(code.take(at + size))]] |= np.uint32(_ROAD_NO)


def _dashes(code: NDArray[np.uint16], kind: NDArray[np.uint16], shows: NDArray[np.uint32]) -> None:
    """Mark the hyphen between a number and the next, of at most four characters each (12-3-1402)."""
    at = np.flatnonzero(code == 45)
    at = at[_is_alnum(kind[at - 1]) & _is_alnum(kind[at + 1])]
    before, behind = _walk(kind, at - 1, -1, 5), _walk(kind, at + 1, 1, 5)
    shows[at[(before <= 4) & (behind <= 4) & (kind[at - before] == _DIGIT)]] |= np.uint32(_DASHES)


def _bus_lines(code: NDArray[np.uint16], kind: NDArray[np.uint16], held: Characters, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of these rows begin with a number and 路: a bus line."""
    row = row[_is_alnum(kind[held.start[row]])]
    at, going = held.start[row], np.arange(len(row))
    while len(going):
        at[going] += 1
        going = going[_is_alnum(kind[at[going]])]
    return np.asarray(row[code[at] == ord("路")])


def _tails(code: NDArray[np.uint16], kind: NDArray[np.uint16], held: Characters, row: NDArray[np.int64]) -> Flags:
    """Which of the cells, of these rows, end in a number of two to five characters right behind a Han character (3幢1402)."""
    tail = np.zeros(len(held), bool)
    row = row[_is_alnum(kind.take(held.end[row] - 1))]
    last = held.end[row] - 1
    size = _walk(kind, last, -1, 6)
    before = code[last - size]
    tail[row] = (size >= 2) & (size <= 5) & (before - np.uint16(FIRST) <= LAST - FIRST) & (kind[last - size + 1] == _DIGIT)
    return tail


_BITS = 18


@cache
def _division_keys() -> tuple[NDArray[np.uint64], Flags]:
    """Names of provinces, cities and counties of three and four characters that end in a class word: sorted keys, slots in use."""
    names = {name for name in lexicon.table("divisions")["name"] if 3 <= len(name) <= 4 and name[-1] in "省市区县旗州盟"}
    names -= {"市辖区", "省直辖", "直辖县", "自治区", "自治州", "自治县", "开发区"}
    keys = np.array(sorted(pack_text(name) for name in names), np.uint64)
    used = np.zeros(1 << _BITS, bool)
    used[_slot(keys)] = True
    return keys, used


def _slot(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _BITS)


def _known(texts: Texts, held: Characters, shows: NDArray[np.uint32], divided: Flags) -> Flags:
    """Cells that begin with a province or, among the divided ones, name a division of the lexicon."""
    code = held.code
    known = provinces().among(code[held.start], code[held.start + 1]) & (texts.lengths >= 9)
    row = np.flatnonzero(divided & ~known)
    if not len(row):
        return known
    ends = np.flatnonzero(_has(shows, _DIVISION))
    low = np.searchsorted(ends, held.start[row])
    count = np.searchsorted(ends, held.end[row]) - low
    row = np.repeat(row, count)
    at = ends[np.arange(len(row)) + np.repeat(low - (np.cumsum(count) - count), count)]
    keys, used = _division_keys()
    three = code[at - 2].astype(np.uint64) << np.uint64(32) | code[at - 1].astype(np.uint64) << np.uint64(16) | code[at]
    for key in (three, three | code[at - 3].astype(np.uint64) << np.uint64(48)):
        maybe = np.flatnonzero(used[_slot(key)])
        nearest = np.minimum(np.searchsorted(keys, key[maybe]), len(keys) - 1)
        known[row[maybe[keys[nearest] == key[maybe]]]] = True
    return known


_UNITS = np.array([bin(bits).count("1") for bits in range(128)], np.uint8)


def _level(cell: NDArray[np.uint32], divisions: NDArray[np.uint32], tail: Flags, known: Flags) -> NDArray[np.int8]:
    units = _UNITS[cell >> np.uint32(1) & np.uint32(127)] + (tail & _has(cell, _TAILED))
    somewhere, exact, number = _has(cell, _SOMEWHERE), _has(cell, _EXACT), _has(cell, _HOUSE_NO)
    dashes = _has(cell, _DASHES)
    inner = _has(cell, _FLOOR_NO) | tail | dashes
    divided, twice = divisions >= 1, divisions >= 2
    door = (
        _has(cell, _ROAD_NO)
        | (units >= 2)
        | (exact & (somewhere | divided))
        | (number & (somewhere | twice))
        | (inner & divided & somewhere)
        | (inner & _has(cell, _NAMED_ROAD) & _has(cell, _NAMED_PLACE))
        | (dashes & divided & known)
    )
    area = twice & known
    level = area.view(np.int8) + (area & somewhere)
    level[door] = DOOR
    return level
