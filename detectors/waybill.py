"""Waybill number 快递运单号 (parcel tracking number)

Issued by the carriers, each in its own form: SF 12 digits or `SF` and 13; `YT`, `JT`, `JD` with 13 and more; EMS after UPU S10
(two letters, nine digits, `CN`; check digit modulo 11); STO, ZTO and others 12 to 15 digits. By itself it names nobody; with a
recipient, telephone and address it makes a parcel label.

Confused with: every other number of 12 to 15 digits, so it needs a header.

>>> from detectors.base.texts import Texts
>>> [int(e) for e in find(Texts(["SF1234567890123", "EE876543216CN", "EE876543210CN"])).evidence]
[3, 7, 1]
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.base import digits, masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_NAMED = (
    r"^(?:SF[0-9]{12,13}|YT[0-9]{13}|JT[0-9]{13}|JD[0-9A-Z]{11,15}(?:-[0-9]+-[0-9]+-?)?|ZT[O0-9][0-9]{11,13}|DP[KL]?[0-9]{9,13}|"
    r"YD[0-9]{13})$"
)
_NUMBER = r"^[0-9]{12,15}$"
_POSTAL = r"^[A-Z]{2}[0-9]{9}[A-Z]{2}$"
_WEIGHTS = np.array([8, 6, 4, 2, 3, 5, 9, 7])  # UPU S10


def _checked(matrix: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether nine digits [n, 9] satisfy UPU S10: 11 − Σ mod 11, 10 written 0 and 11 written 5."""
    rest = 11 - (matrix[:, :8].astype(np.int64) - 48) @ _WEIGHTS % 11
    return np.asarray(np.where(rest == 10, 0, np.where(rest == 11, 5, rest)) == matrix[:, 8] - 48, bool)


def find(texts: Texts) -> Matches:
    """Cells that are a carrier's number. SHAPE: 12 to 15 digits or the postal form; PARTS: a carrier's letters; CHECKSUM: S10."""
    size = texts.lengths
    row = np.flatnonzero((size >= 10) & (size <= 24))
    if not len(row):
        return Matches.none()
    cell = pc.ascii_upper(texts.folded if len(row) == len(texts) else texts.folded.take(pa.array(row)))
    parts = []
    for pattern, flags in ((_NAMED, Evidence.SHAPE | Evidence.PARTS), (_NUMBER, Evidence.SHAPE), (_POSTAL, Evidence.SHAPE)):
        good = pc.match_substring_regex(cell, pattern).to_numpy(zero_copy_only=False)
        if not good.any():
            continue
        value = cell.filter(pa.array(good))
        at = row[good]
        evidence = np.full(len(at), flags, np.uint16)
        if pattern is _POSTAL:
            right = _checked(digits.bytes_of(pc.binary_slice(value.cast(pa.binary()), 2, 11).cast(pa.string()), 9))
            evidence[right] |= np.uint16(Evidence.PARTS | Evidence.CHECKSUM)
        parts.append(Matches(at, np.zeros(len(at), np.int64), size[at], evidence, value))
    return Matches.join(parts)


STRONG = """
运单号 运单号码 运单编号 快递单号 快递号 快递单 快递运单号 物流单号 物流号 物流编号 面单号 包裹单号 包裹号 邮件号 邮件号码
邮单号 发货单号 快件号 快件单号 waybill waybillno waybillnumber waybillcode expressno expressnumber expresscode trackingno
trackingnumber trackingcode trackno logisticsno logisticscode shippingno mailno shipmentno parcelno awb ydh kddh kdh wldh wlbh
"""
WEAK = "单号 快递 物流 express shipping"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="waybill",
    title_zh="快递运单号",
    title_en="waybill number",
    find=find,
    headers=HEADERS,
    labelled=Evidence.SHAPE,
    identity=Identity.NONE,
    mask=masking.document,
)
