"""Han characters of whole columns as code points, read from the UTF-8 bytes without a Python string.

A Han character of the basic block is three bytes, the first E4–E9 (U+4000–9FFF, which takes in a part of extension A).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base.texts import Texts

LEAD = np.zeros(256, bool)
LEAD[0xE4:0xEA] = True
"""Bytes that begin a Han character."""


def decode(data: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Code points of the three-byte characters that begin at these offsets."""
    codes = (data[at].astype(np.uint16) & np.uint16(15)) << np.uint16(12)
    codes |= (data[at + 1].astype(np.uint16) & np.uint16(63)) << np.uint16(6)
    codes |= data[at + 2].astype(np.uint16) & np.uint16(63)
    return codes


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
