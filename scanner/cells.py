"""Cells as text, the way a person would read them: numbers without exponent or `.0`, ISO dates, nothing for nothing.

A table read from Excel, from a CSV export of it and from a DataFrame must show the same text for the same value, since
values are compared as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scanner.model import Chunk, Table

if TYPE_CHECKING:
    import pandas as pd

CHUNK_ROWS = 1 << 16
_EXACT = 2.0**53  # above, a float no longer tells two neighbouring integers apart


def cell_text(value: object) -> str:
    """One value as cell text. None, NaN and NaT are "", 13812345678.0 is "13812345678", midnight is a plain date.

    >>> cell_text(4.40308199901101e17), cell_text(1e-7), cell_text(datetime(2026, 9, 1, 8, 23))
    ('440308199901101000', '0.0000001', '2026-09-01 08:23:00')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return _float_text(float(value))
    if isinstance(value, Decimal):
        return _plain(value) if value.is_finite() else ""
    if isinstance(value, datetime):
        # NaT is a datetime in name only: it is unequal to itself
        return _moment(value) if value == value else ""
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (list, tuple, set, frozenset)):
        return "; ".join(cell_text(v) for v in value)
    text = str(value)
    return "" if text in ("<NA>", "NaT") else text


def _float_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return _plain(Decimal(repr(value)))


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: datetime) -> str:
    if not (value.hour or value.minute or value.second or value.microsecond) and value.tzinfo is None:
        return value.date().isoformat()
    text = value.isoformat(" ")
    return text.rstrip("0") if "." in text and value.tzinfo is None else text


def float_column(values: NDArray[np.float64]) -> pa.StringArray:
    """A column of floats as text; NaN and infinities are ""."""
    finite = np.isfinite(values)
    whole = finite & (np.abs(values) < _EXACT) & (np.trunc(values) == values)
    integers = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    result = pc.if_else(pa.array(whole), integers, pa.scalar("", pa.string()))
    rest = finite & ~whole
    if rest.any():
        # the shortest decimal that means this float, never '%.0f': it would invent digits
        texts = pa.array([_plain(Decimal(repr(v))) for v in values[rest].tolist()], pa.string())
        result = pc.replace_with_mask(result, pa.array(rest), texts)
    return result


def value_column(values: Sequence[object] | NDArray[Any] | pd.Series[Any]) -> pa.StringArray:
    """Any column of values as a string array without nulls."""
    array: Any
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([cell_text(v) for v in values], pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return arrow_column(array)


def arrow_column(array: Any) -> pa.StringArray:
    """An Arrow array of any type as a string array without nulls."""
    kind: Any = array.type
    if pa.types.is_dictionary(kind):
        return _no_nulls(arrow_column(array.dictionary).take(array.indices))
    if pa.types.is_string(kind):
        return _no_nulls(array)
    if pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return _no_nulls(array.cast(pa.string()))
    if pa.types.is_floating(kind):
        return float_column(np.asarray(array.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64))
    if pa.types.is_timestamp(kind) and kind.tz is None:
        # "2026-09-01 08:23:00.000000" → without the empty fraction, and a midnight as a date
        texts = pc.replace_substring_regex(array.cast(pa.string()), r"(?:(\.\d*?)0+)$", r"\1")
        texts = pc.replace_substring_regex(texts, r"\.$", "")
        return _no_nulls(pc.replace_substring_regex(texts, r" 00:00:00$", ""))
    if pa.types.is_date(kind) or pa.types.is_boolean(kind):
        return _no_nulls(array.cast(pa.string()))
    return pa.array([cell_text(v) for v in array.to_pylist()], pa.string())


def _no_nulls(array: Any) -> pa.StringArray:
    filled: pa.StringArray = pc.fill_null(array, "") if array.null_count else array
    return filled


def row_columns(rows: Sequence[Sequence[str]], width: int, glue: str = " ") -> tuple[pa.StringArray, ...]:
    """Rows of cells as `width` columns: short rows padded with "", surplus cells joined to the last column."""
    even: list[Sequence[str]] = []
    for row in rows:
        if len(row) < width:
            even.append([*row, *[""] * (width - len(row))])
        elif len(row) > width:
            even.append([*row[: width - 1], glue.join(row[width - 1 :])])
        else:
            even.append(row)
    return tuple(pa.array(column, pa.string()) for column in zip(*even, strict=True)) if even else blank_columns(width)


def blank_columns(width: int, rows: int = 0) -> tuple[pa.StringArray, ...]:
    """Columns of empty cells."""
    column: pa.StringArray = pa.array([""] * rows, pa.string())
    return (column,) * width


def slices(columns: tuple[pa.StringArray, ...], first: int = 0) -> Iterator[Chunk]:
    """Whole columns as chunks of at most 65,536 rows."""
    rows = len(columns[0]) if columns else 0
    for start in range(0, rows, CHUNK_ROWS):
        yield Chunk(tuple(column.slice(start, CHUNK_ROWS) for column in columns), first + start)


def frame_table(frame: pd.DataFrame, name: str = "DataFrame") -> Table:
    """A DataFrame as a table. Column labels are the header (levels joined with " / "); labels 0 … n-1 are none.

    An index that carries data (named, or not of integers) becomes the first columns.
    """
    columns: list[pa.StringArray] = []
    titles: list[str] = []
    for level in range(frame.index.nlevels):
        index = frame.index.get_level_values(level)
        if index.name is not None or index.dtype.kind not in "iu":
            titles.append(cell_text(index.name))
            columns.append(value_column(index.to_series()))
    labels = list(frame.columns)
    for place, label in enumerate(labels):
        parts = label if isinstance(label, tuple) else (label,)
        titles.append(" / ".join(text for text in map(cell_text, parts) if text))
        columns.append(value_column(frame.iloc[:, place]))
    plain = len(titles) == len(labels) and labels == list(range(len(labels)))
    return Table(name, None if plain else tuple(titles), slices(tuple(columns)))
