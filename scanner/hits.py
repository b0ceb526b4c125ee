"""From matches to hits: what each cell of a column holds, as parallel arrays, and what stands inside free text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.detector import Detector
from detectors.base.excerpts import some
from detectors.base.matches import Evidence, Matches, Needed
from detectors.base.texts import Texts
from scanner.allow import NOTHING_ALLOWED, Allow
from scanner.keyed_hash import Hashes, Key, hash_strings

NOTHING, HIT, MASKED, INVALID, ALLOWED, SAMPLE = 0, 1, 2, 3, 4, 5
STATES = 6
_MASKED, _DUMMY = np.uint16(Evidence.MASKED), np.uint16(Evidence.DUMMY)


@dataclass(frozen=True, slots=True, repr=False)
class Cells:
    """What the cells of one column are. All arrays have one entry per cell.

    state    NOTHING, HIT, MASKED, INVALID (fails its checks, damaged), SAMPLE (a published sample, a placeholder) or ALLOWED (on
             the user's list)
    which    index of the detector (among the column's) that claimed the cell, −1 for none
    value    keyed hash of the canonical value, 0 where there is none
    more_row, more_which, more_value   further hits in the same cells (two numbers in one cell)
    canonical  the values themselves (chunk-bound, never stored), row-aligned through `at`
    at       rows that `canonical` belongs to
    """

    state: NDArray[np.uint8]
    which: NDArray[np.int16]
    value: Hashes
    more_row: NDArray[np.int64]
    more_which: NDArray[np.int16]
    more_value: Hashes
    canonical: pa.StringArray
    at: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"Cells({len(self.state)})"

    def take(self, index: NDArray[np.int64]) -> Cells:
        """The cells of the rows whose distinct text is at `index`: undoes a dictionary encoding."""
        more_row, more_from = spread(self.more_row, index, len(self.state))
        position = np.full(len(self.state), -1, np.int64)
        position[self.at] = np.arange(len(self.at))
        where = position[index]
        at = np.flatnonzero(where >= 0)
        return Cells(
            self.state[index],
            self.which[index],
            self.value[index],
            more_row,
            self.more_which[more_from],
            self.more_value[more_from],
            self.canonical.take(pa.array(where[at])),
            at,
        )


def spread(rows: NDArray[np.int64], index: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sparse entries of distinct cells → one entry per row that shows the cell. Returns (row, entry)."""
    if not len(rows):
        return rows, rows
    order = np.argsort(index, kind="stable")
    first = np.searchsorted(index[order], np.arange(size))
    last = np.searchsorted(index[order], np.arange(size), side="right")
    times = last[rows] - first[rows]
    entry = np.repeat(np.arange(len(rows)), times)
    step = np.arange(len(entry)) - np.repeat(np.cumsum(times) - times, times)
    return order[first[rows[entry]] + step], entry


def classify(
    texts: Texts, detectors: Sequence[Detector], needed: Sequence[Needed], key: Key, allow: Allow = NOTHING_ALLOWED
) -> Cells:
    """Each cell goes to the first detector whose evidence suffices there; else to the first that finds it masked or invalid."""
    count = len(texts)
    state = np.zeros(count, np.uint8)
    which = np.full(count, -1, np.int16)
    value = np.zeros(count, np.uint64)
    kept: list[tuple[NDArray[np.int64], pa.StringArray]] = []
    more: list[tuple[NDArray[np.int64], int, Hashes]] = []
    weak: list[tuple[int, Matches]] = []
    for number, (detector, evidence) in enumerate(zip(detectors, needed, strict=True)):
        matches = detector.find(texts)
        if not len(matches):
            continue
        good = matches.having(evidence) & (state[matches.row] == NOTHING)
        hits = matches if good.all() else matches.take(good)
        if len(hits):
            hashes = hash_strings(hits.value, key)
            first = np.ones(len(hits), bool)
            first[1:] = hits.row[1:] != hits.row[:-1]
            rows = hits.row[first]
            state[rows], which[rows], value[rows] = HIT, number, hashes[first]
            if detector.kind in allow.values:
                state[rows[np.isin(hashes[first], allow.values[detector.kind])]] = ALLOWED
            kept.append((rows, hits.value if first.all() else hits.value.filter(pa.array(first))))
            if not first.all():
                again = ~first & (hashes != value[hits.row])
                more.append((hits.row[again], number, hashes[again]))
        if len(hits) < len(matches):
            weak.append((number, matches.take(~good)))
    for number, matches in weak:
        open_rows = state[matches.row] == NOTHING
        matches = matches.take(open_rows)
        if not len(matches):
            continue
        masked = (matches.evidence & _MASKED) != 0
        rows = matches.row[~masked]
        state[rows], which[rows] = SAMPLE, number
        state[matches.row[~masked & ((matches.evidence & _DUMMY) == 0)]] = INVALID
        value[rows] = hash_strings(matches.value, key)[~masked]
        rows = matches.row[masked]
        state[rows], which[rows] = MASKED, number
        value[rows] = hash_strings(matches.value, key)[masked]
    at = np.concatenate([rows for rows, _ in kept]) if kept else np.zeros(0, np.int64)
    canonical = pa.concat_arrays([part for _, part in kept]) if kept else pa.array([], pa.string())
    return Cells(
        state,
        which,
        value,
        np.concatenate([rows for rows, _, _ in more]) if more else np.zeros(0, np.int64),
        np.concatenate([np.full(len(rows), number, np.int16) for rows, number, _ in more]) if more else np.zeros(0, np.int16),
        np.concatenate([hashes for _, _, hashes in more]) if more else np.zeros(0, np.uint64),
        canonical,
        at,
    )


@dataclass(frozen=True, slots=True, repr=False)
class TextHits:
    """Hits inside the free text of one column: sparse, sorted by row and place. which: index in the given detectors.

    allowed: rows of hits dropped because their value is on the user's list. samples: rows and detectors of published samples that
    would be hits if they were not.
    """

    row: NDArray[np.int64]
    which: NDArray[np.int16]
    value: Hashes
    start: NDArray[np.int64]
    canonical: pa.StringArray
    allowed: NDArray[np.int64]
    samples: tuple[NDArray[np.int64], NDArray[np.int16]]

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"TextHits({len(self)})"


def search(texts: Texts, detectors: Sequence[Detector], key: Key, allow: Allow = NOTHING_ALLOWED, serial: int = 0) -> TextHits:
    """Hits inside text by evidence that suffices alone. Overlaps: the longer span, then the earlier detector, wins."""
    found: list[Matches] = []
    which: list[NDArray[np.int16]] = []
    sample_rows: list[NDArray[np.int64]] = []
    sample_kinds: list[NDArray[np.int16]] = []
    telling, telling_rows = _telling(texts, serial)
    coded, coded_rows = _coded(telling)
    coded_rows = telling_rows[coded_rows]
    for number, detector in enumerate(detectors):
        shown, rows = (coded, coded_rows) if detector.coded else (telling, telling_rows)
        if detector.alone is None or not len(shown):
            continue
        matches = detector.find(shown)
        if len(matches):
            matches = replace(matches, row=rows[matches.row])
            known = _samples(matches, detector.alone)
            if known.any():
                sample_rows.append(matches.row[known])
                sample_kinds.append(np.full(int(known.sum()), number, np.int16))
            matches = matches.take(matches.having(detector.alone))
            found.append(matches)
            which.append(np.full(len(matches), number, np.int16))
    samples = (
        np.concatenate(sample_rows) if sample_rows else np.zeros(0, np.int64),
        np.concatenate(sample_kinds) if sample_kinds else np.zeros(0, np.int16),
    )
    if not found or not sum(map(len, found)):
        none = Matches.none()
        return TextHits(none.row, np.zeros(0, np.int16), np.zeros(0, np.uint64), none.start, none.value, none.row, samples)
    row = np.concatenate([m.row for m in found])
    start = np.concatenate([m.start for m in found])
    end = np.concatenate([m.end for m in found])
    kind = np.concatenate(which)
    value = pa.concat_arrays([m.value for m in found])
    order = np.lexsort((kind, start - end, start, row))
    row, start, end, kind = row[order], start[order], end[order], kind[order]
    keep = _without_overlaps(row, start, end)
    row, start, kind, chosen = row[keep], start[keep], kind[keep], value.take(pa.array(order[keep]))
    hashes = hash_strings(chosen, key)
    known = np.zeros(len(row), bool)
    for number, detector in enumerate(detectors):
        if detector.kind in allow.values:
            known |= (kind == number) & np.isin(hashes, allow.values[detector.kind])
    new = ~known
    return TextHits(row[new], kind[new], hashes[new], start[new], chosen.filter(pa.array(new)), row[known], samples)


def _samples(matches: Matches, needed: Needed) -> NDArray[np.bool_]:
    """Where a published sample stands that would be a hit if it were none. Its check digit may be wrong (…199001011234)."""
    flags = matches.evidence
    known = (flags & _DUMMY) != 0
    if not known.any():
        return np.zeros(len(flags), bool)
    told = flags | np.uint16(Evidence.CHECKSUM | Evidence.LEXICON)  # a sample is told by what it is
    met = np.zeros(len(flags), bool)
    for one in needed if isinstance(needed, tuple) else (needed,):
        met |= (told & np.uint16(one)) == one
    return np.asarray(known & met & ((flags & _MASKED) == 0), bool)


_PLAIN = (  # a number of up to six digits, a date, a time: no identifier can stand in it
    r"^(?:[-+]?[0-9,]{0,7}(?:\.[0-9]{0,6})?%?"
    r"|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)$"
)


def _telling(texts: Texts, serial: int) -> tuple[Texts, NDArray[np.int64]]:
    """The cells that may hold an identifier, and their rows: neither empty, nor a plain number, date or time, nor a serial."""
    if not texts.ascii:
        told = texts.lengths > 0
    elif serial:
        told = texts.lengths > 0
        runs = texts.runs
        told[runs.row[runs.digits & (runs.end - runs.start == serial) & (texts.lengths[runs.row] == serial)]] = False
    else:
        told = ~pc.match_substring_regex(texts.folded, _PLAIN).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(told)
    return some(texts, rows), rows


_TIES = np.zeros(256, bool)
_TIES[np.frombuffer(b" -._()", np.uint8)] = True
RUN = 5  # letters or digits in a row that a code has at least, see `Detector.coded`


def _coded(texts: Texts) -> tuple[Texts, NDArray[np.int64]]:
    """The cells, and their rows, in which a code may stand: a run of five, digits in groups, or an @."""
    runs, data = texts.runs, texts.data
    may = np.zeros(len(texts), bool)
    may[runs.row[runs.end - runs.start >= RUN]] = True
    grouped = (runs.start[1:] - runs.end[:-1] == 1) & (runs.row[1:] == runs.row[:-1])
    grouped[grouped] = _TIES[data[runs.end[:-1][grouped]]]
    may[runs.row[1:][grouped]] = True
    at_signs = np.flatnonzero(data == 64)
    may[np.searchsorted(texts.offsets, at_signs, side="right") - 1] = True
    rows = np.flatnonzero(may)
    return some(texts, rows), rows


def _without_overlaps(row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of spans sorted by row, start and falling length: those that do not begin inside an earlier kept one."""
    far = row * (int(end.max()) + 1)  # one number line over all rows
    reach = np.maximum.accumulate(np.concatenate([[-1], (far + end)[:-1]]))
    return (far + start) >= reach
