"""IMSI 国际移动用户识别码 (International Mobile Subscriber Identity)

Issued by operators under ITU-T E.212. Structure: country 460 (461 for test networks is not taken), network code of two digits,
ten digits subscriber; 15 in all, no check digit.

Confused with: 15-digit serials, and 15-digit resident numbers of Hainan (460…), which carry a date; a network code in use
tells most of them apart, so a column without a header needs nearly all cells to have one.

>>> from detectors.base.texts import Texts
>>> find(Texts(["460001234567890", "470001234567890"])).value.to_pylist()
['460001234567890']
"""

from __future__ import annotations

import numpy as np

from detectors.base import digits, masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, strings

# Network codes under 460 in use: 中国移动 00 02 04 07 08 13, 中国联通 01 06 09 10, 中国电信 03 05 11 12, 中国广电 15,
# 铁路 GSM-R 20.
NETWORKS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 20])


def find(texts: Texts) -> Matches:
    """15 digits that begin with 460. SHAPE: length and country; PARTS: a network code in use."""
    runs = texts.runs
    size = runs.end - runs.start
    at = np.flatnonzero(runs.digits & (size == 15))
    at = at[texts.data[runs.start[at]] == 52] if len(at) else at
    if not len(at):
        return Matches.none()
    matrix = texts.matrix(runs.start[at], 15)
    country, network = digits.numbers(matrix, ((0, 3), (3, 5)))
    good = country == 460
    at, matrix, network = at[good], matrix[good], network[good]
    evidence = np.where(np.isin(network, NETWORKS), np.uint16(Evidence.SHAPE | Evidence.PARTS), np.uint16(Evidence.SHAPE)).astype(
        np.uint16
    )
    row = runs.row[at]
    low = texts.offsets[row]
    return Matches(row, runs.start[at] - low, runs.end[at] - low, evidence, strings(matrix))


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column of such numbers is not a column of IMSI, or None."""
    if len(matches) < 20:
        return None
    networks = {value[3:5] for value in matches.value.slice(0, 2000).to_pylist()}
    if len(networks) > 12:
        count = len(networks)
        return Sentence(
            "prefixes", f"网络代码有 {count} 种，真实人群只有几种", f"{count} different network codes; a population has a few"
        )
    return None


STRONG = "imsi imsi号 imsi码 imsino 国际移动用户识别码 移动用户识别码 sim卡imsi"
WEAK = "设备号 设备id 终端号 deviceid"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="imsi",
    title_zh="国际移动用户识别码",
    title_en="IMSI",
    find=find,
    headers=HEADERS,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.95,
    labelled=Evidence.SHAPE,
    refuse=refuse,
    identity=Identity.PERSONAL,
    rank=9,
    mask=masking.digits,
)
