"""MAC address MAC 地址 (EUI-48)

Issued by makers under IEEE 802 with prefixes (OUI) of the IEEE. Structure: six octets in hexadecimal, by colon or hyphen, in three
groups of four by dot, or without any mark. Canonical: small letters by colons.

Confused with: 12-digit serials (without marks only under a header). Placeholders are named: all zeros, all F, and
02:00:00:00:00:00, which phones hand out instead of their address.

>>> from detectors.base.texts import Texts
>>> find(Texts(["00-0C-29-CA-E4-66", "00:0C:29:CA:E4"])).value.to_pylist()
['00:0c:29:ca:e4:66']
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

_MARKED = r"(?i)^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$"
_BARE = r"(?i)^[0-9a-f]{12}$"
PLACEHOLDERS = pa.array(
    ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00", "11:11:11:11:11:11", "aa:bb:cc:dd:ee:ff", "00:11:22:33:44:55"]
)


def find(texts: Texts) -> Matches:
    """Cells that are an address. SHAPE: twelve hexadecimal digits; PARTS: written with marks, and sent to one device (the
    lowest bit of the first octet is 0)."""
    size = texts.lengths
    parts = []
    for length, pattern in ((17, _MARKED), (14, _MARKED), (12, _BARE)):
        row = np.flatnonzero(size == length)
        if not len(row):
            continue
        cell = texts.folded.take(pa.array(row))
        good = pc.match_substring_regex(cell, pattern).to_numpy(zero_copy_only=False)
        row = row[good]
        if not len(row):
            continue
        plain = pc.replace_substring_regex(pc.ascii_lower(cell.filter(pa.array(good))), r"[:.\-]", "")
        value = pc.replace_substring_regex(plain, r"^(..)(..)(..)(..)(..)(..)$", r"\1:\2:\3:\4:\5:\6")
        single = pc.match_substring_regex(plain, r"^.[02468ace]").to_numpy(zero_copy_only=False)
        evidence = np.full(len(row), Evidence.SHAPE, np.uint16)
        if pattern is _MARKED:
            evidence[single] |= np.uint16(Evidence.PARTS)
        evidence[pc.is_in(value, value_set=PLACEHOLDERS).to_numpy(zero_copy_only=False)] |= np.uint16(Evidence.DUMMY)
        parts.append(Matches(row, np.zeros(len(row), np.int64), size[row], evidence, value))
    return Matches.join(parts)


STRONG = """
mac mac地址 mac号 设备mac 手机mac 终端mac wifimac 无线mac 蓝牙mac 网卡地址 物理地址 网卡mac macaddress macaddr devicemac
wlanmac bluetoothmac usermac macid macdz bssid
"""
WEAK = "设备号 设备id 设备标识 设备编号 终端号 deviceid devid sbh"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset({"设备mac"}))  # a device_id

DETECTOR = Detector(
    kind="mac_address",
    title_zh="MAC 地址",
    title_en="MAC address",
    find=find,
    headers=HEADERS,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.SHAPE,
    identity=Identity.PERSONAL,
    rank=9,
    mask=lambda value: masking.edges(value, 5, 2),
)
