"""Tables in every format: the same cells as the CSV of the same table, damage that ends in words, and what is hidden."""

from __future__ import annotations

import csv
import html
import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers import open_tables, sql_dump, sqlite
from scanner.sources import Source, bytes_source

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ROOT / "fixtures" / "formats"
Found = list[tuple[str, tuple[str, ...] | None, str, list[tuple[str, ...]]]]


def customers() -> list[list[str]]:
    """Header and 60 synthetic customers."""
    with open(ROOT / "fixtures" / "tables" / "customers.csv", encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))[:61]


def read_all(source: Source) -> tuple[Found, list[Unread]]:
    tables: Found = []
    unread: list[Unread] = []
    for part in open_tables(source):
        if isinstance(part, Unread):
            unread.append(part)
        elif isinstance(part, Table):
            rows: list[tuple[str, ...]] = []
            try:
                for chunk in part.chunks:
                    assert chunk.row == len(rows)
                    assert part.header is None or len(part.header) == len(chunk.columns)
                    assert all(column.null_count == 0 and len(column) == chunk.rows for column in chunk.columns)
                    rows += zip(*(column.to_pylist() for column in chunk.columns), strict=True)
            except UnreadableError as error:
                unread.append(Unread(source.path, part.name, error.reason, error.detail))
            tables.append((part.name, part.header, part.hidden, rows))
    return tables, unread


def of(data: bytes | str, name: str) -> Found:
    tables, unread = read_all(bytes_source(name, data.encode() if isinstance(data, str) else data))
    assert unread == []
    return tables


def cells(data: bytes | str, name: str) -> list[tuple[tuple[str, ...] | None, list[tuple[str, ...]]]]:
    return [(header, rows) for _, header, _, rows in of(data, name)]


# ---- makers: one table in each format


def html_of(rows: list[list[str]], encoding: str) -> bytes:
    body = "".join("<tr>" + "".join(f"<td style='x'>{html.escape(cell)}</td>" for cell in row) + "</tr>\r\n" for row in rows)
    meta = f'<html><head><meta http-equiv=Content-Type content="text/html; charset={encoding}"></head>'
    return f"{meta}<body><table border=1>{body}</table></body></html>".encode(encoding)


def xml_of(rows: list[list[str]], encoding: str) -> bytes:
    body = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{html.escape(cell)}</Data></Cell>' for cell in row) + "</Row>"
        for row in rows
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="客户"><Table>{body}</Table></Worksheet></Workbook>'
    ).encode(encoding)


def arrow_of(rows: list[list[str]]) -> pa.Table:
    return pa.table({title: [row[place] for row in rows[1:]] for place, title in enumerate(rows[0])})


def parquet_of(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(arrow_of(rows), out, row_group_size=25)
    return out.getvalue()


def feather_of(rows: list[list[str]], *, stream: bool = False) -> bytes:
    out = io.BytesIO()
    if stream:
        with pa.ipc.new_stream(out, arrow_of(rows).schema) as writer:
            writer.write_table(arrow_of(rows))
    else:
        feather.write_feather(arrow_of(rows), out)
    return out.getvalue()


def records_of(rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def sqlite_of(rows: list[list[str]]) -> bytes:
    with sqlite3.connect(":memory:") as base:
        columns = ", ".join(f'"{title}" TEXT' for title in rows[0])
        base.execute(f'CREATE TABLE "客户" ({columns})')
        base.executemany(f'INSERT INTO "客户" VALUES ({", ".join("?" * len(rows[0]))})', rows[1:])
        base.commit()
        return base.serialize()


def mysql_of(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    columns = ",\n".join(f"  `{title}` varchar(100) DEFAULT NULL" for title in rows[0])
    quoted = [",".join("'" + cell.replace("'", "\\'") + "'" for cell in row) for row in rows[1:]]
    values = [
        "INSERT INTO `客户` VALUES " + ",".join(f"({row})" for row in quoted[at : at + 20]) + ";\n"
        for at in range(0, len(quoted), 20)
    ]
    return f"-- MySQL dump 10.13\n\nCREATE TABLE `客户` (\n{columns}\n) ENGINE=InnoDB;\n{''.join(values)}".encode(encoding)


def copy_of(rows: list[list[str]]) -> bytes:
    titles = ", ".join(f'"{title}"' for title in rows[0])
    lines = "".join("\t".join(row) + "\n" for row in rows[1:])
    return f'-- PostgreSQL database dump\nCOPY public."客户" ({titles}) FROM stdin;\n{lines}\\.\n'.encode()


def dbf_of(rows: list[list[str]], encoding: str = "gbk", deleted: tuple[int, ...] = ()) -> bytes:
    # a name of more than 10 bytes does not fit into the format
    sizes = [max(len(row[place].encode(encoding)) for row in rows[1:]) for place in range(len(rows[0]))]
    fields = b"".join(
        struct.pack("<11sc4xBB14x", title.encode(encoding)[:10], b"C", size, 0) for title, size in zip(rows[0], sizes, strict=True)
    )
    body = b"".join(
        (b"*" if number in deleted else b" ")
        + b"".join(cell.encode(encoding).ljust(size) for cell, size in zip(row, sizes, strict=True))
        for number, row in enumerate(rows[1:])
    )
    start = 32 + len(fields) + 1
    head = struct.pack("<B3BIHH20x", 3, 26, 9, 1, len(rows) - 1, start, sum(sizes) + 1)
    return head + fields + b"\r" + body + b"\x1a"


MAKERS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "gbk.xls": lambda rows: html_of(rows, "gb2312"),
    "utf8.html": lambda rows: html_of(rows, "utf-8"),
    "sheet.xml": lambda rows: xml_of(rows, "utf-8"),
    "gbk_sheet.xls": lambda rows: xml_of(rows, "gb2312"),
    "t.parquet": parquet_of,
    "t.feather": feather_of,
    "t.arrows": lambda rows: feather_of(rows, stream=True),
    "array.json": lambda rows: dumped(records_of(rows)).encode(),
    "gbk.json": lambda rows: json.dumps(records_of(rows), ensure_ascii=False, indent=1).encode("gbk"),
    "columns.json": lambda rows: dumped({title: [r[i] for r in rows[1:]] for i, title in enumerate(rows[0])}).encode(),
    "rows.json": lambda rows: dumped(rows).encode(),
    "t.jsonl": lambda rows: "\n".join(map(dumped, records_of(rows))).encode(),
    "t.db": sqlite_of,
    "mysql.sql": mysql_of,
    "gbk.sql": lambda rows: mysql_of(rows, "gbk"),
    "postgres.sql": copy_of,
}


@pytest.mark.parametrize("name", MAKERS)
def test_same_cells_as_the_csv(name: str) -> None:
    rows = customers()
    assert cells(MAKERS[name](rows), name) == [(tuple(rows[0]), list(map(tuple, rows[1:])))]


@pytest.mark.parametrize("name", MAKERS)
def test_content_tells_the_format(name: str) -> None:
    rows = customers()
    other = "t.bin" if not name.endswith((".arrows",)) else name  # the mark of an Arrow stream is too weak alone
    assert cells(MAKERS[name](rows), other) == [(tuple(rows[0]), list(map(tuple, rows[1:])))]


@pytest.mark.parametrize("path", sorted(FORMATS.glob("customers.*")), ids=lambda path: str(path.name))
def test_files_that_an_office_program_wrote(path: Path) -> None:
    rows = customers()
    tables = of(path.read_bytes(), path.name)
    assert tables[0][1] == tuple(rows[0])
    assert tables[0][3] == list(map(tuple, rows[1:]))
    if path.suffix != ".html":  # which LibreOffice writes without the hidden sheet
        assert any(("杨佳军", "17685175373") in found and hidden == "hidden sheet" for _, _, hidden, found in tables)


def test_wps_writes_the_same_bytes_under_another_name() -> None:
    data = (FORMATS / "customers.xls").read_bytes()
    assert of(data, "t.et")[0][3] == of(data, "t.xls")[0][3]


def every(name: str) -> bytes:
    return (
        (FORMATS / name).read_bytes() if (FORMATS / name).exists() else (dbf_of if name == "t.dbf" else MAKERS[name])(customers())
    )


@pytest.mark.parametrize("name", [*MAKERS, "t.dbf", *(path.name for path in sorted(FORMATS.glob("customers.*")))])
def test_a_file_cut_short_is_told(name: str) -> None:
    whole = every(name)
    records = len(customers()) - 1
    for tenth in range(10):
        tables, unread = read_all(bytes_source(name, whole[: len(whole) * tenth // 10]))
        rows = max((len(found) for _, _, _, found in tables), default=0)
        assert rows <= records + 1
        # what is missing is missing at a row's end, or told
        assert unread or tenth == 0 or name.endswith((".jsonl", ".sql", ".html", ".xls")) or rows == records, tenth
        assert all(one.reason in ("damaged", "format", "encoding") for one in unread)


def noise(data: bytes) -> Iterator[bytes]:
    for seed in range(40):
        at = (seed * 2654435761) % len(data)
        yield data[:at] + bytes([seed * 7 & 255]) * (1 + seed % 5) + data[at + 1 + seed % 5 :]


@pytest.mark.parametrize("name", [*MAKERS, "t.dbf", "customers.xls", "customers.ods"])
def test_damage_in_the_middle_ends_in_words(name: str) -> None:
    for damaged in noise(every(name)):
        tables, unread = read_all(bytes_source(name, damaged))
        assert tables or unread


# ---- HTML


def test_html_merged_cells_nested_tables_text_and_comments() -> None:
    page = """<html><head><style>td {x: "<table>"}</style><title>客户</title></head><body><!-- 内部 13800138000 -->
    <table><tr><th rowspan=2>姓名</th><th colspan=2>联系方式</th></tr><tr><th>手机</th><th>邮箱</th></tr>
    <tr><td>张三<td>13812345678<td>a@b.cn&nbsp;</tr>
    <tr><td rowspan="2">李四</td><td>139<b>1234</b>5678</td><td><table><tr><td>x@y.cn</td></tr></table></td></tr>
    <tr><td>13912345679</td><td></td></tr></table>
    <table style="display:none"><tr><td>姓名</td><td>手机号</td></tr><tr><td>王五</td><td>13712345678</td></tr></table>
    <p>联系：王五<br>13800138001</p><script>var t = "<table><tr><td>no</td></tr></table>"</script></body></html>"""
    assert of(page, "t.xls") == [
        (
            "table",
            ("姓名", "联系方式 / 手机", "联系方式 / 邮箱"),
            "",
            [("张三", "13812345678", "a@b.cn"), ("李四", "13912345678", "x@y.cn"), ("", "13912345679", "")],
        ),
        ("table (2)", ("姓名", "手机号"), "hidden on the page", [("王五", "13712345678")]),
        ("text", None, "", [("客户",), ("联系：王五",), ("13800138001",)]),
        ("comments", None, "comment in the page's source", [("内部 13800138000",)]),
    ]


def test_html_numbers_that_a_narrow_column_shortened() -> None:
    page = '<table><tr><td>姓名<td>手机号</tr><tr><td>张三<td x:num="13812345678">1.38E+10</tr><tr><td>李四<td>139</tr></table>'
    assert cells(page, "t.xls")[0][1][0] == ("张三", "13812345678")


def test_html_is_read_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.readers.encodings.BLOCK", 700)
    monkeypatch.setattr("scanner.readers.html_tables.BLOCK", 700)
    rows = customers()
    assert cells(html_of(rows, "gb2312"), "t.xls") == [(tuple(rows[0]), list(map(tuple, rows[1:])))]


@pytest.mark.parametrize(
    "page", ["<table>" + "<!--" * 50_000, "<table><td " + '"' * 50_001, "<table>" * 50_000, "<table>" + "<script>" * 50_000]
)
def test_html_that_never_closes(page: str) -> None:
    tables, _ = read_all(bytes_source("t.xls", page.encode()))
    assert len(tables) <= 2


# ---- XML Spreadsheet


def test_spreadsheet_xml() -> None:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    data = f"""<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"
    xmlns:x="urn:schemas-microsoft-com:office:excel"><DocumentProperties xmlns="urn:schemas-microsoft-com:office:office">
    <Author>赵六</Author></DocumentProperties><Worksheet ss:Name="客户"><Table>
    <Row><Cell><Data ss:Type="String">姓名</Data></Cell><Cell><Data ss:Type="String">身份证号</Data></Cell>
    <Cell><Data ss:Type="String">日期</Data></Cell></Row>
    <Row><Cell><Data ss:Type="String">张三</Data><Comment><ss:Data>电话13912345678</ss:Data></Comment></Cell>
    <Cell><Data ss:Type="Number">13812345678</Data></Cell><Cell><Data ss:Type="DateTime">2026-09-01T00:00:00.000</Data></Cell></Row>
    <Row><Cell ss:Index="2"><Data ss:Type="Number">4.40308199901101E+17</Data></Cell></Row></Table></Worksheet>
    <Worksheet ss:Name="二"><Table><Row><Cell><Data ss:Type="String">李四</Data></Cell></Row></Table>
    <x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet></Workbook>"""
    assert of(data, "t.xml") == [
        ("客户", ("姓名", "身份证号", "日期"), "", [("张三", "13812345678", "2026-09-01"), ("", "440308199901101000", "")]),
        ("二", None, "hidden sheet", [("李四",)]),
        ("comments", ("", "comment"), "comments of cells", [("row 2", "电话13912345678")]),
        ("properties", None, "document properties", [("Author: 赵六",)]),
    ]


def test_xml_with_entities_of_its_own_is_refused() -> None:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    data = f'<?xml version="1.0"?>{entities}<Workbook xmlns="{space}"><Worksheet>&b;</Worksheet></Workbook>'
    assert [one.reason for one in read_all(bytes_source("t.xml", data.encode()))[1]] == ["damaged"]


# ---- JSON

PERSON = {"姓名": "张三", "手机": 13812345678, "证": 440308199901101015, "address": {"city": "深圳", "x": [1, 2]}, "ok": True}
TITLES = ("姓名", "手机", "证", "address.city", "address.x", "ok")
ROW = ("张三", "13812345678", "440308199901101015", "深圳", "1; 2", "true")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([PERSON], [(TITLES, [ROW])]),
        ({"code": 0, "data": {"list": [PERSON], "total": 1}}, [(("code",), [("0",)]), (("total",), [("1",)]), (TITLES, [ROW])]),
        ({"a": {"0": "张三", "1": "李四"}, "b": {"0": 1, "1": 2}}, [(("a", "b"), [("张三", "1"), ("李四", "2")])]),
        ({"columns": ["a", "b"], "index": [0], "data": [[1, None]]}, [(("a", "b"), [("1", "")])]),
        ({"columns": ["a"], "index": ["张三"], "data": [[1]]}, [(("", "a"), [("张三", "1")])]),
        ({"u1": PERSON, "u2": PERSON, "u3": PERSON}, [(("", *TITLES), [(key, *ROW) for key in ("u1", "u2", "u3")])]),
        (
            [{"name": "甲", "contacts": [{"name": "乙", "phone": "1"}, {"name": "丙", "phone": "2"}]}],
            [(("name", "contacts.name", "contacts.phone"), [("甲", "乙", "1"), ("", "丙", "2")])],
        ),
        ([{"a": "1"}, {"b": None, "a": "2"}], [(("a", "b"), [("1", ""), ("2", "")])]),
    ],
    ids=["array", "wrapped", "by_column", "split", "split_named", "by_name", "nested", "keys"],
)
def test_json_shapes(value: object, expected: list[tuple[tuple[str, ...], list[tuple[str, ...]]]]) -> None:
    assert cells(dumped(value), "t.json") == expected


@pytest.mark.parametrize("wrap", ["{}", '{{"code": 0, "data": {{"list": {}}}}}'], ids=["bare", "wrapped"])
def test_large_json_streams(monkeypatch: pytest.MonkeyPatch, wrap: str) -> None:
    monkeypatch.setattr("scanner.readers.json_tables._WHOLE", 500)
    monkeypatch.setattr("scanner.readers.json_tables.BLOCK", 300)
    monkeypatch.setattr("scanner.readers.encodings.BLOCK", 300)
    rows = customers()
    text = wrap.format(json.dumps(records_of(rows), ensure_ascii=False, indent=0))
    assert (tuple(rows[0]), list(map(tuple, rows[1:]))) in cells(text, "t.json")


def test_json_keys_that_come_late() -> None:
    lines = [dumped({"a": str(number)}) for number in range(2500)] + [dumped({"a": "x", "late": "y"})]
    found = of("\n".join(lines), "t.jsonl")
    assert [(name, header, len(rows)) for name, header, _, rows in found] == [
        ("t.jsonl", ("a",), 2500),
        ("t.jsonl (2)", ("a", "late"), 1),
    ]
    assert found[1][3] == [("x", "y")]


def test_json_lines_without_sense_are_named_and_the_others_read() -> None:
    tables, unread = read_all(bytes_source("t.jsonl", b'{"a": 1}\n{bad\n{"a": 2}\n'))
    assert tables[0][3] == [("1",), ("2",)]
    assert [(one.reason, one.part) for one in unread] == [("damaged", "line 2")]


def test_json_half_characters_and_depth() -> None:
    assert cells('{"a": "\\ud83d"}', "t.json") == [(("a",), [("\ufffd",)])]
    assert [one.reason for one in read_all(bytes_source("t.json", b"[" * 100_000))[1]] == ["too_deep"]


@pytest.mark.parametrize("text", ["[2026-09-01 10:00] 张三 login\n" * 5, "{张三}\n", "[注] 13800138000\n"])
def test_text_that_only_begins_like_json(text: str) -> None:
    assert [row for _, rows in cells(text, "t.log") for row in rows] == [(line,) for line in text.splitlines()]


# ---- Parquet, SQLite, SQL, DBF


def test_parquet_types_and_nesting() -> None:
    table = pa.table({"姓名": ["甲", None], "n": [13812345678, None], "contacts": [[{"phone": "1"}, {"phone": "2"}], None]})
    out = io.BytesIO()
    pq.write_table(table, out)
    assert cells(out.getvalue(), "t.parquet") == [(("姓名", "n", "contacts.phone"), [("甲", "13812345678", "1"), ("", "", "2")])]


def test_sqlite_tables_views_bytes_and_logs(tmp_path: Path) -> None:
    path = tmp_path / "客户 #1.db"
    base = sqlite3.connect(path)
    base.executescript(
        """CREATE TABLE 客户 (姓名 TEXT, 手机, 图); INSERT INTO 客户 VALUES ('张三', 13812345678, x'ffd8ffe0000000000000');
        INSERT INTO 客户 VALUES (CAST(x'd5c5c8fdb7e1b5e7bbb0' AS TEXT), 1.5, NULL); CREATE VIEW v AS SELECT 姓名 FROM 客户;
        CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('电话');"""
    )
    base.commit()
    base.close()
    (tmp_path / "客户 #1.db-wal").write_bytes(b"x" * 100)
    before = sorted(tmp_path.iterdir())
    tables, unread = read_all(Source(str(path), path.stat().st_size, file=str(path)))
    assert [(name, header, rows) for name, header, _, rows in tables] == [
        ("客户", ("姓名", "手机", "图"), [("张三", "13812345678", ""), ("张三丰电话", "1.5", "")]),
        ("f", ("body",), [("电话",)]),
        ("v", ("姓名",), [("张三",), ("张三丰电话",)]),
    ]
    assert sorted((one.part, one.reason) for one in unread) == [("", "changed"), ("客户.图", "format")]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("what", ["n", "count(*)"])
def test_a_view_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 1_000_000)
    with sqlite3.connect(":memory:") as base:
        base.execute(f"CREATE VIEW v AS WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT {what} FROM t")
        base.commit()
        data = base.serialize()
    assert [one.reason for one in read_all(bytes_source("t.db", data))[1]] == ["too_large"]


def test_mysql_dump() -> None:
    text = """-- MySQL dump 10.13
CREATE TABLE `客户` (`id` int NOT NULL COMMENT 'a,(b', `姓名` varchar(50), PRIMARY KEY (`id`)) COMMENT='13800138000; 表';
INSERT INTO `客户` VALUES (1,'张三\\'s \\"x\\" \\n;(y),'),(2,'李''四'),(3,_binary 'a\\\\'),(4,NULL);
INSERT INTO b VALUES (1,'x');
INSERT INTO `客户` VALUES (9,'赵九');
UPDATE 客户 SET 姓名='孙七' WHERE phone='13812345678';
"""
    assert [(name, header, rows) for name, header, _, rows in of(text, "t.sql")] == [
        ("客户", ("id", "姓名"), [("1", '张三\'s "x" \n;(y),'), ("2", "李'四"), ("3", "a\\"), ("4", ""), ("9", "赵九")]),
        ("b", None, [("1", "x")]),
        ("other statements", None, [("UPDATE 客户 SET 姓名='孙七' WHERE phone='13812345678';",)]),
    ]


def test_postgresql_and_sql_server_dumps() -> None:
    text = """-- PostgreSQL database dump
SET standard_conforming_strings = on;
CREATE TABLE public.u (id integer, name character varying(50), note text);
COPY public.u (id, name, note) FROM stdin;
1\t张三\ta\\tb\\\\n
2\t李四\t\\N
\\.
INSERT INTO public.u VALUES (3, 'C:\\dir\\', E'a\\'b'), (4, 'x', now());
"""
    rows = [("1", "张三", "a\tb\\n"), ("2", "李四", ""), ("3", "C:\\dir\\", "a'b"), ("4", "x", "")]
    assert of(text, "t.sql") == [("u", ("id", "name", "note"), "", rows)]
    text = "SET ANSI_NULLS ON\nGO\n" + "".join(
        f"INSERT [dbo].[客户] ([姓名], [d]) VALUES (N'{name}', CAST(N'2020-01-01' AS Date))\nGO\n" for name in ("张三", "李四")
    )
    assert cells(text, "t.sql") == [(("姓名", "d"), [("张三", "2020-01-01"), ("李四", "2020-01-01")])]


def test_tables_that_alternate_in_a_dump_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "-- x\n" + "".join(f"INSERT INTO a (n) VALUES ('{n}');INSERT INTO b (n) VALUES ('{n}');\n" for n in range(1000))
    assert [(name, len(rows)) for name, _, _, rows in of(text, "t.sql")] == [("a", 1000), ("b", 1000)]
    monkeypatch.setattr(sql_dump, "_WAITING", 300)
    found = of(text, "t.sql")
    assert 4 < len(found) < 40
    assert sorted(row for _, _, _, rows in found for row in rows) == sorted([(str(n),) for n in range(1000)] * 2)


def test_postgresql_archive_is_named() -> None:
    _, unread = read_all(bytes_source("t.dump", b"PGDMP\x01\x0e\x00" + bytes(200)))
    assert [(one.reason, "pg_restore" in one.detail) for one in unread] == [("format", True)]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_dbf(encoding: str) -> None:
    rows = [[cell for place, cell in enumerate(row) if place in (1, 3, 4, 6)] for row in customers()]
    rows[0] = ["姓名", "ID", "手机", "地址"]
    tables = of(dbf_of(rows, encoding, deleted=(1, 5)), "t.dbf")
    data = list(map(tuple, rows[1:]))
    gone = [data[1], data[5]]
    assert tables == [
        ("t.dbf", tuple(rows[0]), "", [row for number, row in enumerate(data) if number not in (1, 5)]),
        ("t.dbf deleted records", tuple(rows[0]), "records marked as deleted", gone),
    ]


def test_dbf_that_promises_more() -> None:
    data = dbf_of(customers())
    _, unread = read_all(bytes_source("t.dbf", data[:4] + struct.pack("<I", 4_000_000_000) + data[8:]))
    assert [(one.reason, one.detail) for one in unread] == [("damaged", "4,000,000,000 records promised, 60 found")]


# ---- workbooks


def test_locked_xls() -> None:
    """The record behind the first one turned into FILEPASS: nothing after it can be read."""
    data = (FORMATS / "customers.xls").read_bytes()
    at = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    locked = data[:at] + b"\x2f\x00" + data[at + 2 :]
    assert [one.reason for one in read_all(bytes_source("t.xls", locked))[1]] == ["password"]


def test_one_cell_far_from_the_others_does_not_ask_for_all_between() -> None:
    data = (FORMATS / "customers.xls").read_bytes()
    last = data.rfind(b"\xfd\x00\x0a\x00")  # LABELSST: row, column, format, index
    far = data[: last + 4] + b"\xff\xff\xff\xff" + data[last + 8 :]
    assert [one.reason for one in read_all(bytes_source("t.xls", far))[1]] == ["too_large"]
    with zipfile.ZipFile(FORMATS / "customers.ods") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    row = b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    cell = b'<table:table-row><table:table-cell table:number-columns-repeated="16000"/>'
    value = b'<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    parts["content.xml"] = parts["content.xml"].replace(b"</table:table>", row + cell + value + b"</table:table>", 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)
    assert [one.reason for one in read_all(bytes_source("t.ods", out.getvalue()))[1]] == ["too_large"]


def test_hidden_things_of_a_workbook() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "表"
    for row in (["姓名", "手机号", "备注"], ["张三", "13812345678", "x"], ["李四", "13912345678", "y"]):
        sheet.append(row)
    sheet["A2"].comment = Comment("联系人王五 13712345678", "赵六")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    made.defined_names["客服"] = DefinedName("客服", attr_text='"孙七 13612345678"')
    made.defined_names["range"] = DefinedName("range", attr_text="'表'!$A$1:$B$2")
    sheet.add_data_validation(DataValidation(type="list", formula1='"周八,吴九"', sqref="C2"))
    made.properties.creator = "郑十"
    out = io.BytesIO()
    made.save(out)
    tables = of(out.getvalue(), "t.xlsx")
    assert tables[0][1:] == (
        ("姓名", "手机号", "备注"),
        "1 hidden rows, 1 column groups".replace("1 column", "1 hidden column"),
        [("张三", "13812345678", "x"), ("李四", "13912345678", "y")],
    )
    assert [(name, hidden, rows) for name, _, hidden, rows in tables[1:]] == [
        ("comments", "comments of cells", [("联系人王五 13712345678",)]),
        ("defined names", "defined names", [('客服: "孙七 13612345678"',)]),
        ("properties", "document properties", [("creator: 郑十",)]),
        ("input lists", "lists and messages for input", [('"周八,吴九"',)]),
    ]


def test_records_of_a_pivot_table_are_read() -> None:
    made = openpyxl.Workbook()
    out = io.BytesIO()
    made.save(out)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(
            "xl/pivotCache/pivotCacheDefinition1.xml",
            f'<pivotCacheDefinition {space}><cacheFields><cacheField name="姓名"><sharedItems><s v="张三"/><s v="李四"/>'
            '</sharedItems></cacheField><cacheField name="手机号"><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>',
        )
        package.writestr(
            "xl/pivotCache/pivotCacheRecords1.xml",
            f'<pivotCacheRecords {space}><r><x v="1"/><s v="13812345678"/></r>'
            '<r><x v="0"/><n v="13912345678"/></r></pivotCacheRecords>',
        )
    found = [table for table in of(out.getvalue(), "t.xlsx") if table[0].startswith("pivot records")]
    expected = [("李四", "13812345678"), ("张三", "13912345678")]
    assert found == [("pivot records 1", ("姓名", "手机号"), "cached records of a pivot table", expected)]
