"""Words beside a span that say what it is (手机：138…) or what it is not (订单号 138…).

Only spans inside a longer cell are looked at, and only some thirty bytes beside them, gathered as one Arrow array.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.matches import Evidence, Matches
from detectors.base.texts import Texts

_BESIDE = 36  # bytes looked at: a label of some ten Han characters

_PLAIN = np.zeros(256, bool)  # punctuation that may stand between a word and its number
_PLAIN[np.frombuffer(b" \t\n:;,.()[]{}<>\"'/|-=#+", np.uint8)] = True

_DOOR_DIGITS = 4

_HAN = np.zeros(256, bool)  # lead bytes of U+4000–9FFF
_HAN[0xE4:0xEA] = True
_MARKS = np.zeros(256, bool)  # lead bytes of U+2000–3FFF and U+F000–FFFF: dashes, quotation marks, 、。【】，；
_MARKS[[0xE2, 0xE3, 0xEF]] = True
_UNITS = np.array([int.from_bytes(unit.encode(), "big") for unit in "元万亿件个台吨米克斤升次度分"], np.int32)

NUMBERED = (
    r"(?i)(?:单号|订单|编号|流水|流水号|序号|批号|批次|工单|票号|案号|货号|条码|编码|代码|证号|工号|学号|卡号|税号|运单|快递|发票|合同|型号|料号|件号|版本|"
    r"金额|合计|共计|余额|[^a-z]id|[^a-z]no|[^a-z]sn|uid|sku|qq|order|serial|token)(?:号|码|为|是|:)?[\s:#=.()\-]{0,4}$"
)
"""Words right before a number that make it a serial or an amount."""


def beside(texts: Texts, start: NDArray[np.int64], low: NDArray[np.int64]) -> pa.BinaryArray:
    """Up to 36 bytes before each absolute offset `start`, none before `low`. Bytes, as a character may be cut at the front."""
    begin = np.maximum(low, start - _BESIDE)
    length = start - begin
    offsets = np.zeros(len(start) + 1, np.int32)
    np.cumsum(length, out=offsets[1:])
    index = np.repeat(begin - offsets[:-1], length) + np.arange(offsets[-1])
    return pa.Array.from_buffers(pa.binary(), len(start), [None, pa.py_buffer(offsets), pa.py_buffer(texts.data[index])])


def spoken(texts: Texts, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], words: str) -> NDArray[np.bool_]:
    """Whether the text before each span (absolute offsets) matches a regular expression. Spans at a cell's start: False.

    `end` is taken for the sake of one way of naming a span; what follows it does not matter here.
    """
    found = np.zeros(len(row), bool)
    inner = np.flatnonzero((start > texts.offsets[row]) & (end > start))
    if len(inner):
        text = beside(texts, start[inner], texts.offsets[row[inner]])
        found[inner] = pc.match_substring_regex(text, words).to_numpy(zero_copy_only=False)
    return found


def amid_words(texts: Texts, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a Han character stands beside each span, punctuation aside, and no unit of measure follows (…元)."""
    found = np.zeros(len(row), bool)
    low, high = texts.offsets[row], texts.offsets[row + 1]
    inner = np.flatnonzero((start > low) | (end < high))
    if not len(inner):
        return found
    data, low, high, final = texts.data, low[inner], high[inner], len(texts.data) - 1
    left, right = start[inner] - 1, end[inner].copy()
    measured = (high - right >= 3) & np.isin(_character(texts, right), _UNITS)
    for _ in range(3):
        left -= (left >= low) & _PLAIN[data[np.maximum(left, low)]]
        left -= 3 * ((left - 2 >= low) & _MARKS[data[np.maximum(left - 2, low)]] & (data[np.maximum(left, low)] >= 0x80))
        right += (right < high) & _PLAIN[data[np.minimum(right, final)]]
        right += 3 * ((right < high) & _MARKS[data[np.minimum(right, final)]])
    for _ in range(_DOOR_DIGITS):  # 1单元1962，138…: the door number before it belongs to the words
        left -= (left > low) & (left + 1 < start[inner]) & (data[np.maximum(left, low)] - np.uint8(48) < 10)
    before = (left - 2 >= low) & (data[np.maximum(left, low)] >= 0x80) & _HAN[data[np.maximum(left - 2, low)]]
    after = (right < high) & _HAN[data[np.minimum(right, final)]]
    found[inner] = (before | after) & ~measured
    return found


def _character(texts: Texts, at: NDArray[np.int64]) -> NDArray[np.int32]:
    """The three bytes at each offset as one integer: a Han character."""
    data, final = texts.data, len(texts.data) - 1
    whole = np.zeros(len(at), np.int32)
    for step in range(3):
        whole = (whole << 8) | data[np.minimum(at + step, final)]
    return whole


def lend_cue(matches: Matches) -> Matches:
    """Numbers side by side share their cue: in "138… 139… 都打不通" the words stand beside the second only."""
    if len(matches) < 2:
        return matches
    gap = matches.start[1:] - matches.end[:-1]
    beside = (matches.row[1:] == matches.row[:-1]) & (gap > 0) & (gap <= 3)
    if not beside.any():
        return matches
    cue = np.uint16(Evidence.CUE)
    evidence = matches.evidence.copy()
    evidence[:-1] |= np.where(beside, evidence[1:] & cue, 0).astype(np.uint16)
    evidence[1:] |= np.where(beside, evidence[:-1] & cue, 0).astype(np.uint16)
    return replace(matches, evidence=evidence)
