"""When a file came into being on its medium, where the system tells it.

Windows and macOS tell it with the other times. Linux has it in statx(2), which Python does not call before 3.15, so the C
library is asked.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

_HERE = -100  # AT_FDCWD
_NOT_THROUGH_LINKS = 0x100  # AT_SYMLINK_NOFOLLOW
_BIRTH = 0x800  # STATX_BTIME
_SIZE, _MASK_AT, _BIRTH_AT = 256, 0, 80  # struct statx: stx_mask (u32), stx_btime (s64 seconds, u32 nanoseconds)


def birth_ns(path: str, facts: os.stat_result) -> int | None:
    """Nanoseconds since 1970, None where the system or the file system does not say."""
    told = getattr(facts, "st_birthtime_ns", None)
    if told is not None:
        return int(told)
    seconds = getattr(facts, "st_birthtime", None)
    if seconds is not None:
        return int(seconds * 1_000_000_000)
    if sys.platform == "win32":
        return facts.st_ctime_ns  # until Python 3.12 the time of creation stands there
    return _statx(path)


def _statx(path: str) -> int | None:
    if _call is None:
        return None
    held = ctypes.create_string_buffer(_SIZE)
    if _call(_HERE, os.fsencode(path), _NOT_THROUGH_LINKS, _BIRTH, held):
        return None
    if not int.from_bytes(held.raw[_MASK_AT : _MASK_AT + 4], sys.byteorder) & _BIRTH:
        return None
    seconds = int.from_bytes(held.raw[_BIRTH_AT : _BIRTH_AT + 8], sys.byteorder, signed=True)
    return seconds * 1_000_000_000 + int.from_bytes(held.raw[_BIRTH_AT + 8 : _BIRTH_AT + 12], sys.byteorder)


def _found() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        call: Callable[..., int] = ctypes.CDLL(None).statx
    except (OSError, AttributeError):  # a C library that has it not (glibc before 2.28)
        return None
    return call


_call = _found()
