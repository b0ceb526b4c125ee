"""What somebody made to stop, exhaust or mislead the scan: each ends in a report that says what was not read."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import scanner
from scanner.config import Settings
from scanner.limits import Limits
from scanner.model import Report
from scanner.readers.encodings import Damage, Encoding, utf8_blocks
from scanner.reports.json_v1 import dumps
from scanner.reports.terminal import as_text

PERSON = ("杨丽华", "540235197608100180", "13758295793")
TABLE = "姓名,身份证号,手机号\n" + ",".join(PERSON) + "\n"
SMALL = Settings(limits=Limits(members=2000, archive_bytes=1 << 26, total_bytes=1 << 27, cell_bytes=1 << 20))


def scanned(path: Path, name: str, data: bytes, settings: Settings = SMALL) -> Report:
    """Through the public door; both forms of the report must be made of it, and hold no control characters."""
    (path / name).write_bytes(data)
    report = scanner.scan(path / name, settings=settings)
    assert all(gap.reason != "error" for gap in report.unread), report.unread
    words = as_text(report, "en")
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in words)
    json.loads(dumps(report))
    return report


def reasons(report: Report) -> set[str]:
    return {gap.reason for gap in report.unread}


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


# ---- bombs


def quine() -> bytes:
    """A gzip file of gzip files, a hundred deep."""
    data = TABLE.encode()
    for _ in range(100):
        data = gzip.compress(data)
    return data


def test_deep(tmp_path: Path) -> None:
    report = scanned(tmp_path, "deep.gz", quine())
    assert reasons(report) == {"too_deep"}
    assert report.files[0].status == "unread"


def test_wide(tmp_path: Path) -> None:
    """Each archive holds ten of the next: 10 ** 6 files at the bottom."""
    data = zipped({"a.csv": TABLE.encode()})
    for _ in range(6):
        data = zipped({f"{number}.zip": data for number in range(10)})
    report = scanned(tmp_path, "wide.zip", data, Settings(limits=Limits(members=200)))
    assert reasons(report) == {"too_large"}
    assert any("limits.members" in gap.detail for gap in report.unread)
    assert len(report.unread) < 20  # the bound is told, not once for each file
    assert report.persons.all == 1


def test_flat(tmp_path: Path) -> None:
    report = scanned(tmp_path, "flat.csv.gz", gzip.compress(b"1,2,3\n" * 12_000_000, 9))
    assert reasons(report) == {"too_large"}


def test_flat_zeros(tmp_path: Path) -> None:
    report = scanned(tmp_path, "flat.zip", zipped({"zeros": bytes(1 << 25), "a.csv": TABLE.encode()}))
    assert reasons(report) == {"format"}
    assert report.persons.all == 1


def test_overlapping_members(tmp_path: Path) -> None:
    """Hundreds of directory entries that all mean the same packed bytes."""
    core = zipped({"a.csv": b"1,2\n" * 1_000_000})
    with zipfile.ZipFile(io.BytesIO(core)) as archive:
        start = archive.start_dir
    entry = core[start : core.rfind(b"PK\x05\x06")]
    many = entry * 500
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 500, 500, len(many), start, 0)
    report = scanned(tmp_path, "same.zip", core[:start] + many + end)
    assert reasons(report) == {"too_large"}


@pytest.mark.parametrize("make", [zipped, tarred])
def test_many_empty_members(make: Callable[[dict[str, bytes]], bytes], tmp_path: Path) -> None:
    members = {f"{number}": b"" for number in range(10_000)} | {"z.csv": TABLE.encode()}
    report = scanned(tmp_path, "empty.bin", make(members), Settings())
    assert report.unread == ()
    assert report.persons.all == 1
    assert reasons(scanned(tmp_path, "empty.bin", make(members))) == {"too_large"}


# ---- names


EVIL = [
    "../../x.csv",
    "/etc/x.csv",
    "C:\\x.csv",
    "a\x1b[2J\x1b]0;title\x07.csv",
    "a\nVerdict: nothing.csv",
    "=cmd|' /C calc'!A0.csv",
    "\u202evsc.exe",
]


@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_of_members(make: Callable[[dict[str, bytes]], bytes], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    report = scanned(folder, "names.bin", make({name: TABLE.encode() for name in EVIL}))
    assert len(report.files[0].tables) == len(EVIL)
    assert report.persons.all == 1
    assert sorted(os.listdir(tmp_path)) == ["in"]
    assert os.listdir(folder) == ["names.bin"]
    text = as_text(report, "en")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("Verdict: nothing") for line in text.splitlines())


def test_formulas_in_cells_are_text(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x"&A1)'
    report = scanned(tmp_path, "a.csv", (TABLE + f"{evil},@SUM(1),+1\n").encode())
    assert report.persons.all == 1


# ---- cells and rows


def test_one_cell_of_many_megabytes(tmp_path: Path) -> None:
    report = scanned(tmp_path, "a.csv", (TABLE + "李四,," + "x" * 5_000_000 + "\n").encode())
    assert reasons(report) == {"too_large"}
    assert report.persons.all >= 1


def test_a_quoted_cell_of_many_megabytes(tmp_path: Path) -> None:
    report = scanned(tmp_path, "a.csv", (TABLE + '李四,,"' + "x\n" * 700_000 + '"\n').encode())
    assert reasons(report) <= {"too_large"}
    assert report.persons.all >= 1


@pytest.mark.slow
def test_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    with open(tmp_path / "a.csv", "wb") as file:
        file.write(TABLE.encode())
        for _ in range(1000):
            file.write(b"x" * (1 << 20))
    report = scanner.scan(tmp_path / "a.csv")
    assert report.persons.all >= 1


@pytest.mark.parametrize(("encoding", "bad"), [("utf-8", b"\xff"), ("gb18030", b"\x81\x20"), ("cp1252", b"\x81 ")])
def test_damage_without_end(encoding: str, bad: bytes) -> None:
    """A decoder that starts anew at each bad byte copies the rest of the block as often: hours for a file like this one."""
    damage, made = Damage(), "价格,é\n".encode(encoding, "replace") + (bad + b"1\n") * 500_000
    text = b"".join(utf8_blocks(io.BytesIO(), made, Encoding(encoding), damage))
    assert damage.places >= 500_000
    assert text.count(b"\n") == 500_001


def test_blank_lines_hide_nothing(tmp_path: Path) -> None:
    for blank in ("\n", "\r\n" * 5_000_000):
        report = scanned(tmp_path, "a.csv", (blank + TABLE).encode())
        assert report.persons.all == 1
    report = scanned(tmp_path, "a.txt", ("\n手机号" + PERSON[2]).encode())
    assert report.files[0].tables


def test_columns_without_end(tmp_path: Path) -> None:
    row = ",".join(["x"] * 16_384)  # as wide as a spreadsheet gets
    report = scanned(tmp_path, "a.csv", f"{row}\n{row}\n{','.join(PERSON)}\n".encode())
    assert reasons(report) <= {"too_large"}
    assert report.files[0].tables
    report = scanned(tmp_path, "b.csv", (",".join(["x"] * 200_000) + "\n" + ",".join(PERSON) + "\n").encode())
    assert report.files[0].status in ("read", "partly")


def book(**cells: str) -> bytes:
    made = openpyxl.Workbook()
    for place, value in cells.items():
        made.active[place] = value  # type: ignore[index]
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def repacked(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml,
        lambda xml: xml.replace(b'<dimension ref="A1:XFD1048576"/>', b""),
        lambda xml: xml.replace(b'<dimension ref="A1:XFD1048576"/>', b'<dimension ref="A1:C2"/>'),
        lambda xml: xml.replace(b'r="XFD1048576"', b"r = 'XFD1048576'"),
        lambda xml: xml.replace(b'r="XFD1048576"', b'r="&#88;FD1048576"'),
    ],
    ids=["declared", "undeclared", "lying", "spelled oddly", "coded"],
)
def test_a_value_in_the_last_cell(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    cells = dict(zip(("A1", "B1", "C1", "A2", "B2", "C2"), ("姓名", "身份证号", "手机号", *PERSON), strict=True))
    report = scanned(tmp_path, "a.xlsx", repacked(book(**cells, XFD1048576="x"), SHEET, change))
    assert report.unread == ()
    assert report.persons.all == 1


@pytest.mark.parametrize("place", [b"xfd1048576", b"XFD00001048576", b"FXFD104857635", b"XFD99999999999"])
@pytest.mark.parametrize("written", [b'r="%s"', b"r = '%s'"])
def test_a_place_that_no_program_writes(place: bytes, written: bytes, tmp_path: Path) -> None:
    """Some readers take small letters, leading zeros and places beyond the sheet, and allocate up to there."""
    cells = dict(zip(("A1", "B1", "C1", "A2", "B2", "C2"), ("姓名", "身份证号", "手机号", *PERSON), strict=True))
    data = repacked(book(**cells, D4="x"), SHEET, lambda xml: xml.replace(b'r="D4"', written % place))
    report = scanned(tmp_path, "a.xlsx", data)
    assert report.unread or report.persons.all == 1


def test_cells_without_a_place_in_a_far_row(tmp_path: Path) -> None:
    wide = b'<row r="1">' + b"<c><v>1</v></c>" * 16_384 + b'</row><row r="1048576"><c><v>2</v></c></row></sheetData>'
    data = repacked(
        book(), SHEET, lambda xml: xml.replace(b"<sheetData/>", b"<sheetData>" + wide).replace(b"<sheetData></sheetData>", wide)
    )
    assert b"1048576" in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    assert scanned(tmp_path, "a.xlsx", data).files[0].status in ("read", "partly", "unread")


def test_a_compound_file_that_holds_no_book(fixtures: Path, tmp_path: Path) -> None:
    head = (fixtures / "formats" / "customers.xls").read_bytes()[:8]
    made = head + bytes(16) + b"\x3b\0\3\0\xfe\xff\t\0\6" + bytes(510) + b"\x11" + bytes(20) + b"\xff" * 30
    assert scanned(tmp_path, "a.xls", made).unread


def test_a_value_in_the_last_cell_of_a_book_that_python_cannot_map(tmp_path: Path) -> None:
    data = book(A1="姓名", XFD1048576="x")
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        report = scanned(tmp_path, "a.xlsx", repacked(data, part, lambda xml: xml + b"<"))
        assert reasons(report) <= {"too_large", "damaged"}
        assert report.unread


ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml"])
def test_entities_do_not_expand(part: str, tmp_path: Path) -> None:
    def change(xml: bytes) -> bytes:
        start = xml.find(b"<", xml.find(b"?>") + 1)
        return ENTITIES + xml[start:].replace(b">", b">&j;", 3)

    scanned(tmp_path, "a.xlsx", repacked(book(A1="姓名", A2="杨丽华"), part, change))


@pytest.mark.parametrize("part", ["docProps/core.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_an_encoding_that_nobody_knows(part: str, tmp_path: Path) -> None:
    named = b'<?xml version="1.0" encoding="UTF-8X"?>'
    made = repacked(named_persons(), part, lambda xml: named + xml[xml.find(b"?>") + 2 :])
    report = scanned(tmp_path, "a.xlsx", made)
    assert report.unread or report.persons.all == 1


def test_a_package_of_a_later_version(tmp_path: Path) -> None:
    """`zipfile` refuses it in a way of its own."""
    made = bytearray(named_persons())
    at = made.rfind(b"PK\x01\x02")
    made[at + 6 : at + 8] = (99).to_bytes(2, "little")
    assert scanned(tmp_path, "a.xlsx", bytes(made)).unread


def test_a_tag_without_end(tmp_path: Path) -> None:
    """A name that could end anywhere would be tried at every place: hours for a page like this one."""
    cells = "".join(f"<td>{cell}</td>" for cell in PERSON)
    page = f"<table><tr><td>姓名</td><td>身份证号</td><td>手机号</td></tr><tr>{cells}</tr><tr><td><{'t' * 300_000}</tr></table>"
    report = scanned(tmp_path, "a.xls", page.encode())
    assert report.persons.all == 1


def named_persons() -> bytes:
    titles, person = TABLE.split()[0].split(","), PERSON
    cells = {f"{column}1": text for column, text in zip("ABC", titles, strict=True)}
    cells |= {f"{column}2": text for column, text in zip("ABC", person, strict=True)}
    return book(**cells)


def test_xml_without_end(tmp_path: Path) -> None:
    for xml in (b"<a>" * 200_000, b"<worksheet><sheetData>" + b"<row>" * 100_000, b"<worksheet " + b'a="' * 100_000):
        report = scanned(tmp_path, "a.xlsx", repacked(book(A1="x"), SHEET, lambda _, xml=xml: xml))  # type: ignore[misc]
        assert report.files[0].status in ("read", "unread")


def test_counts_that_lie(tmp_path: Path) -> None:
    """Directories that promise four thousand million of something."""
    data = bytearray(zipped({"a.csv": TABLE.encode()}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 20] = b"\xff" * 12
    assert reasons(scanned(tmp_path, "a.zip", bytes(data))) == {"damaged"}
    header = struct.pack("<QQI", 0, 1 << 60, 0)
    seven = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(header)) + header
    assert reasons(scanned(tmp_path, "a.7z", seven)) == {"damaged"}
    info = tarfile.TarInfo("a.csv")
    info.size = 1 << 40
    assert reasons(scanned(tmp_path, "a.tar", info.tobuf() + TABLE.encode())) == {"damaged"}


# ---- truncations and wrong suffixes, whatever is among the fixtures


def originals(fixtures: Path) -> dict[str, bytes]:
    table = (fixtures / "tables" / "customers.csv").read_bytes()[:8000]
    workbook = (fixtures / "tables" / "home_buyers.xlsx").read_bytes()
    return {
        ".csv": table,
        ".xlsx": workbook,
        ".zip": zipped({"客户/a.csv": table, "b.xlsx": workbook}),
        ".tar": tarred({"a.csv": table}),
        ".tar.gz": gzip.compress(tarred({"a.csv": table})),
        ".csv.gz": gzip.compress(table),
    }


def test_truncations(fixtures: Path, tmp_path: Path) -> None:
    for suffix, data in originals(fixtures).items():
        for percent in range(5, 100, 19):
            report = scanned(tmp_path, f"a{suffix}", data[: len(data) * percent // 100])
            assert suffix == ".csv" or report.unread, (suffix, percent)


def test_wrong_suffixes(fixtures: Path, tmp_path: Path) -> None:
    for suffix, data in originals(fixtures).items():
        honest = scanned(tmp_path, f"a{suffix}", data)
        for other in (".jpg", ".xlsx", ".zip", ".csv", ".7z", ".tar"):
            report = scanned(tmp_path, f"b{other}", data)
            assert report.persons == honest.persons, (suffix, other)
            assert bool(report.files[0].notes) == (not suffix.endswith(other)), (suffix, other)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no way to ask for the highest memory of a process alone")
def test_memory_stays_small(tmp_path: Path) -> None:
    """Bombs in one process of their own."""
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1,2,3\n" * 12_000_000, 9))
    (tmp_path / "b.xlsx").write_bytes(book(A1="姓名", XFD1048576="x"))
    (tmp_path / "c.zip").write_bytes(zipped({"zeros": bytes(1 << 27)}))
    program = "import sys, scanner; scanner.scan(sys.argv[1]); print(open('/proc/self/status', encoding='utf-8').read())"
    said = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert said.stderr == ""
    highest = next(line for line in said.stdout.splitlines() if line.startswith("VmHWM:"))
    assert int(highest.split()[1]) < 600 << 10  # kB
