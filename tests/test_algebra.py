"""Laws that hold for any rows: cutting and shuffling changes nothing, adding never lowers, masking never raises."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import scanner
from fixtures.makers import words
from fixtures.makers.people import People
from scanner.config import Settings
from scanner.keyed_hash import Key
from scanner.law.model import READINGS, Facts
from scanner.model import Report

HEADER = ("姓名", "身份证号", "手机号", "微信号", "家庭住址", "登录密码", "诊断", "房号")
FACTS = Facts(on=date(2026, 11, 1))
KEY = Settings(key=Key(1, 2))
Row = tuple[str, ...]

_people = People("algebra")
POOL = [
    (
        p.name,
        p.resident_id,
        p.mobile,
        p.wechat,
        p.address,
        _people.dice.letters(8) + "7",
        _people.dice.choice(words.DIAGNOSES),
        p.room,
    )
    for p in _people.persons(6)
]
# who, which cells are filled, and whose telephone it is: families share one
DRAWS = st.tuples(st.integers(0, 5), st.lists(st.booleans(), min_size=8, max_size=8), st.sampled_from([0, 0, 0, 1]))

short = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
long = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate, Phase.shrink]
)


def row_of(draw: tuple[int, list[bool], int]) -> Row:
    who, filled, other = draw
    cells = list(POOL[who])
    cells[2] = POOL[(who + other) % len(POOL)][2]
    return tuple(cell if use else "" for cell, use in zip(cells, filled, strict=True))


ROWS = st.lists(DRAWS.map(row_of), min_size=1, max_size=14)


def scan(files: Sequence[Sequence[Row]]) -> Report:
    """The report of CSV files with one header and these rows."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, rows in enumerate(files):
            path = Path(folder, f"{i}.csv")
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([HEADER, *rows])
            paths.append(str(path))
        return scanner.scan(paths, facts=FACTS, settings=KEY)


def sums(report: Report) -> dict[str, tuple[int, int, int, int]]:
    return {name: (r.n3, r.n4, r.n5, r.E) for name, r in report.assessment.readings.items()}


def equivalents(report: Report) -> dict[str, int]:
    return {name: r.E for name, r in report.assessment.readings.items()}


def check_cut(rows: list[Row], cuts: list[int]) -> None:
    whole = scan([rows])
    parts: list[list[Row]] = [[] for _ in range(3)]
    for i, row in enumerate(rows):
        parts[cuts[i % len(cuts)]].append(row)
    cut = scan([list(reversed(part)) for part in parts if part])
    assert cut.tally == whole.tally
    assert cut.persons == whole.persons
    assert sums(cut) == sums(whole)
    assert sorted((n.kinds, n.found, n.entries, n.persons) for n in cut.lines) == sorted(
        (n.kinds, n.found, n.entries, n.persons) for n in whole.lines
    )


def check_order(rows: list[Row]) -> None:
    readings = scan([rows]).assessment.readings
    values = [readings[name] for name in READINGS]
    assert values[0].E >= values[1].E >= values[2].E
    assert values[0].ratio >= values[1].ratio >= values[2].ratio


def proves_two_to_be_one(row: Row) -> bool:
    """Only a row that shows two identifiers of one person can merge."""
    return sum(bool(row[i]) for i in (1, 2, 3)) > 1 or bool(row[0] and row[4])


def check_added(rows: list[Row], row: Row) -> None:
    before, after = equivalents(scan([rows])), equivalents(scan([[*rows, row]]))
    assert after["strict"] >= before["strict"]
    if not proves_two_to_be_one(row):
        assert after["prevailing"] >= before["prevailing"]
        assert after["lenient"] >= before["lenient"]


def masked(row: Row, column: int) -> Row:
    cell = row[column]
    hidden = cell[:3] + "*" * max(1, len(cell) - 7) + cell[-4:] if len(cell) > 8 else cell[:1] + "*" * max(0, len(cell) - 1)
    return (*row[:column], hidden if cell else "", *row[column + 1 :])


def check_masked(rows: list[Row], at: int, column: int, whole: bool) -> None:
    """One cell, or the whole column.

    Two things are lost with a cell besides what it says. A row that linked two identifiers (or a name and a home) proves no longer
    that two entries are one person, the counterpart of the row that proves it; and of two identical rows, of which the strict
    reading counts one, a masked one is no longer identical. Only there may a reading rise.
    """
    hidden = [masked(row, column) if whole or i == at % len(rows) else row for i, row in enumerate(rows)]
    before, after = equivalents(scan([rows])), equivalents(scan([hidden]))
    unlinked = any(proves_two_to_be_one(row) for row, now in zip(rows, hidden, strict=True) if row != now)
    untwinned = not whole and rows.count(rows[at % len(rows)]) > 1
    excused = ({"prevailing", "lenient"} if unlinked else set()) | ({"strict"} if untwinned else set())
    assert {name for name in READINGS if after[name] > before[name]} <= excused


CUTS = st.lists(st.integers(0, 2), min_size=3, max_size=9)


@short
@given(ROWS, CUTS)
def test_any_cut_and_order_gives_the_same_tally(rows: list[Row], cuts: list[int]) -> None:
    check_cut(rows, cuts)


@short
@given(ROWS)
def test_strict_is_never_below_prevailing_nor_prevailing_below_lenient(rows: list[Row]) -> None:
    check_order(rows)


@short
@given(ROWS, DRAWS.map(row_of))
def test_adding_a_row_never_lowers(rows: list[Row], row: Row) -> None:
    check_added(rows, row)


@short
@given(ROWS, st.integers(0, 13), st.sampled_from([0, 1, 2, 3]), st.booleans())
def test_masking_never_raises(rows: list[Row], at: int, column: int, whole: bool) -> None:
    check_masked(rows, at, column, whole)


@pytest.mark.slow
@long
@given(ROWS, CUTS, DRAWS.map(row_of), st.integers(0, 13), st.sampled_from([0, 1, 2, 3]), st.booleans())
def test_all_laws_at_length(rows: list[Row], cuts: list[int], row: Row, at: int, column: int, whole: bool) -> None:
    check_cut(rows, cuts)
    check_order(rows)
    check_added(rows, row)
    check_masked(rows, at, column, whole)


def test_two_recipients_never_give_less(fixtures: Path) -> None:
    path = str(fixtures / "counting" / "one_line_each" / "a.csv")
    one = equivalents(scanner.scan(path, facts=FACTS))
    two = equivalents(scanner.scan(path, facts=Facts(on=FACTS.on, recipients=2)))
    assert (two["strict"], two["prevailing"]) == (2 * one["strict"], 2 * one["prevailing"])
    assert two["lenient"] >= one["lenient"]
