"""Parts of texts that are folded already: some of the cells, or some of the bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base.texts import Texts


def folded(array: pa.StringArray) -> Texts:
    """Strings cut out of folded cells, not folded again."""
    texts = Texts(array)
    texts.__dict__["folded"] = texts.array
    return texts


def some(texts: Texts, row: NDArray[np.int64]) -> Texts:
    """The texts of these rows; the texts themselves, with all that was found in them, if these are all."""
    return texts if len(row) == len(texts) else folded(texts.folded.take(pa.array(row)))


def slices(texts: Texts, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> pa.StringArray:
    """The bytes from `start` to `end`, counted from the begin of the cell, of each of these cells."""
    size = end - start
    offsets = np.zeros(len(start) + 1, np.int32)
    np.cumsum(size, out=offsets[1:])
    index = np.repeat(start + texts.offsets[row] - offsets[:-1], size) + np.arange(offsets[-1])
    return pa.StringArray.from_buffers(len(start), pa.py_buffer(offsets), pa.py_buffer(texts.data[index]))
