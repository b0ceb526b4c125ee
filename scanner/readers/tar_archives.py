"""TAR archives (ustar, GNU, pax, old V7), read as a stream: every file in them. Compressed ones arrive here unpacked."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from scanner.limits import Meter
from scanner.model import Note, Table, Unread
from scanner.readers.members import FAILS, Names, Unpacked, damage, member, text_name
from scanner.readers.notes import links_not_followed
from scanner.sources import Source

SUFFIXES = (".tar", ".gem", ".ova")
_BLOCK = 512
_PIECE = 1 << 12  # what is asked for at once is lost when the archive ends within it
_BROKEN: tuple[type[Exception], ...] = (*FAILS, tarfile.TarError)


def claims(head: bytes, source: Source) -> bool:
    """Whether the first block is a header with the right checksum (POSIX.1-1988 ustar; V7 has the same sum and no mark)."""
    block = head[:_BLOCK]
    if len(block) < _BLOCK or not block[0]:
        return False
    try:
        told = int(block[148:156].strip(b" \0") or b"0", 8)
    except ValueError:
        return False
    return told == sum(block) - sum(block[148:156]) + 8 * 32


class _InPieces(io.RawIOBase):
    """A member's bytes, a few at a time."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        # without the buffer around it, which would ask for more
        self._raw: Any = getattr(packed, "raw", packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        piece: bytes = self._raw.read(min(len(view), _PIECE))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        super().close()
        self._packed.close()


def read(source: Source) -> Iterator[Table | Unread | Source | Note]:
    """Every file as a source, in order; each must be read before the next. Links are noted and not followed."""
    meter = Meter(source.budget, source.size)
    links = 0
    names = Names()
    try:
        with source.open() as stream, tarfile.open(fileobj=Unpacked(stream, meter), mode="r|") as archive:
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # the library keeps all headers, the memory of a wide archive
                links += info.issym() or info.islnk()
                if not info.isfile():
                    continue
                source.budget.member()
                name = names.own(text_name(info.name.encode("utf-8", "surrogateescape")))
                packed = archive.extractfile(info)
                if packed is not None:
                    yield member(source, name, cast(BinaryIO, _InPieces(packed)), Meter(source.budget), (tarfile.TarError,))
    except _BROKEN as error:
        trouble = damage(error)
        yield Unread(source.path, "", trouble.reason, f"{trouble.detail}; what follows in the archive was not read", source.size)
    if links:
        yield Note(source.path, "", links_not_followed(links))
