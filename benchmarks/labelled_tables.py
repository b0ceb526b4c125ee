"""Compares a report with the truth of labelled tables, counting cases and tables without persons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmark_types import Line
from scores import Scores

import scanner
from scanner.errors import LeakgaugeError
from scanner.law.model import Facts
from scanner.model import FileReport, Finding, Report, TableReport

ON = date(2026, 11, 1)  # the day at which the ages of the labelled sets were taken
SERIOUS = ("serious", "especially_serious")


@dataclass(slots=True)
class TableResult:
    """Columns and cells by kind. wrong: one sentence per wrong column or file, without any cell value; inexact: columns of the
    right kind with more or fewer hits than cells; unread: what was not read."""

    columns: Scores = field(default_factory=Scores)
    cells: Scores = field(default_factory=Scores)
    columns_all: int = 0
    columns_right: int = 0
    columns_wrong_kind: int = 0
    files: int = 0
    persons_right: int = 0
    records_right: int = 0
    wrong: list[str] = field(default_factory=list)
    inexact: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "columns": self.columns_all,
            "columns_right": self.columns_right,
            "columns_wrong_kind": self.columns_wrong_kind,
            "persons_exact": self.persons_right,
            "records_exact": self.records_right,
            "by_column": self.columns.plain(),
            "by_cell": self.cells.plain(),
            "wrong": self.wrong,
            "inexact": self.inexact,
            "unread": self.unread,
        }


@dataclass(slots=True)
class CountingResult:
    cases: int = 0
    exact: int = 0
    accepted: int = 0
    sums: int = 0
    sums_right: int = 0
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class NegativeResult:
    files: int = 0
    with_persons: list[str] = field(default_factory=list)
    over_a_line: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def read_lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8") as file:
        for text in file:
            if text.strip():
                yield json.loads(text)


def scanned(paths: Sequence[Path], facts: Facts, unread: list[str]) -> Report | None:
    """The report of these paths; what was not read is noted."""
    try:
        report = scanner.scan([str(p) for p in paths], facts=facts)
    except LeakgaugeError as error:
        unread.extend(f"{p.name}: {error}" for p in paths)
        return None
    unread.extend(f"{Path(u.path).name} {u.part}: {u.reason} {u.detail}".strip() for u in report.unread)
    return report


def facts_of(line: Line) -> Facts:
    given: dict[str, Any] = dict(line.get("facts", {}))
    on = date.fromisoformat(given.pop("on")) if "on" in given else ON
    return Facts(on=on, **given)


def expected(kind: Any) -> list[str | None]:
    return list(kind) if isinstance(kind, list) else [kind]


def score_table_line(root: Path, line: Line, result: TableResult) -> None:
    path = root / line["file"]
    report = scanned([path], facts_of(line), result.unread)
    result.files += 1
    if report is None or not report.files:
        result.wrong.append(f"{line['file']}: no report")
        return
    file = report.files[0]
    for truth in line.get("tables", [line]):
        table = best_table(truth["columns"], file.tables)
        if table is None:
            result.wrong.append(f"{line['file']}: no table")
            for column in truth["columns"]:
                _miss(column, result)
            continue
        score_columns(line["file"], truth["columns"], table, result)
    persons = line.get("persons", {})
    if "distinct" in persons:
        if file.persons == persons["distinct"]:
            result.persons_right += 1
        else:
            result.wrong.append(f"{line['file']}: {file.persons} persons, not {persons['distinct']}")
    if "rows_with_person" in persons:
        if file.records == persons["rows_with_person"]:
            result.records_right += 1
        else:
            result.wrong.append(f"{line['file']}: {file.records} records, not {persons['rows_with_person']}")


def _titles(header: str) -> set[str]:
    """A title as it stands, and its last part where rows of titles were joined."""
    plain = "".join(header.split())
    return {plain, "".join(header.split(" / ")[-1].split())}


def best_table(columns: Sequence[Mapping[str, Any]], tables: Sequence[TableReport]) -> TableReport | None:
    """The table whose titles agree most with the label's; ties go to the larger one."""
    wanted = {"".join(c["header"].split()) for c in columns}

    def agreement(table: TableReport) -> tuple[int, int, int]:
        found = {t for f in table.columns for t in _titles(f.header)}
        return len(wanted & found), -abs(len(table.columns) - len(columns)), table.rows

    return max(tables, key=agreement, default=None)


def pair_columns(columns: Sequence[Mapping[str, Any]], table: TableReport) -> Iterator[tuple[Mapping[str, Any], Finding | None]]:
    """Each labelled column with its finding: by title where there is one, else by place."""
    free = list(table.columns)
    for i, column in enumerate(columns):
        title = "".join(column["header"].split())
        match = next((f for f in free if title and title in _titles(f.header)), None)
        if match is None and (not title or len(table.columns) == len(columns)):
            match = next((f for f in free if f.index == i), None)
        if match is not None:
            free.remove(match)
        yield column, match


def score_columns(file: str, columns: Sequence[Mapping[str, Any]], table: TableReport, result: TableResult) -> None:
    for column, finding in pair_columns(columns, table):
        if column["kind"] == "*":
            continue
        kinds = expected(column["kind"])
        named = [k for k in kinds if k is not None]
        got = finding.kind if finding else None
        cells, hits = int(column["cells"]), finding.hits if finding else 0
        result.columns_all += 1
        if got in kinds:
            result.columns_right += 1
            if got is not None:
                result.columns[got].found += 1
                if not column.get("masked"):
                    score = result.cells[got]
                    score.found += min(cells, hits)
                    score.missed += max(0, cells - hits)
                    score.false += max(0, hits - cells)
                    if hits != cells:
                        result.inexact.append(f"{file} {column['header']!r}: {hits} hits, not {cells}")
            continue
        why = f" ({finding.why.en})" if finding and finding.why else ""
        result.wrong.append(f"{file} {column['header']!r}: {got}, not {' or '.join(map(str, kinds))}{why}")
        if got is not None:
            result.columns_wrong_kind += 1
            result.columns[got].false += 1
            result.cells[got].false += hits
        if named and None not in kinds:
            result.columns[named[0]].missed += 1
            result.cells[named[0]].missed += cells


def _miss(column: Mapping[str, Any], result: TableResult) -> None:
    if column["kind"] == "*":
        return
    result.columns_all += 1
    named = [k for k in expected(column["kind"]) if k is not None]
    if named:
        result.columns[named[0]].missed += 1
        result.cells[named[0]].missed += int(column["cells"])


def score_case(root: Path, line: Line, result: CountingResult) -> None:
    """One counting case: persons of all files together and of each, lines, minors, and the sums of the readings."""
    case = line["case"]
    report = scanned([root / "counting" / case / name for name in line["files"]], facts_of(line), result.unread)
    result.cases += 1
    if report is None:
        result.wrong.append(f"{case}: no report")
        return
    errors = (
        [] if report.persons.all == line["distinct_persons"] else [f"{report.persons.all} persons, not {line['distinct_persons']}"]
    )
    accepted = bool(errors) and report.persons.all in line.get("accept", [])
    by_name: dict[str, FileReport] = {Path(f.path).name: f for f in report.files}
    for name, persons in line["per_file"].items():
        got = by_name[name].persons if name in by_name else None
        if got != persons:
            errors.append(f"{name}: {got} persons, not {persons}")
    records = sum(f.records for f in report.files)
    if "records" in line and records != line["records"]:
        errors.append(f"{records} records, not {line['records']}")
    if "minors_under_14" in line and report.persons.under_14 != line["minors_under_14"]:
        errors.append(f"{report.persons.under_14} under fourteen, not {line['minors_under_14']}")
    sums = dict(line.get("expect", {}))
    if "tier" in line:  # a label that names the tier alone speaks of the reading that most courts follow
        sums.setdefault("prevailing", {{"50": "n3", "500": "n4", "5000": "n5"}[line["tier"]]: line["records"]})
    for reading, wanted in sums.items():
        for name, value in wanted.items():
            result.sums += 1
            got = getattr(report.assessment.readings[reading], name)
            if got == value:
                result.sums_right += 1
            else:
                errors.append(f"{reading} {name} {got}, not {value}")
    if not errors:
        result.exact += 1
    elif accepted and len(errors) == 1:
        result.accepted += 1
    else:
        result.wrong.append(f"{case}: {'; '.join(errors)}")


def score_negative(root: Path, line: Line, result: NegativeResult) -> None:
    """A table in which nobody is: the file counts against us when any person is counted."""
    report = scanned([root / line["file"]], Facts(on=ON), result.unread)
    result.files += 1
    if report is None:
        return
    note = f"{line['file']} ({line.get('verdict', 'none')})"
    if report.persons.all:
        kinds = sorted({f.kind for file in report.files for t in file.tables for f in t.columns if f.kind})
        result.with_persons.append(f"{note}: {report.persons.all} persons from {', '.join(kinds)}")
    if any(r.verdict in SERIOUS for r in report.assessment.readings.values()):
        result.over_a_line.append(note)
