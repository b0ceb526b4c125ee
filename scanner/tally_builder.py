"""A tally that grows: hashes are collected and sorted in large steps, memory stays bounded."""

from __future__ import annotations

import numpy as np

from scanner.tally import EXACT, LINKS, Count, Distinct, Hashes, Links, Signature, Tally

STEP = EXACT // 2  # hashes collected before they are sorted into the set


class DistinctBuilder:
    """Collects keyed hashes; `set()` is the `Distinct` of all so far, exact up to `limit` and an estimate beyond."""

    def __init__(self, limit: int = EXACT) -> None:
        self._limit = limit
        self._done = Distinct()
        self._open: list[Hashes] = []
        self._size = 0

    def add(self, hashes: Hashes) -> None:
        if not self._done.exact:  # what the sketch would drop need not be kept until then
            hashes = hashes[hashes < self._done.hashes[-1]]
        if not len(hashes):
            return
        self._open.append(hashes)
        self._size += len(hashes)
        if self._size >= max(STEP, len(self._done.hashes) // 2):
            self.set()

    def join(self, other: Distinct) -> None:
        """Add a whole set, estimated or exact."""
        if other.exact:
            self.add(other.hashes)
        else:
            self._done = self.set() | other

    def set(self) -> Distinct:
        if self._open:
            joined = self._done | Distinct.of(np.concatenate(self._open))
            self._open, self._size = [], 0
            few = len(joined.hashes) <= self._limit
            self._done = joined if few else Distinct(joined.hashes[: self._limit].copy(), False)
        return self._done


class TallyBuilder:
    """Adds lines of one signature at a time; `tally()` gives the sum so far."""

    def __init__(self) -> None:
        self._found: dict[Signature, int] = {}
        self._contents: dict[Signature, DistinctBuilder] = {}
        self._persons: dict[Signature, DistinctBuilder] = {}
        self._links = Links()
        self._open: list[Links] = []
        self._size = 0
        self._cut = False  # the links are more than are kept

    def add(self, signature: Signature, contents: Hashes, persons: Hashes) -> None:
        """Lines of one signature: their content hashes, and their persons' keys (none for lines that identify nobody)."""
        self._found[signature] = self._found.get(signature, 0) + len(contents)
        self._contents.setdefault(signature, DistinctBuilder()).add(contents)
        self._persons.setdefault(signature, DistinctBuilder()).add(persons)

    def absorb(self, tally: Tally) -> None:
        """Add a finished tally."""
        for signature, count in tally.counts.items():
            self._found[signature] = self._found.get(signature, 0) + count.found
            self._contents.setdefault(signature, DistinctBuilder()).join(count.contents)
            self._persons.setdefault(signature, DistinctBuilder()).join(count.persons)
        self.link(tally.links.weak, tally.links.strong)

    def link(self, weak: Hashes, strong: Hashes) -> None:
        """Pairs of keys that stood in one line for one person."""
        if not len(weak):
            return
        more = Links(weak, strong)
        if self._cut:
            more = self._links.within(more)
        self._open.append(more)
        self._size += len(more.weak)
        if self._size > LINKS // 2:
            self._join_links()

    def _join_links(self) -> None:
        if self._open:
            parts = [self._links, *self._open]
            self._open, self._size = [], 0
            joined = Links(np.concatenate([p.weak for p in parts]), np.concatenate([p.strong for p in parts]))
            del parts
            self._cut |= len(joined.weak) > LINKS
            self._links = joined.sorted() if self._cut else joined

    def tally(self) -> Tally:
        self._join_links()
        return Tally(
            {s: Count(n, self._contents[s].set(), self._persons[s].set()) for s, n in self._found.items()},
            self._links,
        )
