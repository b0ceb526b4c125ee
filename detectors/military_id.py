"""军官证、士兵证号码, the number of the identity papers of the armed forces.

Issuer: the armed forces. The model of 2016: 军 (officers and civilian staff), 士 (sergeants) or 兵 (conscripts) and seven
digits. Older: the character of the unit (海 空 北 沈 兰 济 南 广 成 参 政 后 装 火 武 …), 字第, six to eight digits, 号.
No check digit.

Confused with: numbers of documents (政字第…号), of courts and offices. So only 军, 士, 兵, 文 and 武 with 字第 count by
themselves; all other forms under a label or behind a cue (军官证：…).

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["军字第2013579号", "京字第2013579号", "政字第2013579号"]))   # 京 is no unit
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts', 'lexicon')), (2, ('shape', 'parts'))]
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base import masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_KNOWN = Evidence.SHAPE | Evidence.PARTS

_FORM = re.compile(
    r"(?P<label>(?:军官证?|士兵证?|士官证?|文职干部证?|警官证|军人证?|证件)(?:件|编)?(?:号码?)?[\s:(]*)?"
    r"(?P<unit>[军士兵文海空北沈兰济南广成参政后装火武消边]{1,2})(?P<word>字?第?)(?P<number>\d{6,8})(?P<end>\s*号)?(?![0-9A-Za-z])"
)
_OWN = frozenset("军士兵文武")

_UNITS = "军士兵文海空北沈兰济南广成参政后装火武消边"


def _characters(texts: Texts, at: NDArray[np.int64], characters: str) -> NDArray[np.bool_]:
    """Whether one of these Han characters begins at each absolute offset."""
    known = np.array(sorted(int.from_bytes(char.encode()) for char in characters), np.int64)
    code = np.zeros(len(at), np.int64)
    for place in range(3):
        code = code * 256 + texts.data[np.maximum(at + place, 0)]
    return np.asarray(np.isin(code, known) & (at >= 0), bool)


def find(texts: Texts) -> Matches:
    """All numbers of military papers. Only cells with six to eight digits behind one of the characters above are read in Python."""
    runs = texts.runs
    size = runs.end - runs.start
    at = np.flatnonzero(runs.digits & (size >= 6) & (size <= 8))
    low, before = texts.offsets[runs.row[at]], runs.start[at]
    for word in "第字":  # unit, 字, 第, digits; either word may be missing
        before = before - 3 * ((before - 3 >= low) & _characters(texts, before - 3, word))
    rows = np.unique(runs.row[at[(before - 3 >= low) & _characters(texts, before - 3, _UNITS)]])
    if not len(rows):
        return Matches.none()
    found: list[tuple[int, int, int, int, str]] = []
    for row, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        for match in _FORM.finditer(text):
            flags = _evidence(match, len(text))
            if flags:
                start = len(text[: match.start("unit")].encode())
                end = start + len(text[match.start("unit") : match.end()].encode())
                found.append((row, start, end, int(flags), f"{match['unit']}字第{match['number']}号"))
    if not found:
        return Matches.none()
    row_, start_, end_, flags_, values = zip(*found, strict=True)
    return Matches(
        np.array(row_, np.int64),
        np.array(start_, np.int64),
        np.array(end_, np.int64),
        np.array(flags_, np.uint16),
        pa.array(values, pa.string()),
    )


def _evidence(match: re.Match[str], length: int) -> Evidence:
    """What a writing shows; nothing where 字第 is missing but for 军, 士, 兵, 文 and seven or eight digits."""
    unit, number, formal = match["unit"], match["number"], bool(match["word"].strip())
    before = match.string[match.start() - 1] if match.start() else ""
    beside_han = "一" <= before <= "鿿" and not match["label"]
    if not formal and (unit not in _OWN or len(number) == 6):
        return Evidence.NONE
    flags = _KNOWN
    if match["label"]:
        flags |= Evidence.CUE
    elif beside_han:  # part of a longer word: 空军1234567, 新兵字第…
        return Evidence.NONE
    elif formal and unit[0] in _OWN and (match["end"] or len(number) >= 7):
        flags |= Evidence.LEXICON
    if len(set(number)) == 1 or number in ("123456", "1234567", "12345678"):
        flags |= Evidence.DUMMY
    return flags


STRONG = """
军官证 军官证号 军官证号码 军官证编号 士兵证 士兵证号 士兵证号码 士官证 士官证号 军人证 军人证号 军人证件号 军人证件号码 军人身份证
文职干部证 文职干部证号 武警警官证 警官证 警官证号 警官证号码 军官证件号 现役军人证件号 militaryid militaryidno officerid
officercertno soldierid jgz jgzh jgzhm sbz sbzh
"""
WEAK = "证件号 证件号码 证件编号 有效证件号 有效证件号码 证号 证件 idno idnumber idcard certno docno zjh zjhm"

DETECTOR = Detector(
    kind="military_id",
    title_zh="军官证号码",
    title_en="military identity number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split())),
    alone=(_KNOWN | Evidence.LEXICON, _KNOWN | Evidence.CUE),
    together=_KNOWN,
    quorum=0.8,
    labelled=_KNOWN,
    identity=Identity.UNIQUE,
    rank=4,
    mask=masking.document,
    in_text=True,
    coded=True,
)
