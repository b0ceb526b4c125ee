"""Whether two to four Han characters are a name, a masked name, a placeholder, or no person at all; whole columns at once."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import lexicon, name_score
from detectors.base.han import Pairs, han_cells
from detectors.base.matches import Evidence, Matches
from detectors.base.name_score import pack, pack_text
from detectors.base.texts import Texts

NAME = np.uint16(Evidence.SHAPE | Evidence.LEXICON)
SURE = np.uint16(Evidence.SHAPE | Evidence.LEXICON | Evidence.PARTS)
MASKED = np.uint16(Evidence.SHAPE | Evidence.MASKED)
DUMMY = np.uint16(Evidence.SHAPE | Evidence.DUMMY)
LIKE = np.uint16(Evidence.LEXICON)

# Endings of what is no person.
_NO_PERSON = (
    "公司|集团|有限|企业|银行|支行|医院|学校|大学|学院|中学|小学|幼儿园|酒店|宾馆|饭店|超市|商店|商场|商行|商贸|门店|店铺|旗舰店"
    "|专卖店|药店|药房|中心|委员会|办公室|事务所|工作室|合作社|协会|基金会|研究院|研究所|派出所|工厂|车间|仓库|部门|科技|网络|客服"
    "|售后|务部|营部|业部|事部|财部|售部|场部|术部|政部|管理员|收银台"
)
_ORGANISATION = f"(?:{_NO_PERSON})$"
_LAST_OF_NO_PERSON = "".join(word[-1] for word in _NO_PERSON.split("|"))
_LAST_NEVER = "店厂局院校司部站馆库街路镇县村"


@cache
def words(use: str) -> tuple[str, ...]:
    """The words of `name_words.tsv` for one use."""
    listed = lexicon.table("name_words")
    return tuple(word for kind, word in zip(listed["use"], listed["word"], strict=True) if kind == use)


@cache
def _flags(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(65536, bool)
    table[[ord(character) for character in characters]] = True
    return table


@cache
def _titles() -> tuple[Pairs, NDArray[np.bool_]]:
    """Titles of two characters (先生), and those of one (总) as a table."""
    both = words("title")
    return Pairs.of([title for title in both if len(title) == 2]), _flags("".join(title for title in both if len(title) == 1))


@cache
def _placeholders(width: int) -> NDArray[np.uint64]:
    return np.array([pack_text(word) for word in words("placeholder") if len(word) == width], np.uint64)


@cache
def _peoples() -> str:
    """Tibetan and Mongolian names, which are written without a dot, and Turkic ones where it is left out, from their parts."""
    tibetan, mongolian, turkic = ("|".join(words(people)) for people in ("tibetan", "mongolian", "turkic"))
    return f"^(?:(?:{tibetan}){{2,3}}|(?:{mongolian}){{1,3}}|(?:{turkic}){{1,2}})$"


@cache
def _peoples_begin() -> Pairs:
    """The first two characters of every such part."""
    return Pairs.of([part for people in ("tibetan", "mongolian", "turkic") for part in words(people)])


def judge(codes: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Evidence of rows of two to four Han code points [n, 2…4]; 0 for what is no person at all."""
    score = name_score.score(codes)
    flags = np.full(len(codes), Evidence.SHAPE, np.uint16)
    flags[score > name_score.LIKELY] = NAME
    flags[score > name_score.STRONG] = SURE
    width = codes.shape[1]
    last = codes[:, -1]
    long_titles, short_titles = _titles()
    if width > 2:
        flags[(score <= name_score.LIKELY) & _flags(_LAST_NEVER)[last]] = 0
        flags[long_titles.among(codes[:, -2], last)] = MASKED
    else:
        called = name_score.tables().listed[codes[:, 0]] & short_titles[last]
        flags[called & (score <= name_score.LIKELY)] = MASKED
    for place in range(1, width):
        flags[codes[:, place] == ord("某")] = MASKED
    held = _placeholders(width)
    maybe = np.flatnonzero(_flags("".join(word[0] for word in words("placeholder")))[codes[:, 0]])
    if len(maybe):
        flags[maybe[np.isin(pack(codes[maybe]), held)]] = DUMMY
    return flags


def judge_texts(names: Texts) -> NDArray[np.uint16]:
    """Evidence of every cell of two to four Han characters, 0 for the others."""
    flags = np.zeros(len(names), np.uint16)
    for width in (2, 3, 4):
        row, codes = han_cells(names, width)
        if len(row):
            flags[row] = judge(codes)
    return flags


def plain(texts: Texts, width: int) -> Matches:
    """Cells of nothing but `width` Han characters: two to four, or five to eight written by sound (阿卜杜热合曼)."""
    row, codes = han_cells(texts, width)
    if not len(row):
        return Matches.none()
    if width <= 4:
        flags = judge(codes)
    else:
        sounds = name_score.tables().sound[codes].mean(axis=1) > 0
        flags = np.where(sounds, Evidence.SHAPE, Evidence.NONE).astype(np.uint16)
    whole = len(row) == len(texts)
    value = texts.folded if whole else texts.folded.take(pa.array(row))
    if width > 2:
        _words_of_peoples_and_firms(codes, value, flags)
    kept = flags > 0
    if not kept.all():
        row, flags, value = row[kept], flags[kept], value.filter(pa.array(kept))
    return Matches(row, np.zeros(len(row), np.int64), np.full(len(row), 3 * width, np.int64), flags, value)


def _words_of_peoples_and_firms(codes: NDArray[np.uint16], value: pa.StringArray, flags: NDArray[np.uint16]) -> None:
    """Mend the evidence of what does not read like a Han name: names of other peoples are names, firms are none."""
    unlikely = np.flatnonzero((flags & LIKE) == 0)
    if not len(unlikely):
        return
    for may, pattern, mended in (
        (_peoples_begin().among(codes[unlikely, 0], codes[unlikely, 1]), _peoples(), NAME),
        (_flags(_LAST_OF_NO_PERSON).take(codes[unlikely, -1]), _ORGANISATION, np.uint16(0)),
    ):
        asked = unlikely[may]
        if len(asked):
            fits = pc.match_substring_regex(value.take(pa.array(asked)), pattern).to_numpy(zero_copy_only=False)
            flags[asked[fits]] = mended
