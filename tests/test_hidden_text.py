"""Text that somebody hid in a document is read, and the report says what hid it."""

from __future__ import annotations

import pytest
from test_readers_documents import A, R, W, lines, package, paragraph, relations, word, word_table

from scanner.model import Note, Table, Unread
from scanner.readers import open_source, pdf_text
from scanner.readers.looks import BLANK, HIDDEN, OUTSIDE, SHAPE, TINY
from scanner.sources import bytes_source

Shown = dict[str, tuple[list[list[str]], str]]


def opened(name: str, data: bytes) -> tuple[Shown, list[Unread], list[str]]:
    """Tables by name (rows, why hidden), what was unread, notes."""
    tables: Shown = {}
    unread: list[Unread] = []
    notes: list[str] = []
    for part in open_source(bytes_source(name, data)):
        if isinstance(part, Unread):
            unread.append(part)
        elif isinstance(part, Note):
            notes.append(part.said.en)
        else:
            assert isinstance(part, Table)
            rows = [list(row) for chunk in part.chunks for row in zip(*(c.to_pylist() for c in chunk.columns), strict=True)]
            tables[part.name] = ([list(part.header or []), *rows] if part.header else rows, part.hidden)
    return tables, unread, notes


# ---- Word

WHITE = '<w:color w:val="FFFFFF"/>'
SHADE = '<w:shd w:val="clear" w:fill="1F3864"/>'


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ("<w:vanish/>", HIDDEN),
        (WHITE, BLANK),
        ('<w:color w:val="ffffff" w:themeColor="background1"/>', BLANK),
        ('<w:sz w:val="2"/>', TINY),
        ('<w:sz w:val="4"/>', TINY),
        ('<w:sz w:val="21"/>', ""),
        ('<w:color w:val="FF0000"/>', ""),
        ('<w:color w:val="auto"/>', ""),
        (WHITE + SHADE, ""),
        (WHITE + '<w:highlight w:val="black"/>', ""),
        ('<w:color w:val="1F3864"/>' + SHADE, BLANK),
    ],
)
def test_word_fonts(properties: str, why: str) -> None:
    tables, unread, _ = opened("a.docx", word(paragraph("上一行") + paragraph("电话 13812345678", properties)))
    assert not unread
    assert [hidden for rows, hidden in tables.values() if ["电话 13812345678"] in rows] == [why]


def test_word_white_on_a_shade_is_seen() -> None:
    """The heads of tables are often white on blue."""
    shaded = f"<w:tcPr>{SHADE}</w:tcPr>"
    cells = "".join(f"<w:tc>{shaded}{paragraph(text, WHITE)}</w:tc>" for text in ("姓名", "电话"))
    body = f"<w:tbl><w:tr>{cells}</w:tr>" + word_table([["张三", "13812345678"], ["李四", "13912345678"]])[7:]
    box = '<w:p><w:r><wps:wsp xmlns:wps="s"><wps:spPr><a:solidFill xmlns:a="a"><a:srgbClr val="1F3864"/></a:solidFill></wps:spPr>'
    box += f"<w:txbxContent>{paragraph('封面', WHITE)}</w:txbxContent></wps:wsp></w:r></w:p>"
    tables, _, notes = opened("a.docx", word(body + box))
    assert not notes
    assert {hidden for _, hidden in tables.values()} == {""}


def test_word_styles_and_what_they_are_based_on() -> None:
    styles = f"""<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="21"/></w:rPr></w:rPrDefault></w:docDefaults>
        <w:style w:type="paragraph" w:styleId="white"><w:rPr>{WHITE}</w:rPr></w:style>
        <w:style w:type="paragraph" w:styleId="heir"><w:basedOn w:val="white"/></w:style>
        <w:style w:type="character" w:styleId="gone"><w:rPr><w:vanish/></w:rPr></w:style>
        <w:style w:type="table" w:styleId="grid"><w:tblStylePr w:type="firstRow"><w:rPr>{WHITE}</w:rPr></w:tblStylePr></w:style>
        <w:style w:type="paragraph" w:styleId="plain"><w:rPr/></w:style></w:styles>"""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{name}"/></w:pPr><w:r><w:t>{name}</w:t></w:r></w:p>' for name in ("heir", "plain")
    )
    body += paragraph("gone", '<w:rStyle w:val="gone"/>') + '<w:p><w:r><w:rPr><w:rStyle w:val="gone"/><w:vanish w:val="0"/></w:rPr>'
    body += "<w:t>back</w:t></w:r></w:p>"
    tables, _, _ = opened("a.docx", word(body, {"word/styles.xml": styles}))
    assert {row[0]: hidden for rows, hidden in tables.values() for row in rows} == {
        "heir": BLANK,
        "plain": "",
        "gone": HIDDEN,
        "back": "",
    }


def test_word_page_of_another_colour() -> None:
    document = f'<w:document {W}><w:background w:color="000000"/><w:body>{paragraph("白", WHITE)}{paragraph("黑", BLACK)}</w:body>'
    tables, _, _ = opened("a.docx", package({"word/document.xml": document + "</w:document>"}))
    assert {row[0]: hidden for rows, hidden in tables.values() for row in rows} == {"白": "", "黑": BLANK}


BLACK = '<w:color w:val="000000"/>'


def test_a_hidden_column_stays_in_its_rows_and_is_told() -> None:
    rows = [("姓名", "电话"), ("张三", "13812345678"), ("李四", "13912345678")]
    cells = ("".join(f"<w:tc>{paragraph(a)}</w:tc><w:tc>{paragraph(b, WHITE)}</w:tc>" for a, b in (row,)) for row in rows)
    tables, _, notes = opened("a.docx", word("<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"))
    assert [found for found, _ in tables.values()] == [[list(row) for row in rows]]
    assert notes == [f"3 cells in rows that are seen are not seen ({BLANK})"]


# ---- PowerPoint

SIZE = '<p:sldSz cx="12192000" cy="6858000"/>'
PLACE = '<a:xfrm><a:off x="{}" y="1000000"/><a:ext cx="3000000" cy="400000"/></a:xfrm>'


def shape(text: str, fill: str = "", font: str = "", left: int = 1000000, name: str = "", size: str = "") -> str:
    return (
        f"<p:sp><p:nvSpPr><p:cNvPr id='2' name='t' {name}/></p:nvSpPr><p:spPr>{PLACE.format(left)}{fill}</p:spPr><p:txBody>"
        f"<a:p><a:r><a:rPr {size}>{font}</a:rPr><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def solid(colour: str, kind: str = "srgbClr") -> str:
    return f'<a:solidFill><a:{kind} val="{colour}"/></a:solidFill>'


def slides(body: str, ground: str = "", master: str = "", clr_map: str = 'bg1="lt1" tx1="dk1"') -> bytes:
    theme = '<a:clrScheme><a:dk1><a:sysClr lastClr="000000"/></a:dk1><a:lt1><a:srgbClr val="FFFFFF"/></a:lt1></a:clrScheme>'
    return package(
        {
            "ppt/presentation.xml": f'<p:presentation {A} {R}><p:sldIdLst><p:sldId r:id="r1"/></p:sldIdLst>{SIZE}</p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations('Id="r1" Type="x/slide" Target="slides/slide1.xml"'),
            "ppt/slides/slide1.xml": f"<p:sld {A}><p:cSld>{ground}<p:spTree>{body}</p:spTree></p:cSld></p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": relations('Id="a" Type="x/slideLayout" Target="../slideLayouts/slideLayout1.xml"'),
            "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {A}/>",
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(
                'Id="a" Type="x/slideMaster" Target="../slideMasters/slideMaster1.xml"'
            ),
            "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {A}>{master}<p:clrMap {clr_map}/></p:sldMaster>",
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations('Id="a" Type="x/theme" Target="../theme/theme1.xml"'),
            "ppt/theme/theme1.xml": f"<a:theme {A}>{theme}</a:theme>",
        }
    )


def ground(colour: str, kind: str = "srgbClr") -> str:
    return f"<p:bg><p:bgPr>{solid(colour, kind)}</p:bgPr></p:bg>"


def why_of(data: bytes, text: str = "13812345678") -> str:
    tables, unread, _ = opened("a.pptx", data)
    assert not unread
    (why,) = (hidden for rows, hidden in tables.values() if [text] in rows)
    return why


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (shape("13812345678", font=solid("FFFFFF")), BLANK),
        (shape("13812345678", font=solid("bg1", "schemeClr")), BLANK),
        (shape("13812345678", font=solid("tx1", "schemeClr")), ""),
        (shape("13812345678", solid("C00000"), solid("FFFFFF")), ""),
        (shape("13812345678", "<a:gradFill/>", solid("FFFFFF")), ""),
        (shape("13812345678", solid("C00000"), solid("C00000")), BLANK),
        (shape("背景", solid("C00000")) + shape("13812345678", font=solid("FFFFFF")), ""),
        (shape("背景", solid("C00000"), left=8000000) + shape("13812345678", font=solid("FFFFFF")), BLANK),
        (shape("13812345678", left=13000000), OUTSIDE),
        (shape("13812345678", left=-3000000), OUTSIDE),
        (shape("13812345678", left=-2900000), ""),
        (shape("13812345678", name='hidden="1"'), SHAPE),
        (shape("13812345678", size='sz="100"'), TINY),
        (shape("13812345678", size='sz="1000"'), ""),
        (shape("13812345678", font='<a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr></a:solidFill>'), HIDDEN),
    ],
)
def test_slides_shapes_and_fonts(body: str, why: str) -> None:
    assert why_of(slides(body)) == why


@pytest.mark.parametrize(
    ("place", "colour", "why"),
    [
        ({"ground": ground("203040")}, "FFFFFF", ""),
        ({"ground": ground("203040")}, "203040", BLANK),
        ({"master": ground("bg1", "schemeClr")}, "FFFFFF", BLANK),
        ({"master": ground("bg1", "schemeClr"), "clr_map": 'bg1="dk1" tx1="lt1"'}, "FFFFFF", ""),
        ({"master": ground("bg1", "schemeClr"), "clr_map": 'bg1="dk1" tx1="lt1"'}, "000000", BLANK),
        ({"master": "<p:bg><p:bgPr><a:blipFill/></p:bgPr></p:bg>"}, "FFFFFF", ""),
        ({"master": "<p:pic/>"}, "FFFFFF", ""),
    ],
)
def test_slides_backgrounds(place: dict[str, str], colour: str, why: str) -> None:
    assert why_of(slides(shape("13812345678", font=solid(colour)), **place)) == why


@pytest.mark.parametrize(("fill", "why"), [("", BLANK), (solid("4472C4"), "")])
def test_slides_cells_lay_their_colour_behind_the_text(fill: str, why: str) -> None:
    cell = f"<a:tc><a:txBody><a:p><a:r><a:rPr>{solid('FFFFFF')}</a:rPr><a:t>13812345678</a:t></a:r></a:p></a:txBody>"
    table = f"<p:graphicFrame><a:tbl><a:tr>{cell}<a:tcPr>{fill}</a:tcPr></a:tc></a:tr></a:tbl></p:graphicFrame>"
    assert why_of(slides(table)) == why


def test_a_group_beside_the_slide_takes_its_shapes_along() -> None:
    group = f"<p:grpSp><p:grpSpPr>{PLACE.format(20000000)}</p:grpSpPr>{shape('13812345678', left=10)}</p:grpSp>"
    assert why_of(slides(group)) == OUTSIDE
    inside = f"<p:grpSp><p:grpSpPr>{PLACE.format(100)}</p:grpSpPr>{shape('13812345678', left=90000000)}</p:grpSp>"
    assert why_of(slides(inside)) == ""


def test_hidden_lines_are_apart_from_those_that_are_seen() -> None:
    tables, _, _ = opened("a.pptx", slides(shape("题目") + shape("13812345678", left=13000000)))
    assert tables["slide 1"] == ([["题目"]], "")
    assert lines((None, *tables[f"slide 1, {OUTSIDE}"])) == ["13812345678"]


# ---- PDF


def page(content: str, image: bool = False) -> bytes:
    """A page of 300 by 300 points in Helvetica. image: /I is there to be painted."""
    pixel = (
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>stream\n@\nendstream"
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content.encode()),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        pixel,
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)


def write(text: str, x: int = 50, y: int = 200, before: str = "", size: int = 12) -> str:
    return f"BT {before} /F {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n"


BOX = "{} rg 40 190 200 30 re f\n"
SCAN = "q 300 0 0 300 0 0 cm /I Do Q\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (write("13812345678"), ""),
        (write("13812345678", before="3 Tr"), pdf_text.INVISIBLE),
        (SCAN + write("13812345678", before="3 Tr"), ""),
        (write("13812345678", before="1 1 1 rg"), pdf_text.BLANK),
        (BOX.format("0 0 0.5") + write("13812345678", before="1 1 1 rg"), ""),
        (BOX.format("0 0 0.5") + write("13812345678", before="0 0 0.5 rg"), pdf_text.BLANK),
        (SCAN + write("13812345678", before="1 1 1 rg"), ""),
        (write("13812345678", size=1), pdf_text.TINY),
        (write("13812345678", x=400), pdf_text.OUTSIDE),
        (write("13812345678", before="0 g") + BOX.format("0 0 0"), pdf_text.COVERED),
        (BOX.format("0.9 0.9 0.9") + write("13812345678", before="0 g"), ""),
    ],
)
def test_pdf_places_and_pens(content: str, why: str) -> None:
    tables, unread, notes = opened("a.pdf", page(write("head", y=280, before="0 g") + content))
    assert (unread, notes) == ([], [])
    assert {hidden for rows, hidden in tables.values() if ["13812345678"] in rows} == {why}
    assert {hidden for rows, hidden in tables.values() if ["head"] in rows} == {""}


def test_pdf_blacked_out_cells_stay_in_their_rows() -> None:
    rows = [("name", "phone"), ("Zhang", "13812345678"), ("Li", "13912345678"), ("Wang", "13712345678")]
    text = "".join(write(cell, 40 + 120 * n, 250 - 30 * m, "0 g") for m, row in enumerate(rows) for n, cell in enumerate(row))
    black = "".join(f"0 g 150 {245 - 30 * m} 100 20 re f\n" for m in range(1, 4))
    tables, _, notes = opened("a.pdf", page(text + black))
    assert [rows for rows, _ in tables.values()] == [[list(row) for row in rows]]
    assert notes == [f"33 characters in lines that are seen are not seen ({pdf_text.COVERED})"]
