"""A tally as bytes, for the ledger: a JSON head that names the kinds, then arrays of keyed hashes. No value is in it.

Layout, little-endian: 4 bytes `LGT1`, the length of the head (uint32), the head (zlib), the hashes (uint64).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

import numpy as np

from scanner.errors import LeakgaugeError
from scanner.tally import Count, Distinct, Hashes, Links, Signature, Tally

# Hashes kept of one set: more than ten times the largest number of Art. 5, so that no verdict rests on an estimate.
DISTINCT = 1 << 16
LINKS = 1 << 18
_MARK = b"LGT1"


def pack(tally: Tally) -> bytes:
    """The bytes of a tally, thinned to the ledger's bounds."""
    tally = tally.thinned(DISTINCT, LINKS)
    lines, arrays = [], [tally.links.weak, tally.links.strong]
    for signature, count in sorted(tally.counts.items(), key=lambda each: repr(_words(each[0]))):
        lines.append([_words(signature), count.found, *map(_shape, (count.contents, count.persons))])
        arrays += [count.contents.hashes, count.persons.hashes]
    head = zlib.compress(json.dumps({"links": len(tally.links.weak), "lines": lines}, separators=(",", ":")).encode())
    return b"".join([_MARK, len(head).to_bytes(4, "little"), head, *(array.astype("<u8").tobytes() for array in arrays)])


def unpack(data: bytes) -> Tally:
    """The tally in these bytes. Raises LeakgaugeError when they are none."""
    if data[:4] != _MARK:
        raise LeakgaugeError("the ledger holds a tally in a form that this version does not know")
    start = 8 + int.from_bytes(data[4:8], "little")
    head = json.loads(zlib.decompress(data[8:start]))
    arrays = _Arrays(np.frombuffer(data, "<u8", offset=start).astype(np.uint64, copy=False))
    links = Links(arrays.take(head["links"]), arrays.take(head["links"]))
    counts = {}
    for words, found, contents, persons in head["lines"]:
        sets = [Distinct(arrays.take(size), exact) for size, exact in (contents, persons)]
        counts[_signature(words)] = Count(found, *sets)
    return Tally(counts, links)


class _Arrays:
    """Hashes handed out piece by piece."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes, self._at = hashes, 0

    def take(self, size: int) -> Hashes:
        self._at += size
        return self._hashes[self._at - size : self._at]


def _shape(distinct: Distinct) -> list[int | bool]:
    return [len(distinct.hashes), distinct.exact]


def _words(signature: Signature) -> dict[str, object]:
    """A signature as JSON, in one order."""
    return {
        "kinds": sorted(signature.kinds),
        "masked": sorted(signature.masked),
        "invalid": sorted(signature.invalid),
        "identified": signature.identified,
        "lead": signature.lead,
        "beside": sorted(map(sorted, signature.beside)),
        "company": signature.company,
    }


def _signature(words: dict[str, object]) -> Signature:
    def kinds(name: str) -> Iterator[str]:
        found = words[name]
        assert isinstance(found, list)
        return iter(found)

    return Signature(
        kinds=frozenset(kinds("kinds")),
        masked=frozenset(kinds("masked")),
        invalid=frozenset(kinds("invalid")),
        identified=bool(words["identified"]),
        lead=bool(words["lead"]),
        beside=frozenset(map(frozenset, kinds("beside"))),
        company=bool(words["company"]),
    )
