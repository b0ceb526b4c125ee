"""Where persons came from: parts, shuffles, columns left out, joins; strangers stay strangers, also behind a shared phone."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scanner
import scanner.offboard
from fixtures.makers.offboarding import rows
from fixtures.makers.people import People, Person
from scanner.config import Settings
from scanner.errors import UnreadableError
from scanner.keyed_hash import Key
from scanner.offboard.identifiers import Identifiers
from scanner.offboard.lineage import Examined, Shared, shared, trace
from scanner.offboard.thresholds import thresholds
from scanner.tally import Count, Distinct, Links, Signature, Tally

KEY = Key(1, 2)
ID, MOBILE, NAME, ADDRESS = "身份证号", "手机号", "姓名", "住址"
PEOPLE = People("lineage")
CUSTOMERS, OWNERS, STRANGERS = PEOPLE.persons(1200), PEOPLE.persons(300), PEOPLE.persons(400)


@dataclass(frozen=True, slots=True)
class Export:
    path: str
    tally: Tally
    seen: datetime = datetime(2026, 11, 2, tzinfo=UTC)
    digest: str = ""
    owner: str = "crm"
    persons: int = field(default=0)

    def identifiers(self) -> Identifiers:
        return Identifiers.of(self.tally)


def tally(persons: Sequence[Person], *columns: str, phone: str = "") -> Tally:
    """The tally of a table of these persons. phone: stands in every row instead of the person's own."""
    header, *lines = rows(persons, columns or (NAME, ID, MOBILE, ADDRESS))
    frame = pd.DataFrame(lines, columns=header)
    if phone:
        frame[MOBILE] = phone
    return scanner.scan(frame, settings=Settings(key=KEY)).tally


CRM = tally(CUSTOMERS)


def traced(examined: Tally, *exports: Export):
    return trace([Examined("home/list.csv", "", Identifiers.of(examined))], exports).get("home/list.csv")


@pytest.mark.parametrize("columns", [(NAME, MOBILE), (MOBILE,), (NAME, ID), (NAME, ID, MOBILE, ADDRESS), (NAME, ADDRESS)])
def test_part_of_an_export_in_another_order_with_columns_left_out(columns):
    part = tally(PEOPLE.dice.shuffled(CUSTOMERS)[:1187], *columns)
    assert shared(part, Identifiers.of(CRM)) == Shared(1187, 1187)


@pytest.mark.parametrize("columns", [(NAME, MOBILE), (NAME, ID)])
def test_the_export_may_hold_fewer_columns_than_the_file(columns):
    assert shared(CRM, Identifiers.of(tally(CUSTOMERS[:700], *columns))) == Shared(700, 700)


def test_files_without_an_identifier_in_common_share_nobody():
    assert shared(tally(CUSTOMERS, NAME, MOBILE), Identifiers.of(tally(CUSTOMERS, NAME, ID))) == Shared(0, 0)


def test_the_source_is_named_with_its_numbers():
    part = tally(PEOPLE.dice.shuffled(CUSTOMERS)[:1187], NAME, MOBILE)
    found = traced(part, Export("crm/export-2026-11-02.xlsx", CRM), Export("hr/staff.csv", tally(STRANGERS)))
    (source,) = found.sources
    assert (source.path, source.of_remembered, source.persons) == ("crm/export-2026-11-02.xlsx", 1187, 1200)
    assert (source.shared, source.new, found.covered) == (1187, 1187, 1187)
    assert not found.also
    assert not found.few


def test_a_join_names_both_sources_and_their_shares():
    joined = tally([*CUSTOMERS[:200], *OWNERS], MOBILE, ADDRESS, NAME)
    found = traced(joined, Export("owners.csv", tally(OWNERS)), Export("crm.xlsx", CRM), Export("staff.csv", tally(STRANGERS)))
    assert [(s.path, s.new, s.of_remembered, s.persons) for s in found.sources] == [
        ("owners.csv", 300, 300, 300),
        ("crm.xlsx", 200, 200, 1200),
    ]
    assert found.covered == 500


def test_of_exports_with_the_same_persons_the_closest_is_the_source():
    part = tally(CUSTOMERS[:90], NAME, MOBILE)
    exports = [Export(f"crm/{day}.xlsx", CRM) for day in range(14)] + [Export("region.csv", tally(CUSTOMERS[:100]))]
    found = traced(part, *exports)
    assert [s.path for s in found.sources] == ["region.csv"]
    assert len(found.also) == thresholds().candidates
    assert found.omitted == 14 - thresholds().candidates


def test_a_few_family_phones_are_no_source():
    header, *lines = rows(STRANGERS)
    for line, customer in zip(lines, CUSTOMERS[:2], strict=False):
        line[2] = customer.mobile
    unrelated = scanner.scan(pd.DataFrame(lines, columns=header), settings=Settings(key=KEY)).tally
    found = traced(unrelated, Export("crm.xlsx", CRM))
    assert found.sources == ()
    assert found.few == (("crm.xlsx", 2),)


def test_a_phone_of_everybody_is_an_identifier_of_nobody():
    """One hotline in every row of two lists that share nobody."""
    one, other = (
        tally(CUSTOMERS[:60], NAME, ID, MOBILE, phone=OWNERS[0].mobile),
        tally(STRANGERS, NAME, ID, MOBILE, phone=OWNERS[0].mobile),
    )
    assert shared(one, Identifiers.of(other)) == Shared(0, 0)


def test_a_phone_of_a_household_is_one_of_each_member():
    home = tally(CUSTOMERS[:3], NAME, ID, MOBILE, phone=CUSTOMERS[0].mobile)
    assert shared(home, Identifiers.of(tally(CUSTOMERS[:1], NAME, MOBILE))) == Shared(3, 1)


def test_the_examined_file_is_not_its_own_source():
    found = trace([Examined("home/list.csv", "d", Identifiers.of(CRM))], [Export("home/list.csv", CRM)])
    assert found == {}


def test_the_same_bytes_are_said_to_be_the_same():
    found = trace([Examined("a.csv", "d", Identifiers.of(CRM))], [Export("crm.xlsx", CRM, digest="d")])
    assert found["a.csv"].sources[0].identical


def test_persons_are_counted_as_the_scan_counts_them():
    """Two hundred by mobile alone, the same by ID number and mobile."""
    header, *lines = rows([*CUSTOMERS[:200], *CUSTOMERS[:300]])
    for line in lines[:200]:
        line[1] = ""
    report = scanner.scan(pd.DataFrame(lines, columns=header), settings=Settings(key=KEY))
    assert Identifiers.of(report.tally).persons == report.persons.all == 300


def test_contacts_of_companies_are_left_out():
    company = Signature(frozenset({"mobile_phone"}), company=True)
    keys = Distinct.of(np.arange(1, 50, dtype=np.uint64) << np.uint64(4))
    only = Tally({company: Count(49, keys, keys)}, Links(keys.hashes + np.uint64(5), keys.hashes))
    assert (Identifiers.of(only).persons, len(Identifiers.of(only))) == (0, 0)


def test_packed_and_unpacked_it_is_the_same():
    made = Identifiers.of(CRM)
    again = Identifiers.unpack(made.pack())
    assert again.pack() == made.pack()
    assert (again.persons, again.exact, len(again)) == (1200, True, len(made))
    for damaged in (b"", made.pack()[:-1], b"x" + made.pack()[1:]):
        with pytest.raises(UnreadableError):
            Identifiers.unpack(damaged)


def large(first: int, persons: int, rank: int, linked: int | None = None) -> Tally:
    """Numbered persons; with `linked`, each was also seen with an identifier of that rank."""

    def keys(salt: int, low: int) -> np.ndarray:
        numbers = np.arange(first, first + persons, dtype=np.uint64) + np.uint64(salt << 40)
        spread = (numbers ^ (numbers >> np.uint64(7))) * np.uint64(0x9E3779B97F4A7C15)
        spread = (spread ^ (spread >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        return (spread ^ (spread >> np.uint64(32))) & ~np.uint64(15) | np.uint64(low)

    own = keys(rank, rank)
    links = Links(keys(linked, linked), own) if linked is not None else Links()
    distinct = Distinct.of(own)
    return Tally({Signature(frozenset({"mobile_phone"})): Count(persons, distinct, distinct)}, links)


@pytest.mark.parametrize("thin", ["examined", "remembered", "both"])
@pytest.mark.parametrize("kind", ["same key", "by the weaker", "known by the weaker"])
def test_beyond_the_limit_it_estimates_within_its_error(thin, kind):
    """30,000 of 50,000 persons in common, sketches of 4,096."""
    examined = large(0, 50_000, 0, 5) if kind == "by the weaker" else large(0, 50_000, 5 if kind == "known by the weaker" else 0)
    other = large(20_000, 50_000, 5) if kind == "by the weaker" else large(20_000, 50_000, 0, 5)
    examined = examined if thin == "remembered" else examined.thinned(4096, 4096)
    other = other if thin == "examined" else other.thinned(4096, 4096)
    remembered = Identifiers.of(other, 4096 if thin != "examined" else 1 << 20)
    found = trace(
        [Examined("a", "", Identifiers.of(examined, 4096 if thin != "remembered" else 1 << 20))], [_Known("b", remembered)]
    )["a"].sources[0]
    assert not found.exact
    assert 0 < found.error < 1500
    assert abs(found.shared - 30_000) < 5 * found.error
    # 4,096 of 50,000 hashes: some 2,400 persons in the sample, so a standard error of about 590
    assert math.isclose(found.error, 30_000 / math.sqrt(30_000 * 4096 / 50_000), rel_tol=0.2)


@dataclass(frozen=True, slots=True)
class _Known(Export):
    tally: Identifiers

    def identifiers(self) -> Identifiers:
        return self.tally


def test_every_threshold_has_its_reason():
    words = tomllib.loads((Path(scanner.offboard.__file__).parent / "thresholds.toml").read_text("utf-8"))
    assert all(len(entry["why"]) > 40 and entry["value"] > 0 for entry in words.values())
