"""Cell types of kinds without a check digit: what a cell of a balance, a diagnosis, a date of birth may look like.

A rule looks at whole cells and gives one match for each that passes its type, spanning the cell. Placeholders (无, -, N/A,
0, 未知 …) give none; what is starred out is MASKED.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.dates import read_moments
from detectors.base.matches import Evidence, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts

CELLS = ("text", "any", "number", "digits", "code", "date", "time", "choice")

_NOTHING_SAID = r"""
无 暂无 没有 未知 不详 不明 未填 未填写 未提供 待定 待补充 空 缺 其它 无数据 不适用 保密 - -- --- — —— / // \ . .. ... * 0 0.0
0.00 00 n n/a n.a. na #n/a nan nil none null nill (null) <null> \n undefined unknown tbd no #ref! #value! #name? #div/0!
"""
PLACEHOLDERS: tuple[str, ...] = tuple(_NOTHING_SAID.split())
_PLACEHOLDERS = pa.array(sorted(set(PLACEHOLDERS)))
_LONGEST_PLACEHOLDER = max(len(p.encode()) for p in PLACEHOLDERS)

# 5,000 · ¥1,234.50 · 12.5万 · 3000-5000元 · 15K-20K · 8k/月 · 20%
_AMOUNT = r"[¥￥$]?\s*[+-]?\s*(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?\s*(?:[KkWwMm]|千|万|百万|亿)?"
_NUMBER = (
    rf"^(?:{_AMOUNT}\s*(?:[-~—至到]+\s*{_AMOUNT})?\s*(?:元|块|美元|人民币|RMB|rmb|CNY|USD|%|分|月|天|年|次|期|个月|股|份|以上|以下|左右)*\s*"
    r"(?:/\s*(?:月|年|天|小时|期))?)$"
)
_PLAIN = r"^-?\d[\d,]*(\.\d+)?$"
_HAS_DIGIT = r"\d"
_DIGITS = r"^\d[\d -]*$"
_CODE = r"^[0-9A-Za-z][0-9A-Za-z _.:/#-]*$"
_LETTERS = r"[^\d\s.,:;/%+\-()*#]"
_DAY = r"^(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])(?:[-/.]\d{1,2})?$"  # 入党时间: an open choice may be told by its day
_BIRTHDAY = r"^(?:0?[1-9]|1[0-2])(?:[-/.]|月)(?:0?[1-9]|[12]\d|3[01])[日号]?$"
_MONTH = r"^(?P<y>(?:19|20)\d{2})(?:(?:[-/.年])?(?P<m>0?[1-9]|1[0-2])月?|年)?$"
_SERIAL = r"^[1-4]\d{4}$"
_EXCEL_DAY_0 = np.datetime64("1899-12-30", "D")


@dataclass(frozen=True, slots=True)
class CellRule:
    """What a cell must be.

    cell             one of `CELLS`
    shortest, longest  characters
    pattern          RE2 of the whole cell, "" for none
    choices          words of a closed list; codes: short codes that mean something only under a title; open: others too
    """

    cell: str
    shortest: int = 1
    longest: int = 4_000
    pattern: str = ""
    choices: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    open: bool = False


def find_cells(rule: CellRule, texts: Texts) -> Matches:
    """One match per cell that passes the rule: SHAPE, with LEXICON for a word of the list and PARTS for a real date."""
    at = np.flatnonzero(texts.lengths > 0)
    if not len(at):
        return Matches.none()
    cells = texts.folded if len(at) == len(texts) else texts.folded.take(pa.array(at))
    evidence, value = _READERS[rule.cell](rule, texts, at, cells)
    size = pc.utf8_length(cells).to_numpy(zero_copy_only=False)
    if rule.pattern and rule.cell not in _PATTERNED:
        evidence[~_matches(cells, f"^(?:{rule.pattern})$")] = 0
    masked = _starred(rule, cells, size, evidence)
    evidence[(size < rule.shortest) | (size > rule.longest)] = 0
    evidence[masked] = Evidence.SHAPE | Evidence.MASKED
    if rule.cell != "choice":
        evidence[_placeholder(cells, texts.lengths[at])] = 0
    kept = np.flatnonzero(evidence)
    if not len(kept):
        return Matches.none()
    rows = at[kept]
    value = pc.if_else(pa.array(masked), cells, value) if masked.any() else value
    chosen = value if len(kept) == len(value) else value.take(pa.array(kept))
    return Matches(rows, np.zeros(len(rows), np.int64), texts.lengths[rows], evidence[kept], chosen)


_PATTERNED = ("digits", "code")  # whose pattern stands in place of the type's own
Read = tuple[NDArray[np.uint16], pa.StringArray]


def _matches(cells: pa.StringArray, pattern: str) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False)
    return result


def _shape(mask: NDArray[np.bool_]) -> NDArray[np.uint16]:
    return np.where(mask, np.uint16(Evidence.SHAPE), np.uint16(0))


def _placeholder(cells: pa.StringArray, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells that say that there is nothing, and single repeated signs."""
    found = np.zeros(len(cells), bool)
    short = np.flatnonzero(lengths <= _LONGEST_PLACEHOLDER)
    if len(short):
        words = pc.utf8_lower(cells.take(pa.array(short)))
        found[short] = pc.is_in(words, _PLACEHOLDERS).to_numpy(zero_copy_only=False)
    return found


def _starred(rule: CellRule, cells: pa.StringArray, size: NDArray[np.int64], evidence: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Cells that somebody has masked: stars in a code, a number, a date; mostly stars in text."""
    starred: NDArray[np.bool_] = pc.match_substring(cells, "*").to_numpy(zero_copy_only=False)
    at = np.flatnonzero(starred)
    if len(at):
        part = cells.take(pa.array(at))
        stars = pc.count_substring(part, "*").to_numpy(zero_copy_only=False)
        if rule.cell in ("text", "any"):
            starred[at] = (stars * 2 >= size[at]) & (size[at] > 1)
        else:
            starred[at] = (stars >= 2) & _matches(part, r"^[\w*\s.,:/年月日-]+$")
    return starred


def _any(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    return _shape(np.ones(len(cells), bool)), cells


def _text(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    return _shape(_matches(cells, _LETTERS)), cells


def _number(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    good = _matches(cells, _PLAIN)
    rest = np.flatnonzero(~good)
    if len(rest):
        part = cells.take(pa.array(rest))
        good[rest] = _matches(part, _NUMBER) & _matches(part, _HAS_DIGIT)
    return _shape(good), cells


def _digits(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    return _shape(_matches(cells, _own(rule) or _DIGITS)), _compact(cells)


def _code(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    own = _own(rule)
    return _shape(_matches(cells, own) if own else _matches(cells, _CODE) & _matches(cells, _HAS_DIGIT)), _compact(cells)


def _own(rule: CellRule) -> str:
    return f"^(?:{rule.pattern})$" if rule.pattern else ""


def _compact(cells: pa.StringArray) -> pa.StringArray:
    """Codes in one writing: upper case, without blanks and hyphens."""
    apart = np.flatnonzero(_matches(cells, r"[\sa-z-]"))
    if not len(apart):
        return cells
    mask = np.zeros(len(cells), bool)
    mask[apart] = True
    joined = pc.utf8_upper(pc.replace_substring_regex(cells.take(pa.array(apart)), r"[\s-]+", ""))
    return pc.replace_with_mask(cells, pa.array(mask), joined)


def _time(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    """A date with a time of day; midnight alone is what spreadsheets add to a date: SHAPE without PARTS."""
    moments = read_moments(texts)
    timed = (moments.valid & moments.timed)[at]
    real = timed & ~moments.counted[at] & moments.fields[at, 3:].any(axis=1)
    evidence = _shape(timed)
    evidence[real] |= np.uint16(Evidence.PARTS)
    return evidence, moments.written(at, clock=True)


def _date(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    """A day of the calendar; a month, a year, a day without its year (03-15) or a spreadsheet's day number has only the SHAPE."""
    moments = read_moments(texts)
    dated = (moments.valid & ~moments.counted)[at]
    evidence = _shape(dated)
    evidence[dated] |= np.uint16(Evidence.PARTS)
    value = moments.written(at, clock=False)
    rest = np.flatnonzero(~dated & (texts.lengths[at] <= 12))
    if len(rest):
        part = cells.take(pa.array(rest))
        serial = _matches(part, _SERIAL)
        month = pc.extract_regex(part, _MONTH)
        partial = month.is_valid().to_numpy(zero_copy_only=False) & ~serial
        evidence[rest[serial | partial | _matches(part, _BIRTHDAY)]] = Evidence.SHAPE
        written = part.to_numpy(zero_copy_only=False).copy()
        if serial.any():
            days = _EXCEL_DAY_0 + written[serial].astype(np.int64).astype("timedelta64[D]")
            written[serial] = days.astype(str)
        if partial.any():
            year = month.field("y").to_numpy(zero_copy_only=False)[partial].astype(object)
            number = pc.utf8_lpad(month.field("m").filter(pa.array(partial)), 2, "0").to_numpy(zero_copy_only=False).astype(object)
            written[partial] = np.where(number == "00", year, year + "-" + number)
        mask = np.zeros(len(at), bool)
        mask[rest] = True
        value = pc.replace_with_mask(value, pa.array(mask), pa.array(written, pa.string()))
    return evidence, value


def _choice(rule: CellRule, texts: Texts, at: NDArray[np.int64], cells: pa.StringArray) -> Read:
    listed = pc.is_in(cells, pa.array(rule.choices, pa.string())).to_numpy(zero_copy_only=False)
    coded = pc.is_in(cells, pa.array(rule.codes, pa.string())).to_numpy(zero_copy_only=False)
    if rule.open:
        coded |= _matches(cells, rf"{_LETTERS}|{_DAY}") & ~_placeholder(cells, texts.lengths[at])
    evidence = _shape(listed | coded)
    evidence[listed] |= np.uint16(Evidence.LEXICON)
    return evidence, cells


_READERS = {
    "text": _text,
    "any": _any,
    "number": _number,
    "digits": _digits,
    "code": _code,
    "date": _date,
    "time": _time,
    "choice": _choice,
}


def spread_refusal(years: int, before: int, texts: Texts, matches: Matches) -> Sentence | None:
    """Why dates in a column without a title are no birth dates; None when they may be.

    Birth dates of a list of people spread over decades and mostly lie well in the past.
    """
    moments = read_moments(texts)
    days = moments.days()[matches.row]
    days = days[~np.isnat(days)]
    if len(np.unique(days)) < 3:
        return Sentence("few_values", "不同日期太少，不像出生日期", "too few different dates to be dates of birth")
    if moments.timed[matches.row].mean() > 0.5 and moments.fields[matches.row, 3:].any(axis=1).mean() > 0.1:
        return Sentence("times_of_day", "带时刻的日期不是出生日期", "dates with times of day are no dates of birth")
    low, middle, high = np.quantile(days.astype(np.int64), (0.05, 0.5, 0.95))
    if high - low <= years * 365.25:
        return Sentence("spread", f"日期跨度不足 {years} 年", f"the dates spread over less than {years} years")
    if middle >= (np.datetime64(f"{before}-01-01", "D") - np.datetime64("1970-01-01", "D")).astype(np.int64):
        return Sentence("recent", f"多数日期在 {before} 年以后", f"most dates lie after {before}")
    return None
