"""Chinese reports say in Chinese what readers say in English: of what they could not read, and of what nobody sees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.model import REASONS, Unread
from scanner.reports.gaps import detail_words, gap_line, hidden_words, part_words
from scanner.reports.gaps_zh import DETAILS_ZH, HIDDEN_ZH, PARTS_ZH, REASONS_ZH

SCANNER = Path(__file__).parents[1] / "scanner"
HAN = re.compile(r"[\u4e00-\u9fff]")
_CALLS = {"Unread": (1, 3), "UnreadableError": (None, 1)}  # places of part and detail among the arguments


def _literals(node: ast.expr) -> Iterator[str]:
    """The sentences an argument may be; {} where something is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def _said() -> tuple[set[str], set[str]]:
    parts: set[str] = set()
    details: set[str] = set()
    for path in sorted(SCANNER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
                continue
            for place, into in zip(_CALLS[node.func.id], (parts, details), strict=True):
                if place is not None and len(node.args) > place:
                    into.update(_literals(node.args[place]))
    return parts, details


def _filled(said: str) -> str:
    return re.sub(r"^\{\}(?=[a-z])", "message, ", said).replace("{}", "7")


def _wordy(said: str) -> bool:
    """Whether this is a sentence: names of parts (content.xml) and bare places are not."""
    return " " in said.replace("{}", "").strip()


def test_every_sentence_of_the_readers_has_its_chinese() -> None:
    parts, details = _said()
    assert len(details) > 80
    assert len(parts) > 10
    without = {said for said in details if _wordy(said) and not HAN.search(detail_words(_filled(said), "zh"))}
    without |= {said for said in parts if _wordy(said) and not HAN.search(part_words(_filled(said), "zh"))}
    assert without == set()


@pytest.mark.parametrize("table", [DETAILS_ZH, PARTS_ZH, HIDDEN_ZH], ids=["details", "parts", "hidden"])
def test_both_sentences_have_the_same_places(table: dict[str, str]) -> None:
    for english, chinese in table.items():
        assert english.count("{}") == chinese.count("{}"), english
        assert HAN.search(chinese), english


def test_every_reason_has_its_chinese() -> None:
    assert REASONS_ZH.keys() == REASONS.keys()


def test_a_sentence_within_a_sentence_is_said_in_chinese_too() -> None:
    said = "more than 5 members (limits.members); not read: 12 members, a.csv"
    assert detail_words(said, "zh") == "成员超过 5 个（limits.members）；未读取 12 个成员：a.csv"
    assert detail_words(said, "en") == said


def test_names_and_what_libraries_say_stay_as_they_are() -> None:
    assert part_words("客户/customers.csv", "zh") == "客户/customers.csv"
    assert detail_words("ArrowInvalid", "zh") == "ArrowInvalid"
    assert hidden_words("hidden sheet", "en") == "hidden sheet"


def test_one_line_about_a_gap_in_both_languages() -> None:
    gap = Unread("a.pdf", "page 3", "format", "an image without text", 1200)
    assert gap_line(gap, "zh", str, size=True) == "a.pdf › 第 3 页：格式不支持（没有文字的图片），1,200 字节"
    assert gap_line(gap, "en", str, size=True) == "a.pdf › page 3: format not supported (an image without text), 1,200 bytes"
    assert gap_line(Unread("b.csv", "", "missing"), "zh", str) == "b.csv：不存在"
    assert gap_line(Unread("b.csv", "", "missing"), "en", str, whole="all of it") == "b.csv › all of it: does not exist"


def test_a_library_cannot_fill_the_report() -> None:
    assert len(gap_line(Unread("a", "", "error", "x" * 5000), "zh", str)) < 230
