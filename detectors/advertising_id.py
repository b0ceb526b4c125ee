"""Advertising and device identifier 广告与设备标识 (IDFA, IDFV, OAID, GAID, Android ID, and their hashes)

Issued by the phone's system: IDFA, IDFV and GAID are UUIDs (RFC 9562); OAID (移动安全联盟 MSA) 16 to 64 hexadecimal digits or
a UUID; an Android ID 16 hexadecimal digits. Hashes of them (MD5, SHA-1, SHA-256) single out a device as well. Canonical in
small letters.

Confused with: every UUID and hash in a database, so it needs a header. All zeros means that the user refused; such values are
named as placeholders.

>>> from detectors.base.texts import Texts
>>> find(Texts(["6D92078A-8246-4BA4-AE5B-76104861E7DC", "6D92078A-8246"])).value.to_pylist()
['6d92078a-8246-4ba4-ae5b-76104861e7dc']
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detectors.base import masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_FORM = (
    r"(?i)^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{15,16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$"
)
_REFUSED = r"^[0\-]+$|^[f\-]+$|^9774d56d682e549c$"  # the last: one Android ID that a faulty system gave to many phones


def find(texts: Texts) -> Matches:
    """Cells that are an identifier. SHAPE: the form; DUMMY: zeros."""
    size = texts.lengths
    row = np.flatnonzero((size >= 15) & (size <= 64))
    if not len(row):
        return Matches.none()
    row = row[np.isin(size[row], (15, 16, 32, 36, 40, 64))]
    if not len(row):
        return Matches.none()
    cell = texts.folded.take(pa.array(row))
    good = pc.match_substring_regex(cell, _FORM).to_numpy(zero_copy_only=False)
    row = row[good]
    value = pc.ascii_lower(cell.filter(pa.array(good)))
    evidence = np.full(len(row), Evidence.SHAPE, np.uint16)
    evidence[pc.match_substring_regex(value, _REFUSED).to_numpy(zero_copy_only=False)] |= np.uint16(Evidence.DUMMY)
    return Matches(row, np.zeros(len(row), np.int64), size[row], evidence, value)


STRONG = """
idfa idfv oaid gaid aaid vaid udid caid androidid 安卓id 广告id 广告标识 广告标识符 匿名设备标识符 adid advertisingid
advertiserid adtrackingid googleadid idfamd5 oaidmd5 androididmd5 imeimd5 设备指纹 devicefingerprint
"""
WEAK = "设备号 设备id 设备标识 设备编号 设备唯一标识 deviceid devid sbh deviceuuid"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="advertising_id",
    title_zh="广告与设备标识",
    title_en="advertising or device identifier",
    find=find,
    headers=HEADERS,
    labelled=Evidence.SHAPE,
    identity=Identity.PERSONAL,
    rank=9,
    mask=masking.document,
)
