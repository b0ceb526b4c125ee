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
from detectors.base.excerpts import folded, slices, some
from detectors.base.han import Characters, characters
from detectors.base.matches import Evidence, Matches
from detectors.base.name_cells import DUMMY, LIKE, MASKED, NAME, SURE, judge_texts, words
from detectors.base.texts import Texts

LONGEST = 72  # bytes of a cell that is a name in one of these writings

_DOTS = "·•・‧∙⋅."
_DOTTED = rf"^\p{{Han}}{{1,12}}(?: ?[{_DOTS}] ?\p{{Han}}{{1,12}}){{1,4}}$"
_SPACED = r"^\p{Han}{1,2}(?:\s+\p{Han}{1,2}){1,3}$"
_REMARK = r"^(\p{Han}{2,4})(?:\s*[(\[【].{1,40}[)\]】]|[\s:/,-]*(?:1[3-9]\d[\d -]{8,10}|0\d{2,3}-?\d{7,8}))$"
_MASK = r"^(?:\p{Han}{1,2}[*×○xX#]{1,3}\p{Han}?|[*×○]{1,3}\p{Han}{1,2}|\p{Han}[*×○]{1,2}\p{Han}{1,2})$"
_LATIN = r"^[A-Za-z][A-Za-z'’-]*\.?(?:[ ,/]{1,2}[A-Za-z][A-Za-z'’-]*\.?){1,3}$"
_PLACEHOLDER = (
    r"(?i)^(?:test|tester|testing|test ?user|test ?name|demo|sample|anonymous|unknown|john doe|jane doe|zhang san|li si|wang wu"
    r"|n/a|null|none|admin)\d{0,3}$"
)
_SHORT = 27  # bytes of a dotted name that is not known to be one by sound
_SIGNS = 4  # characters of Han at most before the first other sign of a writing
_BLANKS = " \t\n\f\r"
_PARTS = "、,，;；/|"  # between names in a list
_COMPOUND_PINYIN = ("ouyang", "shangguan", "zhuge", "sima", "situ", "huangfu", "murong", "linghu", "dongfang", "xiahou", "yuwen")


def latin_forms(texts: Texts, row: NDArray[np.int64]) -> Matches:
    """Those of these cells that are a name in Latin letters."""
    row = row[(texts.data.take(texts.starts[row]) | 32) - np.uint8(97) < 26]
    if not len(row):
        return Matches.none()
    cells = some(texts, row)
    parted = (cells.data == 32) | (cells.data == 44) | (cells.data == 47)  # blank, comma, slash
    at = np.flatnonzero(parted)
    if not len(at):
        return Matches.none()
    kept = np.unique(np.searchsorted(cells.offsets, at, side="right") - 1)
    kept = kept[(kept >= 0) & (kept < len(row))]
    return _latin(cells.folded.take(pa.array(kept)), row[kept])


@cache
def _han() -> NDArray[np.bool_]:
    """Characters that the expressions above take for Han (々 and 〇 as well), and whatever stands behind them in Unicode."""
    table = np.zeros(65536, bool)
    table[0x3400:] = True
    table[[0x3005, 0x3007]] = True
    return table


def _table(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(65536, bool)
    table[[ord(character) for character in characters]] = True
    return table


@cache
def _first_signs() -> dict[str, NDArray[np.bool_]]:
    """By writing, the signs that may be the first behind the Han characters that a cell begins with."""
    signs = {"masked": "*×○xX#", "spaced": _BLANKS, "remark": _BLANKS + "([【:/,-01", "several": _BLANKS + _PARTS}
    return {writing: _table(characters) for writing, characters in signs.items()}


@cache
def _masks() -> NDArray[np.bool_]:
    return _table("*×○")


@cache
def _ends_of_remarks() -> NDArray[np.bool_]:
    return _table("0123456789 -)]】")


@cache
def _parting() -> NDArray[np.bool_]:
    return _table(_BLANKS + _PARTS)


@cache
def _dots() -> NDArray[np.bool_]:
    return _table(_DOTS)


def han_forms(texts: Texts, held: Characters, row: NDArray[np.int64]) -> list[Matches]:
    """Those of these cells that are a name in another writing with Han characters."""
    code, start = held.code, held.start[row]
    head = code.take(start)
    han = _han().take(head)
    first = np.zeros(len(row), np.uint16)  # sign after at most four Han characters
    place = start.copy()
    going, on = np.flatnonzero(han), start[han]
    for _ in range(_SIGNS):
        on = on + 1
        sign = code.take(on)
        more = _han().take(sign)
        first[going[~more]], place[going[~more]] = sign[~more], on[~more]
        going, on = going[more], on[more]
    may = {writing: table.take(first) for writing, table in _first_signs().items()}
    may["masked"] |= _masks().take(head)
    may["remark"] &= _ends_of_remarks().take(code.take(held.end[row] - 1)) & (
        (first - np.uint16(48) > 9) | (code.take(place + 2) - np.uint16(48) < 10)  # a date is no telephone number
    )
    asked = np.flatnonzero(may["spaced"] | may["several"])
    parts = _second_part(code, place[asked])
    may["spaced"][asked] &= parts <= 2
    may["several"][asked] &= (parts != 1) & (parts <= 4)
    found: list[Matches] = []
    for writing, form in (("masked", _masked), ("spaced", _spaced), ("remark", _remark), ("several", _several)):
        chosen = row[may[writing]]
        if len(chosen):
            found.append(form(texts.folded.take(pa.array(chosen)), chosen))
    dotted = row[_dotted_cells(held)[row] & han]
    if len(dotted):
        found.append(_dotted(texts.folded.take(pa.array(dotted)), dotted))
    return found


def _second_part(code: NDArray[np.uint16], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many Han characters stand between the signs here and the next sign that parts names or the end: four at most, else 9.

    0 where it cannot be told, since there are many signs.
    """
    parting = _parting()
    for _ in range(3):
        at = at + parting.take(code.take(at))
    size = np.zeros(len(at), np.int64)
    going = ~parting.take(code.take(at))
    many = ~going
    for _ in range(5):
        going &= _han().take(code.take(at))
        size += going
        at = at + going
    after = code.take(at)
    size[(size == 0) | (size > 4) | ((after != 0) & ~parting.take(after))] = 9
    size[many] = 0
    return size


def _dotted_cells(held: Characters) -> NDArray[np.bool_]:
    """Which cells hold one of the dots that part foreign names."""
    code = held.code
    near = code - np.uint16(0x2022) <= 0x22C5 - 0x2022
    for sign in ".·・":
        near |= code == ord(sign)
    at = np.flatnonzero(near)
    dotted = np.zeros(len(held), bool)
    dotted[held.rows(at[_dots().take(code[at])])] = True
    return dotted


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
    value = pc.replace_substring_regex(cells, f" ?[{_DOTS}] ?", "·")
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
    """Every part that reads like a name, when most parts do. Parts are two to ten, of two to four characters, one sign between."""
    texts = folded(cells)
    held = characters(texts)
    kind = _kinds_of_lists().take(held.code)
    han = kind == _HAN
    begin = np.flatnonzero(han[1:] & ~han[:-1]) + 1
    end = np.flatnonzero(han[:-1] & ~han[1:]) + 1
    owner = held.rows(begin)
    count = np.bincount(owner, minlength=len(row))
    fine = (count >= 2) & (count <= 10) & han[held.start] & han[held.end - 1]
    fine[held.rows(np.flatnonzero(kind == _NEITHER))] = False
    fine[owner[(end - begin < 2) | (end - begin > 4)]] = False
    signs = np.cumsum(kind == _SIGN)
    joined = owner[1:] == owner[:-1]
    fine[owner[1:][joined & (signs[begin[1:]] - signs[end[:-1] - 1] != 1)]] = False
    kept = fine[owner]
    owner, (start, end) = owner[kept], held.in_bytes(owner[kept], begin[kept], end[kept])
    if not len(owner):
        return Matches.none()
    value = slices(texts, owner, start, end)
    flags = judge_texts(folded(value))
    likely = (flags & LIKE) > 0
    share = np.bincount(owner, likely, len(row)) / np.maximum(count, 1)
    return Matches(row[owner], start, end, flags, value).take(likely & (share[owner] >= 0.6))


_OUTSIDE, _NEITHER, _HAN, _SIGN, _BLANK = range(5)


@cache
def _kinds_of_lists() -> NDArray[np.uint8]:
    """What a character is in a list of names: one of a name, a sign between two, a blank, or neither."""
    table = np.full(65536, _NEITHER, np.uint8)
    table[0] = _OUTSIDE
    table[_han()] = _HAN
    for kind, signs in ((_SIGN, "、,，;；/|"), (_BLANK, _BLANKS)):
        table[[ord(sign) for sign in signs]] = kind
    table[0xA000:0xF900] = table[0xFB00:] = _NEITHER
    return table


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
