"""Vehicle plate number 机动车号牌号码 (license plate of mainland China)

Issued by 公安机关交通管理部门 under GA 36-2018: a province character, a letter for the issuing place, five characters without
I and O (six for new-energy vehicles, with D A B C E or F G H J K in first or last place). Last characters 挂 学 警 港 澳 试
超 领, 应急; 使 for embassies, WJ for the armed police; two letters and five digits for the forces. Written with `·`, a blank
or a hyphen after the letter. Canonical without it, in upper case.

Confused with: product names that begin with a province character (新A12345), part numbers (KA12345, which are forces' plates
only under a header). A plate links records of a vehicle; it does not by itself name its driver.

>>> from detectors.base.texts import Texts
>>> find(Texts(["粤B·D12346 停车", "川A123456"])).value.to_pylist()
['粤BD12346']
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import lexicon, masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_ENDS = "挂学警港澳试超领"
_C = "A-HJ-NP-Z"

CIVIL = (
    rf"[{PROVINCES}][{_C}O][·•・.\- ]?"  # O: older plates of the police
    rf"(?:[{_C}0-9]{{5}}|[DFABCEGHJK][{_C}0-9][0-9]{{4}}|[0-9]{{5}}[DFABCEGHJK]|[{_C}0-9]{{4}}[{_ENDS}])"
)
RARE = rf"[{PROVINCES}][0-9]{{4,5}}领|[{PROVINCES}][XS][·•・ ]?[0-9]{{4}}应急|WJ[·• ]?[{PROVINCES}][·• ]?[0-9]{{4}}[0-9TDSHBXJ]"
EMBASSY = r"使[·• ]?[0-9]{6}|[0-9]{6}使"  # 使 is a common verb: a whole cell only
FORCES = r"[VZKHBSNJLGCE][A-Z][·• \-]?[0-9]{5}|WJ[·• \-]?[0-9]{4}[0-9TDSHBXJ]"
SAMPLES = pa.array(["京A12345", "粤B12345", "京A00000", "京AD12345", "粤BD12345"])

LOOSE = rf"[{PROVINCES}][A-Z][·•・.\- ]?[A-Z0-9]{{5}}"  # letters that GA 36 does not use: invented or misread plates
_WHOLE = f"^(?:{CIVIL}|{RARE}|{EMBASSY})$"
_FORCES = f"^(?:{FORCES})$"
_LOOSE = rf"^{LOOSE}$"
# 新 is a province and the word "new": no model names (最新A12345, 新A12345型)
_INSIDE = re.compile(rf"(?<![0-9A-Za-z])(?<![最全创更])(?:{CIVIL}|{RARE})(?![0-9A-Za-z挂学警港澳试超领型款系版])")
_MASKED = rf"^[{PROVINCES}][{_C}][·• ]?(?:[{_C}0-9]{{0,3}}\*{{2,5}}[{_C}0-9]{{0,3}})$"

_SECOND = np.zeros(1 << 24, bool)  # a province character (three bytes) as an index
_SECOND[[int.from_bytes(c.encode(), "big") for c in PROVINCES + "使"]] = True


def find(texts: Texts) -> Matches:
    """All plates. SHAPE: forces' plates and worse; PARTS: a province and the form of GA 36-2018; MASKED: stars."""
    whole = _pure(texts)
    taken = np.zeros(len(texts), bool)
    taken[whole.row] = True
    return Matches.join([whole, _inside(texts, taken)])


def _pure(texts: Texts) -> Matches:
    """Cells that are a plate and nothing else."""
    size = texts.lengths
    rows = np.flatnonzero((size >= 7) & (size <= 16))
    if not len(rows):
        return Matches.none()
    head = texts.data[texts.starts[rows]]
    rows = rows[((head >= 0xE4) & (head < 0xEA)) | ((head | 32) - 97 < 26) | (head - 48 < 10)]
    if not len(rows):
        return Matches.none()
    # a province character, or Latin letters and digits long enough for another form
    first = texts.starts[rows]
    civil = _character(texts, first) & (size[rows] >= 9)
    last = texts.data[texts.ends[rows] - 1]
    rest = ~civil & (
        ((texts.data[first] | 32) == 119)
        | (last >= 0x80)
        | ((last - 48 < 10) & ((texts.data[first] | 32) - 97 < 26) & (size[rows] <= 9))
    )
    parts = []
    found = np.zeros(len(rows), bool)
    for chosen, pattern, evidence in (
        (civil | rest, _WHOLE, Evidence.SHAPE | Evidence.PARTS),
        (rest, _FORCES, Evidence.SHAPE),
        (civil, _LOOSE, Evidence.SHAPE),
        (civil, _MASKED, Evidence.SHAPE | Evidence.MASKED),
    ):
        place = np.flatnonzero(chosen & ~found)
        at = rows[place]
        if not len(at):
            continue
        cell = texts.folded.take(pa.array(at)) if len(at) < len(texts) else texts.folded
        value = pc.utf8_upper(cell)
        good = pc.match_substring_regex(value, pattern).to_numpy(zero_copy_only=False)
        small = pc.match_substring_regex(cell, r"[a-z]").to_numpy(zero_copy_only=False)
        if small.any():  # all letters small is a way of typing, a mixture is none
            good &= ~(small & pc.match_substring_regex(cell, r"[A-Z]").to_numpy(zero_copy_only=False))
        at = at[good]
        found[place[good]] = True
        if len(at):
            plain = value if good.all() else value.filter(pa.array(good))
            if evidence & Evidence.PARTS or not evidence & Evidence.MASKED:
                plain = pc.replace_substring_regex(plain, r"[·•・.\- ]", "")
            parts.append(_cells(texts, at, evidence, plain))
    return Matches.join(parts)


def _cells(texts: Texts, row: NDArray[np.int64], evidence: Evidence, value: pa.StringArray) -> Matches:
    flags = np.full(len(row), evidence, np.uint16)
    flags[lexicon.known(value, SAMPLES)] |= np.uint16(Evidence.DUMMY)
    return Matches(row, np.zeros(len(row), np.int64), texts.lengths[row], flags, value)


def _character(texts: Texts, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a province character begins at these offsets."""
    data, final = texts.data, len(texts.data) - 1
    code = np.zeros(len(at), np.int64)
    for step in range(3):
        code = (code << 8) | data[np.minimum(at + step, final)]
    return _SECOND[code]


def _inside(texts: Texts, taken: NDArray[np.bool_]) -> Matches:
    """Plates in longer text: a short run of letters and digits right after a province character, then the full pattern."""
    runs = texts.runs
    size = runs.end - runs.start
    after = np.flatnonzero((size <= 7) & (runs.start >= texts.offsets[runs.row] + 3) & ~taken[runs.row])
    after = after[texts.data[runs.start[after] - 1] >= 0x80]
    after = after[_character(texts, runs.start[after] - 3)]
    police = np.flatnonzero((size >= 2) & (size <= 7) & ~taken[runs.row] & (texts.data[runs.start] == 87)) if len(runs) else after
    rows = np.unique(np.concatenate([runs.row[after], runs.row[police]]))
    row: list[int] = []
    start: list[int] = []
    end: list[int] = []
    value: list[str] = []
    for at, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        for found in _INSIDE.finditer(text):
            before = len(text[: found.start()].encode())
            row.append(at)
            start.append(before)
            end.append(before + len(found[0].encode()))
            value.append(re.sub(r"[·•・.\- ]", "", found[0]))
    if not row:
        return Matches.none()
    flags = np.full(len(row), Evidence.SHAPE | Evidence.PARTS, np.uint16)
    return Matches(np.array(row, np.int64), np.array(start, np.int64), np.array(end, np.int64), flags, pa.array(value, pa.string()))


STRONG = """
车牌 车牌号 车牌号码 号牌 号牌号码 号牌号 机动车号牌 机动车号牌号码 牌照 牌照号 牌照号码 车辆牌照 车辆号牌 车辆牌号 车号
车辆号码 车牌照 plate plateno platenum platenumber licenseplate licenseplateno licenseplatenumber licensenumber carplate
carplateno carno carnumber carnum vehicleno vehiclenumber vehicleplate lpn cph cphm hphm cp chepai chepaihao chepaihaoma
"""
WEAK = "车辆 车 vehicle car license"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="plate_number",
    title_zh="车牌号码",
    title_en="vehicle plate number",
    find=find,
    headers=HEADERS,
    alone=Evidence.SHAPE | Evidence.PARTS,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.SHAPE,
    identity=Identity.LINKING,
    rank=10,
    mask=masking.document,
    in_text=True,
    coded=True,
)
