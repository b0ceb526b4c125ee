"""通行证号码: permits for travel between the mainland, Hong Kong, Macao and Taiwan.

Issuer: National Immigration Administration. 港澳居民来往内地通行证: H (Hong Kong) or M (Macao) and eight digits for life, formerly
with two more for the reissue. 台湾居民来往大陆通行证: eight digits, formerly ten and a letter. 往来港澳通行证: C and eight
characters, the first a digit or a letter without I and O, earlier W and eight digits. 往来台湾通行证: L or T and eight digits.
No check digit.

Confused with: part numbers, passports of Hong Kong (H…), dates and serials of eight digits. So it counts under a label or behind a
cue (回乡证：…); eight digits alone only as an entire cell under a label, and never where they make a date.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["回乡证H60135790", "X60135790", "20240131"]))   # no such letter; a date
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts', 'cue'))]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import digits, masking
from detectors.base.codes import DIGIT, LETTER, PLAIN, finder, form, serial
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts

_KNOWN = Evidence.SHAPE | Evidence.PARTS

DUMMIES = (*(letter + "12345678" for letter in "HMCWLT"), "12345678", "00000000", "11111111", "88888888")


def _bare(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """SHAPE for eight digits that are no date."""
    return np.where(digits.dates(matrix, last=20991231), np.uint16(0), np.uint16(Evidence.SHAPE))


find = finder(
    (
        form("HM", (DIGIT, 8), evidence=_KNOWN),
        form("HM", (DIGIT, 10), evidence=_KNOWN),
        form("C", PLAIN, (DIGIT, 7), evidence=_KNOWN),
        form("WLT", (DIGIT, 8), evidence=_KNOWN),
        form((DIGIT, 10), LETTER, evidence=Evidence.SHAPE, whole=True),
        form((DIGIT, 8), evidence=_bare, whole=True),
    ),
    cues=r"(?i)(?:通行证|通行證|回乡证|回鄉證|台胞证|往来港澳|往来台湾|permit)[^0-9A-Z,;\n]{0,24}$",
    dummies=DUMMIES,
)


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column is not of travel permits, or None: serial numbers."""
    return serial(texts, matches.take(matches.having(_KNOWN)))


STRONG = """
通行证 通行证号 通行证号码 港澳通行证 港澳通行证号 港澳通行证号码 港澳居民通行证 港澳居民通行证号 港澳居民通行证号码
港澳居民来往内地通行证 港澳居民来往内地通行证号 港澳居民来往内地通行证号码 往来港澳通行证 往来港澳通行证号 往来港澳通行证号码
回乡证 回乡证号 回乡证号码 台胞证 台胞证号 台胞证号码 台湾通行证 台湾通行证号 台湾居民来往大陆通行证 台湾居民来往大陆通行证号码
往来台湾通行证 往来台湾通行证号 大陆居民往来台湾通行证 大通证 大通证号 港澳台通行证 港澳台通行证号 港澳台通行证号码
通行證號碼 travelpermit travelpermitno travelpermitnumber homereturnpermit mtp mtpno hkmacaopermit taiwanpermit
txz txzh txzhm gatxz gatxzh hxz hxzh tbz tbzh
"""
WEAK = """
证件号 证件号码 证件编号 有效证件号 有效证件号码 证照号码 证号 证件 出入境证件号 出入境证件号码
idno idnumber idcard certno certificateno credno docno docnumber documentno documentnumber
traveldocument traveldocumentno zjh zjhm permitno
"""
NEVER = "有效期 签发 类型 车辆 货物 通行费 expiry type"

DETECTOR = Detector(
    kind="travel_permit",
    title_zh="通行证号码",
    title_en="travel permit number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split())),
    alone=_KNOWN | Evidence.CUE,
    together=_KNOWN,
    quorum=0.9,
    labelled=Evidence.SHAPE,
    refuse=refuse,
    identity=Identity.UNIQUE,
    rank=3,
    mask=masking.document,
    in_text=True,
    coded=True,
)
