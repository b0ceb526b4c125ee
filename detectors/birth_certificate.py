"""出生医学证明编号, the number of the medical certificate of birth.

Issuer: National Health Commission, given by the hospital. A letter (of the edition) and nine digits, of which the first two are the
province (X320101001). No check digit.

Confused with: part numbers and waybills of one letter and nine digits. So it counts under a label or behind a cue (出生证：…) only.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["出生证编号：R330120457", "R990120457"]))   # no province 99
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts', 'cue'))]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import citizen, digits, masking
from detectors.base.codes import DIGIT, LETTER, finder, form
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity

_KNOWN = Evidence.SHAPE | Evidence.PARTS


def _province(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    (province,) = digits.numbers(matrix, ((1, 3),))
    return np.where(citizen.provinces()[province], np.uint16(_KNOWN), np.uint16(0))


find = finder(
    (form(LETTER, (DIGIT, 9), evidence=_province),),
    cues=r"(?i)(?:出生医学证明|出生证|出生证明|birth ?cert[a-z]*)[^0-9A-Z,;\n]{0,24}$",
    dummies=("A110000000", "X320101001"),
)

STRONG = """
出生医学证明 出生医学证明号 出生医学证明编号 出生医学证明号码 出生证 出生证号 出生证编号 出生证号码 出生证明编号
出生证明号 出生证明号码 birthcertificate birthcertificateno birthcertificatenumber birthcertno csyxzm csyxzmbh cszbh cszh
"""
WEAK = "证件号 证件号码 有效证件号 证号 idno certno certificateno docno zjh zjhm"

DETECTOR = Detector(
    kind="birth_certificate",
    title_zh="出生医学证明编号",
    title_en="birth certificate number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split())),
    alone=_KNOWN | Evidence.CUE,
    labelled=_KNOWN,
    identity=Identity.UNIQUE,
    rank=4,
    mask=masking.document,
    in_text=True,
    coded=True,
)
