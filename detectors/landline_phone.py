"""Landline telephone number 固定电话 (area code and local number)

Issued by the fixed-line operators under the numbering plan of 工业和信息化部. Structure: 0, an area code of two or three digits, a
local number of seven or eight digits; which length belongs to which area is in the list `area_codes`. Written `0755-26501234`,
`(0755)26501234`, `075526501234`, `+86 755 2650 1234`, with an extension (`-8001`, `转8001`). Canonical `0755-26501234`; an
extension stays in it, because it tells the persons at one switchboard apart. Seven or eight digits alone are a local number
only under a header.

Source of the area codes: google/libphonenumber (Apache-2.0). Confused with: service numbers (400…, 800…, 95xxx, refused by
their form), dates, part numbers with a leading zero. Office lines belong to organisations; the table decides that.

>>> from detectors.base.texts import Texts
>>> find(Texts(["(0755) 2650-1234转8001", "400-860-8608"])).value.to_pylist()
['0755-26501234-8001']
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import digits, groups, lexicon, masking
from detectors.base.cues import NUMBERED, amid_words, spoken
from detectors.base.detector import Detector
from detectors.base.foreign_phones import foreign
from detectors.base.groups import BRACKET, DOT, HYPHEN, SPACE, STARS
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, strings

LABELLED = r"(?i)tel|phone|call|fax|电话|座机|固话|联系|致电|来电|拨打|家庭|住宅|办公|传真"
AREAS = (3, 4)  # digits of an area code with its 0
LOCALS = ((7,), (8,), (4, 4), (3, 4), (4, 3))


def _plan() -> NDArray[np.uint8]:
    """Lengths of local numbers by area code without its 0, as bits 1 (seven digits) and 2 (eight); uint8 [1000]."""
    table = np.zeros(1000, np.uint8)
    listed = lexicon.table("area_codes")
    for code, lengths in zip(listed["code"], listed["lengths"], strict=True):
        table[int(code)] = sum({"7": 1, "8": 2}[length] for length in lengths.split(","))
    return table


PLAN = _plan()


def find(texts: Texts) -> Matches:
    """All landline numbers. SHAPE: with an area code; PARTS: the area exists and its local numbers have this length, or a bare
    local number; CUE: beside words that do not call it a serial."""
    runs = texts.runs
    if not len(runs):
        return Matches.none()
    tie = groups.ties(texts)
    found = [*_joined(texts, tie), *_solid(texts, tie)]
    parts = [_matches(texts, *one) for one in found if len(one[1])]
    parts.append(_local(texts))
    parts.append(foreign(texts, mobile=False))
    return Matches.join(parts)


_Numbers = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int]
"""Digits with the leading 0 [n, k], row, absolute start and end, digits of the area code."""


def _joined(texts: Texts, tie: NDArray[np.uint8]) -> list[_Numbers]:
    """Area code and local number with something between them."""
    if not tie.any():
        return []
    runs, data = texts.runs, texts.data
    size = runs.end - runs.start
    found: list[_Numbers] = []
    zero = data[runs.start] == 48
    abroad = np.zeros(len(runs), bool)
    abroad[1:] = (tie[:-1] > 0) & (tie[:-1] != STARS) & _is_country(texts)[:-1]
    bond = groups.previous(tie, np.arange(len(runs)))
    area = runs.digits & np.isin(tie, (SPACE, HYPHEN, BRACKET)) & (zero | abroad)
    for area_size in (2, 3, 4):
        first = np.flatnonzero(area & (size == area_size))
        first = first[
            zero[first]
            if area_size == 4
            else (zero[first] | (abroad[first] & (area_size == 3)))
            if area_size == 3
            else abroad[first]
        ]
        for sizes in LOCALS:
            at = first[first + len(sizes) < len(runs)]
            fits = np.ones(len(at), bool)
            for place, wanted in enumerate(sizes, start=1):
                fits &= (size[at + place] == wanted) & runs.digits[at + place]
                fits &= (tie[at + place - 1] != STARS) & (tie[at + place - 1] != DOT) & (tie[at + place - 1] > 0)
            at = at[fits]
            if not len(at):
                continue
            last = at + len(sizes)
            free = (bond[at] == 0) | abroad[at] | ((bond[at] == SPACE) & (zero[at] | ~runs.digits[np.maximum(at - 1, 0)]))
            after = np.minimum(last + 1, len(runs) - 1)
            follows = runs.digits[after] & (tie[last] > 0)
            another = (tie[last] == SPACE) & ((size[after] >= 10) | zero[after])
            free &= ~(follows & ((tie[last] != HYPHEN) | (size[after] > 6)) & ~another)
            at, last = at[free], last[free]
            matrix = groups.gathered(texts, at, (area_size, *sizes))
            domestic = zero[at]
            start = np.where(abroad[at], runs.start[np.maximum(at - 1, 0)], runs.start[at])
            for chosen, is_domestic in ((domestic, True), (~domestic, False)):
                if not chosen.any():
                    continue
                body = matrix[chosen]
                if not is_domestic:  # +86 755 …: the trunk 0 is put back; +86 400 … is no area
                    chosen &= PLAN[digits.number(matrix[:, :area_size])] > 0
                    body = matrix[chosen]
                    body = np.concatenate([np.full((len(body), 1), 48, np.uint8), body], axis=1)
                digits_of_area = area_size if is_domestic else area_size + 1
                if digits_of_area in AREAS and len(body):
                    found.append((body, runs.row[at[chosen]], start[chosen], runs.end[last[chosen]], digits_of_area))
    return found


def _is_country(texts: Texts) -> NDArray[np.bool_]:
    """Which runs are 86, 086 or 0086."""
    runs = texts.runs
    size = runs.end - runs.start
    found = np.zeros(len(runs), bool)
    for code in (b"86", b"086", b"0086"):
        fits = np.flatnonzero((size == len(code)) & runs.digits)
        if len(fits):
            found[fits] = (texts.matrix(runs.start[fits], len(code)) == np.frombuffer(code, np.uint8)).all(axis=1)
    return found


def _solid(texts: Texts, tie: NDArray[np.uint8]) -> list[_Numbers]:
    """Area code and local number in one run: 075526501234."""
    runs, data = texts.runs, texts.data
    size = runs.end - runs.start
    solid = np.flatnonzero(runs.digits & (size >= 10) & (size <= 12))
    solid = solid[data[runs.start[solid]] == 48]
    bond = groups.previous(tie, solid)
    solid = solid[(bond != DOT) & (bond != STARS) & (bond != HYPHEN) & (tie[solid] != DOT) & (tie[solid] != STARS)]
    found: list[_Numbers] = []
    for length in (10, 11, 12):
        at = solid[size[solid] == length]
        if not len(at):
            continue
        matrix = texts.matrix(runs.start[at], length)
        short = (matrix[:, 1] == 49) | (matrix[:, 1] == 50)  # 010, 02x
        for area_size, chosen in ((3, short), (4, ~short)):
            chosen = chosen & (length - area_size >= 7) & (length - area_size <= 8)
            # a solid run is no landline unless the area exists: it would be any number with a leading 0
            chosen &= PLAN[digits.number(matrix[:, 1:area_size])] > 0
            if chosen.any():
                kept = at[chosen]
                found.append((matrix[chosen], runs.row[kept], runs.start[kept], runs.end[kept], area_size))
    return found


def _matches(
    texts: Texts, matrix: NDArray[np.uint8], row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], area: int
) -> Matches:
    local = matrix.shape[1] - area
    known = PLAN[digits.number(matrix[:, 1:area])] & (1 if local == 7 else 2)
    planned = (known > 0) & (matrix[:, area] != 48)
    data, low, high = texts.data, texts.offsets[row], texts.offsets[row + 1]
    start = start.copy()
    for mark in (43, 40):  # the + and ( of (+86) and (0755)
        before = (start > low) & (data[np.maximum(start - 1, 0)] == mark)
        start -= before
    value = pc.binary_join_element_wise(strings(matrix[:, :area]), strings(matrix[:, area:]), "-")
    end, value = _extended(texts, row, end, high, value)
    evidence = np.full(len(row), Evidence.SHAPE, np.uint16)
    evidence[planned] |= np.uint16(Evidence.PARTS)
    inner = np.flatnonzero(planned & ((start > low) | (end < high)))
    if len(inner):
        among = amid_words(texts, row[inner], start[inner], end[inner])
        cued = among & ~spoken(texts, row[inner], start[inner], end[inner], NUMBERED)
        others = np.flatnonzero(~among)
        if len(others):
            cued[others] = spoken(texts, row[inner[others]], start[inner[others]], end[inner[others]], LABELLED)
        evidence[inner[cued]] |= np.uint16(Evidence.CUE)
    order = np.lexsort((start, row))
    return Matches(row[order], (start - low)[order], (end - low)[order], evidence[order], value.take(pa.array(order)))


def _extended(
    texts: Texts, row: NDArray[np.int64], end: NDArray[np.int64], high: NDArray[np.int64], value: pa.StringArray
) -> tuple[NDArray[np.int64], pa.StringArray]:
    """Spans and values with the extension that follows, -8001 or 转8001."""
    open_ = np.flatnonzero(high - end >= 2)
    if len(open_):
        open_ = open_[np.isin(texts.data[end[open_]], np.frombuffer(b"- #exEX\xe8\xe5", np.uint8))]
    if not len(open_):
        return end, value
    length = np.minimum(high[open_] - end[open_], 16)
    offsets = np.zeros(len(open_) + 1, np.int32)
    np.cumsum(length, out=offsets[1:])
    index = np.repeat(end[open_] - offsets[:-1], length) + np.arange(offsets[-1])
    tail = pa.Array.from_buffers(pa.binary(), len(open_), [None, pa.py_buffer(offsets), pa.py_buffer(texts.data[index])])
    said = pc.extract_regex(tail, r"(?P<whole>^(?:-| ?转 ?| ?(?i:ext|x)\.? ?:? ?| ?分机 ?:?|#)(?P<digits>[0-9]{1,6}))(?:[^0-9]|$)")
    some = pc.is_valid(said).to_numpy(zero_copy_only=False)
    if not some.any():
        return end, value
    chosen = open_[some]
    said = said.filter(pa.array(some))
    end = end.copy()
    end[chosen] += digits.lengths(said.field("whole"))
    mask = np.zeros(len(value), bool)
    mask[chosen] = True
    number = said.field("digits").cast(pa.string())
    joined = pc.binary_join_element_wise(value.take(pa.array(chosen)), number, "-")
    return end, pc.replace_with_mask(value, pa.array(mask), joined)


def _local(texts: Texts) -> Matches:
    """Cells that are seven or eight digits, perhaps in two groups: local numbers if the header says so."""
    cells = texts.lengths
    rows = np.flatnonzero((cells == 7) | (cells == 8) | (cells == 9))
    if not len(rows):
        return Matches.none()
    at = texts.starts[rows]
    head = texts.data[at]
    rows = rows[(head >= 50) & (head <= 57)]
    if not len(rows):
        return Matches.none()
    part = texts.folded.take(pa.array(rows))
    good = pc.match_substring_regex(part, r"^[2-9][0-9]{2,3}(?:[0-9]{4}|[- ][0-9]{4})$").to_numpy(zero_copy_only=False)
    rows, part = rows[good], part.filter(pa.array(good))
    zero = np.zeros(len(rows), np.int64)
    value = pc.replace_substring_regex(part, r"[- ]", "")
    return Matches(rows, zero, cells[rows], np.full(len(rows), Evidence.PARTS, np.uint16), value)


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column of such numbers is not a column of landlines, or None."""
    full = pc.unique(matches.value.filter(pc.match_substring_regex(matches.value, r"^0\d{2,3}-\d{7,8}$")))
    count = len(full)
    if count < 3:
        return None
    number = np.sort(np.asarray(pc.replace_substring(full, "-", "").cast(pa.int64()).to_numpy(zero_copy_only=False)))
    near = float((np.diff(number) <= 10).mean())
    if near >= 0.5:
        return Sentence("consecutive", f"{near:.0%} 的号码是连号", f"{near:.0%} of the numbers follow one another")
    planned = float(((matches.evidence & np.uint16(Evidence.PARTS)) != 0).mean())
    if count >= 20 and planned < 0.7:
        return Sentence(
            "prefixes", f"只有 {planned:.0%} 的号码与区号相符", f"only {planned:.0%} of the numbers fit their area code"
        )
    return None


STRONG = """
固定电话 固定电话号码 固话 固话号码 座机 座机号 座机号码 家庭电话 家庭电话号码 住宅电话 宅电 办公电话 办公室电话 单位电话
公司电话 工作电话 联系电话 电话 电话号码 联系方式 联系号码 来电号码 主叫号码 被叫号码 对方号码 预留电话 常用电话 备用电话 tel
telno telephone telephoneno telephonenumber landline landlineno landlinephone fixedphone fixedtel homephone hometel
officephone officetel workphone phone phoneno phonenumber contactphone contactno contacttel gddh gddhhm gh zj zjh jtdh bgdh
dwdh zzdh lxdh lxfs dh dhhm guhua zuoji
"""
WEAK = "号码 传真 传真号码 fax faxno cz contact 联络方式"
NEVER = "订单 单号 流水 编号 序号 邮编 日期 区号"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split()))

DETECTOR = Detector(
    kind="landline_phone",
    title_zh="固定电话号码",
    title_en="landline telephone number",
    find=find,
    headers=HEADERS,
    alone=Evidence.SHAPE | Evidence.PARTS | Evidence.CUE,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.PARTS,
    refuse=refuse,
    identity=Identity.PERSONAL,
    rank=5,
    mask=masking.digits,
    in_text=True,
    coded=True,
)
