"""车辆识别代号 (车架号, VIN), the vehicle identification number; under its label the engine number too.

Issuer: the maker. Structure (GB 16735-2019, ISO 3779): seventeen letters and digits without I, O, Q; the ninth is a check
character 0–9 or X; the last four (in China) are digits. Makes registered in China begin with L. An engine number (发动机号) has no
common form: letters and digits that fill a cell are taken under that label, and nowhere else.

Confused with: serial numbers of seventeen characters (one in eleven has the right ninth character, if it is one of 0–9 and X).
It links a person to a vehicle, and singles nobody out by itself.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["LVSHCAMB1CE054249", "LVSHCAMB2CE054249", "LVSHCAMB1CEO54249"]))   # wrong check; the letter O
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts', 'checksum')), (1, ('shape', 'parts'))]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import digits, masking
from detectors.base.codes import ALNUM, finder, form
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts

_S, _P, _C, _D = (np.uint16(flag) for flag in (Evidence.SHAPE, Evidence.PARTS, Evidence.CHECKSUM, Evidence.DUMMY))
_VALID = Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM
_PLACES = "".join(char for char in ALNUM if char not in "IOQ")


def _number(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """PARTS: letters and digits both, the last four digits; DUMMY: one character repeated."""
    digit = (matrix - np.uint8(48)) < 10
    mixed = digit.any(axis=1) & (~digit).any(axis=1)
    repeated = (matrix == matrix[:, :1]).all(axis=1)
    evidence = (mixed | repeated) * _S
    evidence |= (mixed & digit[:, 13:].all(axis=1)) * _P
    evidence |= (mixed & digits.vin(matrix)) * _C
    return np.asarray(evidence | repeated * _D, np.uint16)


def _engine(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """SHAPE for letters and at least two digits."""
    digit = (matrix - np.uint8(48)) < 10
    return np.asarray(((digit.sum(axis=1) >= 2) & (~digit).any(axis=1)) * _S, np.uint16)


find = finder(
    (
        form((_PLACES, 17), evidence=_number),
        *(form((ALNUM, length), evidence=_engine, whole=True) for length in range(6, 13)),
    ),
    cues=r"(?i)(?:车架|车辆识别|大架|底盘号|vin|chassis)[^0-9A-Z,;\n]{0,24}(?:no|number|code)?[^0-9A-Z,;\n]{0,4}$",
)


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column is not of VINs, or None: the check character is right about as often as chance makes it."""
    long = matches.end - matches.start == 17
    count = int(long.sum())
    passing = int(((matches.evidence[long] & _C) != 0).sum())
    if count >= 5 and passing < 0.5 * count:
        zh = f"{count} 个十七位代码中只有 {passing} 个校验位正确，应为序列号"
        en = f"only {passing} of {count} seventeen-character codes have the right check character: serial numbers"
        return Sentence("check_digits", zh, en)
    return None


STRONG = """
车架号 车架号码 车辆识别代号 车辆识别代码 车辆识别码 车辆识别号 车辆识别号码 车辆代号 大架号 底盘号 底盘号码
发动机号 发动机号码 发动机编号
vin码 vin vinno vincode vinnumber chassis chassisno chassisnumber frameno carvin vehicleidentificationnumber engineno enginenumber
enginenum cjh cjhm clsbdh clsbdm fdjh fdjhm djh
"""

DETECTOR = Detector(
    kind="vin",
    title_zh="车辆识别代号",
    title_en="vehicle identification number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset({"车辆编号", "识别码", "代号"})),
    alone=(_VALID, Evidence.SHAPE | Evidence.CHECKSUM | Evidence.CUE),
    together=Evidence.SHAPE | Evidence.CHECKSUM,
    quorum=0.8,
    labelled=Evidence.SHAPE,
    refuse=refuse,
    identity=Identity.LINKING,
    rank=10,
    mask=masking.document,
    in_text=True,
    coded=True,
)
