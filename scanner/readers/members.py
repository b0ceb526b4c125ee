"""What all containers share: members as sources, metered bytes, one error for whatever a decompressor says of broken data."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

import zstandard

from scanner.errors import UnreadableError
from scanner.limits import Meter
from scanner.sources import Source, unreadable

_PIECE = 1 << 16
SMALL = 1 << 24  # members up to here are held whole, so that they can be read more than once
_MANY = 20  # names that are spelled out


def damage(error: Exception) -> UnreadableError:
    """What a library says of a broken container. Its sentence is dropped: it may quote the content."""
    if isinstance(error, UnreadableError):
        return error
    if isinstance(error, OSError) and error.errno:
        return unreadable(error)
    if isinstance(error, EOFError):
        return UnreadableError("damaged", "ends too early")
    return UnreadableError("damaged", f"cannot be unpacked ({type(error).__name__})")


# What the standard library's decompressors raise on damage; RuntimeError and NotImplementedError come from zipfile.
BROKEN: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    IndexError,
    RuntimeError,
    OverflowError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
)

# What reading a part of a package can end in, where the answer is that the part tells nothing.
BROKEN_PART: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)

FAILS: tuple[type[Exception], ...] = (UnreadableError, *BROKEN)


class Unpacked(io.RawIOBase):
    """The unpacked bytes of one member. An error is raised where it stands: what came before it is read first.

    broken  exceptions of the decompressor that mean damage, besides the usual ones
    close   called once, when the member is closed
    """

    def __init__(
        self, stream: BinaryIO, meter: Meter, broken: tuple[type[Exception], ...] = (), close: Callable[[], None] | None = None
    ) -> None:
        self._stream = stream
        # what is asked for by one reading of a buffered stream is lost when it breaks midway
        self._piece: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._meter = meter
        self._broken: tuple[type[Exception], ...] = (UnreadableError, *BROKEN, *broken)
        self._close = close
        self._error: UnreadableError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._error is not None:
            raise self._error
        view = memoryview(buffer)
        try:
            piece = self._piece(min(len(view), _PIECE))
            self._meter.took(len(piece))
        except self._broken as error:
            self._error = damage(error)
            raise self._error from None
        view[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1, /) -> bytes:
        """As many bytes as asked for, fewer at the end or before damage."""
        parts: list[bytes] = []
        buffer = bytearray(_PIECE)
        while size:
            try:
                got = self.readinto(memoryview(buffer)[: min(size, _PIECE)] if size > 0 else buffer)
            except UnreadableError:
                if not parts:
                    raise
                break
            if not got:
                break
            parts.append(bytes(buffer[:got]))
            size -= got if size > 0 else 0
        return b"".join(parts)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._stream.close()
            if self._close is not None:
                self._close()


def member(source: Source, name: str, stream: BinaryIO, meter: Meter, broken: tuple[type[Exception], ...] = ()) -> Source:
    """A member to hand on: small ones as bytes, which any reader may read twice, others as a stream."""
    unpacked = Unpacked(stream, meter, broken)
    first = unpacked.read(SMALL + 1)
    if len(first) <= SMALL:
        try:
            more = unpacked.read(1)
        except UnreadableError:
            more = b"?"
        if not more:
            return source.child(name, first)
    return source.child(name, cast(BinaryIO, _Rest(first, unpacked)))


class _Rest(io.RawIOBase):
    """Bytes that were looked at, then the stream they were taken from."""

    def __init__(self, first: bytes, rest: Unpacked) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        got = self._first.readinto(view)
        if not got:
            piece = self._rest.read(len(view))
            got = len(piece)
            view[:got] = piece
        return got

    def read(self, size: int = -1, /) -> bytes:
        return self._first.read(size) or self._rest.read(size)

    def close(self) -> None:
        super().close()
        self._rest.close()


def naming(names: list[str]) -> str:
    """A list of members for a sentence: the first twenty, and how many more."""
    more = len(names) - _MANY
    return ", ".join(names[:_MANY]) + (f" and {more:,} more" if more > 0 else "")


class Names:
    """Names made unique, since tables are told apart by them."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def own(self, name: str) -> str:
        times = self._seen[name] = self._seen.get(name, 0) + 1
        return name if times == 1 else f"{name} ({times})"


def text_name(raw: bytes) -> str:
    """A member's name whose encoding nobody stated: UTF-8 proves itself, Chinese programs on Windows write GB18030."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")
