"""Names of persons inside sentences: a name-like string between words that usually stand beside a name.

客户[王晓燕]反映, 收件人：[李建国], 主治医师为[王丽华], 记者[陈思武]. Every place where a listed surname
begins is scored as a name of two, three or (compound surnames) four characters, plus a weight for what
stands before and one for what stands after. A string accepted once is accepted wherever it stands again in
the same cell between plausible neighbours. Weights are by hand (`name_words.tsv`), from how Chinese
sentences are built: apposition, addressing, reporting verbs; the threshold from development sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import lexicon
from detectors.base.han import decode
from detectors.base.name_score import NEVER, Scores, compound_weight, pack, pair, tables, word_penalty
from detectors.base.texts import Texts

ACCEPT = 6.0
"""Sum of name score and both neighbours from which a string in a sentence is a name."""
AGAIN = 2.0
"""The same for a string that was accepted elsewhere in the cell."""
BARE = (1.0, -2.5)
"""What the string alone must score: beside any neighbours, right after a word such as 客户 or 姓名."""
UNSUPPORTED = 4.5
"""The same between two marks of punctuation, inside a cell, where no word speaks for a name (a half line of a poem)."""

_EDGE = 2.2  # punctuation, a digit, the end of the cell
_LABEL = 3.0  # a colon: 户主:
_OTHER = -2.5  # any other character
_CLOSED = -12.0  # the dot of a foreign name, a title in 《》
_HOPE = -0.5  # surname and left neighbour below this are not looked at further
_USUAL = -1.0  # weight from which a surname opens a name in a sentence; below are words (在, 是) that are surnames as well
_BREAKS = np.frombuffer(b"\xb7\xab", np.uint8)  # last bytes of · and the like


@dataclass(frozen=True, slots=True, repr=False)
class Neighbours:
    """Weights of the character beside, float32 [65536], and of two characters, as sorted keys."""

    before: Scores
    after: Scores
    before_pair: tuple[NDArray[np.uint32], Scores]
    after_pair: tuple[NDArray[np.uint32], Scores]
    titles: NDArray[np.uint32]
    opens: NDArray[np.bool_]
    grammar: NDArray[np.bool_]


@cache
def neighbours() -> Neighbours:
    """The words of `name_words.tsv` as tables."""
    held = tables()
    listed = lexicon.table("name_words")
    rows = list(zip(listed["use"], listed["word"], listed["weight"], strict=True))
    single: dict[str, Scores] = {}
    pairs: dict[str, tuple[NDArray[np.uint32], Scores]] = {}
    for use, part in (("before", slice(-2, None)), ("after", slice(0, 2))):
        table = np.full(65536, _OTHER, np.float32)
        two: dict[int, float] = {}
        for kind, word, weight in rows:
            if kind == use and len(word) == 1:
                table[ord(word)] = float(weight)
            elif kind == use:
                key = pair(word[part])
                two[key] = max(two.get(key, _CLOSED), float(weight))
        keys = np.array(sorted(two), np.uint32)
        single[use] = table
        pairs[use] = keys, np.array([two[int(key)] for key in keys], np.float32)
    grammar = np.zeros(65536, bool)
    grammar[[ord(word) for kind, word, _ in rows if kind == "grammar"]] = True
    titles = np.array([pair(word) for kind, word, _ in rows if kind == "title" and len(word) == 2], np.uint32)
    opens = (held.listed & (held.surname > _USUAL)) | held.compound_first
    return Neighbours(single["before"], single["after"], pairs["before"], pairs["after"], titles, opens, grammar)


def names_inside(texts: Texts, asked: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Names in the cells where `asked`: row, start and end (absolute bytes), sorted, not overlapping."""
    zero = np.zeros(0, np.int64)
    held, beside = tables(), neighbours()
    first, last = int(texts.offsets[0]), int(texts.offsets[-1])
    data = texts.data
    at = np.flatnonzero(data[first:last] - np.uint8(0xE4) < 6) + first
    if len(at) < 4:
        return zero, zero, zero
    code = np.zeros(len(at) + 8, np.uint16)
    code[4:-4] = decode(data, at)
    far = np.int64(1) << 60
    place = np.concatenate([np.full(4, -far), at, np.full(4, far)])
    # a listed surname and a following Han character
    opens = np.flatnonzero(beside.opens[code])
    opens = opens[place[opens + 1] == place[opens] + 3]
    # what stands before decides nine in ten away
    left = np.where(place[opens - 1] == place[opens] - 3, beside.before[code[opens - 1]], np.float32(_EDGE))
    row = np.searchsorted(texts.offsets, place[opens], side="right") - 1
    begins = place[opens] == texts.offsets[row]
    left = np.where(begins, np.float32(_EDGE), left)
    two = ~begins & (place[opens - 2] == place[opens] - 6) & (place[opens] - 6 >= texts.offsets[row])
    _raise(left, two, code[opens - 2], code[opens - 1], beside.before_pair)
    left -= np.where(beside.grammar[code[opens]] & (left < 4), np.float32(2), np.float32(0))
    edge = ~begins & (place[opens - 1] != place[opens] - 3)
    before = data[np.maximum(place[opens] - 1, 0)]
    left = np.where(edge & np.isin(before, _BREAKS), np.float32(_CLOSED), left)
    left = np.where(edge & (before == 58), np.float32(_LABEL), left)
    title = edge & (before == 0x8A)  # 《
    left = np.where(title, np.float32(_CLOSED), left)
    hope = left + np.where(held.compound_first[code[opens]], np.float32(0), held.surname[code[opens]])
    kept = asked[row] & ((left + held.surname[code[opens]] > _HOPE) | (hope > _HOPE))
    opens, row, left = opens[kept], row[kept], left[kept]
    if not len(opens):
        return zero, zero, zero
    end_of_row = texts.offsets[row + 1]
    step = np.arange(1, 4)
    run = (place[opens[:, None] + step] == place[opens][:, None] + 3 * step) & (place[opens[:, None] + step] < end_of_row[:, None])
    window = code[opens[:, None] + np.arange(4)]
    best = np.full(len(opens), NEVER, np.float32)
    bare = np.full(len(opens), NEVER, np.float32)
    width = np.zeros(len(opens), np.int64)
    open_end = np.zeros(len(opens), bool)
    for size in (2, 3, 4):
        fits = np.flatnonzero(run[:, : size - 1].all(axis=1))
        if not len(fits):
            continue
        value = _score(window[fits, :size])
        right = _right(texts, place, code, opens[fits], row[fits], size, beside)
        total = value + left[fits] + right
        better = total > best[fits]
        chosen = fits[better]
        open_end[chosen] = right[better] == np.float32(_EDGE)
        best[chosen], bare[chosen], width[chosen] = total[better], value[better], size
    enough = np.where(left >= 4, np.float32(BARE[1]), np.float32(BARE[0]))
    enough[open_end & (left == np.float32(_EDGE)) & (place[opens] > texts.offsets[row])] = UNSUPPORTED
    sure = (best >= ACCEPT) & (bare > enough)
    key = np.zeros(len(opens), np.uint64)
    for size in (2, 3, 4):
        which = width == size
        if which.any():
            key[which] = pack(window[which, :size])
    again = (best >= AGAIN) & ~sure & (bare > BARE[0])
    if sure.any() and again.any():
        mixed = key * np.uint64(0x9E3779B97F4A7C15) ^ row.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        sure |= again & np.isin(mixed, mixed[sure])
    found = np.flatnonzero(sure)
    start = place[opens[found]]
    end = start + 3 * width[found]
    keep = _apart(start, end, best[found])
    return row[found][keep], start[keep], end[keep]


def _raise(
    weight: Scores,
    where: NDArray[np.bool_],
    one: NDArray[np.uint16],
    two: NDArray[np.uint16],
    pairs: tuple[NDArray[np.uint32], Scores],
) -> None:
    """Put the weight of a pair in place of that of the single character."""
    at = np.flatnonzero(where)
    key = one[at].astype(np.uint32) << 16 | two[at]
    place = np.minimum(np.searchsorted(pairs[0], key), len(pairs[0]) - 1)
    hit = pairs[0][place] == key
    weight[at[hit]] = pairs[1][place[hit]]


def _score(codes: NDArray[np.uint16]) -> Scores:
    """As `name_score.score`, but only with listed surnames, and with the penalty of a word that the string begins with."""
    held = tables()
    size = codes.shape[1]
    value = np.where(held.listed[codes[:, 0]], held.surname[codes[:, 0]], np.float32(NEVER))
    if size == 2:
        value = value + held.only[codes[:, 1]]
    elif size == 3:
        value = value + held.first[codes[:, 1]] + held.second[codes[:, 2]]
        value = np.maximum(value, compound_weight(codes[:, 0], codes[:, 1]) + held.only[codes[:, 2]])
        value -= 0.5 * word_penalty(pack(codes[:, :2]))
        value[np.isin(codes[:, 1].astype(np.uint32) << 16 | codes[:, 2], neighbours().titles)] = NEVER
    else:
        value = compound_weight(codes[:, 0], codes[:, 1]) + held.first[codes[:, 2]] + held.second[codes[:, 3]]
        value -= 1
    return np.asarray(value - word_penalty(pack(codes)), np.float32)


def _right(
    texts: Texts,
    place: NDArray[np.int64],
    code: NDArray[np.uint16],
    opens: NDArray[np.int64],
    row: NDArray[np.int64],
    size: int,
    beside: Neighbours,
) -> Scores:
    """Weight of what follows a name of this size at each opening."""
    end = place[opens] + 3 * size
    limit = texts.offsets[row + 1]
    follows = (place[opens + size] == end) & (end < limit)
    weight = np.where(follows, beside.after[code[opens + size]], np.float32(_EDGE))
    two = follows & (place[opens + size + 1] == end + 3) & (end + 3 < limit) if size < 4 else np.zeros(len(opens), bool)
    _raise(weight, two, code[opens + size], code[np.minimum(opens + size + 1, len(code) - 1)], beside.after_pair)
    inner = ~follows & (end < limit)
    byte = texts.data[np.minimum(end, len(texts.data) - 1)]
    behind = texts.data[np.minimum(end + 1, len(texts.data) - 1)]
    dot = inner & ((byte == 0xC2) & (behind == 0xB7))
    return np.asarray(np.where(dot, np.float32(_CLOSED), weight), np.float32)


def _apart(start: NDArray[np.int64], end: NDArray[np.int64], best: Scores) -> NDArray[np.bool_]:
    """Of overlapping spans (sorted by start) the better ones; a loop over the few that overlap."""
    keep = np.ones(len(start), bool)
    for i in np.flatnonzero(start[1:] < end[:-1]):
        later = i + 1
        if keep[i] and start[later] < end[i]:
            keep[later if best[i] >= best[later] else i] = False
    return keep


_DOT_INSIDE = re.compile("(?<=[\u4e00-\u9fff])[·•・‧∙⋅](?=[\u4e00-\u9fff])")


def dotted_inside(texts: Texts) -> list[tuple[int, int, int, str]]:
    """Foreign names with a dot inside a sentence (row, start, end in bytes of the cell, name).

    From the dot outwards as far as the characters are those of names by sound. A loop over the few cells with such a dot.
    """
    data, low, high = texts.data, int(texts.offsets[0]), int(texts.offsets[-1])
    if high - low < 2:
        return []
    dots = np.flatnonzero((data[low : high - 1] == 0xC2) & (data[low + 1 : high] == 0xB7)) + low
    if not len(dots):
        return []
    rows = np.unique(np.searchsorted(texts.offsets, dots, side="right") - 1)
    found: list[tuple[int, int, int, str]] = []
    for row, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        done = 0
        for dot in _DOT_INSIDE.finditer(text):
            if dot.start() < done:
                continue
            begin, end = dot.start(), dot.end()
            while begin > max(done, dot.start() - 8) and _by_sound(text[begin - 1]):
                begin -= 1
            while end < min(len(text), begin + 24) and (_by_sound(text[end]) or _dot_before(text, end)):
                end += 1
            if dot.start() - begin >= 2 and end - dot.end() >= 2:
                before = len(text[:begin].encode())
                found.append((row, before, before + len(text[begin:end].encode()), text[begin:end]))
                done = end
    return found


def _by_sound(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" and bool(tables().sound[ord(character)] > 0)


def _dot_before(text: str, at: int) -> bool:
    """Whether a further part of the name follows this dot."""
    return text[at] == "·" and at + 1 < len(text) and _by_sound(text[at + 1])
