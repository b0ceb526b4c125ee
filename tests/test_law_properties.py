"""What must hold of every assessment: the order of the readings, and that adding never lowers and masking never raises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.law.assess import assess, people
from scanner.law.classify import Reading
from scanner.law.counting import Basis
from scanner.law.loader import load_instruments
from scanner.law.model import READINGS, Facts
from scanner.tally import Count, Distinct, Links, Signature, Tally

LAW = load_instruments()
ON = date(2026, 11, 1)
KINDS = [
    *(
        "personal_name",
        "resident_id",
        "mobile_phone",
        "address",
        "property_unit",
        "balance",
        "transaction",
        "call_record",
        "whereabouts",
    ),
    *("itinerary", "medical_record", "password", "bank_card", "credit_score", "plate_number", "timestamp", "device_id", "religion"),
    *("loan", "parcel", "made_up_kind"),
]
IDENTIFIERS = LAW.identification.identifiers


@dataclass(frozen=True)
class Line:
    """One person in one row. person: small number; rank: strength of the identifier the key is made of."""

    kinds: frozenset[str]
    masked: frozenset[str]
    invalid: frozenset[str]
    identified: bool
    company: bool
    key: int


@dataclass(frozen=True)
class Row:
    lines: tuple[Line, ...]
    content: int


def tally(rows: list[Row], links: list[tuple[int, int]] = ()) -> Tally:  # type: ignore[assignment]
    """The tally of some rows: the first identified line leads, as `Signature.lead` says."""
    found = Tally()
    for row in rows:
        lead = next((at for at, line in enumerate(row.lines) if line.identified), 0)
        for at, line in enumerate(row.lines):
            beside = frozenset(
                other.kinds for o, other in enumerate(row.lines) if o != at and other.identified and not other.company
            )
            signature = Signature(
                line.kinds,
                line.masked,
                line.invalid,
                line.identified,
                at == lead,
                beside if at == lead else frozenset(),
                line.company,
            )
            one = Count(1, Distinct.of(np.array([row.content], np.uint64)), Distinct.of(np.array([line.key], np.uint64)))
            found += Tally({signature: one})
    if links:
        weak, strong = np.array(links, np.uint64).T
        found += Tally({}, Links(weak, strong))
    return found


def key(person: int, rank: int) -> int:
    return (person << 4) | rank


kind_sets = st.frozensets(st.sampled_from(KINDS), min_size=1, max_size=5)
keys = st.builds(key, st.integers(1, 5), st.sampled_from([0, 5, 8]))


@st.composite
def line_values(draw: st.DrawFn) -> Line:
    kinds = draw(kind_sets)
    masked = draw(st.frozensets(st.sampled_from(["resident_id", "mobile_phone", "bank_card"]), max_size=1)) - kinds
    invalid = draw(st.frozensets(st.sampled_from(["resident_id", "mobile_phone"]), max_size=1)) - kinds - masked
    return Line(kinds, masked, invalid, draw(st.booleans()) or not (masked | invalid), draw(st.integers(0, 9)) == 0, draw(keys))


rows_of = st.builds(Row, st.lists(line_values(), min_size=1, max_size=3).map(tuple), st.integers(1, 1 << 40))
some_rows = st.lists(rows_of, min_size=1, max_size=8, unique_by=lambda row: row.content)
link_values = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from([5, 8]), st.integers(1, 5), st.sampled_from([0, 5]))
    .filter(lambda t: t[1] > t[3])
    .map(lambda t: (key(t[0], t[1]), key(t[2], t[3]))),
    max_size=4,
)
fact_values = st.builds(
    Facts,
    act=st.sampled_from(["provide", "sell", "obtain"]),
    insider=st.booleans(),
    recipients=st.integers(1, 3),
    gains=st.sampled_from([0, 1000, 2500, 5000, 30000, 60000]),
    purpose=st.sampled_from([None, "business"]),
    on=st.just(ON),
)


def sums(rows: list[Row], links: list[tuple[int, int]] = ()) -> dict[str, int]:  # type: ignore[assignment]
    basis = Basis(tally(rows, links))
    return {name: basis.count(Reading(name), LAW, ON).weighed(LAW, ON) for name in READINGS}


@settings(max_examples=60, deadline=None)
@given(some_rows, link_values, fact_values)
def test_strict_is_never_below_prevailing_nor_prevailing_below_lenient(rows, links, facts):
    found = assess(tally(rows, links), facts).readings
    for graver, milder in zip(READINGS, READINGS[1:], strict=False):
        assert found[graver].E >= found[milder].E
        assert max(found[graver].ratio, found[graver].gains_ratio) >= max(found[milder].ratio, found[milder].gains_ratio)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            kind_sets, st.booleans(), st.sets(keys, min_size=1, max_size=4), st.integers(0, 3), st.frozensets(kind_sets, max_size=1)
        ),
        max_size=6,
    )
)
def test_the_order_holds_for_tallies_no_table_could_give(parts):
    whole = Tally()
    for kinds, lead, person_keys, more, beside in parts:
        persons = Distinct.of(np.array(sorted(person_keys), np.uint64))
        contents = Distinct.of(np.arange(1, 2 + more, dtype=np.uint64))
        whole += Tally({Signature(kinds, lead=lead, beside=beside): Count(5, contents, persons)})
    basis = Basis(whole)
    strict, prevailing, lenient = (basis.count(Reading(name), LAW, ON).weighed(LAW, ON) for name in READINGS)
    assert strict >= prevailing >= lenient


@settings(max_examples=60, deadline=None)
@given(some_rows, some_rows, link_values, link_values)
def test_adding_rows_and_links_never_lowers_the_strict_sum(rows, more, links, more_links):
    assert sums(rows + more, links + more_links)["strict"] >= sums(rows, links)["strict"]


@settings(max_examples=60, deadline=None)
@given(some_rows, some_rows)
def test_adding_rows_that_prove_no_identity_never_lowers_any_sum(rows, more):
    before, after = sums(rows), sums(rows + more)
    assert all(after[name] >= before[name] for name in READINGS)


@settings(max_examples=60, deadline=None)
@given(some_rows, st.sampled_from(KINDS), st.data())
def test_a_further_field_never_lowers_any_sum(rows, kind, data):
    at = data.draw(st.integers(0, len(rows) - 1))
    who = data.draw(st.integers(0, len(rows[at].lines) - 1))
    line = rows[at].lines[who]
    fuller = replace(line, kinds=line.kinds | {kind})
    lines = tuple(fuller if i == who else each for i, each in enumerate(rows[at].lines))
    before, after = sums(rows), sums(rows[:at] + [Row(lines, rows[at].content)] + rows[at + 1 :])
    assert all(after[name] >= before[name] for name in READINGS)


@settings(max_examples=60, deadline=None)
@given(some_rows, st.data())
def test_masking_a_field_never_raises_any_sum(rows, data):
    at = data.draw(st.integers(0, len(rows) - 1))
    who = data.draw(st.integers(0, len(rows[at].lines) - 1))
    line = rows[at].lines[who]
    kind = data.draw(st.sampled_from(sorted(line.kinds | line.invalid)))
    kinds = line.kinds - {kind}
    # what identified the person may be gone, but a person known by no other sign stays the one the row was about
    hidden = replace(line, kinds=kinds, invalid=line.invalid - {kind}, masked=line.masked | {kind})
    if len(rows[at].lines) == 1 and not kinds & IDENTIFIERS and data.draw(st.booleans()):
        hidden = replace(hidden, identified=False)
    lines = tuple(hidden if i == who else each for i, each in enumerate(rows[at].lines))
    before, after = sums(rows), sums(rows[:at] + [Row(lines, rows[at].content)] + rows[at + 1 :])
    assert all(after[name] <= before[name] for name in READINGS)


@settings(max_examples=60, deadline=None)
@given(some_rows, link_values, st.randoms(use_true_random=False))
def test_any_cut_and_order_of_the_rows_gives_the_same_assessment(rows, links, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    cut = random.randrange(len(rows) + 1)
    parts = tally(shuffled[:cut], links) + tally(shuffled[cut:])
    facts = Facts(on=ON)
    assert assess(parts, facts) == assess(tally(rows, links), facts)
    assert people(parts) == people(tally(rows, links))


@settings(max_examples=60, deadline=None)
@given(some_rows, st.integers(2, 4))
def test_a_further_recipient_never_gives_less(rows, recipients):
    one, several = (assess(tally(rows), Facts(recipients=k, on=ON)).readings for k in (1, recipients))
    assert recipients * one["prevailing"].E == several["prevailing"].E
    assert several["lenient"].E == one["lenient"].E
