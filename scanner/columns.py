"""What is told of each column in the report: cells, hits, distinct values, one masked example."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base.texts import filled
from scanner.hits import ALLOWED, HIT, INVALID, MASKED, SAMPLE, STATES, Cells, TextHits
from scanner.model import Finding, Inside
from scanner.profile import ColumnProfile, TableProfile
from scanner.roster_titles import shown_titles
from scanner.tally_builder import DistinctBuilder

DISTINCT = 1 << 17  # distinct values of a column counted exactly; beyond, an estimate with a standard error of 0.3 %


class Columns:
    """Counts per column, over all chunks of one table."""

    def __init__(self, profile: TableProfile) -> None:
        width = len(profile.columns)
        self.profile = profile
        self.rows = 0
        self._dropped = 0
        self._cells = [0] * width
        self._states = np.zeros((width, STATES), np.int64)
        self._distinct = [DistinctBuilder(DISTINCT) for _ in range(width)]
        self._examples = [""] * width
        self._inside: dict[tuple[int, str], tuple[int, str, int]] = {}

    def cells(self, index: int, array: pa.StringArray) -> None:
        self._cells[index] += int(np.count_nonzero(filled(array)))

    def claimed(self, column: ColumnProfile, cells: Cells, index: NDArray[np.int64] | None) -> None:
        """cells: of the chunk, or of its dictionary with `index` into it."""
        state = cells.state if index is None else cells.state[index]
        own = (cells.which <= 0) if index is None else (cells.which <= 0)[index]
        self._states[column.index] += np.bincount(state[own], minlength=STATES)
        self._distinct[column.index].add(cells.value[(cells.state == HIT) & (cells.which == 0)])
        for number, detector in enumerate(column.detectors[1:], 1):
            hits = (
                int(((cells.which == number) & (cells.state == HIT)).sum())
                if index is None
                else int(((cells.which == number) & (cells.state == HIT))[index].sum())
            )
            if hits:
                at = np.flatnonzero(cells.which[cells.at] == number)
                self._note(column.index, detector.kind, hits, detector.mask(cells.canonical[int(at[0])].as_py()))
        if not self._examples[column.index]:
            at = np.flatnonzero(cells.which[cells.at] == 0)
            if len(at):
                self._examples[column.index] = column.detectors[0].mask(cells.canonical[int(at[0])].as_py())

    def inside(self, column: ColumnProfile, found: TextHits, index: NDArray[np.int64] | None) -> None:
        times = np.bincount(index) if index is not None else None
        self._dropped += len(found.allowed) if times is None else int(times[found.allowed].sum())
        for number, detector in enumerate(column.inside):
            at = np.flatnonzero(found.which == number)
            if len(at):
                hits = len(at) if times is None else int(times[found.row[at]].sum())
                self._note(column.index, detector.kind, hits, detector.mask(found.canonical[int(at[0])].as_py()))
            rows = found.samples[0][found.samples[1] == number]
            if len(rows):
                self._note(column.index, detector.kind, 0, "", len(rows) if times is None else int(times[rows].sum()))

    def _note(self, column: int, kind: str, hits: int, example: str, samples: int = 0) -> None:
        before, shown, known = self._inside.get((column, kind), (0, "", 0))
        self._inside[column, kind] = (before + hits, shown or example, known + samples)

    @property
    def suppressed(self) -> int:
        """Hits that the user's list accepts: seen, and not counted."""
        whole = sum(self._cells[c.index] for c in self.profile.columns if c.suppressed)
        return whole + self._dropped + int(self._states[:, ALLOWED].sum())

    def findings(self) -> tuple[Finding, ...]:
        made = []
        titles = shown_titles(self.profile.columns)
        for column, title in zip(self.profile.columns, titles, strict=True):
            n = column.index
            states = self._states[n]
            made.append(
                Finding(
                    index=n,
                    header=title,
                    kind=column.kind,
                    evidence=column.evidence.names(),
                    subject=column.subject,
                    cells=self._cells[n],
                    hits=int(states[HIT]),
                    distinct=len(self._distinct[n].set()),
                    masked=int(states[MASKED]),
                    invalid=int(states[INVALID]),
                    samples=int(states[SAMPLE]),
                    example=self._examples[n],
                    why=column.why,
                )
            )
        return tuple(made)

    def insides(self) -> tuple[Inside, ...]:
        return tuple(
            Inside(column, kind, hits, example, samples)
            for (column, kind), (hits, example, samples) in sorted(self._inside.items())
        )
