"""Telephone numbers of other countries and regions: only where a cell says so by `+` or `00`; judged by libphonenumber's plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import phonenumbers
import pyarrow as pa
from numpy.typing import NDArray
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from detectors.base.matches import Evidence, Matches
from detectors.base.texts import Texts

_WRITTEN = re.compile(r"(?<![0-9A-Za-z.+*])(?:\+|00) ?([1-9][0-9]{0,3}[-) ]{0,2}[0-9][0-9() -]{4,16}[0-9])(?![0-9A-Za-z*]|\.[0-9])")
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PERSONAL_NUMBER})
_FIXED = frozenset({PhoneNumberType.FIXED_LINE})
_CHINA = 86


@dataclass(frozen=True, slots=True, repr=False)
class _Found:
    start: int
    end: int
    value: str
    mobile: bool
    plus: bool


def foreign(texts: Texts, *, mobile: bool) -> Matches:
    """Valid foreign numbers, mobile (or undecided, as in North America) or fixed. Canonical: E.164, `+85291234567`.

    Only cells that show `+` or a leading 00 before another country's code are read cell by cell. The `+` is a cue; zeros may
    also pad a serial number.
    """
    row: list[int] = []
    start: list[int] = []
    end: list[int] = []
    value: list[str] = []
    plus: list[bool] = []
    at = _candidates(texts)
    for cell, text in zip(at.tolist(), texts.rows(at), strict=True):
        for found in _read(text):
            if found.mobile == mobile:
                row.append(cell)
                start.append(found.start)
                end.append(found.end)
                value.append(found.value)
                plus.append(found.plus)
    if not row:
        return Matches.none()
    evidence = np.where(
        plus, np.uint16(Evidence.SHAPE | Evidence.PARTS | Evidence.CUE), np.uint16(Evidence.SHAPE | Evidence.PARTS)
    ).astype(np.uint16)
    return Matches(
        np.array(row, np.int64), np.array(start, np.int64), np.array(end, np.int64), evidence, pa.array(value, pa.string())
    )


def _candidates(texts: Texts) -> NDArray[np.int64]:
    """Rows with `+` or 00 before a digit that does not begin 86."""
    first, last = int(texts.offsets[0]), int(texts.offsets[-1])
    if last - first < 8:
        return np.zeros(0, np.int64)
    data = texts.data
    plus = np.flatnonzero(data[first:last] == 43) + first
    plus = plus[plus < last - 8]
    plus += data[plus + 1] == 32
    lead, after = data[plus + 1], data[plus + 2]
    plus = plus[(lead - 49 < 9) & ~((lead == 56) & (after == 54))]
    runs = texts.runs
    size = runs.end - runs.start
    zero = runs.start[runs.digits & (size >= 4) & (size <= 16)]
    zero = zero[zero < last - 8]
    if len(zero):
        zero = zero[(data[zero] == 48)]
        zero = zero[(data[zero + 1] == 48) & (data[zero + 2] - 49 < 9) & ~((data[zero + 2] == 56) & (data[zero + 3] == 54))]
    rows = np.unique(np.searchsorted(texts.offsets, np.concatenate([plus, zero]), side="right") - 1)
    return rows[texts.lengths[rows] >= 9]


def _read(text: str) -> list[_Found]:
    found = []
    for written in _WRITTEN.finditer(text):
        digits = "".join(c for c in written[1] if c.isdigit())
        if not 8 <= len(digits) <= 15 or digits[0] == "0":
            continue
        try:
            number = phonenumbers.parse("+" + digits)
        except NumberParseException:
            continue
        if number.country_code == _CHINA:
            continue
        kind = phonenumbers.number_type(number)
        if kind in _MOBILE or kind in _FIXED:
            before = len(text[: written.start()].encode())
            value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            found.append(_Found(before, before + len(written[0].encode()), value, kind in _MOBILE, written[0][0] == "+"))
    return found
