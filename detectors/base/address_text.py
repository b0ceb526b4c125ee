"""Addresses inside sentences: 住址[湖南省旭市永川区海口路33号20栋1单元1335室], 现居[吉林省长春市朝阳区红旗街1954号].

From a numbered unit the text is read to the left as far as an address reaches, then cut at a province, or after a word that
leads to an address (住, 寄到, 位于). Expressions for one text: `detectors.base.address_columns` does the same for whole columns and
comes back to these for the few cells that are hard to read at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HAN = "\u4e00-\u9fff"
SIMPLE_UNITS = "幢栋座室弄组户房层"
_COUNT = r"(?:\d{1,5}|[一二三四五六七八九十]{1,3}|(?<![A-Za-z])[A-Za-z]\d{0,3})"
_UNIT = f"(?:号楼|号院|号|单元|楼|[{SIMPLE_UNITS}])"
_TAIL = re.compile(
    rf"{_COUNT}(?:-\d{{1,4}}){{0,3}}{_UNIT}(?:[东南西北附]?{_COUNT}(?:-\d{{1,4}}){{0,3}}{_UNIT}?)*(?:-\d{{1,4}})?", re.ASCII
)
_BODY = re.compile(rf"[{_HAN}0-9A-Za-z·#()\-]*\Z")
_PROVINCE = re.compile(
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    r"|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?=[省市自壮回维特]|[\u4e00-\u9fff]{1,6}[市区县州盟])"
)
_LEADS = re.compile(
    r"(?:地址|住址|住所|现居住?|居住|户籍|家住|住在|位于|坐落|寄送?至?到?|送货?至?到?|发往?至?到?|改到|改为|搬到|前往|配送|上门|地点|自提点?)"
    r"(?:地|地址)?[为是在于至到往]{0,2}|[在于到至往住]"
)
LEAD_SINGLE = "寄送发在于到至往住"  # a lead by itself; every other one holds one of these or of the pairs
LEAD_PAIRS = ("地址", "现居", "户籍", "坐落", "改为", "上门", "地点", "自提")
_DIVISION = re.compile(rf"[{_HAN}]{{2,}}?(?:[市区县州盟镇乡旗]|街道)")
WINDOW = 6  # characters before a province in which a word may lead to it


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a cell that an address fills; cue: a word that leads to an address stands before it."""

    start: int
    end: int
    cue: bool


def spans(text: str) -> list[Span]:
    """Addresses in a sentence, in order; not yet judged."""
    found: list[Span] = []
    done = 0
    for tail in _TAIL.finditer(text):
        body = _BODY.search(text, done, tail.start())
        low = body.start() if body else tail.start()
        start, cue = _begin(text, low, tail.start())
        if tail.start() - start < 2:
            continue
        if found and start <= found[-1].end and low == done:
            found[-1] = Span(found[-1].start, tail.end(), found[-1].cue)
        else:
            found.append(Span(start, tail.end(), cue))
        done = tail.end()
    return found


def _begin(text: str, low: int, high: int) -> tuple[int, bool]:
    """Where the address begins between the mark before it and its first number."""
    province = _PROVINCE.search(text, low, high + 1)
    if province:
        start = province.start()
        return start, bool(_LEADS.search(text, max(0, start - WINDOW), start)) or text[max(0, start - 1) : start] == ":"
    return led(text, low, high, low > 0 and text[low - 1] == ":")


def led(text: str, low: int, high: int, cue: bool) -> tuple[int, bool]:
    """Where an address without a province begins: after the last word that leads to one, but before the first division."""
    cut = low
    division = _DIVISION.search(text, low, high)
    limit = division.end() - 1 if division else high
    for lead in _LEADS.finditer(text, low, limit):
        if lead.end() - lead.start() > 1 or lead.end() > cut + 1:
            cut, cue = lead.end(), True
    return cut, cue
