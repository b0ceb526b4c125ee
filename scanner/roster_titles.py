"""Titles that are persons' names: a roster with one column per person (日期, 王小明, 李丽华, …) must not show them in a report.

One title that reads like a name may be a word, a brand or a place. Several in one table are people: two that hardly read like
anything else, and that no list of titles or of places knows. Looked for are names of two to four Han characters, names with a dot,
and pinyin with capitals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from detectors import DETECTORS
from detectors.base import lexicon, masking
from detectors.base.headers import announces, read_header
from detectors.base.matches import Evidence
from detectors.base.name_cells import judge_texts
from detectors.base.texts import Texts
from detectors.personal_name import find
from scanner.profile import ColumnProfile

SEVERAL = 2
_ROWS = " / "  # between the rows of a title
_AFTER = re.compile(r"\s*(?:[(（\[【{<《:：].*|[\d_]+)$")  # 王小明(小时), 王小明2
_HAN = "[\u4e00-\u9fff]"
_SHORT = re.compile(f"{_HAN}{{2,4}}")
# with a dot; Zhang Wei (pinyin in small letters is a column's title)
_LONG = re.compile(rf"{_HAN}+(?:[·•・]{_HAN}+)+|[A-Z][A-Za-z'-]+(?:[ /][A-Z][A-Za-z'-]+)+")
# Of some 2,300 title words and places these read like a name though neither a detector nor the list of divisions knows them.
_NO_NAMES = frozenset(("毛利", "单双", "高雄", "苗栗", "马祖"))
_DIVISION = re.compile(r"(?:特别行政区|自治区|自治州|自治县|地区|[省市县区旗州盟])$")


def shown_titles(columns: Sequence[ColumnProfile]) -> list[str]:
    """The titles of one table, a name in them masked (王**) where the table's titles are people."""
    titles = [column.header for column in columns]
    said = {
        text
        for column, title in zip(columns, titles, strict=True)
        if not column.evidence & Evidence.HEADER
        for row in title.split(_ROWS)
        if (text := _bare(row))
    }
    sure, likely = _names(sorted(said))
    if len(sure) < SEVERAL:
        return titles
    open_titles = sum(_unannounced(text) for text in said)
    names = sure | likely if 2 * len(sure) >= open_titles else sure  # most are names: what is likely one is one
    return [_ROWS.join(_masked(row, names) for row in title.split(_ROWS)) for title in titles]


def _names(said: list[str]) -> tuple[set[str], set[str]]:
    """What hardly reads like anything but a name, and what reads like one."""
    short, long = ([text for text in said if form.fullmatch(text)] for form in (_SHORT, _LONG))
    if len(short) + len(long) < SEVERAL:
        return set(), set()
    flags = dict(zip(short, judge_texts(Texts(short)).tolist(), strict=True))
    if long:
        cells = Texts(long)
        found = find(cells)
        whole = (found.start == 0) & (found.end == cells.lengths[found.row])
        # of this form nothing but a name reads like one
        flags |= {long[row]: Evidence.PARTS | int(flag) for row, flag in zip(found.row[whole], found.evidence[whole], strict=True)}
    likely = {text for text, flag in flags.items() if flag & Evidence.LEXICON and _unannounced(text)}
    return {text for text in likely if flags[text] & Evidence.PARTS}, likely


def _bare(row: str) -> str:
    return _AFTER.sub("", row).strip()


def _masked(row: str, names: set[str]) -> str:
    name = _bare(row)
    return row.replace(name, masking.personal_name(name)) if name in names else row


def _unannounced(text: str) -> bool:
    """Whether no title word and no place is called so."""
    if text in _NO_NAMES or text in _places():
        return False
    header = read_header(text)
    return not header.role and not header.organisation and not any(announces(header, one.headers) for one in DETECTORS)


@cache
def _places() -> frozenset[str]:
    """Names of divisions as people write them: 杭州市 and 杭州."""
    full = lexicon.table("divisions")["name"]
    return frozenset(full) | {short for name in full if len(short := _DIVISION.sub("", name)) > 1}
