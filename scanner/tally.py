"""Facts before law: which sets of kinds stand together about one person, how often, and about whom.

A `Tally` maps a `Signature` (what is known of one natural person in one row) to a `Count`. Tallies add: the sum of the
tallies of any cut of the rows is the tally of the whole. No value is kept, only keyed 64-bit hashes; no statute is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

EXACT = 1 << 20  # hashes held exactly; beyond, a K-minimum-values sketch of this size (standard error 0.1 %)
LINKS = EXACT  # pairs of identifiers held; beyond, those of the smallest weak keys
RANK_BITS = 4  # the low bits of a person's key hold the rank of the identifier it was made from (0 strongest)
RANK_MASK = np.uint64((1 << RANK_BITS) - 1)

Hashes = NDArray[np.uint64]
_EMPTY: Hashes = np.zeros(0, np.uint64)


def unique(values: Hashes) -> Hashes:
    """Sorted distinct values; numpy's own `unique` hashes integers, which is slower than its sort."""
    ordered = np.sort(values)
    if len(ordered) < 2:
        return ordered
    new = np.empty(len(ordered), bool)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered if new.all() else ordered[new]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Distinct:
    """A set of keyed hashes: exact up to 2**20, beyond that the 2**20 smallest and an estimate.

    A person's rank stands in the lowest bits, so the order of the keys is that of their hashes, whatever their ranks.

    Union is commutative, associative and idempotent, also beyond the limit.
    """

    hashes: Hashes = field(default_factory=lambda: _EMPTY)  # sorted, unique
    exact: bool = True

    @staticmethod
    def of(hashes: Hashes) -> Distinct:
        return Distinct._cut(unique(hashes), True)

    @staticmethod
    def _cut(unique: Hashes, exact: bool) -> Distinct:
        if len(unique) <= EXACT and exact:
            return Distinct(unique, True)
        return Distinct(unique[:EXACT].copy(), False)  # a slice would keep the whole array alive

    def __or__(self, other: Distinct) -> Distinct:
        if not len(other.hashes):
            return self
        if not len(self.hashes):
            return other
        joined = unique(np.concatenate([self.hashes, other.hashes]))
        exact = self.exact and other.exact
        if not exact:  # a sketch says nothing of hashes beyond its last one
            bound = min(part.hashes[-1] for part in (self, other) if not part.exact)
            joined = joined[: np.searchsorted(joined, bound, side="right")]
        return Distinct._cut(joined, exact)

    def thinned(self, limit: int) -> Distinct:
        """The same set with at most so many hashes: a sketch, where there were more."""
        return self if len(self.hashes) <= limit else Distinct(self.hashes[:limit].copy(), False)

    def __len__(self) -> int:
        """How many; an estimate when not `exact`."""
        if self.exact:
            return len(self.hashes)
        return round((len(self.hashes) - 1) * float(2**64) / float(self.hashes[-1]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Distinct) and self.exact == other.exact and np.array_equal(self.hashes, other.hashes)

    def __hash__(self) -> int:
        return hash((len(self.hashes), self.exact))

    def __repr__(self) -> str:
        return f"Distinct({len(self)}{'' if self.exact else ' estimated'})"


@dataclass(frozen=True, slots=True)
class Signature:
    """What one row says of one natural person: sets of kinds, no values.

    kinds       kinds with a valid value (hits), linked to this person
    masked      kinds whose value is masked (138****1234)
    invalid     kinds whose value fails its checks, or is a dummy or damaged
    identified  the valid values single out one person (an identifier, or a name with a linking field)
    lead        this person stands for the row: its first identified person (or the first one, where none is identified)
    beside      the kind sets of the other identified persons of the same row (on leads only)
    company     the row is a company's contact, nothing private in it
    """

    kinds: frozenset[str]
    masked: frozenset[str] = frozenset()
    invalid: frozenset[str] = frozenset()
    identified: bool = True
    lead: bool = True
    beside: frozenset[frozenset[str]] = frozenset()
    company: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """found 查获数量 (lines), contents (去重条数 is its size), persons (人数 is its size; unresolved keys)."""

    found: int
    contents: Distinct
    persons: Distinct

    @property
    def entries(self) -> int:
        return len(self.contents)

    def __add__(self, other: Count) -> Count:
        return Count(self.found + other.found, self.contents | other.contents, self.persons | other.persons)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Links:
    """Pairs of person keys that stood in one line for one person: weak (higher rank) → strong (lower rank), in any order.

    A weak key stands for the one strong key it was seen with; seen with two, it merges nobody.
    """

    weak: Hashes = field(default_factory=lambda: _EMPTY)
    strong: Hashes = field(default_factory=lambda: _EMPTY)

    def sorted(self, limit: int = LINKS) -> Links:
        """Each pair once, in the order of the keys; beyond the limit the pairs of the smallest weak keys, all of them."""
        weak, strong = self.weak, self.strong
        if not len(weak):
            return self
        order = np.argsort(weak)  # one key has few partners: only ties need a second sort, which is the dear one
        weak, strong = weak[order], strong[order]
        same = weak[1:] == weak[:-1]
        if same.any():
            tied = np.zeros(len(weak), bool)
            tied[1:] |= same
            tied[:-1] |= same
            at = np.flatnonzero(tied)
            strong[at] = strong[at][np.lexsort((strong[at], weak[at]))]
        new = np.ones(len(weak), bool)
        new[1:] = (weak[1:] != weak[:-1]) | (strong[1:] != strong[:-1])
        weak, strong = weak[new], strong[new]
        if len(weak) > limit:  # coordinated with `Distinct`: what stays is complete
            few = weak < weak[limit]  # never some of the pairs of one key
            weak, strong = weak[few], strong[few]
        return Links(weak, strong)

    def within(self, other: Links) -> Links:
        """Only pairs whose weak key this sorted and cut set would keep: what comes after a cut is thinned at once."""
        few = other.weak <= (self.weak[-1] if len(self.weak) else np.uint64(0))
        return Links(other.weak[few], other.strong[few])

    def __add__(self, other: Links) -> Links:
        if not len(other.weak):
            return self
        if not len(self.weak):
            return other
        both = Links(np.concatenate([self.weak, other.weak]), np.concatenate([self.strong, other.strong]))
        return both.sorted() if len(both.weak) > LINKS else both

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Links):
            return False
        a, b = self.sorted(), other.sorted()
        return np.array_equal(a.weak, b.weak) and np.array_equal(a.strong, b.strong)

    def __hash__(self) -> int:
        return hash(len(self.sorted().weak))

    def __repr__(self) -> str:
        return f"Links({len(self.weak)} pairs)"

    def concerning(self, keys: Iterable[Hashes]) -> Links:
        """The pairs, sorted, that can matter for these keys: of their weak ones, and of the weak keys that those stand for."""
        wanted = unique(np.concatenate([_EMPTY, *(k[(k & RANK_MASK) != 0] for k in keys)]))
        while len(wanted) and len(self.weak):
            chosen = _isin(self.weak, wanted)
            targets = self.strong[chosen]
            further = unique(np.concatenate([wanted, targets[(targets & RANK_MASK) != 0]]))
            if len(further) == len(wanted):
                return Links(self.weak[chosen], self.strong[chosen]).sorted()
            wanted = further
        return Links()

    def resolver(self, keys: Iterable[Distinct]) -> Resolver:
        """How to resolve these persons' keys."""
        return Resolver.of(self.concerning(distinct.hashes for distinct in keys))


@dataclass(frozen=True, slots=True, repr=False)
class Resolver:
    """Which strong key each weak key stands for; made for certain persons, from the links that concern them."""

    weak: Hashes
    target: Hashes

    @staticmethod
    def of(links: Links) -> Resolver:
        weak_all, target_all = _EMPTY, _EMPTY
        ranks = links.weak & RANK_MASK
        for rank in unique(ranks):
            chosen = ranks == rank
            weak, strong = links.weak[chosen], links.strong[chosen]
            strong = _replace(strong, weak_all, target_all)  # stronger ranks are resolved already
            pairs = Links(weak, strong).sorted()
            single = np.ones(len(pairs.weak), bool)
            repeated = pairs.weak[1:] == pairs.weak[:-1]
            single[1:] &= ~repeated
            single[:-1] &= ~repeated
            merged = np.concatenate([weak_all, pairs.weak[single]])
            order = np.argsort(merged)
            weak_all, target_all = merged[order], np.concatenate([target_all, pairs.strong[single]])[order]
        return Resolver(weak_all, target_all)

    def __call__(self, keys: Hashes) -> Hashes:
        """Each key, or the stronger key it stands for; same length and order."""
        return _replace(keys, self.weak, self.target)

    def persons(self, sets: Iterable[Distinct]) -> int:
        """How many distinct persons stand behind several sets of keys; an estimate where a set is one."""
        whole = reduce(lambda a, b: a | b, sets, Distinct())
        if not len(self.weak):
            return len(whole)
        return round(len(unique(self(whole.hashes))) * len(whole) / max(1, len(whole.hashes)))


def _isin(values: Hashes, known: Hashes) -> NDArray[np.bool_]:
    at = np.searchsorted(known, values)
    at[at == len(known)] = 0
    same: NDArray[np.bool_] = known[at] == values
    return same


def _replace(keys: Hashes, weak: Hashes, target: Hashes) -> Hashes:
    if not len(weak) or not len(keys):
        return keys
    at = np.searchsorted(weak, keys)
    at[at == len(weak)] = 0
    return np.where(weak[at] == keys, target[at], keys)


@dataclass(frozen=True, slots=True)
class Tally:
    """Signature → Count, and the links between identifiers. `+` is commutative and associative; `Tally()` is its zero."""

    counts: Mapping[Signature, Count] = field(default_factory=dict)
    links: Links = field(default_factory=Links)

    def __add__(self, other: Tally) -> Tally:
        counts = dict(self.counts)
        for signature, count in other.counts.items():
            counts[signature] = counts[signature] + count if signature in counts else count
        return Tally(counts, self.links + other.links)

    def thinned(self, distinct: int, links: int) -> Tally:
        """The same facts in bounded space: at most so many hashes in each set, and so many links.

        Counts stay exact up to `distinct` and are estimates beyond. Where links are dropped, two identifiers of one person may
        count as two.
        """
        counts = {s: Count(c.found, c.contents.thinned(distinct), c.persons.thinned(distinct)) for s, c in self.counts.items()}
        return Tally(counts, self.links.sorted(links))

    @staticmethod
    def sum(tallies: Iterable[Tally]) -> Tally:
        return reduce(lambda a, b: a + b, tallies, Tally())

    @staticmethod
    def synthetic(
        signature: Signature, entries: int, persons: int | None = None, found: int | None = None, first: int = 1
    ) -> Tally:
        """A tally of made-up persons numbered from `first`: for situations and what-if questions, never from data."""
        persons = entries if persons is None else persons
        numbers = np.arange(first, first + persons, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)  # spread like hashes
        keys = numbers << np.uint64(RANK_BITS)
        salt = crc32("/".join(sorted(signature.kinds)).encode()) << 31  # two signatures share no content
        contents = (np.arange(first, first + entries, dtype=np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
        return Tally({signature: Count(entries if found is None else found, Distinct.of(contents), Distinct.of(keys))})
