"""Addresses inside the sentences of a whole column: what `detectors.base.address_text` says of one text, said of all at once.

Every character has a class, and a table of three neighbouring classes says where a unit with its number stands and where a chain
of such units ends (12号3幢2单元1402室). From each chain the cell is read to the left, in turns: the first chain of every cell,
then the second. Cells whose numbers are chained in unusual ways, or are many, are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import address_text
from detectors.base.address_classes import provinces
from detectors.base.address_text import LEAD_PAIRS, LEAD_SINGLE, SIMPLE_UNITS, WINDOW, spans
from detectors.base.han import Characters, Pairs

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

_MANY = 8  # numbers in a cell from which it is read by itself

# Classes of characters: outside an address, in its words, and those that its numbers are written with.
_OUTSIDE, _BODY_OF, _DIGIT, _LETTER, _NUMERAL, _DASH, _SIDE, _HAO, _LOU, _YARD, _DAN, _YUAN, _UNITS = range(13)
_NUMBERED, _BREAK, _HYPHEN = 1, 2, 4


@cache
def _classes() -> NDArray[np.uint16]:
    table = np.zeros(65536, np.uint16)
    table[0x4E00:0xA000] = _BODY_OF
    for kind, members in (
        (_BODY_OF, "·#()"), (_DIGIT, "0123456789"), (_LETTER, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        (_NUMERAL, "一二三四五六七八九十"), (_DASH, "-"), (_SIDE, "东南西北附"), (_HAO, "号"), (_LOU, "楼"), (_YARD, "院"),
        (_DAN, "单"), (_YUAN, "元"), (_UNITS, SIMPLE_UNITS),
    ):  # fmt: skip
        table[[ord(character) for character in members]] = kind
    return table


@cache
def _shows() -> NDArray[np.uint8]:
    """What the middle of three characters is, by their classes: a unit with its number, and whether it ends a chain of units."""
    every = np.arange(16)
    before, here, behind = every[:, None, None], every[None, :, None], every[None, None, :]
    counts, ends = (_DIGIT, _LETTER, _NUMERAL), (_HAO, _LOU, _YARD, _YUAN, _UNITS)
    after_count, after_unit = np.isin(before, counts), np.isin(before, ends)
    begins = np.isin(here, (_HAO, _LOU, _UNITS)) | ((here == _DAN) & (behind == _YUAN))
    hyphen = (here == _DASH) & (behind == _DIGIT)
    counted = np.isin(here, counts)
    goes_on = (
        (counted & after_count & ~((here == _LETTER) & (before == _LETTER)))
        | (counted & (after_unit | (before == _SIDE)))
        | ((here == _DIGIT) & (before == _DASH))
        | ((here == _SIDE) & (after_count | after_unit) & np.isin(behind, counts))
        | (hyphen & (after_count | after_unit))
        | (begins & after_count)
        | (np.isin(here, (_LOU, _YARD)) & (before == _HAO))
        | ((here == _YUAN) & (before == _DAN))
    )
    table = np.where(begins & after_count, _NUMBERED, 0) | np.where(goes_on, 0, _BREAK) | np.where(hyphen, _HYPHEN, 0)
    return table.astype(np.uint8).ravel()


@dataclass(frozen=True, slots=True, repr=False)
class Tails:
    """Chains of numbered units (12号3幢2单元1402室), in order: cell, where the first number begins, where the chain ends, and
    where the words before it begin that may belong to it."""

    row: Places
    start: Places
    end: Places
    low: Places

    def take(self, chosen: Flags) -> Tails:
        return Tails(self.row[chosen], self.start[chosen], self.end[chosen], self.low[chosen])


def inside(held: Characters) -> tuple[Places, Places, Places, Flags]:
    """Addresses in the cells, not yet judged: row, start and end (places in `held.code`), and whether a word leads to it."""
    tails, odd = _tails(held)
    odd |= np.bincount(tails.row, minlength=len(held)) > _MANY
    row, start, end, cue = _read(held, tails.take(~odd[tails.row]))
    alone = list(_one_by_one(held, np.flatnonzero(odd)))
    if not alone:
        return row, start, end, cue
    rows, starts, ends, cues = (np.array(column) for column in zip(*alone, strict=True))
    row, start, end = (np.concatenate(pair) for pair in ((row, rows), (start, starts), (end, ends)))
    order = np.argsort(start)
    return row[order], start[order], end[order], np.concatenate([cue, cues])[order]


def _one_by_one(held: Characters, rows: Places) -> Iterator[tuple[int, int, int, bool]]:
    for row in rows.tolist():
        first, last = int(held.start[row]), int(held.end[row])
        text = held.text(first, last)
        if len(text) == last - first:
            moved: list[int] | range = range(len(text) + 1)
        else:  # characters that are two units
            moved = np.concatenate([[0], np.cumsum([2 if character > "\uffff" else 1 for character in text])]).tolist()
        for span in spans(text):
            yield row, first + moved[span.start], first + moved[span.end], span.cue


def _tails(held: Characters) -> tuple[Tails, Flags]:
    """All chains of numbered units, and the cells whose chains must be read one by one."""
    code = held.code
    kind = _classes().take(code)
    three = kind << np.uint16(4)
    three[1:] |= kind[:-1] << np.uint16(8)
    three[:-1] |= kind[1:]
    shows = _shows().take(three)
    odd = np.zeros(len(held), bool)
    unit = np.flatnonzero((shows & np.uint8(_NUMBERED)) > 0)
    unit = unit[(kind[unit - 1] != _LETTER) | (kind[unit - 2] != _LETTER)]
    if not len(unit):
        return Tails(unit, unit, unit, unit), odd
    broken = (shows & np.uint8(_BREAK)) > 0
    breaks = np.flatnonzero(broken[1:] & ~broken[:-1]) + 1
    end = breaks[np.searchsorted(breaks, unit, side="right")]
    first = np.ones(len(unit), bool)
    first[1:] = end[1:] != end[:-1]
    unit, end = unit[first], end[first]
    start = _first_number(kind, unit)
    row = held.rows(unit)
    # a hyphen after a unit ends the chain at its number; four hyphens in a row as well
    hyphens = np.flatnonzero((shows & np.uint8(_HYPHEN)) > 0)
    after_unit = hyphens[kind[hyphens - 1] >= _HAO]
    odd[row[np.searchsorted(after_unit, end) > np.searchsorted(after_unit, unit)]] = True
    odd[row[np.searchsorted(hyphens, end) > np.searchsorted(hyphens, unit) + 3]] = True
    odd[row[1:][start[1:] < end[:-1]]] = True
    words = kind != _OUTSIDE
    outside = np.flatnonzero(words[1:] & ~words[:-1])
    low = outside[np.searchsorted(outside, start) - 1] + 1
    return Tails(row, start, end, low), odd


def _run(kind: NDArray[np.uint16], at: Places, member: int, most: int) -> Places:
    """How many characters of a class stand in a row to the left of these places; `most` at most."""
    size = np.zeros(len(at), np.int64)
    going, on = np.ones(len(at), bool), at - 1
    for _ in range(most):
        going &= kind.take(on) == member
        if not going.any():
            break
        size += going
        on = on - 1
    return size


def _first_number(kind: NDArray[np.uint16], unit: Places) -> Places:
    """Where the number before each unit begins: 12, B12, 十二, 12-3-1402."""
    start, digits = _number(kind, unit)
    for _ in range(3):
        chained = np.flatnonzero((digits > 0) & (digits <= 4) & (kind.take(start - 1) == _DASH) & (kind.take(start) == _DIGIT))
        if not len(chained):
            break
        longer, before = _number(kind, start[chained] - 1)
        digits[:] = 0
        fits = longer < start[chained] - 1
        start[chained[fits]], digits[chained[fits]] = longer[fits], before[fits]
    return start


def _number(kind: NDArray[np.uint16], end: Places) -> tuple[Places, Places]:
    """Where a number ending here begins (here, if there is none), and its digits if it is nothing else and whole."""
    digits = _run(kind, end, _DIGIT, 6)
    start = end - np.minimum(digits, 5)
    numerals = _run(kind, end, _NUMERAL, 3)
    letter = (digits <= 3) & (kind.take(end - digits - 1) == _LETTER) & (kind.take(end - digits - 2) != _LETTER)
    return start - numerals - letter, digits


def _read(held: Characters, tails: Tails) -> tuple[Places, Places, Places, Flags]:
    """The addresses that end in these chains; the first of every cell, then the second …, as each begins behind the one before."""
    code, count = held.code, len(tails.row)
    done = held.start.copy()
    last = np.full(len(held), -1)
    start, end, cue = np.zeros(count, np.int64), tails.end.copy(), np.zeros(count, bool)
    kept = np.zeros(count, bool)
    named, until = _named_provinces(code)
    leading = _leading(code)
    ordinal = np.arange(count) - np.searchsorted(tails.row, tails.row)
    for turn in range(int(ordinal.max(initial=-1)) + 1):
        at = np.flatnonzero(ordinal == turn)
        row, high = tails.row[at], tails.start[at]
        low = np.maximum(tails.low[at], done[row])
        begin, led = _begins(held, low, high, row, named, until, leading)
        fits = high - begin >= 2
        at, row, low, begin, led = at[fits], row[fits], low[fits], begin[fits], led[fits]
        joins = (last[row] >= 0) & (begin <= done[row]) & (low == done[row])
        end[last[row[joins]]] = tails.end[at[joins]]
        new = ~joins
        start[at[new]], cue[at[new]], kept[at[new]] = begin[new], led[new], True
        last[row[new]] = at[new]
        done[row] = tails.end[at]
    return tails.row[kept], start[kept], end[kept], cue[kept]


@cache
def _among(characters: str) -> Flags:
    table = np.zeros(65536, bool)
    table[[ord(character) for character in characters]] = True
    return table


@cache
def _lead_pairs() -> Pairs:
    return Pairs.of(LEAD_PAIRS)


def _named_provinces(code: NDArray[np.uint16]) -> tuple[Places, Places]:
    """Where a province begins that a class word or a division follows, and where that stands."""
    at = np.flatnonzero(provinces().first.take(code) > 0)
    at = at[provinces().among(code[at], code[at + 1])]
    size = 2 + _among("黑内").take(code[at])
    at = at[(size == 2) | _among("江古").take(code[at + 2])]
    far = at + 2 + _among("黑内").take(code[at])
    until = np.where(_among("省市自壮回维特").take(code[far]), far, 0)
    going = until == 0
    for step in range(1, 7):
        going &= code[far + step - 1] - np.uint16(0x4E00) <= 0x9FFF - 0x4E00
        until = np.where(going & (until == 0) & _among("市区县州盟").take(code[far + step]), far + step, until)
    return at[until > 0], until[until > 0]


def _leading(code: NDArray[np.uint16]) -> Places:
    """Where a word begins that leads to an address."""
    leads = _among(LEAD_SINGLE).take(code)
    pairs = _lead_pairs()
    at = np.flatnonzero(pairs.first.take(code) > 0)
    leads[at[pairs.among(code[at], code[at + 1])]] = True
    return np.flatnonzero(leads)


def _begins(
    held: Characters, low: Places, high: Places, row: Places, named: Places, until: Places, leading: Places
) -> tuple[Places, Flags]:
    """Where each address begins between `low` and the number at `high`, and whether a word leads to it."""
    code = held.code
    start, cue = low.copy(), code.take(low - 1) == ord(":")
    plain = np.ones(len(low), bool)
    asked, at = np.arange(len(low)), np.searchsorted(named, low)
    while len(asked):
        asked = asked[at[asked] < len(named)]
        asked = asked[named[at[asked]] < high[asked]]
        fits = asked[until[at[asked]] <= high[asked]]
        start[fits], plain[fits] = named[at[fits]], False
        asked = asked[plain[asked]]
        at[asked] += 1
    of_province = np.flatnonzero(~plain)
    cue[of_province] = _announced(held, start[of_province], held.start[row[of_province]])
    led = plain & (np.searchsorted(leading, low) < np.searchsorted(leading, high))
    for one in np.flatnonzero(led).tolist():
        text = held.text(int(low[one]), int(high[one]))
        cut, cue[one] = address_text.led(text, 0, len(text), bool(cue[one]))
        start[one] = low[one] + cut
    return start, cue


def _announced(held: Characters, at: Places, first: Places) -> Flags:
    """Whether a word that leads to an address stands in the few characters before these places, or a colon right before them."""
    code, pairs = held.code, _lead_pairs()
    said = np.asarray(code.take(at - 1) == ord(":"), bool)
    for far in range(1, WINDOW + 1):
        one = code.take(np.maximum(at - far, 0))
        lead = _among(LEAD_SINGLE).take(one)
        if far > 1:
            lead |= pairs.among(one, code.take(np.maximum(at - far + 1, 0)))
        said |= lead & (at - far >= first)
    return said
