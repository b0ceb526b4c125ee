"""The 18-character citizen number and what stands on it: parts, check character, birth date, published samples.

Residence permits of Hong Kong, Macao and Taiwan residents, student record numbers and the new card of permanent resident
foreigners are built the same way, so several detectors share this page. Source: GB 11643-1999.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base import digits, lexicon
from detectors.base.matches import Evidence

_S, _P, _C, _L = (np.uint16(flag) for flag in (Evidence.SHAPE, Evidence.PARTS, Evidence.CHECKSUM, Evidence.LEXICON))
_DUMMY, _DAMAGED = np.uint16(Evidence.DUMMY), np.uint16(Evidence.DAMAGED)

_PROVINCES = (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)

# The sample of GB 11643-1999 and its other examples, sandbox persons of UnionPay, values of public validators' tests, and
# what people type to fill a field.
SAMPLES = (
    "11010519491231002X",
    "440524188001010014",
    "53010219200508011X",
    "341126197709218366",
    "440308199901101512",
    "610104196209276908",
    "110101199003070000",
    "110105199001012345",
    "123456789012345678",
    "123456789012345670",
    "123456199001011234",
    "12345678901234567X",
)
_SAMPLES = pa.array(SAMPLES, pa.string())
_LISTED = re.compile(r"^(?:([0-9]{2})(?![0-9])| +([0-9]{4})(?![0-9]))", re.MULTILINE)  # a province, a division in it
_FILLED = np.frombuffer(b"199001011234", np.uint8)  # …19900101 1234 after any division


@cache
def provinces() -> NDArray[np.bool_]:
    """[100]: the first two digits that citizen numbers begin with."""
    held = np.zeros(100, bool)
    held[list(_PROVINCES)] = True
    return held


@cache
def divisions() -> NDArray[np.bool_]:
    """[1000000]: the six-digit division codes of any year. `divisions.tsv`, and at run time what python-stdnum adds to it."""
    held = lexicon.flags(lexicon.table("divisions")["code"], 6)
    province = ""
    for head, rest in _LISTED.findall(_stdnum_divisions()):
        province = head or province
        if rest and province:
            held[int(province + rest)] = True
    return held & np.repeat(provinces(), 10_000)


def _stdnum_divisions() -> str:
    """The list of python-stdnum, read without importing it, which would load much that nobody asks for."""
    spec = find_spec("stdnum")
    folder = next(iter(spec.submodule_search_locations or ()), "") if spec else ""
    return Path(folder, "cn", "loc.dat").read_text(encoding="utf-8")


def judge(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Evidence of 18-character numbers [n, 18] whose first 17 are digits and whose last is a digit or X.

    PARTS: a known province and a birth date from 1900 to today. CHECKSUM: the check character. LEXICON: the division is
    known, said only where the check character is right, as a known division does not mend a wrong one. DAMAGED: digits 16–18 are
    zeros, as Excel leaves them, and the check character is wrong; or nothing is left behind the division.
    """
    division, year, month_day = digits.numbers(matrix, ((0, 6), (6, 10), (10, 14)))
    parts = provinces()[division // 10_000] & digits.calendar(year, month_day)
    check = digits.mod_11_2(matrix)
    evidence = np.full(len(matrix), _S, np.uint16)
    evidence |= parts * _P
    evidence |= check * _C
    evidence |= (parts & check & divisions()[division]) * _L
    zeros = (matrix[:, 15] == 48) & (matrix[:, 16] == 48) & (matrix[:, 17] == 48)
    hollow = zeros & (year == 0) & (month_day == 0) & provinces()[division // 10_000]
    return np.asarray(evidence | ((zeros & parts & ~check) | hollow) * _DAMAGED, np.uint16)


def judge_fifteen(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Evidence of fifteen-digit numbers [n, 15], which have no check digit. PARTS: born 1900–1999; LEXICON: division known."""
    division, year, month_day = digits.numbers(matrix, ((0, 6), (6, 8), (8, 12)))
    parts = provinces()[division // 10_000] & digits.calendar(year + 1900, month_day, last=19991231)
    evidence = np.full(len(matrix), _S, np.uint16)
    evidence |= parts * _P
    return np.asarray(evidence | (parts & divisions()[division]) * _L, np.uint16)


def dummies(matrix: NDArray[np.uint8], value: pa.StringArray) -> NDArray[np.uint16]:
    """The flag DUMMY where a number [n, 18] is a published sample, a filled field (…199001011234) or one digit repeated."""
    filled = digits.equal(matrix[:, 6:], _FILLED) | digits.repeated(matrix[:, :17])
    return np.asarray((filled | lexicon.known(value, _SAMPLES)) * _DUMMY, np.uint16)


def birth_dates(value: pa.StringArray) -> NDArray[np.datetime64]:
    """The birth date in each canonical number, `datetime64[D]`, NaT where there is none.

    Read are 18 characters (digits 7–14; citizens, permits, the foreigner's card since 2023), 19 (student records, after the
    letter) and the foreigner's card until 2023 (three letters, place, yymmdd: such cards began in 2004, so a yy up to this
    year's means 20yy). Whether the number is valid is not asked.
    """
    size = digits.lengths(value)
    out = np.full(len(value), np.datetime64("NaT"), "datetime64[D]")
    for width, first in ((18, 6), (19, 7), (15, 7)):
        at = np.flatnonzero(size == width)
        if not len(at):
            continue
        matrix = digits.bytes_of(value.take(pa.array(at)), width)
        if width == 15:
            letters = ((matrix[:, :3] - np.uint8(65)) < 26).all(axis=1)
            at, matrix = at[letters], matrix[letters]
            year, month_day = digits.numbers(matrix[:, first : first + 6], ((0, 2), (2, 6)))
            year += np.where(year > date.today().year % 100, 1900, 2000).astype(np.int32)
            right = digits.calendar(year, month_day) & digits.all_digits(matrix[:, first : first + 6])
        else:
            year, month_day = digits.numbers(matrix[:, first : first + 8], ((0, 4), (4, 8)))
            right = digits.calendar(year, month_day) & digits.all_digits(matrix[:, first : first + 8])
        out[at[right]] = digits.days(year[right], month_day[right])
    return out
