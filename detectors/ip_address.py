"""IP address IP地址 (IPv4, RFC 791; IPv6, RFC 4291)

Structure: four octets, or eight groups of hexadecimal digits with `::` for one run of zeros. Addresses that identify no
subscriber are passed over: private, loopback, link-local, shared (RFC 6598), documentation, multicast, unspecified.
Canonical: the compressed form in small letters.

Confused with: version numbers (1.2.3.4), section numbers. An address is a device's and needs a header, or a whole
column of them.

>>> from detectors.base.texts import Texts
>>> find(Texts(["157.225.151.178:8080", "192.168.1.1", "1.2.3.4.5"])).value.to_pylist()
['157.225.151.178']
"""

from __future__ import annotations

import ipaddress
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import digits, groups
from detectors.base.detector import Detector
from detectors.base.groups import DOT
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_SIX = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:.])")


def find(texts: Texts) -> Matches:
    """All public addresses. SHAPE: the form; PARTS: an octet above 9 (a version number rarely has two), or IPv6."""
    return Matches.join([_four(texts), _six(texts)])


def _four(texts: Texts) -> Matches:
    runs = texts.runs
    if len(runs) < 4:
        return Matches.none()
    size = runs.end - runs.start
    tie = groups.ties(texts)
    first = np.flatnonzero((tie == DOT) & runs.digits & (size <= 3))
    first = first[first + 3 < len(runs)]
    for place in (1, 2):
        first = first[(tie[first + place] == DOT) & runs.digits[first + place] & (size[first + place] <= 3)]
    first = first[runs.digits[first + 3] & (size[first + 3] <= 3)]
    first = first[(tie[first + 3] != DOT) & (groups.previous(tie, first) != DOT)]
    if not len(first):
        return Matches.none()
    octets = np.zeros((len(first), 4), np.int64)
    for place in range(4):
        at = first + place
        octets[:, place] = digits.number(digits.aligned(texts.data, runs.start[at], runs.end[at], 3))
    good = (octets <= 255).all(axis=1) & ~_reserved(octets)
    first, octets = first[good], octets[good]
    if not len(first):
        return Matches.none()
    row, start, end = runs.row[first], runs.start[first], runs.end[first + 3]
    parts = [pc.cast(pa.array(octets[:, place]), pa.string()) for place in range(4)]
    value = pc.binary_join_element_wise(*parts, ".")
    evidence = np.where(
        (octets > 9).sum(axis=1) >= 2, np.uint16(Evidence.SHAPE | Evidence.PARTS), np.uint16(Evidence.SHAPE)
    ).astype(np.uint16)
    return Matches(row, start - texts.offsets[row], end - texts.offsets[row], evidence, value)


def _reserved(octets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Private and special ranges of the IANA special-purpose address registry (RFC 6890)."""
    a, b, c = octets[:, 0], octets[:, 1], octets[:, 2]
    private = (a == 10) | (a == 127) | (a == 0) | (a >= 224) | ((a == 172) & (b >= 16) & (b <= 31)) | ((a == 192) & (b == 168))
    special = ((a == 169) & (b == 254)) | ((a == 100) & (b >= 64) & (b <= 127)) | ((a == 192) & (b == 0) & ((c == 0) | (c == 2)))
    special |= ((a == 198) & ((b == 18) | (b == 19))) | ((a == 198) & (b == 51) & (c == 100)) | ((a == 203) & (b == 0) & (c == 113))
    return np.asarray(private | special, bool)


def _six(texts: Texts) -> Matches:
    rows = np.flatnonzero((texts.lengths >= 6) & (texts.lengths <= 200))
    if not len(rows):
        return Matches.none()
    first, last = int(texts.offsets[0]), int(texts.offsets[-1])
    colon = np.searchsorted(texts.offsets, np.flatnonzero(texts.data[first:last] == 58) + first, side="right") - 1
    count = np.bincount(colon, minlength=len(texts)) if len(colon) else np.zeros(len(texts), np.int64)
    rows = rows[count[rows] >= 3]  # fewer colons are times of day
    if not len(rows):
        return Matches.none()
    row: list[int] = []
    start: list[int] = []
    end: list[int] = []
    value: list[str] = []
    for at, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        for found in _SIX.finditer(text):
            try:
                address = ipaddress.IPv6Address(found[0])
            except ValueError:
                continue
            if not address.is_global:
                continue
            before = len(text[: found.start()].encode())
            row.append(at)
            start.append(before)
            end.append(before + len(found[0]))
            value.append(address.compressed)
    if not row:
        return Matches.none()
    evidence = np.full(len(row), Evidence.SHAPE | Evidence.PARTS, np.uint16)
    return Matches(
        np.array(row, np.int64), np.array(start, np.int64), np.array(end, np.int64), evidence, pa.array(value, pa.string())
    )


def _mask(value: str) -> str:
    """157.225.*.*: the first half."""
    mark = ":" if ":" in value else "."
    parts = value.split(mark)
    half = max(len(parts) // 2, 1)
    return mark.join(parts[:half] + ["*"] * (len(parts) - half))


STRONG = """
ip ip地址 登录ip 登陆ip 注册ip 用户ip 客户端ip 访问ip 来源ip 终端ip 操作ip 最后登录ip 上次登录ip ip归属 公网ip 源ip 下单ip
ipaddress ipaddr ipv4 ipv6 clientip loginip userip remoteip remoteaddr registerip regip lastloginip sourceip srcip orderip
dlip zcip
"""
WEAK = "地址 address addr host 主机"
NEVER = "版本 version ver 服务器 server 网关 gateway 掩码 mask dns"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split()))

DETECTOR = Detector(
    kind="ip_address",
    title_zh="IP 地址",
    title_en="IP address",
    find=find,
    headers=HEADERS,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.8,
    labelled=Evidence.SHAPE,
    identity=Identity.NONE,
    mask=_mask,
)
