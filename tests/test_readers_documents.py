"""Documents: the table of a CSV file in every one of them gives the same cells; what is hidden in them is read; damage is told."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import escape
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from compound_file import compound_file

from scanner.errors import UnreadableError
from scanner.model import Note, Table, Unread
from scanner.readers import READERS, docx, mail, msg, pdf, pptx, reader_for, rtf, vcard
from scanner.readers.page_layout import Glyphs, PageTable, layout
from scanner.sources import Source, bytes_source

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
Rows = list[list[str]]
Read = Callable[[Source], Iterator[Table | Unread | Note | Source]]
Found = tuple[tuple[str, ...] | None, Rows, str]  # header, rows, why hidden


@pytest.fixture(scope="module")
def rows(fixtures: Path) -> Rows:
    with open(fixtures / "tables" / "customers.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[:41]


def parts(read: Read, data: bytes, name: str) -> tuple[dict[str, Found], list[Unread], list[Source]]:
    """Tables by name (header, rows, hidden), what was unread, embedded files."""
    tables: dict[str, Found] = {}
    unread: list[Unread] = []
    files: list[Source] = []
    try:
        for part in read(bytes_source(name, data)):
            if isinstance(part, Unread):
                unread.append(part)
            elif isinstance(part, Source):
                files.append(part)
            elif isinstance(part, Table):
                assert part.name not in tables
                found: Rows = []
                for chunk in part.chunks:
                    found += map(list, zip(*(column.to_pylist() for column in chunk.columns), strict=True))
                tables[part.name] = (part.header, found, part.hidden)
    except UnreadableError as error:
        unread.append(Unread(name, "", error.reason, error.detail))
    return tables, unread, files


def lines(table: Found) -> list[str]:
    assert table[0] is None
    return [row[0] for row in table[1]]


def package(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def relations(*links: str) -> str:
    return f"<Relationships {RELS}>{''.join(f'<Relationship {link}/>' for link in links)}</Relationships>"


# ---- Word


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{escape(text)}</w:t></w:r></w:p>"


def word_table(rows: Rows) -> str:
    lines = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"


def word(body: str, more: dict[str, str | bytes] | None = None) -> bytes:
    return package({"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>", **(more or {})})


def word_document(rows: Rows) -> bytes:
    return word(paragraph("客户名单") + word_table(rows))


def test_word_reads_what_is_hidden(rows: Rows) -> None:
    body = (
        paragraph("正文 13812345678")
        + paragraph("藏起来 13812345679", "<w:vanish/>")
        + paragraph("没有藏", '<w:vanish w:val="0"/>')
        + "<w:p><w:r><w:t>留下</w:t></w:r><w:del><w:r><w:delText>删去 13812345670</w:delText></w:r></w:del></w:p>"
        + "<w:p><mc:AlternateContent xmlns:mc='m'><mc:Choice><w:txbxContent>" + paragraph("文本框") + "</w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:txbxContent>" + paragraph("文本框") + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:p>"
    )  # fmt: skip
    more: dict[str, str | bytes] = {
        "word/header1.xml": f"<w:hdr {W}>{paragraph('页眉')}</w:hdr>",
        "word/comments.xml": f"<w:comments {W}><w:comment>{paragraph('批注')}</w:comment></w:comments>",
        "word/_rels/document.xml.rels": relations('Id="a" TargetMode="External" Target="mailto:a@b.cn"'),
        "docProps/core.xml": "<p><creator>王五</creator></p>",
        "word/media/image1.png": b"\x89PNG",
        "word/embeddings/list.xlsx": b"PK",
    }
    tables, unread, files = parts(docx.read, word(body, more), "a.docx")
    assert lines(tables["text"]) == ["正文 13812345678", "没有藏", "留下", "文本框"]
    assert tables["text, hidden text"][1:] == ([["藏起来 13812345679"]], "hidden text")
    deleted = next(table for name, table in tables.items() if "deleted" in name)
    assert deleted[1] == [["删去 13812345670"]]
    assert deleted[2]
    assert lines(tables["page header 1"]) == ["页眉"]
    assert tables["comments"][2] == "comments"
    assert lines(tables["link targets"]) == ["mailto:a@b.cn"]
    assert tables["document properties"][1] == [["creator", "王五"]]
    assert [(one.part, one.reason) for one in unread] == [("word/media/image1.png", "format")]
    assert [one.member for one in files] == ["word/embeddings/list.xlsx"]


def test_word_spans_nested_tables_and_deleted_rows() -> None:
    deleted = "<w:tr><w:tc><w:p><w:del><w:r><w:delText>李四</w:delText></w:r></w:del></w:p></w:tc></w:tr>"
    span = (
        '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc><w:tc>'
        + paragraph("丙")
        + "</w:tc></w:tr>"
    )
    inner = word_table([["姓名", "电话"], ["赵六", "13812345678"], ["孙七", "13912345678"]])
    cells = "".join(f"<w:tc>{cell}</w:tc>" for cell in (paragraph("一"), inner + paragraph("二"), paragraph("三")))
    outer = f"<w:tbl>{span}<w:tr>{cells}</w:tr>{deleted}</w:tbl>"
    tables, unread, _ = parts(docx.read, word(outer), "a.docx")
    assert not unread
    assert [row for _, found, _ in (tables["text, table 1"],) for row in found] == [["甲", "", "丙"], ["一", "二", "三"]]
    assert tables["text, table 2"][0] == ("姓名", "电话")
    assert any(found == [["李四"]] and hidden for _, found, hidden in tables.values())


@pytest.mark.parametrize("bad", ["<!DOCTYPE w [<!ENTITY a 'b'>]><w/>", "<w:document>", "<a>" * 2000, "no XML"])
def test_a_broken_part_is_told_and_the_rest_is_read(bad: str) -> None:
    data = package({"word/document.xml": bad, "word/header1.xml": f"<w:hdr {W}>{paragraph('页眉')}</w:hdr>"})
    tables, unread, _ = parts(docx.read, data, "a.docx")
    assert list(tables) == ["page header 1"]
    assert [one.part for one in unread] == ["text"]
    assert unread[0].reason in ("damaged", "too_deep")


def test_a_long_table_is_one_stream(rows: Rows) -> None:
    many = [rows[0], *rows[1:] * 500]
    body = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in row[:4]) + "</w:tr>" for row in many
    )
    tables, unread, _ = parts(docx.read, word(f"<w:tbl>{body}</w:tbl>{paragraph('后面')}"), "a.docx")
    assert not unread
    assert tables["text, table 1"][0] == tuple(rows[0][:4])
    assert tables["text, table 1"][1] == [row[:4] for row in many[1:]]
    assert lines(tables["text"]) == ["后面"]


# ---- PowerPoint


def slide(rows: Rows, more: str = "", show: str = "") -> str:
    cells = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{escape(cell)}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in row)
        + "</a:tr>"
        for row in rows
    )
    return f"<p:sld {A}{show}><a:p><a:r><a:t>{more}</a:t></a:r></a:p><a:tbl>{cells}</a:tbl></p:sld>"


def presentation(rows: Rows) -> bytes:
    order = f'<p:presentation {A} {R}><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/></p:presentation>'
    links = relations(*(f'Id="r{n}" Type="x/slide" Target="slides/slide{n}.xml"' for n in (1, 2)))
    note = relations('Id="a" Type="x/notesSlide" Target="../notesSlides/notesSlide1.xml"')
    return package(
        {
            "ppt/presentation.xml": order,
            "ppt/_rels/presentation.xml.rels": links,
            "ppt/slides/slide1.xml": slide([["姓名"], ["张三"], ["李四"]], "藏", ' show="0"'),
            "ppt/slides/slide2.xml": slide(rows, "客户名单"),
            "ppt/slides/_rels/slide2.xml.rels": note,
            "ppt/notesSlides/notesSlide1.xml": f"<p:notes {A}><a:p><a:r><a:t>备注 13812345678</a:t></a:r></a:p></p:notes>",
        }
    )


def test_slides_in_their_order_hidden_ones_notes(rows: Rows) -> None:
    tables, unread, _ = parts(pptx.read, presentation(rows), "a.pptx")
    assert not unread
    assert lines(tables["slide 1"]) == ["客户名单"]
    assert tables["slide 1, notes"][1:] == ([["备注 13812345678"]], "notes")
    assert tables["slide 2"][1:] == ([["藏"]], "hidden slide")
    assert tables["slide 2, table 1"][2] == "hidden slide"


# ---- PDF


def pdf_document(rows: Rows, ruled: bool = True, pages: int = 1, note: str = "") -> bytes:
    """A PDF whose Chinese font is only named, as many programs do it."""
    width, columns = 240, len(rows[0])
    each = -(-(len(rows) - 1) // pages)
    objects = [b"", b""]
    kids = []
    for page in range(pages):
        shown = [rows[0], *rows[1 + page * each : 1 + (page + 1) * each]]
        top = 20 * len(shown) + 60
        text = [f"BT /F 10 Tf 1 0 0 1 20 {top - 20} Tm <{('名单 ' + str(page + 1)).encode('utf-16-be').hex()}> Tj ET"]
        for line, row in enumerate(shown):
            for column, cell in enumerate(row):
                if cell:
                    x, y = 24 + column * width, top - 55 - 20 * line
                    text.append(f"BT /F 6 Tf 1 0 0 1 {x} {y} Tm <{cell.encode('utf-16-be').hex()}> Tj ET")
                if ruled:
                    text.append(f"{20 + column * width} {top - 60 - 20 * line} {width} 20 re S")
        stream = "\n".join(text).encode()
        kids.append(len(objects) + 1)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {40 + width * columns} {top + 20}]/Contents {len(objects) + 2} 0 R"
            f"/Resources<</Font<</F {3 + 2 * pages} 0 R>>>>{note}>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    font = len(objects) + 1
    objects.append(b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[%d 0 R]>>" % (font + 1))
    objects.append(
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 0>>"
        b"/W[1 95 500]"
        b"/FontDescriptor %d 0 R>>" % (font + 2)
    )
    objects.append(b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]/Ascent 800/Descent -200>>")
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = f"<</Type/Pages/Count {pages}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "bare"])
@pytest.mark.parametrize("pages", [1, 3])
def test_pdf_tables_go_on_over_pages(rows: Rows, ruled: bool, pages: int) -> None:
    tables, unread, _ = parts(pdf.read, pdf_document(rows, ruled, pages), "a.pdf")
    assert not unread
    assert tables["page 1, table"][:2] == (tuple(rows[0]), rows[1:])
    prose = next(table for name, table in tables.items() if "table" not in name)
    assert lines(prose) == [f"名单 {page}" for page in range(1, pages + 1)]


def test_pdf_single_characters_in_a_font_that_is_not_there() -> None:
    tables, _, _ = parts(pdf.read, pdf_document([["姓名", "性别"], ["张三", "男"], ["李四", "女"], ["王五", "男"]]), "a.pdf")
    assert [row[1] for row in tables["page 1, table"][1]] == ["男", "女", "男"]


def test_pdf_notes_fields_and_attachments(tmp_path: Path) -> None:
    note = "/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(13812345678)>>"
    note += "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Zhang)/Rect[0 0 9 9]>>]"
    document = pdfium.PdfDocument(pdf_document([["姓名", "电话"], ["张三", "1"]], note=note))
    document.new_attachment("list.csv").set_data(b"a,b\n1,2\n")
    document.save(str(tmp_path / "a.pdf"))
    document.close()
    tables, unread, files = parts(pdf.read, (tmp_path / "a.pdf").read_bytes(), "a.pdf")
    assert not unread
    assert tables["annotations"][1:] == ([["13812345678"]], "annotations")
    assert tables["form fields"][1] == [["name", "Zhang"]]
    assert [(one.member, one.data) for one in files] == [("list.csv", b"a,b\n1,2\n")]


def test_pdf_pages_of_images_are_named() -> None:
    document = pdfium.PdfDocument.new()
    for _ in range(2):
        page = document.new_page(100, 100)
        image = pdfium.PdfImage.new(document)
        image.set_bitmap(pdfium.PdfBitmap.new_native(8, 8, 4))
        image.set_matrix(pdfium.PdfMatrix().scale(50, 50))
        page.insert_obj(image)
        page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    tables, unread, _ = parts(pdf.read, buffer.getvalue(), "a.pdf")
    assert not tables
    assert [(one.part, one.reason, one.detail) for one in unread] == [
        (f"page {n}", "format", "an image without text") for n in (1, 2)
    ]


# RC4, 40 bits, user password "x": the smallest document that is locked (ISO 32000-1, 7.6).
LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]/Size 4>>\n%%EOF"
)


def test_pdf_locked() -> None:
    _, unread, _ = parts(pdf.read, LOCKED, "a.pdf")
    assert [one.reason for one in unread] == ["password"]


def test_a_rotated_layout_and_wrapped_cells() -> None:
    def glyphs(cells: list[tuple[float, float, str]]) -> Glyphs:
        placed = [(x + 5 * i, y, x + 5 * i + 5, y + 6, c) for x, y, text in cells for i, c in enumerate(text)]
        return Glyphs([c for *_, c in placed], np.array([box[:4] for box in placed]))

    rules = [(0.0, y, 300.0, y) for y in (0.0, 30.0, 60.0)] + [(x, 0.0, x, 60.0) for x in (0.0, 150.0, 300.0)]
    found = layout(
        glyphs([(5, 40, "name"), (155, 40, "id"), (5, 10, "zhang"), (155, 18, "110101"), (155, 8, "1990")]), np.array(rules)
    )
    assert [part.rows for part in found if isinstance(part, PageTable)] == [[["name", "id"], ["zhang", "1101011990"]]]


# ---- mail


def html_rows(rows: Rows) -> str:
    return "<table>" + "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"


def message(rows: Rows) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = "张三 <zhang@example.cn>"
    letter["To"] = "李四 <li@example.cn>, wang@example.cn"
    letter["Subject"] = "客户名单"
    letter.set_content("请看表格。\n只在纯文本里：13812345678\n")
    letter.add_alternative(f"<html><body><p>请看表格。</p>{html_rows(rows)}</body></html>", subtype="html")
    letter.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="名单.csv")
    return letter


def mail_document(rows: Rows) -> bytes:
    return message(rows).as_bytes()


def test_mail(rows: Rows) -> None:
    tables, unread, files = parts(mail.read, mail_document(rows), "a.eml")
    assert not unread
    assert tables["people"][0] == ("field", "name", "email")
    assert tables["people"][1] == [
        ["From", "张三", "zhang@example.cn"],
        ["To", "李四", "li@example.cn"],
        ["To", "", "wang@example.cn"],
    ]
    assert lines(tables["subject"]) == ["Subject: 客户名单"]
    assert tables["plain text"][1] == [["只在纯文本里：13812345678"]]
    assert tables["plain text"][2]
    assert [(one.member, one.data) for one in files] == [("名单.csv", b"a,b\n1,2\n")]


def test_mail_in_gbk_without_a_word_of_it() -> None:
    raw = "From: 张三 <z@b.cn>\r\nTo: c@d.cn\r\nSubject: =?gb2312?B?08rP5A==?=\r\n"
    raw += "Content-Type: text/plain; charset=gb2312\r\n\r\n電話：13812345678\r\n"
    tables, _, _ = parts(mail.read, raw.encode("gb18030"), "a.eml")
    assert tables["people"][1][0] == ["From", "张三", "z@b.cn"]
    assert lines(tables["subject"]) == ["Subject: 邮箱"]
    assert lines(tables["text"]) == ["電話：13812345678"]


def test_mailbox_and_message_within_message(rows: Rows) -> None:
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "a@b.cn", "c@d.cn", "转发"
    outer.set_content("见附件")
    outer.add_attachment(message(rows))
    one = b"From a@b.cn Sat Nov 21 20:00:00 2026\n"
    tables, unread, files = parts(mail.read, one + outer.as_bytes() + b"\n" + one + outer.as_bytes(), "a.mbox")
    assert not unread
    found = [table for table in tables.values() if table[0] == tuple(rows[0])]
    assert [table[1] for table in found] == [rows[1:], rows[1:]]
    assert len(files) == 2


def test_encrypted_mail_is_locked() -> None:
    raw = b"From: a@b.cn\nTo: c@d.cn\nSubject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nabcd\n"
    _, unread, _ = parts(mail.read, raw, "a.eml")
    assert [one.reason for one in unread] == ["password"]


def outlook(rows: Rows) -> bytes:
    wide = "utf-16-le"
    inner = {"__substg1.0_0037001F": "里面".encode(wide), "__substg1.0_1000001F": "内信 13812345678".encode(wide)}
    return compound_file(
        {
            "__nameid_version1.0": {"__substg1.0_00020102": b""},
            "__substg1.0_0037001F": "客户名单".encode(wide),
            "__substg1.0_0C1A001F": "张三".encode(wide),
            "__substg1.0_5D01001F": "zhang@example.cn".encode(wide),
            "__substg1.0_10130102": ("<html><meta charset=gbk><body>" + html_rows(rows) + "</body></html>").encode("gbk"),
            "__recip_version1.0_#00000000": {
                "__substg1.0_3001001F": "李四".encode(wide),
                "__substg1.0_39FE001F": "li@example.cn".encode(wide),
            },
            "__attach_version1.0_#00000000": {
                "__substg1.0_3707001F": "名单.csv".encode(wide),
                "__substg1.0_37010102": b"a,b\n1,2\n" * 999,
            },
            "__attach_version1.0_#00000001": {"__substg1.0_3701000D": inner},
        }
    )


def test_outlook(rows: Rows) -> None:
    tables, unread, files = parts(msg.read, outlook(rows), "a.msg")
    assert not unread
    assert tables["people"][1] == [["From", "张三", "zhang@example.cn"], ["To", "李四", "li@example.cn"]]
    assert lines(tables["subject"]) == ["客户名单"]
    assert lines(tables["attached message, text"]) == ["内信 13812345678"]
    assert [(one.member, one.data) for one in files] == [("名单.csv", b"a,b\n1,2\n" * 999)]


def test_compressed_rtf() -> None:
    # the two examples of [MS-OXRTFCP] 4.1 and 4.2
    plain = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0".replace(" ", "")
    )
    assert msg.unpacked_rtf(plain) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert msg.unpacked_rtf(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


# ---- RTF


def rtf_text(text: str, unicode: bool) -> str:
    if unicode:
        units = text.encode("utf-16-le")
        codes = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)]
        return "".join(chr(code) if 0 < code < 128 else f"\\u{code}?" for code in codes)
    return "".join(chr(byte) if byte < 128 else f"\\'{byte:02x}" for byte in text.encode("gb18030"))


def rtf_document(rows: Rows, unicode: bool = False) -> bytes:
    body = "".join(
        "\\trowd" + "".join(f"\\pard\\intbl {rtf_text(cell, unicode)}\\cell" for cell in row) + "\\row\n" for row in rows
    )
    font = "{\\fonttbl{\\f0\\fnil\\fcharset134 \\'cb\\'ce\\'cc\\'e5;}}"
    head = f"{{\\rtf1\\ansi\\ansicpg936\\uc1\\deff0{font}{{\\colortbl;\\red0;}}\\pard {rtf_text('客户名单', unicode)}\\par\n"
    picture = "{\\pict\\pngblip 89504e47}"
    tail = f"\\pard {{\\v {rtf_text('藏 13812345678', unicode)}}}{{\\deleted {rtf_text('删', unicode)}}}{picture}\\par}}"
    return (head + body + tail).encode("ascii")


@pytest.mark.parametrize("unicode", [True, False])
def test_rtf(rows: Rows, unicode: bool) -> None:
    tables, unread, _ = parts(rtf.read, rtf_document(rows, unicode), "a.rtf")
    assert lines(tables["text"]) == ["客户名单"]
    assert tables["text, hidden text"][1] == [["藏 13812345678"]]
    assert any(found == [["删"]] for _, found, _ in tables.values())
    assert [one.part for one in unread] == ["1 pictures"]


# ---- address books


def address_book(rows: Rows, unicode: bool = True) -> bytes:
    cards = []
    for row in rows[1:]:
        name, phone, email, address = row[1], row[4], row[5], row[6]
        folded = f"ADR;TYPE=HOME:;;{address};;;;"
        cards.append(f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name[0]};{name[1:]};;;\r\nFN:{name}\r\nTEL;TYPE=CELL:{phone}\r\n"
                     f"EMAIL:{email}\r\n{folded[:30]}\r\n {folded[30:]}\r\nEND:VCARD\r\n")  # fmt: skip
    return "".join(cards).encode("utf-8")


def test_address_book(rows: Rows) -> None:
    tables, unread, _ = parts(vcard.read, address_book(rows), "a.vcf")
    assert not unread
    header, found, _ = tables["cards"]
    assert header == ("name", "phone", "email", "address")
    assert found == [[row[1], row[4], row[5], row[6]] for row in rows[1:]]


def test_address_book_of_an_old_telephone() -> None:
    quoted = "".join(f"={byte:02X}" for byte in "张三".encode())
    card = (
        f"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted[:9]}=\r\n{quoted[9:]};;;;\r\n"
        "TEL;CELL:138-1234-5678\r\nitem1.TEL:010-12345678\r\nX-QQ:123456\r\nPHOTO;ENCODING=BASE64:"
        + "A" * 300
        + "\r\n\r\nEND:VCARD\r\n"
    )
    tables, unread, _ = parts(vcard.read, card.encode(), "a.vcf")
    assert tables["cards"][0] == ("name", "phone", "phone 2", "chat account")
    assert tables["cards"][1] == [["张三", "138-1234-5678", "010-12345678", "123456"]]
    assert [one.part for one in unread] == ["1 pictures"]
    _, unread, _ = parts(vcard.read, card.encode()[:-20], "a.vcf")
    assert "damaged" in [one.reason for one in unread]


# ---- all of them

MAKERS: dict[str, Callable[[Rows], bytes]] = {
    "docx": word_document,
    "pptx": presentation,
    "pdf": pdf_document,
    "eml": mail_document,
    "msg": outlook,
    "rtf": rtf_document,
}
NAMES = {"eml": "mail", "vcf": "vcard"}


@pytest.mark.parametrize("kind", MAKERS)
def test_the_same_cells_as_the_csv(kind: str, rows: Rows) -> None:
    read = next(reader.read for reader in READERS if reader.name == NAMES.get(kind, kind))
    tables, _, _ = parts(read, MAKERS[kind](rows), f"a.{kind}")  # type: ignore[arg-type]
    assert [table[1] for table in tables.values() if table[0] == tuple(rows[0])] == [rows[1:]]


@pytest.mark.parametrize("kind", [*MAKERS, "vcf"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "misnamed"])
def test_told_by_content(kind: str, named: bool, rows: Rows) -> None:
    data = {**MAKERS, "vcf": address_book}[kind](rows)
    reader = reader_for(bytes_source(f"a.{kind}" if named else "a.jpg", data))
    assert reader is not None
    assert reader.name == NAMES.get(kind, kind)


@pytest.mark.parametrize("kind", [*MAKERS, "vcf"])
def test_cut_short_is_never_silent_nor_a_crash(kind: str, rows: Rows) -> None:
    data = {**MAKERS, "vcf": address_book}[kind](rows)
    read = next(reader.read for reader in READERS if reader.name == NAMES.get(kind, kind))
    for tenth in range(1, 10):
        tables, unread, _ = parts(read, data[: len(data) * tenth // 10], f"a.{kind}")  # type: ignore[arg-type]
        assert tables or unread


@pytest.mark.parametrize("kind", [*MAKERS, "vcf"])
def test_bytes_changed_anywhere(kind: str, rows: Rows) -> None:
    """A few hundred damaged files; only what the readers say aloud may come of them."""
    data = {**MAKERS, "vcf": address_book}[kind](rows[:6])
    read = next(reader.read for reader in READERS if reader.name == NAMES.get(kind, kind))
    random = np.random.default_rng(7)
    for _ in range(60):
        broken = bytearray(data)
        for place in random.integers(0, len(broken), 12).tolist():
            broken[place] = int(random.integers(0, 256))
        parts(read, bytes(broken), f"a.{kind}")  # type: ignore[arg-type]


def test_no_reader_claims_plain_text() -> None:
    for text in ("姓名：张三\n电话：13812345678\n", "Name: x\nTel: y\n", "a,b\n1,2\n", "From me to you\nx\n"):
        head = text.encode()
        source = bytes_source("a.txt", head)
        assert not any(module.claims(head, source) for module in (docx, pptx, pdf, mail, msg, rtf, vcard))


def test_errors_say_nothing_of_the_content(rows: Rows) -> None:
    data = word("<w:p>" + paragraph("13812345678") + "</w:x>")
    _, unread, _ = parts(docx.read, data, "a.docx")
    assert unread
    assert not re.search("13812345678", repr(unread))
