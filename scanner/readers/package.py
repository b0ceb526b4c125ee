"""Office packages (ECMA-376, zip with XML parts): their parts as streams, relations, properties, embedded files.

A document type declaration has no place in a package (ECMA-376-2, 7.1.1) and is refused,
so no entity ever expands.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast
from xml.parsers import expat

from scanner.errors import UnreadableError
from scanner.limits import Meter
from scanner.model import Note, Table, Unread
from scanner.readers.locked import COMPOUND, is_locked_package, opened
from scanner.readers.members import Unpacked, member
from scanner.readers.notes import hidden_within
from scanner.readers.prose import images, is_image, pairs, prose, unique
from scanner.readers.story import Line, Row, Story
from scanner.readers.story_tables import story_tables
from scanner.sources import HEAD, Source

ZIP = b"PK\x03\x04"
_BLOCK = 1 << 16
_PARTS = 1 << 16  # parts of one package
_SMALL = 1 << 24  # bytes of a part that is read whole: relations, properties
_DEPTH = 500  # nested elements; a real document has some thirty
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError)

Start = Callable[[str, dict[str, str]], None]
Heard = Callable[[str], None]


def lists(source: Source, head: bytes, part: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a source is a package that holds the part."""
    if not head.startswith(ZIP):
        return False
    if part.encode() not in head and source.suffix not in suffixes and len(head) < HEAD:
        return False
    if source.stream is not None:
        return part.encode() in head
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as package:
            return part in package.NameToInfo
    except (*BROKEN, OSError):
        return part.encode() in head or source.suffix in suffixes


def locked(source: Source, head: bytes, suffixes: tuple[str, ...]) -> bool:
    """Whether this is a compound file under a package's name: a document under a password, or an old one."""
    return head.startswith(COMPOUND) and source.suffix in suffixes


def no_package(source: Source) -> Iterator[Unread | Note | Source]:
    """What is under a package's name and is none: a locked document, or an old one."""
    data = source.read()
    if is_locked_package(data):
        yield from opened(source, data)
        return
    yield Unread(source.path, "", "format", "document of an older office program", len(data))


@dataclass(frozen=True, slots=True)
class Package:
    """An open package. meter: counts what is unpacked of it."""

    file: zipfile.ZipFile
    meter: Meter

    @property
    def parts(self) -> dict[str, zipfile.ZipInfo]:
        return self.file.NameToInfo

    def open(self, part: str) -> Unpacked:
        """A part as a stream, whose reading raises UnreadableError: damaged, too_large. Raises it itself: damaged, password."""
        info = self.parts[part]
        if info.flag_bits & 1:
            raise UnreadableError("password", part)
        try:
            return Unpacked(cast(BinaryIO, self.file.open(info)), self.meter, BROKEN)
        except BROKEN:
            raise UnreadableError("damaged", f"{part} is broken") from None

    def small(self, part: str) -> bytes:
        """A part as bytes, b"" if there is none. Raises UnreadableError: damaged, password, too_large."""
        if part not in self.parts:
            return b""
        with self.open(part) as stream:
            data: bytes = stream.read(_SMALL + 1)
        if len(data) > _SMALL:
            raise UnreadableError("too_large", f"{part} unpacks to more than {_SMALL:,} bytes")
        return data


@contextmanager
def open_package(source: Source) -> Iterator[Package]:
    """The package, closed behind the block. Raises UnreadableError: damaged, too_large."""
    with source.seekable() as stream:
        try:
            file = zipfile.ZipFile(stream)
        except BROKEN:
            raise UnreadableError("damaged", "the document's package is broken") from None
        if len(file.filelist) > _PARTS:
            raise UnreadableError("too_large", f"the package has more than {_PARTS:,} parts")
        yield Package(file, Meter(source.budget, source.size))


def local(name: str) -> str:
    """The name without its namespace."""
    return name.rpartition("}")[2]


def elements(stream: IO[bytes] | Unpacked, part: str, start: Start, end: Heard, text: Heard) -> Iterator[None]:
    """Feeds a part to the handlers, block by block. Raises UnreadableError: damaged, too_large, too_deep."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.ordered_attributes = False
    depth = 0

    def deeper(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise UnreadableError("too_deep", f"{part} nests more than {_DEPTH} elements")
        # of two attributes with one local name (id, r:id) the one in a namespace is the relation
        plain = {key: value for key, value in attributes.items() if "}" not in key}
        start(local(name), plain | {local(key): value for key, value in attributes.items() if "}" in key})

    def shallower(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(name))

    def declared(*_: object) -> None:
        raise UnreadableError("damaged", f"{part} declares a document type")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = deeper, shallower, text
    parser.StartDoctypeDeclHandler = declared
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, LookupError):  # an encoding that nobody knows
        raise UnreadableError("damaged", f"{part} is broken XML") from None


def leaves(data: bytes, part: str) -> list[tuple[str, dict[str, str], str]]:
    """All elements of a small part with their attributes and own text, in the order in which they end."""
    stack: list[tuple[str, dict[str, str], list[str]]] = []
    found: list[tuple[str, dict[str, str], str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        stack.append((name, attributes, []))

    def end(_: str) -> None:
        name, attributes, texts = stack.pop()
        found.append((name, attributes, "".join(texts)))

    def text(piece: str) -> None:
        if stack:
            stack[-1][2].append(piece)

    for _ in elements(io.BytesIO(data), part, start, end, text):
        pass
    return found


def story(package: Package, part: str, handlers: Story) -> Iterator[Line | Row]:
    """The lines and rows of a part as they come."""
    with package.open(part) as stream:
        for _ in elements(stream, part, handlers.start, handlers.end, handlers.text):
            yield from handlers.found
            handlers.found.clear()


def told(
    source: Source, package: Package, part: str, name: str, handlers: Story, hidden: str = ""
) -> Iterator[Table | Unread | Note]:
    """The tables and texts of a part under this name; a broken part is `Unread`. Hidden cells in rows that are seen get a word."""
    try:
        yield from unique(story_tables(name, story(package, part, handlers), hidden))
    except UnreadableError as error:
        yield Unread(source.path, name, error.reason, error.detail)
    for why, cells in handlers.between.items():
        yield Note(source.path, name, hidden_within(cells, why))


_NUMBERED = re.compile(r"(\d+)\.xml\Z")


def has_embedded(package: Package, folder: str) -> bool:
    """Whether files are embedded; a chart's figures are then read from its workbook, not from the copy beside the drawing."""
    return any(name.startswith(f"{folder}/embeddings/") for name in package.parts)


def numbered(package: Package, pattern: str) -> list[tuple[str, str]]:
    """Parts whose whole name matches, with their number ("" if none), by number."""
    parts = [name for name in package.parts if re.fullmatch(pattern, name)]
    found = [(name, said[1] if (said := _NUMBERED.search(name)) else "") for name in parts]
    return sorted(found, key=lambda pair: (len(pair[1]), pair[1], pair[0]))


def relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Id → (kind, target) of a part's relations; targets within the package as part names."""
    folder, _, base = part.rpartition("/")
    path = f"{folder}/_rels/{base}.rels"
    found: dict[str, tuple[str, str]] = {}
    for name, facts, _ in leaves(data, path) if (data := package.small(path)) else ():
        if name != "Relationship":
            continue
        target = facts.get("Target", "")
        if facts.get("TargetMode") != "External":
            target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[facts.get("Id", "")] = (facts.get("Type", "").rpartition("/")[2], target)
    return found


def beside_text(source: Source, package: Package, folder: str) -> Iterator[Table | Unread | Source]:
    """Properties, link targets, embedded files and images of a package. folder: "word" or "ppt"."""
    facts: list[tuple[str, str]] = []
    for part in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"):
        try:
            data = package.small(part)
            named = ""
            for name, attributes, text in reversed(leaves(data, part)) if data else ():
                if name == "property":
                    named = attributes.get("name", "")
                elif text.strip() and name in _PROPERTIES:
                    facts.append((name, text))
                elif text.strip() and part.endswith("custom.xml"):
                    facts.append((named or name, text))
        except UnreadableError as error:
            yield Unread(source.path, part, error.reason, error.detail)
    yield from pairs("document properties", facts, "document properties")
    targets: list[str] = []
    for part in [name for name in package.parts if name.startswith(f"{folder}/") and name.endswith(".rels")]:
        try:
            for name, attributes, _ in leaves(package.small(part), part):
                if name == "Relationship" and attributes.get("TargetMode") == "External":
                    targets.append(attributes.get("Target", ""))
        except UnreadableError as error:
            yield Unread(source.path, part, error.reason, error.detail)
    yield from prose("link targets", targets, "link targets")
    yield from packed_files(source, package, folder)


_PROPERTIES = ("title", "subject", "creator", "keywords", "description", "lastModifiedBy", "category", "Manager", "Company")


def packed_files(source: Source, package: Package, folder: str) -> Iterator[Unread | Source]:
    """Embedded files of a package, handed on, and images and macros, by name. folder: "word", "ppt" or "xl"."""
    pictures: list[tuple[str, int]] = []
    for info in package.file.filelist:
        if info.filename.endswith("/") or not info.filename.startswith(f"{folder}/"):
            continue
        place, name = info.filename[len(folder) + 1 :].partition("/")[0], info.filename
        if place == "media" or is_image(name):
            pictures.append((name, info.file_size))
        elif place == "vbaProject.bin":
            yield Unread(source.path, name, "format", "macros", info.file_size)
        elif place in ("embeddings", "afchunk", "activeX") and not name.endswith((".xml", ".rels")):
            try:
                stream = cast(BinaryIO, package.file.open(info))
                yield member(source, name, stream, package.meter, BROKEN)
            except UnreadableError as error:
                yield Unread(source.path, name, error.reason, error.detail, info.file_size)
            except BROKEN:
                yield Unread(source.path, name, "damaged", "", info.file_size)
    yield from images(source, pictures)
