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
    _, titles, body = files("detectors.lexicons").joinpath(f"{name}.tsv").read_text(encoding="utf-8").split("\n", 2)
    named = titles.split("\t")
    cells = body.rstrip("\n").replace("\n", "\t").split("\t")
    return {title: tuple(cells[place :: len(named)]) for place, title in enumerate(named)}


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
