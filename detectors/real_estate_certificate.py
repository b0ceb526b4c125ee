"""不动产权证号, the number of a certificate of title, and 不动产单元号, the number of a unit of real estate.

Issuer: the registries under the Ministry of Natural Resources. Title since 2015: 粤（2019）深圳市不动产权第0012345号, with 证明
for a mortgage or advance notice; before: 京房权证朝私字第123456号, 沪房地浦字（2003）第012345号 and the like. Unit (GB/T
37346-2019): 28 characters: division, cadastral zone and sub-zone, two of the kind of land, five digits, F L W or Q and eight
digits.

It names a property, not a person, and speaks for wealth where a person stands beside it. Confused with: numbers of other documents
(京公网安备…号, 沪字第…号), which lack 不动产 or 房.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["粤(2019)深圳市不动产权第0012345号", "粤(2019)深圳市产权第0012345号", "440113013008GB00003F00230055"]))
>>> [(row, Evidence(flags).names()) for row, flags in zip(found.row.tolist(), found.evidence.tolist())]
[(0, ('shape', 'parts')), (2, ('shape', 'parts'))]
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import citizen, digits, masking
from detectors.base.codes import ALNUM, DIGIT, LETTER, finder, form
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_KNOWN = Evidence.SHAPE | Evidence.PARTS

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀黔贵滇云藏陕秦甘陇青宁新"
# NFKC has made （ ） plain; 〔 〕 and [ ] are seen as well.
_TITLE = re.compile(
    rf"[{_PROVINCES}]?\s*[(〔\[]?(?:19|20)\d{{2}}[)〕\]]?\s*[一-鿿]{{1,12}}不动产(?:权|证明)(?:证)?(?:书)?第?\s*\d{{5,10}}\s*号?"
)
_FORMER = re.compile(
    r"[一-鿿]{0,8}?(?:房权证|房地|房产证|土地使用权?证?|国用|集用)[一-鿿]{0,8}"
    r"(?:[(〔\[]?(?:19|20)\d{2}[)〕\]]?)?[一-鿿]{0,6}字?第\s*[A-Z]{0,2}\d{4,12}(?:-\d{1,4})?\s*号"
)


def _unit(matrix: NDArray[np.uint8]) -> NDArray[np.uint16]:
    (province,) = digits.numbers(matrix, ((0, 2),))
    return np.where(citizen.provinces()[province], np.uint16(_KNOWN), np.uint16(0))


_units = finder((form((DIGIT, 12), LETTER, ALNUM, (DIGIT, 5), "FLWQ", (DIGIT, 8), evidence=_unit),))


def find(texts: Texts) -> Matches:
    """Unit numbers by their shape; titles in cells that hold one of their words, read in Python."""
    worded = pc.match_substring_regex(texts.folded, "不动产|房权|房地|房产证|土地使用|国用|集用") if _may_hold(texts) else None
    rows = np.flatnonzero(worded.to_numpy(zero_copy_only=False)) if worded is not None else np.zeros(0, np.int64)
    found: list[tuple[int, int, int, str]] = []
    for row, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        for pattern in (_TITLE, _FORMER):
            for match in pattern.finditer(text):
                start = len(text[: match.start()].encode())
                value = re.sub(r"\s+", "", match[0])
                found.append((row, start, start + len(match[0].encode()), value))
            if found and found[-1][0] == row:
                break
    if not found:
        return _units(texts)
    row_, start_, end_, values = zip(*found, strict=True)
    titles = Matches(
        np.array(row_, np.int64),
        np.array(start_, np.int64),
        np.array(end_, np.int64),
        np.full(len(found), np.uint16(_KNOWN), np.uint16),
        pa.array(values, pa.string()),
    )
    return Matches.join([titles, _units(texts)])


def _may_hold(texts: Texts) -> bool:
    """Whether 第 or 号 stands behind or before a digit anywhere: most columns have none, and need no regular expression."""
    runs, data = texts.runs, texts.data
    at = np.flatnonzero(runs.digits & (runs.end - runs.start >= 4))
    inner = at[runs.start[at] - texts.offsets[runs.row[at]] >= 9]
    start = runs.start[inner]
    if ((data[start - 3] == 0xE7) & (data[start - 2] == 0xAC) & (data[start - 1] == 0xAC)).any():  # 第
        return True
    return bool(((data[start - 3] == 0xE6) & (data[start - 2] == 0x9D) & (data[start - 1] == 0x83)).any())  # 权


STRONG = """
不动产权证号 不动产权证书号 不动产权证 不动产权号 不动产证号 不动产单元号 不动产证明号 不动产登记证明号 产权证号 产权证书号 房产证号
房产证编号 房产证 房屋产权证号 房权证号 房屋所有权证号 土地证号 土地使用证号 土地使用权证号 权证号 权属证号 权证编号
certificateoftitle propertycertno propertycertificateno realestatecertno realestateunitno bdcqzh bdcdyh bdczh fczh cqzh tdzh
"""
WEAK = "权证 证书号 证书编号 单元号 抵押物权证号"

DETECTOR = Detector(
    kind="real_estate_certificate",
    title_zh="不动产权证号",
    title_en="real estate certificate number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split())),
    alone=_KNOWN,
    together=_KNOWN,
    labelled=_KNOWN,
    identity=Identity.NONE,
    mask=masking.document,
    in_text=True,
    coded=True,
)
