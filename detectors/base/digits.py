"""Checks on byte matrices: check characters, calendar dates and numbers read from many strings at once.

Every kernel takes a `uint8` matrix [n, length] of ASCII bytes, one string a row (see `taken`, `bytes_of`, `aligned`), and
returns an array [n]. Nothing here raises on odd bytes: what is not a digit simply fails.

Kernels go through a matrix column by column, so they are fastest on one whose columns lie in one piece, as `taken` makes it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ZERO = np.uint8(48)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NONE = 255  # of a character outside the alphabet


def _values(pairs: dict[str, int]) -> NDArray[np.uint16]:
    table = np.full(256, _NONE, np.uint16)
    for char, value in pairs.items():
        table[ord(char)] = value
    return table


# GB 11643-1999: weights 2**(18-i) mod 11 (ISO 7064 MOD 11-2)
_WEIGHTS_11_2 = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS_11_2 = np.frombuffer(b"10X98765432", np.uint8)

# GB 32100-2015: 31 characters without I O S V Z, weights 3**(i-1) mod 31
_VALUES_31 = _values({c: i for i, c in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")})
_WEIGHTS_31 = tuple(pow(3, i, 31) for i in range(17))

# GB 11714-1997: letters count 10–35
_VALUES_36 = _values({c: i for i, c in enumerate(_ALPHABET)})
_WEIGHTS_11714 = (3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS_11714 = np.frombuffer(b"0X987654321", np.uint8)

# GB 16735-2019: letters without I O Q; the ninth character is the check and weighs nothing
_VALUES_VIN = _values(
    {c: int(v) for c, v in zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789", strict=True)}
)
_WEIGHTS_VIN = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECKS_VIN = np.frombuffer(b"0123456789X", np.uint8)


def _month_days() -> Bools:
    """[2, 10000]: whether mmdd is a day of a common year, of a leap year."""
    table = np.zeros((2, 10_000), bool)
    for leap in (0, 1):
        for month, days in enumerate((31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1):
            table[leap, month * 100 + 1 : month * 100 + days + 1] = True
    return table


_MONTH_DAYS = _month_days()


def taken(data: Bytes, start: Ints, width: int) -> Bytes:
    """The bytes [n, width] at these offsets (the caller has made sure that they exist), each column in one piece."""
    columns = np.empty((width, len(start)), np.uint8)
    for place in range(width):
        np.take(data, start + place, out=columns[place], mode="clip")
    return columns.T


def bytes_of(array: pa.StringArray, length: int) -> Bytes:
    """The bytes [n, length] of strings that all have this length (the caller has made sure)."""
    count = len(array)
    buffer = array.buffers()[2]
    if not count or not length or buffer is None:
        return np.zeros((count, length), np.uint8)
    first = int(np.frombuffer(array.buffers()[1], np.int32)[array.offset])
    return np.frombuffer(buffer, np.uint8)[first : first + count * length].reshape(count, length)


def aligned(data: Bytes, start: Ints, end: Ints, width: int) -> Bytes:
    """Spans of up to `width` bytes as a matrix [n, width], to the right, filled with "0" on the left. Leading zeros change
    neither a number nor a Luhn sum, so spans of several lengths go through one kernel."""
    columns = np.empty((width, len(start)), np.uint8)
    for place in range(width):
        at = end - (width - place)
        columns[place] = np.where(at >= start, data[np.maximum(at, 0)], ZERO) if len(data) else ZERO
    return columns.T


def upper(matrix: Bytes) -> Bytes:
    """ASCII letters in upper case."""
    return np.asarray(matrix - (((matrix - np.uint8(97)) < 26) * np.uint8(32)), np.uint8)


def _columns(matrix: Bytes) -> Bytes:
    """[length, n]: the columns, each in one piece; no copy where they are so already."""
    return np.ascontiguousarray(matrix.T)


def all_digits(matrix: Bytes) -> Bools:
    """Whether a row has nothing but 0–9."""
    right = np.ones(len(matrix), bool)
    for column in _columns(matrix):
        right &= (column - ZERO) < 10
    return right


def equal(matrix: Bytes, row: Bytes) -> Bools:
    """Which rows are this one [length]."""
    same = np.ones(len(matrix), bool)
    for column, byte in zip(_columns(matrix), row, strict=True):
        same &= column == byte
    return same


def repeated(matrix: Bytes) -> Bools:
    """Which rows are one character over and over."""
    columns = _columns(matrix)
    same = np.ones(len(matrix), bool)
    for column in columns[1:]:
        same &= column == columns[0]
    return same


def _sums(columns: Bytes, weights: tuple[int, ...], values: NDArray[np.uint16] | None = None) -> NDArray[np.uint16]:
    """Weighted sums of digits, or of the values of characters. At most 36 · 30 · 17 < 2**16."""
    total = np.zeros(columns.shape[1], np.uint16)
    for column, weight in zip(columns, weights, strict=False):
        if weight:
            total += (values[column] if values is not None else (column - ZERO).astype(np.uint16)) * np.uint16(weight)
    return total


def _within(columns: Bytes, values: NDArray[np.uint16]) -> Bools:
    """Which rows have only characters of the alphabet."""
    held = values < _NONE
    right = np.ones(columns.shape[1], bool)
    for column in columns:
        right &= held[column]
    return right


def number(matrix: Bytes) -> Ints:
    """The rows (digits, up to 18) as integers; of a row that is not all digits, some integer."""
    value = np.zeros(len(matrix), np.int64)
    for column in _columns(matrix):
        value *= 10
        value += column - ZERO
    return value


def numbers(matrix: Bytes, spans: tuple[tuple[int, int], ...]) -> list[NDArray[np.int32]]:
    """Several ranges of columns (each up to 7 digits) of all rows as integers ≥ 0; modulo 10**digits where a byte is no digit."""
    found = []
    for first, last in spans:
        value = np.zeros(len(matrix), np.int32)
        for column in _columns(matrix[:, first:last]):
            value *= 10
            value += column - ZERO
        found.append(value % np.int32(10 ** (last - first)))
    return found


def check_11_2(matrix: Bytes) -> Bytes:
    """The check character (ASCII 0–9 or X) of 17 digits [n, 17]. GB 11643-1999, ISO 7064 MOD 11-2."""
    return _CHECKS_11_2[_sums(_columns(matrix[:, :17]), _WEIGHTS_11_2) % 11]


def mod_11_2(matrix: Bytes) -> Bools:
    """Whether 17 digits and a check character [n, 18] agree; a small x counts as X. GB 11643-1999."""
    last = matrix[:, 17]
    return np.asarray(check_11_2(matrix) == np.where(last == 120, np.uint8(88), last), bool)


def calendar(year: NDArray[np.int32], month_day: NDArray[np.int32], first: int = 19000101, last: int | None = None) -> Bools:
    """Whether year and mmdd make a day between `first` and `last` (yyyymmdd; today if not said)."""
    if last is None:
        now = date.today()
        last = now.year * 10_000 + now.month * 100 + now.day
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    whole = year * 10_000 + month_day
    known = (month_day >= 0) & (month_day < 10_000)
    right = _MONTH_DAYS[leap.astype(np.intp), np.where(known, month_day, 0)]
    return np.asarray(known & right & (whole >= first) & (whole <= last), bool)


def dates(matrix: Bytes, first: int = 19000101, last: int | None = None) -> Bools:
    """Whether yyyymmdd [n, 8] is a day between `first` and `last` (yyyymmdd; today if not said)."""
    year, month_day = numbers(matrix, ((0, 4), (4, 8)))
    return calendar(year, month_day, first, last) & all_digits(matrix)


def days(year: NDArray[np.int32], month_day: NDArray[np.int32]) -> NDArray[np.datetime64]:
    """Valid calendar days as `datetime64[D]`."""
    months = (year.astype(np.int64) - 1970) * 12 + month_day // 100 - 1
    return np.asarray(months.astype("datetime64[M]").astype("datetime64[D]") + (month_day % 100 - 1).astype("timedelta64[D]"))


def luhn(matrix: Bytes) -> Bools:
    """Whether the digits [n, length] (any length; see `aligned`) satisfy the Luhn formula of ISO/IEC 7812-1."""
    total = np.zeros(len(matrix), np.uint16)
    width = matrix.shape[1]
    odd = np.zeros(len(matrix), bool)
    for place, column in enumerate(_columns(matrix)):
        digit = column - ZERO
        odd |= digit > 9
        if (width - place) % 2 == 0:
            over = digit > 4
            digit = digit * np.uint8(2)
            digit -= over * np.uint8(9)
        total += digit
    return np.asarray((total % 10 == 0) & ~odd, bool)


def mod_31_3(matrix: Bytes) -> Bools:
    """Whether 18 upper-case characters satisfy the check of the unified social credit code. GB 32100-2015."""
    columns = _columns(matrix)
    expected = (31 - _sums(columns[:17], _WEIGHTS_31, _VALUES_31) % 31) % 31
    return np.asarray(_within(columns, _VALUES_31) & (_VALUES_31[columns[17]] == expected), bool)


def gb_11714(matrix: Bytes) -> Bools:
    """Whether eight characters and a check character [n, 9] make an organisation code. GB 11714-1997."""
    columns = _columns(matrix)
    expected = _CHECKS_11714[_sums(columns[:8], _WEIGHTS_11714, _VALUES_36) % 11]
    return np.asarray(_within(columns[:8], _VALUES_36) & (expected == columns[8]), bool)


def vin(matrix: Bytes) -> Bools:
    """Whether 17 upper-case characters satisfy the check of a vehicle identification number. GB 16735-2019, ISO 3779."""
    columns = _columns(matrix)
    expected = _CHECKS_VIN[_sums(columns, _WEIGHTS_VIN, _VALUES_VIN) % 11]
    return np.asarray(_within(columns, _VALUES_VIN) & (expected == columns[8]), bool)


def mod_7_3_1(matrix: Bytes) -> Bools:
    """Whether the last digit checks the upper-case characters before it: weights 7, 3, 1 in turn, A = 10, modulo 10
    (ICAO Doc 9303 part 3)."""
    columns = _columns(matrix)
    weights = tuple((7, 3, 1)[place % 3] for place in range(len(columns) - 1))
    expected = _sums(columns[:-1], weights, _VALUES_36) % 10
    return np.asarray(_within(columns[:-1], _VALUES_36) & (expected == columns[-1] - ZERO), bool)


def eighteen(matrix: Bytes) -> Bytes:
    """Fifteen-digit resident numbers [n, 15] in their 18-character form [n, 18]: the century 19 is put in and the check
    character added (GB 11643-1999; fifteen digits were given until 1999)."""
    out = np.empty((18, len(matrix)), np.uint8).T
    out[:, :6] = matrix[:, :6]
    out[:, 6] = 49
    out[:, 7] = 57
    out[:, 8:17] = matrix[:, 6:]
    out[:, 17] = check_11_2(out)
    return out


def lengths(array: pa.StringArray) -> Ints:
    """Bytes of each string."""
    return np.asarray(pc.binary_length(array).to_numpy(zero_copy_only=False), np.int64)
