"""Han characters of whole columns as code points, without a Python string for each cell.

`han_cells` reads cells of nothing but Han characters from their bytes; `characters` decodes a whole column into one array, so that
a neighbour is the entry beside. A Han character here is one of U+4000–9FFF: three bytes, the first E4–E9 (the basic block and a
part of extension A).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.texts import Texts, shared

LEAD = np.zeros(256, bool)
LEAD[0xE4:0xEA] = True
"""Bytes that begin a Han character."""
FIRST, LAST = 0x4000, 0x9FFF
"""Code points of Han characters, from the first to the last."""
MARGIN = 16
"""Zeros before the first and behind the last cell of `Characters`: so far may be looked without asking for the end."""


@dataclass(frozen=True, slots=True, repr=False)
class Characters:
    """All cells of a `Texts` as UTF-16 units, one after the other, a zero between any two: no cell holds one itself.

    code   uint16, `MARGIN` zeros at both ends
    start  int64 [cells], where each cell begins in `code`
    end    int64 [cells], the zero behind each cell
    """

    code: NDArray[np.uint16]
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    def __repr__(self) -> str:
        return f"Characters({len(self.code)} units of {len(self.start)} cells)"

    def text(self, first: int, last: int) -> str:
        """The characters between two places."""
        return self.code[first:last].tobytes().decode("utf-16-le")

    def rows(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The cells of these places, which must be sorted and lie in cells."""
        if len(at) < len(self.start):
            return np.searchsorted(self.start, at, side="right") - 1
        return np.repeat(np.arange(len(self.start)), np.diff(np.searchsorted(at, self.start), append=len(at)))

    def in_bytes(
        self, rows: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Spans of places, sorted, each within one of these cells, as offsets in the UTF-8 bytes of the cell."""
        if not len(start):
            return start, end
        first = int(self.start[rows[0]]) - 1
        code = self.code[first : int(end[-1])]
        more = (code > 0x7F).view(np.uint8) + (code > 0x7FF)
        more[(code & 0xF800) == 0xD800] = 1  # half of a pair: two bytes of four
        reach = np.cumsum(more, dtype=np.int32)
        low, begin, finish = (reach.take(place - first) + place for place in (self.start[rows] - 1, start - 1, end - 1))
        return begin - low, finish - low


def characters(texts: Texts) -> Characters:
    """The characters of all cells; decoded once for every detector."""
    return shared(texts, "characters", _characters)


def _characters(texts: Texts) -> Characters:
    count = len(texts)
    if not count:
        zero = np.zeros(0, np.int64)
        return Characters(np.zeros(2 * MARGIN, np.uint16), zero, zero)
    column = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), texts.folded)
    joined = str(pc.binary_join(column, "\0")[0].as_buffer(), "utf-8")
    margin = "\0" * MARGIN
    code = np.frombuffer((margin + joined + margin).encode("utf-16-le"), "<u2")
    zeros = np.flatnonzero(code == 0)
    return Characters(code, zeros[MARGIN - 1 : -MARGIN] + 1, zeros[MARGIN : len(zeros) - MARGIN + 1])


@dataclass(frozen=True, slots=True, repr=False)
class Pairs:
    """Words of two characters, numbered from one in their order: a number each for the first and the second, and for their sum."""

    first: NDArray[np.uint16]
    second: NDArray[np.uint16]
    number: NDArray[np.uint16]

    @staticmethod
    def of(words: Sequence[str]) -> Pairs:
        """From the first two characters of each."""
        ones, twos = (sorted({word[place] for word in words}) for place in (0, 1))
        first, second = np.zeros(65536, np.uint16), np.zeros(65536, np.uint16)
        wide = len(twos) + 1
        first[[ord(one) for one in ones]] = np.arange(1, len(ones) + 1) * wide
        second[[ord(two) for two in twos]] = np.arange(1, wide)
        number = np.zeros((len(ones) + 1) * wide, np.uint16)
        number[[int(first[ord(word[0])]) + int(second[ord(word[1])]) for word in words]] = np.arange(1, len(words) + 1)
        return Pairs(first, second, number)

    def __repr__(self) -> str:
        return f"Pairs({int(self.number.max(initial=0))})"

    def numbers(self, one: NDArray[np.uint16], two: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """The number of each word, 0 for what is none."""
        return np.asarray(self.number.take(self.first.take(one) + self.second.take(two)), np.uint16)

    def among(self, one: NDArray[np.uint16], two: NDArray[np.uint16]) -> NDArray[np.bool_]:
        """Whether each is one of the words."""
        return self.numbers(one, two) > 0


def han_cells(texts: Texts, length: int) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Cells of exactly `length` Han characters and nothing else: rows int64 [n], code points uint16 [n, length]."""
    row = np.flatnonzero(texts.lengths == 3 * length)
    if not len(row):
        return row, np.zeros((0, length), np.uint16)
    block = texts.matrix(texts.starts[row], 3 * length)
    whole = LEAD[block[:, 0]]
    for place in range(1, length):
        whole &= LEAD[block[:, 3 * place]]
    if not whole.all():
        row, block = row[whole], block[whole]
    wide = block.reshape(len(row), length, 3)
    codes = np.empty((len(row), length), np.uint16)
    for place in range(length):
        one, two, three = (wide[:, place, byte].astype(np.uint16) for byte in range(3))
        codes[:, place] = ((one & 15) << 12) | ((two & 63) << 6) | (three & 63)
    return row.astype(np.int64), codes
