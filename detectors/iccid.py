"""ICCID SIM 卡号 (Integrated Circuit Card Identifier)

Issued by operators under ITU-T E.118. Structure: 8986 (telecommunications, China), two digits operator, a serial with a letter in
some series, a Luhn check digit in most; 19 or 20 characters. Canonical in upper case.

Confused with: 19- and 20-digit order numbers, of which one in ten thousand begins 8986; a column decides.

>>> from detectors.base.texts import Texts
>>> find(Texts(["89860012345678901234", "89850012345678901234"])).value.to_pylist()
['89860012345678901234']
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.base import masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts, strings

_FORM = r"^8986[0-9]{2}[0-9A-Z]{13,14}$"
_OPERATORS = r"^8986(?:0[0-9]|1[0-6]|23)"


def find(texts: Texts) -> Matches:
    """Runs of 19 or 20 characters that begin 8986. SHAPE: the form; PARTS: operator codes 00–16 and 23."""
    runs = texts.runs
    size = runs.end - runs.start
    parts = []
    for length in (19, 20):
        at = np.flatnonzero(size == length)
        at = at[texts.data[runs.start[at]] == 56] if len(at) else at
        if not len(at):
            continue
        value = pc.ascii_upper(strings(texts.matrix(runs.start[at], length)))
        good = pc.match_substring_regex(value, _FORM).to_numpy(zero_copy_only=False)
        at, value = at[good], value.filter(pa.array(good))
        known = pc.match_substring_regex(value, _OPERATORS).to_numpy(zero_copy_only=False)
        evidence = np.where(known, np.uint16(Evidence.SHAPE | Evidence.PARTS), np.uint16(Evidence.SHAPE)).astype(np.uint16)
        row = runs.row[at]
        low = texts.offsets[row]
        parts.append(Matches(row, runs.start[at] - low, runs.end[at] - low, evidence, value))
    return Matches.join(parts)


STRONG = """
iccid iccid号 iccid码 iccidno sim卡号 sim卡号码 sim卡iccid simno simcardno simcard usim卡号 集成电路卡识别码 simkh
"""
WEAK = "卡号 cardno sim 设备号"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="iccid",
    title_zh="SIM 卡识别码",
    title_en="ICCID",
    find=find,
    headers=HEADERS,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.9,
    labelled=Evidence.SHAPE,
    identity=Identity.PERSONAL,
    rank=9,
    mask=masking.digits,
)
