"""No value of any fixture is seen again: not in a report of any form, not in a repr, an error, or a temporary file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from labelled_tables import expected, read_lines

import scanner
import scanner.pipeline
from fixtures.makers.people import People, Person
from fixtures.makers.workbook import Sheet, write_workbook
from scanner.law.model import Facts
from scanner.model import Report

FIXTURES = ROOT / "fixtures"
FACTS = Facts(on=date(2026, 11, 1))
# Kinds whose values are long enough not to stand in a report by chance. A name of three characters is; one of two may be a word.
PLANTED = {
    "personal_name", "resident_id", "passport", "travel_permit", "mobile_phone", "landline_phone", "email", "address", "bank_card",
    "plate_number", "vin", "wechat", "qq", "password", "student_number", "imei", "imsi", "mac_address",
}  # fmt: skip
# in lookalikes/ and elsewhere a header word may equal a value; these say nothing of anybody
HARMLESS = {"无", "合计"}


def planted() -> set[str]:
    """Values of the labelled tables as they stand in the files, by their columns."""
    values: set[str] = set()
    for line in read_lines(FIXTURES / "tables" / "labels.jsonl"):
        path = FIXTURES / line["file"]
        if path.suffix != ".csv" or "tables" in line or "preamble" in path.name:
            continue
        encoding = "gb18030" if "gb18030" in path.name else "big5" if "big5" in path.name else "utf-8-sig"
        delimiter = ";" if "semicolon" in path.name else "|" if "hotel" in path.name else ","
        names = [str(i) for i in range(max(len(line["columns"]), 6))]
        headed = 0 if all(not c["header"] for c in line["columns"]) else 1
        frame = pd.read_csv(path, encoding=encoding, sep=delimiter, dtype=str, names=names, skiprows=headed, index_col=False)
        for i, column in enumerate(line["columns"]):
            if PLANTED.issuperset(expected(column["kind"])) and not column.get("masked"):
                values |= {str(v).strip() for v in frame.iloc[:, i].dropna()}
    return {v for v in values if len(v) >= 3 and v not in HARMLESS}


VALUES = planted()


def shown(text: str) -> list[int]:
    """Places of planted values in a text: numbers, so that a failing test does not print what it guards."""
    return [i for i, value in enumerate(sorted(VALUES)) if value in text]


def run(*words: str, temporary: Path) -> str:
    """What the command prints, both streams, with its temporary files led to a folder of their own."""
    temporary.mkdir(exist_ok=True)
    where = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    command = [sys.executable, "-c", "from scanner.cli import main; main()", *words]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, **where, "PYTHONUTF8": "1", "COLUMNS": "200"}, cwd=ROOT, check=False
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def test_there_is_something_to_hide() -> None:
    assert len(VALUES) > 5000


@pytest.mark.parametrize("words", [("--lang", "zh", "--why"), ("--lang", "en")], ids=["zh", "en"])
def test_no_value_in_the_output(words: tuple[str, ...], tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    text = run("scan", str(FIXTURES / "tables"), *words, temporary=temporary)
    assert "customers.csv" in text
    assert shown(text) == []
    assert [p.name for p in temporary.rglob("*") if p.is_file()] == []


def test_no_value_in_a_written_report(tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    printed = run("scan", str(FIXTURES / "tables"), "--format", "json", "--output", str(output), temporary=tmp_path / "tmp")
    assert shown(output.read_text(encoding="utf-8")) == []
    assert shown(printed) == []
    assert "leakgauge/1" not in printed


@pytest.fixture(scope="module")
def report() -> Report:
    return scanner.scan([str(FIXTURES / "tables"), str(FIXTURES / "lookalikes")], facts=FACTS)


def test_no_value_in_a_repr(report: Report) -> None:
    assert report.persons.all > 1000
    assert shown(repr(report)) == []
    assert shown(repr([repr(f) for f in report.files])) == []


def test_no_value_survives_in_the_report(report: Report) -> None:
    """Not in a repr but in the object itself: examples are masked, everything else is a count, a hash or a header."""
    assert shown("\n".join(strings(report))) == []


def strings(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in value:
            yield from strings(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key, depth + 1)
            yield from strings(item, depth + 1)
    elif hasattr(value, "__slots__") and type(value).__module__.startswith("scanner"):
        for name in value.__slots__:
            if not name.startswith("__"):
                yield from strings(getattr(value, name), depth + 1)


def damaged(folder: Path, who: list[Person]) -> Iterator[Path]:
    """Files that break a reader in the middle."""
    rows = [["姓名", "手机号", "身份证号"], *([p.name, p.mobile, p.resident_id] for p in who)]
    book = folder / "cut.xlsx"
    write_workbook(book, [Sheet("客户", rows)])
    book.write_bytes(book.read_bytes()[:-900])
    yield book
    text = "\n".join(",".join(row) for row in rows)
    mixed = folder / "mixed.csv"
    mixed.write_bytes(text.encode("utf-8") + b"\n\xff\xfe\xfa" + text.encode("gb18030"))
    yield mixed
    quotes = folder / "quotes.csv"
    quotes.write_text(text.replace(who[3].mobile, f'"{who[3].mobile}'), encoding="utf-8")
    yield quotes
    nul = folder / "nul.csv"
    nul.write_bytes(text.encode("utf-8").replace(b"\n", b"\x00\n", 5))
    yield nul


def test_no_value_from_damaged_files(tmp_path: Path) -> None:
    who = People("damaged").persons(40)
    paths = list(damaged(tmp_path, who))
    secret = [v for p in who for v in (p.mobile, p.resident_id)]
    report = scanner.scan([str(p) for p in paths], facts=FACTS)
    text = repr(report) + "\n".join(strings(report)) + run("scan", *map(str, paths), "--why", temporary=tmp_path / "tmp")
    assert [i for i, value in enumerate(secret) if value in text] == []


def test_no_value_from_an_unforeseen_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = People("failure").person().mobile

    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"cannot handle {secret}")

    monkeypatch.setattr(scanner.pipeline, "profile", fail)
    path = tmp_path / "a.csv"
    path.write_text(f"手机号\n{secret}\n", encoding="utf-8")
    report = scanner.scan(str(path), facts=FACTS)
    assert [u.reason for u in report.unread] == ["error"]
    assert secret not in repr(report)
    assert secret not in "\n".join(strings(report))
