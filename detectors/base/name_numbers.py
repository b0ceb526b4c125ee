"""Numbers beside a name inside a sentence: 张三 138…, 139…-李四; and plates, whose province is no part of a name (车号琼J…)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MARK = np.zeros(65536, bool)  # what people put between a name and its number
_MARK[[ord(mark) for mark in " \t-:/,()|;、"]] = True
_DIGIT = np.zeros(65536, bool)
_DIGIT[48:58] = True
_MOBILE = 11


def number_after(code: NDArray[np.uint16], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a mobile number of eleven digits begins here, behind at most two marks."""
    at = at.copy()
    for _ in range(2):
        at += _MARK.take(code.take(at, mode="clip"))
    return _is_mobile(code, at)


def number_before(code: NDArray[np.uint16], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a mobile number of eleven digits ends right before here, at most two marks aside."""
    at = at.copy()
    for _ in range(2):
        at -= _MARK.take(code.take(at - 1, mode="clip"))
    return _is_mobile(code, at - _MOBILE)


def _is_mobile(code: NDArray[np.uint16], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    digits = code.take(at[:, None] + np.arange(-1, _MOBILE + 1), mode="clip")
    second = digits[:, 2]
    whole = _DIGIT.take(digits[:, 1:-1]).all(axis=1) & ~_DIGIT.take(digits[:, 0]) & ~_DIGIT.take(digits[:, -1])
    found: NDArray[np.bool_] = whole & (digits[:, 1] == ord("1")) & (second >= ord("3")) & (at > 0)
    return found


MAY_TOUCH = _MARK | _DIGIT
"""Characters behind or before which a number may stand."""

_PROVINCE = np.zeros(65536, bool)  # GA 36-2018: the first character of a civil plate
_PROVINCE[[ord(one) for one in "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"]] = True


def begins_plate(last: NDArray[np.uint16], following: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Where a province and a capital letter stand side by side."""
    found: NDArray[np.bool_] = _PROVINCE.take(last) & (following - np.uint16(ord("A")) < 26)
    return found
