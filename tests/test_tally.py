"""Tallies add; distinct sets are exact up to their limit and estimates beyond; links merge whom a line proves one."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import tally as tally_module
from scanner.tally import Count, Distinct, Links, Signature, Tally
from scanner.tally_builder import DistinctBuilder, TallyBuilder


def key(number: int, rank: int) -> int:
    return number << 4 | rank


def u64(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def resolver(links: Links, *keys: int):
    return links.resolver([Distinct.of(u64(*keys))])


hashes = st.lists(st.integers(0, 2**64 - 1), max_size=30).map(lambda v: np.array(v, np.uint64))


@given(hashes, hashes, hashes)
def test_union_is_commutative_associative_idempotent(a, b, c):
    x, y, z = Distinct.of(a), Distinct.of(b), Distinct.of(c)
    assert x | y == y | x
    assert (x | y) | z == x | (y | z)
    assert x | x == x
    assert len(x | y) == len({*a.tolist(), *b.tolist()})


def test_beyond_the_limit_it_estimates_and_the_union_stays_the_same(monkeypatch):
    monkeypatch.setattr(tally_module, "EXACT", 4096)
    many = np.random.default_rng(1).integers(0, 2**64, 100_000, dtype=np.uint64)
    whole = Distinct.of(many)
    assert not whole.exact
    assert abs(len(whole) - 100_000) < 100_000 * 4 / 64  # four standard errors of 1/sqrt(4096)
    parts = [Distinct.of(part) for part in np.array_split(many, 17)]
    assert reduce(lambda a, b: a | b, parts) == whole
    assert reduce(lambda a, b: a | b, reversed(parts)) == whole
    built = DistinctBuilder()
    for part in np.array_split(many, 9):
        built.add(part)
    assert built.set() == whole


def test_a_weak_key_stands_for_the_one_strong_key_it_was_seen_with():
    resolve = resolver(Links(u64(key(10, 5)), u64(key(1, 0))), key(10, 5), key(11, 5))
    assert resolve(u64(key(10, 5), key(11, 5))).tolist() == [key(1, 0), key(11, 5)]


def test_a_phone_seen_with_two_numbers_merges_nobody():
    resolve = resolver(Links(u64(key(10, 5), key(10, 5)), u64(key(1, 0), key(2, 0))), key(10, 5))
    assert resolve(u64(key(10, 5))).tolist() == [key(10, 5)]


def test_chains_resolve_to_the_strongest():
    # a card seen with a phone here, with the ID number there; the phone belongs to the same ID number
    links = Links(u64(key(10, 5), key(20, 7), key(20, 7)), u64(key(1, 0), key(10, 5), key(1, 0)))
    resolve = resolver(links, key(20, 7))
    assert resolve(u64(key(20, 7))).tolist() == [key(1, 0)]


lines = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 6), st.integers(1, 6), st.integers(0, 1)), max_size=40)


def build(rows) -> Tally:
    builder = TallyBuilder()
    for kind, person, content, linked in rows:
        builder.add(Signature(frozenset({kind})), u64(content), u64(key(person, 5)))
        if linked:
            builder.link(u64(key(person, 5)), u64(key(person % 3, 0)))
    return builder.tally()


@given(lines, st.integers(0, 40), st.randoms())
def test_any_cut_and_shuffle_gives_the_same_tally(rows, cut, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert build(rows) == build(shuffled[:cut]) + build(shuffled[cut:])
    joined = TallyBuilder()
    joined.absorb(build(shuffled[:cut]))
    joined.absorb(build(shuffled[cut:]))
    assert joined.tally() == build(rows)


@pytest.mark.parametrize("rank", [0, 5, 15])
def test_an_estimate_does_not_depend_on_the_rank_in_the_low_bits(monkeypatch, rank):
    monkeypatch.setattr(tally_module, "EXACT", 4096)
    many = np.random.default_rng(rank).integers(0, 2**60, 100_000, dtype=np.uint64) << np.uint64(4) | np.uint64(rank)
    assert abs(len(Distinct.of(many)) - 100_000) < 100_000 * 4 / 64


def test_links_beyond_their_limit_keep_whole_keys():
    weak = np.repeat(np.arange(1, 20, dtype=np.uint64) << np.uint64(4) | np.uint64(5), 3)
    strong = np.tile(u64(key(1, 0), key(2, 0), key(3, 0)), 19)
    kept = Links(weak, strong).sorted(10)
    assert len(kept.weak) == 9  # three keys with all their pairs, none with a part
    assert len(kept.within(Links(weak, strong)).weak) == 9


def test_zero_and_synthetic():
    signature = Signature(frozenset({"mobile_phone"}))
    made = Tally.synthetic(signature, entries=5, persons=3, found=9)
    assert Tally() + made == made
    count = made.counts[signature]
    assert (count.found, count.entries, len(count.persons)) == (9, 5, 3)
    assert count + count == Count(18, count.contents, count.persons)


def test_no_hash_in_any_repr():
    made = build([("a", 5, 77, 1)])
    assert "77" not in repr(made)
