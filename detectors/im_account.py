"""Messenger accounts 即时通信账号 (WeChat 微信号, QQ 号)

Issued by Tencent. A QQ number has 5 to 12 digits and no leading zero; a WeChat ID is `wxid_…`, a name of 6 to 20 letters, digits,
`_` and `-` that begins with a letter, or the user's mobile or QQ number. An openid (`o` and 27 characters) stands for a
user towards one application.

Confused with: every integer and every user name; both need a header, but for `wxid_…`, which is unmistakable, and for text that
says so (微信号：…, QQ：…). Canonical: digits, or the name in small letters (WeChat does not tell them apart); an openid as it is.

>>> from detectors.base.texts import Texts
>>> find_wechat(Texts(["微信号：Zhang_San88", "微信支付"])).value.to_pylist()
['zhang_san88']
>>> find_qq(Texts(["903013545", "0123456"])).value.to_pylist()
['903013545']
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import masking
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_WXID = r"^(?i:wxid_[0-9a-z]{10,24})$"
_OPENID = r"^o[A-Za-z0-9_\-]{27}$"
_NAME = r"^(?:[A-Za-z][A-Za-z0-9_\-]{5,19}|[A-Za-z]{2,4}_[\-A-Za-z0-9]{2,15}|1[3-9][0-9]{9}|[1-9][0-9]{4,11})$"
_QQ = r"^[1-9][0-9]{4,11}$"
_SAID_WECHAT = re.compile(
    r"(?i)(?:微信号?|微信账号|wechat|weixin|v信|wx|vx)(?:号|id)?(?:是|为)?\s{0,2}[:= ]\s{0,2}"
    r"([A-Za-z][A-Za-z0-9_-]{5,19})(?![A-Za-z0-9_@.-])"
)
_SAID_WXID = re.compile(r"(?<![0-9A-Za-z_])wxid_[0-9a-z]{10,24}(?![0-9A-Za-z_])")
_SAID_QQ = re.compile(r"(?i)(?<![a-z])(?:qq号?码?|扣扣)(?:是|为)?\s{0,2}[:= ]?\s{0,2}([1-9][0-9]{4,11})(?![0-9A-Za-z@.]|群)")

_WECHAT_WORDS = ("微信".encode(), "v信".encode(), b"wechat", b"weixin", b"vx", b"wx")
_QQ_WORDS = ("扣扣".encode(), b"qq")


def _whole(texts: Texts, patterns: tuple[tuple[str, Evidence], ...], longest: int) -> Matches:
    """Cells that are an account; of each the first pattern that fits."""
    size = texts.lengths
    row = np.flatnonzero((size >= 5) & (size <= longest))
    row = row[texts.data[texts.starts[row]] < 128]  # neither begins with Han
    parts = []
    for pattern, flags in patterns:
        if not len(row):
            break
        cell = texts.folded if len(row) == len(texts) else texts.folded.take(pa.array(row))
        good = pc.match_substring_regex(cell, pattern).to_numpy(zero_copy_only=False)
        if not good.any():
            continue
        at = row[good]
        value = cell.filter(pa.array(good))
        if pattern != _OPENID:
            value = pc.ascii_lower(value)
        parts.append(Matches(at, np.zeros(len(at), np.int64), size[at], np.full(len(at), flags, np.uint16), value))
        row = row[~good]
    return Matches.join(parts)


def _said(texts: Texts, rows: NDArray[np.int64], patterns: tuple[re.Pattern[str], ...]) -> Matches:
    """Accounts in text that names them; only the given rows are read."""
    row: list[int] = []
    start: list[int] = []
    end: list[int] = []
    value: list[str] = []
    for at, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        seen = 0
        for pattern in patterns:
            for found in pattern.finditer(text):
                group = 1 if pattern.groups else 0
                if found.start(group) < seen:
                    continue
                seen = found.end(group)
                before = len(text[: found.start(group)].encode())
                row.append(at)
                start.append(before)
                end.append(before + len(found[group]))
                value.append(found[group].lower())
    if not row:
        return Matches.none()
    flags = np.full(len(row), Evidence.SHAPE | Evidence.CUE, np.uint16)
    made = Matches(np.array(row, np.int64), np.array(start, np.int64), np.array(end, np.int64), flags, pa.array(value, pa.string()))
    return made.take(np.lexsort((made.start, made.row)))


def _rows_saying(texts: Texts, whole: Matches, words: tuple[bytes, ...]) -> NDArray[np.int64]:
    """Rows that are no account themselves and hold one of these words, in small letters, and what may be an account."""
    if not len(texts) or len(whole) == len(texts):
        return np.zeros(0, np.int64)
    runs = texts.runs
    if bool(runs.digits.all()):  # without a letter only the Chinese words can stand there
        words = tuple(word for word in words if word[0] > 127)
    data = texts.data[int(texts.offsets[0]) : int(texts.offsets[-1])]
    small = data | np.uint8(32) if any(word[0] < 128 for word in words) else data
    at = np.concatenate([_places(data if word[0] > 127 else small, word) for word in words]) + texts.offsets[0]
    if not len(at):
        return np.zeros(0, np.int64)
    row = np.unique(np.searchsorted(texts.offsets, at, side="right") - 1)
    row = row[texts.lengths[row] >= 8]
    taken, holding = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
    taken[whole.row] = True
    holding[runs.row[runs.end - runs.start >= 5]] = True
    return np.asarray(row[holding[row] & ~taken[row]], np.int64)


def _places(data: NDArray[np.uint8], word: bytes) -> NDArray[np.int64]:
    """Where a word stands in these bytes; mostly nowhere, which is soon known."""
    last = len(data) - len(word) + 1
    if last <= 0:
        return np.zeros(0, np.int64)
    end = len(word) - 1  # the last two bytes of a Han character tell more than the first
    here = np.flatnonzero((data[end - 1 : last + end - 1] == word[end - 1]) & (data[end : last + end] == word[end]))
    for place, byte in enumerate(word[: end - 1]):
        here = here[data[here + place] == byte]
    return here


def find_wechat(texts: Texts) -> Matches:
    """WeChat accounts. SHAPE: the form; PARTS: `wxid_`; CUE: text says 微信 before it."""
    whole = _whole(texts, ((_WXID, Evidence.SHAPE | Evidence.PARTS), (_OPENID, Evidence.SHAPE), (_NAME, Evidence.SHAPE)), 32)
    rows = _rows_saying(texts, whole, _WECHAT_WORDS)
    return Matches.join([whole, _said(texts, rows, (_SAID_WECHAT, _SAID_WXID))])


def find_qq(texts: Texts) -> Matches:
    """QQ numbers. SHAPE: the form; CUE: text says QQ before it."""
    whole = _whole(texts, ((_QQ, Evidence.SHAPE),), 12)
    return Matches.join([whole, _said(texts, _rows_saying(texts, whole, _QQ_WORDS), (_SAID_QQ,))])


WECHAT_STRONG = """
微信 微信号 微信号码 微信账号 微信帐号 微信id 微信openid 微信unionid wechat wechatid wechatno wechataccount weixin weixinhao
weixinid wxid wx wxh openid unionid wxopenid wxunionid wechatopenid vx
"""
WECHAT_WEAK = "社交账号 即时通讯 im imaccount 联系方式 v信"
WECHAT_NEVER = "微信支付 微信昵称 交易"
QQ_STRONG = "qq qq号 qq号码 qq账号 qq帐号 qqno qqnumber qqnum qqid qqh qqhm 扣扣 扣扣号 腾讯qq 联系qq oicq"
QQ_WEAK = "社交账号 即时通讯 im"
QQ_NEVER = "qq群 qq昵称"

WECHAT = Detector(
    kind="wechat",
    title_zh="微信号",
    title_en="WeChat account",
    find=find_wechat,
    headers=HeaderWords(
        strong=frozenset(WECHAT_STRONG.split()), weak=frozenset(WECHAT_WEAK.split()), never=frozenset(WECHAT_NEVER.split())
    ),
    alone=(Evidence.SHAPE | Evidence.CUE, Evidence.SHAPE | Evidence.PARTS),
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.SHAPE,
    identity=Identity.PERSONAL,
    rank=8,
    mask=masking.document,
    in_text=True,
    coded=True,
)

QQ = Detector(
    kind="qq",
    title_zh="QQ 号",
    title_en="QQ number",
    find=find_qq,
    headers=HeaderWords(strong=frozenset(QQ_STRONG.split()), weak=frozenset(QQ_WEAK.split()), never=frozenset(QQ_NEVER.split())),
    alone=Evidence.SHAPE | Evidence.CUE,
    labelled=Evidence.SHAPE,
    identity=Identity.PERSONAL,
    rank=8,
    mask=masking.digits,
    in_text=True,
    coded=True,
)

DETECTORS = (WECHAT, QQ)
