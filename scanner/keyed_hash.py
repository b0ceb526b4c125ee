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


def _rotl(x: Hashes, by: int) -> Hashes:
    return (x << U64(by)) | (x >> U64(64 - by))


def _round(v: list[Hashes]) -> None:
    v0, v1, v2, v3 = v
    v0 = v0 + v1
    v1 = _rotl(v1, 13) ^ v0
    v0 = _rotl(v0, 32)
    v2 = v2 + v3
    v3 = _rotl(v3, 16) ^ v2
    v0 = v0 + v3
    v3 = _rotl(v3, 21) ^ v0
    v2 = v2 + v1
    v1 = _rotl(v1, 17) ^ v2
    v2 = _rotl(v2, 32)
    v[:] = [v0, v1, v2, v3]


def _state(key: Key, count: int) -> list[Hashes]:
    start = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    halves = (key.k0, key.k1, key.k0, key.k1)
    return [np.full(count, s ^ k, U64) for s, k in zip(start, halves, strict=True)]


def _finish(v: list[Hashes]) -> Hashes:
    v[2] = v[2] ^ U64(0xFF)
    for _ in range(3):
        _round(v)
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
    v = _state(key, count)
    most = int(whole.max())
    same = most == int(whole.min())
    for i in range(most):
        at = slice(None) if same else np.flatnonzero(whole > i)
        part = [x[at] for x in v]
        m = words[start[at] + 8 * i]
        part[3] = part[3] ^ m
        _round(part)
        part[0] = part[0] ^ m
        for x, p in zip(v, part, strict=True):
            x[at] = p
    rest = (length & 7).astype(U64)
    tail = words[start + (whole << 3)] & ((U64(1) << (rest << U64(3))) - U64(1))
    tail |= (length & 255).astype(U64) << U64(56)
    v[3] = v[3] ^ tail
    _round(v)
    v[0] = v[0] ^ tail
    return _finish(v)


def hash_words(words: list[Hashes], key: Key) -> Hashes:
    """One hash of several parallel uint64 arrays (the hashes of the parts of a record)."""
    v = _state(key, len(words[0]))
    for m in words:
        v[3] = v[3] ^ m
        _round(v)
        v[0] = v[0] ^ m
    return _finish(v)


def mixed(x: Hashes) -> Hashes:
    """A bijection that spreads every bit (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
