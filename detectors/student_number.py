"""学籍号, the national student record number.

Issuer: Ministry of Education (national student record system). G and the pupil's citizen number; J and a number of the same
build with the school's division, for pupils without one; L, six digits of the division, yyyymmdd of birth and four digits,
provisional.

Confused with: codes of a letter and eighteen digits; G and J have the check character of GB 11643-1999, L counts under a label. A
school's own 学号 has no common form and is not looked for.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["G110105201506150027", "G110105201506150028", "G110105201513150027"]))   # wrong check, month 13
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts', 'checksum', 'lexicon')), (1, ('shape', 'parts'))]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import citizen, digits, masking
from detectors.base.codes import DIGIT, finder, form
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity

_P = np.uint16(Evidence.PARTS)
_KNOWN = Evidence.SHAPE | Evidence.PARTS
_VALID = _KNOWN | Evidence.CHECKSUM


def _checked(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    evidence = citizen.judge(matrix[:, 1:])
    return np.where((evidence & _P) != 0, evidence, np.uint16(0))


def _provisional(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    province, year, month_day = digits.numbers(matrix, ((1, 3), (7, 11), (11, 15)))
    return np.where(citizen.provinces()[province] & digits.calendar(year, month_day), np.uint16(_KNOWN), np.uint16(0))


find = finder(
    (form("GJ", (DIGIT, 17), DIGIT + "X", evidence=_checked), form("L", (DIGIT, 18), evidence=_provisional)),
    cues=r"(?:学籍|學籍)[^0-9A-Z,;\n]{0,24}$",
)

STRONG = """
学籍号 学籍号码 学籍编号 全国学籍号 学生学籍号 学籍主号 学籍辅号 全国学籍主号 學籍號
studentrecordno studentregistrationno xjh xjhm qgxjh xjfh
"""
WEAK = "学号 学生编号 学生号 studentid studentno studentnumber xh xsbh"

DETECTOR = Detector(
    kind="student_number",
    title_zh="学籍号",
    title_en="student record number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split())),
    alone=(_VALID, _KNOWN | Evidence.CUE),
    together=(_VALID, _KNOWN),
    quorum=0.8,
    labelled=_KNOWN,
    identity=Identity.LINKING,
    mask=masking.document,
    in_text=True,
    coded=True,
)
