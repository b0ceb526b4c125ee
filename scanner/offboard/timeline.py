"""How one person's files piled up: day by day, and which of them carry the sum.

Everywhere a natural person counts once: keys are resolved through the links of all files together, so that a person known by an
ID number in one file and by a mobile in another is new only in the first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from scanner.law.assess import result
from scanner.law.classify import NOWHERE, SPAN, Reading, row_place
from scanner.law.counting import Basis, weight
from scanner.law.loader import load_instruments
from scanner.law.model import READINGS, Facts
from scanner.law.statute import Law
from scanner.tally import Distinct, Hashes, Resolver, Tally, unique
from scanner.tally_builder import TallyBuilder

DAYS = 400  # steps of the timeline; over more days it goes by months, then by years
CARRIERS = 20  # files that are named as carrying the sum


@dataclass(frozen=True, slots=True)
class Dated:
    """A file's tally and the day it belongs to."""

    path: str
    day: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class Step:
    """One day, month or year in which files came. new: persons seen for the first time; persons, E: the sum up to its end."""

    start: date
    files: int
    new: int
    persons: int
    E: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A file that adds to the sum of those before it. new: persons; persons, E: the sum with it."""

    path: str
    new: int
    persons: int
    E: Mapping[str, int]


def sums(tally: Tally, facts: Facts, law: Law) -> dict[str, int]:
    """E under each reading."""
    basis = Basis(tally)
    return {name: result(basis.count(Reading(name), law, facts.on), Reading(name), facts, law).E for name in READINGS}


def steps(files: Iterable[Dated], total: Tally, facts: Facts) -> tuple[Step, ...]:
    """The sum as it grew, one step for each day (month, year) on which anything was counted. total: the sum of all files."""
    ordered = sorted(files, key=lambda file: (file.day, file.path))
    if not ordered:
        return ()
    persons = Persons.of([file.tally for file in ordered], total)
    grain = _grain([file.day for file in ordered])
    new = persons.new()
    law, into = load_instruments(), TallyBuilder()
    found: list[Step] = []
    at = 0
    while at < len(ordered):
        start, first = grain(ordered[at].day), at
        while at < len(ordered) and grain(ordered[at].day) == start:
            into.absorb(ordered[at].tally)
            at += 1
        tally = Tally(into.tally().counts, total.links)
        fresh, so_far = persons.scaled(sum(new[first:at])), persons.scaled(sum(new[:at]))
        found.append(Step(start, at - first, fresh, so_far, sums(tally, facts, law)))
    return tuple(found)


def new_persons(files: Sequence[Dated], total: Tally) -> dict[str, int]:
    """Path → persons whom no earlier file holds; files in the order of their days."""
    ordered = sorted(files, key=lambda file: (file.day, file.path))
    persons = Persons.of([file.tally for file in ordered], total)
    return {file.path: persons.scaled(new) for file, new in zip(ordered, persons.new(), strict=True)}


def carriers(files: Sequence[Dated], total: Tally, facts: Facts) -> tuple[Carrier, ...]:
    """The files that make up the sum, the one that adds most first, until nothing is added or there are enough.

    What a file adds is weighed as the prevailing reading does: a person at the gravest tier of their rows, an event by itself.
    The sums shown are the law's own.
    """
    law = load_instruments()
    persons = Persons.of([file.tally for file in files], total)
    resolve = total.links.resolver(count.persons for file in files for count in file.tally.counts.values())
    parts = [_elements(file.tally, resolve, facts, law) for file in files]
    covered: tuple[Hashes, NDArray[np.int64]] = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    heap = [(-_adds(part, covered), -len(persons.of_file[number]), number) for number, part in enumerate(parts)]
    heapq.heapify(heap)
    into, seen = TallyBuilder(), np.zeros(0, np.uint64)
    found: list[Carrier] = []
    while heap and len(found) < CARRIERS:
        _, _, number = heapq.heappop(heap)
        # what a file adds only falls while others are taken, so an old figure that still leads is worth a new look, no more
        current = (-_adds(parts[number], covered), -len(np.setdiff1d(persons.of_file[number], seen)), number)
        if not any(current[:2]):
            continue
        if heap and current > heap[0]:
            heapq.heappush(heap, current)
            continue
        covered = _joined(covered, parts[number])
        joined = unique(np.concatenate([seen, persons.of_file[number]]))
        into.absorb(files[number].tally)
        tally = Tally(into.tally().counts, total.links)
        new, held = persons.scaled(len(joined) - len(seen)), persons.scaled(len(joined))
        found.append(Carrier(files[number].path, new, held, sums(tally, facts, law)))
        seen = joined
    return tuple(found)


@dataclass(frozen=True, slots=True, repr=False)
class Persons:
    """The identified persons of each file as resolved keys; each key stands for `times` persons."""

    of_file: tuple[Hashes, ...]
    times: float = 1.0

    @staticmethod
    def of(tallies: Sequence[Tally], total: Tally) -> Persons:
        sets = [[c.persons for s, c in tally.counts.items() if s.identified and not s.company] for tally in tallies]
        bound, times = common_bound([each for own in sets for each in own])
        resolve = total.links.resolver(each for own in sets for each in own)
        return Persons(tuple(unique(resolve(_within(own, bound))) for own in sets), times)

    def new(self) -> list[int]:
        """For each file, how many of its keys no file before it holds."""
        keys = np.concatenate([np.zeros(0, np.uint64), *self.of_file])
        file = np.repeat(np.arange(len(self.of_file)), [len(own) for own in self.of_file])
        order = np.argsort(keys, kind="stable")  # of equal keys the one of the earliest file comes first
        keys, file = keys[order], file[order]
        first = np.r_[True, keys[1:] != keys[:-1]][: len(keys)]
        return [int(count) for count in np.bincount(file[first], minlength=len(self.of_file))]

    def scaled(self, keys: int) -> int:
        return round(keys * self.times)


def common_bound(sets: Iterable[Distinct]) -> tuple[np.uint64, float]:
    """Up to which hash all sets are complete, and how many each hash up to there stands for."""
    bound = min((int(each.hashes[-1]) for each in sets if not each.exact), default=2**64 - 1)
    return np.uint64(bound), 2**64 / (bound + 1)


def _within(sets: Iterable[Distinct], bound: np.uint64) -> Hashes:
    return np.concatenate([np.zeros(0, np.uint64), *(each.hashes[each.hashes <= bound] for each in sets)])


def _elements(tally: Tally, resolve: Resolver, facts: Facts, law: Law) -> tuple[Hashes, NDArray[np.int64]]:
    """What a file can add: persons and events, each with its weight; sorted, each once."""
    reading = Reading("prevailing")
    bound, _ = common_bound(each for count in tally.counts.values() for each in (count.persons, count.contents))
    keys, weights = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for signature, count in tally.counts.items():
        at = row_place(law, signature, reading)
        for code, hashes in ((at.static, resolve(_within([count.persons], bound))), (at.event, _within([count.contents], bound))):
            if code < NOWHERE:
                keys.append(hashes)
                weights.append(np.full(len(hashes), weight(law, law.tiers[code // SPAN].id, facts.on), np.int64))
    return _gravest(np.concatenate(keys), np.concatenate(weights))


def _gravest(keys: Hashes, weights: NDArray[np.int64]) -> tuple[Hashes, NDArray[np.int64]]:
    order = np.lexsort((-weights, keys))
    keys, weights = keys[order], weights[order]
    first = np.r_[True, keys[1:] != keys[:-1]][: len(keys)]
    return keys[first], weights[first]


def _joined(one: tuple[Hashes, NDArray[np.int64]], other: tuple[Hashes, NDArray[np.int64]]) -> tuple[Hashes, NDArray[np.int64]]:
    return _gravest(np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]]))


def _adds(part: tuple[Hashes, NDArray[np.int64]], covered: tuple[Hashes, NDArray[np.int64]]) -> int:
    keys, weights = part
    if not len(covered[0]):
        return int(weights.sum())
    at = np.searchsorted(covered[0], keys)
    at[at == len(covered[0])] = 0
    had = np.where(covered[0][at] == keys, covered[1][at], 0)
    return int(np.maximum(weights - had, 0).sum())


def _grain(days: Sequence[date]) -> Callable[[date], date]:
    """To the first day of the step that a day belongs to: days, or months or years where there are too many of them."""
    if len(set(days)) <= DAYS:
        return lambda day: day
    if len({(day.year, day.month) for day in days}) <= DAYS:
        return lambda day: day.replace(day=1)
    return lambda day: day.replace(month=1, day=1)
