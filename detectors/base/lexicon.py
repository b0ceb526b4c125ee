"""Word and code lists that ship with the detectors: read lazily, asked about whole columns.

A list is a UTF-8 file in `detectors/lexicons/`. Its first line is a comment with source, licence and date, its second the names
of the columns, then one entry a line, fields parted by tabs. `detectors/lexicons/update/` has the script that rebuilds it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@cache
def table(name: str) -> dict[str, tuple[str, ...]]:
    """The columns of `detectors/lexicons/<name>.tsv`, by title."""
    lines = files("detectors.lexicons").joinpath(f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    titles = lines[1].split("\t")
    rows = [line.split("\t") for line in lines[2:] if line]
    return {title: tuple(row[place] for row in rows) for place, title in enumerate(titles)}


def source(name: str) -> str:
    """Where a list comes from: the first line of its file, without the mark."""
    with files("detectors.lexicons").joinpath(f"{name}.tsv").open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").rstrip()


def known(values: pa.StringArray, words: pa.StringArray) -> NDArray[np.bool_]:
    """Which of the values stand in the list."""
    return np.asarray(pc.is_in(values, value_set=words).to_numpy(zero_copy_only=False), bool)


def flags(codes: tuple[str, ...] | list[str], width: int) -> NDArray[np.bool_]:
    """A list of codes of `width` digits as a table of truth values [10**width], to be indexed with numbers."""
    held = np.zeros(10**width, bool)
    held[[int(code) for code in codes]] = True
    return held
