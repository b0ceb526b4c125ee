"""A font in which every character is the same box, for fonts that a document names but does not carry.

PDFium leaves out text of no width, and what has no glyph in the fonts of the machine has none: a single 男 in a font such as
STSong, which Chinese programs name without embedding it, would be lost on a server without Chinese fonts. With this font it
keeps its place, and every machine reads the same. The machine's own fonts are not looked at.
Format: OpenType 1.9 (tables cmap, glyf, head, hhea, hmtx, loca, maxp); cmap subtable 13 maps a range to one glyph.
"""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

from scanner.lazy import lazily

if TYPE_CHECKING:
    import pypdfium2 as pdfium
else:
    pdfium = lazily("pypdfium2")


_EM = 1000
_WIDE = 50  # of the box; characters are as wide as the document says, the box must not reach beyond
_GB, _BIG5, _SHIFT_JIS, _HANGUL = 134, 136, 128, 129  # FXFONT_…_CHARSET


def box_font() -> bytes:
    """The font's file: glyph 0 and glyph 1 are narrow boxes."""
    glyph = struct.pack(">hhhhh", 1, 0, -100, _WIDE, 800) + struct.pack(">HH", 3, 0) + bytes([1, 1, 1, 1])
    glyph += struct.pack(">hhhh", 0, 0, _WIDE, 0) + struct.pack(">hhhh", -100, 900, 0, -900)
    glyph += b"\0" * (-len(glyph) % 4)
    ranges = struct.pack(">III", 0x20, 0x10FFFF, 1)
    mapping = struct.pack(">HHIII", 13, 0, 16 + len(ranges), 0, 1) + ranges
    tables = {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 10, 12) + mapping,
        b"glyf": glyph * 2,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, _EM, 0, 0, 0, -100, _WIDE, 800, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 850, -150, 0, _EM, 0, 0, _WIDE, 1, 0, 0, 0, 0, 0, 0, 0, 2),
        b"hmtx": struct.pack(">HhHh", _EM, 0, _EM, 0),
        b"loca": struct.pack(">III", 0, len(glyph), 2 * len(glyph)),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    places, body = b"", b""
    start = 12 + 16 * len(tables)
    for tag, data in tables.items():
        places += struct.pack(">4sIII", tag, _sum(data), start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 48) + places + body


def _sum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    return int(sum(struct.unpack(f">{len(padded) // 4}I", padded))) & 0xFFFFFFFF


def _release(_: Any) -> None:
    """Nothing is held."""


def _map(_: Any, weight: int, italic: int, charset: int, pitch: int, face: Any, exact: Any) -> int | None:
    """Chinese, Japanese and Korean fonts are the box; for others PDFium has fonts of its own."""
    return 1 if charset in (_GB, _BIG5, _SHIFT_JIS, _HANGUL) else None


def _data(_: Any, font: Any, table: int, buffer: Any, size: int) -> int:
    if table:  # asked for "ttcf" to tell collections, and for single tables: this is one font, to be had whole
        return 0
    if buffer and size >= len(_FONT):
        ctypes.memmove(buffer, _FONT, len(_FONT))
    return _SIZE


_FONT = box_font()
_SIZE = len(_FONT)
_given: list[Any] = []


def use_box_font() -> None:
    """Makes PDFium take this font; once for the whole process."""
    if _given:
        return
    fields = dict(pdfium.raw.FPDF_SYSFONTINFO._fields_)
    info = pdfium.raw.FPDF_SYSFONTINFO()
    info.version = 1
    for name, call in (("Release", _release), ("MapFont", _map), ("GetFontData", _data)):
        setattr(info, name, fields[name](call))
    _given.append(info)  # PDFium keeps pointers into it
    pdfium.raw.FPDF_SetSystemFontInfo(ctypes.byref(info))
