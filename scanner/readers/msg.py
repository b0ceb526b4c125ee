"""Outlook messages (MSG): senders and recipients, subject, text, attachments handed on, messages within messages.

Written after [MS-OXMSG] and [MS-OXPROPS]; the container ([MS-CFB]) is olefile's. A body that is only there as compressed RTF
([MS-OXRTFCP]) is unpacked.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.errors import UnreadableError
from scanner.lazy import lazily
from scanner.model import Table, Unread
from scanner.readers import html_tables, rtf
from scanner.readers.encodings import detect
from scanner.readers.prose import clean, prose
from scanner.readers.row_tables import Names, titled_table
from scanner.sources import Source

if TYPE_CHECKING:
    import olefile
else:
    olefile = lazily("olefile")

SUFFIXES = (".msg", ".oft")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMED = "__nameid_version1.0".encode("utf-16-le")  # every message has it ([MS-OXMSG] 2.2.3)
_BROKEN = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)
_DEEPEST = 10
_LARGEST = 1 << 28  # bytes of one property

# Property tags ([MS-OXPROPS]).
_SUBJECT, _BODY, _HTML, _RTF, _TRANSPORT = "0037", "1000", "1013", "1009", "007D"
_SENDER = ("0C1A", ("5D01", "5D02", "0C1F", "0065"))
_RECIPIENT = ("3001", ("39FE", "3003"))
_FILE, _DATA = ("3707", "3704", "3001"), "3701"

# What a compressed RTF assumes to have been written before ([MS-OXRTFCP] 2.1.2.1).
_BEFORE = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0"
    b"\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def claims(head: bytes, source: Source) -> bool:
    """Whether this is an Outlook message: a compound file with the streams of one."""
    return head.startswith(_COMPOUND) and (_NAMED in head or source.suffix in SUFFIXES)


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """The tables of the message and of those within it, then attachments."""
    data = source.read()
    try:
        file = olefile.OleFileIO(io.BytesIO(data))
    except _BROKEN:
        yield Unread(source.path, "", "damaged", "the message's container is broken", len(data))
        return
    with file:
        try:
            streams = {"/".join(path) for path in file.listdir()}
        except _BROKEN:
            yield Unread(source.path, "", "damaged", "the message's container is broken", len(data))
            return
        if not any("__substg1.0_" in name for name in streams):
            yield Unread(source.path, "", "format", "document of an older office program", len(data))
            return
        yield from _Message(source, file, streams, Names()).parts("", "", 0)


class _Message:
    """A container with a message and those within it. Places are the paths of their storages, "" or with "/" at the end."""

    def __init__(self, source: Source, file: olefile.OleFileIO, streams: set[str], names: Names) -> None:
        self._source, self._file, self._streams, self._names = source, file, streams, names

    def parts(self, place: str, before: str, depth: int) -> Iterator[Table | Unread | Source]:
        """Everything of one message. before: how its tables' names begin."""
        try:
            people = [["From", *self._person(place, _SENDER)]]
            people += [["To", *self._person(inner, _RECIPIENT)] for inner in self._storages(place, "__recip_version1.0_")]
            people = [row for row in people if any(row[1:])]
            if people:
                yield titled_table(self._names(f"{before}people"), ("field", "name", "email"), people)
            yield from prose(self._names(f"{before}subject"), [self._text(place, _SUBJECT)])
            transport = self._text(place, _TRANSPORT)
            yield from prose(self._names(f"{before}other headers"), [transport], "headers that mail programs do not show")
            yield from self._body(place, before)
        except UnreadableError as error:
            yield Unread(self._source.path, before.rstrip(", "), error.reason, error.detail)
        for inner in self._storages(place, "__attach_version1.0_"):
            try:
                yield from self._attachment(inner, before, depth)
            except UnreadableError as error:
                yield Unread(self._source.path, f"{before}attachment", error.reason, error.detail)

    def _attachment(self, place: str, before: str, depth: int) -> Iterator[Table | Unread | Source]:
        if any(name.startswith(f"{place}__substg1.0_{_DATA}000D/") for name in self._streams):
            if depth >= _DEEPEST:
                yield Unread(self._source.path, before.rstrip(", "), "too_deep", f"more than {_DEEPEST} messages within messages")
                return
            inner = f"{place}__substg1.0_{_DATA}000D/"
            yield from self.parts(inner, self._names(f"{before}attached message") + ", ", depth + 1)
            return
        name = next(filter(None, (clean(self._text(place, tag)) for tag in _FILE)), "attachment")
        data = self._bytes(f"{place}__substg1.0_{_DATA}0102")
        if data:
            yield self._source.child(before.replace(", ", "/") + name, data)

    def _body(self, place: str, before: str) -> Iterator[Table | Unread]:
        page = self._bytes(f"{place}__substg1.0_{_HTML}0102") or self._text(place, _HTML).encode("utf-8", "replace")
        plain = self._text(place, _BODY)
        if page.strip():
            for part in html_tables.read(self._source.child("body.html", page)):
                if isinstance(part, Table):
                    yield Table(self._names(f"{before}{part.name}"), part.header, part.chunks, part.hidden)
                else:
                    yield part
            return
        if not plain.strip():
            packed = self._bytes(f"{place}__substg1.0_{_RTF}0102")
            plain = rtf.text(unpacked_rtf(packed)) if packed else ""
        yield from prose(self._names(f"{before}text"), [plain])

    def _person(self, place: str, tags: tuple[str, tuple[str, ...]]) -> list[str]:
        name, addresses = tags
        found = [text for tag in addresses if (text := clean(self._text(place, tag)))]
        # of the address book's own names (/O=…/CN=…) and an address on the net, the latter
        return [clean(self._text(place, name)), next((text for text in found if "@" in text), found[0] if found else "")]

    def _storages(self, place: str, prefix: str) -> list[str]:
        found = {place + name[len(place) :].partition("/")[0] + "/" for name in self._streams if name.startswith(place + prefix)}
        return sorted(found)

    def _text(self, place: str, tag: str) -> str:
        wide = self._bytes(f"{place}__substg1.0_{tag}001F")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._bytes(f"{place}__substg1.0_{tag}001E").rstrip(b"\0")
        if not narrow:
            return ""
        found = detect(narrow, whole=True)
        return narrow.decode(found.name if found else "gb18030", "replace")

    def _bytes(self, name: str) -> bytes:
        if name not in self._streams:
            return b""
        try:
            if self._file.get_size(name) > _LARGEST:
                raise UnreadableError("too_large", f"a property has more than {_LARGEST:,} bytes")
            with self._file.openstream(name) as stream:
                data: bytes = stream.read()
        except _BROKEN:
            raise UnreadableError("damaged", "a property is broken") from None
        return data


def unpacked_rtf(data: bytes) -> bytes:
    """A compressed RTF body, as far as it goes ([MS-OXRTFCP] 2.2)."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<4xI4s", data)
    if kind == b"MELA":
        return data[16 : 16 + size]
    if kind != b"LZFu":
        return b""
    window = bytearray(_BEFORE.ljust(4096, b"\0"))
    write, at = len(_BEFORE), 16
    written = bytearray()
    while at < len(data) and len(written) <= _LARGEST:
        control, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                return bytes(written)
            if control >> bit & 1:
                if at + 1 >= len(data):
                    return bytes(written)
                reference = data[at] << 8 | data[at + 1]
                at += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == write:
                    return bytes(written)
                for step in range(length):
                    byte = window[(offset + step) % 4096]
                    written.append(byte)
                    window[write] = byte
                    write = (write + 1) % 4096
            else:
                written.append(data[at])
                window[write] = data[at]
                write, at = (write + 1) % 4096, at + 1
    return bytes(written)
