"""7-Zip archives, one member after the other without unpacking to disk; locked ones with the passwords of the settings.

Members of a solid block come out of one decompressor in order, so each is read to its end before the next. Needs the optional
package py7zr.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from scanner.errors import UnreadableError
from scanner.limits import Meter
from scanner.model import Table, Unread
from scanner.readers.members import BROKEN, SMALL, Names, Unpacked, damage, member, naming
from scanner.sources import Source

try:
    import py7zr
    from py7zr.exceptions import ArchiveError, PasswordRequired, UnsupportedCompressionMethodError

    _BROKEN: tuple[type[Exception], ...] = (ArchiveError, TypeError, AttributeError, LookupError, AssertionError)
    _FAILS: tuple[type[Exception], ...] = (*_BROKEN, *BROKEN)
    _LOCKED: tuple[type[Exception], ...] = (PasswordRequired, *_FAILS)
except ImportError:  # the optional package
    py7zr = None  # type: ignore[assignment]

SUFFIXES = (".7z", ".cb7")
_MARK = b"7z\xbc\xaf\x27\x1c"
_PIECE = 1 << 20
_NEEDED = "7-Zip archives need the optional package py7zr: pip install leakgauge[archives]"


def claims(head: bytes, source: Source) -> bool:
    """By the signature (7zFormat.txt, SignatureHeader)."""
    return head.startswith(_MARK)


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """Every member as a source, in the order of the archive."""
    if py7zr is None:
        yield Unread(source.path, "", "format", _NEEDED, source.size)
        return
    with source.seekable() as stream:
        try:
            archive = _unlocked(source, stream)
        except PasswordRequired:
            yield Unread(source.path, "", "password", "", source.size)
            return
        except UnsupportedCompressionMethodError:
            yield Unread(source.path, "", "format", "a compression method that is not supported", source.size)
            return
        except _FAILS as error:
            trouble = damage(error)
            yield Unread(source.path, "", trouble.reason, trouble.detail, source.size)
            return
        yield from _members(source, stream, archive)


def _unlocked(source: Source, stream: BinaryIO) -> Any:
    """The archive, opened with the first password that fits. Raises what py7zr raises, PasswordRequired when none fits."""
    try:
        archive = py7zr.SevenZipFile(stream)
        if not archive.needs_password():
            return archive
    except PasswordRequired:
        pass
    for password in source.budget.opening.passwords:
        stream.seek(0)
        try:
            archive = py7zr.SevenZipFile(stream, password=password)
            blocks = _blocks(archive)
            if blocks:
                start, folder = blocks[0]
                stream.seek(start)
                # to its end, where the checksum stands: garbage can pass for packed bytes for a while
                io.BufferedReader(_Member(stream, folder, next(iter(folder.files)))).read(SMALL)
                folder.decompressor = None
            return archive
        except _LOCKED:
            continue
    raise PasswordRequired(None, "no password fits")


def _blocks(archive: Any) -> list[tuple[int, Any]]:
    """The solid blocks that hold files, and where their packed bytes begin."""
    streams = getattr(archive.header, "main_streams", None)
    if streams is None:
        return []
    if streams.unpackinfo is None or streams.packinfo is None:
        raise UnreadableError("damaged", "the list of packed blocks is missing")
    found, at = [], 0
    for folder in streams.unpackinfo.folders:
        if folder.files is not None and len(folder.files):
            found.append((archive.afterheader + streams.packinfo.packpositions[at], folder))
        at += max(coder.get("numinstreams", 1) for coder in folder.coders)
    return found


def _members(source: Source, stream: BinaryIO, archive: Any) -> Iterator[Unread | Source]:
    meter = Meter(source.budget, source.size or stream.seek(0, io.SEEK_END))
    names = Names()
    for start, folder in _blocks(archive):
        files = [file for file in folder.files if not file.is_directory]
        stream.seek(start)
        for place, file in enumerate(files):
            try:
                source.budget.member()
                packed = cast(BinaryIO, _Member(stream, folder, file))
                yield member(source, names.own(file.filename), packed, meter, _BROKEN)
                rest = Unpacked(packed, meter, _BROKEN)  # what the reader left, since the next begins behind it
                while rest.read(_PIECE):
                    pass
            except PasswordRequired:
                yield Unread(source.path, naming([left.filename for left in files[place:]]), "password")
                break
            except UnsupportedCompressionMethodError:
                yield Unread(source.path, naming([left.filename for left in files[place:]]), "format", "compression method")
                break
            except UnreadableError as error:
                # the rest of a block cannot be had without what is broken; a reached bound ends the archive
                yield Unread(source.path, naming([left.filename for left in files[place:]]), error.reason, error.detail)
                if error.reason == "too_large":
                    return
                break


class _Member(io.RawIOBase):
    """The bytes of one file of a solid block; those before it in the block must have been read."""

    def __init__(self, stream: BinaryIO, folder: Any, file: Any) -> None:
        self._stream = stream
        self._decompressor = folder.get_decompressor(file.compressed)
        self._left: int = file.uncompressed
        self._told: int | None = file.crc32
        self._sum = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        while self._left > 0 and len(view):
            before = self._stream.tell()
            piece = self._decompressor.decompress(self._stream, min(len(view), self._left, _PIECE))
            if piece:
                size = len(piece)
                view[:size] = piece
                self._left -= size
                self._sum = zlib.crc32(piece, self._sum)
                if not self._left and self._told is not None and self._sum != self._told:
                    raise UnreadableError("damaged", "the checksum is wrong")
                return size
            if self._stream.tell() == before:
                raise EOFError
        return 0
