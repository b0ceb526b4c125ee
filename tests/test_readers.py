"""Readers: every encoding, delimiter and kind of header; damage that is kept; workbooks; and `csv` as a second opinion."""

from __future__ import annotations

import csv
import io
import logging
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.cells import cell_text, frame_table, slices, value_column
from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers import delimited as delimited_reader
from scanner.readers import open_tables, reader_for
from scanner.readers.encodings import BLOCK, Damage, Encoding, detect, utf8_blocks
from scanner.readers.records import cut, parse
from scanner.sources import Source, bytes_source

TITLES = ["姓名", "身份证号", "手机号", "住址"]
PERSONS = [
    ["杨丽华", "540235197608100180", "13758295793", "黑龙江省秀云市长寿陈街d座"],
    ["钟丽", "511002197411075230", "13136704668", "辽宁省芳县合川潮州街z座"],
    ["杨桂芳", "610427195207100702", "13570785320", "甘肃省某县"],
]
TRADITIONAL = [["陳大文", "A123456789", "0912345678", "台北市信義區"], ["林小華", "B223456789", "0922333444", "高雄市"]]


def rows_of(table: Table) -> list[list[str]]:
    rows: list[list[str]] = []
    for chunk in table.chunks:
        assert chunk.row == len(rows)
        assert table.header is None or len(table.header) == len(chunk.columns)
        assert all(column.null_count == 0 and len(column) == chunk.rows for column in chunk.columns)
        rows += map(list, zip(*(column.to_pylist() for column in chunk.columns), strict=True))
    return rows


def read_all(
    data: bytes | Source, name: str = "t.csv"
) -> tuple[list[tuple[str, tuple[str, ...] | None, list[list[str]]]], list[Unread]]:
    """All tables (name, header, rows) and all that was unread."""
    source = data if isinstance(data, Source) else bytes_source(name, data)
    tables, unread = [], []
    for part in open_tables(source):
        if isinstance(part, Unread):
            unread.append(part)
        else:
            tables.append((part.name, part.header, rows_of(part)))
    return tables, unread


def one(data: bytes, name: str = "t.csv") -> tuple[tuple[str, ...] | None, list[list[str]]]:
    tables, unread = read_all(data, name)
    assert unread == []
    assert len(tables) == 1
    return tables[0][1:]


def text_of(rows: list[list[str]], delimiter: str) -> str:
    return "".join(delimiter.join(row) + "\r\n" for row in rows)


# ---- delimited text: encodings, delimiters, headers


@pytest.mark.parametrize("header", [True, False], ids=["header", "bare"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"], ids=["comma", "tab", "semicolon", "bar"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "big5"])
def test_encoding_delimiter_header(encoding: str, delimiter: str, header: bool) -> None:
    persons = TRADITIONAL if encoding == "big5" else PERSONS
    titles = ["姓名", "證號", "電話", "地址"] if encoding == "big5" else TITLES
    data = text_of([titles] * header + persons, delimiter).encode(encoding)
    assert one(data) == (tuple(titles) if header else None, persons)


def test_utf16_big_endian_with_mark() -> None:
    assert one("\ufeff姓名,手机号\n张三,13800138000\n".encode("utf-16-be")) == (("姓名", "手机号"), [["张三", "13800138000"]])


@pytest.mark.parametrize("persons", [1, 2, 5], ids="{} rows".format)
def test_short_gbk_is_not_taken_for_another_encoding(persons: int) -> None:
    assert one(text_of((PERSONS * 2)[:persons], ",").encode("gbk"))[1] == (PERSONS * 2)[:persons]


def test_encoding_is_decided_where_the_first_other_byte_stands() -> None:
    plain = [[str(n), "13800138000"] for n in range(30_000)]
    late = [["30000", "张三丰"], ["30001", "李四光"]]
    header, rows = one(text_of([["id", "phone"], *plain, *late], ",").encode("gb18030"))
    assert (header, rows) == (("id", "phone"), plain + late)


def test_bytes_that_are_no_text_are_kept_and_reported() -> None:
    good = text_of([TITLES[:2], ["张三", "1"]], ",").encode()
    tables, unread = read_all(good + b"\xe5\xbc,2\r\n" + "李四,3\r\n".encode() + b"\xff\xfe\xfd,4\r\n")
    assert tables[0][2] == [["张三", "1"], ["\ufffd", "2"], ["李四", "3"], ["\ufffd", "4"]]
    assert [(u.path, u.part, u.reason) for u in unread] == [("t.csv", "line 3 and others, 2 places", "encoding")]


def test_damaged_gb18030_is_kept_and_reported() -> None:
    tables, unread = read_all(text_of([TITLES, *PERSONS], ",").encode("gb18030") + b"\x81\xff,1,2,3\r\n")
    assert tables[0][2][:3] == PERSONS
    assert "\ufffd" in tables[0][2][3][0]
    assert [u.reason for u in unread] == ["encoding"]


def test_lines_of_another_encoding_in_one_file_are_read() -> None:
    data = text_of([TITLES[:2], ["张三", "1"]], ",").encode() * 2 + "王小明,2\r\n".encode("gbk")
    assert one(data)[1][-1] == ["王小明", "2"]


def test_damage_names_its_place() -> None:
    damage = Damage()
    blocks = list(utf8_blocks(io.BytesIO(b""), b"a\nb\n\xff\nc\n", Encoding("utf-8"), damage))
    assert (b"".join(blocks).decode(), damage.places, damage.lines, damage.part()) == ("a\nb\n\ufffd\nc\n", 1, [3], "line 3")


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\0" * 1000, b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_what_is_not_text_is_unread(data: bytes) -> None:
    tables, unread = read_all(data, "t.csv")
    assert tables == []
    assert [u.reason for u in unread] == ["format"]


def test_no_raw_value_in_what_is_unread() -> None:
    _, unread = read_all("姓名,手机号\n张三,13800138000\n".encode() + b"\xe5\xbc13900139000,x\n")
    assert unread
    assert not any("1390013" in str(u) or "张三" in str(u) for u in unread)


# ---- rows


def test_preamble_and_header_of_a_payment_bill() -> None:
    above = ["微信支付账单明细,,,", "微信昵称：[张三],,,", "导出类型：[全部],,,", ",,,", "----明细列表----,,,"]
    data = "\n".join([*above, "交易时间,交易类型,交易对方,金额(元)", *["2026-01-03 10:00:00,商户消费,超市,¥12.00"] * 4]) + "\n"
    tables, unread = read_all(data.encode())
    assert unread == []
    assert [(name, header) for name, header, _ in tables] == [
        ("t.csv (rows 1–5, above the header)", None),
        ("t.csv", ("交易时间", "交易类型", "交易对方", "金额(元)")),
    ]
    assert ["微信昵称：[张三]"] in tables[0][2]
    assert len(tables[1][2]) == 4


def test_a_mere_title_is_no_table() -> None:
    header, rows = one(("客户名单\n导出时间：2026-09-01\n\n" + text_of([TITLES, *PERSONS], ",")).encode())
    assert (header, rows) == (tuple(TITLES), PERSONS)


def test_stacked_tables() -> None:
    tables, _ = read_all("姓名,手机号\n张三,13800138000\n\n部门,人数,负责人\n技术部,10,王五\n市场部,20,赵六\n".encode())
    assert [(header, len(rows)) for _, header, rows in tables] == [(("姓名", "手机号", ""), 1), (("部门", "人数", "负责人"), 2)]


def test_ragged_rows_are_kept_in_place() -> None:
    rows = [*PERSONS, ["短"], ["长", "1", "2", "3", "多余", "再多"], *PERSONS]
    data = text_of([TITLES, *rows], ",").encode()
    header, found = one(data)
    assert header == (*TITLES, "", "")
    assert found == [row + [""] * (6 - len(row)) for row in rows]


def test_long_rows_behind_the_sample_lose_nothing() -> None:
    rows = PERSONS * 100 + [["张三", "1", "2", "3", "13800138000"], ["短"]] + PERSONS
    header, found = one(text_of([TITLES, *rows], ",").encode())
    assert header == tuple(TITLES)
    assert found[300:302] == [["张三", "1", "2", "3,13800138000"], ["短", "", "", ""]]
    assert found[:300] + found[302:] == PERSONS * 101


@pytest.mark.parametrize("at", [0, 50, 2000])
def test_an_unclosed_quote_swallows_nothing(at: int) -> None:
    rows = [[f"张{n}", f"{n:06d}", "好"] for n in range(3000)]
    lines = [",".join(row) for row in rows]
    lines[at] = lines[at][:-1] + '"没有闭合'
    rows[at] = [*rows[at][:2], "没有闭合"]
    assert one(("姓名,编号,备注\n" + "\n".join(lines) + "\n").encode())[1] == rows


def test_two_stray_quotes_do_not_swallow_what_is_between() -> None:
    rows = [[f"张{n}", f"{n:06d}", "好"] for n in range(500)]
    lines = [",".join(row) for row in rows]
    lines[10] = lines[10][:-1] + '"没有闭合'
    lines[400] += '"'
    found = one(("姓名,编号,备注\n" + "\n".join(lines) + "\n").encode())[1]
    assert [row[1] for row in found] == [row[1] for row in rows]


def test_quotes_inside_cells_stay() -> None:
    data = '姓名,备注,编号\n张三,"他说"你好"了",1\n李四,5" 屏,2\n王五,"他说""好""",3\n'.encode()
    assert one(data)[1] == [["张三", '他说"你好"了', "1"], ["李四", '5" 屏', "2"], ["王五", '他说"好"', "3"]]


def test_quoted_line_ends_and_a_long_quoted_cell() -> None:
    letter = "\n".join(f"第{n}行，没有逗号" for n in range(400))
    data = f'姓名,内容\n张三,"一\r\n二"\n李四,"{letter}"\n'.encode()
    assert one(data)[1] == [["张三", "一\r\n二"], ["李四", letter]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("final", [True, False], ids=["final end", "no final end"])
def test_line_ends(end: str, final: bool) -> None:
    data = end.join(",".join(row) for row in [TITLES, *PERSONS]) + end * final
    assert one(data.encode()) == (tuple(TITLES), PERSONS)


def test_blank_lines_and_zero_bytes() -> None:
    assert one(b"name,phone\n\nli,13800138000\x00\n\nan,13900139000\n")[1] == [["li", "13800138000\x00"], ["an", "13900139000"]]


def test_single_column() -> None:
    numbers = [["13800138000"], ["13900139000"], ["13700137000"]]
    assert one(text_of(numbers, ",").encode()) == (None, numbers)
    assert one(text_of([["手机号"], *numbers], ",").encode(), "t.txt") == (("手机号",), numbers)


def test_prose_is_a_table_of_lines() -> None:
    text = '"Dear all," he wrote,\nplease call Mr. Zhang, Li or me, at 13800138000, today.\n\nThanks, bye\n'
    assert one(text.encode(), "t.txt") == (None, [[line] for line in text.split("\n") if line])
    lines = '{"name": "张三", "phone": "1"}\n{"name": "李四", "phone": "2"}\n'
    assert one(lines.encode(), "t.jsonl") == (("name", "phone"), [["张三", "1"], ["李四", "2"]])


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_nothing_is_no_table(data: bytes) -> None:
    assert read_all(data) == ([], [])


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert one(text_of([TITLES], ",").encode()) == (tuple(TITLES), [])


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of several blocks: quoted line ends, ragged rows and stray quotes anywhere give the same rows as in one piece."""
    rows = [[f"{n}", f"张{n}", "甲\n乙" if n % 7 == 0 else "丙"] for n in range(6000)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["编号", "姓名", "备注"], *rows])
    data = text.getvalue().encode()
    monkeypatch.setattr("scanner.readers.encodings.BLOCK", 4096)
    monkeypatch.setattr(delimited_reader, "BLOCK", 1 << 17)
    monkeypatch.setattr(delimited_reader, "HEAD", 1 << 13)
    assert one(data)[1] == rows
    broken = data.replace("100,张100,丙".encode(), '100,张100,"丙'.encode()).replace(
        "5000,张5000,丙".encode(), "5000,张5000".encode()
    )
    expected = [row if row[0] != "5000" else ["5000", "张5000", ""] for row in rows]
    assert one(broken)[1] == expected


CELLS = st.text(st.sampled_from('ab,;"\n\t|中文é 1'), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_cells_equal_those_of_csv(rows: list[list[str]], delimiter: str, end: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    written = text.getvalue()
    expected = list(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter))
    assert expected == rows
    assert parse(written, delimiter, width=len(rows[0])).rows == expected
    width = len(rows[0])
    assert cut(written.encode(), delimiter.encode(), width, whole=True) == len(written.encode())
    dialect = delimited_reader.Dialect(delimiter, True, width)
    columns, used, inside = delimited_reader._block_columns(written.encode(), dialect, width, width, whole=True)
    assert (used, inside) == (len(written.encode()), False)
    assert list(map(list, zip(*(column.to_pylist() for column in columns), strict=True))) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r中'), max_size=60), st.integers(0, 60))
def test_any_text_keeps_all_its_characters(text: str, at: int) -> None:
    """Whatever the damage: no character but quotes, delimiters and line ends goes missing, wherever a block ends."""
    head = parse(text[:at], ",", width=2, whole=False)
    rest = parse(text[:at][head.ends[-1] if head.ends else 0 :] + text[at:], ",", width=2)
    found = "".join("".join(row) for row in head.rows + rest.rows)
    plain = str.maketrans("", "", '",\r\n')
    assert found.translate(plain) == text.translate(plain)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_unread(data: bytes) -> None:
    try:
        tables, unread = read_all(data)
    except UnreadableError:  # what ends within a quoted cell
        return
    assert tables or unread or not data.strip(b"\r\n\x01\xef\xbb\xbf\xff\xfe\0")


def test_detect() -> None:
    assert detect("姓名,张三\n".encode("gbk"), whole=True) == Encoding("gb18030")
    assert detect(b"a,b\n", whole=True) == Encoding("ascii")
    assert detect("陳大文,電話\n".encode("big5"), whole=True) == Encoding("cp950")
    assert detect("東京都,山田太郎\n鈴木さん\n".encode("shift_jis"), whole=True) == Encoding("cp932")


# ---- workbooks


def book(**sheets: Sequence[Sequence[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_workbook_cells() -> None:
    rows: list[list[object]] = [
        ["姓名", "手机号", "日期", "时刻", "时间", "比例", "身份证号", "金额", "是否"],
        [
            "张三",
            13812345678,
            date(2026, 9, 1),
            datetime(2026, 9, 1, 8, 23),
            time(8, 23),
            0.25,
            4.40308199901101e17,
            123456789.12,
            True,
        ],
        ["李四", 13812345679.0, date(2026, 9, 2), datetime(2026, 9, 2, 8, 23, 5), time(9, 0), 1.5, 6.22202123456789e18, 0.1, False],
    ]
    assert one(saved(book(表=rows)), "t.xlsx")[1] == [
        [
            "张三",
            "13812345678",
            "2026-09-01",
            "2026-09-01 08:23:00",
            "08:23:00",
            "0.25",
            "440308199901101000",
            "123456789.12",
            "true",
        ],
        ["李四", "13812345679", "2026-09-02", "2026-09-02 08:23:05", "09:00:00", "1.5", "6222021234567890000", "0.1", "false"],
    ]


def test_long_digits_that_are_text_stay() -> None:
    # 440308199901101504 is what a float makes of 440308199901101512, but here somebody typed it
    rows: list[list[object]] = [["姓名", "证号"], ["张三", "440308199901101504"], ["李四", "11010119900101123X"]]
    assert one(saved(book(表=rows)), "t.xlsx")[1] == [["张三", "440308199901101504"], ["李四", "11010119900101123X"]]


def test_header_and_title_rows_with_numbers_below() -> None:
    rows: list[list[object]] = [["客户名单"], ["姓名", "手机号"], *[[f"张{n}", 13800000000 + n] for n in range(5)]]
    assert one(saved(book(Sheet1=rows)), "t.xlsx") == (("姓名", "手机号"), [[f"张{n}", f"{13800000000 + n}"] for n in range(5)])


def test_merged_header_over_two_rows() -> None:
    made = book(
        登记=[["收件人", None, "寄件人", None], ["姓名", "电话", "姓名", "电话"], ["杨丽华", "13758295793", "钟丽", "13136704668"]]
    )
    made["登记"].merge_cells("A1:B1")
    made["登记"].merge_cells("C1:D1")
    header, rows = one(saved(made), "t.xlsx")
    assert header == ("收件人 / 姓名", "收件人 / 电话", "寄件人 / 姓名", "寄件人 / 电话")
    assert rows == [["杨丽华", "13758295793", "钟丽", "13136704668"]]


def test_every_sheet_hidden_ones_too() -> None:
    made = book(一=[TITLES, *PERSONS], 二=[TITLES, *PERSONS], 三=[TITLES, *PERSONS], 空=[])
    made["二"].sheet_state = "hidden"
    made["三"].sheet_state = "veryHidden"
    made.create_chartsheet("图")
    tables = list(open_tables(bytes_source("t.xlsx", saved(made))))
    assert [(t.name, t.hidden) for t in tables if isinstance(t, Table)] == [
        ("一", ""),
        ("二", "hidden sheet"),
        ("三", "sheet hidden from the menu"),
    ]
    assert not [t for t in tables if isinstance(t, Unread)]
    assert all(rows_of(t) == PERSONS for t in tables if isinstance(t, Table))


def test_several_tables_on_one_sheet() -> None:
    rows: list[list[object]] = [
        ["姓名", "手机号", None, "姓名", "手机号"],
        ["杨丽华", 13758295793, None, "杨桂芳", 13570785320],
        ["钟丽", 13136704668],
        [],
        ["部门", "人数", "负责人"],
        ["技术部", 10, "王五"],
        ["市场部", 20, "赵六"],
    ]
    tables, _ = read_all(saved(book(表=rows)), "t.xlsx")
    assert [(name, header, len(found)) for name, header, found in tables] == [
        ("表 [A1:B3]", ("姓名", "手机号"), 2),
        ("表 [D1:E2]", ("姓名", "手机号"), 1),
        ("表 [A5:C7]", ("部门", "人数", "负责人"), 2),
    ]


def test_formulas_without_stored_values() -> None:
    rows: list[list[object]] = [["姓名", "手机号", "合计"], ["张三", '="13812345678"', "=1+1"], ["李四", "=13912345678", 3]]
    assert one(saved(book(表=rows)), "t.xlsx")[1] == [["张三", "13812345678", "=1+1"], ["李四", "13912345678", "3"]]


def test_a_table_far_from_the_corner() -> None:
    made = book(表=[])
    for column, (title, value) in enumerate([("姓名", "张三"), ("手机号", 13812345678)]):
        made["表"].cell(8, 5 + column, title)
        made["表"].cell(9, 5 + column, value)
    assert one(saved(made), "t.xlsx") == (("姓名", "手机号"), [["张三", "13812345678"]])


def test_locked_workbook() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(3000)
    for name in ("t.xlsx", "t.bin"):
        tables, unread = read_all(locked, name)
        assert (tables, [(u.reason, u.bytes) for u in unread]) == ([], [("password", len(locked))])


@pytest.mark.parametrize("keep", [100, 0.5, 0.95], ids=["header only", "half", "most"])
def test_damaged_workbook(keep: float) -> None:
    whole = saved(book(表=[TITLES, *PERSONS]))
    tables, unread = read_all(whole[: int(keep if keep > 1 else len(whole) * keep)], "t.xlsx")
    assert tables == []
    assert [u.reason for u in unread] == ["damaged"]


def test_one_broken_sheet_does_not_hide_the_others() -> None:
    whole = zipfile.ZipFile(io.BytesIO(saved(book(一=[TITLES, *PERSONS], 二=[TITLES, *PERSONS]))))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for member in whole.namelist():
            data = whole.read(member)
            made.writestr(member, data[: len(data) // 2] if member.endswith("sheet1.xml") else data)
    tables, unread = read_all(out.getvalue(), "t.xlsx")
    assert [(name, rows) for name, _, rows in tables if name == "二"] == [("二", PERSONS)]
    assert [(u.part, u.reason) for u in unread] == [("一", "damaged")]


def test_other_zips_are_unread() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("_rels/.rels", "<Relationships/>")
    assert [u.reason for u in read_all(out.getvalue(), "t.xps")[1]] == ["format"]


def test_content_before_suffix() -> None:
    workbook = saved(book(表=[TITLES, *PERSONS]))
    assert one(workbook, "export.csv") == (tuple(TITLES), PERSONS)
    assert one(text_of([TITLES, *PERSONS], "\t").encode("gbk"), "export.xls") == (tuple(TITLES), PERSONS)


def test_readers_say_nothing_on_their_own(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    made = book(一=[TITLES, *PERSONS])
    made.create_chartsheet("图")
    read_all(saved(made), "t.xlsx")
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("calamine").handlers


def test_lock_file_has_no_tables() -> None:
    assert read_all(bytes_source("~$客户.xlsx", b"\x06user" + bytes(160))) == ([], [])


def test_reader_for() -> None:
    named = reader_for(bytes_source("a.csv", b"a,b\n"))
    assert named is not None
    assert named.name == "delimited"
    assert reader_for(bytes_source("a.bin", bytes(range(256)))) is None


def test_large_tables_come_in_chunks() -> None:
    source = bytes_source("t.csv", b"n,m\n" + b"".join(b"%d,1\n" % n for n in range(200_000)))
    table = next(open_tables(source))
    assert isinstance(table, Table)
    sizes = [chunk.rows for chunk in table.chunks]
    assert sum(sizes) == 200_000
    assert max(sizes) <= 65_536
    assert BLOCK <= 1 << 23


# ---- cells and DataFrames


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (13812345678.0, "13812345678"),
        (4.40308199901101e17, "440308199901101000"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-3, "-3"),
        (True, "true"),
        (pd.NaT, ""),
        (pd.NA, ""),
        (pd.Timestamp("2026-09-01"), "2026-09-01"),
        (datetime(2026, 9, 1, 8, 23, 5, 500_000), "2026-09-01 08:23:05.5"),
        (b"abc", "abc"),
        (["a", 1], "a; 1"),
    ],
    ids=str,
)
def test_cell_text(value: object, text: str) -> None:
    assert cell_text(value) == text
    assert value_column(pd.Series([value], dtype=object)).to_pylist() == [text]


def frame_rows(frame: pd.DataFrame) -> tuple[tuple[str, ...] | None, list[list[str]]]:
    table = frame_table(frame)
    return table.header, rows_of(table)


def test_frame() -> None:
    frame = pd.DataFrame(
        {
            "姓名": ["张三", None],
            "手机": [13812345678, None],
            "日期": pd.to_datetime(["2026-09-01", None]),
            "类": pd.Categorical(["甲", "乙"]),
            "混": [1.0, "x"],
        }
    )
    header, rows = frame_rows(frame)
    assert header == ("姓名", "手机", "日期", "类", "混")
    assert rows == [["张三", "13812345678", "2026-09-01", "甲", "1"], ["", "", "", "乙", "x"]]


def test_frame_labels() -> None:
    assert frame_rows(pd.DataFrame([["张三", 1]])) == (None, [["张三", "1"]])
    assert frame_rows(pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="证号"))) == (("证号", "a"), [["x", "1"]])
    assert frame_rows(pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("收件人", "姓名"), ("收件人", "电话")])))[0] == (
        "收件人 / 姓名",
        "收件人 / 电话",
    )
    assert frame_rows(pd.DataFrame({"a": []})) == (("a",), [])
    assert frame_rows(pd.DataFrame({"a": [1, 2], "b": [3, 4]}).query("a > 1")) == (("a", "b"), [["2", "4"]])


def test_slices_keep_all_rows() -> None:
    column = value_column([str(n) for n in range(70_000)])
    chunks = list(slices((column,)))
    assert [(chunk.row, chunk.rows) for chunk in chunks] == [(0, 65_536), (65_536, 4_464)]


def test_ranges_are_those_of_the_sheet() -> None:
    made = book(表=[])
    rows: list[list[object]] = [["姓名", "手机号"], ["张三", 1], [], ["部门", "人数", "负责人"], ["技术部", 10, "王五"]]
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            made["表"].cell(8 + row, 5 + column, value)
    assert [name for name, _, _ in read_all(saved(made), "t.xlsx")[0]] == ["表 [E8:F9]", "表 [E11:G12]"]
