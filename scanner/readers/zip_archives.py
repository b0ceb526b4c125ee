"""ZIP archives (and what is packed the same way: JAR, APK, EPUB): every member, with names in any encoding, locked ones too.

Names are UTF-8 where the archive says so (APPNOTE.TXT 4.4.4, bit 11; Info-ZIP's extra field 0x7075), elsewhere what their
bytes say: Chinese programs on Windows write GB18030. Locked members (ZipCrypto; AES of WinZip with the package pyzipper) are
tried with the passwords of the settings.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from scanner.errors import UnreadableError
from scanner.limits import Budget, Meter
from scanner.model import Table, Unread
from scanner.readers.members import FAILS, SMALL, Names, damage, member, naming, text_name
from scanner.sources import Source

SUFFIXES = (".zip", ".jar", ".apk", ".epub", ".war", ".zipx")
MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04")
_LOCKED = 0x1
_UTF8 = 0x800
_AES = 99  # compression method of WinZip's AE-1 and AE-2
_UNICODE_PATH = 0x7075
_MOST = 1032  # bytes that one deflated byte can become (RFC 1951: 258 bytes for two bits, with a little around them)
_HARMLESS = 1 << 29  # unpacked bytes that no memory minds
_PIECE = 1 << 20
_BROKEN: tuple[type[Exception], ...] = (*FAILS, zipfile.BadZipFile, NotImplementedError)
_FOLDERS = ("xl/", "word/", "ppt/", "docProps/", "_rels/")
_PACKAGES = ("[Content_Types].xml", "mimetype")  # office documents: Open Packaging Conventions, OpenDocument 1.3 part 2, 3.3


Look = Callable[[str, "Inflated"], None]


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a ZIP archive that is no office document; one whose directory is lost too."""
    return head.startswith(MARKS) and not is_package(head, source)


def is_package(head: bytes, source: Source) -> bool:
    """Whether a ZIP is an office document. Told by its directory; where that is lost, by the names at its beginning."""
    if not head.startswith(MARKS):
        return False
    try:
        with source.seekable() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except _BROKEN:
        if source.suffix.startswith((".xls", ".doc", ".ppt", ".od")):
            return True
        names = list(_first_names(head))
    return any(name in names for name in _PACKAGES) or any(name.startswith(_FOLDERS) for name in names)


def check_package(source: Source, look: Look | None = None) -> None:
    """Raises UnreadableError(too_large) for an office document that is a bomb: libraries would unpack it in memory.

    The sizes in the directory may lie, so parts that could be bombs are inflated and their bytes counted. look: reads such a part
    on the way, as far as it likes, so that whoever needs its content need not inflate it again.
    """
    try:
        with source.seekable() as stream, zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
            meter = Meter(Budget(source.budget.opening), sum(info.compress_size for info in infos))
            meter.took(sum(info.file_size for info in infos))
            if meter.packed * _MOST > _HARMLESS:
                lies = Meter(Budget(source.budget.opening), meter.packed)
                for info in infos:
                    if info.compress_type == zipfile.ZIP_DEFLATED:
                        part = Inflated(stream, info, lies)
                        if look:
                            look(info.filename, part)
                        while part.read(_PIECE):
                            pass
    except _BROKEN as error:
        if isinstance(error, UnreadableError):
            raise
        # what else is wrong with it its reader will say


class Inflated:
    """The bytes that a deflated part really has, whatever the directory says of them, counted as they come.

    `sound`: all that was read until now is all there is, as long as the directory says and with its checksum.
    """

    def __init__(self, stream: BinaryIO, info: zipfile.ZipInfo, meter: Meter) -> None:
        self._stream, self._info, self._meter = stream, info, meter
        self._inflater, self._packed, self._left = zlib.decompressobj(-zlib.MAX_WBITS), b"", info.compress_size
        self._size, self._sum = 0, 0
        stream.seek(info.header_offset)
        header = stream.read(30)
        if len(header) < 30:
            self._left = 0
        else:
            stream.seek(sum(struct.unpack_from("<26xHH", header)), io.SEEK_CUR)

    @property
    def sound(self) -> bool:
        return self._inflater.eof and (self._size, self._sum) == (self._info.file_size, self._info.CRC)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes, fewer at the end. Raises UnreadableError(too_large), and zlib.error for damage."""
        parts: list[bytes] = []
        while size > 0 and not self._inflater.eof:
            if not self._packed:
                self._packed = self._stream.read(min(self._left, 1 << 16))
                self._left -= len(self._packed)
            piece = self._inflater.decompress(self._packed, size)  # it may hold back what was over the size asked for before
            if not piece and not self._packed:
                break
            self._packed = self._inflater.unconsumed_tail
            self._meter.took(len(piece))
            size -= len(piece)
            parts.append(piece)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._size += len(data)
        self._sum = zlib.crc32(data, self._sum)
        return data


def _first_names(head: bytes) -> Iterator[str]:
    """Names in the local headers at the beginning (APPNOTE.TXT 4.3.7), as far as the sizes lead from one to the next."""
    at = head.find(b"PK\x03\x04")
    while at >= 0 and at + 30 <= len(head):
        flags, packed, name, extra = struct.unpack_from("<6xH10xI4xHH", head, at)
        yield text_name(head[at + 30 : at + 30 + name])
        at += 30 + name + extra
        at = head.find(b"PK\x03\x04", at if flags & 0x8 else at + packed)


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """Every member as a source. What is locked, of an unknown method, or behind a bound is `Unread`."""
    with source.seekable() as stream:
        try:
            archive = zipfile.ZipFile(stream)
            infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
        except _BROKEN:
            first = naming(list(_first_names(source.head())))
            said = "the directory of the archive is missing or broken" + (f"; it begins with {first}" if first else "")
            yield Unread(source.path, "", "damaged", said, source.size)
            return
        meter = Meter(source.budget, source.size or stream.seek(0, io.SEEK_END))
        names = Names()
        for place, info in enumerate(infos):
            name = names.own(member_name(info))
            try:
                source.budget.member()
                meter.took(0)
            except UnreadableError as error:
                rest = naming([member_name(left) for left in infos[place : place + 21]])
                yield Unread(source.path, "", error.reason, f"{error.detail}; not read: {len(infos) - place:,} members, {rest}")
                return
            yield from _member(source, archive, info, name, meter)


def _member(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, meter: Meter) -> Iterator[Unread | Source]:
    try:
        opened = _unlocked(source, archive, info) if info.flag_bits & _LOCKED else cast(BinaryIO, archive.open(info))
        if opened is None:
            yield Unread(source.path, name, "password", "", info.file_size)
            return
    except NotImplementedError:
        yield Unread(source.path, name, "format", f"compression method {info.compress_type}", info.file_size)
        return
    except _BROKEN as error:
        trouble = damage(error)
        yield Unread(source.path, name, trouble.reason, trouble.detail, info.file_size)
        return
    try:
        with opened:
            yield member(source, name, opened, meter, (zipfile.BadZipFile, NotImplementedError))
    except UnreadableError as error:
        yield Unread(source.path, name, error.reason, error.detail, info.file_size)


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name as its author wrote it."""
    told = _unicode_path(info.extra)
    if told or info.flag_bits & _UTF8:
        return told or info.orig_filename
    try:
        return text_name(info.orig_filename.encode("cp437"))  # how the library decodes names without the flag
    except UnicodeEncodeError:
        return info.orig_filename


def _unicode_path(extra: bytes) -> str:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _UNICODE_PATH and size > 5:
            return extra[at + 9 : at + 4 + size].decode("utf-8", "replace")
        at += 4 + size
    return ""


def _unlocked(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO | None:
    """A locked member opened with the first password that fits, None if none does."""
    passwords = source.budget.opening.passwords
    if info.compress_type != _AES:
        return _first_that_fits(archive, info, passwords)
    try:
        import pyzipper
    except ImportError:
        raise UnreadableError("password", "AES needs the optional package pyzipper: pip install leakgauge[archives]") from None
    with pyzipper.AESZipFile(archive.fp) as strong:
        return _first_that_fits(strong, strong.getinfo(info.filename), passwords)


def _first_that_fits(archive: zipfile.ZipFile, info: zipfile.ZipInfo, passwords: tuple[str, ...]) -> BinaryIO | None:
    for password in passwords:
        for raw in dict.fromkeys((password.encode(), password.encode("gb18030", "replace"))):
            try:
                # one byte of check lets pass one wrong password in 256; reading small members whole asks their CRC as well
                with archive.open(info, pwd=raw) as tried:
                    tried.read(SMALL)
                return cast(BinaryIO, archive.open(info, pwd=raw))
            except (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError):
                continue
    return None
