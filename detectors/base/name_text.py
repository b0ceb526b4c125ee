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
from detectors.base.han import FIRST, LAST, Characters, Pairs
from detectors.base.name_numbers import MAY_TOUCH, begins_plate, number_after, number_before
from detectors.base.name_score import NEVER, Scores, compound_weight, pack, tables, word_penalty
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
_NUMBER = 3.6  # a mobile number, blanks and marks aside: 张三 138…
_OTHER = -2.5  # any other character
_CLOSED = -12.0  # the dot of a foreign name, a title in 《》, the province of a plate
_FINAL = 4.0  # what a name loses that ends in such a word, as much as an announcing word gives
_HOPE = -0.5  # surname and left neighbour below this are not looked at further
_USUAL = -1.0  # weight from which a surname opens a name in a sentence; below are words (在, 是) that are surnames as well
_ANNOUNCED = 3.0  # weight before it from which a rarer one does as well (客户金…), down to _RARE
_RARE = -1.6


@dataclass(frozen=True, slots=True, repr=False)
class Neighbours:
    """Weights of the character beside, float32 [65536], and of two characters, by their number in `Pairs`.

    opens    begins a name in a sentence; hopeful: its weight at best
    wary     does so only after a word that announces a name
    grammar  is more often a word of grammar than a surname
    final    taken off where a name would end in a word of grammar (朱洋已)
    """

    before: Scores
    after: Scores
    before_pair: tuple[Pairs, Scores]
    after_pair: tuple[Pairs, Scores]
    titles: Pairs
    opens: NDArray[np.bool_]
    wary: NDArray[np.bool_]
    hopeful: Scores
    grammar: NDArray[np.bool_]
    final: Scores


@cache
def neighbours() -> Neighbours:
    """The words of `name_words.tsv` as tables."""
    held = tables()
    listed = lexicon.table("name_words")
    rows = list(zip(listed["use"], listed["word"], listed["weight"], strict=True))
    single: dict[str, Scores] = {}
    pairs: dict[str, tuple[Pairs, Scores]] = {}
    for use, part in (("before", slice(-2, None)), ("after", slice(0, 2))):
        table = np.full(65536, _EDGE, np.float32)
        table[FIRST : LAST + 1] = _OTHER
        two: dict[str, float] = {}
        for kind, word, weight in rows:
            if kind == use and len(word) == 1:
                table[ord(word)] = float(weight)
            elif kind == use:
                two[word[part]] = max(two.get(word[part], _CLOSED), float(weight))
        single[use] = table
        pairs[use] = Pairs.of(list(two)), np.array([0, *two.values()], np.float32)
    single["before"][[ord("·"), ord("《")]] = single["after"][ord("·")] = _CLOSED
    single["before"][ord(":")] = _LABEL
    grammar = np.zeros(65536, bool)
    grammar[[ord(word) for kind, word, _ in rows if kind == "grammar"]] = True
    final = np.zeros(65536, np.float32)
    final[[ord(word) for kind, word, _ in rows if kind == "final"]] = _FINAL
    titles = Pairs.of([word for kind, word, _ in rows if kind == "title" and len(word) == 2])
    usual = (held.listed & (held.surname > _USUAL)) | held.compound_first
    wary = held.listed & (held.surname > _RARE) & ~usual
    hopeful = np.where(held.compound_first, np.maximum(held.surname, 0), held.surname)
    opens = usual | wary
    return Neighbours(
        single["before"], single["after"], pairs["before"], pairs["after"], titles, opens, wary, hopeful, grammar, final
    )


def names_inside(held: Characters, asked: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Names in the cells where `asked`: row, start and end (places in `held.code`), sorted, not overlapping."""
    code, beside = held.code, neighbours()
    opens, left = _openings(code, beside)
    row = held.rows(opens)
    kept = asked[row]
    opens, row, left = opens[kept], row[kept], left[kept]
    if not len(opens):
        return opens, opens, opens
    window = code.take(opens[:, None] + np.arange(4))
    run = window - np.uint16(FIRST) <= LAST - FIRST
    run[:, 2] &= run[:, 1]
    run[:, 3] &= run[:, 2] & tables().compound_first.take(window[:, 0])
    best = np.full(len(opens), NEVER, np.float32)
    bare = np.full(len(opens), NEVER, np.float32)
    width = np.zeros(len(opens), np.int64)
    open_end = np.zeros(len(opens), bool)
    numbered = np.zeros(len(opens), bool)
    for size in (2, 3, 4):
        fits = np.flatnonzero(run[:, size - 1])
        if not len(fits):
            continue
        right = _right(code, opens[fits], size, beside)
        value = _score(window[fits, :size], left[fits] + right)
        total = value + left[fits] + right
        better = total > best[fits]
        chosen = fits[better]
        open_end[chosen] = right[better] == np.float32(_EDGE)
        numbered[chosen] = right[better] == np.float32(_NUMBER)
        best[chosen], bare[chosen], width[chosen] = total[better], value[better], size
    beside_number = numbered & (left >= np.float32(_EDGE)) & (left != np.float32(_NUMBER))
    enough = np.where((left >= 4) | beside_number, np.float32(BARE[1]), np.float32(BARE[0]))
    enough[open_end & (left == np.float32(_EDGE)) & (opens > held.start[row])] = UNSUPPORTED
    sure = (best >= ACCEPT) & (bare > enough)
    again = np.flatnonzero((best >= AGAIN) & ~sure & (bare > BARE[0]))
    if len(again) and sure.any():
        sure[again[_repeats(again, np.flatnonzero(sure), window, width, row, len(held))]] = True
    found = np.flatnonzero(sure)
    start = opens[found]
    end = start + width[found]
    keep = _apart(start, end, best[found])
    return row[found][keep], start[keep], end[keep]


def _repeats(
    again: NDArray[np.int64],
    sure: NDArray[np.int64],
    window: NDArray[np.uint16],
    width: NDArray[np.int64],
    row: NDArray[np.int64],
    rows: int,
) -> NDArray[np.bool_]:
    """Which of the spans `again` are, letter by letter, one of the spans `sure` in the same cell."""
    asked = np.zeros(rows, bool)
    asked[row[again]] = True
    both = np.concatenate([again, sure[asked[row[sure]]]])
    codes = np.where(np.arange(4) < width[both][:, None], window[both], np.uint16(0))
    mixed = pack(codes) * np.uint64(0x9E3779B97F4A7C15) ^ row[both].astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    return np.isin(mixed[: len(again)], mixed[len(again) :])


def _openings(code: NDArray[np.uint16], beside: Neighbours) -> tuple[NDArray[np.int64], Scores]:
    """Where a listed surname and another Han character stand, and the weight of what is before; only what may be accepted."""
    opens = np.flatnonzero(beside.opens.take(code))
    opens = opens[code.take(opens + 1) - np.uint16(FIRST) <= LAST - FIRST]
    one, before = code.take(opens), code.take(opens - 1)
    left = beside.before.take(before)
    labels = np.flatnonzero(before == ord(":"))  # 姓名: says as much as 姓名 does
    said = np.full(len(labels), _LABEL, np.float32)
    _raise(
        said, np.arange(len(labels)), code.take(opens[labels] - 3, mode="clip"), code.take(opens[labels] - 2), beside.before_pair
    )
    left[labels] = np.maximum(said, np.float32(_LABEL))
    marks = np.flatnonzero(MAY_TOUCH.take(before))
    left[marks[number_before(code, opens[marks])]] = _NUMBER
    ends = np.flatnonzero(beside.before_pair[0].second.take(before))
    _raise(left, ends, code.take(opens[ends] - 2), before[ends], beside.before_pair)
    left[beside.grammar.take(one) & (left < 4) & (before != ord(":"))] -= 2
    kept = (left + beside.hopeful.take(one) > _HOPE) & ((left >= _ANNOUNCED) | ~beside.wary.take(one))
    return opens[kept], left[kept]


def _raise(
    weight: Scores, at: NDArray[np.int64], one: NDArray[np.uint16], two: NDArray[np.uint16], pairs: tuple[Pairs, Scores]
) -> None:
    """Put the weight of a pair in place of that of the single character, at these positions."""
    number = pairs[0].numbers(one, two)
    known = np.flatnonzero(number)
    weight[at[known]] = pairs[1].take(number[known])


def _score(codes: NDArray[np.uint16], sides: Scores) -> Scores:
    """As `name_score.score`, but only with listed surnames, and with the penalty of a word that the string begins with.

    What with its neighbours stays below `AGAIN` without any penalty is not looked up among the words.
    """
    held = tables()
    size = codes.shape[1]
    one, two = codes[:, 0], codes[:, 1]
    value = np.where(held.listed.take(one), held.surname.take(one), np.float32(NEVER))
    if size == 2:
        value = value + held.only.take(two)
    elif size == 3:
        value = value + held.first.take(two) + held.second.take(codes[:, 2])
        value = np.maximum(value, compound_weight(one, two) + held.only.take(codes[:, 2]))
    else:
        value = compound_weight(one, two) + held.first.take(codes[:, 2]) + held.second.take(codes[:, 3])
        value -= 1
    value = value - neighbours().final.take(codes[:, -1])
    hope = np.flatnonzero(value + sides > AGAIN - 0.01)  # sums are rounded
    near = codes[hope]
    if size == 3:
        value[hope] -= 0.5 * word_penalty(pack(near[:, :2]))
        value[hope[neighbours().titles.among(near[:, 1], near[:, 2])]] = NEVER
    value[hope] -= word_penalty(pack(near))
    return np.asarray(value, np.float32)


def _right(code: NDArray[np.uint16], opens: NDArray[np.int64], size: int, beside: Neighbours) -> Scores:
    """Weight of what follows a name of this size at each opening."""
    one = code.take(opens + size)
    weight = beside.after.take(one)
    marks = np.flatnonzero(MAY_TOUCH.take(one))
    weight[marks[number_after(code, opens[marks] + size)]] = _NUMBER
    weight[begins_plate(code.take(opens + size - 1), one)] = _CLOSED
    if size < 4:
        begins = np.flatnonzero(beside.after_pair[0].first.take(one))
        _raise(weight, begins, one[begins], code.take(opens[begins] + size + 1), beside.after_pair)
    return np.asarray(weight, np.float32)


def _apart(start: NDArray[np.int64], end: NDArray[np.int64], best: Scores) -> NDArray[np.bool_]:
    """Of overlapping spans (sorted by start) the better ones; a loop over the few that overlap."""
    keep = np.ones(len(start), bool)
    for i in np.flatnonzero(start[1:] < end[:-1]):
        later = i + 1
        if keep[i] and start[later] < end[i]:
            keep[later if best[i] >= best[later] else i] = False
    return keep


_DOT_INSIDE = re.compile("(?<=[\u4e00-\u9fff])[·•・‧∙⋅](?=[\u4e00-\u9fff])")


def dotted_inside(texts: Texts, held: Characters) -> list[tuple[int, int, int, str]]:
    """Foreign names with a dot inside a sentence (row, start, end in bytes of the cell, name).

    From the dot outwards as far as the characters are those of names by sound. A loop over the few cells with such a dot.
    """
    dots = np.flatnonzero(held.code == ord("·"))
    if not len(dots):
        return []
    rows = np.unique(held.rows(dots))
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
