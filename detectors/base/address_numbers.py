"""Numbers of postal addresses that three characters do not tell: behind roads and places, with hyphens, at the end of a cell.

Each function looks only at the few places where `detectors.base.address_classes` saw that such a number may begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base.address_classes import (
    AFTER_ROAD,
    AFTER_SITE,
    AMID,
    BUILDING_WORDS,
    COUNTED_ROAD,
    DASHES,
    DIGIT,
    DIVISION,
    HAN,
    LIVED_IN_WORDS,
    MAIN_ROAD,
    NAMED_ROAD,
    NUMERAL,
    ROAD_NO,
    ROOM_WORDS,
    SITE_NO,
    SMALL,
    SOMEWHERE,
    Bits,
    Flags,
    Kinds,
    has,
    places,
    table_of,
)
from detectors.base.han import FIRST, LAST, Characters

Codes = NDArray[np.uint16]
Places = NDArray[np.int64]

_RUN = 6  # digits of a house number


@cache
def _closes() -> Flags:
    """What stands behind the number of a house: a unit, a hyphen, the end."""
    return table_of(BUILDING_WORDS + ROOM_WORDS + "号弄楼-#\0")


@cache
def _ends_site() -> Flags:
    """What stands behind a number that follows a place at once: a house, a room, a shop, the end."""
    return table_of(ROOM_WORDS + "号店摊\0")


@cache
def _measures() -> Flags:
    """Characters behind a number that count or date something."""
    return table_of(
        "路米公里千万亿年月日点时分秒人次个只家条线站趟度岁名辆台元块斤层级届期等平亩位间多余几和与至到周天小前后以左右件份"
    )


@cache
def _roads() -> Flags:
    return table_of("路街道巷弄")


@cache
def _townships() -> Flags:
    return table_of("镇乡街")


@cache
def _not_sites() -> dict[str, Flags]:
    """For some ends of places, what may not stand before: a storage area, a town hall, an airport."""
    return {"区": table_of("库仓货架拣"), "府": table_of("政"), "场": table_of("现机剧磁职农"), "心": table_of("核爱")}


def is_han(code: Codes) -> Flags:
    return np.asarray(code - np.uint16(FIRST) <= LAST - FIRST, bool)


def _is_alnum(kind: Kinds) -> Flags:
    return np.asarray(kind - np.uint8(DIGIT) < 2, bool)


def _walk(kind: Kinds, at: Places, step: int, most: int) -> Places:
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


def _like_a_year(code: Codes, at: Places, size: Places) -> Flags:
    """Which of these numbers are 19xx or 20xx."""
    century = code.take(at).astype(np.int64) * 64 + code.take(at + 1)
    return np.asarray((size == 4) & ((century == 49 * 64 + 57) | (century == 50 * 64 + 48)), bool)


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """The characters of a column that show something: their places, sorted, and what they show."""

    at: Places
    bits: Bits

    def of(self, place: Places) -> tuple[Places, Flags]:
        """Where these places stand in `at`, and whether they do."""
        nearest = np.minimum(np.searchsorted(self.at, place), len(self.at) - 1)
        return nearest, self.at[nearest] == place

    def has(self, place: Places, any_of: int) -> Flags:
        """Whether these places show any of the bits."""
        nearest, shown = self.of(place)
        return shown & has(self.bits[nearest], any_of)

    def take(self, chosen: Flags) -> Shown:
        return Shown(self.at[chosen], self.bits[chosen])

    def showing(self, any_of: int) -> Places:
        """All places that show any of the bits."""
        return self.at[has(self.bits, any_of)]

    def clear(self, place: Places, any_of: int) -> None:
        nearest, shown = self.of(place)
        self.bits[nearest[shown]] &= np.uint32(0xFFFFFFFF ^ any_of)


def mend_roads(code: Codes, kind: Kinds, shown: Shown) -> Places:
    """Mark counted roads, and clear what is seen in the names of townships: in place; the sorted places of such names."""
    special = np.flatnonzero(has(shown.bits, DIVISION | COUNTED_ROAD))
    at, bits = shown.at[special], shown.bits[special]
    counted = special[has(bits, COUNTED_ROAD)]
    before = kind.take(shown.at[counted] - 2)
    shown.bits[counted[(before >= HAN) & (before <= SMALL) & (before != NUMERAL)]] |= np.uint32(NAMED_ROAD | MAIN_ROAD)
    towns = at[has(bits, DIVISION)]
    within = _in_names_of_townships(code, towns[_townships().take(code.take(towns))])
    if len(within):
        shown.clear(within, SOMEWHERE | MAIN_ROAD)
    return within


def numbers(code: Codes, kind: Kinds, shown: Shown) -> list[tuple[int, Places]]:
    """Numbers that need more than three characters: bits, each with the sorted places that show it."""
    special = np.flatnonzero(has(shown.bits, AFTER_ROAD | AFTER_SITE | AMID))
    at, bits = shown.at[special], shown.bits[special]
    return [
        (ROAD_NO, _road_numbers(code, kind, shown, at[has(bits, AFTER_ROAD)])),
        (SITE_NO, _site_numbers(code, kind, at[has(bits, AFTER_SITE)])),
        (DASHES, _dashes(kind, at[has(bits, AMID)])),
    ]


def _in_names_of_townships(code: Codes, at: Places) -> Places:
    """Places that belong to the name of a township, and name no road, village or estate (格里坪镇, 许家坊土家族乡, 南汇新城镇)."""
    people = code.take(at - 1) == ord("族")
    found = []
    for back in range(2, 6):
        kept = is_han(code.take(at - back)) if back < 4 else is_han(code.take(at - back)) & people
        at, people = at[kept], people[kept]
        found.append(at - back)
    return np.unique(np.concatenate(found))


def places_named(code: Codes, at: Places, within: Places) -> tuple[Places, Flags]:
    """Where words for places stand of two characters, not in the names of townships; and which are estates and the like."""
    number = places().numbers(code.take(at), code.take(at + 1))
    named = number > 0
    if len(within):
        named &= within[np.minimum(np.searchsorted(within, at), len(within) - 1)] != at
    return at[named], number[named] <= LIVED_IN_WORDS


def lived_in(code: Codes, shown: Shown, at: Places) -> Places:
    """Those of these words for estates that are in no name of a division (林园区, 新城乡)."""
    towns = _townships().take(code.take(at + 2)) & shown.has(at + 2, DIVISION)
    return at[~towns & ~shown.has(at + 1, DIVISION)]


def _road_numbers(code: Codes, kind: Kinds, shown: Shown, at: Places) -> Places:
    """A number right after a road or village that is itself followed by 号, 弄, - or the end, or after a road by a name."""
    size = _walk(kind, at, 1, _RUN + 1)
    end = at + size
    closed = (size <= _RUN) & _closes().take(code.take(end))
    maybe = np.flatnonzero(~closed & (size >= 2) & (size <= 5) & _roads().take(code.take(at - 1)))
    first, last = at[maybe], end[maybe]
    named = is_han(code.take(last)) & is_han(code.take(last + 1)) & is_han(code.take(last + 2))
    named &= ~_measures().take(code.take(last)) & (kind.take(last - 1) == DIGIT)
    named &= shown.has(first - 1, MAIN_ROAD) & ~_like_a_year(code, first, size[maybe])
    closed[maybe[named]] = True
    return np.asarray(at[closed], np.int64)


def _site_numbers(code: Codes, kind: Kinds, at: Places) -> Places:
    """A number right after an estate, a market, an area, that ends the cell or a unit (明秀苑3624, 东区14-9-1419室)."""
    site = code.take(at - 1)
    fits = is_han(code.take(at - 2)) & ~table_of("省市县旗州盟镇乡").take(site)
    for one, before in _not_sites().items():
        fits &= ~((site == ord(one)) & before.take(code.take(at - 2)))
    at = at[fits]
    size = _walk(kind, at, 1, _RUN)
    first, last, end, hyphens = size, size.copy(), at + size, np.zeros(len(at), np.int64)
    for _ in range(2):
        going = np.flatnonzero((last <= 4) & (code.take(end) == ord("-")))
        more = _walk(kind, end[going] + 1, 1, _RUN)
        last[going], hyphens[going] = more, hyphens[going] + 1
        end[going] += more + 1
    behind = code.take(end)
    fits = _ends_site().take(behind) & (kind.take(end - 1) == DIGIT) & (last <= 5) & ~_like_a_year(code, at, first)
    site = code.take(at - 1)
    fits &= (hyphens > 0) | ((first >= 3) & (site != ord("期")) & ((site != ord("区")) | (behind > 0)))
    return np.asarray(at[fits], np.int64)


def _dashes(kind: Kinds, at: Places) -> Places:
    """The hyphen between a number and the next, of at most four characters each (12-3-1402)."""
    before, behind = _walk(kind, at - 1, -1, 5), _walk(kind, at + 1, 1, 5)
    return np.asarray(at[(before <= 4) & (behind <= 4) & (kind[at - before] == DIGIT)], np.int64)


def bus_lines(code: Codes, kind: Kinds, held: Characters, row: Places) -> Places:
    """Which of these rows begin with a number and 路: a bus line."""
    row = row[_is_alnum(kind[held.start[row]])]
    at, going = held.start[row], np.arange(len(row))
    while len(going):
        at[going] += 1
        going = going[_is_alnum(kind[at[going]])]
    return np.asarray(row[code[at] == ord("路")])


def tails(code: Codes, kind: Kinds, held: Characters, row: Places) -> Flags:
    """Which of the cells, of these rows, end in a number of two to five characters right behind a Han character (3幢1402)."""
    tail = np.zeros(len(held), bool)
    row = row[_is_alnum(kind.take(held.end[row] - 1))]
    last = held.end[row] - 1
    size = _walk(kind, last, -1, 6)
    head = last - size + 1
    numbered = (kind[head] == DIGIT) | ((size >= 3) & (kind[head + 1] == DIGIT) & (kind[last] == DIGIT))  # 四楼g887
    tail[row] = (size >= 2) & (size <= 5) & is_han(code[head - 1]) & numbered
    return tail
