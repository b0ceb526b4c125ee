"""Where did it come from: which remembered exports hold the persons of an examined file.

Files are compared by the identifiers of their persons, so a part of an export, one with its rows in another order or with columns
left out, and two exports joined into one are all found. Both sides must have been hashed under one key. Exact as long as both
tallies are; beyond, an estimate over the identifiers up to a common bound (the smallest hashes of a set are a fair sample of it,
and the same sample on both sides: Cohen and Kaplan, "Summarizing data using bottom-k sketches", 2007), with its standard error.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scanner.offboard.identifiers import Identifiers
from scanner.offboard.thresholds import Thresholds, thresholds
from scanner.tally import RANK_MASK, Hashes, Tally, unique


class Remembered(Protocol):
    """An export that was scanned before: its place, when it was first seen, SHA-256 of its bytes, owner, number of persons."""

    @property
    def path(self) -> str: ...
    @property
    def seen(self) -> datetime: ...
    @property
    def digest(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def persons(self) -> int: ...
    def identifiers(self) -> Identifiers: ...


@dataclass(frozen=True, slots=True)
class Shared:
    """Persons in common. persons: of the examined file; of_remembered: of the export; error: standard error, 0 when exact."""

    persons: int
    of_remembered: int
    exact: bool = True
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """A remembered export that holds persons of an examined file.

    shared        persons of the file that the export holds; new: those that no source named before it does
    of_remembered the same persons counted in the export, which has `persons`
    identical     byte for byte the same file
    """

    path: str
    seen: datetime
    owner: str
    shared: int
    of_remembered: int
    persons: int
    new: int = 0
    exact: bool = True
    error: float = 0.0
    identical: bool = False


@dataclass(frozen=True, slots=True)
class Lineage:
    """The sources of one file.

    sources  exports that together cover its persons, the one that covers most first
    also     further exports with the same persons, closest first; omitted: how many more of them there are
    few      exports that share too few persons to say anything: path and persons in common
    covered  persons of the file that the sources cover
    """

    sources: tuple[Origin, ...] = ()
    also: tuple[Origin, ...] = ()
    omitted: int = 0
    few: tuple[tuple[str, int], ...] = ()
    covered: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Examined:
    """A file whose sources are asked for."""

    path: str
    digest: str
    identifiers: Identifiers


@dataclass(frozen=True, slots=True, repr=False)
class _Match:
    """Which persons of the examined file are in the export; each stands for `times` persons."""

    owners: Hashes
    shared: Shared
    times: float = 1.0


def shared(examined: Tally, remembered: Identifiers) -> Shared:
    """How many of the tally's persons have any identifier among those of the remembered export."""
    return _match(Identifiers.of(examined), remembered).shared


def trace(files: Sequence[Examined], remembered: Iterable[Remembered]) -> dict[str, Lineage]:
    """The sources of each file, by its path. Every export is looked at once, however many files there are."""
    index = _Index.of([file.identifiers for file in files])
    candidates: list[list[tuple[Origin, _Match]]] = [[] for _ in files]
    few: list[list[tuple[str, int]]] = [[] for _ in files]
    rules = thresholds()
    for export in remembered:
        identifiers = export.identifiers()
        for number, persons in index.touched(identifiers.keys):
            file = files[number]
            if os.path.abspath(export.path) == os.path.abspath(file.path):
                continue
            exact = file.identifiers.exact and identifiers.exact
            # a household's phone may stand for several persons of the export; so many at most
            most = Shared(persons, persons * rules.family)
            if exact and not _tells(most, file.identifiers.persons, identifiers.persons, rules):
                few[number].append((export.path, persons))
                continue
            match = _match(file.identifiers, identifiers)
            if _tells(match.shared, file.identifiers.persons, identifiers.persons, rules):
                candidates[number].append((_origin(export, identifiers, file, match.shared), match))
            elif match.shared.persons:
                few[number].append((export.path, match.shared.persons))
    return {
        file.path: _cover(file.identifiers, found, sorted(less), rules)
        for file, found, less in zip(files, candidates, few, strict=True)
        if found or less
    }


def _match(examined: Identifiers, remembered: Identifiers) -> _Match:
    if examined.exact and remembered.exact:
        mine = unique(examined.owners[np.isin(examined.keys, remembered.keys)])
        theirs = unique(remembered.owners[np.isin(remembered.keys, examined.keys)])
        return _Match(mine, Shared(len(mine), len(theirs)))
    bound = min(examined.bound, remembered.bound)
    share = (bound + 1) / 2**64
    common = np.intersect1d(examined.keys, remembered.keys)
    common = common[: np.searchsorted(common, np.uint64(bound), side="right")]
    mine = theirs = np.zeros(0, np.uint64)
    # of a person with several identifiers each is sampled by itself, so only one kind of them gives a fair sample of persons
    for rank in unique(common & RANK_MASK):
        alike = common[(common & RANK_MASK) == rank]
        found = unique(examined.owners[np.isin(examined.keys, alike)])
        if len(found) > len(mine):
            mine, theirs = found, unique(remembered.owners[np.isin(remembered.keys, alike)])
    error = math.sqrt(len(mine) * (1 - share)) / share
    persons = min(round(len(mine) / share), examined.persons)
    return _Match(mine, Shared(persons, min(round(len(theirs) / share), remembered.persons), False, error), 1 / share)


def _tells(found: Shared, examined: int, remembered: int, rules: Thresholds) -> bool:
    """Whether persons in common are more than chance gives."""
    return found.persons >= rules.least_persons and (
        100 * found.persons >= rules.least_percent * examined or 100 * found.of_remembered >= rules.least_percent * remembered
    )


def _origin(export: Remembered, identifiers: Identifiers, file: Examined, found: Shared) -> Origin:
    return Origin(
        path=export.path,
        seen=export.seen,
        owner=export.owner,
        shared=found.persons,
        of_remembered=found.of_remembered,
        persons=identifiers.persons,
        exact=found.exact,
        error=found.error,
        identical=bool(file.digest) and export.digest == file.digest,
    )


def _cover(examined: Identifiers, found: list[tuple[Origin, _Match]], few: list[tuple[str, int]], rules: Thresholds) -> Lineage:
    """Greedy: the export that adds most persons, until none adds enough. Of equals the one that is closest to the file."""
    covered = np.zeros(0, np.uint64)
    total, sources, left = 0, [], list(found)
    while left:
        fresh = [len(np.setdiff1d(match.owners, covered, assume_unique=True)) * match.times for _, match in left]
        best = max(range(len(left)), key=lambda at: (round(fresh[at]), *_closeness(left[at][0])))
        origin, match = left[best]
        new = round(fresh[best])
        adds = Shared(new, round(new * origin.of_remembered / max(1, origin.shared)))
        if not _tells(adds, examined.persons, origin.persons, rules):
            break
        covered = np.union1d(covered, match.owners)
        total = min(total + new, examined.persons)
        sources.append(replace(origin, new=new))
        del left[best]
    also = sorted((origin for origin, _ in left), key=lambda origin: (origin.shared, *_closeness(origin)), reverse=True)
    return Lineage(tuple(sources), tuple(also[: rules.candidates]), max(0, len(also) - rules.candidates), tuple(few), total)


def _closeness(origin: Origin) -> tuple[bool, float, datetime, str]:
    return origin.identical, origin.of_remembered / max(1, origin.persons), origin.seen, origin.path


@dataclass(frozen=True, slots=True, repr=False)
class _Index:
    """The identifiers of all files together, to find at once which files a remembered export touches."""

    keys: Hashes
    owners: Hashes
    file: NDArray[np.intp]

    @staticmethod
    def of(files: Sequence[Identifiers]) -> _Index:
        nothing = np.zeros(0, np.uint64)
        keys = np.concatenate([nothing, *(each.keys for each in files)])
        owners = np.concatenate([nothing, *(each.owners for each in files)])
        file = np.repeat(np.arange(len(files)), [len(each) for each in files])
        order = np.argsort(keys, kind="stable")
        return _Index(keys[order], owners[order], file[order])

    def touched(self, keys: Hashes) -> list[tuple[int, int]]:
        """The files that hold any of these identifiers, by number, and how many persons of each they are."""
        keys = unique(keys)
        first, after = np.searchsorted(self.keys, keys, "left"), np.searchsorted(self.keys, keys, "right")
        times = after - first
        at = np.repeat(first - np.cumsum(times) + times, times) + np.arange(int(times.sum()))
        owners, file = self.owners[at], self.file[at]
        order = np.lexsort((owners, file))
        owners, file = owners[order], file[order]
        new = np.r_[True, (file[1:] != file[:-1]) | (owners[1:] != owners[:-1])][: len(file)]
        numbers, persons = np.unique(file[new], return_counts=True)
        return list(zip(numbers.tolist(), persons.tolist(), strict=True))
