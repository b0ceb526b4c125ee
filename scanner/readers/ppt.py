"""PowerPoint presentations of 97 to 2003 (.ppt; .dps of WPS): the text of slides, notes and masters.

Source: [MS-PPT] 2.3.1 (records), 2.9 (texts). Text that was changed stays in such files and is read too. The cells of a table are
lines, since the format draws them one by one. Embedded objects, pictures and macros are named.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.lazy import lazily
from scanner.model import Note, Table, Unread
from scanner.readers.binary_extent import properties
from scanner.readers.locked import COMPOUND, is_locked_package, opened
from scanner.readers.prose import prose
from scanner.readers.row_tables import line_table
from scanner.sources import Source

if TYPE_CHECKING:
    import olefile
else:
    olefile = lazily("olefile")

SUFFIXES = (".ppt", ".pps", ".pot", ".dps", ".dpt")
_STREAM = "PowerPoint Document"
_MARK = _STREAM.encode("utf-16-le")
_LOCKED = 0xF3D1C4DF  # headerToken of an encrypted file ([MS-PPT] 2.3.2)
_WIDE, _NARROW, _OBJECT, _MACROS = 0x0FA0, 0x0FA8, 0x1011, 0x0400  # TextCharsAtom, TextBytesAtom, ExOleObjStg, VBAInfoAtom
_STRING = 0x0FBA  # CString: names of fonts and shapes, and text of comments, which alone are taken
# Containers: what people call the text in them, and why they are not seen at once.
_PLACES = {
    0x03EE: ("slides", ""),
    0x03F0: ("notes", "notes"),
    0x03F8: ("slide masters", "slide master"),
    0x0FC9: ("slide masters", "slide master"),
    0x2EE0: ("comments", "comments"),
}
_LIST = 0x0FF0  # texts of slides, masters and notes beside the slides, told apart by the instance
_LISTED = {0: ("slides", ""), 1: ("slide masters", "slide master"), 2: ("notes", "notes")}
_LARGEST = 1 << 29  # bytes of a stream
_DEEPEST = 50
_BROKEN = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)

Place = tuple[str, str]


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a compound file with a presentation's stream, or one under such a name."""
    return head.startswith(COMPOUND) and (source.suffix in SUFFIXES or _MARK in head)


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """Each line of the slides once, then notes, comments, masters, properties and what was not read."""
    data = source.read()
    if is_locked_package(data):
        yield from opened(source, data)
        return
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            if not file.exists(_STREAM):
                yield Unread(source.path, "", "format", "document of an older office program", len(data))
                return
            if file.get_size(_STREAM) > _LARGEST:
                yield Unread(source.path, "", "too_large", f"the presentation has more than {_LARGEST:,} bytes", len(data))
                return
            slides: bytes = file.openstream(_STREAM).read()
            user: bytes = file.openstream("Current User").read(64) if file.exists("Current User") else b""
            said = properties(file)
            pictures = file.get_size("Pictures") if file.exists("Pictures") else 0
    except _BROKEN:
        yield Unread(source.path, "", "damaged", "the presentation's container is broken", len(data))
        return
    if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _LOCKED:
        yield from opened(source, data)
        return
    lines: dict[Place, dict[str, None]] = {("slides", ""): {}}
    others: dict[str, int] = {}
    whole = _walk(slides, lines, others)
    for (name, hidden), found in lines.items():
        yield from prose(name, found, hidden)
    if said:
        yield line_table("document properties", said, "document properties")
    if not whole:
        yield Unread(source.path, "", "damaged", "the records of the presentation break off", len(data))
    for name, times in others.items():
        yield Unread(source.path, f"{times} {name}", "format", name)
    if pictures:
        yield Unread(source.path, "Pictures", "format", "images without text", pictures)


def _walk(data: bytes, lines: dict[Place, dict[str, None]], others: dict[str, int]) -> bool:
    """Gathers the texts of all records; False where the records break off."""
    stack: list[tuple[int, Place]] = [(len(data), ("slides", ""))]
    at = 0
    while at + 8 <= len(data):
        while len(stack) > 1 and at >= stack[-1][0]:
            stack.pop()
        version, kind, size = struct.unpack_from("<HHI", data, at)
        at += 8
        if at + size > len(data):
            return False
        end, place = stack[-1]
        if version & 0xF == 0xF and kind != _OBJECT:  # a container
            if len(stack) < _DEEPEST:
                inner = _LISTED.get(version >> 4, place) if kind == _LIST else _PLACES.get(kind, place)
                stack.append((at + size, inner))
                continue
        elif kind == _WIDE or (kind == _STRING and place[0] == "comments"):
            _take(lines, place, data[at : at + size].decode("utf-16-le", "replace"))
        elif kind == _NARROW:
            _take(lines, place, data[at : at + size].decode("latin-1"))
        elif kind == _MACROS and any(data[at + 4 : at + 8]):
            others["macros"] = 1
        elif kind == _OBJECT:
            others["embedded objects"] = others.get("embedded objects", 0) + 1
        at += size
    return True


def _take(lines: dict[Place, dict[str, None]], place: Place, text: str) -> None:
    into = lines.setdefault(place, {})
    into.update(dict.fromkeys(text.replace("\r", "\n").replace("\x0b", "\n").split("\n")))
