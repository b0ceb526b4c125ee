"""The natural persons that the rows of a chunk speak of: what is said of each, and the key that each is counted by.

Who is identified follows 法释〔2017〕10号 Art. 1: by an identifier alone, or by a name together with what links it to one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scanner.allow import NOTHING_ALLOWED, Allow
from scanner.keyed_hash import Hashes, Key, hash_words
from scanner.profile import TableProfile
from scanner.tally import RANK_MASK
from scanner.tally_builder import TallyBuilder

Mask = NDArray[np.bool_]
DERIVED = ("minor_under_14", "whereabouts", "precise_address")
PLATE = 10  # rank of a plate: a key only where it tells whereabouts
COMPOSITE = 11  # rank of a key made of a name and a linking value
# What makes, with a name, a key: one of these by itself …
LINKS_ALONE = ("address", "birth_date", "property_unit", "plate_number", "vin", "student_number")
# … or two of these (employer and title, school and class).
LINKS_IN_PAIRS = ("employment", "education")
MINOR_YEARS = 14  # PIPL Art. 28: 不满十四周岁


@dataclass(frozen=True)
class Plan:
    """What counting one table needs beyond its profile: the numbering of its kinds."""

    profile: TableProfile
    on: date
    key: Key
    allow: Allow = NOTHING_ALLOWED

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for column in self.profile.columns:
            for detector in (*column.detectors, *column.inside):
                names.setdefault(detector.kind)
        return (*DERIVED, *(n for n in names if n not in DERIVED))

    @cached_property
    def words(self) -> int:
        return -(-len(self.kinds) // 64)

    @cached_property
    def number(self) -> dict[str, int]:
        return {kind: n for n, kind in enumerate(self.kinds)}

    def names(self, bits: Sequence[int]) -> frozenset[str]:
        return frozenset(kind for n, kind in enumerate(self.kinds) if bits[n >> 6] >> (n & 63) & 1)

    @cached_property
    def under_14_after(self) -> np.datetime64:
        """Whoever was born after this day is under fourteen on `on`."""
        try:
            return np.datetime64(self.on.replace(year=self.on.year - MINOR_YEARS), "D")
        except ValueError:  # 29 February
            return np.datetime64(date(self.on.year - MINOR_YEARS, 2, 28), "D")


class Bits:
    """One set of kinds per row: `words` × rows of uint64."""

    def __init__(self, plan: Plan, rows: int) -> None:
        self.plan = plan
        self.array = np.zeros((plan.words, rows), np.uint64)

    def add(self, kind: str, where: Mask | NDArray[np.int64]) -> None:
        n = self.plan.number[kind]
        bit = np.uint64(1) << np.uint64(n & 63)
        if where.dtype == np.bool_:
            self.array[n >> 6] |= where * bit
        else:
            self.array[n >> 6][where] |= bit

    def has(self, kinds: Sequence[str]) -> Mask:
        found = np.zeros(self.array.shape[1], bool)
        for kind in kinds:
            n = self.plan.number.get(kind)
            if n is not None:
                found |= (self.array[n >> 6] >> np.uint64(n & 63) & np.uint64(1)).astype(bool)
        return found


@dataclass(slots=True, repr=False)
class Subject:
    """One of the natural persons that the rows of a chunk speak of; everything row-aligned."""

    own: Bits
    masked: Bits
    invalid: Bits
    doubt: Mask  # some identifier of this person is masked or invalid
    key: Hashes
    identifiers: list[tuple[int, Mask, Hashes]] = field(default_factory=list)
    name: Hashes | None = None
    linking: dict[str, Hashes] = field(default_factory=dict)
    halves: dict[str, Hashes] = field(default_factory=dict)

    @staticmethod
    def empty(plan: Plan, rows: int) -> Subject:
        return Subject(Bits(plan, rows), Bits(plan, rows), Bits(plan, rows), np.zeros(rows, bool), np.zeros(rows, np.uint64))

    def link(self, kind: str, value: Hashes) -> None:
        """A value (0: none) that singles this person out together with the name; of some kinds it takes two."""
        known = self.linking.get(kind)
        if kind not in LINKS_IN_PAIRS:
            self.linking[kind] = value if known is None else known + value
        elif known is None:
            self.linking[kind], self.halves[kind] = np.zeros_like(value), value
        else:
            half = self.halves[kind]
            self.linking[kind] = np.where((half != 0) & (value != 0), half + value, known)

    def __repr__(self) -> str:
        return f"Subject({len(self.key)} rows)"


@dataclass(frozen=True, slots=True, repr=False)
class Extra:
    """Further persons named in a row beyond its subjects: a second number in a cell, several in a remark."""

    row: NDArray[np.int64]
    key: Hashes
    kind: str


def ranked(value: Hashes, rank: int) -> Hashes:
    """Keys of values: their hashes with the rank of the identifier in the low bits."""
    return (value & ~RANK_MASK) | np.uint64(rank)


def key_of(person: Subject, into: TallyBuilder) -> None:
    """The person's key: the strongest identifier of the row, else a name with a linking value. Weaker ones are linked to it."""
    key = person.key
    identifiers = [(rank, hit, ranked(value, rank)) for rank, hit, value in sorted(person.identifiers, key=lambda i: i[0])]
    for rank, hit, value in identifiers:
        if rank < PLATE:
            np.copyto(key, value, where=hit & (key == 0))
    composites = _composites(person)
    for composite in composites:
        np.copyto(key, composite, where=(key == 0) & (composite != 0))
    for rank, hit, value in identifiers:
        weaker = hit & (key != 0) & (np.uint64(rank) > (key & RANK_MASK))
        into.link(value[weaker], key[weaker])
    for composite in composites:
        weaker = (composite != 0) & (key != 0) & ((key & RANK_MASK) < np.uint64(COMPOSITE))
        into.link(composite[weaker], key[weaker])


def _composites(person: Subject) -> list[Hashes]:
    if person.name is None:
        return []
    made = []
    for kind in (*LINKS_ALONE, *LINKS_IN_PAIRS):
        value = person.linking.get(kind)
        if value is None:
            continue
        both = (person.name != 0) & (value != 0)
        if both.any():
            made.append(np.where(both, ranked(hash_words([person.name, value], _PAIRING), COMPOSITE), np.uint64(0)))
    return made


_PAIRING = Key(0x6C65616B, 0x67617567)  # its inputs are keyed hashes already


def move(moved: Mask, plan: Plan, subjects: list[Subject]) -> None:
    """Person, time of day and place in one row: whereabouts. A plate then stands for who drives."""
    for person in subjects:
        for rank, hit, value in person.identifiers:
            if rank == PLATE:
                np.copyto(person.key, ranked(value, rank), where=hit & moved & (person.key == 0))
        person.own.add("whereabouts", moved & (person.key != 0))
