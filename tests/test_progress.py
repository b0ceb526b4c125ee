"""Who waits is told the truth: files, rows, and bytes that are behind the reading, within one large file too."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pypdfium2 as pdfium
import pytest

import scanner
from scanner import pipeline
from scanner.commands import progress
from scanner.config import Progress
from scanner.limits import Reach
from scanner.readers import delimited, encodings
from scanner.sources import Source, bytes_source

ROW = "杨丽华,540235197608100180,13758295793\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is told, whatever the clock says."""
    monkeypatch.setattr(pipeline, "PULSE", -1.0)


def steps(path: Path) -> list[Progress]:
    told: list[Progress] = []
    scanner.scan(path, progress=told.append)
    assert [step.bytes_done for step in told] == sorted(step.bytes_done for step in told)
    assert all(step.bytes_total is None or step.bytes_done <= step.bytes_total for step in told)
    return told


def middle(told: list[Progress]) -> set[int]:
    """What was told between nothing and all."""
    return {step.bytes_done for step in told if step.bytes_total and 0 < step.bytes_done < step.bytes_total}


def csv(rows: int = 400) -> bytes:
    return ("姓名,身份证号,手机号\n" + ROW * rows).encode()


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(6):
            archive.writestr(f"{number}.csv", csv())
    return made.getvalue()


def tarred() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number in range(6):
            info = tarfile.TarInfo(f"{number}.csv")
            info.size = len(csv(2000))
            archive.addfile(info, io.BytesIO(csv(2000)))
    return made.getvalue()


def book() -> bytes:
    made = openpyxl.Workbook()
    for number in range(4):
        sheet = made.create_sheet(f"s{number}")
        for row in csv(20).decode().splitlines():
            sheet.append(row.split(","))
    into = io.BytesIO()
    made.save(into)
    return into.getvalue()


def pages() -> bytes:
    document = pdfium.PdfDocument.new()
    for _ in range(4):
        page = document.new_page(200, 200)
        box = pdfium.raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 12.0)
        text = "table".encode("utf-16-le") + b"\0\0"
        pdfium.raw.FPDFText_SetText(box, (pdfium.raw.FPDF_WCHAR * (len(text) // 2)).from_buffer_copy(text))
        pdfium.raw.FPDFPage_InsertObject(page.raw, box)
        page.gen_content()
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()


@pytest.mark.parametrize(("name", "make"), [("a.zip", zipped), ("a.tar", tarred), ("a.xlsx", book)])
def test_bytes_move_inside_one_file(name: str, make: Callable[[], bytes], tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(make())
    assert len(middle(steps(tmp_path / name))) >= 3


def test_bytes_move_inside_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 1 << 18)
    monkeypatch.setattr(encodings, "BLOCK", 1 << 18)
    (tmp_path / "a.csv").write_bytes(csv(40_000))
    assert len(middle(steps(tmp_path / "a.csv"))) >= 4


def test_a_document_tells_its_pages(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pages())
    source = Source(str(tmp_path / "a.pdf"), (tmp_path / "a.pdf").stat().st_size, file=str(tmp_path / "a.pdf"))
    source.reached(1, 4)
    assert source.budget.reach.share == 0.25
    reach = Reach(source.size)
    for _ in scanner.readers.open_source(source, None, reach):
        pass
    assert reach.at() == source.size * 3 // 4  # the last page was begun


def test_finished_files_count_whole(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.csv").write_bytes(csv(5))
    told = steps(tmp_path)
    size = len(csv(5))
    assert {step.bytes_total for step in told} == {3 * size}
    assert {step.files_total for step in told} == {3}
    for step in told:
        assert step.files_done * size <= step.bytes_done <= (step.files_done + 1) * size
    assert told[-1].rows == 15


def test_reach_never_goes_back_nor_beyond() -> None:
    stream = io.BytesIO(bytes(100))
    reach = Reach(50, stream)
    stream.seek(80)
    assert reach.at() == 50
    stream.seek(10)
    assert reach.at() == 50
    stream.close()
    assert reach.at() == 50
    assert Reach(0, io.BytesIO()).at() == 0


def test_members_say_nothing_of_the_file_around_them() -> None:
    outer = bytes_source("a.zip", b"x")
    outer.child("b.pdf", b"y").reached(1, 2)
    assert outer.budget.reach.share is None


def test_what_the_line_says() -> None:
    assert progress.describe(Progress("a.csv", 0, 3, 1 << 20, 1 << 30, 1234)) == "1/3 a.csv  1,234 rows"
