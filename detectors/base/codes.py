"""Codes that are one run of letters and digits (E12345678, H12345678, LVSHCAMB1CE054249): one way for all their detectors.

A code has a fixed length and for each place the characters allowed there. Whole columns are tested as byte matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.base import digits
from detectors.base.cues import spoken
from detectors.base.matches import Evidence, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, strings

DIGIT = "0123456789"
LETTER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALNUM = DIGIT + LETTER
PLAIN = "".join(c for c in ALNUM if c not in "IO")  # without the two letters that look like digits

Rule = Callable[[NDArray[np.uint8]], NDArray[np.uint16]]


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """One form of a code.

    places    for each place the characters allowed, upper case
    evidence  what a match of the form shows, or a rule that says so of each row of a matrix [n, length] (0: no match)
    whole     only as an entire cell
    """

    places: tuple[str, ...]
    evidence: Evidence | Rule
    whole: bool = False

    def table(self) -> NDArray[np.bool_]:
        """[length, 256]: which bytes may stand where; small letters as capitals."""
        allowed = np.zeros((len(self.places), 256), bool)
        for place, chars in enumerate(self.places):
            allowed[place, np.frombuffer((chars + chars.lower()).encode(), np.uint8)] = True
        return allowed


def form(*parts: str | tuple[str, int], evidence: Evidence | Rule, whole: bool = False) -> Form:
    """A form from its parts: `form("E", (DIGIT, 8), evidence=…)`; a bare string is one place."""
    places: list[str] = []
    for part in parts:
        chars, times = part if isinstance(part, tuple) else (part, 1)
        places += [chars] * times
    return Form(tuple(places), evidence, whole)


def finder(forms: tuple[Form, ...], cues: str = "", dummies: tuple[str, ...] = ()) -> Callable[[Texts], Matches]:
    """A `find` for these forms; the first that fits a run wins. Values in upper case. cues: a regular expression for the text
    before (flag CUE). dummies: published samples."""
    prepared = [(len(one.places), one.table(), one) for one in forms]
    samples: dict[int, list[bytes]] = {len(value): [] for value in dummies}
    for value in dummies:
        samples[len(value)].append(value.encode())

    def find(texts: Texts) -> Matches:
        runs = texts.runs
        size = runs.end - runs.start
        found = []
        for width in sorted({length for length, _, _ in prepared}):
            at = np.flatnonzero(size == width)
            if not len(at):
                continue
            row, start = runs.row[at], runs.start[at]
            # most runs of this width fail at once on their first character
            first = np.zeros(256, bool)
            for length, table, _ in prepared:
                if length == width:
                    first |= table[0]
            likely = first[texts.data[start]]
            row, start = row[likely], start[likely]
            if not len(row):
                continue
            matrix = digits.upper(digits.taken(texts.data, start, width))
            whole = (start == texts.offsets[row]) & (start + width == texts.offsets[row + 1])
            evidence = np.zeros(len(row), np.uint16)
            for length, table, one in prepared:
                if length != width:
                    continue
                fits = np.flatnonzero((evidence == 0) & (whole | (not one.whole)))
                for place in range(width):
                    fits = fits[table[place, matrix[fits, place]]]
                if len(fits):
                    flags = one.evidence(matrix[fits]) if callable(one.evidence) else np.uint16(one.evidence)
                    evidence[fits] = flags
            kept = np.flatnonzero(evidence)
            if not len(kept):
                continue
            row, start, matrix, evidence = row[kept], start[kept], matrix[kept], evidence[kept]
            for value in samples.get(width, []):
                evidence |= digits.equal(matrix, np.frombuffer(value, np.uint8)) * np.uint16(Evidence.DUMMY)
            if cues:
                evidence |= spoken(texts, row, start, start + width, cues) * np.uint16(Evidence.CUE)
            low = texts.offsets[row]
            found.append(Matches(row, start - low, start + width - low, evidence, strings(matrix)))
        return Matches.join(found)

    return find


def serial(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column of codes is one of serial or part numbers: their digits run on, or nearly all of them stand still; or None."""
    whole = (matches.start == 0) & (matches.end == texts.lengths[matches.row])
    mine = matches.take(whole)
    size = mine.end - mine.start
    if len(mine) < 5:
        return None
    width = int(np.bincount(size).argmax())
    matrix = digits.bytes_of(mine.take(size == width).value, width)
    right = (matrix - np.uint8(48)) < 10
    number = np.sort(digits.number(np.where(right, matrix, np.uint8(48))))
    if (np.diff(number) == 1).mean() >= 0.5:
        return Sentence("consecutive", "多数号码是连号，应为序列号", "most numbers follow one another: serial numbers")
    steady = (matrix == matrix[0]).mean(axis=0) >= 0.98
    if len(matrix) >= 20 and steady.sum() >= width - 4:
        zh = "号码只有末四位不同，应为序列号"
        return Sentence("serial_numbers", zh, "the numbers differ in their last four places only: serial numbers")
    return None
