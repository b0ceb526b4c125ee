"""From persons to lines: one per identified person per row, grouped by signature and handed to the tally."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.base.matches import Identity
from scanner.keyed_hash import Hashes, mixed
from scanner.persons import Bits, Extra, Mask, Plan, Subject
from scanner.tally import RANK_MASK, Signature
from scanner.tally_builder import TallyBuilder

FEW_GROUPS = 16  # distinct signatures that are looked for one by one before sorting


def add_lines(plan: Plan, subjects: list[Subject], extras: list[Extra], content: Hashes, into: TallyBuilder) -> None:
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
                group = mixed(group * np.uint64(3) + word)
        for mask, bits_of in beside:
            part = np.full(len(rows), 7, np.uint64)
            for word in bits_of:
                part = mixed(part + word)
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
