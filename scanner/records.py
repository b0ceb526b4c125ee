"""From hits to records 条: who is identified in each row, by what, and which kinds stand there about that person.

The rules are those of 法释〔2017〕10号 Art. 1 (what identifies), and one row about one person is one record, whatever the
number of its fields. `count` turns one chunk into additions to a `Counter`; nothing here knows a tier or a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors import address
from detectors.base import citizen
from detectors.base.detector import Detector
from detectors.base.matches import Identity
from detectors.base.texts import Texts
from detectors.fields import has_time_of_day, parse_dates
from scanner.allow import NOTHING_ALLOWED, Allow
from scanner.columns import Columns
from scanner.hits import HIT, INVALID, MASKED, NOTHING, Cells, TextHits, classify, search, spread
from scanner.keyed_hash import Hashes, Key, hash_words
from scanner.model import Chunk
from scanner.profile import ColumnProfile, TableProfile
from scanner.tally import RANK_MASK, Signature
from scanner.tally_builder import TallyBuilder

Mask = NDArray[np.bool_]
DERIVED = ("minor_under_14", "whereabouts", "precise_address")
COMPOSITE = 11  # rank of a key made of a name and a linking value
REPEATED = 0.5  # below this share of distinct values a dictionary pays
DOOR = 3  # `address.precision`: down to the door
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
        names: dict[str, Detector | None] = {}
        for column in self.profile.columns:
            for detector in (*column.detectors, *column.inside):
                names.setdefault(detector.kind, detector)
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


def count(chunk: Chunk, plan: Plan, into: TallyBuilder, columns: Columns) -> None:
    """Add the records of one chunk to `into`, and what its columns hold to `columns`."""
    rows = chunk.rows
    profile = plan.profile
    people: dict[int, Subject] = {}
    content = np.zeros(rows, np.uint64)
    place, moving = np.zeros(rows, bool), np.zeros(rows, bool)
    extras: list[Extra] = []
    texts_found: list[tuple[ColumnProfile, TextHits]] = []
    for column in profile.columns:
        if column.index >= len(chunk.columns):
            continue
        array = chunk.columns[column.index]
        columns.cells(column.index, array)
        if not column.detectors and not column.inside:
            continue
        person = people.setdefault(column.subject, Subject.empty(plan, rows))
        texts, index = _texts(array, column)
        if column.detectors:
            distinct = classify(texts, column.detectors, column.needed, plan.key, plan.allow)
            columns.claimed(column, distinct, index)
            cells = distinct if index is None else distinct.take(index)
            _claim(column, cells, plan, person, content, extras)
            hit = cells.state == HIT
            if column.kind in ("coordinates", "whereabouts"):
                place |= hit
            if column.index in profile.times:
                moving |= hit
            elif column.kind == "whereabouts":  # 2026-09-01 08:23 某收费站: the place column may tell the time itself
                timed = has_time_of_day(texts)
                moving |= hit & (timed if index is None else timed[index])
        if column.inside and _may_hold_hits(texts):
            found = search(texts, column.inside, plan.key, plan.allow)
            columns.inside(column, found, index)
            texts_found.append((column, found if index is None else _repeat(found, index, len(texts))))
    if not people:
        return
    subjects = [people[s] for s in sorted(people)]
    for person in subjects:
        _key(person, into)
    for column, found in texts_found:
        _read_text(column, found, plan, people[column.subject], subjects, content, extras, into)
    moved = place & moving
    if moved.any():
        _move(moved, plan, subjects)
    _lines(plan, subjects, extras, content, into)


def _texts(array: pa.StringArray, column: ColumnProfile) -> tuple[Texts, NDArray[np.int64] | None]:
    if column.distinct >= REPEATED:
        return Texts(array), None
    encoded = array.dictionary_encode()
    return Texts(encoded.dictionary), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _may_hold_hits(texts: Texts) -> bool:
    """Nothing that identifies is shorter than two characters of Han or six of ASCII."""
    return bool(len(texts)) and int(texts.lengths.max()) >= 6


def _repeat(found: TextHits, index: NDArray[np.int64], size: int) -> TextHits:
    row, entry = spread(found.row, index, size)
    order = np.lexsort((found.start[entry], row))
    row, entry = row[order], entry[order]
    return TextHits(
        row, found.which[entry], found.value[entry], found.start[entry], found.canonical.take(pa.array(entry)), found.allowed
    )


def _salted(value: Hashes, kind: str, subject: int) -> Hashes:
    """A value's part of the row's content: sums of these do not depend on the order of the columns."""
    salt = np.uint64(int.from_bytes(f"{kind}/{subject}".encode()[:64].ljust(8, b" "), "big") * 0x9E3779B97F4A7C15 % 2**64)
    x = value ^ salt
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _claim(column: ColumnProfile, cells: Cells, plan: Plan, person: Subject, content: Hashes, extras: list[Extra]) -> None:
    """Enter one column's cells into the person that it speaks of."""
    for number, detector in enumerate(column.detectors):
        mine = cells.which == number if len(column.detectors) > 1 else cells.state != NOTHING
        if not mine.any():
            continue
        kind = detector.kind
        hit = mine & (cells.state == HIT)
        content += np.where(mine, _salted(cells.value, kind, column.subject), np.uint64(0))
        if kind != "whereabouts":  # a place alone is not yet whereabouts
            person.own.add(kind, hit)
        for state, bits in ((MASKED, person.masked), (INVALID, person.invalid)):
            bad = mine & (cells.state == state)
            if bad.any():
                bits.add(kind, bad)
                if detector.identity >= Identity.PERSONAL:
                    person.doubt |= bad
        if detector.identity >= Identity.PERSONAL or kind == "plate_number":
            person.identifiers.append((detector.rank, hit, cells.value))
        if kind == "personal_name" and person.name is None:
            person.name = np.where(hit, cells.value, np.uint64(0))
        if detector.identity is Identity.LINKING:
            person.link(kind, np.where(hit, cells.value, np.uint64(0)))
        if detector.identity is Identity.UNIQUE and len(cells.more_row):
            second = cells.more_which == number
            extras.append(Extra(cells.more_row[second], _ranked(cells.more_value[second], detector.rank), kind))
        _derive(detector, cells, number, plan, person)


def _derive(detector: Detector, cells: Cells, number: int, plan: Plan, person: Subject) -> None:
    """Facts that follow from a value: under fourteen, an address down to the door."""
    mine = cells.which[cells.at] == number
    if detector.kind not in ("resident_id", "foreigner_permit", "birth_date", "address") or not mine.any():
        return
    values = cells.canonical if mine.all() else cells.canonical.filter(pa.array(mine))
    rows = cells.at[mine]
    if detector.kind == "address":
        precise = address.precision(values) >= DOOR
        person.own.add("precise_address", rows[precise])
        value = person.linking["address"]
        rough = np.ones(len(value), bool)
        rough[rows[precise]] = False
        person.linking["address"] = np.where(rough, np.uint64(0), value)
        return
    births = _births(detector.kind, values)
    person.own.add("minor_under_14", rows[births > plan.under_14_after])


def _births(kind: str, values: pa.StringArray) -> NDArray[np.datetime64]:
    return parse_dates(Texts(values)) if kind == "birth_date" else citizen.birth_dates(values)


def _ranked(value: Hashes, rank: int) -> Hashes:
    return (value & ~RANK_MASK) | np.uint64(rank)


def _key(person: Subject, into: TallyBuilder) -> None:
    """The person's key: the strongest identifier of the row, else a name with a linking value. Weaker ones are linked to it."""
    key = person.key
    ranked = [(rank, hit, _ranked(value, rank)) for rank, hit, value in sorted(person.identifiers, key=lambda i: i[0])]
    for rank, hit, value in ranked:
        if rank < COMPOSITE - 1:
            np.copyto(key, value, where=hit & (key == 0))
    composites = _composites(person)
    for composite in composites:
        np.copyto(key, composite, where=(key == 0) & (composite != 0))
    for rank, hit, value in ranked:
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
            made.append(np.where(both, _ranked(hash_words([person.name, value], _PAIRING), COMPOSITE), np.uint64(0)))
    return made


_PAIRING = Key(0x6C65616B, 0x67617567)  # its inputs are keyed hashes already


def _read_text(
    column: ColumnProfile,
    found: TextHits,
    plan: Plan,
    person: Subject,
    subjects: list[Subject],
    content: Hashes,
    extras: list[Extra],
    into: TallyBuilder,
) -> None:
    """Enter what stands inside text: for the person of the row where there is one, else for the person that the text names."""
    if not len(found):
        return
    identities = np.array([d.identity for d in column.inside], np.int64)[found.which]
    ranks = np.array([d.rank for d in column.inside], np.int64)[found.which]
    keyed = np.zeros(len(person.key), bool)
    for subject in subjects:
        keyed |= subject.key != 0
    new = (identities >= Identity.PERSONAL) & ~keyed[found.row]
    order = np.lexsort((found.start, ranks, found.row))
    order = order[new[order]]
    rows = found.row[order]
    first = np.ones(len(rows), bool)
    first[1:] = rows[1:] != rows[:-1]
    person.key[rows[first]] = _ranked(found.value[order[first]], 0) | ranks[order[first]].astype(np.uint64)
    lead = person.key[rows]
    mine = (found.value[order] & ~RANK_MASK) | ranks[order].astype(np.uint64)
    same_rank = (lead & RANK_MASK) == (mine & RANK_MASK)
    weaker = ~same_rank
    # one stronger number in the row: the weaker ones are that person's; several: nobody knows whose they are
    several = np.zeros(len(person.key), bool)
    several[rows[same_rank & (mine != lead)]] = True
    linked = weaker & ~several[rows]
    into.link(mine[linked], lead[linked])
    others = same_rank & (mine != lead)
    for number, detector in enumerate(column.inside):
        at = found.which == number
        if not at.any():
            continue
        person.own.add(detector.kind, found.row[at])
        np.add.at(content, found.row[at], _salted(found.value[at], detector.kind, column.subject))
        more = others & (found.which[order] == number)
        if more.any():
            extras.append(Extra(rows[more], mine[more], detector.kind))
        values = found.canonical.filter(pa.array(at))
        if detector.kind == "address":
            person.own.add("precise_address", found.row[at][address.precision(values) >= DOOR])
        elif detector.kind in ("resident_id", "foreigner_permit"):
            person.own.add("minor_under_14", found.row[at][_births(detector.kind, values) > plan.under_14_after])


def _move(moved: Mask, plan: Plan, subjects: list[Subject]) -> None:
    """Person, time of day and place in one row: whereabouts. A plate then stands for who drives."""
    for person in subjects:
        for rank, hit, value in person.identifiers:
            if rank == COMPOSITE - 1:
                np.copyto(person.key, _ranked(value, rank), where=hit & moved & (person.key == 0))
        person.own.add("whereabouts", moved & (person.key != 0))


def _lines(plan: Plan, subjects: list[Subject], extras: list[Extra], content: Hashes, into: TallyBuilder) -> None:
    """One line per identified person per row; one for a row whose identifiers are all masked or invalid."""
    rows = len(content)
    keyed = np.stack([p.key != 0 for p in subjects])
    lead = np.where(keyed.any(axis=0), keyed.argmax(axis=0), -1)
    doubt = np.logical_or.reduce([p.doubt for p in subjects])
    with_extra = np.zeros(rows, bool)
    for extra in extras:
        with_extra[extra.row] = True
    private = _private(plan)
    builder = _LineBuilder(plan, into)
    # the lead speaks for its row: its own kinds and those of people whom nothing identifies
    own, masked, invalid = (np.zeros((plan.words, rows), np.uint64) for _ in range(3))
    key = np.zeros(rows, np.uint64)
    for number, person in enumerate(subjects):
        joins = (lead == number) | ~keyed[number]
        own |= person.own.array * joins
        masked |= person.masked.array * joins
        invalid |= person.invalid.array * joins
        np.copyto(key, person.key, where=lead == number)
    beside: list[tuple[Mask, NDArray[np.uint64]]] = []
    for number, person in enumerate(subjects[1:], 1):
        other = keyed[number] & (lead != number)
        if other.any():
            beside.append((other, person.own.array))
            builder.add(
                np.flatnonzero(other),
                person.own.array[:, other],
                None,
                None,
                person.key[other],
                content[other] + np.uint64(number),
                False,
                private,
            )
    at = np.flatnonzero(lead >= 0)
    if len(at):
        builder.add(
            at,
            own[:, at],
            masked[:, at],
            invalid[:, at],
            key[at],
            content[at],
            True,
            private,
            [(m[at], b[:, at]) for m, b in beside],
        )
    at = np.flatnonzero((lead < 0) & doubt)
    if len(at):
        builder.add(at, own[:, at], masked[:, at], invalid[:, at], key[at], content[at], True, private)
    for extra in extras:
        differs = extra.key != key[extra.row]
        if differs.any():
            bits = Bits(plan, int(differs.sum()))
            bits.add(extra.kind, np.ones(int(differs.sum()), bool))
            builder.add(
                extra.row[differs],
                bits.array,
                None,
                None,
                extra.key[differs],
                content[extra.row[differs]] ^ extra.key[differs],
                False,
                private,
            )


def _private(plan: Plan) -> tuple[str, ...]:
    """Kinds in this table that are a person's own, not a firm's."""
    detectors = {d.kind: d for c in plan.profile.columns for d in (*c.detectors, *c.inside)}
    return tuple(k for k, d in detectors.items() if d.identity >= Identity.PERSONAL and k != "landline_phone")


class _LineBuilder:
    """Groups lines of one signature and hands them to the tally."""

    def __init__(self, plan: Plan, into: TallyBuilder) -> None:
        self.plan, self.into = plan, into

    def add(
        self,
        rows: NDArray[np.int64],
        own: NDArray[np.uint64],
        masked: NDArray[np.uint64] | None,
        invalid: NDArray[np.uint64] | None,
        key: Hashes,
        content: Hashes,
        lead: bool,
        private: tuple[str, ...],
        beside: Sequence[tuple[Mask, NDArray[np.uint64]]] = (),
    ) -> None:
        company = np.zeros(len(rows), bool)
        if self.plan.profile.company:
            bits = Bits(self.plan, len(rows))
            bits.array = own
            personal = bits.has(private)
            firm = self.plan.profile.directory & (key & RANK_MASK >= np.uint64(5))
            company = firm & personal
            keep = personal | ((key != 0) & ~firm & ~bits.has(("landline_phone",))) | (key == 0)
            if not keep.all():  # a firm's switchboard, or its legal representative at its registered address: nobody's data
                rows, own, key, content, company = rows[keep], own[:, keep], key[keep], content[keep], company[keep]
                masked = masked[:, keep] if masked is not None else None
                invalid = invalid[:, keep] if invalid is not None else None
                beside = [(m[keep], b[:, keep]) for m, b in beside]
        if not len(rows):
            return
        group = (company.astype(np.uint64) << np.uint64(1)) | (key != 0).astype(np.uint64)
        for bits_of in (own, masked, invalid):
            for word in bits_of if bits_of is not None else ():
                group = _salted(group * np.uint64(3) + word, "g", 0)
        for mask, bits_of in beside:
            part = np.full(len(rows), 7, np.uint64)
            for word in bits_of:
                part = _salted(part + word, "b", 0)
            group = group + np.where(mask, part, np.uint64(0))
        for members in _groups(group):
            one = members[0]
            signature = Signature(
                kinds=self.plan.names([int(w[one]) for w in own]),
                masked=self.plan.names([int(w[one]) for w in masked]) if masked is not None else frozenset(),
                invalid=self.plan.names([int(w[one]) for w in invalid]) if invalid is not None else frozenset(),
                identified=bool(key[one]),
                lead=lead,
                beside=frozenset(self.plan.names([int(w[one]) for w in b]) for m, b in beside if m[one]),
                company=bool(company[one]),
            )
            self.into.add(signature, content[members], key[members] if signature.identified else key[:0])


FEW_GROUPS = 16


def _groups(group: Hashes) -> Iterator[NDArray[np.int64]]:
    """The positions of each distinct value; a chunk has few of them, so one pass for each beats a sort."""
    rest = np.arange(len(group))
    for _ in range(FEW_GROUPS):
        mine = group[rest] == group[rest[0]]
        if mine.all():
            yield rest
            return
        yield rest[mine]
        rest = rest[~mine]
    order = rest[np.argsort(group[rest], kind="stable")]
    yield from np.split(order, np.flatnonzero(group[order][1:] != group[order][:-1]) + 1)
