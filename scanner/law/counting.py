"""How many entries 条 of each tier a tally holds under a reading (Art. 5 and Art. 11 of 法释〔2017〕10号).

Three ways, chosen by the parameters `dedupe`, `unit` and `multi_subject`:

identical      every line counts; only identical rows were removed (Art. 11 ¶3). A person whose rows together reach a graver
               tier than any of them has the gravest one lifted once. Never less than the same count row by row.
person_events  a row counts once, for its lead, in the gravest tier of all it says; static information once per person at the
               person's gravest tier, unless an event of that person already counts as gravely; events once each
person         every person once, at the gravest tier

All work is on sorted arrays of person keys; a loop runs over signatures (sets of kinds), never over persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from scanner.errors import UsageError
from scanner.law.classify import NOWHERE, SPAN, Place, Reading, line_place, place, row_place
from scanner.law.model import ReadingName
from scanner.law.statute import Law
from scanner.tally import RANK_MASK, Distinct, Hashes, Resolver, Signature, Tally, unique

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries per tier (every tier of the law) and per category: category id → (tier, entries)."""

    tiers: Mapping[str, int]
    categories: Mapping[str, tuple[str, int]]

    def weighed(self, law: Law, on: date) -> int:
        """E: every entry in units of the mildest tier, by the ratio of the limits (100, 10 and 1)."""
        return sum(entries * weight(law, tier, on) for tier, entries in self.tiers.items())


@lru_cache(maxsize=256)
def weight(law: Law, tier: str, on: date) -> int:
    """How many entries of the mildest tier one entry of a tier stands for: the ratio of their limits (item 6, proportional sum)."""
    whole = law.tiers[-1].value.at(on)
    part = next(each for each in law.tiers if each.id == tier).value.at(on)
    if whole is None or part is None:
        raise UsageError(f"no limit of {tier} was in force on {on.isoformat()}")
    return whole // part


def count(tally: Tally, reading: ReadingName | Reading, law: Law, on: date) -> Counts:
    """Entries per tier and per category of a tally under a reading."""
    return Basis(tally).count(reading if isinstance(reading, Reading) else Reading(reading), law, on)


@dataclass(frozen=True, slots=True)
class Groups:
    """Person keys with the signatures they stand in: parallel arrays sorted by key, and where each key starts.

    weight: per key, how many keys it stands for (see `folded`).
    """

    keys: Hashes
    signature: NDArray[np.intp]
    starts: NDArray[np.intp]
    weight: Codes

    @staticmethod
    def of(keys: list[Hashes]) -> Groups:
        flat = np.concatenate(keys) if keys else np.zeros(0, np.uint64)
        which = np.repeat(np.arange(len(keys)), [len(each) for each in keys])
        order = np.argsort(flat, kind="stable")
        flat, which = flat[order], which[order]
        starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]][: len(flat)])
        return Groups(flat, which, starts, np.ones(len(starts), np.int64))

    def folded(self, signatures: int) -> Groups:
        """One key for all that stand in the same signatures: whatever a reading counts, it counts them alike."""
        lengths = np.diff(np.r_[self.starts, len(self.keys)])
        if len(self.starts) == len(self.keys):
            sizes = np.bincount(self.signature, minlength=signatures)
            first = np.array([int(np.argmax(self.signature == each)) for each in np.flatnonzero(sizes)], np.intp)
            weight = sizes[sizes > 0]
        else:
            _, first, weight = np.unique(self.names(signatures), return_index=True, return_counts=True)
        lines = np.concatenate([np.zeros(0, np.intp), *(np.arange(self.starts[f], self.starts[f] + lengths[f]) for f in first)])
        starts = np.cumsum(lengths[first]) - lengths[first]
        return Groups(self.keys[lines], self.signature[lines], starts, weight)

    def names(self, signatures: int) -> Hashes:
        """Per key a number that names the set of its signatures: the sum of its members' marks."""
        marks = np.random.default_rng(0).integers(1, 1 << 63, signatures, dtype=np.uint64)[self.signature]
        return marks if len(self.starts) == len(self.keys) else np.add.reduceat(marks, self.starts)

    def least(self, codes: Codes) -> Codes:
        """Per key the least code of its signatures; codes: one per line of the arrays."""
        if len(self.starts) == len(self.keys):  # every key stands in one signature
            return codes
        return np.minimum.reduceat(codes, self.starts)

    def spread(self, per_signature: list[int]) -> Codes:
        """One number per signature, given to each of its lines."""
        return np.asarray(per_signature, np.int64)[self.signature]

    @property
    def group(self) -> NDArray[np.intp]:
        """Per line the index of its key."""
        lengths = np.diff(np.r_[self.starts, len(self.keys)])
        return np.repeat(np.arange(len(self.starts)), lengths)


class Basis:
    """A tally made ready for counting: persons resolved and sorted once, whatever readings follow."""

    def __init__(self, tally: Tally) -> None:
        # sorted, so that which category names an entry never depends on the order in which tallies were added
        self.signatures: tuple[Signature, ...] = tuple(sorted(tally.counts, key=_order_of))
        self.lines = [tally.counts[signature] for signature in self.signatures]
        self.links = tally.links
        self.sizes = [max(len(line.contents), len(line.persons)) for line in self.lines]
        self._known: dict[tuple[str, tuple[Place, ...]], Mapping[int, int]] = {}

    @cached_property
    def resolver(self) -> Resolver:
        return self.links.resolver(line.persons for line in self.lines)

    @cached_property
    def _persons_sample(self) -> tuple[list[Hashes], float]:
        return _sampled([line.persons for line in self.lines])

    @property
    def raw(self) -> list[Hashes]:
        """Person keys per signature, unresolved; a common sample where a set is too large to be exact."""
        return self._persons_sample[0]

    @property
    def exact(self) -> bool:
        return all(line.persons.exact and line.contents.exact for line in self.lines)

    @cached_property
    def persons(self) -> list[Hashes]:
        """Distinct persons per signature, resolved through the links."""
        return [unique(self.resolver(keys)) for keys in self.raw]

    @cached_property
    def groups(self) -> Groups:
        return Groups.of(self.persons).folded(len(self.signatures))

    @cached_property
    def _events(self) -> tuple[Groups, float]:
        hashes, scale = _sampled([line.contents for line in self.lines])
        return Groups.of(hashes).folded(len(self.signatures)), scale

    def distinct_persons(self, chosen: list[bool]) -> int:
        """Distinct natural persons in the chosen signatures."""
        keys = [persons for persons, use in zip(self.persons, chosen, strict=True) if use]
        return self.scaled(len(unique(np.concatenate(keys)))) if keys else 0

    def scaled(self, persons: int) -> int:
        return round(persons * self._persons_sample[1])

    def count(self, reading: Reading, law: Law, on: date) -> Counts:
        rows = [row_place(law, signature, reading) for signature in self.signatures]
        dedupe = "person" if reading.value(law, "unit") == "person" else reading.value(law, "dedupe")
        by_row = _counts(self._found(rows, dedupe), law)
        if reading.value(law, "multi_subject") == "row":
            return by_row
        each = [line_place(law, signature, reading) for signature in self.signatures]
        found = self._found(each, dedupe)
        if dedupe == "identical":
            self._join(found, each, law, reading)
        by_person = _counts(found, law)
        # counting every person must not fall below counting the row: a relative's field may lift the row of another
        return by_person if by_person.weighed(law, on) >= by_row.weighed(law, on) else by_row

    def _found(self, places: list[Place], dedupe: str) -> dict[int, int]:
        """Packed place → entries, one of the three ways; remembered, since most parameters change no place."""
        key = (dedupe, tuple(places))
        if key not in self._known:
            self._known[key] = self._find(places, dedupe)
        return dict(self._known[key])

    def _find(self, places: list[Place], dedupe: str) -> dict[int, int]:
        found: dict[int, int] = {}
        if dedupe == "identical":
            for at, size in zip(places, self.sizes, strict=True):
                _add(found, at.gravest, size)
        elif dedupe == "person":
            self._add_codes(found, self.groups.least(self.groups.spread([at.gravest for at in places])), self.groups.weight)
        else:
            self._persons_and_events(found, places)
        return found

    def _add_codes(self, found: dict[int, int], codes: Codes, weight: Codes, sign: int = 1) -> None:
        _add_all(found, codes, weight, sign * self._persons_sample[1])

    def _persons_and_events(self, found: dict[int, int], places: list[Place]) -> None:
        """Static information once per person, events once each; a row that is both never counts twice."""
        groups = self.groups
        static, event = groups.spread([at.static for at in places]), groups.spread([at.event for at in places])
        best, covered = groups.least(static), groups.least(event)
        # an event of this person in an equally grave or graver tier already stands for the static information
        counted = (best < NOWHERE) & (best // SPAN < covered // SPAN)
        self._add_codes(found, best[counted], groups.weight[counted])
        contents, scale = self._events
        each = contents.least(contents.spread([at.event for at in places]))
        _add_all(found, each, contents.weight, scale)
        for rank in {at.event // SPAN for at in places if at.event < NOWHERE}:
            # at least one event per person, should two persons' events look alike
            first = min(at.event for at in places if at.event // SPAN == rank)
            persons = int(groups.weight[groups.least(np.where(event // SPAN == rank, 0, NOWHERE)) < NOWHERE].sum())
            _add(found, first, max(0, self.scaled(persons) - round(int(contents.weight[each // SPAN == rank].sum()) * scale)))
        # A row whose static part is graver than its event was counted for the person, so one event of the person is that same
        # row, unless another row holds the static part alone.
        graver = (static // SPAN == (best // SPAN)[groups.group]) & (static < NOWHERE)
        alone = groups.least(np.where(graver & (event >= NOWHERE), 0, NOWHERE)) < NOWHERE
        same_row = groups.least(np.where(graver, event, NOWHERE))
        self._add_codes(found, same_row[counted & ~alone], groups.weight[counted & ~alone], sign=-1)

    def _join(self, found: dict[int, int], places: list[Place], law: Law, reading: Reading) -> None:
        """Lifts, once per person key, the gravest row of whoever reaches a graver tier over several rows or sheets.

        A key takes over what rows of weaker identifiers linked to it say. Keys are not resolved here: resolving can merge or
        part persons when rows are added, and the strict count must never fall when rows are added.
        """
        usable = [s.identified and not s.company and at.gravest < NOWHERE for s, at in zip(self.signatures, places, strict=True)]
        if sum(usable) < 2:
            return
        own = Groups.of([keys if use else keys[:0] for keys, use in zip(self.raw, usable, strict=True)])
        keys, which = self._with_linked(own)
        order = np.lexsort((which, keys))
        keys, which = keys[order], which[order]
        new = np.r_[True, (keys[1:] != keys[:-1]) | (which[1:] != which[:-1])][: len(keys)]
        keys, which = keys[new], which[new]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]][: len(keys)])
        lengths = np.diff(np.r_[starts, len(keys)])
        names = Groups(keys, which, starts, np.ones(len(starts), np.int64)).names(len(places))
        _, first, pattern = np.unique(names, return_index=True, return_inverse=True)
        union = np.empty(len(first), np.int64)
        for index, at in enumerate(first.tolist()):
            members = which[starts[at] : starts[at] + lengths[at]]
            whole = reduce(lambda kinds, member: kinds | self.signatures[member].kinds, members.tolist(), frozenset[str]())
            union[index] = place(law, whole, reading).gravest if len(members) > 1 else NOWHERE
        best = own.least(own.spread([at.gravest for at in places]))
        lifted = union[pattern][np.isin(keys[starts], own.keys[own.starts], assume_unique=True)]
        graver = lifted // SPAN < best // SPAN
        self._add_codes(found, lifted[graver], own.weight[graver])
        self._add_codes(found, best[graver], own.weight[graver], sign=-1)

    def _with_linked(self, own: Groups) -> tuple[Hashes, NDArray[np.intp]]:
        """Pairs of key and signature, with those of weaker identifiers also given to every stronger one they were seen with."""
        keys, which = own.keys, own.signature
        links = self.links.concerning([keys])
        weak, strong = links.weak, links.strong
        for rank in sorted(set((weak & RANK_MASK).tolist()), reverse=True):
            chosen = (weak & RANK_MASK) == np.uint64(rank)
            below, above = weak[chosen], strong[chosen]  # sorted by the weak key
            left, right = np.searchsorted(below, keys, "left"), np.searchsorted(below, keys, "right")
            times = right - left
            if not times.any():
                continue
            source = np.repeat(np.arange(len(keys)), times)
            step = np.arange(len(source)) - np.repeat(np.cumsum(times) - times, times)
            keys, which = np.concatenate([keys, above[left[source] + step]]), np.concatenate([which, which[source]])
        return keys, which


def _order_of(signature: Signature) -> tuple[object, ...]:
    beside = sorted(sorted(kinds) for kinds in signature.beside)
    flags = (signature.identified, signature.lead, signature.company)
    return sorted(signature.kinds), sorted(signature.masked), sorted(signature.invalid), flags, beside


def _sampled(sets: list[Distinct]) -> tuple[list[Hashes], float]:
    """The hashes of some sets, and how many each stands for: 1, or more where a set is a sketch.

    Sketches keep their least hashes, so all sets cut at the least of the sketches' greatest are complete up to there.
    """
    sketches = [each for each in sets if not each.exact]
    if not sketches:
        return [each.hashes for each in sets], 1.0
    fullest = min(sketches, key=lambda each: int(each.hashes[-1]))
    bound = fullest.hashes[-1]
    return [each.hashes[each.hashes <= bound] for each in sets], len(fullest) / len(fullest.hashes)


def _add_all(found: dict[int, int], codes: Codes, weight: Codes, scale: float) -> None:
    chosen = codes < NOWHERE
    each, place_of = np.unique(codes[chosen], return_inverse=True)
    sizes = np.bincount(place_of, weights=weight[chosen], minlength=len(each))
    for code, size in zip(each.tolist(), sizes.tolist(), strict=True):
        _add(found, code, round(size * scale))


def _add(found: dict[int, int], code: int, entries: int) -> None:
    if code < NOWHERE and entries:
        found[code] = found.get(code, 0) + entries


def _counts(found: Mapping[int, int], law: Law) -> Counts:
    tiers = {tier.id: 0 for tier in law.tiers}
    categories: dict[str, tuple[str, int]] = {}
    for code, entries in sorted(found.items()):
        tier, category = law.tiers[code // SPAN].id, law.categories[code % SPAN].id
        tiers[tier] += entries
        if entries:
            categories[category] = (tier, entries)
    return Counts(tiers, categories)
