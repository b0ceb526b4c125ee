"""Names in writings other than two to four Han characters alone in a cell.

With a dot (买买提·吐尔逊), with blanks (张 三), before a remark or a number (王晓燕(销售)), several in a cell, masked by signs
(王**, *燕), in Latin letters (ZHANG/SAN, Wang Xiaoyan, John Smith).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import lexicon, name_score
from detectors.base.matches import Evidence, Matches
from detectors.base.name_cells import DUMMY, LIKE, MASKED, NAME, SURE, judge_texts, words
from detectors.base.texts import Texts

LONGEST = 72  # bytes of a cell that is a name in one of these writings

_DOT = "[·•・‧∙⋅.]"
_DOTTED = rf"^\p{{Han}}{{1,12}}(?: ?{_DOT} ?\p{{Han}}{{1,12}}){{1,4}}$"
_SPACED = r"^\p{Han}{1,2}(?:\s+\p{Han}{1,2}){1,3}$"
_REMARK = r"^(\p{Han}{2,4})(?:\s*[(\[【].{1,40}[)\]】]|[\s:/,-]*(?:1[3-9]\d[\d -]{8,10}|0\d{2,3}-?\d{7,8}))$"
_SEVERAL = r"^\p{Han}{2,4}(?:\s*[、,;/|]\s*\p{Han}{2,4}){1,9}$"
_MASK = r"^(?:\p{Han}{1,2}[*×○xX#]{1,3}\p{Han}?|[*×○]{1,3}\p{Han}{1,2}|\p{Han}[*×○]{1,2}\p{Han}{1,2})$"
_LATIN = r"^[A-Za-z][A-Za-z'’-]*\.?(?:[ ,/]{1,2}[A-Za-z][A-Za-z'’-]*\.?){1,3}$"
_PLACEHOLDER = (
    r"(?i)^(?:test|tester|testing|test ?user|test ?name|demo|sample|anonymous|unknown|john doe|jane doe|zhang san|li si|wang wu"
    r"|n/a|null|none|admin)\d{0,3}$"
)
_SHORT = 27  # bytes of a dotted name that is not known to be one by sound
_PARTED, _DOTS = np.zeros(256, bool), np.zeros(256, bool)
_PARTED[np.frombuffer(b" ,/", np.uint8)] = True
_DOTS[np.frombuffer(b".\xc2\xe2", np.uint8)] = True  # C2 begins ·, E2 the other dots
_COMPOUND_PINYIN = ("ouyang", "shangguan", "zhuge", "sima", "situ", "huangfu", "murong", "linghu", "dongfang", "xiahou", "yuwen")


def forms(texts: Texts) -> list[Matches]:
    """Cells that are a name in another writing."""
    size = texts.lengths
    data, high = texts.data, int(texts.offsets[-1])
    row = np.flatnonzero((size >= 3) & (size <= LONGEST))
    if not len(row):
        return []
    start, end = texts.starts[row], texts.ends[row]
    head = data[start]
    letter = (head | 32) - np.uint8(97) < 26
    found: list[Matches] = []
    spaced = letter & _held(texts, row, _PARTED)
    if spaced.any():
        found.append(_latin(texts.folded.take(pa.array(row[spaced])), row[spaced]))
    # after at most four Han characters another sign: a blank, a bracket, a digit, a star
    short = np.zeros(len(row), bool)
    for skip in (3, 6, 9, 12):
        short |= (start + skip < end) & (data[np.minimum(start + skip, high - 1)] < 0xE4)
    starred = (head < 128) & ~letter & (head - np.uint8(48) >= 10)
    han = head >= 0xE4
    close = (han & short) | starred | (data[end - 1] == 42)
    if close.any():
        cells = texts.folded.take(pa.array(row[close]))
        found += [form(cells, row[close]) for form in (_masked, _spaced, _remark, _several)]
    dotted = han & _held(texts, row, _DOTS)
    if dotted.any():
        found.append(_dotted(texts.folded.take(pa.array(row[dotted])), row[dotted]))
    return found


def _held(texts: Texts, row: NDArray[np.int64], signs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the cells hold one of these bytes."""
    low, high = int(texts.offsets[0]), int(texts.offsets[-1])
    at = np.flatnonzero(signs[texts.data[low:high]]) + low
    held = np.zeros(len(texts), bool)
    held[np.searchsorted(texts.offsets, at, side="right") - 1] = True
    return held[row]


def _fit(cells: pa.StringArray, row: NDArray[np.int64], pattern: str) -> tuple[pa.StringArray, NDArray[np.int64]]:
    held = pc.match_substring_regex(cells, pattern)
    return cells.filter(held), row[held.to_numpy(zero_copy_only=False)]


def _bytes(cells: pa.StringArray) -> NDArray[np.int64]:
    return np.asarray(pc.binary_length(cells).to_numpy(zero_copy_only=False), np.int64)


def _whole(row: NDArray[np.int64], cells: pa.StringArray, flags: NDArray[np.uint16], value: pa.StringArray) -> Matches:
    return Matches(row, np.zeros(len(row), np.int64), _bytes(cells), flags, value)


@cache
def _turkic() -> str:
    """A part that is a common name among Uyghurs and Kazakhs."""
    return f"(?:^|·)(?:{'|'.join(words('turkic'))})(?:·|$)"


def _dotted(cells: pa.StringArray, row: NDArray[np.int64]) -> Matches:
    """Names of other peoples; by sound they are sure, else (万科·金域) only shaped like one."""
    cells, row = _fit(cells, row, _DOTTED)
    if not len(row):
        return Matches.none()
    value = pc.replace_substring_regex(cells, f" ?{_DOT} ?", "·")
    by_sound = name_score.sound([text.replace("·", "") for text in value.to_pylist()]) > 0
    by_sound |= pc.match_substring_regex(value, _turkic()).to_numpy(zero_copy_only=False)
    found = _whole(row, cells, np.where(by_sound, SURE, np.uint16(Evidence.SHAPE)), value)
    return found.take(by_sound | (_bytes(value) <= _SHORT))  # longer ones are sentences with a name inside


def _spaced(cells: pa.StringArray, row: NDArray[np.int64]) -> Matches:
    cells, row = _fit(cells, row, _SPACED)
    if not len(row):
        return Matches.none()
    value = pc.replace_substring_regex(cells, r"\s+", "")
    flags = judge_texts(Texts(value))
    return _whole(row, cells, flags, value).take(flags > 0)


def _remark(cells: pa.StringArray, row: NDArray[np.int64]) -> Matches:
    """The name is the span; without the look of a name there is none."""
    cells, row = _fit(cells, row, _REMARK)
    if not len(row):
        return Matches.none()
    value = pc.replace_substring_regex(cells, r"(?s)^(\p{Han}{2,4}).*$", r"\1")
    flags = judge_texts(Texts(value))
    return _whole(row, value, flags, value).take((flags & (LIKE | MASKED | DUMMY) & ~np.uint16(Evidence.SHAPE)) > 0)


def _several(cells: pa.StringArray, row: NDArray[np.int64]) -> Matches:
    """Every part that reads like a name, when most parts do."""
    cells, row = _fit(cells, row, _SEVERAL)
    if not len(row):
        return Matches.none()
    # name, mark, name …: lengths of both tell where each part stands
    marks = pc.split_pattern_regex(cells, r"\p{Han}+")
    parts = pc.split_pattern_regex(cells, r"\s*[、,;/|]\s*")
    count = np.asarray(pc.list_value_length(parts).to_numpy(zero_copy_only=False), np.int64)
    owner = np.repeat(np.arange(len(row)), count)
    value = parts.flatten()
    width = _bytes(value)
    # a cell of n parts splits at the Han runs into n + 1 marks, the first and the last empty
    first_mark = (
        np.repeat(np.cumsum(count + 1) - (count + 1), count) + np.arange(len(value)) - np.repeat(np.cumsum(count) - count, count)
    )
    gap = _bytes(marks.flatten())[first_mark]
    reach = np.cumsum(width + gap)
    before = np.concatenate([[0], reach])[np.cumsum(count) - count]
    start = reach - width - before[owner]
    flags = judge_texts(Texts(value))
    likely = (flags & LIKE) > 0
    share = np.bincount(owner, likely, len(row)) / count
    return Matches(row[owner], start, start + width, flags, value).take(likely & (share[owner] >= 0.6))


def _masked(cells: pa.StringArray, row: NDArray[np.int64]) -> Matches:
    cells, row = _fit(cells, row, _MASK)
    return _whole(row, cells, np.full(len(row), MASKED, np.uint16), cells)


@cache
def _pinyin() -> str:
    """A surname and one or two syllables of a given name, in either order."""
    held = lexicon.table("pinyin_syllables")
    rows = sorted(zip(held["syllable"], held["surname"], strict=True), key=lambda item: -len(item[0]))
    one = "|".join(syllable for syllable, _ in rows)
    family = "|".join((*_COMPOUND_PINYIN, *(syllable for syllable, is_surname in rows if is_surname == "1")))
    given = f"(?:{one})(?:[-'’ ]?(?:{one}))?"
    return f"(?i)^(?:(?:{family})[ ,/]{{1,2}}{given}|{given}[ ,/]{{1,2}}(?:{family}))$"


def _latin(cells: pa.StringArray, row: NDArray[np.int64]) -> Matches:
    """Two to four words; LEXICON when they are a surname and a given name in pinyin."""
    cells, row = _fit(cells, row, _LATIN)
    if not len(row):
        return Matches.none()
    pinyin = pc.match_substring_regex(cells, _pinyin()).to_numpy(zero_copy_only=False)
    flags = np.where(pinyin, NAME, np.uint16(Evidence.SHAPE))
    flags[pc.match_substring_regex(cells, _PLACEHOLDER).to_numpy(zero_copy_only=False)] = DUMMY
    return _whole(row, cells, flags, pc.utf8_upper(pc.replace_substring_regex(cells, r"[ ,/]+", " ")))
