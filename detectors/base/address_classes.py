"""Classes of the characters of postal addresses, and what each character shows between its two neighbours.

A table of three neighbouring classes says what the middle one shows: a numbered unit (3幢, 二单元, Z座), the end of the name of
a division, a road, a village. Bits that need more than three characters are set by `detectors.base.address_numbers`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base.han import FIRST, LAST, Pairs

Flags = NDArray[np.bool_]
Bits = NDArray[np.uint32]
Kinds = NDArray[np.uint8]

_ROAD_WORDS = "路街道巷弄里条段坊胡同线"
_VILLAGE_WORDS = "村庄屯寨社嘎查队组圩埭湾"
_ADMIN_WORDS = "省市区县旗州盟镇乡"
_SITE_WORDS = "城苑园庭府邸轩阁寓期场厦心"  # a number may follow at once (明秀苑3624)
BUILDING_WORDS = "幢栋座"
ROOM_WORDS = "室户房铺档"
_FLOOR_WORDS = "楼层"
_NUMERAL_WORDS = "零一二三四五六七八九十百两甲乙丙丁"
_LIVED_IN = (
    "小区 花园 公寓 家园 新村 大厦 广场 华府 名苑 嘉苑 佳苑 豪庭 名城 新城 山庄 别墅 花苑 雅苑 景苑 家属 宿舍 工业"
    " 园区 大楼 大街 胡同 市场 工地"
)
_PLACES = _LIVED_IN + " 中心 学院 大学 中学 小学 医院 酒店 商城 国际 超市 物流 项目 车站 商务 科技 商业"
_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南"
    " 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)
# Characters of sentences that addresses have hardly ever; 都 and 会 are in 成都, 都匀, 会展路.
_SPEECH = "的了是很不我你他她这那也就还没说吗呢吧啊把被让给想要能"
_NO_ROADS = "渠频赛管味报知铁公"  # before 路 and 道: a railway, a channel, a taste

# Classes of characters; those from `HAN` to `SMALL` are Han. `KIND` bits of an entry of `classes`.
(
    OTHER, DIGIT, LETTER, HAN, STREET, DAO, LANE, LU, ROADS, GROUP, SHE, VILLAGES, ADMINS, SITES, NO_ROAD, BUILDINGS, ROOMS,
    FLOORS, HAO, DAN, YUAN, NUMERAL, SAID, LEADER, SMALL, STOP, COLON, STAR, BLANK, DASH,
) = range(30)  # fmt: skip
KIND, PLACE_FIRST, PLACE_SECOND = 31, 64, 128
_MEMBERS = (
    (SAID, _SPEECH), (LEADER, "址住居寄送位发配"), (ROADS, _ROAD_WORDS), (STREET, "街"), (DAO, "道"), (LANE, "弄巷"), (LU, "路"),
    (VILLAGES, _VILLAGE_WORDS), (GROUP, "组队"), (SHE, "社"), (ADMINS, _ADMIN_WORDS), (SITES, _SITE_WORDS), (NO_ROAD, _NO_ROADS),
    (BUILDINGS, BUILDING_WORDS), (ROOMS, ROOM_WORDS), (FLOORS, _FLOOR_WORDS), (HAO, "号"), (DAN, "单"), (YUAN, "元"),
    (NUMERAL, _NUMERAL_WORDS), (SMALL, "小"), (STOP, ",;!?。，；！？"), (COLON, ":"), (STAR, "*"), (BLANK, " "), (DASH, "-"),
    (DIGIT, "0123456789"), (LETTER, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
)  # fmt: skip

# What a character shows. Two are counted for each cell, so each has half of the bits above it to count in.
DIVISION, SPEAKS = 1, 1 << 16
(
    BUILDING_NO, UNIT_NO, FLOOR_NO, HOUSE_NO, ROOM_NO, LANE_NO, GROUP_NO,
    NAMED_ROAD, NAMED_VILLAGE, NAMED_PLACE, AFTER_ROAD, ROAD_NO, BUS, DASHES, BREAK,
) = (1 << bit for bit in range(1, 16))  # fmt: skip
LEADS, STARRED, BLANKS, AFTER_SITE, SITE_NO, MAIN_ROAD, COUNTED_ROAD, AMID = (1 << bit for bit in range(17, 25))
COUNTED = DIVISION | SPEAKS
EXACT = BUILDING_NO | UNIT_NO | ROOM_NO | GROUP_NO
TAILED = BUILDING_NO | UNIT_NO | FLOOR_NO | HOUSE_NO  # a number may follow at the end (3幢1402)
SOMEWHERE = NAMED_ROAD | NAMED_VILLAGE | NAMED_PLACE


@cache
def places() -> Pairs:
    """Words for what may be a part of an address: estates, markets, schools."""
    return Pairs.of(_PLACES.split())


LIVED_IN_WORDS = len(_LIVED_IN.split())
"""Of `places`, so many are estates and the like; the others are more often institutions, shops and trades."""


@cache
def provinces() -> Pairs:
    """The first two characters of every province."""
    return Pairs.of(_PROVINCES.split())


@cache
def classes() -> Kinds:
    """The class of every character, with bits for those that begin or end the word for a place."""
    table = np.zeros(65536, np.uint8)
    table[FIRST : LAST + 1] = HAN
    for kind, members in _MEMBERS:
        table[[ord(character) for character in members]] = kind
    table[places().first > 0] |= PLACE_FIRST
    table[places().second > 0] |= PLACE_SECOND
    return table


@cache
def shows() -> tuple[NDArray[np.uint8], Bits]:
    """What the middle of three characters shows, by their classes: a number at first << 10 | middle << 5 | last, and its bits.

    Number 0 shows nothing. Few combinations of bits exist, and a small table is read faster.
    """
    every = np.arange(32)
    before, here, behind = every[:, None, None], every[None, :, None], every[None, None, :]

    def among(kinds: NDArray[np.int64], *members: int) -> Flags:
        return np.isin(kinds, members)

    numbered = among(before, DIGIT, LETTER, NUMERAL)
    named = (before >= HAN) & (before <= SMALL) & (before != NUMERAL)
    roads, villages = (STREET, DAO, LANE, LU, ROADS), (GROUP, SHE, VILLAGES)
    # 街道 is a division, 街 a road; 大路乡, 安村镇 are no road and no village
    township = (here == STREET) & (behind == DAO) & named
    within = among(behind, ADMINS, STREET)
    half = (here == DAO) & (before == STREET)
    main = among(here, STREET, DAO, LU) & ~half & ~within
    shown = (
        (BUILDING_NO, among(here, BUILDINGS) & numbered),
        (UNIT_NO, (here == DAN) & (behind == YUAN) & numbered),
        (FLOOR_NO, (here == FLOORS) & numbered),
        (HOUSE_NO, (here == HAO) & numbered),
        (ROOM_NO, (here == ROOMS) & (before == DIGIT)),
        (LANE_NO, (here == LANE) & (before == DIGIT)),
        (GROUP_NO, among(here, GROUP, SHE) & numbered),
        (DIVISION, (here == ADMINS) & named & ~among(before, SMALL, SHE) | township),
        (NAMED_ROAD, among(here, *roads) & named & ~township & ~half & ~within),
        (NAMED_VILLAGE, among(here, *villages) & named & ~within),
        (AFTER_ROAD, among(before, *roads, *villages) & (here == DIGIT)),
        (BUS, (here == LU) & among(before, DIGIT, LETTER)),
        (BREAK, here == STOP),
        (SPEAKS, here == SAID),
        (LEADS, among(here, LEADER, COLON)),
        (STARRED, here == STAR),
        (BLANKS, here == BLANK),
        (AFTER_SITE, among(before, SITES, ADMINS) & among(here, DIGIT, LETTER)),
        (MAIN_ROAD, main & named & ~township & (before != NO_ROAD)),
        (AMID, (here == DASH) & among(before, DIGIT, LETTER) & among(behind, DIGIT, LETTER)),
        (COUNTED_ROAD, main & (before == NUMERAL) & ~((here == STREET) & (behind == DAO))),
    )
    table = np.zeros((32, 32, 32), np.uint32)
    for bit, where in shown:
        table |= where * np.uint32(bit)
    bits, number = np.unique(table, return_inverse=True)
    return number.ravel().astype(np.uint8), bits


def has(bits: Bits, any_of: int) -> Flags:
    """Which entries have any of these bits."""
    return np.asarray((bits & np.uint32(any_of)) != 0, bool)


def table_of(members: str) -> Flags:
    """Characters as a table of truth values, to be indexed with code points."""
    table = np.zeros(65536, bool)
    table[[ord(character) for character in members]] = True
    return table
