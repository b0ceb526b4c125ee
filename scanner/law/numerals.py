"""Reads the numerals of Chinese legal texts: 五千条, 100万人, 1亿人, 一半, 十倍."""

from __future__ import annotations

import re

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千万亿0-9]+")


def read_numeral(words: str) -> int | None:
    """The first whole number in some words; 一半 is read as the divisor 2. None where there is none."""
    if words.startswith("一半"):
        return 2
    found = _NUMERAL.search(words)
    if found is None:
        return None
    text = found.group()
    total = section = digit = 0
    for sign in text:
        if sign.isascii():
            digit = digit * 10 + int(sign)
        elif sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TENS:
            section += (digit or 1) * _TENS[sign]
            digit = 0
        else:
            section += digit
            digit = 0
            if sign == "亿":  # 亿 also multiplies the 万 before it: 一万亿
                total, section = (total + (section or 1)) * _MYRIADS[sign], 0
            else:
                total, section = total + (section or 1) * _MYRIADS[sign], 0
    return total + section + digit
