"""How much a Han string reads like a personal name: surname, then one or two given-name characters.

The score is a log likelihood ratio in nats against words and firms: weight of the surname + weight of each given-name
character at its place − a penalty when the whole is a known word or the short name of a firm. What does not read like a Han
name is also scored as a foreign name written by its sound without a dot (马尔科夫), by its first, inner and last characters.
Source of the weights: `surnames.tsv`, `given_characters.tsv`, `name_like_words.tsv` (their first lines), rebuilt by
`lexicons/update/names.py`.
Measured on 2,563 names and 3,302 other strings of two to four characters: from 0 on, 96.5 % of the names (common 98 %, with a
compound surname 99 %, with the rarest surnames 87 %, out of news 90 %) and 3.8 % of the others, a third of them names of
persons that stand in lists of terms. With the firms among the others left out of the fit and of the list of words: 96.8 and
4.8 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base import lexicon

Codes = NDArray[np.uint16]
Scores = NDArray[np.float32]

LIKELY = 0.0
"""From here a cell of a column reads like a name."""
STRONG = 5.0
"""From here it hardly reads like anything else."""
TWO_SURNAMES = 4.0  # taken off for a married name with both surnames (范徐丽泰)
FOUR_UNLISTED = 5.5  # taken off for four characters without a compound surname
NEVER = -60.0
UNLISTED_TWO = 1.5  # added for two characters of which the first is on no list of surnames: few words look like that
SOUND = (0.5, 3.0)  # a foreign name without a dot: scale of its score, and what is taken off before
_WORD = (2.0, 0.7)  # penalty of a word: constant, and per ln(count + 1)
_BITS = 20


@dataclass(frozen=True, slots=True, repr=False)
class Tables:
    """Weights indexed by code point, float32 [65536]; sorted keys of compound surnames and of words."""

    surname: Scores
    listed: NDArray[np.bool_]
    compound_first: NDArray[np.bool_]
    compound: NDArray[np.uint32]
    compound_weight: Scores
    only: Scores
    first: Scores
    second: Scores
    sound: Scores
    start: Scores
    inner: Scores
    end: Scores
    word: NDArray[np.uint64]
    penalty: Scores
    word_seen: NDArray[np.bool_]


@cache
def tables() -> Tables:
    """The lexicons as arrays, read once."""
    names = lexicon.table("surnames")
    surname = np.zeros(65536, np.float32)
    listed = np.zeros(65536, bool)
    compound_first = np.zeros(65536, bool)
    pairs: dict[int, float] = {}
    for name, cell in zip(names["surname"], names["weight"], strict=True):
        weight = int(cell) / 100
        if name == "-":
            surname[:] = np.where(surname == 0, weight, surname)
    for name, cell in zip(names["surname"], names["weight"], strict=True):
        weight = int(cell) / 100
        if name.startswith("-"):
            if len(name) == 2:
                surname[ord(name[1])] = weight
        elif len(name) == 1:
            listed[ord(name)] = True
            surname[ord(name)] = weight
        else:
            compound_first[ord(name[0])] = True
            pairs[ord(name[0]) << 16 | ord(name[1])] = weight
    keys = np.array(sorted(pairs), np.uint32)
    characters = lexicon.table("given_characters")
    codes = _code_points("".join(characters["character"]))
    columns: dict[str, Scores] = {}
    for title in ("only", "first", "second", "sound", "start", "inner", "end"):
        values = _numbers(characters[title]) / np.float32(100)
        column = np.full(65536, values[0], np.float32)
        column[codes[1:]] = values[1:]
        columns[title] = column
    words = lexicon.table("name_like_words")
    packed = _packed(words["word"])
    counts = _numbers(words["count"])
    order = np.argsort(packed)
    seen = np.zeros(1 << _BITS, bool)
    seen[_slot(packed)] = True
    return Tables(
        surname,
        listed,
        compound_first,
        keys,
        np.array([pairs[int(k)] for k in keys], np.float32),
        columns["only"],
        columns["first"],
        columns["second"],
        columns["sound"],
        columns["start"],
        columns["inner"],
        columns["end"],
        packed[order],
        (_WORD[0] + _WORD[1] * np.log(counts + 1))[order].astype(np.float32),
        seen,
    )


def _numbers(cells: tuple[str, ...]) -> Scores:
    return np.asarray(pa.array(cells, pa.string()).cast(pa.float32()).to_numpy(zero_copy_only=False), np.float32)


def _code_points(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-16-le"), np.uint16)


def _packed(words: tuple[str, ...]) -> NDArray[np.uint64]:
    """Words of up to four characters as keys, see `pack_text`."""
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    codes = _code_points("".join(words))
    key: NDArray[np.uint64] = codes[starts].astype(np.uint64)
    for place in range(1, 4):
        more = np.flatnonzero(starts + place < ends)
        key[more] = key[more] << np.uint64(16) | codes[starts[more] + place]
    return key


def pack_text(word: str) -> int:
    """Up to four characters as one key."""
    key = 0
    for character in word:
        key = key << 16 | ord(character)
    return key


def pair(word: str) -> int:
    """Two characters as one key of 32 bits."""
    return ord(word[0]) << 16 | ord(word[1])


def pack(codes: Codes) -> NDArray[np.uint64]:
    """Up to four code points [n, k] as one key."""
    key = codes[:, 0].astype(np.uint64)
    for place in range(1, codes.shape[1]):
        key = (key << np.uint64(16)) | codes[:, place]
    return key


def _slot(key: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _BITS)).astype(np.int64)


def word_penalty(key: NDArray[np.uint64]) -> Scores:
    """What is taken off each packed string for being a word of the language, 0 for none."""
    held = tables()
    taken = np.zeros(len(key), np.float32)
    maybe = np.flatnonzero(held.word_seen[_slot(key)])
    if len(maybe):
        place = np.minimum(np.searchsorted(held.word, key[maybe]), len(held.word) - 1)
        taken[maybe] = np.where(held.word[place] == key[maybe], held.penalty[place], 0)
    return taken


def compound_weight(first: Codes, second: Codes) -> Scores:
    """Weight of a compound surname, `NEVER` where the two characters are none."""
    held = tables()
    weight = np.full(len(first), NEVER, np.float32)
    maybe = np.flatnonzero(held.compound_first[first])
    if len(maybe):
        key = first[maybe].astype(np.uint32) << 16 | second[maybe]
        place = np.minimum(np.searchsorted(held.compound, key), len(held.compound) - 1)
        weight[maybe] = np.where(held.compound[place] == key, held.compound_weight[place], NEVER)
    return weight


def score(codes: Codes) -> Scores:
    """Score of each row of code points [n, 2…4]; nats, above `LIKELY` a name. Source: the module's lexicons."""
    held = tables()
    width = codes.shape[1]
    if width == 2:
        best = held.surname[codes[:, 0]] + held.only[codes[:, 1]]
        best += np.where(held.listed[codes[:, 0]], np.float32(0), np.float32(UNLISTED_TWO))
    elif width == 3:
        best = held.surname[codes[:, 0]] + held.first[codes[:, 1]] + held.second[codes[:, 2]]
        best = np.maximum(best, compound_weight(codes[:, 0], codes[:, 1]) + held.only[codes[:, 2]])
    elif width == 4:
        given = held.first[codes[:, 2]] + held.second[codes[:, 3]]
        one, two = held.surname[codes[:, 0]], held.surname[codes[:, 1]]
        both = held.listed[codes[:, 0]] & held.listed[codes[:, 1]]
        head = np.where(both, (one + two) / 2 - TWO_SURNAMES, one - FOUR_UNLISTED)
        best = np.maximum(head, compound_weight(codes[:, 0], codes[:, 1])) + given
    else:
        return np.full(len(codes), NEVER, np.float32)
    unlikely = np.flatnonzero(best <= LIKELY)
    if len(unlikely):
        best[unlikely] = np.maximum(best[unlikely], foreign(codes[unlikely]))
    near = np.flatnonzero(best > LIKELY)
    if len(near):
        best[near] -= word_penalty(pack(codes[near]))
    return best


def foreign(codes: Codes) -> Scores:
    """Score of each row [n, 2…] as a foreign name written by its sound without a dot (米歇尔), on the scale of `score`."""
    held = tables()
    value = held.start[codes[:, 0]] + held.end[codes[:, -1]]
    for place in range(1, codes.shape[1] - 1):
        value += held.inner[codes[:, place]]
    return np.asarray((value - SOUND[1]) * SOUND[0], np.float32)


def score_texts(strings: list[str]) -> Scores:
    """Score of Python strings of two to four Han characters each; others score `NEVER`."""
    out = np.full(len(strings), NEVER, np.float32)
    for width in (2, 3, 4):
        at = [i for i, s in enumerate(strings) if len(s) == width and all(0x4E00 <= ord(c) <= 0x9FFF for c in s)]
        if at:
            codes = np.frombuffer("".join(strings[i] for i in at).encode("utf-16-le"), np.uint16).reshape(len(at), width)
            out[at] = score(codes)
    return out


def sound(strings: list[str]) -> Scores:
    """How much the characters are those of names written by their sound (买买提, 托马斯): mean weight in nats."""
    held = tables()
    joined = [np.frombuffer(s.encode("utf-16-le"), np.uint16) for s in strings]
    return np.array([float(held.sound[codes].mean()) if len(codes) else NEVER for codes in joined], np.float32)
