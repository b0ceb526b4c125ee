"""From files to the assessment: the founding case, counting cases, look-alikes and labelled tables, each against its truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from labelled_tables import CountingResult, TableResult, read_lines, score_case, score_table_line

import scanner
from fixtures.generate import generate
from scanner.law.model import Facts
from scanner.model import Report

FIXTURES = ROOT / "fixtures"
GENERATED = ("tables", "counting", "lookalikes", "founding")
FOUNDING = Facts(act="provide", insider=True, recipients=1, gains=1000, on=date(2026, 11, 1))
FORMS = ("customers{}_utf8.csv", "customers{}_gb18030.csv", "customers{}.xlsx")


def lines(name: str, key: str) -> list[Any]:
    return [pytest.param(line, id=line[key]) for line in read_lines(FIXTURES / name)]


def founding(form: str, variant: str = "") -> Report:
    return scanner.scan(str(FIXTURES / "founding" / form.format(variant)), facts=FOUNDING)


def test_fixtures_are_what_their_makers_make(tmp_path: Path) -> None:
    generate(tmp_path)
    for folder in GENERATED:
        made = {p.relative_to(tmp_path): p for p in (tmp_path / folder).rglob("*") if p.is_file()}
        kept = {p.relative_to(FIXTURES): p for p in (FIXTURES / folder).rglob("*") if p.is_file()}
        assert made.keys() == kept.keys()
        assert [str(name) for name in made if made[name].read_bytes() != kept[name].read_bytes()] == []


@pytest.mark.parametrize("form", FORMS)
def test_founding_case(form: str) -> None:
    report = founding(form)
    assert report.unread == ()
    assert (report.persons.all, report.files[0].records) == (1200, 1200)
    readings = report.assessment.readings
    assert [(r.n3, r.n4, r.n5, r.E) for r in (readings["strict"], readings["prevailing"], readings["lenient"])] == [
        (0, 1200, 0, 12000),
        (0, 0, 1200, 1200),
        (0, 0, 1200, 1200),
    ]
    assert [readings[name].ratio for name in ("strict", "prevailing", "lenient")] == pytest.approx([4.8, 0.48, 0.24])
    assert [readings[name].gains_ratio for name in ("strict", "prevailing", "lenient")] == pytest.approx([0.4, 0.4, 0.2])
    assert [readings[name].verdict for name in ("strict", "prevailing", "lenient")] == ["serious", "below", "below"]
    assert report.assessment.verdict == "serious"


@pytest.mark.parametrize("form", FORMS)
def test_founding_case_with_flats(form: str) -> None:
    prevailing = founding(form, "_flats").assessment.readings["prevailing"]
    assert (prevailing.n3, prevailing.n4, prevailing.n5) == (0, 1200, 0)
    assert prevailing.ratio == pytest.approx(4.8)


@pytest.mark.parametrize("variant", ["", "_flats"])
def test_founding_case_is_the_same_in_every_form(variant: str) -> None:
    reports = [founding(form, variant) for form in FORMS]
    sums = [{n: (r.n3, r.n4, r.n5, r.E, r.line, r.ratio) for n, r in report.assessment.readings.items()} for report in reports]
    assert sums[0] == sums[1] == sums[2]
    assert len({(r.persons, tuple((line.kinds, line.found, line.entries, line.persons) for line in r.lines)) for r in reports}) == 1


@pytest.mark.parametrize("line", lines("counting/manifest.jsonl", "case"))
def test_counting_case(line: dict[str, Any]) -> None:
    result = CountingResult()
    score_case(FIXTURES, line, result)
    assert result.unread == []
    assert result.wrong == []


@pytest.mark.parametrize("line", lines("tables/labels.jsonl", "file"))
def test_labelled_table(line: dict[str, Any]) -> None:
    result = TableResult()
    score_table_line(FIXTURES, line, result)
    assert result.unread == []
    assert result.wrong == []
    cells = result.cells.total()
    assert cells.recall >= 0.97, result.inexact
    assert cells.precision >= 0.98, result.inexact


@pytest.mark.parametrize("line", lines("lookalikes/labels.jsonl", "file"))
def test_look_alike_shows_nobody(line: dict[str, Any]) -> None:
    report = scanner.scan(str(FIXTURES / line["file"]), facts=FOUNDING)
    assert report.unread == ()
    assert sum(t.rows for f in report.files for t in f.tables) >= line["rows"]
    assert (report.persons.all, report.files[0].records) == (0, 0)
    assert {r.E for name, r in report.assessment.readings.items() if name != "strict"} == {0}


@pytest.mark.parametrize("line", lines("lookalikes/labels.jsonl", "file"))
def test_look_alike_columns(line: dict[str, Any]) -> None:
    result = TableResult()
    score_table_line(FIXTURES, line, result)
    assert result.wrong == []
