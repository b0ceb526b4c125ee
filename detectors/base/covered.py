"""Citizen numbers with digits hidden: 110105********002X, 1101***********2X, **************002X, 110105xxxxxxxx002X."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base import citizen, digits
from detectors.base.matches import Evidence, Matches
from detectors.base.texts import Texts

_COVERED = re.compile(r"(?<![0-9A-Za-z*])(\d{0,14})(\*{3,}|#{3,}|[xX]{4,}|●{3,}|○{3,}|•{3,})(\d{0,5}[\dXx])?(?![0-9A-Za-z*])")


def covered(texts: Texts) -> Matches | None:
    """All masked citizen numbers of 15 or 18 characters, or ending in X; evidence SHAPE and MASKED."""
    many = _threes(texts.data)
    if not len(many):
        return None
    cell = np.searchsorted(texts.offsets, many, side="right") - 1
    holds = np.zeros(len(texts), bool)
    holds[cell[(cell >= 0) & (cell < len(texts))]] = True
    row = np.flatnonzero(holds)
    row = row[texts.lengths[row] >= 12]
    width = texts.lengths[row]
    whole = np.zeros(len(row), bool)
    for length in (15, 18):
        at = np.flatnonzero(width == length)
        if len(at):
            whole[at] = _is_covered(digits.taken(texts.data, texts.offsets[row[at]], length))
    found = [_shown(texts, row[whole], np.zeros(int(whole.sum()), np.int64), width[whole])]
    rest = row[~whole]
    spans = [
        (int(cell), len(text[: match.start()].encode()), len(text[: match.end()].encode()))
        for cell, text in zip(rest, texts.rows(rest), strict=True)
        for match in _COVERED.finditer(text)
        if _is_written(match)
    ]
    if spans:
        cell, start, end = (np.array(each, np.int64) for each in zip(*spans, strict=True))
        found.append(_shown(texts, cell, start, end))
    return Matches.join(found)


def _threes(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Offsets where three mask characters follow each other: * # x X, or ● ○ • (three bytes each)."""
    if len(data) < 12:
        return np.zeros(0, np.int64)
    hides = (data == 42) | (data == 35) | ((data | np.uint8(32)) == 120)
    pairs = hides[:-1] & hides[1:]
    found = np.flatnonzero(pairs[:-1] & pairs[1:])
    lead = np.flatnonzero(data[:-8] == 0xE2)
    if len(lead):
        middle = data[lead + 1]
        lead = lead[((middle == 0x97) | (middle == 0x80)) & (data[lead + 3] == 0xE2) & (data[lead + 6] == 0xE2)]
        found = np.concatenate([found, lead])
    return found


def _is_covered(matrix: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether cells [n, 15 or 18] are digits, one block of at least four mask characters, digits, perhaps a last X."""
    columns = np.ascontiguousarray(matrix.T)
    digit = (columns - np.uint8(48)) < 10
    star = (columns == 42) | (columns == 35)
    letter = (columns | np.uint8(32)) == 120
    hidden = star | letter
    hidden[-1] &= star[-1] | hidden[-2]  # an X behind a digit is the check character
    right = (digit | star | letter).all(axis=0) & ~(hidden & letter).any(axis=0) | (digit | letter).all(axis=0)
    blocks = hidden[0].astype(np.int8)
    for before, here in zip(hidden[:-1], hidden[1:], strict=True):
        blocks += here & ~before
    right &= (blocks == 1) & (hidden.sum(axis=0) >= 4) & digit.any(axis=0)
    return np.asarray(right & (~(digit[0] & digit[1]) | _begins(matrix)), bool)


def _begins(matrix: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether the first two characters are the digits of a province."""
    pair = (matrix[:, :2] - np.uint8(48)).astype(np.int64)
    return np.asarray(citizen.provinces()[np.minimum(pair[:, 0] * 10 + pair[:, 1], 99)], bool)


def _is_written(match: re.Match[str]) -> bool:
    """Whether a masked text inside a cell is an identity number: of its length, or ending in X behind other digits."""
    head, block, tail = match[1], match[2], match[3] or ""
    if not head and not tail or (len(head) >= 2 and not citizen.provinces()[int(head[:2])]):
        return False
    length = len(head) + len(block) + len(tail)
    return length in (15, 18) or (tail[-1:] in ("x", "X") and len(tail) > 1 and len(head) in (1, 2, 3, 4, 6, 8, 10, 12, 14))


def _shown(texts: Texts, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> Matches:
    """Masked matches; spans within the cell. Their value is the text."""
    cells = texts.folded.take(pa.array(row))
    width = texts.lengths[row]
    value = cells
    cut = np.flatnonzero((start > 0) | (end < width))
    if len(cut):
        taken = cells.to_pylist()
        for place in cut.tolist():
            taken[place] = taken[place].encode()[int(start[place]) : int(end[place])].decode()
        value = pa.array(taken, pa.string())
    return Matches(row, start, end, np.full(len(row), np.uint16(Evidence.SHAPE | Evidence.MASKED), np.uint16), value)
