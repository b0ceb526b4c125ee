"""SipHash-1-3 against CPython's own, which uses the same function for `hash(bytes)`."""

import os
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.keyed_hash import Key, hash_strings, hash_words

TEXTS = ["a", "ab", "1234567", "12345678", "123456789", "身份证号码", "é" * 40, "x" * 255, "x" * 256]


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this interpreter hashes otherwise")
def test_equals_the_interpreters_siphash_under_the_zero_key():
    program = f"print([hash(t.encode()) % 2**64 for t in {TEXTS!r}])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    )
    assert [int(h) for h in hash_strings(pa.array(TEXTS), Key(0, 0))] == eval(done.stdout)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=30), st.integers(0, 5))
def test_depends_on_the_value_only(texts, skip):
    key = Key(1, 2)
    whole = hash_strings(pa.array(["lead", *texts], pa.string()), key)
    assert list(hash_strings(pa.array(["lead", *texts], pa.string()).slice(skip), key)) == list(whole[skip:])
    for text, one in zip(texts, whole[1:], strict=True):
        assert hash_strings(pa.array([text], pa.string()), key)[0] == one


def test_another_key_gives_other_hashes():
    texts = pa.array(TEXTS)
    assert not set(hash_strings(texts, Key(1, 2))) & set(hash_strings(texts, Key(1, 3)))


def test_no_collision_among_a_hundred_thousand_neighbours():
    array = pa.array([f"1{n:010d}" for n in range(100_000)])
    assert len(set(hash_strings(array, Key(5, 6)))) == 100_000


def test_words_depend_on_order():
    a, b = hash_strings(pa.array(["a"]), Key(1, 2)), hash_strings(pa.array(["b"]), Key(1, 2))
    assert hash_words([a, b], Key(1, 2)) != hash_words([b, a], Key(1, 2))


def test_the_key_is_never_shown():
    assert "7" not in repr(Key(7777, 7777))
