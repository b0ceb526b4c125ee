"""Office documents of other programs and other years: OpenDocument, Word and PowerPoint of 97 to 2003, and locked ones."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from compound_file import compound_file
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from test_hidden_text import opened
from test_readers_documents import package, paragraph, word, word_table

from scanner.limits import Opening
from scanner.model import Note, Table, Unread
from scanner.readers import open_source, reader_for
from scanner.readers.looks import BLANK, HIDDEN, OUTSIDE, TINY
from scanner.readers.story import DELETED
from scanner.sources import bytes_source

PASSWORD = "customers"


@pytest.fixture(scope="module")
def rows(fixtures: Path) -> list[list[str]]:
    with open(fixtures / "tables" / "customers.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[:13]


def read_with(name: str, data: bytes, *passwords: str) -> tuple[list[list[str]], list[str], list[str]]:
    """All rows of all tables, reasons of what was unread, codes of the notes."""
    rows: list[list[str]] = []
    reasons: list[str] = []
    notes: list[str] = []
    for part in open_source(bytes_source(name, data), Opening(passwords=passwords)):
        if isinstance(part, Unread):
            reasons.append(part.reason)
        elif isinstance(part, Note):
            notes.append(part.said.code)
        else:
            assert isinstance(part, Table)
            rows += [list(part.header)] if part.header else []
            rows += [list(row) for chunk in part.chunks for row in zip(*(c.to_pylist() for c in chunk.columns), strict=True)]
    return rows, reasons, notes


# ---- as LibreOffice writes them


@pytest.mark.parametrize("name", ["text.doc", "text.odt"])
def test_a_text_of_libreoffice(name: str, fixtures: Path, rows: list[list[str]]) -> None:
    tables, unread, _ = opened(name, (fixtures / "formats" / name).read_bytes())
    assert not unread
    assert tables["text, table 1"] == (rows, "")
    found = {row[0]: hidden for lines, hidden in tables.values() for row in lines if len(row) == 1}
    assert found == {"客户名单": "", "表后一段": "", "脚注": "", "页眉": "", "批注": "comments", "藏起来的一句": HIDDEN}


@pytest.mark.parametrize("name", ["customers_locked.doc", "customers_locked.pdf", "customers_locked.xls"])
def test_a_locked_document_is_opened_with_the_passwords(name: str, fixtures: Path, rows: list[list[str]]) -> None:
    data = (fixtures / "formats" / name).read_bytes()
    assert read_with(name, data, "wrong") == ([], ["password"], [])
    found, reasons, notes = read_with(name, data, "wrong", PASSWORD)
    assert (reasons, notes) == ([], ["unlocked"])
    assert [row for row in found if len(row) > 1] == [row[: 3 if name.endswith("pdf") else None] for row in rows]


@pytest.mark.parametrize("name", ["customers_locked.odt", "customers_locked.ods"])
def test_a_locked_opendocument_is_named(name: str, fixtures: Path) -> None:
    assert read_with(name, (fixtures / "formats" / name).read_bytes(), PASSWORD) == ([], ["password"], [])


# ---- locked packages


def locked(data: bytes, password: str) -> bytes:
    return bytes(ECMA376Agile.encrypt(password, io.BytesIO(data)))


def sheet() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["姓名", "手机号"], ["杨丽华", "13758295793"]):
        book.active.append(row)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


PADDING = {"docProps/thumbnail.jpeg": np.random.default_rng(3).bytes(9000)}  # the library locks no smaller file
OPEN = {"a.xlsx": sheet(), "a.docx": word(word_table([["姓名", "手机号"], ["杨丽华", "13758295793"]]), dict(PADDING))}


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("called", ["", "export.bin"])
def test_locked_packages(name: str, called: str) -> None:
    data = locked(OPEN[name], "secret")
    assert read_with(called or name, data)[1] == ["password"]
    assert read_with(called or name, data, "wrong")[1] == ["password"]
    found, reasons, notes = read_with(called or name, data, "wrong", "secret")
    assert ["杨丽华", "13758295793"] in found
    assert reasons == []
    assert "unlocked" in notes


def test_a_password_that_excel_never_asks_for_is_no_lock() -> None:
    found, reasons, notes = read_with("a.xlsx", locked(OPEN["a.xlsx"], "VelvetSweatshop"))
    assert ["杨丽华", "13758295793"] in found
    assert (reasons, notes) == ([], [])


def test_a_lock_that_takes_years_to_try_stays_closed() -> None:
    lock = b"\4\0\4\0\x40\0\0\0" + b'<k spinCount="99999999999"/>'
    data = compound_file({"EncryptionInfo": lock.ljust(5000), "EncryptedPackage": bytes(5000)})
    (unread,) = (part for part in open_source(bytes_source("a.docx", data), Opening(passwords=("secret",))))
    assert isinstance(unread, Unread)
    assert unread.reason == "password"
    assert "1,000,000 hashes" in unread.detail


@pytest.mark.parametrize("name", ["customers_locked.doc", "customers_locked.xls", "text.doc", "text.odt"])
def test_damage_is_told_and_nothing_crashes(name: str, fixtures: Path) -> None:
    data = (fixtures / "formats" / name).read_bytes()
    random = np.random.default_rng(11)
    for tenth in range(1, 10):
        found, reasons, _ = read_with(name, data[: len(data) * tenth // 10], PASSWORD)
        assert found or reasons
    for _ in range(25):
        broken = bytearray(data)
        for place in random.integers(0, len(broken), 20).tolist():
            broken[place] = int(random.integers(0, 256))
        _, reasons, _ = read_with(name, bytes(broken), PASSWORD)
        assert "error" not in reasons


# ---- OpenDocument, by hand

SPACES = " ".join(
    f'xmlns:{name}="urn:{name}"'
    for name in ("office", "text", "table", "draw", "style", "fo", "svg", "presentation", "xlink", "dc", "meta")
)


def open_document(
    body: str, kind: str = "text", styles: str = "", sheet_of_styles: str = "", more: dict[str, str | bytes] | None = None
) -> bytes:
    content = f"<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
    content += f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as file:
        file.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        file.writestr("content.xml", content)
        file.writestr("styles.xml", f"<office:document-styles {SPACES}>{sheet_of_styles}</office:document-styles>")
        for name, data in (more or {}).items():
            file.writestr(name, data)
    return into.getvalue()


def style(name: str, family: str, properties: str, parent: str = "") -> str:
    return f'<style:style style:name="{name}" style:family="{family}" style:parent-style-name="{parent}">{properties}</style:style>'


WHITE = '<style:text-properties fo:color="#ffffff"/>'


@pytest.mark.parametrize(
    ("styles", "text", "why"),
    [
        (
            style("t", "text", '<style:text-properties text:display="none"/>'),
            '<text:span text:style-name="t">{}</text:span>',
            HIDDEN,
        ),
        (style("t", "text", WHITE), '<text:span text:style-name="t">{}</text:span>', BLANK),
        (style("t", "text", '<style:text-properties fo:font-size="1pt"/>'), '<text:span text:style-name="t">{}</text:span>', TINY),
        (style("t", "text", '<style:text-properties fo:font-size="9pt"/>'), '<text:span text:style-name="t">{}</text:span>', ""),
        (style("u", "text", WHITE) + style("t", "text", "", "u"), '<text:span text:style-name="t">{}</text:span>', BLANK),
        (
            style("t", "text", '<style:text-properties fo:color="#ffffff" fo:background-color="#000080"/>'),
            '<text:span text:style-name="t">{}</text:span>',
            "",
        ),
        ("", '<text:hidden-text text:string-value="{}" text:is-hidden="true"/>', HIDDEN),
        ("", "a<text:s text:c='2'/>{}", ""),
    ],
)
def test_opendocument_text_that_is_hidden(styles: str, text: str, why: str) -> None:
    tables, unread, _ = opened("a.odt", open_document(f"<text:p>{text.format('13812345678')}</text:p>", styles=styles))
    assert not unread
    assert [hidden for rows, hidden in tables.values() if "13812345678" in rows[0][0]] == [why]


def test_opendocument_sections_deletions_links_and_pictures() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>删去</text:p></text:deletion></text:changed-region>"
        "</text:tracked-changes><text:section text:display='none'><text:p>藏段</text:p></text:section>"
        "<text:p>见<text:a xlink:href='mailto:a@b.cn'>这里</text:a>"
        "<draw:frame><draw:image/><svg:desc>图中人</svg:desc></draw:frame></text:p>"
        "<text:p>行一<text:line-break/>行二</text:p>"
    )
    more: dict[str, str | bytes] = {
        "Pictures/a.png": b"\x89PNG",
        "Object 1/content.xml": f"<office:document-content {SPACES}><table:table>"
        "<table:table-row><table:table-cell><text:p>表中</text:p>"
        "</table:table-cell></table:table-row></table:table></office:document-content>",
        "Object 2": b"a,b\n1,2\n",
        "Thumbnails/thumbnail.png": b"\x89PNG",
        "meta.xml": f"<office:document-meta {SPACES}><dc:creator>王五</dc:creator></office:document-meta>",
        "Basic/Standard/Module1.xml": "<m/>",
    }
    tables, unread, _ = opened("a.odt", open_document(body, more=more))
    found = {row[0]: hidden for rows, hidden in tables.values() for row in rows}
    assert found["删去"] == DELETED
    assert found["藏段"] == HIDDEN
    assert [found[text] for text in ("见这里", "行一", "行二", "表中")] == [""] * 4
    assert found["图中人"] == "alternative text of a picture"
    assert "mailto:a@b.cn" in found
    assert ["creator", "王五"] in [row for rows, _ in tables.values() for row in rows]
    assert "Object 2" in tables
    assert sorted((one.part, one.detail) for one in unread) == [
        ("Basic/Standard/Module1.xml", "macros"),
        ("Pictures/a.png", "an image without text"),
    ]


def frame(text: str, left: str = "1cm", name: str = "g") -> str:
    box = f'svg:x="{left}" svg:y="1cm" svg:width="5cm" svg:height="1cm"'
    words = f'<draw:text-box><text:p text:style-name="w">{text}</text:p></draw:text-box>'
    return f'<draw:frame draw:style-name="{name}" {box}>{words}</draw:frame>'


def test_opendocument_slides() -> None:
    styles = style("w", "paragraph", WHITE) + style("g", "graphic", '<style:graphic-properties draw:fill="none"/>', "standard")
    styles += style("d", "graphic", '<style:graphic-properties draw:fill="solid" draw:fill-color="#000080"/>')
    styles += style("hidden", "drawing-page", '<style:drawing-page-properties presentation:visibility="hidden"/>')
    layout = '<style:page-layout style:name="p">'
    layout += '<style:page-layout-properties fo:page-width="28cm" fo:page-height="16cm"/></style:page-layout>'
    layout += style("standard", "graphic", '<style:graphic-properties draw:fill="solid" draw:fill-color="#729fcf"/>')
    layout += '<style:master-page style:name="m" style:page-layout-name="p"/>'
    shapes = frame("无底白字") + frame("深底白字", name="d") + frame("深底之后") + frame("页外", "30cm")
    body = f'<draw:page draw:master-page-name="m">{shapes}<presentation:notes>'
    body += "<draw:frame><text:p>备注</text:p></draw:frame></presentation:notes>"
    body += '</draw:page><draw:page draw:style-name="hidden"><draw:frame><text:p>第二张</text:p></draw:frame></draw:page>'
    tables, unread, _ = opened("a.odp", open_document(body, "presentation", styles, layout))
    assert not unread
    assert {row[0]: (name.split(",")[0], hidden) for name, (rows, hidden) in tables.items() for row in rows} == {
        "无底白字": ("slide 1", BLANK),
        "深底白字": ("slide 1", ""),
        "深底之后": ("slide 1", ""),
        "页外": ("slide 1", OUTSIDE),
        "备注": ("slide 1", "notes"),
        "第二张": ("slide 2", "hidden slide"),
    }


def test_flat_opendocument() -> None:
    spaces = SPACES.replace("urn:office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0")
    kind = 'office:mimetype="application/vnd.oasis.opendocument.text"'
    body = "<text:p>电话 13812345678</text:p><draw:frame><draw:image><office:binary-data>AAAA</office:binary-data></draw:image>"
    text = f"<office:body><office:text>{body}</draw:frame></office:text></office:body>"
    flat = f"<?xml version='1.0'?>\n<office:document {spaces} {kind}>{text}</office:document>"
    tables, unread, _ = opened("a.fodt", flat.encode())
    assert [rows for rows, _ in tables.values()] == [[["电话 13812345678"]]]
    assert [one.reason for one in unread] == ["format"]


@pytest.mark.parametrize("bad", ["<!DOCTYPE w [<!ENTITY a 'b'>]><w/>", "<office:p>", "<a>" * 2000, "no XML"])
def test_a_broken_part_of_opendocument_is_told(bad: str) -> None:
    data = open_document("")
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(into, "w") as new:
        for name in old.namelist():
            new.writestr(name, bad if name == "content.xml" else old.read(name))
    _, reasons, _ = read_with("a.odt", into.getvalue())
    assert reasons in (["damaged"], ["too_deep"])


@pytest.mark.parametrize("name", ["a.odt", "a.zip", "a.bin", "a.docx"])
def test_opendocument_is_told_by_its_media_type(name: str) -> None:
    reader = reader_for(bytes_source(name, open_document("<text:p>a</text:p>")))
    assert reader is not None
    assert reader.name == "opendocument"


# ---- PowerPoint of 97 to 2003


def record(kind: int, *inside: bytes, version: int = 0xF) -> bytes:
    body = b"".join(inside)
    return struct.pack("<HHI", version, kind, len(body)) + body


def wide(text: str) -> bytes:
    return record(0x0FA0, text.encode("utf-16-le"), version=0)


def slideshow(*records: bytes) -> bytes:
    return compound_file(
        {"PowerPoint Document": b"".join(records).ljust(4200, b"\0"), "Current User": bytes(20), "Pictures": b"\xff" * 100}
    )


def test_old_slides() -> None:
    slides = record(0x03EE, record(0xF00D, wide("题目\r电话 13812345678")), record(0x0FA8, b"plain", version=0))
    notes = record(0x03F0, wide("备注"))
    master = record(0x03F8, wide("单击此处"))
    listed = record(0x03E8, record(0x0FF0, wide("大纲"), version=0xF), record(0x0FF0, wide("备注列"), version=0x2F))
    comment = record(0x2EE0, record(0x0FBA, "批注".encode("utf-16-le"), version=0))
    thing = record(0x1011, b"\0\0\0\0", version=0)
    tables, unread, _ = opened("a.ppt", slideshow(slides, notes, master, listed, comment, thing))
    assert tables == {
        "slides": ([["题目"], ["电话 13812345678"], ["plain"], ["大纲"]], ""),
        "notes": ([["备注"], ["备注列"]], "notes"),
        "slide masters": ([["单击此处"]], "slide master"),
        "comments": ([["批注"]], "comments"),
    }
    assert sorted((one.part, one.reason) for one in unread) == [("1 embedded objects", "format"), ("Pictures", "format")]


def test_old_slides_that_break_off() -> None:
    data = slideshow(record(0x03EE, wide("题目"))[:-2] + struct.pack("<HHI", 0, 0x0FA0, 1 << 30))
    found, reasons, _ = read_with("a.ppt", data)
    assert found == [["题"]] or found == [["题目"]] or found == []
    assert "damaged" in reasons


@pytest.mark.parametrize("name", ["a.doc", "a.ppt", "a.docx", "a.bin"])
def test_other_compound_files_are_named(name: str) -> None:
    _, reasons, _ = read_with(name, compound_file({"Something": bytes(5000)}))
    assert reasons == ["format"]


# ---- embedded files


def added(archive: bytes, more: dict[str, bytes]) -> bytes:
    made = io.BytesIO(archive)
    with zipfile.ZipFile(made, "a") as file:
        for name, data in more.items():
            file.writestr(name, data)
    return made.getvalue()


def test_embedded_files_of_documents_are_opened_and_pictures_named() -> None:
    inner = OPEN["a.xlsx"]
    more: dict[str, str | bytes] = {
        "word/embeddings/list.xlsx": inner,
        "word/media/image1.png": b"\x89PNG",
        "word/vbaProject.bin": b"x",
    }
    for name, data in (
        ("a.docx", word(paragraph("正文"), more)),
        ("a.pptx", package({"ppt/presentation.xml": "<p/>", "ppt/embeddings/list.xlsx": inner, "ppt/media/a.jpg": b"x"})),
        ("a.xlsx", added(inner, {"xl/embeddings/list.xlsx": inner, "xl/media/image1.png": b"\x89PNG", "xl/vbaProject.bin": b"x"})),
        ("a.odt", open_document("<text:p>正文</text:p>", more={"Object 1": inner, "Pictures/a.png": b"\x89PNG"})),
    ):
        found, reasons, _ = read_with(name, data)
        assert ["杨丽华", "13758295793"] in found, name
        assert found.count(["杨丽华", "13758295793"]) == (2 if name == "a.xlsx" else 1)
        assert reasons == ["format"] * (2 if name in ("a.docx", "a.xlsx") else 1)
