"""统一社会信用代码, the unified social credit code of an organisation. It names no person: it is evidence against one.

Issuer: the authority that registers the body (GB 32100-2015). Eighteen of 31 characters (no I O S V Z): one of the registering
authority, one of the kind of body, six digits of the division, the nine of the organisation code (GB 11714-1997, its own check
character the last) and a check character modulo 31. 92… is a sole trader (个体工商户), close to a person. A taxpayer number since
2015 is the same code.

Confused with: resident numbers, of which 3 % pass the check modulo 31; the leading pair and the organisation code's check leave
two in a hundred thousand, and what is a valid resident number is not taken here. Without a label the division has to be known.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["91110000600037341L", "91110000600037341K"]))   # the second: wrong check character
>>> [Evidence(flags).names() for flags in found.evidence.tolist()]
[('shape', 'parts', 'checksum', 'lexicon'), ('shape', 'parts')]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import citizen, digits, masking
from detectors.base.codes import DIGIT, Form, finder, form
from detectors.base.detector import Detector
from detectors.base.groups import SPACE, gathered, ties
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts, strings

_S, _P, _C, _L = (np.uint16(flag) for flag in (Evidence.SHAPE, Evidence.PARTS, Evidence.CHECKSUM, Evidence.LEXICON))
_VALID = Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# First character: registering authority; second: kind of body (GB 32100-2015 table 1 and its later extensions).
_PAIRS = {
    "1": "1239",
    "2": "19",
    "3": "123459",
    "4": "19",
    "5": "12349",
    "6": "129",
    "7": "129",
    "8": "19",
    "9": "123",
    "A": "19",
    "N": "1239",
    "Y": "1",
}


_KNOWN_PAIR = np.zeros((256, 256), bool)
for _first, _seconds in _PAIRS.items():
    for _second in _seconds:
        _KNOWN_PAIR[ord(_first), ord(_second)] = True


def _code(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Evidence of eighteen characters that begin with a known pair; a valid resident number is none of them."""
    evidence = _KNOWN_PAIR[matrix[:, 0], matrix[:, 1]] * _S
    (division,) = digits.numbers(matrix, ((2, 8),))
    central = division == 100_000  # registered with an authority of the centre
    at = np.flatnonzero((evidence != 0) & (citizen.provinces()[division // 10_000] | central))
    evidence[at] |= _P
    at = at[digits.gb_11714(matrix[at, 8:17])]
    at = at[digits.mod_31_3(matrix[at])]
    evidence[at] |= _C | (central | citizen.divisions()[division])[at] * _L
    last = matrix[:, 17]
    plain = np.flatnonzero((evidence != 0) & ((last == 88) | ((last - np.uint8(48)) < 10)))
    plain = plain[digits.all_digits(matrix[plain, :17])]
    if len(plain):
        needed = np.uint16(_VALID)
        evidence[plain[(citizen.judge(matrix[plain]) & needed) == needed]] = 0
    return evidence


FORMS: tuple[Form, ...] = (form("".join(_PAIRS), "123459", (DIGIT, 6), (_CHARACTERS, 9), _CHARACTERS, evidence=_code),)

_plain = finder(FORMS, dummies=("91110000000000000X", "911100001000013428"))


def find(texts: Texts) -> Matches:
    """All codes of a chunk; written in one, or as 91 110000 600037341L."""
    return Matches.join([_plain(texts), _grouped(texts)])


def _grouped(texts: Texts) -> Matches:
    """Cells that hold a code parted by blanks: pair, division, and the rest in one or two groups."""
    runs = texts.runs
    size = runs.end - runs.start
    found = []
    at = np.flatnonzero(size[:-2] == 2) if len(runs) > 2 else np.zeros(0, np.int64)
    at = at[size[at + 1] == 6]
    if not len(at):
        return Matches.none()
    tie = ties(texts)
    at = at[(tie[at] == SPACE) & (tie[at + 1] == SPACE)]
    for sizes in ((2, 6, 10), (2, 6, 9, 1)):
        first = at[at + len(sizes) <= len(runs)]
        for place, wanted in enumerate(sizes):
            first = first[size[first + place] == wanted]
        if not len(first):
            continue
        matrix = digits.upper(gathered(texts, first, sizes))
        seen = _plain(Texts(strings(matrix)))
        first = first[seen.row]
        low = texts.offsets[runs.row[first]]
        start, end = runs.start[first] - low, runs.end[first + len(sizes) - 1] - low
        found.append(Matches(runs.row[first], start, end, seen.evidence, seen.value))
    return Matches.join(found)


STRONG = """
统一社会信用代码 统一信用代码 社会信用代码 信用代码 统一社会信用代码号 统一社会信用代码证号 纳税人识别号 纳税识别号 纳税人税号 税号
企业税号 购方税号 销方税号 营业执照号 营业执照号码 营业执照注册号 企业信用代码 单位信用代码 组织机构代码
社会统一信用代码 uscc usci creditcode socialcreditcode unifiedsocialcreditcode taxno taxnumber taxid taxcode taxpayerid taxpayerno
orgcode organizationcode tyshxydm shxydm xydm nsrsbh zzjgdm yyzzh yyzzhm
"""
WEAK = "注册号 机构代码 企业代码 单位代码 证件号码 证件号 证照号码 businesslicense licenseno regno zjhm zjh sh"

DETECTOR = Detector(
    kind="social_credit_code",
    title_zh="统一社会信用代码",
    title_en="unified social credit code",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split())),
    alone=_VALID | Evidence.LEXICON,
    together=_VALID,
    labelled=Evidence.SHAPE | Evidence.PARTS,
    identity=Identity.NONE,
    mask=masking.document,
    in_text=True,
    coded=True,
)
