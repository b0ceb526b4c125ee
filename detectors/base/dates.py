"""Calendar dates and times of day in cells, in the writings of exports, on whole columns.

1990-01-02, 1990/1/2, 1990.1.2, 1990年1月2日, 19900102, 1/2/1990; with 08:23, 8:23:05, T08:23:05Z, 8时23分, 下午3:05;
20260901082305; seconds and milliseconds since 1970. A date must exist in the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.digits import all_digits, numbers
from detectors.base.texts import Texts, strings

FIRST_YEAR, LAST_YEAR = 1880, 2100
_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_WRITTEN = (
    r"^(?P<y>(?:1[89]|20)\d{2})(?:\s*[-/.]\s*|年|\s)(?P<m>\d{1,2})(?:\s*[-/.]\s*|月|\s)(?P<d>\d{1,2})(?:日|号)?"
    r"(?:\s*(?:周|星期)[一二三四五六日天])?(?:(?:T|\s+|,\s*)?(?P<half>上午|下午|晚上|[AaPp][Mm])?\s*(?P<h>\d{1,2})"
    r"(?:[:时点]\s*(?P<i>\d{1,2})?(?:(?:[:分])\s*(?P<s>\d{1,2})?(?:[.,]\d{1,9})?秒?)?)\s*(?P<half2>[AaPp][Mm])?"
    r"(?:Z|\s*[+-]\d{2}:?\d{2})?)?$"
)
_TURNED = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>(?:19|20)\d{2})(?:\s+(?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2}))?)?$"


@dataclass(frozen=True, slots=True, repr=False)
class Moments:
    """What was read from each cell, as parallel arrays of the length of the `Texts`.

    valid    a date of the calendar
    timed    a time of day is written with it (midnight counts: see `has_time_of_day`)
    counted  read from a bare number (epoch), which may mean anything else
    fields   int64 [n, 6]: year, month, day, hour, minute, second; zeros where not valid
    """

    valid: NDArray[np.bool_]
    timed: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    fields: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"Moments({len(self.valid)} cells, {int(self.valid.sum())} dates)"

    def days(self) -> NDArray[np.datetime64]:
        """datetime64[D], NaT where there is no date."""
        year, month, day = self.fields[:, 0], self.fields[:, 1], self.fields[:, 2]
        months = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + np.maximum(month - 1, 0)
        days = months.astype("datetime64[D]") + np.maximum(day - 1, 0)
        days[~self.valid] = np.datetime64("NaT")
        return days

    def written(self, chosen: NDArray[np.int64], clock: bool) -> pa.StringArray:
        """The cells at these positions as 1990-01-02 or, with `clock`, 2026-09-01 08:23:00."""
        fields = self.fields[chosen]
        text = np.full((len(chosen), 19 if clock else 10), ord("-"), np.uint8)
        for at, width, column in ((0, 4, 0), (5, 2, 1), (8, 2, 2), (11, 2, 3), (14, 2, 4), (17, 2, 5)):
            if at + width > text.shape[1]:
                break
            for place in range(width):
                text[:, at + width - 1 - place] = 48 + fields[:, column] // 10**place % 10
        if clock:
            text[:, 10] = 32
            text[:, (13, 16)] = 58
        return strings(text)


def read_moments(texts: Texts) -> Moments:
    """Read every cell; a cell that is not wholly a date (with or without a time of day) is not valid."""
    count = len(texts)
    fields = np.zeros((count, 6), np.int64)
    valid = np.zeros(count, bool)
    timed = np.zeros(count, bool)
    counted = np.zeros(count, bool)
    rest = texts.lengths >= 8
    if not rest.any():
        return Moments(valid, timed, counted, fields)
    for length, layout in _LAYOUTS.items():
        at = np.flatnonzero(texts.lengths == length)
        if len(at):
            good = _fixed(texts, at, length, layout, fields)
            valid[good] = True
            timed[good] = length > 10
            rest[good] = False
    at = np.flatnonzero(rest & (texts.lengths <= 48))
    at = at[texts.data[texts.starts[at]] - 48 < 10] if len(at) else at
    if len(at):
        _epochs(texts, at, fields, valid, timed, counted)
        at = at[~valid[at]]
        _loose(texts, at, fields, valid, timed)
    fields[~valid] = 0
    return Moments(valid, timed, counted, fields)


def parse_dates(texts: Texts) -> NDArray[np.datetime64]:
    """The calendar day of each cell as datetime64[D]; NaT where the cell is no date."""
    return read_moments(texts).days()


def has_time_of_day(texts: Texts) -> NDArray[np.bool_]:
    """Where a cell is a date with a time of day; not where that is midnight, which spreadsheets add to bare dates."""
    moments = read_moments(texts)
    result: NDArray[np.bool_] = moments.valid & moments.timed & moments.fields[:, 3:].any(axis=1)
    return result


# length in bytes → (field, offset, width) of fixed writings; "-" and "/" and "." alike, blank or T before the time
_LAYOUTS: dict[int, tuple[tuple[int, int, int], ...]] = {
    8: ((0, 0, 4), (1, 4, 2), (2, 6, 2)),
    10: ((0, 0, 4), (1, 5, 2), (2, 8, 2)),
    12: ((0, 0, 4), (1, 4, 2), (2, 6, 2), (3, 8, 2), (4, 10, 2)),
    14: ((0, 0, 4), (1, 4, 2), (2, 6, 2), (3, 8, 2), (4, 10, 2), (5, 12, 2)),
    16: ((0, 0, 4), (1, 5, 2), (2, 8, 2), (3, 11, 2), (4, 14, 2)),
    19: ((0, 0, 4), (1, 5, 2), (2, 8, 2), (3, 11, 2), (4, 14, 2), (5, 17, 2)),
}
_SEPARATOR = np.zeros(256, bool)
_SEPARATOR[[45, 46, 47]] = True


def _fixed(
    texts: Texts, at: NDArray[np.int64], length: int, layout: tuple[tuple[int, int, int], ...], fields: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Fill `fields` of the cells in this layout; returns which they were."""
    text = texts.matrix(texts.starts[at], length)
    places = np.concatenate([np.arange(offset, offset + width) for _, offset, width in layout])
    good = all_digits(text[:, places])
    if length in (10, 16, 19):
        good &= _SEPARATOR[text[:, 4]] & (text[:, 4] == text[:, 7])
    if length in (16, 19):
        good &= ((text[:, 10] == 32) | (text[:, 10] == 84)) & (text[:, 13] == 58)
    if length == 19:
        good &= text[:, 16] == 58
    if not good.all():
        at, text = at[good], text[good]
    read = np.zeros((len(at), 6), np.int64)
    for (field, _, _), value in zip(layout, numbers(text, tuple((o, o + w) for _, o, w in layout)), strict=True):
        read[:, field] = value
    real = _real(read)
    fields[at[real]] = read[real]
    return at[real]


def _real(read: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where year, month, day, hour, minute, second exist."""
    year, month, day = read[:, 0], read[:, 1], read[:, 2]
    good = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    longest = _LENGTHS[np.where(good, month, 0)] + ((month == 2) & leap)
    result: NDArray[np.bool_] = good & (day <= longest) & (read[:, 3] <= 24) & (read[:, 4] <= 59) & (read[:, 5] <= 60)
    return result


def _epochs(
    texts: Texts,
    at: NDArray[np.int64],
    fields: NDArray[np.int64],
    valid: NDArray[np.bool_],
    timed: NDArray[np.bool_],
    counted: NDArray[np.bool_],
) -> None:
    """Ten digits from 2001 on (1.0e9 s) or thirteen (milliseconds)."""
    for length in (10, 13):
        chosen = at[texts.lengths[at] == length]
        if not len(chosen):
            continue
        digits = texts.matrix(texts.starts[chosen], length) - 48
        chosen = chosen[(digits < 10).all(axis=1) & (digits[:, 0] == 1)]
        if not len(chosen):
            continue
        digits = (texts.matrix(texts.starts[chosen], length) - 48).astype(np.int64)
        seconds = np.zeros(len(chosen), np.int64)
        for place in range(10):
            seconds = seconds * 10 + digits[:, place]
        days = (seconds // 86400).astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        fields[chosen, 0] = days.astype("datetime64[Y]").astype(np.int64) + 1970
        fields[chosen, 1] = months.astype(np.int64) % 12 + 1
        fields[chosen, 2] = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
        fields[chosen, 3] = seconds % 86400 // 3600
        fields[chosen, 4] = seconds % 3600 // 60
        fields[chosen, 5] = seconds % 60
        valid[chosen] = timed[chosen] = counted[chosen] = True


def _loose(
    texts: Texts, at: NDArray[np.int64], fields: NDArray[np.int64], valid: NDArray[np.bool_], timed: NDArray[np.bool_]
) -> None:
    """The writings without fixed places, by RE2 over the remaining cells that begin with a digit."""
    if not len(at):
        return
    part = texts.folded.take(pa.array(at))
    found = pc.extract_regex(part, _WRITTEN)
    good = found.is_valid().to_numpy(zero_copy_only=False)
    if good.any():
        groups = {name: found.field(name).filter(pa.array(good)) for name in ("y", "m", "d", "h", "i", "s", "half", "half2")}
        read = np.stack([_numbers(groups[name]) for name in ("y", "m", "d", "h", "i", "s")], axis=1)
        clock = pc.not_equal(groups["h"], "").to_numpy(zero_copy_only=False)
        halves = pc.utf8_lower(pc.binary_join_element_wise(groups["half"], groups["half2"], ""))
        after = pc.is_in(halves, pa.array(["下午", "晚上", "pm"])).to_numpy(zero_copy_only=False) & (read[:, 3] < 12)
        read[after, 3] += 12
        _keep(at[good], read, clock, fields, valid, timed)
    at = at[~good]
    if not len(at):
        return
    found = pc.extract_regex(texts.folded.take(pa.array(at)), _TURNED)
    good = found.is_valid().to_numpy(zero_copy_only=False)
    if not good.any():
        return
    groups = {name: found.field(name).filter(pa.array(good)) for name in ("a", "b", "y", "h", "i", "s")}
    first, second, year, hour, minute, late = (_numbers(groups[name]) for name in ("a", "b", "y", "h", "i", "s"))
    # month first unless that is none; decided cell by cell, so that no cut of the column changes a value
    turned = first > 12
    read = np.stack([year, np.where(turned, second, first), np.where(turned, first, second), hour, minute, late], axis=1)
    _keep(at[good], read, pc.not_equal(groups["h"], "").to_numpy(zero_copy_only=False), fields, valid, timed)


def _keep(
    at: NDArray[np.int64],
    read: NDArray[np.int64],
    clock: NDArray[np.bool_],
    fields: NDArray[np.int64],
    valid: NDArray[np.bool_],
    timed: NDArray[np.bool_],
) -> None:
    real = _real(read)
    fields[at[real]] = read[real]
    valid[at[real]] = True
    timed[at[real]] = clock[real]


def _numbers(texts: pa.StringArray) -> NDArray[np.int64]:
    """Digits as int64, "" as 0."""
    filled = pc.if_else(pc.equal(texts, ""), "0", texts)
    result: NDArray[np.int64] = pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False)
    return result
