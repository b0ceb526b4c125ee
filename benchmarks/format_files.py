"""One table in many formats, and how a bare library reads each: what `benchmarks/formats.py` compares."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import pandas as pd
import py7zr
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pypdfium2 as pdfium

Rows = Sequence[Sequence[str]]
Write = Callable[[Path, Rows], None]
Bare = Callable[[Path], object]
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
_OPEN = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table"))


def csv_text(rows: Rows) -> str:
    made = io.StringIO()
    csv.writer(made).writerows(rows)
    return made.getvalue()


def _csv(encoding: str) -> Write:
    return lambda path, rows: path.write_bytes(csv_text(rows).encode(encoding)) and None


def _pandas(encoding: str) -> Bare:
    return lambda path: pd.read_csv(path, dtype=str, encoding=encoding)


def _frame(rows: Rows) -> pa.Table:
    return pa.table({title: pa.array([row[place] for row in rows[1:]]) for place, title in enumerate(rows[0])})


def _objects(rows: Rows) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _packed(path: Path, rows: Rows, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)


def _cells(rows: Rows, row: str, cell: str) -> str:
    return "".join(row.format("".join(cell.format(escape(text)) for text in one)) for one in rows)


def _docx(path: Path, rows: Rows) -> None:
    table = _cells(rows, "<w:tr>{}</w:tr>", "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>")
    body = f"<w:document {_WORD}><w:body><w:tbl>{table}</w:tbl></w:body></w:document>"
    _packed(path, rows, {"[Content_Types].xml": "<Types/>", "word/document.xml": body})


def _odt(path: Path, rows: Rows) -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    table = _cells(rows, "<table:table-row>{}</table:table-row>", cell)
    body = f"<office:body><office:text><table:table>{table}</table:table></office:text></office:body>"
    kind = "application/vnd.oasis.opendocument.text"
    _packed(path, rows, {"mimetype": kind, "content.xml": f"<office:document-content {_OPEN}>{body}</office:document-content>"})


def _xml_part(name: str) -> Bare:
    def read(path: Path) -> object:
        with zipfile.ZipFile(path) as file:
            return list(ElementTree.fromstring(file.read(name)).itertext())

    return read


def _workbook(path: Path, rows: Rows) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    book.save(path)


def _spreadsheet(path: Path, rows: Rows) -> None:
    table = _cells(rows, "<Row>{}</Row>", '<Cell><Data ss:Type="String">{}</Data></Cell>')
    text = f'<?xml version="1.0"?><Workbook {_SHEET}><Worksheet ss:Name="a"><Table>{table}</Table></Worksheet></Workbook>'
    path.write_text(text, "utf-8")


def _web(path: Path, rows: Rows) -> None:
    table = _cells(rows, "<tr>{}</tr>", "<td>{}</td>")
    path.write_text(f'<html><head><meta charset="utf-8"></head><body><table>{table}</table></body></html>', "utf-8")


def _parsed(path: Path) -> object:
    parser = HTMLParser()
    parser.feed(path.read_text("utf-8"))
    return parser


def _database(path: Path, rows: Rows) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"create table clients ({', '.join(f'c{place} text' for place in range(len(rows[0])))})")
        base.executemany(f"insert into clients values ({', '.join('?' * len(rows[0]))})", rows[1:])
        base.commit()


def _selected(path: Path) -> object:
    with closing(sqlite3.connect(path)) as base:
        return base.execute("select * from clients").fetchall()


def _script(path: Path, rows: Rows) -> None:
    def quoted(row: Sequence[str]) -> str:
        return "(" + ",".join("'" + cell.replace("'", "''") + "'" for cell in row) + ")"

    titles = ",".join(f"c{place}" for place in range(len(rows[0])))
    lines = [f"create table clients ({titles});"]
    lines += [f"INSERT INTO clients ({titles}) VALUES {quoted(row)};" for row in rows[1:]]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _executed(path: Path) -> object:
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(path.read_text("utf-8"))
        return base.execute("select * from clients").fetchall()


def _zipped(path: Path, rows: Rows) -> None:
    _packed(path, rows, {"clients.csv": csv_text(rows)})


def _unzipped(path: Path) -> object:
    with zipfile.ZipFile(path) as file, file.open("clients.csv") as member:
        return pd.read_csv(member, dtype=str)


def _tarred(path: Path, rows: Rows) -> None:
    data = csv_text(rows).encode()
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo("clients.csv")
        info.size = len(data)
        file.addfile(info, io.BytesIO(data))


def _untarred(path: Path) -> object:
    with tarfile.open(path) as file:
        return pd.read_csv(file.extractfile("clients.csv"), dtype=str)


def _seven(path: Path, rows: Rows) -> None:
    with py7zr.SevenZipFile(path, "w") as file:
        file.writestr(csv_text(rows), "clients.csv")


def _unseven(path: Path) -> object:
    with py7zr.SevenZipFile(path) as file:
        file.extractall(path.parent)
    return pd.read_csv(path.parent / "clients.csv", dtype=str)


def _message(path: Path, rows: Rows) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.cn", "b@example.cn", "clients"
    message.set_content("enclosed")
    message.add_attachment(csv_text(rows).encode(), "application", "octet-stream", filename="clients.csv")
    path.write_bytes(message.as_bytes())


def _received(path: Path) -> object:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return [pd.read_csv(io.BytesIO(part.get_payload(decode=True)), dtype=str) for part in message.iter_attachments()]


def _pages(path: Path, rows: Rows) -> None:
    """Thirty rows a page, without rules, in a font that is only named; what is not ASCII is left out."""
    streams = []
    for start in range(0, len(rows), 30):
        lines = []
        for line, row in enumerate(rows[start : start + 30]):
            for column, cell in enumerate(row):
                text = re.sub(r"[^ -~]|[\\()]", "", cell)[:20] or "-"
                lines.append(f"BT /F 6 Tf 1 0 0 1 {20 + 95 * column} {560 - 18 * line} Tm ({text}) Tj ET")
        streams.append("\n".join(lines).encode())
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for stream in streams:
        kids.append(len(objects) + 1)
        box = f"/MediaBox[0 0 1200 600]/Contents {len(objects) + 2} 0 R"
        objects.append(f"<</Type/Page/Parent 2 0 R{box}/Resources<</Font<</F 3 0 R>>>>>>".encode())
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)))


def _printed(path: Path) -> object:
    with closing(pdfium.PdfDocument(path)) as document:
        return [page.get_textpage().get_text_range() for page in document]


def _sheet(path: Path) -> object:
    return fastexcel.read_excel(str(path)).load_sheet(0, header_row=None, dtypes="string").to_arrow()


# File name, how it is written, how a bare library reads it, and by what; documents hold a tenth of the rows.
FORMATS: tuple[tuple[str, Write, Bare, str, int], ...] = (
    ("a.csv", _csv("utf-8"), _pandas("utf-8"), "pandas.read_csv", 1),
    ("gb18030.csv", _csv("gb18030"), _pandas("gb18030"), "pandas.read_csv", 1),
    ("a.xlsx", _workbook, _sheet, "fastexcel", 1),
    ("a.parquet", lambda p, r: pyarrow.parquet.write_table(_frame(r), p), pyarrow.parquet.read_table, "pyarrow.parquet", 1),
    ("a.feather", lambda p, r: pyarrow.feather.write_feather(_frame(r), p), pyarrow.feather.read_table, "pyarrow.feather", 1),
    (
        "a.json",
        lambda p, r: p.write_text(json.dumps(_objects(r), ensure_ascii=False), "utf-8") and None,
        lambda p: json.loads(p.read_text("utf-8")),
        "json",
        1,
    ),
    (
        "a.jsonl",
        lambda p, r: p.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in _objects(r)), "utf-8") and None,
        lambda p: [json.loads(line) for line in p.read_text("utf-8").splitlines()],
        "json",
        1,
    ),
    ("a.db", _database, _selected, "sqlite3", 1),
    ("a.sql", _script, _executed, "sqlite3", 1),
    ("a.html", _web, _parsed, "html.parser", 1),
    ("a.xml", _spreadsheet, lambda p: list(ElementTree.parse(p).getroot().itertext()), "xml.etree", 1),
    ("a.zip", _zipped, _unzipped, "zipfile, pandas", 1),
    ("a.tar.gz", _tarred, _untarred, "tarfile, pandas", 1),
    ("a.7z", _seven, _unseven, "py7zr, pandas", 1),
    (
        "a.csv.gz",
        lambda p, r: p.write_bytes(gzip.compress(csv_text(r).encode())) and None,
        lambda p: pd.read_csv(p, dtype=str),
        "gzip, pandas",
        1,
    ),
    ("a.eml", _message, _received, "email, pandas", 1),
    ("a.docx", _docx, _xml_part("word/document.xml"), "zipfile, xml.etree", 10),
    ("a.odt", _odt, _xml_part("content.xml"), "zipfile, xml.etree", 10),
    ("a.pdf", _pages, _printed, "pypdfium2", 10),
)
