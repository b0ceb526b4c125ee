"""Single files compressed with gzip, bzip2, xz, LZMA or Zstandard, streamed; an archive inside is found by what comes out."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

import zstandard

from scanner.limits import Meter
from scanner.model import Table, Unread
from scanner.readers.members import FAILS, damage, member
from scanner.sources import Source

SUFFIXES = (".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".zst", ".tzst", ".lzma")
_WINDOW = 1 << 28  # bytes a Zstandard frame may make the decoder hold; twice what `--ultra -22` asks for
_FED = 1 << 11  # packed bytes at a time: a block of one repeated byte packs 128 KiB into four


class _Zstd(io.RawIOBase):
    """Zstandard frames (RFC 8878), one behind the other. The library's own stream would take a cut file for a whole one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._frame: Any = None
        self._packed = b""
        self._ready = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not (got := self._ready.readinto(buffer)):
            self._packed = self._packed or self._stream.read(_FED)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError
                return 0
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
            self._ready = io.BytesIO(self._frame.decompress(self._packed))
            self._packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = None
        return got


def _opener(kind: Any) -> Callable[[BinaryIO], BinaryIO]:
    return lambda stream: cast(BinaryIO, kind(stream))


_FORMATS: tuple[tuple[bytes, Callable[[BinaryIO], BinaryIO]], ...] = (
    (b"\x1f\x8b\x08", lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))),
    (b"BZh", _opener(bz2.BZ2File)),
    (b"\xfd7zXZ\0", _opener(lzma.LZMAFile)),
    (b"\x5d\0\0", _opener(lzma.LZMAFile)),
    (b"\x28\xb5\x2f\xfd", _opener(_Zstd)),
)


def claims(head: bytes, source: Source) -> bool:
    """Whether the first bytes are of such a format. LZMA has no mark, so its suffix must say it too."""
    opener = _open(head)
    return opener is not None and (not head.startswith(b"\x5d") or source.suffix == ".lzma")


def _open(head: bytes) -> Callable[[BinaryIO], BinaryIO] | None:
    return next((opener for mark, opener in _FORMATS if head.startswith(mark)), None)


class _Counted(io.RawIOBase):
    """A stream whose read bytes are the packed size: that of what was unpacked so far."""

    def __init__(self, stream: BinaryIO, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        piece = self._stream.read(len(view))
        view[: len(piece)] = piece
        self._meter.packed += len(piece)
        return len(piece)


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """The one file inside, under the name without the last ending."""
    opener = _open(source.head())
    if opener is None:
        yield Unread(source.path, "", "format", "unknown compression")
        return
    try:
        source.budget.member()
        with source.open() as packed:
            meter = Meter(source.budget)
            with opener(cast(BinaryIO, io.BufferedReader(_Counted(packed, meter)))) as stream:
                yield member(source, _inner(source), stream, meter)
    except FAILS as error:
        trouble = damage(error)
        yield Unread(source.path, "", trouble.reason, trouble.detail, source.size)


def _inner(source: Source) -> str:
    stem, suffix = source.name[: len(source.name) - len(source.suffix)], source.suffix
    if suffix not in SUFFIXES:
        return source.name
    return f"{stem}.tar" if suffix in (".tgz", ".tbz", ".tbz2", ".txz", ".tzst") else stem or source.name
