"""Where the tables of a sheet are, and which of their first rows are titles and headers.

People put a title above the header, merge cells over two header rows, stack tables with a blank row between, set two side
by side, or export without any header. `split` finds the tables of a grid of cells. A wrong header costs a row of data, a
missed one costs the best evidence of a column, so a header must look like one (short words, each once) and differ from
what follows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detectors.base.headers import read_header

_LOOK = 40  # rows looked at below a possible header
_TITLES = 30  # rows above a header; a payment platform's bill has up to twenty
_SEGMENTS = 200  # tables looked for on one sheet; more blank rows than that are a way of spacing
_LONGEST_TITLE = 40
_SEEN = 500  # characters of a cell that are looked at; a cell of megabytes must not keep the patterns below busy

# Words that end a column's title, and words that are all of one. Only to tell a header from data: what a title announces is the
# detectors' business.
_ENDINGS = """
单元 室号
姓名 名称 名字 编号 编码 号码 代码 证号 卡号 账号 帐号 账户 户名 单号 订单号 流水号 序号 学号 工号 房号 票号 行号 车牌 车牌号 身份证
电话 手机 手机号 联系方式 邮箱 微信 微信号 地址 住址 日期 时间 年月 性别 年龄 民族 籍贯 学历 专业 职务 职称 岗位 部门 单位 班级 年级
类型 类别 种类 分类 状态 备注 说明 描述 内容 金额 余额 单价 总价 价格 数量 合计 小计 工资 收入 费用 税额 利率 比例 面积 楼栋
负责人 标题 题目 作者 来源 摘要 诊断 科室 经度 纬度 速度 型号 规格 品牌 等级 级别 排名 得分 评分 开户行 银行 国家 省份 城市 区县
网址 主页 链接 方式 结果 原因 关系 票价 时长 姓氏 電話 手機 號碼 編號 地區 日期 時間 類型 狀態 備註 金額 數量 單位 部門 職務
"""
_WHOLES = """
省 市 区 县 名 号 码 id no no. name code date time type status phone tel mobile email mail address addr sex gender age title remark
remarks note notes amount price total number num qty count key value lng lat lon longitude latitude x y city country province
district state zip class level rank year month day uid uuid url desc description content text user username password author book
category department position salary xm xb mz sfz sfzh sfzhm sjh sjhm lxdh dh dz zz xl bz csrq zjhm zjh yhkh kh zh yx sj nl
"""


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_TITLE_ENDINGS = _split_words(_ENDINGS)
_TITLES_WHOLE = frozenset(_split_words(_WHOLES)) | frozenset(_TITLE_ENDINGS)

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ _\-.][A-Za-z0-9]+)*\Z")
_NUMBER = re.compile(r"[+\-]?[¥$￥]?\d[\d,]*(?:\.\d+)?(?:[eE]\+?\d+)?%?\Z")
_YEAR = re.compile(r"(?:19|20)\d\d(?:年|年度|Q[1-4])?\Z|\d{1,2}月\Z|Q[1-4]\Z")
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]?\d{0,2}日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?\Z|\d{1,2}:\d{2}(?::\d{2})?\Z")
_VALUE = re.compile(r"\d{5}|@.+\.|\d[*＊xX]{3,}|://")
_BRACKETS = re.compile(r"[(（\[【<][^)）\]】>]*[)）\]】>]")
_SAID = re.compile(r"[:：]")


@dataclass(frozen=True, slots=True)
class Block:
    """One table of a grid. Rows and columns count from 0, ends are exclusive.

    header       one title per column, or None
    top, bottom  its rows of data; left, right: its columns
    above        rows above the header (titles, preamble): begins at `above`, ends where the header begins
    head         first row of the header; equals `top` when there is none
    """

    header: tuple[str, ...] | None
    top: int
    bottom: int
    left: int
    right: int
    above: int
    head: int


def split(columns: Sequence[pa.StringArray], *, beside: bool = True) -> list[Block]:
    """The tables of a grid, top to bottom, left to right. beside: look for tables side by side too."""
    if not columns or not len(columns[0]):
        return []
    filled = filled_cells(columns)
    blocks: list[Block] = []
    for top, bottom in _segments(filled):
        sides = _sides(columns, filled, top, bottom) if beside else [_extent(filled, top, bottom)]
        for left, right, low in sides:
            found = _block(columns, filled, top, low, left, right)
            before = blocks[-1] if blocks else None
            if len(sides) == 1 and before is not None and _continues(found, before, filled):
                edges = (before.left, before.right) if before.header else (min(before.left, left), max(before.right, right))
                blocks[-1] = replace(before, bottom=bottom, left=edges[0], right=edges[1])
            elif len(sides) == 1 and before is not None and _is_preamble(before, found, filled):
                blocks[-1] = replace(found, above=before.above)
            else:
                blocks.append(found)
    return [_widened(block, filled) for block in blocks]


def filled_cells(columns: Sequence[pa.StringArray]) -> NDArray[np.bool_]:
    """Which cells hold something: bool [rows, columns]."""
    filled = np.empty((len(columns[0]), len(columns)), bool)
    for place, column in enumerate(columns):
        buffer = column.buffers()[1]
        raw = np.frombuffer(buffer, np.int32) if buffer is not None else np.zeros(column.offset + 1, np.int32)
        filled[:, place] = np.diff(raw[column.offset : column.offset + len(column) + 1]) > 0
    return filled


def _segments(filled: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of rows without a blank row between."""
    inside = np.zeros(len(filled) + 2, np.int8)
    inside[1:-1] = filled.any(axis=1)
    step = np.diff(inside)
    starts, ends = np.flatnonzero(step == 1).tolist(), np.flatnonzero(step == -1).tolist()
    if len(starts) > _SEGMENTS:
        return [(starts[0], ends[-1])]
    return list(zip(starts, ends, strict=True))


def _extent(filled: NDArray[np.bool_], top: int, bottom: int) -> tuple[int, int, int]:
    used = np.flatnonzero(filled[top:bottom].any(axis=0))
    return int(used[0]), int(used[-1]) + 1, bottom


def _sides(columns: Sequence[pa.StringArray], filled: NDArray[np.bool_], top: int, bottom: int) -> list[tuple[int, int, int]]:
    """Tables beside each other: (left, right, bottom). A blank column alone may be a spacer within one table."""
    left, right, _ = _extent(filled, top, bottom)
    used = filled[top:bottom, left:right].any(axis=0)
    gaps = np.flatnonzero(~used) + left
    whole = [(left, right, bottom)]
    if not len(gaps):
        return whole
    parts: list[tuple[int, int, int]] = []
    start = left
    for gap in [*gaps.tolist(), right]:
        if gap > start:
            rows = np.flatnonzero(filled[top:bottom, start:gap].any(axis=1))
            parts.append((start, gap, top + int(rows[-1]) + 1))
        start = gap + 1
    if len(parts) < 2 or any(end - begin < 2 for begin, end, _ in parts):
        return whole
    heads = [_block(columns, filled, top, low, begin, end).header for begin, end, low in parts]
    titles = [set(head) - {""} for head in heads if head is not None]
    if len(titles) < len(parts):
        return whole
    repeated = len(set.intersection(*titles)) * 2 >= min(map(len, titles))
    uneven = any(bottom - low >= 2 for *_, low in parts)
    wide = all(right[0] - left[1] >= 2 for left, right in zip(parts, parts[1:], strict=False))
    return parts if repeated or uneven or wide else whole


def _continues(block: Block, before: Block, filled: NDArray[np.bool_]) -> bool:
    """Whether a segment only goes on with the table above: no header of its own, and within its columns."""
    if block.header is not None:
        return False
    if before.header is None and before.top == before.bottom:
        return True
    return before.left <= block.left and block.right <= before.right


def _is_preamble(before: Block, found: Block, filled: NDArray[np.bool_]) -> bool:
    """Whether the rows before a blank row are but the preamble of the table after it: few, thin, without a header."""
    if before.header is not None or found.header is None or before.bottom - before.above > _TITLES:
        return False
    cells = filled[before.above : before.bottom].sum(axis=1)
    titles = sum(title != "" for title in found.header)
    return bool((cells * 2 <= max(titles, 2)).all())


def _widened(block: Block, filled: NDArray[np.bool_]) -> Block:
    """A table without header takes only the columns that it fills."""
    used = np.flatnonzero(filled[block.top : block.bottom, block.left : block.right].any(axis=0))
    if block.header is None and len(used) and block.head == block.top and block.above == block.top:
        left, right = block.left + int(used[0]), block.left + int(used[-1]) + 1
        return Block(None, block.top, block.bottom, left, right, block.above, block.head)
    return block


def _block(columns: Sequence[pa.StringArray], filled: NDArray[np.bool_], top: int, bottom: int, left: int, right: int) -> Block:
    """Titles, header and data of one segment."""
    last = min(bottom, top + _TITLES + _LOOK)
    rows = [list(row) for row in zip(*(columns[c].slice(top, last - top).to_pylist() for c in range(left, right)), strict=True)]
    found = find_header(rows)
    header = found.header
    if header is None and found.titles == 0 and bottom - top > 1 and right - left > 2 and not filled[top, left + 1 : right].any():
        # one cell alone above rows without a header is a title all the same, unless the rows below are as thin
        below = filled[top + 1 : min(bottom, top + _LOOK), left:right].sum(axis=1)
        titles = int(np.median(below) > 2)
        return Block(None, top + titles, bottom, left, right, top, top + titles)
    data = top + found.titles + found.depth
    return Block(header, data, bottom, left, right, top, top + found.titles)


@dataclass(frozen=True, slots=True)
class Header:
    """titles: rows above the header; depth: rows of it, 0 for none; header: the titles of the columns."""

    titles: int
    depth: int
    header: tuple[str, ...] | None


def find_header(rows: Sequence[Sequence[str]]) -> Header:
    """The header among the first rows of one table (all of one width)."""
    if not rows:
        return Header(0, 0, None)
    rows = [[cell if len(cell) <= _SEEN else cell[:_SEEN] for cell in row] for row in rows]
    width = len(rows[0])
    counts = [sum(cell.strip() != "" for cell in row) for row in rows]
    usual = _usual(counts)
    for at in range(min(len(rows), _TITLES)):
        row = rows[at]
        if counts[at] and _is_header(row, rows[at + 1 :], width, usual, first=at == 0):
            depth = _depth(rows, at)
            group = int(at > 0 and _is_group(rows[at - 1], row))
            head = [list(r) for r in rows[at - group : at + depth]]
            return Header(at - group, depth + group, _join(head))
        if counts[at] and (width == 1 or not _is_title(row, counts[at], usual)):
            break
    return Header(0, 0, None)


def _usual(counts: list[int]) -> int:
    """The usual number of filled cells in a row, from the lower rows, where titles no longer are."""
    lower = [count for count in counts[len(counts) * 2 // 3 :] if count] or [count for count in counts if count] or [0]
    most = Counter(lower).most_common()
    best = most[0][1]
    return max(count for count, often in most if often == best)


def _is_title(row: Sequence[str], count: int, usual: int) -> bool:
    """Whether a row can stand above a header: few cells, or words and what they say (户名：张三)."""
    if count * 2 <= usual or (count == 1 and usual > 1):
        return True
    said = sum(bool(_SAID.search(cell)) and not _DATE.match(cell.strip()) for cell in row)
    return said * 3 >= count


def _is_header(row: Sequence[str], below: Sequence[Sequence[str]], width: int, usual: int, *, first: bool) -> bool:
    cells = [(place, clean(cell)) for place, cell in enumerate(row) if cell.strip()]
    if len(cells) * 5 < usual * 3 and len(cells) < 5:
        return False
    if any(_looks_like_value(cell) for _, cell in cells):
        return False
    words = [cell for _, cell in cells]
    known = sum(is_title_word(word) for word in words)
    if sum(count - 1 for count in Counter(words).values()) * 3 > len(words) and known * 2 < len(words):
        return False
    if any(bool(_SAID.search(row[place].strip()[:-1])) for place, _ in cells) and known * 2 < len(words):
        return False
    # a header that a program repeats on every page is no data
    below = [r for r in below[:_LOOK] if any(cell.strip() for cell in r) and list(r) != list(row)]
    if not below:
        # nothing follows: a header of an export without rows, if its words say so
        return known * 2 >= len(words) and (len(words) > 1 or not first)
    differs = agrees = 0
    for place, word in cells:
        verdict = _contrast(word, [r[place].strip() for r in below if r[place].strip()])
        differs += verdict > 0
        agrees += verdict < 0
    if len(words) == 1:
        values = [_kind(r[place].strip()) for r in below for place, _ in cells if r[place].strip()]
        plain = sum(kind in ("number", "date", "value") for kind in values) * 10 >= len(values) * 7
        return agrees == 0 and (known == 1 or (differs == 1 and plain))
    # of a form (姓名｜张三｜性别｜女) every second column agrees with what is below
    if agrees * 2 > len(words) or (agrees * 2 == len(words) and known < len(words)):
        return False
    if known * 2 >= len(words):
        return True
    return (known >= 2 and known * 3 >= len(words)) or differs > agrees


def _looks_like_value(cell: str) -> bool:
    if _YEAR.match(cell):
        return False
    return len(cell) > _LONGEST_TITLE or bool(_NUMBER.match(cell) or _DATE.match(cell) or _VALUE.search(cell))


def _contrast(word: str, data: list[str]) -> int:
    """1: the title differs in kind from the column's cells; -1: it is one of them; 0: nobody can tell."""
    if not data:
        return 0
    if word in data or (is_title_word(word) and sum(map(is_title_word, data)) * 2 >= len(data)):
        return -1
    kinds = Counter(map(_kind, data))
    kind, often = kinds.most_common(1)[0]
    own = _kind(word)
    if often * 10 >= len(data) * 7:
        if kind != own:
            # a lone short word above long or differently spelled text is weak: two rows of prose differ as well
            return 1 if own not in ("long",) and len(data) >= (1 if kind in ("number", "date", "value") else 3) else 0
        return 0
    return 0


def _kind(cell: str) -> str:
    if _DATE.match(cell):
        return "date"
    if _NUMBER.match(cell):
        return "number"
    if _VALUE.search(cell):
        return "value"
    if len(cell) > 24:
        return "long"
    if any("\u3400" <= c <= "\u9fff" for c in cell):
        return "han"
    return "latin"


def clean(title: str) -> str:
    """A title without brackets, asterisks and blanks around it; full-width forms folded."""
    text = unicodedata.normalize("NFKC", title).strip().strip("*'\ufeff").strip()
    return _BRACKETS.sub("", text).strip().rstrip(":").strip() or text


def is_title_word(word: str) -> bool:
    """Whether a cleaned cell reads like the title of a column."""
    lower = word.lower().replace(" ", "").replace("_", "").rstrip("0123456789")
    if lower in _TITLES_WHOLE:
        return True
    read = read_header(word)
    if read.role and not read.attribute:  # 借款人, receiver: a column of names
        return True
    if len(word) <= 12 and any("\u4e00" <= c <= "\u9fff" for c in word):
        return any(word.endswith(ending) or lower.endswith(ending) for ending in _TITLE_ENDINGS if len(ending) > 1)
    if _WORD.match(word) and len(word) <= 30:
        parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", word)
        return len(parts) > 0 and parts[-1].lower() in _TITLES_WHOLE
    return False


def _depth(rows: Sequence[Sequence[str]], at: int) -> int:
    """Rows of the header that begins at `at`: a next row belongs to it when it fills gaps, or holds nothing but titles."""
    depth = 1
    while depth < 3 and at + depth < len(rows):
        upper, lower = rows[at + depth - 1], rows[at + depth]
        words = [clean(cell) for cell in lower if cell.strip()]
        if not words or any(_looks_like_value(word) for word in words):
            break
        known = sum(map(is_title_word, words))
        gaps = any(not u.strip() and w.strip() for u, w in zip(upper, lower, strict=True)) or any(
            u.strip() and not w.strip() for u, w in zip(upper, lower, strict=True)
        )
        if not (known == len(words) or (gaps and known * 2 >= len(words))):
            break
        below = [r for r in rows[at + depth + 1 :][:_LOOK] if any(c.strip() for c in r)]
        repeated = sum(_contrast(clean(c), [r[p].strip() for r in below]) < 0 for p, c in enumerate(lower) if c.strip())
        if not below or repeated * 3 > len(words):
            break
        depth += 1
    return depth


def _is_group(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether the row above a header names groups of its columns (merged cells): two words or more, each over a title."""
    cells = [(place, clean(cell)) for place, cell in enumerate(row) if cell.strip()]
    return (
        len(cells) >= 2
        and not any(_looks_like_value(cell) or _SAID.search(row[place].strip()[:-1]) for place, cell in cells)
        and all(len(cell) <= 12 and header[place].strip() for place, cell in cells)
    )


def _join(head: list[list[str]]) -> tuple[str, ...]:
    """Header rows as one: a merged cell speaks for the columns to its right that have a title below."""
    for upper, lower in zip(head, head[1:], strict=False):
        last = ""
        for place, cell in enumerate(upper):
            if cell.strip():
                last = cell if lower[place].strip() else ""
            elif last and lower[place].strip():
                upper[place] = last
            else:
                last = ""
    titles = []
    for column in zip(*head, strict=True):
        parts: list[str] = []
        for cell in column:
            text = " ".join(cell.split())
            if text and text not in parts:
                parts.append(text)
        titles.append(" / ".join(parts))
    return tuple(titles)


_TELLING = re.compile(r"\d{7,}|@|姓名|户名|昵称|身份证|证件|手机|电话|账号|帐号|卡号|地址|住址|微信|联系人|客户|收件|患者")


def tells(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows above a header may hold personal information themselves (户名：张三), unlike a mere title."""
    cells = ((part, len(row)) for row in rows for cell in row for part in _parts(cell))
    return any(_TELLING.search(cell) and (count > 1 or _SAID.search(cell) or _VALUE.search(cell)) for cell, count in cells)


def _parts(cell: str) -> list[str]:
    return [cell] if len(cell) <= _SEEN else [cell[at : at + _SEEN] for at in range(0, min(len(cell), 100 * _SEEN), _SEEN)]
