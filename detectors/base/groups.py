"""How the digit runs of a cell hang together: `138-1234-5678`, `(0755) 2650 1234`, `6222 0212 …`, `138****5678`.

A *tie* joins a run to the next one of the same cell when nothing but a separator lies between them. Everything here works on the
arrays of `Texts.runs`, so that a column written with separators costs little more than one without.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base.texts import Runs, Texts

NONE, SPACE, HYPHEN, DOT, BRACKET, STARS = 0, 1, 2, 3, 4, 5
"""What lies between two runs: nothing that ties, blanks, a hyphen or dash, a dot, a closing bracket, mask characters."""

_WIDEST = 18  # bytes between two runs that can still tie them (a masked 19-digit card)

_ONE = np.zeros(256, np.uint8)
_ONE[[9, 32]] = SPACE
_ONE[ord("-")] = HYPHEN
_ONE[ord(".")] = DOT
_ONE[ord(")")] = BRACKET

_DASHES = np.zeros(256, bool)
_DASHES[0x90:0x96] = True  # last byte of U+2010–2015


def ties(texts: Texts) -> NDArray[np.uint8]:
    """For each run of `texts.runs`: how it is tied to the next one. uint8 array of the same length; the last is NONE."""
    runs, data = texts.runs, texts.data
    tie = np.zeros(len(runs), np.uint8)
    if len(runs) < 2:
        return tie
    near = np.flatnonzero((runs.row[1:] == runs.row[:-1]) & (runs.start[1:] - runs.end[:-1] <= _WIDEST))
    if not len(near):
        return tie
    at, upto = runs.end[near], runs.start[near + 1]
    gap = upto - at
    first, last = data[at], data[upto - 1]
    found = np.where(gap == 1, _ONE[first], NONE).astype(np.uint8)
    blank = (first == 32) & (last == 32)
    two = gap == 2
    found[two & blank] = SPACE
    found[two & (((first == 45) & (last == 32)) | ((first == 32) & (last == 45)))] = HYPHEN
    found[two & (first == ord(")")) & ((last == 32) | (last == 45))] = BRACKET
    found[two & (first == 0xC2) & (last == 0xB7)] = DOT
    three = np.flatnonzero(gap == 3)
    if len(three):
        middle = data[at[three] + 1]
        found[three[blank[three] & (middle == 45)]] = HYPHEN
        found[three[blank[three] & (middle == 32)]] = SPACE
        wide = (first[three] == 0xE2) & (middle == 0x80)
        found[three[wide & _DASHES[last[three]]]] = HYPHEN
        found[three[wide & (last[three] == 0xA2)]] = DOT
    starred = np.flatnonzero((gap >= 2) & ((first == 42) | blank) & ((last == 42) | blank) & (gap > 2))
    if len(starred):
        every = np.ones(len(starred), bool)
        some = np.zeros(len(starred), bool)
        for step in range(_WIDEST):
            inside = gap[starred] > step
            byte = data[np.minimum(at[starred] + step, len(data) - 1)]
            every &= ~inside | (byte == 42) | (byte == 32)
            some |= inside & (byte == 42)
        found[starred[every & some]] = STARS
    tie[near] = found
    return tie


def windows(runs: Runs, tie: NDArray[np.uint8], sizes: tuple[int, ...], allowed: tuple[int, ...]) -> NDArray[np.int64]:
    """Index of the first run of every sequence of tied digit runs with these sizes; all its ties are the same allowed one."""
    size = runs.end - runs.start
    first = np.flatnonzero((size == sizes[0]) & np.isin(tie, allowed) & runs.digits)
    first = first[first + len(sizes) <= len(size)]
    for place, wanted in enumerate(sizes[1:], start=1):
        first = first[(size[first + place] == wanted) & runs.digits[first + place]]
        if place < len(sizes) - 1:
            first = first[tie[first + place] == tie[first]]
    return first


def chains(runs: Runs, tie: NDArray[np.uint8], allowed: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Maximal sequences of two or more digit runs joined by one and the same allowed tie: (first run, count of runs)."""
    link = np.zeros(len(runs) + 1, np.int8)
    link[:-1] = np.isin(tie, allowed) & runs.digits
    link[:-2] &= runs.digits[1:]
    step = np.diff(link, prepend=np.int8(0))
    first, end = np.flatnonzero(step == 1), np.flatnonzero(step == -1)
    count = end - first + 1
    mixed = np.flatnonzero(link[1:-1] & link[:-2] & (tie[1:] != tie[:-1])) + 1
    if len(mixed):
        pure = np.searchsorted(mixed, end) == np.searchsorted(mixed, first)
        first, count = first[pure], count[pure]
    return first, count


def gathered(texts: Texts, first: NDArray[np.int64], sizes: tuple[int, ...]) -> NDArray[np.uint8]:
    """The digits of runs first, first + 1, … side by side: bytes [n, sum(sizes)]."""
    parts = [texts.matrix(texts.runs.start[first + place], size) for place, size in enumerate(sizes)]
    return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


def previous(tie: NDArray[np.uint8], first: NDArray[np.int64]) -> NDArray[np.uint8]:
    """How each of these runs is tied to the run before it."""
    return np.where(first > 0, tie[np.maximum(first - 1, 0)], NONE).astype(np.uint8)


def pieces(
    data: NDArray[np.uint8], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes between absolute offsets one after the other, and the offsets of the pieces."""
    length = end - start
    offsets = np.zeros(len(start) + 1, np.int64)
    np.cumsum(length, out=offsets[1:])
    if len(start) and offsets[-1] == end[-1] - start[0]:  # they follow one another
        return data[start[0] : end[-1]], offsets
    return data[np.repeat(start - offsets[:-1], length) + np.arange(offsets[-1])], offsets


def slices(data: NDArray[np.uint8], start: NDArray[np.int64], end: NDArray[np.int64]) -> pa.StringArray:
    """The bytes between absolute offsets (ASCII) as strings."""
    joined, offsets = pieces(data, start, end)
    return pa.StringArray.from_buffers(
        len(start), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(joined))
    )
