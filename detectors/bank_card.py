"""Bank card number 银行卡号 (primary account number)

Issued by banks under ISO/IEC 7812-1. Structure: an issuer number (BIN; UnionPay cards begin with 62), the account, a Luhn check
digit; 16 to 19 digits in China, 13 to 19 abroad. Also written in groups of four, masked, or damaged by a spreadsheet that
keeps 15 digits.

Sources: the list `bank_bins` (hexindai/bcbc, MIT; bankcardinfo, ISC; cardbin, MIT) with the card length of each issuer number;
the ranges of the international schemes. Confused with: order numbers, time stamps, snowflake ids and resident identity
numbers, of which one in ten passes the Luhn check by chance: the check alone is evidence only under a label. With issuer number
and length chance passes 2–3 in 10,000. Some real and sandbox cards fail the check; under a label the issuer number stands in.

>>> from detectors.base.texts import Texts
>>> find(Texts(["6222 0200 0000 0000 006"])).value.to_pylist()
['6222020000000000006']
>>> found = find(Texts(["20261121093000123456"]))
>>> len(found)
0
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import digits, groups, lexicon, masking
from detectors.base.cues import spoken
from detectors.base.detector import Detector
from detectors.base.groups import DOT, HYPHEN, SPACE, STARS
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, strings

SHORTEST, LONGEST = 12, 19
HEAD = 6  # digits of an issuer number that the lookup table covers

GROUPINGS = (
    *(
        (4, 4, 4, 4),
        (4, 4, 4, 4, 1),
        (4, 4, 4, 4, 2),
        (4, 4, 4, 4, 3),
        (4, 4, 4, 3),
        (4, 4, 4, 7),
        (4, 4, 11),
        (4, 4, 8),
        (4, 12),
        (4, 15),
    ),
    *(
        (4, 6, 5),
        (4, 6, 4),
        (6, 13),
        (6, 10),
        (6, 12),
        (6, 6, 7),
        (6, 6, 4),
        (6, 4, 6),
        (6, 4, 4, 5),
        (6, 4, 4, 2),
        (8, 8),
        (8, 11),
    ),
)

# Test numbers published by payment schemes and sandboxes, and samples that documents copy from one another.
SAMPLES = """
6216261000000000018 6221558812340000 5200831111111113 6222021234567890123 6222021234567890128 6228480402564890018
4111111111111111 4242424242424242 5555555555554444 378282246310005 371449635398431 378734493671000 5105105105105100
4012888888881881 4222222222222 30569309025904 38520000023237 6011111111111117 6011000990139424 3530111333300000
3566002020360505 5500000000000004 6011000000000004 4000056655665556 4000000000000002 6222000000000000000
6228480000000000000 1234567890123456 1234567890123456789 6200000000000005
"""

CUES = (
    r"(?i)card|bank|acct|account|银行|银联|储蓄|借记|信用|卡号|卡:|卡 ?$|卡为|账号|帐号|账户|帐户|打款|转账|转至|转到|汇款|汇至|"
    r"退款|退至|退到|退回|付款|还款|收款|扣款|代扣|充值|提现|绑卡|工资卡|农行|工行|建行|中行|交行|招行|邮储|尾号"
)


def _issuers() -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[int, dict[int, int]]]:
    """Card lengths, as bits (length − 12): by first six digits; of the longer issuer numbers that begin so; and of those
    themselves, by their length."""
    table = np.zeros(10**HEAD, np.uint8)
    begun = np.zeros(10**HEAD, np.uint8)
    longer: dict[int, dict[int, int]] = {}
    listed = lexicon.table("bank_bins")
    for prefix, lengths in zip(listed["bin"], listed["lengths"], strict=True):
        bits = sum(1 << (int(length) - SHORTEST) for length in lengths.split(","))
        if len(prefix) <= HEAD:
            width = 10 ** (HEAD - len(prefix))
            table[int(prefix) * width : (int(prefix) + 1) * width] |= np.uint8(bits)
        else:
            begun[int(prefix[:HEAD])] |= np.uint8(bits)
            longer.setdefault(len(prefix), {})[int(prefix)] = bits
    return table, begun, longer


def _schemes() -> NDArray[np.uint8]:
    """Card lengths by first four digits for the card schemes' own ranges, in the same bits."""
    table = np.zeros(10**4, np.uint8)

    def add(first: int, last: int, *lengths: int) -> None:
        table[first : last + 1] |= np.uint8(sum(1 << (length - SHORTEST) for length in lengths))

    add(6200, 6299, 16, 17, 18, 19)  # UnionPay
    add(8110, 8171, 16, 17, 18, 19)  # UnionPay, second range
    add(4000, 4999, 16)  # Visa
    add(5100, 5599, 16)  # Mastercard
    add(2221, 2720, 16)
    add(3400, 3499, 15)  # American Express
    add(3700, 3799, 15)
    add(3528, 3589, 16)  # JCB
    add(3000, 3059, 14)  # Diners Club
    add(3600, 3699, 14)
    add(3800, 3899, 14)
    add(6011, 6011, 16)  # Discover
    add(6440, 6599, 16)
    return table


ISSUERS, BEGUN, LONGER = _issuers()
SCHEMES = _schemes()


def issued(matrix: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether cards [n, length] begin with an issuer number that has cards of this length."""
    bit = np.uint8(1 << (matrix.shape[1] - SHORTEST))
    (head,) = digits.numbers(matrix, ((0, HEAD),))
    found = np.asarray(ISSUERS[head] & bit != 0, bool)
    rest = np.flatnonzero(((BEGUN[head] & bit) != 0) & ~found)
    if len(rest):
        for width, prefixes in LONGER.items():
            known = np.array([prefix for prefix, bits in prefixes.items() if bits & bit], np.int64)
            found[rest] |= np.isin(digits.number(matrix[rest, :width]), known)
    return found


def find(texts: Texts) -> Matches:
    """All numbers of 12 to 19 digits that may be cards. SHAPE: length; PARTS: the range of a scheme with its length; LEXICON: a
    Chinese issuer number with its length; CHECKSUM: Luhn; CUE: words of payment before it in text."""
    runs = texts.runs
    if not len(runs):
        return Matches.none()
    size = runs.end - runs.start
    tie = groups.ties(texts)
    tied = bool(tie.any())
    parts: list[Matches] = []
    open_ = runs.digits & (size >= SHORTEST) & (size <= LONGEST)
    if tied:
        chained, count = groups.chains(runs, tie, (SPACE, HYPHEN))
        for sizes in GROUPINGS:
            first = chained[count == len(sizes)]
            for place, wanted in enumerate(sizes):
                first = first[size[first + place] == wanted]
            if len(first):
                last = first + len(sizes) - 1
                open_[first[:, None] + np.arange(len(sizes))] = False
                found = _judged(texts, groups.gathered(texts, first, sizes), runs.row[first], runs.start[first], runs.end[last])
                # digits grouped for people to read, without issuer number or check, are no card
                parts.append(found.take((found.evidence & np.uint16(Evidence.LEXICON | Evidence.PARTS | Evidence.CHECKSUM)) != 0))
    single = np.flatnonzero(open_)
    if tied and len(single):
        before, after = groups.previous(tie, single), tie[single]
        single = single[~np.isin(before, (HYPHEN, DOT, STARS)) & ~np.isin(after, (HYPHEN, DOT, STARS))]
    for length in range(SHORTEST, LONGEST + 1):
        at = single[size[single] == length]
        if len(at):
            parts.append(_judged(texts, texts.matrix(runs.start[at], length), runs.row[at], runs.start[at], runs.end[at]))
    parts.append(_masked(texts, tie))
    return Matches.join(parts)


def _judged(
    texts: Texts, matrix: NDArray[np.uint8], row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> Matches:
    """Matches with their evidence, for digits [n, length]."""
    length = matrix.shape[1]
    bit = np.uint8(1 << (length - SHORTEST))
    checked = digits.luhn(matrix)
    known = issued(matrix)
    (head,) = digits.numbers(matrix, ((0, 4),))
    ranged = (SCHEMES[head] & bit) != 0
    value = strings(matrix)
    evidence = (
        np.uint16(Evidence.SHAPE)
        + ranged * np.uint16(Evidence.PARTS)
        + known * np.uint16(Evidence.LEXICON)
        + checked * np.uint16(Evidence.CHECKSUM)
    ).astype(np.uint16)
    likely = ranged | known
    lost = likely & _damaged(texts, matrix, row, checked)
    evidence[lost] |= np.uint16(Evidence.DAMAGED)
    same = np.flatnonzero((matrix[:, 6] == matrix[:, 7]) & (matrix[:, 7] == matrix[:, 8]))
    same = same[(matrix[same, 6:] == matrix[same, 6:7]).all(axis=1)]
    evidence[same] |= np.uint16(Evidence.DUMMY)
    sample = np.flatnonzero(_SAMPLE_HEADS[head])
    if len(sample):
        evidence[sample[lexicon.known(value.take(pa.array(sample)), _SAMPLE_ARRAY)]] |= np.uint16(Evidence.DUMMY)
    inner = np.flatnonzero((checked | known) & (start > texts.offsets[row]))
    if len(inner):
        cued = spoken(texts, row[inner], start[inner], end[inner], CUES)
        evidence[inner[cued]] |= np.uint16(Evidence.CUE)
    found = Matches(row, start - texts.offsets[row], end - texts.offsets[row], evidence, value)
    if length == 18:  # a resident identity number: one in ten passes Luhn, those of Gansu begin with 62
        identity = np.zeros(len(row), bool)
        dated = np.flatnonzero(~known & ((matrix[:, 6] == 49) | (matrix[:, 6] == 50)))
        identity[dated] = digits.mod_11_2(matrix[dated]) & digits.dates(matrix[dated, 6:14])
        if identity.any():
            found = found.take(~identity)
    return found


_SAMPLE_ARRAY = pa.array(SAMPLES.split(), pa.string())
_SAMPLE_HEADS = lexicon.flags([sample[:4] for sample in SAMPLES.split()], 4)


def _damaged(texts: Texts, matrix: NDArray[np.uint8], row: NDArray[np.int64], checked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which cards have lost digits: zeros after the fifteenth digit (a spreadsheet), a multiple of 1024 (a float printed as an
    integer, 19 digits), or an exponent in the cell as typed."""
    length = matrix.shape[1]
    round_ = np.flatnonzero((matrix[:, -1] == 48) & (matrix[:, -2] == 48))
    lost = np.zeros(len(matrix), bool)
    if length == 19:
        lost = (digits.number(matrix) & 1023 == 0) & ~checked
    if not len(round_):
        return lost
    if length >= 17:
        zeros = (matrix[round_, 15:] == 48).all(axis=1)
        lost[round_] |= zeros if length == 19 else zeros & ~checked[round_]  # two or three zeros may be chance
    raw = texts.array.take(pa.array(row[round_]))
    lost[round_] |= pc.match_substring_regex(raw, r"[0-9][eE]\+?[0-9]").to_numpy(zero_copy_only=False)
    return lost


def _masked(texts: Texts, tie: NDArray[np.uint8]) -> Matches:
    """6222***********1234, 6222 **** **** 1234, 6222xxxxxxxx1234."""
    runs = texts.runs
    size = runs.end - runs.start
    first = np.flatnonzero((tie == STARS) & runs.digits & (size >= 4) & (size <= 8))
    first = first[runs.digits[np.minimum(first + 1, len(runs) - 1)]] if len(first) else first
    start, end = runs.start[first], runs.end[np.minimum(first + 1, len(runs) - 1)]
    tail = size[np.minimum(first + 1, len(runs) - 1)]
    width = end - start
    good = (tail >= 3) & (tail <= 6) & (width >= 14) & (width <= 24)
    row, start, end = runs.row[first][good], start[good], end[good]
    crossed = np.flatnonzero(~runs.digits & (size >= 15) & (size <= LONGEST))
    if len(crossed):
        middle = texts.matrix(runs.start[crossed] + 6, 5)
        ends = np.concatenate([texts.matrix(runs.start[crossed], 4), texts.matrix(runs.end[crossed] - 3, 3)], axis=1)
        crossed = crossed[((middle | 32) == 120).all(axis=1) & digits.all_digits(ends)]
        row = np.concatenate([row, runs.row[crossed]])
        start = np.concatenate([start, runs.start[crossed]])
        end = np.concatenate([end, runs.end[crossed]])
    if not len(row):
        return Matches.none()
    head = digits.number(texts.matrix(start, 4))
    known = np.asarray((SCHEMES[head] > 0) | _HEADS[head], bool)
    row, start, end = row[known], start[known], end[known]
    order = np.lexsort((start, row))
    row, start, end = row[order], start[order], end[order]
    shown = groups.slices(texts.data, start, end)
    evidence = np.full(len(row), Evidence.SHAPE | Evidence.MASKED, np.uint16)
    return Matches(row, start - texts.offsets[row], end - texts.offsets[row], evidence, shown)


_HEADS: NDArray[np.bool_] = np.asarray(ISSUERS.reshape(10**4, 100).any(axis=1), bool)

ENOUGH = 10  # numbers from which shares mean something
CHANCE = 0.50  # share with a good check digit: real columns above 0.9, chance gives 0.1
IN_A_ROW = 0.20
DATED = 0.50


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column of such numbers is not a column of cards, or None."""
    clear = matches.take((matches.evidence & np.uint16(Evidence.MASKED | Evidence.DAMAGED)) == 0)
    if len(clear) < 3:
        return None
    if len(clear) >= ENOUGH:
        passing = float(((clear.evidence & np.uint16(Evidence.CHECKSUM)) != 0).mean())
        if passing < CHANCE:
            zh = f"只有 {passing:.0%} 的号码校验位正确，随机即有 10%"
            return Sentence("check_digits", zh, f"{passing:.0%} of the numbers have a good check digit; chance gives 10%")
    dated = pc.match_substring_regex(clear.value, r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])").to_numpy(
        zero_copy_only=False
    )
    if float(dated.mean()) >= DATED:
        share = f"{float(dated.mean()):.0%}"
        return Sentence("dated", f"{share} 的号码以日期开头", f"{share} of the numbers begin with a date")
    length = digits.lengths(clear.value)
    common = int(np.bincount(length).argmax())
    number = np.unique(digits.number(digits.bytes_of(clear.value.filter(pa.array(length == common)), common)))
    near = float((np.diff(number) <= 5).mean()) if len(number) > 2 else 0.0
    if near >= IN_A_ROW:
        return Sentence("consecutive", f"{near:.0%} 的号码是连号", f"{near:.0%} of the numbers follow one another")
    return None


STRONG = """
银行卡 银行卡号 银行卡号码 银行卡账号 卡号 工资卡 工资卡号 工资卡账号 还款卡号 还款银行卡 收款卡号 付款卡号 借记卡 借记卡号
储蓄卡 储蓄卡号 信用卡 信用卡号 绑定卡号 绑定银行卡 扣款卡号 代扣卡号 本方卡号 对方卡号 交易卡号 银行账号 银行帐号 银行账户
银行帐户 工资账号 工资帐号 收款账号 收款账户 付款账号 还款账号 扣款账号 本方账号 对方账号 cardno cardnum cardnumber bankcard
bankcardno bankcardnum bankcardnumber bankno bankaccount bankaccountno bankaccountnumber bankacct debitcard creditcard
creditcardno creditcardnumber debitcardno pan primaryaccountnumber acctno accountno accountnumber acctnum payeeaccount
payeracount payeecard salarycard yhkh yhk yhkhm kh gzkh gzkah yhzh skzh fkzh dfzh dfkh bfkh yinhangkahao yinhangka kahao
"""
WEAK = "账号 帐号 账户 帐户 账户号 号码 card account acct zh zhanghao accno"
NEVER = "会员卡 就诊卡 社保卡 健康卡 购物卡 电话卡 加油卡 订单 单号 流水 序号 imei iccid"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split()))

DETECTOR = Detector(
    kind="bank_card",
    title_zh="银行卡号",
    title_en="bank card number",
    find=find,
    headers=HEADERS,
    alone=(
        Evidence.SHAPE | Evidence.LEXICON | Evidence.CHECKSUM,
        Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM | Evidence.CUE,
    ),
    together=(Evidence.SHAPE | Evidence.LEXICON | Evidence.CHECKSUM, Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM),
    quorum=0.6,
    labelled=(Evidence.SHAPE | Evidence.CHECKSUM, Evidence.SHAPE | Evidence.LEXICON),
    refuse=refuse,
    identity=Identity.PERSONAL,
    rank=7,
    mask=masking.digits,
    in_text=True,
    coded=True,
)
