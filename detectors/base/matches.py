"""What a detector returns: spans in cells, what was checked of each, and the value in its one canonical writing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Evidence(IntFlag):
    """What was checked. The first five are of the value itself, the last four of the place where it stands."""

    NONE = 0
    SHAPE = 1  # 形式: length and characters
    PARTS = 2  # 构成: dates, divisions, prefixes, ranges
    CHECKSUM = 4  # 校验位
    LEXICON = 8  # 词表
    MASKED = 16  # 已脱敏: never identifies
    DUMMY = 32  # 示例值: a published sample or a placeholder; never counted
    DAMAGED = 64  # 已损坏: digits lost in a spreadsheet or a float; never identifies
    HEADER = 256  # 表头
    COLUMN = 512  # 整列
    NEIGHBOUR = 1024  # 邻列
    CUE = 2048  # 提示词: "手机号：138…"

    def names(self) -> tuple[str, ...]:
        """The flags as stable lower-case words, for reports."""
        return tuple(flag.name.lower() for flag in Evidence if flag and flag in self and flag.name)


Needed: TypeAlias = Evidence | tuple[Evidence, ...]
"""What must have been checked: all flags of an `Evidence`, or all flags of any one in a tuple of alternatives."""

REFUSED = Evidence.MASKED | Evidence.DUMMY | Evidence.DAMAGED


class Identity(IntEnum):
    """How far a value singles out one natural person."""

    NONE = 0
    LINKING = 1  # with a name: a home address, a birth date, a plate
    WEAK = 2  # a name: singles out nobody by itself
    PERSONAL = 3  # a mobile number, an account
    UNIQUE = 4  # the number of an identity document


@dataclass(frozen=True, slots=True, repr=False)
class Matches:
    """Spans found in a `Texts`, as parallel arrays sorted by row, then start.

    row       int64, index of the cell in the `Texts`
    start     int64, first byte of the span within the folded cell (UTF-8 bytes)
    end       int64, byte after the span
    evidence  uint16, `Evidence` flags
    value     Arrow string array: the canonical writing (18 digits and X, 11 digits, upper case …), equal for all
              writings of one value; for masked and damaged values the text as folded
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    evidence: NDArray[np.uint16]
    value: pa.StringArray

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Matches({len(self)} spans)"

    @staticmethod
    def none() -> Matches:
        zero = np.zeros(0, np.int64)
        return Matches(zero, zero, zero, np.zeros(0, np.uint16), pa.array([], pa.string()))

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Matches:
        """The matches at these positions (or where the mask is true), in that order."""
        at = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Matches(self.row[at], self.start[at], self.end[at], self.evidence[at], self.value.take(pa.array(at)))

    def having(self, needed: Needed) -> NDArray[np.bool_]:
        """Where everything in `needed` (or in one of its alternatives) was checked and nothing refuses the value."""
        flags = self.evidence
        met = np.zeros(len(flags), bool)
        for one in needed if isinstance(needed, tuple) else (needed,):
            met |= (flags & np.uint16(one)) == one
        return np.asarray(met & ((flags & np.uint16(REFUSED)) == 0), bool)

    @staticmethod
    def join(parts: list[Matches]) -> Matches:
        """Several sets over the same `Texts` as one, sorted by row and start."""
        parts = [p for p in parts if len(p)]
        if not parts:
            return Matches.none()
        if len(parts) == 1:
            return parts[0]
        row = np.concatenate([p.row for p in parts])
        start = np.concatenate([p.start for p in parts])
        order = np.lexsort((start, row))
        value = pa.concat_arrays([p.value for p in parts])
        return Matches(
            row[order],
            start[order],
            np.concatenate([p.end for p in parts])[order],
            np.concatenate([p.evidence for p in parts])[order],
            value.take(pa.array(order)),
        )
