"""What could not be read, and what nobody sees, in the reader's language. JSON keeps the English words, which programs may know."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from scanner.config import Lang
from scanner.model import REASONS, Unread
from scanner.reports.gaps_zh import DETAILS_ZH, HIDDEN_ZH, PARTS_ZH, REASONS_ZH

_LONGEST = 200  # characters of a detail: a library's sentence may be a page
_Forms = tuple[tuple[re.Pattern[str], str], ...]


@cache
def _forms(which: str) -> _Forms:
    """The entries with places, the longest first: what holds more fixed words fits better."""
    words = _TABLES[which]
    longest = sorted((english for english in words if "{}" in english), key=lambda english: -len(english.replace("{}", "")))
    return tuple((re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), words[english]) for english in longest)


_TABLES: Mapping[str, Mapping[str, str]] = {"detail": DETAILS_ZH, "part": PARTS_ZH, "hidden": HIDDEN_ZH}


def _chinese(said: str, which: str) -> str:
    if told := _TABLES[which].get(said):
        return told
    for form, chinese in _forms(which):
        if found := form.fullmatch(said):
            return chinese.format(*(_chinese(each, which) for each in found.groups()))
    return said


def detail_words(said: str, lang: Lang) -> str:
    """Why a part was not read; what no table knows (an error of a library) stays as it is.

    >>> detail_words("3 records promised, 2 found", "zh")
    '应有 3 条记录，只有 2 条'
    """
    return _chinese(said, "detail") if lang == "zh" else said


def part_words(said: str, lang: Lang) -> str:
    """Which part it was; names of sheets and members stay as they are."""
    return _chinese(said, "part") if lang == "zh" else said


def hidden_words(said: str, lang: Lang) -> str:
    """Why nobody sees a table."""
    return _chinese(said, "hidden") if lang == "zh" else said


def reason_word(reason: str, lang: Lang) -> str:
    """The reason itself, as a few words."""
    return (REASONS_ZH if lang == "zh" else REASONS).get(reason, reason)


def gap_line(gap: Unread, lang: Lang, show: Callable[[str], str], *, whole: str = "", size: bool = False) -> str:
    """One line about something that nobody examined. show: masks and frees a word; whole: said when it is all of the file."""
    part = show(part_words(gap.part, lang)) or whole
    place = f"{show(gap.path)} › {part}" if part else show(gap.path)
    reason, detail = show(reason_word(gap.reason, lang)), show(detail_words(gap.detail, lang))
    detail = detail if len(detail) <= _LONGEST else f"{detail[: _LONGEST - 1]}…"
    if lang == "zh":
        length = f"，{gap.bytes:,} 字节" if size and gap.bytes else ""
        return f"{place}：{reason}{f'（{detail}）' if detail else ''}{length}"
    length = f", {gap.bytes:,} bytes" if size and gap.bytes else ""
    return f"{place}: {reason}{f' ({detail})' if detail else ''}{length}"
