"""The identifiers of the persons in a tally: what two tallies made under one key are compared by.

A person has the key that they are counted by, every key that stands for it, and every weaker key that was seen in a line with it:
an export of ID numbers and mobiles shares persons with one of mobiles alone. All are keyed hashes; no value is here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from scanner.errors import UnreadableError
from scanner.offboard.thresholds import thresholds
from scanner.tally import LINKS, Hashes, Links, Resolver, Tally, unique

WHOLE = 2**64 - 1
_HEAD = struct.Struct("<4sBQQQ")
_MARK = b"LGI1"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Identifiers:
    """Pairs of identifier and person, parallel arrays sorted by identifier.

    keys     one for each pair; a phone of a family stands with every member
    owners   the key that the person of each pair is counted by
    persons  how many persons; an estimate when not `exact`
    bound    the pairs are complete for identifiers up to here; all of them when `exact`
    """

    keys: Hashes
    owners: Hashes
    persons: int
    bound: int = WHOLE

    @property
    def exact(self) -> bool:
        return self.bound == WHOLE

    @staticmethod
    def of(tally: Tally, kept: int = LINKS) -> Identifiers:
        """Of the identified persons of a tally, contacts of companies left out.

        kept: how many links were kept at most where the tally was stored. Links do not say that some were dropped, so a set
        that is about full is taken for complete only up to its last key.
        """
        sets = [count.persons for signature, count in tally.counts.items() if signature.identified and not signature.company]
        bound = min((int(each.hashes[-1]) for each in sets if not each.exact), default=WHOLE)
        links = tally.links.sorted()
        if len(links.weak) > kept - kept // 64:
            bound = min(bound, int(links.weak[-1]))
        raw = unique(np.concatenate([np.zeros(0, np.uint64), *(each.hashes for each in sets)]))
        raw = raw[: np.searchsorted(raw, np.uint64(bound), side="right")]
        if bound == WHOLE:  # a line's strongest key is always a person; what is linked to none of these is a company's
            known = np.isin(links.strong, raw)
            links = Links(links.weak[known], links.strong[known])
        resolve = Resolver.of(links)
        persons = len(unique(resolve(raw))) if bound == WHOLE else tally.links.resolver(sets).persons(sets)
        weak, strong = _households(links.weak, resolve(links.strong))
        keys = np.concatenate([raw, links.strong, weak])
        owners = np.concatenate([resolve(raw), resolve(links.strong), strong])
        few = keys <= np.uint64(bound)
        keys, owners = _pairs(keys[few], owners[few])
        return Identifiers(keys, owners, persons, bound)

    def __len__(self) -> int:
        """Pairs."""
        return len(self.keys)

    def __repr__(self) -> str:
        return f"Identifiers({len(self)} of {self.persons} persons{'' if self.exact else ', estimated'})"

    def pack(self) -> bytes:
        """The same as bytes: a head, then both arrays, little-endian."""
        head = _HEAD.pack(_MARK, self.exact, self.bound, self.persons, len(self))
        return head + self.keys.astype("<u8").tobytes() + self.owners.astype("<u8").tobytes()

    @staticmethod
    def unpack(data: bytes) -> Identifiers:
        """What `pack` made. Raises UnreadableError(damaged)."""
        if len(data) < _HEAD.size or data[:4] != _MARK:
            raise UnreadableError("damaged", "these bytes hold no identifiers")
        _, _, bound, persons, pairs = _HEAD.unpack_from(data)
        if len(data) != _HEAD.size + 16 * pairs:
            raise UnreadableError("damaged", "the identifiers are cut short")
        both = np.frombuffer(data, "<u8", offset=_HEAD.size).astype(np.uint64)
        return Identifiers(both[:pairs], both[pairs:], persons, bound)


def _households(weak: Hashes, owners: Hashes) -> tuple[Hashes, Hashes]:
    """The pairs of identifiers that few persons share."""
    weak, owners = _pairs(weak, owners)
    starts = np.flatnonzero(np.r_[True, weak[1:] != weak[:-1]][: len(weak)])
    shared_by = np.diff(np.r_[starts, len(weak)])
    few = np.repeat(shared_by <= thresholds().family, shared_by)
    return weak[few], owners[few]


def _pairs(keys: Hashes, owners: Hashes) -> tuple[Hashes, Hashes]:
    """Each pair once, by key and then by owner."""
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    new = np.r_[True, (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])][: len(keys)]
    return keys[new], owners[new]
