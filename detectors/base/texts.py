"""A column's cells as one Arrow string array, folded once and tokenised once, shared by all detectors.

Folding undoes what spreadsheets, exports and input methods do to a value (`Texts.folded`), never what a person wrote:
full-width forms to ASCII, invisible characters, a leading apostrophe, `="…"`, a trailing `.0`, `1.3812345678E+10`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_WIDE_PUNCTUATION = np.zeros(256, bool)  # third bytes; （ ） ： ＊ － and ．stand in numbers
_WIDE_PUNCTUATION[np.frombuffer("！，；？".encode(), np.uint8)[2::3]] = True

_LETTER = 2
_CLASS = np.zeros(256, np.uint8)
_CLASS[48:58] = 1
_CLASS[65:91] = _CLASS[97:123] = _LETTER

_INVISIBLE = (
    "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F\\x{00AD}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}\\x{2066}-\\x{2069}\\x{FEFF}]"
)
_WRAPPED = re.compile(r"""^=\s*"(.*)"$|^=(\d+)$""", re.S)
_EXPONENT = re.compile(r"^([1-9])(?:\.(\d{1,18}))?[eE]\+?(\d{1,2})$")


Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, repr=False)
class Runs:
    """Maximal runs of ASCII letters and digits. Offsets are absolute in `Texts.data`.

    row, start, end: int64 arrays of one length; digits: bool, the run has nothing but 0–9.
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    digits: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Runs({len(self)})"

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Runs:
        return Runs(self.row[chosen], self.start[chosen], self.end[chosen], self.digits[chosen])


class Texts:
    """Cells of one column. `array` holds them as typed, without nulls (an empty cell is "")."""

    def __init__(self, array: pa.Array | pa.ChunkedArray | list[str]) -> None:
        if isinstance(array, list):
            array = pa.array(array, pa.string())
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
            if isinstance(array, pa.ChunkedArray):  # nothing to combine, or more than 2 GiB
                array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.string())
        if array.type != pa.string():
            array = array.cast(pa.string())
        if array.null_count:
            array = pc.fill_null(array, "")
        self.array: pa.StringArray = array

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> str:
        return f"Texts({len(self)} cells)"

    @cached_property
    def folded(self) -> pa.StringArray:
        """The cells after folding: NFKC, no invisible characters, no spreadsheet wrapping; outer blanks stripped."""
        return _fold(self.array)

    @cached_property
    def data(self) -> NDArray[np.uint8]:
        """The UTF-8 bytes of all folded cells, one after the other."""
        buffer = self.folded.buffers()[2]
        return np.frombuffer(buffer, np.uint8) if buffer is not None else np.zeros(0, np.uint8)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """len + 1 offsets into `data`: folded cell i is data[offsets[i]:offsets[i + 1]]."""
        return _offsets(self.folded)

    @property
    def starts(self) -> NDArray[np.int64]:
        return self.offsets[:-1]

    @property
    def ends(self) -> NDArray[np.int64]:
        return self.offsets[1:]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each folded cell."""
        return np.diff(self.offsets)

    @cached_property
    def ascii(self) -> bool:
        """Whether no cell has a character outside ASCII: most kinds of text need one."""
        return not len(self.data) or int(self.data[int(self.offsets[0]) : int(self.offsets[-1])].max(initial=0)) < 128

    @cached_property
    def runs(self) -> Runs:
        """All maximal runs of ASCII letters and digits, in order."""
        first, last = int(self.offsets[0]), int(self.offsets[-1])
        if last == first:
            none = np.zeros(0, np.int64)
            return Runs(none, none, none, np.zeros(0, bool))
        what = _CLASS[self.data[first:last]]
        inside = what > 0
        if inside.all():  # every cell is one run: a column of numbers
            row = np.flatnonzero(self.lengths > 0)
            return Runs(row, self.starts[row], self.ends[row], _all_digits(what, self.starts[row] - first))
        begins, finishes = inside.copy(), inside.copy()
        begins[1:] &= ~inside[:-1]
        finishes[:-1] &= ~inside[1:]
        full = self.lengths > 0
        low, high = self.starts[full] - first, self.ends[full] - first - 1  # a run ends with its cell
        begins[low], finishes[high] = inside[low], inside[high]
        start, end = np.flatnonzero(begins) + first, np.flatnonzero(finishes) + (first + 1)
        if len(start) == len(self) and np.array_equal(start, self.starts):
            row = np.arange(len(self))
        else:
            row = np.searchsorted(self.offsets, start, side="right") - 1
        return Runs(row, start, end, _all_digits(what, start - first))

    def matrix(self, start: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
        """Bytes [n, length] beginning at these absolute offsets; the caller has made sure that they exist."""
        if not len(start):
            return np.zeros((0, length), np.uint8)
        return np.lib.stride_tricks.sliding_window_view(self.data, length)[start]

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> list[str]:
        """Folded cells as Python strings: for the few candidates that need dear code."""
        at = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        taken: list[str] = self.folded.take(pa.array(at)).to_pylist()
        return taken


def shared(texts: Texts, name: str, make: Callable[[Texts], Made]) -> Made:
    """What `make` finds in these texts, made once and kept under this name as long as they live; nobody may change it."""
    kept: dict[str, Made] = texts.__dict__
    if name not in kept:
        kept[name] = make(texts)
    return kept[name]


def _all_digits(what: NDArray[np.uint8], start: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which runs hold no letter."""
    digits = np.ones(len(start), bool)
    letters = np.flatnonzero(what == _LETTER)
    if len(letters):
        digits[np.searchsorted(start, letters, side="right") - 1] = False
    return digits


def _offsets(array: pa.StringArray) -> NDArray[np.int64]:
    raw = np.frombuffer(array.buffers()[1], np.int32) if array.buffers()[1] is not None else np.zeros(1, np.int32)
    return raw[array.offset : array.offset + len(array) + 1].astype(np.int64)


def filled(array: pa.StringArray) -> NDArray[np.bool_]:
    """Which cells are not empty."""
    return np.diff(_offsets(array)) > 0


def strings(matrix: NDArray[np.uint8]) -> pa.StringArray:
    """The rows of a byte matrix [n, length] (ASCII) as an Arrow string array."""
    count, width = matrix.shape
    offsets = pa.py_buffer(np.arange(0, (count + 1) * width, width, dtype=np.int32) if width else np.zeros(count + 1, np.int32))
    return pa.StringArray.from_buffers(count, offsets, pa.py_buffer(np.ascontiguousarray(matrix)))


def _fold(array: pa.StringArray) -> pa.StringArray:
    if not len(array):
        return array
    offsets = _offsets(array)
    buffer = array.buffers()[2]
    data = np.frombuffer(buffer, np.uint8) if buffer is not None else np.zeros(0, np.uint8)
    starts, ends = offsets[:-1], offsets[1:]
    full = ends > starts
    if not full.any():
        return array
    touched = np.zeros(len(array), bool)
    first, last = int(offsets[0]), int(offsets[-1])
    span = data[first:last]
    lowest = int(span.min())
    plain = lowest >= 32 and int(span.max()) < 127  # two reductions are cheaper than looking at every byte
    odd = np.zeros(0, np.int64) if plain else _to_fold(data, np.flatnonzero(_may_fold(span, lowest)) + first, last)
    if len(odd):
        touched[np.searchsorted(offsets, odd, side="right") - 1] = True
    row = np.flatnonzero(full)
    end = ends[row]
    head, tail = data.take(starts[row]), data.take(end - 1)
    changed = touched.copy()
    changed[row[(head == 32) | (tail == 32) | (head == 39) | (head == 61)]] = True
    figure = np.flatnonzero((tail - np.uint8(48) < 10) & (end - starts[row] >= 5))
    if len(figure):
        zero = figure[tail[figure] == 48]
        changed[row[zero[data.take(end[zero] - 2) == 46]]] = True
        if ((span | 32) == 101).any():
            changed[row[figure[_is_exponent(data, end[figure])]]] = True
    at = np.flatnonzero(changed)
    if not len(at):
        return array
    part = array.take(pa.array(at))
    if touched.any():
        part = pc.utf8_normalize(part, form="NFKC")
        part = pc.replace_substring_regex(part, _INVISIBLE, "")
    part = pc.utf8_trim_whitespace(part)
    part = pc.replace_substring_regex(part, r"^'+", "")
    part = pc.replace_substring_regex(part, r"^(-?\d{3,})\.0$", r"\1")
    rare = pc.match_substring_regex(part, r"^=|^[1-9](\.\d{1,18})?[eE]\+?\d{1,2}$")
    if pc.any(rare).as_py():
        part = pa.array(
            [_unwrap(text) if odd else text for text, odd in zip(part.to_pylist(), rare.to_pylist(), strict=True)], pa.string()
        )
    if len(at) == len(array):
        return part
    mask = np.zeros(len(array), bool)
    mask[at] = True
    return pc.replace_with_mask(array, pa.array(mask), part)


def _may_fold(span: NDArray[np.uint8], lowest: int) -> NDArray[np.bool_]:
    """Bytes, none below `lowest`, that may begin something to fold.

    These are the lead bytes of U+0080–00FF (NBSP, soft hyphen, ×), U+2000–2FFF (spaces, zero width, bidi marks), U+3000–3FFF
    (ideographic space), U+F000–FFFF (BOM, full-width forms), and ASCII controls. Comparisons, as they are several times
    cheaper than a table here, where most bytes are those of Han characters.
    """
    may = np.asarray((span | np.uint8(0x21)) == 0xE3, bool)  # C2, C3, E2, E3
    may |= span == 0xEF
    may |= span == 127
    if lowest < 32:
        may |= span < 32
    return may


def _to_fold(data: NDArray[np.uint8], at: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    """Of the places of lead bytes, those of characters that folding changes to some use: not ，。、“” and the like."""
    lead, second, third = data[at], data[np.minimum(at + 1, last - 1)], data[np.minimum(at + 2, last - 1)]
    keep = lead < 0xC3  # controls, U+0080–00BF
    general = (second == 0x80) & ((third <= 0x8F) | ((third >= 0xAA) & (third <= 0xAF)))  # spaces, zero width, direction
    keep |= (lead == 0xE2) & (general | (second == 0x81) | ((second >= 0x84) & (second <= 0x93)))  # ⁠, ℃, Ⅳ, ①
    keep |= (lead == 0xE3) & (((second == 0x80) & (third == 0x80)) | (second >= 0x88))  # the ideographic space, ㈠
    punctuation = (second == 0xBC) & _WIDE_PUNCTUATION.take(third)
    keep |= (lead == 0xEF) & (~punctuation | (data[np.maximum(at - 1, 0)] < 128))  # 138…，139…
    return at[keep]


def _is_exponent(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the last bytes, of which the very last is a digit, read like e+17, E+9, e17 or E10."""
    is_e = np.zeros(len(ends), bool)
    for back in (2, 3, 4):
        is_e |= (data.take(ends - back) | 32) == 101
    return is_e


def _unwrap(text: str) -> str:
    wrapped = _WRAPPED.match(text)
    if wrapped:
        return (wrapped[1] if wrapped[1] is not None else wrapped[2]).strip()
    power = _EXPONENT.match(text)
    if power:
        fraction, shift = power[2] or "", int(power[3])
        if 9 <= shift <= 19 and len(fraction) <= shift:
            return power[1] + fraction + "0" * (shift - len(fraction))
    return text
