"""护照号码, the number of a passport.

Issuer: National Immigration Administration (ordinary), Ministry of Foreign Affairs (diplomatic, service), the governments of Hong
Kong and Macao. Nine characters: ordinary E and eight digits, since April 2017 E, a letter without I and O and seven digits; earlier
G and eight digits, 14 or 15 and seven; service and public affairs SE, PE or S, diplomatic DE or D; Hong Kong K, KJ, H, Macao MA.
No check digit. Under a label other countries' numbers are shown as suspect, as no rule tells them from a code.

Confused with: part and article numbers (E12345678). So it counts under a label, behind a cue (护照：…), or as nearly a whole column
whose numbers do not run on. H and eight digits is a permit of Hong Kong residents too (`travel_permit`).

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["护照EA7654321", "EI7654321", "7654321"]))   # no letter I; no letter
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts', 'cue')), (1, ('shape',))]
"""

from __future__ import annotations

from detectors.base import masking
from detectors.base.codes import DIGIT, LETTER, finder, form, serial
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts

_KNOWN = Evidence.SHAPE | Evidence.PARTS
_SECOND = "".join(letter for letter in LETTER if letter not in "IO")

DUMMIES = ("E12345678", "G12345678", "EA1234567", "E00000000", "G00000000", "E11111111", "G11111111", "E88888888", "G88888888")

find = finder(
    (
        form("EG", (DIGIT, 8), evidence=_KNOWN),
        form("E", _SECOND, (DIGIT, 7), evidence=_KNOWN),
        form("SPD", "E", (DIGIT, 7), evidence=_KNOWN),
        form("K", "123456789", (DIGIT, 7), evidence=_KNOWN),
        form("K", "J", (DIGIT, 7), evidence=_KNOWN),
        form("M", "A", (DIGIT, 7), evidence=_KNOWN),
        # 14 and 15 with seven digits are serials as often: a label has to say so, and the cell has to hold nothing else
        form("1", "45", (DIGIT, 7), evidence=_KNOWN, whole=True),
        form("SPD", (DIGIT, 7), evidence=_KNOWN, whole=True),
        form("SDH", (DIGIT, 8), evidence=_KNOWN, whole=True),
        # of other countries: one or two letters and digits, shown as suspect
        form(LETTER, (DIGIT, 6), evidence=Evidence.SHAPE, whole=True),
        form(LETTER, (DIGIT, 7), evidence=Evidence.SHAPE, whole=True),
        form(LETTER, (DIGIT, 8), evidence=Evidence.SHAPE, whole=True),
        form((LETTER, 2), (DIGIT, 6), evidence=Evidence.SHAPE, whole=True),
        form((LETTER, 2), (DIGIT, 7), evidence=Evidence.SHAPE, whole=True),
    ),
    cues=r"(?i)(?:护照|護照|passport)[^0-9A-Z,;\n]{0,24}(?:no|number|num)?[^0-9A-Z,;\n]{0,4}$",
    dummies=DUMMIES,
)


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column is not of passports, or None: serial numbers, or one without a letter."""
    lettered = matches.take(matches.having(_KNOWN))
    if len(lettered) >= 5:
        bare = sum(value[0].isdigit() for value in lettered.value.to_pylist())
        if bare >= 0.9 * len(lettered):
            en = "nine digits without a letter: nothing but a label tells an old passport number from a serial number"
            return Sentence("unlettered", "九位数字不带字母：没有表头无法区分旧护照号与流水号", en)
    return serial(texts, lettered)


STRONG = """
护照 护照号 护照号码 护照编号 因私护照 因私护照号 因公护照 因公护照号 護照 護照號 護照號碼
passport passportno passportnum passportnumber passportid hz hzh hzhm huzhao huzhaohao huzhaohaoma
"""
WEAK = """
证件号 证件号码 证件编号 有效证件号 有效证件号码 证照号码 证号 证件 出入境证件号 出入境证件号码
idno idnumber idcard certno certificateno credno docno docnumber documentno documentnumber
traveldocument traveldocumentno zjh zjhm
"""
NEVER = "有效期 签发 类型 expiry type"

DETECTOR = Detector(
    kind="passport",
    title_zh="护照号码",
    title_en="passport number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split())),
    alone=_KNOWN | Evidence.CUE,
    together=_KNOWN,
    quorum=0.9,
    labelled=_KNOWN,
    refuse=refuse,
    identity=Identity.UNIQUE,
    rank=2,
    mask=masking.document,
    in_text=True,
    coded=True,
)
