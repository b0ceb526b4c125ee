"""外国人永久居留身份证号码, the number of the foreign permanent resident ID card.

Issuer: National Immigration Administration. Since 2023-12-01 eighteen characters built like a citizen number: 9, two digits of
the province of application, three of the nationality (ISO 3166-1 numeric), yyyymmdd of birth, three of order and the check
character of GB 11643-1999. Cards of 2004–2023 have fifteen: three letters of nationality, four digits of place, yymmdd, one of
order, and a check digit by the weights 7, 3, 1 (ICAO Doc 9303).

Confused with: company codes beginning 91–93 (GB 32100-2015, whose digits 7–14 are no date), bookings of letters and digits.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["932682198501010017", "932682198501010018", "KAZ110090123105"]))   # the second fails its check
>>> [Evidence(flags).names() for flags in found.evidence.tolist()]
[('shape', 'parts', 'checksum', 'lexicon'), ('shape', 'parts', 'lexicon'), ('shape', 'parts', 'checksum', 'lexicon')]
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base import citizen, digits, lexicon, masking
from detectors.base.codes import DIGIT, LETTER, finder, form
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity
from detectors.base.texts import strings

_S, _P, _C, _L = (np.uint16(flag) for flag in (Evidence.SHAPE, Evidence.PARTS, Evidence.CHECKSUM, Evidence.LEXICON))
_ALL = Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM | Evidence.LEXICON


@cache
def _numeric() -> NDArray[np.bool_]:
    return lexicon.flags(lexicon.table("nationalities")["numeric"], 3)


@cache
def _letters() -> pa.StringArray:
    return pa.array(lexicon.table("nationalities")["alpha3"], pa.string())


def _new(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Evidence of 9 + 16 digits + check character; none without a province and a birth date."""
    province, nationality, year, month_day = digits.numbers(matrix, ((1, 3), (3, 6), (6, 10), (10, 14)))
    parts = citizen.provinces()[province] & digits.calendar(year, month_day)
    evidence = parts * (_S | _P)
    evidence |= (parts & digits.mod_11_2(matrix)) * _C
    return np.asarray(evidence | (parts & _numeric()[nationality]) * _L, np.uint16)


def _old(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Evidence of three letters + twelve digits; none without a date and a province. yymmdd is of either century."""
    province, year, month_day = digits.numbers(matrix, ((3, 5), (7, 9), (9, 13)))
    date = digits.calendar(year + 1900, month_day) | digits.calendar(year + 2000, month_day)
    parts = citizen.provinces()[province] & date
    evidence = parts * (_S | _P)
    evidence |= (parts & digits.mod_7_3_1(matrix)) * _C
    return np.asarray(evidence | (parts & lexicon.known(strings(matrix[:, :3]), _letters())) * _L, np.uint16)


CUES = r"(?i)(?:永久居留|永居|居留证|居留身份证|外国人|证件)[^0-9A-Z,;\n]{0,24}$"

find = finder(
    (
        form("9", (DIGIT, 16), DIGIT + "X", evidence=_new),
        form((LETTER, 3), (DIGIT, 12), evidence=_old),
    ),
    cues=CUES,
)

STRONG = """
外国人永久居留身份证 外国人永久居留身份证号 外国人永久居留身份证号码 外国人永久居留证 外国人永久居留证号 外国人永久居留证号码
永久居留证 永久居留证号 永久居留证号码 永久居留身份证 永久居留身份证号 永久居留身份证号码 永居证 永居证号 外国人居留证号
外国人居留许可号 permanentresidentcard permanentresidentno residencepermit residencepermitno foreignerid foreigneridno
prcard prcardno wgryjjlz yjjlz yjjlzh
"""
WEAK = """
证件号 证件号码 有效证件号 证号 证件 身份证 身份证号 身份证号码 idcard idno idnumber certno docno documentno zjh zjhm sfzh sfzhm
"""

DETECTOR = Detector(
    kind="foreigner_permit",
    title_zh="外国人永久居留身份证号码",
    title_en="foreign permanent resident card number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split())),
    alone=_ALL,
    together=_ALL,
    labelled=Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM,
    identity=Identity.UNIQUE,
    rank=1,
    mask=masking.document,
    in_text=True,
    coded=True,
)
