"""E-mail address 电子邮箱 (local part @ domain)

Structure: RFC 5321 in the ASCII form in use: a local part of up to 64 letters, digits and `._%+-`, a domain of labels, a top-level
domain of letters. Canonical in lower case. Nothing beyond ASCII is taken into it: of `邮箱zhang@qq.com` only the address. The local
part of qq.com is often a QQ number, that of 139.com a mobile number.

Confused with: `name@2x.png`, package versions, `user@host` without a domain; addresses of functions (info@, hr@), see
`is_role_account`. Not a sample: example.com and its like, which test data uses for synthetic persons; the local part decides.

>>> from detectors.base.texts import Texts
>>> find(Texts(["邮箱：Zhang.San@QQ.com，备用 icon@2x"])).value.to_pylist()
['zhang.san@qq.com']
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import masking
from detectors.base.detector import Detector
from detectors.base.groups import pieces, slices
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts

_PART = np.zeros(256, bool)  # bytes an address may hold; * in addresses that are shown masked
_PART[np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._%+-*", np.uint8)] = True
_BREAK = ~_PART
_LOCAL_MAX = 64  # RFC 5321, 4.5.3.1.1

# Two letters are a country; of the longer ones those in common use (IANA root zone). `png` or `local` are none.
_DOMAINS = (
    r"\.(?:[a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|name|pro|aero|asia|cat|jobs|mobi|museum|tel|travel|xyz|top|vip|club|shop|"
    r"site|online|tech|store|work|wang|ltd|group|link|live|cloud|email|mail|icu|fun|press|space|website|world|today|center|app|dev|"
    r"company|city|host|art|ink|ren|xin|[^\x00-\x7f]{2,4})$"
)
_SAMPLES = r"^(?:test\d{0,3}|abc|xxx+|a|aa+)@(?:test|abc|xxx+|a|aa+|example)\.(?:com|cn|net)$|^(?:git|no-?reply|do-?not-?reply)@"
ROLES = (
    r"^(?:info|service|services|kefu|support|help|helpdesk|hr|job|jobs|zhaopin|recruit|recruitment|admin|administrator|webmaster|postmaster|hostmaster|"
    r"root|noreply|no-reply|donotreply|do-not-reply|sales|sale|marketing|market|contact|office|mail|system|notice|notify|notification|news|newsletter|"
    r"finance|billing|invoice|legal|press|media|pr|public|abuse|security|feedback|order|orders|team|company)\d{0,2}@"
)


def is_role_account(values: pa.StringArray) -> NDArray[np.bool_]:
    """Which canonical addresses belong to a function of an organisation (info@, hr@) and not to a person."""
    return np.asarray(pc.match_substring_regex(values, ROLES).to_numpy(zero_copy_only=False), bool)


def find(texts: Texts) -> Matches:
    """All addresses.

    SHAPE: the form; PARTS: a top-level domain that exists; MASKED: stars in the local part; DUMMY: a sample, or an address of a
    function (info@, hr@), which is nobody's.
    """
    if not len(texts) or not len(texts.data):
        return Matches.none()
    first, final = int(texts.offsets[0]), int(texts.offsets[-1])
    at = np.flatnonzero(texts.data[first:final] == 64) + first
    if not len(at):
        return Matches.none()
    rows = np.searchsorted(texts.offsets, at, side="right") - 1
    rows = rows[np.diff(rows, prepend=-1) > 0]
    if len(rows) == len(texts):
        return _find(texts.data[first:final], texts.offsets - first, rows)
    data, offsets = pieces(texts.data, texts.starts[rows], texts.ends[rows])
    return _find(data, offsets, rows)


def _find(data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.int64]) -> Matches:
    """Addresses in cells that all hold an @: data[offsets[i]:offsets[i + 1]] is the cell of row rows[i]."""
    breaks = np.flatnonzero(_BREAK.take(data))  # every @ is one
    signs = np.flatnonzero(data[breaks] == 64)
    at = breaks[signs]
    cell = np.arange(len(rows)) if len(at) == len(rows) else np.searchsorted(offsets, at, side="right") - 1
    low, high = offsets[cell], offsets[cell + 1]
    around = np.concatenate([[-1], breaks, [len(data)]])
    start = np.maximum(around[signs] + 1, low)
    end = np.minimum(around[signs + 2], high)
    # a second @ beside it: a path or a handle, not an address
    alone = ((start == low) | (data[np.maximum(start - 1, 0)] != 64)) & (
        (end == high) | (data[np.minimum(end, len(data) - 1)] != 64)
    )
    end, han = _with_han_domain(data, end, high)
    for _ in range(3):  # punctuation of the sentence
        last, head = data[end - 1], data[start]
        end -= ~han & ((last == 46) | (last == 45) | (last == 95)) & (end > at + 1)
        start += ((head == 46) | (head == 45)) & (start < at)
    dots = np.flatnonzero(data == 46)
    place = np.searchsorted(dots, end) - 1
    dot = np.where(place >= 0, dots[np.maximum(place, 0)], -1) if len(dots) else np.full(len(at), -1)
    good = alone & (start < at) & (at - start <= _LOCAL_MAX) & (dot > at + 1) & (end - dot >= 3)
    good &= (data[np.minimum(at + 1, len(data) - 1)] != 45) & (data[at - 1] != 46)
    twice = dots[1:][np.diff(dots) == 1]
    if len(twice):
        good &= np.searchsorted(twice, end) == np.searchsorted(twice, start)
    cell, start, end, dot = cell[good], start[good], end[good], dot[good]
    if not len(cell):
        return Matches.none()
    value = pc.ascii_lower(slices(data, start, end))
    letters, known = _domains(data, dot, end)
    evidence = np.where(known, np.uint16(Evidence.SHAPE | Evidence.PARTS), np.uint16(Evidence.SHAPE)).astype(np.uint16)
    if (data == 42).any():
        evidence[pc.match_substring(value, "*").to_numpy(zero_copy_only=False)] |= np.uint16(Evidence.MASKED)
    maybe = np.flatnonzero(_may_be_nobodys().take((data[start] | 32).astype(np.uint16) << np.uint16(8) | data[start + 1] | 32))
    if len(maybe):
        asked = value.take(pa.array(maybe))
        sample = pc.match_substring_regex(asked, _SAMPLES).to_numpy(zero_copy_only=False)
        evidence[maybe[sample | is_role_account(asked)]] |= np.uint16(Evidence.DUMMY)
    found = Matches(rows[cell], start - offsets[cell], end - offsets[cell], evidence, value)
    return found if letters.all() else found.take(letters)


@cache
def _may_be_nobodys() -> NDArray[np.bool_]:
    """By the first two bytes in small letters: what may be one of `_SAMPLES` or `ROLES`."""
    table = np.zeros(65536, bool)
    functions = {word[:2] for word in re.findall(r"[a-z-]+", ROLES) if len(word) > 1}
    for first, second in ("te", "ab", "xx", "a@", "aa", "gi", "no", "do", *functions):
        table[(ord(first) | 32) << 8 | ord(second) | 32] = True
    return table


def _domains(
    data: NDArray[np.uint8], dot: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each top-level domain, from its dot on, is made of letters, and whether it is in use."""
    size = end - dot
    one, two = data.take(dot + 1) | 32, data.take(dot + 2) | 32
    known = (size == 3) & (one - np.uint8(97) < 26) & (two - np.uint8(97) < 26)  # a country
    three = np.flatnonzero(size == 4)
    known[three] = (one[three] == 99) & (two[three] == 111) & ((data[dot[three] + 3] | 32) == 109)  # com
    letters = known.copy()
    others = np.flatnonzero(~known)
    if len(others):
        tails = slices(data, dot[others], end[others]).dictionary_encode()
        kinds = pc.ascii_lower(tails.dictionary)
        which = tails.indices.to_numpy(zero_copy_only=False)
        shaped = pc.match_substring_regex(kinds, r"^\.(?:[a-z]{2,24}|[^\x00-\x7f]{2,4})$").to_numpy(zero_copy_only=False)
        letters[others] = shaped[which]
        known[others] = pc.match_substring_regex(kinds, "^" + _DOMAINS).to_numpy(zero_copy_only=False)[which]
    return letters, known


_HAN_DOMAINS = re.compile(
    r"(?:中国|公司|网络|政务|公益|商城|集团|中文网|我爱你)(?![\u4e00-\u9fff])|中国互联\.(?:公司|网络)(?![\u4e00-\u9fff])"
)


def _with_han_domain(
    data: NDArray[np.uint8], end: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ends moved behind a Chinese top-level domain (@firm.中国): the only Han characters that belong to an address."""
    han = np.zeros(len(end), bool)
    near = np.flatnonzero((end < high) & (data[end - 1] == 46))
    near = near[data[end[near]] >= 0xE4]
    if len(near):
        end = end.copy()
        for at in near.tolist():
            rest = bytes(data[end[at] : min(end[at] + 24, high[at])]).decode("utf-8", "ignore")
            found = _HAN_DOMAINS.match(rest)
            if found:
                end[at] += len(found[0].encode())
                han[at] = True
    return end, han


STRONG = """
邮箱 电子邮箱 电子邮件 电邮 邮箱地址 电子邮箱地址 邮件地址 电子邮件地址 邮箱账号 邮箱帐号 个人邮箱 企业邮箱 工作邮箱 常用邮箱
联系邮箱 注册邮箱 绑定邮箱 email emails mail mailbox emailaddress mailaddress emailaddr useremail workemail personalemail
contactemail youxiang yx dzyx dzyj yxdz
"""
WEAK = "账号 帐号 用户名 登录名 登录账号 联系方式 account username loginname login userid user contact"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()))

DETECTOR = Detector(
    kind="email",
    title_zh="电子邮箱",
    title_en="e-mail address",
    find=find,
    headers=HEADERS,
    alone=Evidence.SHAPE | Evidence.PARTS,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.SHAPE,
    identity=Identity.PERSONAL,
    rank=6,
    mask=masking.email,
    in_text=True,
    coded=True,
)
