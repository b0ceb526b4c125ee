"""One table of 300 persons in every format and container: the same persons, records, sums and kinds, and nothing unread."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import every_format
import pytest
from every_format import MADE, WRITTEN

import scanner
from fixtures.makers.one_table import HEADER, PERSONS, one_table
from scanner.law.model import READINGS
from scanner.model import Report, Table
from scanner.readers import READERS, open_tables
from scanner.sources import bytes_source


def measured(report: Report) -> dict[str, Any]:
    kinds: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for table in (table for file in report.files for table in file.tables):
        for column in table.columns:
            if column.kind:
                kinds[column.kind] += column.hits
        for found in table.inside:
            inside[found.kind] += found.hits
    readings = [report.assessment.readings[name] for name in READINGS]
    return {
        "persons": report.persons.all,
        "records": sum(file.records for file in report.files),
        "E": [reading.E for reading in readings],
        "verdict": [reading.verdict for reading in readings],
        "kinds": dict(kinds),
        "inside": dict(inside),
        "unread": [[one.part, one.reason] for one in report.unread],
    }


def scanned(name: str, folder: Path, *passwords: str) -> Report:
    (folder / name).write_bytes(every_format.data(name))
    settings = scanner.Settings()
    if passwords:
        (folder / "passwords").write_text("\n".join(passwords), encoding="utf-8")
        settings = scanner.Settings(password_file=folder / "passwords")
    return scanner.scan(folder / name, settings=settings)


LOCKED = tuple(name for name in WRITTEN if "locked" in name or name in ("7z_aes.zip", "7z_zipcrypto.zip"))


@pytest.mark.parametrize("name", [*MADE, *WRITTEN])
def test_every_format_says_the_same(name: str, tmp_path: Path) -> None:
    told = dict(every_format.truth()[name])
    told.pop("why", None)
    share = told.pop("at_least", 1.0)
    if Path(name).suffix == ".odt" and not any(".odt" in reader.suffixes for reader in READERS):
        pytest.skip("no reader of OpenDocument texts")
    found = measured(scanned(name, tmp_path, *(["wrong", "formats"] if name in LOCKED else [])))
    if share < 1:
        for key, most in (("inside", told["inside"]), ("E", dict(enumerate(told["E"])))):
            counts = found.pop(key)
            assert all(share * number <= counts[place] <= number for place, number in most.items())
            del told[key]
    assert found == told


@pytest.mark.parametrize("name", LOCKED)
def test_without_the_password_it_is_said(name: str, tmp_path: Path) -> None:
    report = scanned(name, tmp_path)
    assert report.persons.all == 0
    assert {one.reason for one in report.unread} == {"password"}


def test_the_table_is_what_it_says() -> None:
    rows = one_table()
    assert rows[0] == HEADER
    assert len({row[1] for row in rows[1:]}) == len(rows) - 1 == PERSONS
    remarks = {row[4] for row in rows[1:]}
    assert any("," in one and '"' in one and "\n" in one for one in remarks)


def test_files_that_programs_wrote_are_small() -> None:
    sizes = [path.stat().st_size for path in every_format.FOLDER.iterdir()]
    assert max(sizes) <= 150_000
    assert sum(sizes) < 4_000_000


def test_sql_line_ends_as_the_shell_of_sqlite_writes_them() -> None:
    head = "PRAGMA foreign_keys=OFF;\nCREATE TABLE t (name TEXT, note TEXT);\n"
    values = "replace('a\\nb','\\n',char(10)),replace(replace('c\\r\\012d','\\r',char(13)),'\\012',char(10))"
    table = next(open_tables(bytes_source("t.sql", f"{head}INSERT INTO t VALUES({values});\n".encode())))
    assert isinstance(table, Table)
    assert table.header == ("name", "note")
    assert [column.to_pylist() for chunk in table.chunks for column in chunk.columns] == [["a\nb"], ["c\r\nd"]]


@pytest.mark.parametrize(
    "name", ["utf8.csv", "sheet.xml", "sqlite3.db", "sqlite3_dump.sql", "pg_dump.sql", "mysql.sql", "calc.xls", "binary.xlsb"]
)
def test_every_cell_is_the_same_where_the_format_holds_them_all(name: str) -> None:
    found = []
    for part in open_tables(bytes_source(name, every_format.data(name))):
        assert isinstance(part, Table)
        if part.header is not None and len(part.header) == len(HEADER):
            for chunk in part.chunks:
                found += zip(*(column.to_pylist() for column in chunk.columns), strict=True)
    assert sorted(found) == sorted(one_table()[1:])  # a server keeps no order
