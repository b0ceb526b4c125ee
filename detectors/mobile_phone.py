"""Mobile phone number 手机号码 (Chinese mobile numbers, and foreign ones written with + or 00)

Issued by 中国移动, 中国联通, 中国电信, 中国广电 and resellers under the numbering plan of 工业和信息化部. Structure: 1, a
network code of two to four digits, and a subscriber number; 11 digits in all, without a check digit. Found in all writings:
`+86`, `0086`, `86`, a leading 0 or 17951, groups by blank, hyphen or dot, several in a cell, with an extension (a relay
number of a platform, kept in the canonical writing because the extension tells the persons apart), masked by stars or x.

Source of the number plan: VincentSit/ChinaMobilePhoneNumberRegex (MIT) and google/libphonenumber (Apache-2.0); it covers
99.89 % of the 499,527 segments in PyPI `phone` 0.4.5. Confused with: order and work-order numbers, `yyMMdd` serials, digits
inside longer numbers. Random 11-digit numbers that begin with 1 pass the plan in 54 % of cases, so a bare number counts only
in a column (`refuse` looks at prefixes, spread and sequences), under a label, or beside words.

>>> from detectors.base.texts import Texts
>>> find(Texts(["手机：138-1234-5670", "20231201213812345670"])).value.to_pylist()
['13812345670']
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import digits, groups, masking
from detectors.base.cues import NUMBERED, amid_words, lend_cue, spoken
from detectors.base.detector import Detector
from detectors.base.foreign_phones import foreign
from detectors.base.groups import DOT, HYPHEN, SPACE, STARS
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, strings

LENGTH = 11

GROUPINGS = ((3, 4, 4), (4, 3, 4), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5))
PREFIXES = (b"0", b"86", b"086", b"0086", b"17951", b"17911", b"12593", b"17909")
"""Trunk zero, country code, and the IP-call prefixes of the operators, which old phone books still show."""
GLUED = (b"tel", b"phone", b"mobile", b"mob", b"cell", b"sj", b"dh", b"wx", b"vx", b"v", b"t", b"m")
"""Letters that people set right before a number: tel13812345670."""

# Published samples and test data of payment sandboxes; detection rules name their sources.
SAMPLES = np.array(
    [
        13800138000,
        13900139000,
        13123456789,
        13812345678,
        13912345678,
        15012345678,
        18612345678,
        13912341234,
        12345678901,
        13552535506,
    ],
    np.int64,
)

LABELLED = (
    r"(?i)tel|phone|mobile|cell|call|contact|wechat|whatsapp|电话|手机|号码|联系|致电|来电|拨打|微信|微聊|短信|本人|机主|客户|"
    r"收件|收货|寄件"
)


def _plan() -> NDArray[np.bool_]:
    """Whether 1 and these four digits begin an assigned mobile segment; bool [10,000]."""
    table = np.zeros((10, 10, 100), bool)
    open_codes = {3: "0123456789", 4: "56789", 5: "012356789", 6: "2567", 7: "0123578", 8: "0123456789", 9: "012356789"}
    for second, thirds in open_codes.items():
        for third in thirds:
            table[second, int(third)] = True
    table[7, 4, 0:13] = True  # 174-00..05 satellite, 06..12 emergency
    table[7, 4, 90:100] = True  # 1749 satellite
    table[7, 6] = True
    return table.reshape(-1)


PLAN = _plan()


def in_plan(matrix: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether rows of 11 ASCII digits [n, 11] begin with an assigned mobile segment."""
    return np.asarray(PLAN[digits.number(matrix[:, 1:5])] & (matrix[:, 0] == 49), bool)


def find(texts: Texts) -> Matches:
    """All mobile numbers. SHAPE: 1 and ten digits; PARTS: in the number plan; CUE: beside words that do not call it a serial."""
    return lend_cue(Matches.join([_plain(texts), foreign(texts, mobile=True), _masked(texts)]))


def _plain(texts: Texts) -> Matches:
    runs = texts.runs
    if not len(runs):
        return Matches.none()
    tie = groups.ties(texts)
    tied = bool(tie.any())
    size = runs.end - runs.start
    matrix, first, last, start = _whole(texts, size)
    if tied:
        grouped = [_grouped(texts, tie, sizes) for sizes in GROUPINGS]
        found = [(m, i, i + len(sizes) - 1) for (m, i), sizes in zip(grouped, GROUPINGS, strict=True) if len(i)]
        if found:
            matrix = np.concatenate([matrix, *(m for m, _, _ in found)])
            first = np.concatenate([first, *(i for _, i, _ in found)])
            last = np.concatenate([last, *(i for _, _, i in found)])
            start = np.concatenate([start, *(runs.start[i] for _, i, _ in found)])
    if not len(first):
        return Matches.none()
    end = runs.end[last].copy()
    extension: NDArray[np.int64] | None = None
    if tied:
        order = np.argsort(first, kind="stable")
        matrix, first, last, start, end = matrix[order], first[order], last[order], start[order], end[order]
        start, free, extension = _surroundings(texts, tie, first, last, start)
        end = np.where(extension >= 0, runs.end[np.maximum(extension, 0)], end)
        if not free.all():
            matrix, first, start, end, extension = matrix[free], first[free], start[free], end[free], extension[free]
    row = runs.row[first]
    start, right = _international(texts, row, start)
    if not right.all():
        matrix, row, start, end = matrix[right], row[right], start[right], end[right]
        extension = extension[right] if extension is not None else None
    value = strings(matrix)
    spoken_end, spoken_extension = _spoken_extension(texts, row, end)
    if extension is not None and (extension >= 0).any():
        value = _extended(value, texts, runs.start[np.maximum(extension, 0)], end, extension >= 0)
    if spoken_extension.any():
        value = _extended(value, texts, np.where(spoken_extension, end, 0), spoken_end, spoken_extension)
        end = spoken_end
    evidence = _evidence(texts, matrix, row, start, end)
    return Matches(row, start - texts.offsets[row], end - texts.offsets[row], evidence, value)


def _whole(
    texts: Texts, size: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Numbers that stand in one run, a prefix or a glued label before them: digits, first and last run, start of the span."""
    runs, data = texts.runs, texts.data
    long = size >= LENGTH
    if not long.any():
        none = np.zeros(0, np.int64)
        return np.zeros((0, LENGTH), np.uint8), none, none, none
    one = data[np.where(long, runs.end - LENGTH, runs.start)] == 49
    plain = np.flatnonzero(one & (size == LENGTH) & runs.digits)
    rest = np.flatnonzero(one & (size > LENGTH) & (size <= LENGTH + 6))
    if not len(rest):
        return texts.matrix(runs.start[plain], LENGTH), plain, plain, runs.start[plain]
    start = runs.start.copy()
    kept = [plain]
    for digit in (True, False):
        chosen = rest[runs.digits[rest] == digit]
        for prefix in PREFIXES if digit else GLUED:
            fits = chosen[size[chosen] == LENGTH + len(prefix)]
            if not len(fits):
                continue
            head = texts.matrix(runs.start[fits], len(prefix))
            same = (head if digit else head | 32) == np.frombuffer(prefix, np.uint8)
            fits = fits[same.all(axis=1)]
            if not digit:
                fits = fits[digits.all_digits(texts.matrix(runs.end[fits] - LENGTH, LENGTH))]
                start[fits] = runs.end[fits] - LENGTH
            kept.append(fits)
    every = np.sort(np.concatenate(kept))
    return texts.matrix(runs.end[every] - LENGTH, LENGTH), every, every, start[every]


def _grouped(texts: Texts, tie: NDArray[np.uint8], sizes: tuple[int, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Numbers written in groups of these sizes."""
    allowed = (SPACE, HYPHEN, DOT) if len(sizes) == 3 else (SPACE, HYPHEN)
    first = groups.windows(texts.runs, tie, sizes, allowed)
    if len(first):
        first = first[texts.data[texts.runs.start[first]] == 49]
    return groups.gathered(texts, first, sizes), first


def _surroundings(
    texts: Texts, tie: NDArray[np.uint8], first: NDArray[np.int64], last: NDArray[np.int64], start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """What the runs tied to a number make of it: (start with its prefix, whether it stands free, run of its extension or −1)."""
    runs = texts.runs
    size = runs.end - runs.start
    begins = np.zeros(len(size) + 1, bool)
    closes = np.zeros(len(size) + 1, bool)
    begins[first], closes[last] = True, True
    before = np.maximum(first - 1, 0)
    bond = groups.previous(tie, first)
    prefix = _is_prefix(texts, before) & (bond != STARS) & (bond != DOT) & (bond > 0)
    start = np.where(prefix, runs.start[before], start)
    # what is tied to the prefix itself matters no less: 6222 86 138 …
    beyond = groups.previous(tie, before)
    number_before = runs.digits[before] & ~closes[before] & ~prefix
    grouped = last > first
    glued = (
        (bond == DOT)
        | (bond == STARS)
        | ((bond == HYPHEN) & (grouped | (size[before] >= 5)))
        | ((bond == SPACE) & grouped & (size[before] == 4))
    )
    free = ~(number_before & glued) & ~((bond == STARS) & (bond > 0)) & ~(prefix & ((beyond == HYPHEN) | (beyond == DOT)))
    after = np.minimum(last + 1, len(size) - 1)
    bond = tie[last]
    number_after = runs.digits[after] & ~begins[after] & (bond > 0)
    extends = number_after & (bond == HYPHEN) & (size[after] <= 6) & ~grouped & (tie[after] != HYPHEN)
    glued = (bond == DOT) | (bond == STARS) | ((bond == HYPHEN) & grouped) | ((bond == SPACE) & grouped & (size[after] == 4))
    free &= ~(number_after & glued) & ~(bond == STARS)
    return start, free, np.where(extends & (size[after] >= 1), after, -1)


def _is_prefix(texts: Texts, run: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether these runs are 86, 0086, 17951 …"""
    runs = texts.runs
    size = runs.end[run] - runs.start[run]
    found = np.zeros(len(run), bool)
    for prefix in PREFIXES[1:]:
        fits = np.flatnonzero(size == len(prefix))
        if len(fits):
            head = texts.matrix(runs.start[run[fits]], len(prefix))
            found[fits] |= (head == np.frombuffer(prefix, np.uint8)).all(axis=1)
    return found


def _international(texts: Texts, row: NDArray[np.int64], start: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Take `+` and `(` into the span. `+` before 1 or 0 is another country or nonsense: not right."""
    data, low = texts.data, texts.offsets[row]
    inner = np.flatnonzero(start > low)
    right = np.ones(len(start), bool)
    if not len(inner):
        return start, right
    start = start.copy()
    plus = inner[data[start[inner] - 1] == 43]
    right[plus] = data[start[plus]] == 56
    start[plus] -= 1
    inner = inner[start[inner] > low[inner]]
    opened = inner[(data[start[inner] - 1] == 40) & (data[start[inner]] != 49)]
    start[opened] -= 1
    return start, right


_TURN = "转".encode()


def _spoken_extension(texts: Texts, row: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ends after 转8001 and the like."""
    data, high = texts.data, texts.offsets[row + 1]
    longer = end.copy()
    room = np.flatnonzero(high - end >= len(_TURN) + 1)
    room = room[data[end[room]] == _TURN[0]]
    if len(room):
        said = texts.matrix(end[room], len(_TURN)) == np.frombuffer(_TURN, np.uint8)
        room = room[said.all(axis=1)]
        at = end[room] + len(_TURN)
        for _ in range(6):
            digit = (at < high[room]) & (data[np.minimum(at, len(data) - 1)] - 48 < 10)
            at = at + digit
        some = at > end[room] + len(_TURN)
        longer[room[some]] = at[some]
    return longer, longer > end


def _extended(
    value: pa.StringArray, texts: Texts, start: NDArray[np.int64], end: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> pa.StringArray:
    """Values with the digits of their extension after a hyphen, where chosen."""
    at = np.flatnonzero(chosen)
    tails = [bytes(texts.data[s:e]).decode("utf-8", "replace").lstrip("转") for s, e in zip(start[at], end[at], strict=True)]
    joined = pc.binary_join_element_wise(value.take(pa.array(at)), pa.array(tails, pa.string()), "-")
    return pc.replace_with_mask(value, pa.array(chosen), joined)


def _evidence(
    texts: Texts, matrix: NDArray[np.uint8], row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.uint16]:
    evidence = np.full(len(row), Evidence.SHAPE, np.uint16)
    planned = in_plan(matrix)
    evidence[planned] |= np.uint16(Evidence.PARTS)
    number = digits.number(matrix)
    dummy = (
        np.isin(number, SAMPLES)
        | (number % 100_000_000 % 11_111_111 == 0)
        | (number // 1_000_000 * 1_000_000 == number) & (number % 100_000_000 == 0)
    )
    evidence[dummy] |= np.uint16(Evidence.DUMMY)
    round_ = np.flatnonzero(number % 10_000 == 0)
    if len(round_):  # 1.38123E+10 has lost its last digits
        raw = texts.array.take(pa.array(row[round_]))
        lost = pc.match_substring_regex(raw, r"[eE]\+?10").to_numpy(zero_copy_only=False)
        evidence[round_[lost]] |= np.uint16(Evidence.DAMAGED)
    inner = np.flatnonzero(planned & ((start > texts.offsets[row]) | (end < texts.offsets[row + 1])))
    if len(inner):
        among = amid_words(texts, row[inner], start[inner], end[inner])
        cued = among & ~spoken(texts, row[inner], start[inner], end[inner], NUMBERED)
        others = np.flatnonzero(~among)
        if len(others):
            cued[others] = spoken(texts, row[inner[others]], start[inner[others]], end[inner[others]], LABELLED)
        evidence[inner[cued]] |= np.uint16(Evidence.CUE)
    return evidence


def _masked(texts: Texts) -> Matches:
    """138****5678, 138xxxx5678, 1381234****, 138********: shown as masked, never counted."""
    runs, data = texts.runs, texts.data
    size = runs.end - runs.start
    starts: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []
    rows: list[NDArray[np.int64]] = []
    crossed = np.flatnonzero(~runs.digits & (size == LENGTH))
    if len(crossed):
        matrix = texts.matrix(runs.start[crossed], LENGTH)
        hidden = ((matrix[:, 3:7] | 32) == 120).all(axis=1) & (matrix[:, 0] == 49)
        hidden &= digits.all_digits(matrix[:, :3]) & digits.all_digits(matrix[:, 7:])
        crossed = crossed[hidden]
        rows.append(runs.row[crossed])
        starts.append(runs.start[crossed])
        ends.append(runs.end[crossed])
    short = np.flatnonzero(runs.digits & (size >= 3) & (size <= 7) & (data[runs.start] == 49))
    if len(short):
        high = texts.offsets[runs.row[short] + 1]
        at = runs.end[short].copy()
        short = short[(at < high) & (data[np.minimum(at, len(data) - 1)] == 42)]
    if len(short):
        high = texts.offsets[runs.row[short] + 1]
        at = runs.end[short].copy()
        for wanted in (42, 0):
            for _ in range(LENGTH):
                byte = data[np.minimum(at, len(data) - 1)]
                more = (at < high) & ((byte == 42) if wanted else (byte - 48 < 10))
                at = at + more
        whole = (at - runs.start[short] == LENGTH) & PLAN_HEADS[digits.number(texts.matrix(runs.start[short], 3))]
        rows.append(runs.row[short[whole]])
        starts.append(runs.start[short[whole]])
        ends.append(at[whole])
    if not sum(map(len, rows)):
        return Matches.none()
    row, start, end = np.concatenate(rows), np.concatenate(starts), np.concatenate(ends)
    order = np.lexsort((start, row))
    row, start, end = row[order], start[order], end[order]
    evidence = np.full(len(row), Evidence.SHAPE | Evidence.MASKED, np.uint16)
    return Matches(row, start - texts.offsets[row], end - texts.offsets[row], evidence, strings(texts.matrix(start, LENGTH)))


PLAN_HEADS = np.zeros(1000, bool)
PLAN_HEADS[100:200] = PLAN.reshape(100, 100).any(axis=1)

FEW = 20  # cells from which shares mean something
MANY = 50
REAL_PREFIX = 0.95  # share in the number plan: real columns 1.00, random digits 0.54
SMALL_PREFIX = 0.80  # of 5–19 numbers; of fewer, all
PREFIXES_OF_MANY = 4  # different first three digits among 50 numbers: real columns ≥ 8, one operator's customers ≥ 4, serials 1–2
SPREAD = 0.15  # different digits 4–7 against what chance would give: real columns about 1, serials ≤ 0.06
IN_A_ROW = 0.20  # share of numbers that follow one another
SMALL_ROW = 0.60
DATED = 0.50  # share whose first six digits read yyMMdd: real columns 0.04


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column of such numbers is not a column of mobiles, or None. The tests of prefixes need some twenty numbers."""
    shaped = matches.take((matches.evidence & np.uint16(Evidence.MASKED)) == 0)
    value = shaped.value.filter(pc.match_substring_regex(shaped.value, r"^1\d{10}$"))
    value = pc.unique(value)
    count = len(value)
    if not count:
        return None
    matrix = digits.bytes_of(value, LENGTH)
    step = np.diff(np.sort(digits.number(matrix)))
    near = float((step <= 10).mean()) if count >= 3 else 0.0
    planned = float(in_plan(matrix).mean())
    if near >= (IN_A_ROW if count >= FEW else SMALL_ROW):
        return Sentence("consecutive", f"{near:.0%} 的号码是连号", f"{near:.0%} of the numbers follow one another")
    if planned < (REAL_PREFIX if count >= FEW else SMALL_PREFIX if count >= 5 else 1.0):
        zh = f"只有 {planned:.0%} 的号码属于已分配号段"
        return Sentence("prefixes", zh, f"only {planned:.0%} of the numbers begin with an assigned network code")
    if count < FEW:
        return None
    month, day = digits.numbers(matrix, ((2, 4), (4, 6)))
    dated = float(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).mean())
    if dated >= DATED:
        zh = f"{dated:.0%} 的号码以日期（yyMMdd）开头"
        return Sentence("dated", zh, f"{dated:.0%} of the numbers begin with a date (yyMMdd)")
    if count < MANY:
        return None
    heads = len(np.unique(digits.number(matrix[:, :3])))
    if heads < PREFIXES_OF_MANY:
        return Sentence(
            "prefixes", f"{count} 个号码只有 {heads} 种号段", f"only {heads} different network codes among {count} numbers"
        )
    middle = len(np.unique(digits.number(matrix[:, 3:7])))
    spread = middle / (10_000 * (1 - np.exp(-count / 10_000)))
    if spread < SPREAD:
        zh = f"{count} 个号码的第 4 至 7 位只有 {middle} 种取值"
        return Sentence("spread", zh, f"digits 4 to 7 take only {middle} values in {count} numbers")
    return None


STRONG = """
手机 手机号 手机号码 手机电话 移动电话 移动电话号码 移动号码 联系手机 联系手机号 联系手机号码 联系方式 联系电话 联系电话号码
联系号码 常用电话 常用手机 电话 电话号码 来电号码 注册手机 注册手机号 注册手机号码 绑定手机 绑定手机号 预留手机 预留手机号
预留电话 备用电话 备用手机 本人电话 本人手机 个人电话 私人电话 手机长号 长号 业务号码 用户号码 主叫号码 被叫号码 主叫 被叫
对方号码 通话号码 呼叫号码 接收号码 短信号码 服务号码 机主号码 mobile mobileno mobilenum mobilenumber mobilephone mobilephoneno
mobilephonenumber mobiles cellphone cellphoneno cellphonenumber cell cellno phone phoneno phonenum phonenumber phones tel
telno telnumber telphone telephone telephoneno telephonenumber contactno contactnumber contactphone contactmobile contacttel
msisdn mpno mob mobno calleenumber callernumber caller callee callingnumber callednumber calltel callere164 calleee164
userphone usermobile sms smsmobile sj sjh sjhm lxdh lxdhhm lxfs lxsj lxsjh yddh dh dhhm dianhua shouji shoujihao shoujihaoma
lianxidianhua lianxifangshi bjhm dfhm
"""
WEAK = """
号码 联系人方式 联络方式 通讯方式 账号 登录名 登录账号 登录帐号 用户名 account username loginname login userid contact 微信
微信号 wechat wx haoma hm zjhm
"""
NEVER = "传真 邮编 fax zip 订单 单号 流水 编号 序号 区号"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split()))

DETECTOR = Detector(
    kind="mobile_phone",
    title_zh="手机号码",
    title_en="mobile phone number",
    find=find,
    headers=HEADERS,
    alone=Evidence.SHAPE | Evidence.PARTS | Evidence.CUE,
    together=Evidence.SHAPE | Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.SHAPE | Evidence.PARTS,
    refuse=refuse,
    identity=Identity.PERSONAL,
    rank=5,
    mask=masking.digits,
    in_text=True,
    coded=True,
)
