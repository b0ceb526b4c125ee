"""IMEI 国际移动设备识别码 (International Mobile Equipment Identity; IMEISV and MEID with it)

Issued by makers under 3GPP TS 23.003 with type codes (TAC) of the GSMA. Structure: 8 digits TAC, 6 digits serial, a Luhn
check digit; IMEISV has 16 digits and no check; a MEID has 14 hexadecimal digits beginning A0–FF. Canonical: 15 digits, or
upper-case hexadecimal.

Confused with: 15-digit resident numbers, card numbers of American Express, any 15-digit serial (one in ten passes Luhn); it
needs a header, or a column that nearly all passes with the TAC beginnings in use (35, 86, 99, 01).

>>> from detectors.base.texts import Texts
>>> [int(e) for e in find(Texts(["490154203237518", "490154203237519"])).evidence]
[37, 1]
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.base import digits, masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts, strings

# Reporting bodies (first two digits of the TAC) of phones in use: 35 BABT, 86 TAF, 99 multi-mode, 01 PTCRB.
BODIES = np.array([1, 35, 86, 99])
SAMPLES = pa.array(["490154203237518", "356938035643809", "123456789012345", "000000000000000", "111111111111111"])


def find(texts: Texts) -> Matches:
    """15 digits, or 14 hexadecimal ones in a cell of their own. SHAPE: length; PARTS: a reporting body in use; CHECKSUM: Luhn."""
    runs = texts.runs
    size = runs.end - runs.start
    at = np.flatnonzero(runs.digits & (size == 15))
    parts = []
    if len(at):
        matrix = texts.matrix(runs.start[at], 15)
        (body,) = digits.numbers(matrix, ((0, 2),))
        evidence = (
            np.uint16(Evidence.SHAPE)
            + np.isin(body, BODIES) * np.uint16(Evidence.PARTS)
            + digits.luhn(matrix) * np.uint16(Evidence.CHECKSUM)
        )
        value = strings(matrix)
        evidence = evidence.astype(np.uint16)
        evidence[pc.is_in(value, value_set=SAMPLES).to_numpy(zero_copy_only=False)] |= np.uint16(Evidence.DUMMY)
        row = runs.row[at]
        low = texts.offsets[row]
        parts.append(Matches(row, runs.start[at] - low, runs.end[at] - low, evidence, value))
    meid = np.flatnonzero(~runs.digits & (size == 14))
    meid = meid[(texts.lengths[runs.row[meid]] == 14) & ((texts.data[runs.start[meid]] | 32) >= 97)]
    if len(meid):
        value = pc.ascii_upper(strings(texts.matrix(runs.start[meid], 14)))
        good = pc.match_substring_regex(value, r"^[A-F][0-9A-F]{13}$").to_numpy(zero_copy_only=False)
        row = runs.row[meid][good]
        flags = np.full(len(row), Evidence.SHAPE | Evidence.CHECKSUM, np.uint16)  # the check digit of a MEID is not written
        parts.append(Matches(row, np.zeros(len(row), np.int64), texts.lengths[row], flags, value.filter(pa.array(good))))
    return Matches.join(parts)


STRONG = """
imei imei号 imei码 imei1 imei2 手机串号 串号 手机imei 设备imei 手机序列号 meid imeino imeicode imeimd5 imeinumber
移动设备识别码 国际移动设备识别码
"""
WEAK = "设备号 设备id 设备标识 终端号 序列号 deviceid devid sn sbh 设备编号 终端标识 did"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="imei",
    title_zh="国际移动设备识别码",
    title_en="IMEI",
    find=find,
    headers=HEADERS,
    together=Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM,
    quorum=0.9,
    labelled=(Evidence.SHAPE | Evidence.CHECKSUM, Evidence.SHAPE | Evidence.PARTS),
    identity=Identity.PERSONAL,
    rank=9,
    mask=masking.digits,
)
