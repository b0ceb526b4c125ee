"""居民身份证号码 (公民身份号码), the number of the resident identity card, and of the 港澳台居民居住证.

Issuer: the public security organs. Structure (GB 11643-1999): six digits for the division that registered the holder first,
yyyymmdd of birth, three digits of order (odd for men), and a check character 0–9 or X (ISO 7064 MOD 11-2). Residence permits
of Hong Kong, Macao and Taiwan residents begin with 810000, 820000, 830000. Fifteen digits (yymmdd, no check character) were
given until 1999; their canonical writing here is the 18-character form, so that both writings are one person.

Checked: province, date, check character, and the division of any year. The division is not tied to the birth year, since it is
the one in force when the number was given. Writings: small or full-width x, ×, groups (110105 19491231 002X), several in a cell.

Confused with: order and work-order numbers built from division and date (their check character is right in one of eleven), 18-digit
cards, company codes, 15-digit IMEI and account numbers. So a column decides, see `refuse`; fifteen digits count only under a
label or where nearly the whole column is of their kind.

>>> from detectors.base.texts import Texts
>>> from detectors.base.matches import Evidence
>>> found = find(Texts(["身份证:110105 19850615 0022", "110105198506150023"]))   # the second: check digit off by one
>>> [Evidence(flags).names() for flags in found.evidence.tolist()]
[('shape', 'parts', 'checksum', 'lexicon', 'cue'), ('shape', 'parts')]
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import citizen, digits, masking
from detectors.base.citizen import birth_dates
from detectors.base.covered import covered
from detectors.base.cues import spoken
from detectors.base.detector import Detector
from detectors.base.groups import DOT, HYPHEN, SPACE, ties
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, strings

__all__ = ["DETECTOR", "birth_dates", "damage", "find", "refuse"]

_VALID = Evidence.SHAPE | Evidence.PARTS | Evidence.CHECKSUM
_FIFTEEN = Evidence.SHAPE | Evidence.PARTS | Evidence.LEXICON
_P, _C, _L = np.uint16(Evidence.PARTS), np.uint16(Evidence.CHECKSUM), np.uint16(Evidence.LEXICON)
_MASKED, _DAMAGED, _CUE = np.uint16(Evidence.MASKED), np.uint16(Evidence.DAMAGED), np.uint16(Evidence.CUE)

_CUES = (
    r"(?i)(?:身份证|身份證|证件|身份号|公民身份|社会保障|社保|医保|驾驶证|居住证|id ?card|id ?no|id ?num|identity|sfz|zjh|\bid)"
    r"[^0-9,;\n]{0,24}$"
)

_GROUPED = (SPACE, HYPHEN, DOT)
_MOST_GROUPS = 6


def find(texts: Texts) -> Matches:
    """All resident numbers of a chunk: 18 and 15 digits, in groups, masked; with failing checks only those that fill the cell."""
    parts = [_eighteen(texts), _fifteen(texts), _without_last(texts), _grouped(texts), covered(texts)]
    return Matches.join([part for part in parts if part is not None])


def _built(texts: Texts, start: NDArray[np.int64], end: NDArray[np.int64], matrix: NDArray[np.uint8]) -> Matches:
    """Matches of 18-character numbers; spans as absolute offsets. What fails its parts stands only if it fills the cell."""
    row = np.searchsorted(texts.offsets, start, side="right") - 1
    evidence = citizen.judge(matrix)
    whole = (start == texts.offsets[row]) & (end == texts.offsets[row + 1])
    keep = whole | ((evidence & _P) != 0)
    if not keep.all():
        row, start, end, matrix, evidence, whole = (each[keep] for each in (row, start, end, matrix, evidence, whole))
    value = strings(np.where(matrix == 120, np.uint8(88), matrix))
    evidence |= citizen.dummies(matrix, value)
    evidence |= spoken(texts, row, start, end, _CUES) * _CUE
    ends_in_zero = np.flatnonzero(whole & (matrix[:, 16] == 48) & (matrix[:, 17] == 48))
    if len(ends_in_zero):
        evidence[ends_in_zero] |= _from_power(texts, row[ends_in_zero]) * _DAMAGED
    low = texts.offsets[row]
    return Matches(row, start - low, end - low, evidence, value)


def _from_power(texts: Texts, row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a cell was typed as 4.40308199901101E+17, whose last digits are lost."""
    typed = texts.array.take(pa.array(row))
    return np.asarray(pc.match_substring_regex(typed, r"[0-9][eE]\+?[0-9]").to_numpy(zero_copy_only=False), bool)


def _eighteen(texts: Texts) -> Matches | None:
    runs = texts.runs
    at = np.flatnonzero(runs.end - runs.start == 18)
    if not len(at):
        return None
    start = runs.start[at]
    matrix = digits.taken(texts.data, start, 18)
    head = matrix[:, 0] - np.uint8(49)
    last = matrix[:, 17]
    right = head < 8
    mixed = ~runs.digits[at]
    if mixed.any():
        right &= ~mixed | (digits.all_digits(matrix[:, :17]) & ((last | np.uint8(32)) == 120))
    if not right.all():
        start, matrix = start[right], matrix[right]
    return _built(texts, start, start + 18, matrix) if len(start) else None


def _fifteen(texts: Texts) -> Matches | None:
    runs = texts.runs
    at = np.flatnonzero((runs.end - runs.start == 15) & runs.digits)
    if not len(at):
        return None
    matrix = digits.taken(texts.data, runs.start[at], 15)
    return _short(texts, runs.row[at], runs.start[at], runs.end[at], matrix)


def _short(
    texts: Texts, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], matrix: NDArray[np.uint8]
) -> Matches | None:
    """Matches of fifteen-digit numbers [n, 15] with a known province and a date; any other fifteen digits are something else."""
    evidence = citizen.judge_fifteen(matrix)
    keep = (evidence & _P) != 0
    if not keep.any():
        return None
    row, start, end, matrix, evidence = (each[keep] for each in (row, start, end, matrix, evidence))
    long = digits.eighteen(matrix)
    value = strings(long)
    evidence |= citizen.dummies(long, value)
    evidence |= spoken(texts, row, start, end, _CUES) * _CUE
    low = texts.offsets[row]
    return Matches(row, start - low, end - low, evidence, value)


def _without_last(texts: Texts) -> Matches | None:
    """Seventeen digits: with × for X behind them, or alone in a cell, the X lost (then DAMAGED, as it could be any lost digit)."""
    runs = texts.runs
    at = np.flatnonzero((runs.end - runs.start == 17) & runs.digits)
    if not len(at):
        return None
    row, start, end = runs.row[at], runs.start[at], runs.end[at]
    matrix = np.concatenate([digits.taken(texts.data, start, 17), np.full((len(at), 1), 88, np.uint8)], axis=1)
    first = matrix[:, 0] - np.uint8(49) < 8
    times = first & _times(texts, row, end)
    found = [_built(texts, start[times], end[times] + 2, matrix[times])] if times.any() else []
    whole = first & (start == texts.offsets[row]) & (end == texts.offsets[row + 1])
    row, start, end, matrix = row[whole], start[whole], end[whole], matrix[whole]
    evidence = citizen.judge(matrix) if len(matrix) else np.zeros(0, np.uint16)
    lost = (evidence & _L) != 0
    if lost.any():
        flags = np.full(int(lost.sum()), np.uint16(Evidence.SHAPE | Evidence.PARTS) | _DAMAGED, np.uint16)
        low = texts.offsets[row[lost]]
        found.append(Matches(row[lost], start[lost] - low, end[lost] - low, flags, strings(matrix[lost][:, :17])))
    return Matches.join(found)


def _times(texts: Texts, row: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether × (two bytes) stands at these absolute offsets, and no letter or digit behind it."""
    data, high = texts.data, texts.offsets[row + 1]
    most = max(len(data) - 1, 0)
    sign = (end + 2 <= high) & (data[np.minimum(end, most)] == 0xC3) & (data[np.minimum(end + 1, most)] == 0x97)
    after = data[np.minimum(end + 2, most)]
    letter = ((after - np.uint8(48)) < 10) | (((after | np.uint8(32)) - np.uint8(97)) < 26)
    return np.asarray(sign & ~((end + 2 < high) & letter), bool)


def _grouped(texts: Texts) -> Matches | None:
    """Numbers written in two to six groups with blanks, hyphens or dots between them."""
    runs = texts.runs
    if len(runs) < 2:
        return None
    tie = np.isin(ties(texts), _GROUPED)
    tied = np.flatnonzero(tie)
    if not len(tied):
        return None
    size = runs.end - runs.start
    total = np.zeros(len(runs) + 1, np.int64)
    np.cumsum(size, out=total[1:])
    joined = np.zeros(len(runs) + 1, np.int64)
    np.cumsum(tie, out=joined[1:])
    found = []
    for groups in range(2, _MOST_GROUPS + 1):
        first = tied[tied + groups <= len(runs)]
        first = first[joined[first + groups - 1] - joined[first] == groups - 1]
        length = total[first + groups] - total[first]
        for wanted in (18, 17, 15):
            at = first[length == wanted]
            at = at[runs.digits[at] & ((wanted != 15) | ((groups == 3) & (size[at] == 6)))]
            matches = _joined(texts, at, groups, wanted, tie) if len(at) else None
            if matches is not None:
                found.append(matches)
    return Matches.join(found) if found else None


def _joined(texts: Texts, at: NDArray[np.int64], groups: int, wanted: int, tie: NDArray[np.bool_]) -> Matches | None:
    """The numbers in runs at … at + groups - 1, with `wanted` characters. A group more on either side demands full evidence."""
    runs = texts.runs
    row, start, end = runs.row[at], runs.start[at], runs.end[at + groups - 1]
    if wanted == 17:
        times = _times(texts, row, end)
        at, row, start, end = at[times], row[times], start[times], end[times]
    if not len(at):
        return None
    matrix = _compact(texts, at, groups, wanted)
    open_ended = ((at > 0) & tie[np.maximum(at - 1, 0)]) | tie[at + groups - 1]
    if wanted == 15:
        right = digits.all_digits(matrix) & ~open_ended
        return _short(texts, row[right], start[right], end[right], matrix[right]) if right.any() else None
    if wanted == 17:
        matrix = np.concatenate([matrix, np.full((len(at), 1), 88, np.uint8)], axis=1)
        end = end + 2
    last = matrix[:, 17]
    right = digits.all_digits(matrix[:, :17]) & ((matrix[:, 0] - np.uint8(49)) < 8)
    right &= ((last - np.uint8(48)) < 10) | ((last | np.uint8(32)) == 120)
    if not right.any():
        return None
    matrix, start, end, open_ended = matrix[right], start[right], end[right], open_ended[right]
    evidence = citizen.judge(matrix)
    sure = ((evidence & _P) != 0) & (~open_ended | ((evidence & _L) != 0))
    return _built(texts, start[sure], end[sure], matrix[sure]) if sure.any() else None


def _compact(texts: Texts, at: NDArray[np.int64], groups: int, wanted: int) -> NDArray[np.uint8]:
    """The characters [n, wanted] of `groups` runs from each `at` on, side by side; one gathering for each pattern of sizes."""
    runs = texts.runs
    sizes = np.stack([runs.end[at + place] - runs.start[at + place] for place in range(groups)])
    pattern = np.zeros(len(at), np.int64)
    for size in sizes:
        pattern = pattern * 19 + size
    matrix = np.empty((wanted, len(at)), np.uint8).T
    for one in [pattern[0]] if (pattern == pattern[0]).all() else np.unique(pattern):
        mine = np.flatnonzero(pattern == one)
        column = 0
        for place in range(groups):
            width = int(sizes[place, mine[0]])
            matrix[mine, column : column + width] = digits.taken(texts.data, runs.start[at[mine] + place], width)
            column += width
    return matrix


def damage(matches: Matches) -> Sentence | None:
    """Why the numbers of a column cannot be whole: how a spreadsheet or a float lost their last digits, or None.

    Excel keeps 15 digits, JavaScript 17, a float is divisible by 16, 32, 64 or 128 at this size. An undamaged column has one number
    in eleven with X and one in eleven with 0 at its end. Needs eight numbers.
    """
    long = (matches.end - matches.start == 18) & ((matches.evidence & _MASKED) == 0)
    if long.sum() < 8:
        return None
    matrix = digits.bytes_of(matches.take(long).value, 18)
    zero = matrix == 48
    if zero[:, 15:].all(axis=1).mean() >= 0.95:
        zh = "末三位均为零：表格软件只保留十五位，后面的数字已丢失"
        return Sentence("lost_digits", zh, "the last three digits are zeros: lost in a spreadsheet, which keeps fifteen digits")
    if zero[:, 17].mean() >= 0.95:
        return Sentence("lost_digits", "末位均为零：转成浮点数时已丢失", "the last digit is zero: lost in a floating-point number")
    right = matrix[:, 17] != 88
    value = digits.number(matrix[right])
    # the distance between neighbouring doubles doubles at 2**57 and 2**58 and 2**59
    step = np.select([value < 2**57, value < 2**58, value < 2**59], [16, 32, 64], 128)
    if right.mean() >= 0.95 and (value % step == 0).mean() >= 0.95:
        en = "every number is a multiple of 16 or more: lost in a floating-point number"
        return Sentence("lost_digits", "号码都是 16 的倍数：转成浮点数时末位已丢失", en)
    return None


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column is not of resident numbers, or None. Looks at the distinct cells that are entirely one unmasked number."""
    whole = (matches.start == 0) & (matches.end == texts.lengths[matches.row]) & ((matches.evidence & _MASKED) == 0)
    mine = matches.take(whole)
    lost = damage(mine)
    if lost:
        return lost
    size = mine.end - mine.start
    right = (mine.evidence & _P) != 0
    long = right & (size == 18)
    count = int(long.sum())
    if count >= 5:
        passing = int(((mine.evidence[long] & _C) != 0).sum())
        if passing < 0.5 * count:
            zh = f"{count} 个带省份代码和日期的号码中只有 {passing} 个校验位正确，应为单号"
            en = f"only {passing} of {count} numbers with a known province and a date have the right check digit: order numbers"
            return Sentence("check_digits", zh, en)
        if count >= 10 and len(np.unique(digits.bytes_of(mine.take(long).value, 18)[:, :14], axis=0)) == 1:
            en = "all numbers share one division and one birth date: serial numbers"
            return Sentence("serial_numbers", "所有号码的地区代码和出生日期都相同，应为流水号", en)
    short = right & (size == 15)
    if count < int(short.sum()):
        cells = int((texts.lengths > 0).sum())
        if short.sum() + count < 0.8 * cells:
            en = "fewer than 80 % of the cells are fifteen-digit numbers with a known province and a date"
            return Sentence("few", "带省份代码和日期的十五位号码不足单元格的 80%", en)
        written = texts.matrix(texts.offsets[mine.row[short]], 15)
        if short.sum() >= 10 and digits.luhn(written).mean() >= 0.9:
            en = "nearly all fifteen-digit numbers satisfy the Luhn formula: device numbers (IMEI)"
            return Sentence("device_numbers", "十五位号码几乎都符合 Luhn 校验，应为设备号（IMEI）", en)
    return None


STRONG = """
身份证 身份证号 身份证号码 身份证件号 身份证件号码 身份证编号 居民身份证 居民身份证号 居民身份证号码 二代身份证
公民身份号码 公民身份证号 公民身份证号码 身份号码 社会保障号 社会保障号码 社保号 社保号码 个人社保号
驾驶证号 驾驶证号码 驾照号 居住证号 居住证号码 港澳台居民居住证 港澳台居民居住证号码 身份證 身份證號 身份證號碼
idcard idcardno idcardnum idcardnumber idcardcode idno idnum idnumber idnbr identity identityno identitynum identitynumber
identitycard identitycardno nationalid nationalidno citizenid residentid residentidno cardid personid personidno
sfz sfzh sfzhm sfzjh sfzjhm sfzmhm gmsfhm gmsfzhm jmsfz shbzh shbzhm shenfenzheng shenfenzhenghao shenfenzhenghaoma
"""
WEAK = """
证件号 证件号码 证件编号 证照号 证照号码 有效证件号 有效证件号码 证号 证件 医保号 医保号码 个人编号
certno certnum certnumber certificateno certificatenumber certid credno credentialno docno docnumber documentno
documentnumber papersno idcode insurantidno cardno cardnum id zjh zjhm jszh jzzh
"""
NEVER = "证件类型 证件种类 证件名称 发证机关 签发机关 有效期 工作证 身份证地址 身份证住址"

DETECTOR = Detector(
    kind="resident_id",
    title_zh="居民身份证号码",
    title_en="resident identity number",
    find=find,
    headers=HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split())),
    alone=(_VALID | Evidence.LEXICON, _VALID | Evidence.CUE, _FIFTEEN | Evidence.CUE),
    together=(_VALID, _FIFTEEN),
    labelled=(_VALID, _FIFTEEN),
    refuse=refuse,
    identity=Identity.UNIQUE,
    rank=0,
    mask=masking.document,
    in_text=True,
    coded=True,
)
