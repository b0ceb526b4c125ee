"""What parts of a postal address a text holds: divisions, roads with numbers, villages, estates, buildings, rooms.

Nothing is parsed: over the characters of a whole column it is noted where a numbered unit stands (3幢, 二单元, 1402室, Z座), where
a number follows a road (文三路12号), and which divisions, roads and estates are named; what the characters of a cell show together
makes its level. Levels after the annotated user addresses of leodotnet/neural-chinese-address-parsing (measured on, not copied).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import lexicon
from detectors.base.address_classes import (
    BLANKS,
    BREAK,
    BUS,
    COUNTED,
    DASHES,
    DIVISION,
    EXACT,
    FLOOR_NO,
    HOUSE_NO,
    KIND,
    LEADS,
    MAIN_ROAD,
    NAMED_PLACE,
    NAMED_ROAD,
    NAMED_VILLAGE,
    PLACE_SECOND,
    ROAD_NO,
    ROOM_NO,
    SITE_NO,
    SOMEWHERE,
    STARRED,
    TAILED,
    Bits,
    Flags,
    Kinds,
    classes,
    has,
    provinces,
    shows,
    table_of,
)
from detectors.base.address_numbers import Shown, bus_lines, is_han, lived_in, mend_roads, numbers, places_named, tails
from detectors.base.han import Characters, Pairs, characters
from detectors.base.name_score import pack_text
from detectors.base.texts import Texts, shared

AREA, STREET, DOOR = 1, 2, 3


@dataclass(frozen=True, slots=True, repr=False)
class Parts:
    """Facts of each cell, one array entry per cell.

    level     int8: 0 no address, 1 `AREA` divisions only, 2 `STREET` down to a road, village or estate, 3 `DOOR` a number,
              building or room
    known     a province, city or county of China is named
    loose     the level rests on one division or city at the begin, and a road or place behind it
    sentence  punctuation or words of a sentence
    leads     a character of a word that leads to an address (住, 寄), or a colon
    starred, blank   a star, a blank
    """

    level: NDArray[np.int8]
    known: Flags
    loose: Flags
    sentence: Flags
    leads: Flags
    starred: Flags
    blank: Flags


def parts(texts: Texts) -> Parts:
    """The facts of every cell; noted once for the same texts."""
    return shared(texts, "address_parts", _parts)


def _parts(texts: Texts) -> Parts:
    count = len(texts)
    if not count or texts.ascii:
        none = np.zeros(count, bool)
        return Parts(np.zeros(count, np.int8), none, none, none, none, none, none)
    held = characters(texts)
    code = held.code
    classed = classes().take(code)
    kind = classed & np.uint8(KIND)
    shown = _shown(kind)
    if not len(shown.at):
        none = np.zeros(count, bool)
        return Parts(np.zeros(count, np.int8), none, none, none, none, none, none)
    first = np.searchsorted(shown.at, held.start)
    size = np.diff(first, append=len(shown.at))
    cell = _together(shown, first, size)
    counts = np.add.reduceat(np.append(shown.bits & np.uint32(COUNTED), np.uint32(0)), first, dtype=np.uint32)
    counts[size == 0] = 0
    divisions = counts & np.uint32(0xFFFF)
    unsure = _units(cell) < 2  # what has two numbered units is an address, whatever else it shows
    lived = np.zeros(0, np.int64)
    if unsure.any():
        some = np.repeat(unsure, size)
        rest = shown.take(some)
        words = np.flatnonzero(((classed[:-1] << np.uint8(1)) & classed[1:] & np.uint8(PLACE_SECOND)) != 0)
        cell, lived = _closer(held, kind, shown, rest, some, cell, first, size, words[unsure[held.rows(words)]])
    tail = tails(code, kind, held, np.flatnonzero(has(cell, TAILED | SOMEWHERE)))
    known = _known(texts, held, shown, divisions > 0)
    level = _level(cell, divisions, tail, known)
    _estates(held, level)
    level[bus_lines(code, kind, held, np.flatnonzero(has(cell, BUS)))] = 0
    loose = _loose(held, shown, cell, level, lived)
    level[loose] = STREET
    return Parts(
        level,
        known,
        loose,
        (counts >= 2 << 16) | has(cell, BREAK),
        has(cell, LEADS),
        has(cell, STARRED),
        has(cell, BLANKS),
    )


def _shown(kind: Kinds) -> Shown:
    """What every character shows beside its two neighbours."""
    wide = kind.astype(np.uint16)
    three = wide << np.uint16(5)
    three[1:] |= wide[:-1] << np.uint16(10)
    three[:-1] |= wide[1:]
    number_of, bits = shows()
    number = number_of.take(three)
    at = np.flatnonzero(number != 0)
    return Shown(at, bits.take(number.take(at)))


def _together(shown: Shown, first: NDArray[np.int64], size: NDArray[np.int64]) -> Bits:
    """What the characters of each cell show together."""
    cell = np.bitwise_or.reduceat(np.append(shown.bits, np.uint32(0)), first)
    cell[size == 0] = 0
    return cell


def _closer(
    held: Characters,
    kind: Kinds,
    shown: Shown,
    rest: Shown,
    chosen: Flags,
    cell: Bits,
    first: NDArray[np.int64],
    size: NDArray[np.int64],
    words: NDArray[np.int64],
) -> tuple[Bits, NDArray[np.int64]]:
    """What each cell shows when the cells of `rest` are looked at more closely, and where words for estates stand in them."""
    within = mend_roads(held.code, kind, rest)
    shown.bits[chosen] = rest.bits
    cell = _together(shown, first, size)
    words, lived = places_named(held.code, words, within)
    for bit, at in (*numbers(held.code, kind, rest), (NAMED_PLACE, words)):
        cell[held.rows(at)] |= np.uint32(bit)
    return cell, words[lived]


@cache
def _ends_estate() -> tuple[Flags, Flags]:
    """Last characters of the names of estates, and what makes them a park or a kindergarten."""
    return table_of("园苑庭邸居寓墅轩阁"), table_of("公儿物乐陵书")


def _estates(held: Characters, level: NDArray[np.int8]) -> None:
    """Raise divisions that an estate follows (海宁市玫瑰园)."""
    row = np.flatnonzero(level == AREA)
    last, before = (held.code.take(held.end[row] - back) for back in (1, 2))
    ends, parks = _ends_estate()
    level[row[ends.take(last) & ~parks.take(before)]] = STREET


@cache
def _cities() -> Pairs:
    """The first two characters of provinces and cities."""
    names = lexicon.table("divisions")["name"]
    return Pairs.of(sorted({name[:2] for name in names if name[-1] == "省" or (len(name) >= 3 and name[-1] == "市")}))


@cache
def _no_divisions() -> tuple[Flags, Flags, Flags]:
    """What looks like a division: before its last character anywhere (片区), from the fourth on (东方城市), behind it (市场)."""
    return table_of("大片地"), table_of("大片地城都"), table_of("场集")


def _loose(held: Characters, shown: Shown, cell: Bits, level: NDArray[np.int8], lived: NDArray[np.int64]) -> Flags:
    """Cells below `STREET` that begin with a division or a city, and name a road or place behind it."""
    code = held.code
    loose = np.zeros(len(held), bool)
    low = level < STREET
    placed = low & has(cell, MAIN_ROAD | NAMED_VILLAGE)
    lived = lived[low[held.rows(lived)]]
    placed[held.rows(lived_in(code, shown, lived))] = True
    row = np.flatnonzero(placed)
    start, size = held.start[row], held.end[row] - held.start[row]
    divided, road = np.zeros(len(row), bool), has(cell[row], MAIN_ROAD)
    near, far, behind = _no_divisions()
    han = is_han(code.take(start)) & is_han(code.take(start + 1))
    for place in range(2, 5):
        at = start + place
        han &= is_han(code.take(at))
        ends = han & (size > place + 2) & shown.has(at, DIVISION)
        divided |= ends & ~(near if place == 2 else far).take(code.take(at - 1)) & ~behind.take(code.take(at + 1))
    at_once = shown.has(start + 2, MAIN_ROAD) | shown.has(start + 3, MAIN_ROAD)
    city = road & ~at_once & (size > 5) & _cities().among(code.take(start), code.take(start + 1))
    loose[row[divided | city]] = True
    return loose


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


def _known(texts: Texts, held: Characters, shown: Shown, divided: Flags) -> Flags:
    """Cells that begin with a province or, among the divided ones, name a division of the lexicon."""
    code = held.code
    known = provinces().among(code[held.start], code[held.start + 1]) & (texts.lengths >= 9)
    row = np.flatnonzero(divided & ~known)
    if not len(row):
        return known
    ends = shown.showing(DIVISION)
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


def _units(cell: Bits) -> NDArray[np.uint8]:
    """How many kinds of numbered units each cell has."""
    return _UNITS.take(cell >> np.uint32(1) & np.uint32(127))


def _level(cell: Bits, divisions: NDArray[np.uint32], tail: Flags, known: Flags) -> NDArray[np.int8]:
    units = _units(cell) + (tail & has(cell, TAILED))
    somewhere, exact, number = has(cell, SOMEWHERE), has(cell, EXACT), has(cell, HOUSE_NO)
    dashes = has(cell, DASHES)
    inner = has(cell, FLOOR_NO) | tail | dashes
    divided, twice = divisions >= 1, divisions >= 2
    door = (
        has(cell, ROAD_NO)
        | (units >= 2)
        | (exact & (somewhere | divided))
        | (number & (somewhere | twice))
        | (inner & divided & somewhere)
        | (inner & has(cell, NAMED_ROAD) & has(cell, NAMED_PLACE))
        | (dashes & divided & known)
        | (has(cell, FLOOR_NO) & twice & known)
        | (has(cell, SITE_NO) & (divided | somewhere | number | has(cell, ROOM_NO)))
    )
    area = twice & known
    level = area.view(np.int8) + (area & somewhere)
    level[door] = DOOR
    return level
