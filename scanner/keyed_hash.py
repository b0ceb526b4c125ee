"""Keyed 64-bit hashes of cell values: SipHash-1-3 over Arrow strings, vectorised.

Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012); the 1-3 variant is the one CPython uses for
`hash(bytes)`, which serves as the oracle in the tests. Without the key a hash tells nothing about the value.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

U64 = np.uint64
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """128 secret bits. Two scans compare only under the same key."""

    k0: int
    k1: int

    @staticmethod
    def fresh() -> Key:
        return Key(secrets.randbits(64), secrets.randbits(64))

    def __repr__(self) -> str:
        return "Key(secret)"


def _rotate(x: Hashes, by: int, spare: Hashes) -> None:
    """Turn every word left, in place; `spare` is scratch of the same length."""
    np.right_shift(x, U64(64 - by), out=spare)
    np.left_shift(x, U64(by), out=x)
    np.bitwise_or(x, spare, out=x)


def _round(v: list[Hashes], spare: Hashes) -> None:
    v0, v1, v2, v3 = v
    v0 += v1
    _rotate(v1, 13, spare)
    v1 ^= v0
    _rotate(v0, 32, spare)
    v2 += v3
    _rotate(v3, 16, spare)
    v3 ^= v2
    v0 += v3
    _rotate(v3, 21, spare)
    v3 ^= v0
    v2 += v1
    _rotate(v1, 17, spare)
    v1 ^= v2
    _rotate(v2, 32, spare)


def _state(key: Key, count: int) -> list[Hashes]:
    start = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    halves = (key.k0, key.k1, key.k0, key.k1)
    return [np.full(count, s ^ k, U64) for s, k in zip(start, halves, strict=True)]


def _finish(v: list[Hashes], spare: Hashes) -> Hashes:
    v[2] ^= U64(0xFF)
    for _ in range(3):
        _round(v, spare)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def hash_strings(array: pa.StringArray, key: Key) -> Hashes:
    """SipHash-1-3 of the UTF-8 bytes of every string; uint64, one per row."""
    count = len(array)
    if not count:
        return np.zeros(0, U64)
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + count + 1].astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    buffer = array.buffers()[2]
    data = np.zeros(last - first + 8, np.uint8)
    if buffer is not None and last > first:
        data[: last - first] = np.frombuffer(buffer, np.uint8)[first:last]
    words = np.ndarray(shape=(last - first + 1,), dtype="<u8", buffer=data, strides=(1,))  # every byte begins a word
    start = offsets[:-1] - first
    length = np.diff(offsets)
    whole = length >> 3
    v, spare = _state(key, count), np.empty(count, U64)
    most = int(whole.max())
    same = most == int(whole.min())
    for i in range(most):
        at = slice(None) if same else np.flatnonzero(whole > i)
        part = [x[at] for x in v]  # views, or copies that are written back
        m = words[start[at] + 8 * i]
        part[3] ^= m
        _round(part, spare[: len(m)])
        part[0] ^= m
        if not same:
            for x, p in zip(v, part, strict=True):
                x[at] = p
    rest = (length & 7).astype(U64)
    tail = words[start + (whole << 3)] & ((U64(1) << (rest << U64(3))) - U64(1))
    tail |= (length & 255).astype(U64) << U64(56)
    v[3] ^= tail
    _round(v, spare)
    v[0] ^= tail
    return _finish(v, spare)


def hash_words(words: list[Hashes], key: Key) -> Hashes:
    """One hash of several parallel uint64 arrays (the hashes of the parts of a record)."""
    v, spare = _state(key, len(words[0])), np.empty(len(words[0]), U64)
    for m in words:
        v[3] ^= m
        _round(v, spare)
        v[0] ^= m
    return _finish(v, spare)


def mixed(x: Hashes) -> Hashes:
    """A bijection that spreads every bit (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
