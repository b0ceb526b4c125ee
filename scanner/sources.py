"""Paths, folders, globs, standard input and bytes in memory as sources; what names no source is an `Unread`.

A folder is walked in sorted order, links to folders followed once. A file named twice (by a folder and by itself, or
through a link) is one source: it would otherwise be counted twice.
"""

from __future__ import annotations

import glob
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from scanner.errors import UnreadableError
from scanner.limits import Budget
from scanner.model import Unread
from scanner.untouched import open_file

STDIN = "-"
HEAD = 1 << 18  # bytes that a reader may ask for before it decides; enough for the directory names of a zip's first members

_IN_MEMORY = 1 << 26

# Files that systems leave behind in every folder; they hold no data of the user.
LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


class OneWay:
    """A stream that can be read once, but whose beginning can be looked at before.

    What breaks midway breaks for whoever reads that far: the bytes before are handed out first.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept = b""
        self._taken = False
        self._spool: BinaryIO | None = None

    def head(self, size: int) -> bytes:
        if self._spool is not None:
            self._spool.seek(0)
            return self._spool.read(size)
        while len(self._kept) < size:
            try:
                more = self._stream.read(size - len(self._kept))
            except (UnreadableError, OSError):
                if self._kept:
                    break
                raise
            if not more:
                break
            self._kept += more
        return self._kept[:size]

    def take(self) -> BinaryIO:
        if self._spool is not None:
            return self.seekable()
        if self._taken:
            raise UnreadableError("error", "the stream was already read once")
        self._taken = True
        kept, self._kept = self._kept, b""
        return _Buffered(_Joined(kept, self._stream), 1 << 16)

    def seekable(self) -> BinaryIO:
        """All of it with `seek`; afterwards the stream can be opened as often as one likes, one opening after the other.

        Up to 64 MB stay in memory, more goes to a temporary file without a name, which the system removes when it is closed.
        """
        if self._spool is None:
            with self.take() as whole:
                spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  it outlives this call
                try:
                    while piece := whole.read(1 << 20):
                        spool.write(piece)
                except BaseException:
                    spool.close()
                    raise
            self._spool = cast(BinaryIO, spool)
        self._spool.seek(0)
        return cast(BinaryIO, _Kept(self._spool))


class _Kept(io.RawIOBase):
    """A view of a stream that outlives its closing."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        piece = self._stream.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


class _Buffered(io.BufferedReader):
    """Hands out what stands before damage, and raises when asked again."""

    def read(self, size: int | None = -1, /) -> bytes:
        left = -1 if size is None or size < 0 else size
        parts: list[bytes] = []
        while left:
            try:
                piece = self.read1(left if left > 0 else 1 << 20)
            except (UnreadableError, OSError):
                if not parts:
                    raise
                break
            if not piece:
                break
            parts.append(piece)
            left -= len(piece) if left > 0 else 0
        return b"".join(parts)


class _Joined(io.RawIOBase):
    """Bytes, then a stream."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first = memoryview(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        if len(self._first):
            size = min(len(view), len(self._first))
            view[:size] = self._first[:size]
            self._first = self._first[size:]
            return size
        piece = self._rest.read(len(view))
        view[: len(piece)] = piece
        return len(piece)


@dataclass(frozen=True, slots=True)
class Source:
    """Where bytes come from.

    path    as people wrote it: the argument, or the argument's folder and the way down from it
    size    bytes; 0 for a stream, whose length nobody knows
    file    what to open; "" for bytes in memory and streams
    member  the way inside a container ("inner.zip!lists/a.csv"), "" for a source of its own
    called  a member's own name
    depth   how many containers are around it
    budget  the bounds it is read under, shared with whatever it is packed with

    A source over a file or over bytes can be opened many times and sent to another process; a stream only once, unless
    `seekable` was asked for.
    """

    path: str
    size: int = 0
    file: str = ""
    data: bytes | None = field(default=None, repr=False)
    stream: OneWay | None = field(default=None, repr=False, compare=False)
    member: str = ""
    called: str = ""
    depth: int = 0
    budget: Budget = field(default_factory=Budget, repr=False, compare=False)

    def open(self) -> BinaryIO:
        """A binary stream at the first byte. Raises UnreadableError: missing, permission, not_a_file, error."""
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.stream is not None:
            return self.stream.take()
        try:
            handle, _ = open_file(self.file, self.budget.opening.untouched)
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                os.close(handle)
                raise UnreadableError("not_a_file")
            stream = os.fdopen(handle, "rb")
        except OSError as error:
            raise unreadable(error) from None
        self.budget.reach.stream = stream
        return stream

    def reached(self, done: float, whole: float) -> None:
        """Tells who waits how much of a file is behind its reader, where that does not read it from the beginning to the end."""
        if not self.depth and whole > 0:
            self.budget.reach.share = min(done / whole, 1.0)

    def seekable(self) -> BinaryIO:
        """Like `open`, with `seek`: a stream is kept for that, in memory or in a temporary file without a name."""
        return self.stream.seekable() if self.stream is not None else self.open()

    def child(self, name: str, data: bytes | BinaryIO) -> Source:
        """A file inside this one, for readers of containers to yield. name: as its container has it, with folders.

        data: its bytes, or a stream of them, which is read before the container goes on to the next.
        """
        name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")
        member = f"{self.member}!{name}" if self.member else name
        own = name.rstrip("/").rpartition("/")[2] or name
        inside = Source(self.path, member=member, called=own, depth=self.depth + 1, budget=self.budget)
        if isinstance(data, bytes):
            return replace(inside, data=data, size=len(data))
        return replace(inside, stream=OneWay(data))

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes, without using up a stream."""
        if self.data is not None:
            return self.data[:size]
        try:
            if self.stream is not None:
                return self.stream.head(size)
            with self.open() as stream:
                return stream.read(size)
        except OSError as error:
            raise unreadable(error) from None

    def read(self) -> bytes:
        """All bytes, for formats that cannot be streamed."""
        if self.data is not None:
            return self.data
        try:
            with self.open() as stream:
                return stream.read()
        except OSError as error:
            raise unreadable(error) from None

    @property
    def by_name(self) -> str:
        """What a library may open by itself: `file`, or "" where that would leave its access time on the medium."""
        return "" if self.budget.opening.untouched else self.file

    @property
    def name(self) -> str:
        """The last part of the path, or a member's own name."""
        return self.called or self.path.replace("\\", "/").rstrip("/").rpartition("/")[2] or self.path

    @property
    def suffix(self) -> str:
        """Lower-case ending with its dot, "" if there is none."""
        return os.path.splitext(self.name)[1].lower()


def unreadable(error: OSError) -> UnreadableError:
    """The operating system's refusal in our words; the system's sentence is kept, the path is not repeated."""
    detail = error.strerror or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return UnreadableError("missing", detail)
    if isinstance(error, PermissionError):
        return UnreadableError("permission", detail)
    if isinstance(error, IsADirectoryError):
        return UnreadableError("not_a_file", detail)
    return UnreadableError("error", detail)


def bytes_source(name: str, data: bytes) -> Source:
    """Bytes in memory under a name; the name's ending may break ties between formats."""
    return Source(name, len(data), data=data)


def stdin_source(stream: BinaryIO | None = None) -> Source:
    """Standard input; it is streamed and can be opened once."""
    return Source(STDIN, stream=OneWay(stream if stream is not None else sys.stdin.buffer))


def missing(paths: Sequence[str]) -> list[str]:
    """Those arguments that name nothing: no file, no folder, no glob with a match. For one clear sentence and exit 2."""
    return [path for path in paths if path != STDIN and not os.path.lexists(path) and not _matches(path)]


def find_sources(paths: Sequence[str]) -> Iterator[Source | Unread]:
    """All sources that the arguments name, in the order of the arguments, folders sorted.

    Each is a file, a folder, a glob pattern (for shells that do not expand them; `**` goes down) or "-". What exists but
    cannot be read comes as `Unread`: missing (also a dangling link), permission, not_a_file (sockets, devices, pipes).
    """
    seen: set[str] = set()
    for path in paths:
        if path == STDIN:
            if STDIN not in seen:
                seen.add(STDIN)
                yield stdin_source()
        elif os.path.lexists(path):
            yield from _walk(path, seen)
        else:
            found = _matches(path)
            if not found:
                yield Unread(shown(path), "", "missing")
            for match in found:
                yield from _walk(match, seen)


def shown(path: str) -> str:
    """A path that can be printed and written as UTF-8: bytes of a file name that are not text are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _matches(pattern: str) -> list[str]:
    if not glob.has_magic(pattern):
        return []
    return sorted(glob.glob(pattern, recursive=True, include_hidden=True))


def _walk(top: str, seen: set[str]) -> Iterator[Source | Unread]:
    # an explicit stack: a deep tree must not meet Python's recursion limit
    stack = [top]
    while stack:
        path = stack.pop()
        try:
            real = os.path.realpath(path)
            facts = os.stat(path)
        except OSError as error:
            trouble = unreadable(error)
            yield Unread(shown(path), "", trouble.reason, trouble.detail)
            continue
        if real in seen:
            continue
        seen.add(real)
        if stat.S_ISREG(facts.st_mode):
            if path == top or os.path.basename(path).lower() not in LITTER:
                yield Source(shown(path), facts.st_size, file=path)
        elif stat.S_ISDIR(facts.st_mode):
            try:
                names = sorted(os.listdir(path), reverse=True)
            except OSError as error:
                trouble = unreadable(error)
                yield Unread(shown(path), "", trouble.reason, trouble.detail)
                continue
            stack.extend(os.path.join(path, name) for name in names)
        else:
            yield Unread(shown(path), "", "not_a_file")
