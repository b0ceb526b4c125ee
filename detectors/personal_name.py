"""Personal name 姓名 (names of natural persons in Han characters, in foreign names by sound, in pinyin and Latin letters)

No issuer and no check digit: a surname of one or two characters and a given name of one or two; names of other peoples and
foreign names written by their sound, the parts divided by `·` (买买提·吐尔逊) or not (卓玛央金); pinyin (Wang Xiaoyan,
WANG/XIAOYAN). A string is told from words and firms by how likely each character is at its place of a name
(`detectors.base.name_score`, with the sources of its figures: surnames of wainshine/Chinese-Names-Corpus, Apache-2.0;
given-name characters of PyPI ngender, MIT; words of PyPI jieba, MIT; firms of PyPI companynameparser, Apache-2.0). A column
of names is told by the share of likely values, as single names and words overlap (杨梅, 白云, 高峰 are both). Inside a
sentence a name needs neighbours that usually stand beside one (客户…反映, 收件人：…).

Confused with: short names of firms and products, districts, fruit, words that begin with a surname. Not a person: whatever
ends in 公司, 店, 医院 and the like. Masked names (王*, 李某某, 王先生) and placeholders (张三, 测试, 无名氏) are shown
and not counted.

>>> from detectors.base.texts import Texts, shared
>>> found = find(Texts(["诸葛建华", "黄金海岸酒店", "张某某"]))
>>> [(value, Evidence(int(flags)).names()) for value, flags in zip(found.value.to_pylist(), found.evidence)]
[('诸葛建华', ('shape', 'parts', 'lexicon')), ('张某某', ('shape', 'masked'))]
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import masking
from detectors.base.detector import Detector
from detectors.base.excerpts import slices, some
from detectors.base.han import Characters, characters
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.name_cells import DUMMY, SURE, plain, words
from detectors.base.name_forms import LONGEST, han_forms, latin_forms
from detectors.base.name_text import dotted_inside, names_inside
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, shared

FEW = 20  # distinct values below which a column without a title needs nearly all of them to be names
_IN_TEXT = np.uint16(SURE | Evidence.CUE)


def find(texts: Texts) -> Matches:
    """All personal names. SHAPE: could be one; LEXICON: reads like one; PARTS: hardly anything else; CUE: words announce it."""
    return shared(texts, "names", _find)


def _find(texts: Texts) -> Matches:
    size = texts.lengths
    if texts.ascii:
        return latin_forms(texts, np.flatnonzero((size >= 3) & (size <= LONGEST)))
    found = [plain(texts, width) for width in range(2, 9)]
    rest = size >= 3
    for part in found:
        rest[part.row] = False
    row = np.flatnonzero(rest)
    if len(row):
        found.append(latin_forms(texts, row[size[row] <= LONGEST]))
        rest[found[-1].row] = False
        row = np.flatnonzero(rest)
    if 2 * len(row) >= len(texts):
        found.append(_others(texts, row))
    elif len(row):
        part = _others(some(texts, row), np.arange(len(row)))
        found.append(Matches(row[part.row], part.start, part.end, part.evidence, part.value))
    return Matches.join(found)


_LIKELY = np.uint16(Evidence.PARTS | Evidence.LEXICON)


def _others(texts: Texts, row: NDArray[np.int64]) -> Matches:
    """Names in other writings and in longer cells, asked for in these rows."""
    held = characters(texts)
    found = han_forms(texts, held, row[texts.lengths[row] <= LONGEST])
    asked = np.zeros(len(texts), bool)
    asked[row] = True
    for part in found:
        asked[part.row] = False
        _beside_number(texts, part)
    return Matches.join([*found, *_sentences(texts, held, asked)])


def _beside_number(texts: Texts, names: Matches) -> None:
    """A likely name that shares its cell with a mobile number (张三 138…) is one by itself: CUE is added."""
    shared = np.flatnonzero((names.end - names.start < texts.lengths[names.row]) & ((names.evidence & _LIKELY) == _LIKELY))
    if len(shared):
        cells = texts.folded.take(pa.array(names.row[shared]))
        numbered = pc.match_substring_regex(cells, r"(?:^|\D)1[3-9]\d{9}(?:\D|$)").to_numpy(zero_copy_only=False)
        names.evidence[shared[numbered]] |= np.uint16(Evidence.CUE)


def _sentences(texts: Texts, held: Characters, asked: NDArray[np.bool_]) -> list[Matches]:
    """Names inside longer cells; a dotted name goes before a part of it."""
    row, first, last = names_inside(held, asked & (texts.lengths >= 9))
    start, end = held.in_bytes(row, first, last)
    found = Matches(row, start, end, np.full(len(row), _IN_TEXT, np.uint16), slices(texts, row, start, end))
    known = pc.is_in(found.value, value_set=pa.array(words("placeholder"), pa.string())).to_numpy(zero_copy_only=False)
    found.evidence[known] = DUMMY
    dotted = [one for one in dotted_inside(texts, held) if asked[one[0]]]
    if not dotted:
        return [found]
    at = {row for row, _, _, _ in dotted}
    spans = [(row, low, high) for row, low, high, _ in dotted]
    kept = np.ones(len(found), bool)
    for i in np.flatnonzero(np.isin(row, list(at))):
        kept[i] = not any(r == row[i] and low < end[i] and start[i] < high for r, low, high in spans)
    rows, lows, highs, names = (list(column) for column in zip(*dotted, strict=True))
    own = Matches(
        np.array(rows, np.int64),
        np.array(lows, np.int64),
        np.array(highs, np.int64),
        np.full(len(dotted), _IN_TEXT, np.uint16),
        pa.array(names, pa.string()),
    )
    return [found.take(kept), own]


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column without a title is none of names: too few distinct values to tell, or too few of them."""
    filled = texts.folded.filter(pa.array(texts.lengths > 0))
    distinct = len(pc.unique(filled))
    likely = len(np.unique(matches.row[matches.having(Evidence.LEXICON)]))
    if distinct < 3:
        return Sentence("few_values", "不同值不足三个", "fewer than three distinct values")
    if distinct < FEW and likely < 0.9 * len(filled):
        en = f"only {distinct} distinct values, and not nearly all of them read like names"
        return Sentence("few_values", f"只有 {distinct} 个不同值，且并非几乎都像姓名", en)
    return None


def _listed(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


DETECTOR = Detector(
    kind="personal_name",
    title_zh="姓名",
    title_en="personal name",
    find=find,
    headers=HeaderWords(
        strong=_listed(
            "姓名 名字 真实姓名 中文姓名 中文名 英文名 英文姓名 曾用名 别名 全名 姓名拼音 拼音姓名 户主姓名 本方姓名",
            "人员姓名 法定代表人姓名 xm xingming brxm khxm cym lxrxm xmpy mingzi fullname realname truename",
            "chinesename englishname firstname lastname surname givenname personname guestname linkman contactperson",
            "contactname namecn nameen",
        ),
        weak=_listed(
            "name 户名 账户名 名称 称呼 昵称 拼音 人名 人员 nickname nick xmmc pinyin 对方户名 accountname mz mc",
        ),
        never=_listed(
            "公司 单位 企业 商户 部门 商品 产品 物料 项目 店铺 门店 仓库 供应商 开户行 银行 医院 学校 品牌 菜单 角色",
            "文件 字段 药品 科室 楼盘 小区 机构 组织 用户名 登录名 会员名 岗位 课程 班级 地名 文件名 表名 列名 类名",
            "filename username loginname companyname productname itemname goodsname projectname deptname",
            "departmentname hostname domainname tablename",
        ),
    ),
    alone=Evidence.PARTS | Evidence.CUE,
    together=Evidence.LEXICON,
    quorum=0.5,
    labelled=Evidence.SHAPE,
    refuse=refuse,
    identity=Identity.WEAK,
    rank=15,
    mask=masking.personal_name,
    in_text=True,
)
