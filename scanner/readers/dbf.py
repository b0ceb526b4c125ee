"""dBase, FoxPro and Visual FoxPro tables (.dbf) with their memo files: fixed-width records, cut into columns as whole arrays.

The encoding is told by content, since Chinese programs often leave the language byte empty or wrong. Deleted records stay in the
file until it is packed, so they are read as a hidden table. Sources: dBASE Table File Format (Library of Congress fdd000325);
Microsoft, "Visual FoxPro Table File Structure" and "Memo File Structure".
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scanner.cells import cell_text
from scanner.errors import UnreadableError
from scanner.model import Chunk, Table, Unread
from scanner.readers.encodings import detect
from scanner.sources import Source, unreadable
from scanner.untouched import open_file

SUFFIXES = (".dbf",)
_VERSIONS = frozenset((0x02, 0x03, 0x04, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xF5, 0xFB))
_TYPES = frozenset(b"CNFLDMGPBITYVQW@O+X")
_LANGUAGES = {  # of the language byte, as far as the usual ones go
    **dict.fromkeys((0x4D, 0x7A), "gb18030"),
    **dict.fromkeys((0x4F, 0x78), "cp950"),
    **dict.fromkeys((0x13, 0x7B), "cp932"),
    **dict.fromkeys((0x03, 0x57), "cp1252"),
    0x4E: "cp949",
    0xC9: "cp1251",
    0x26: "cp866",
}
_BLOCK = 1 << 23
_SAMPLE = 1 << 18
_LONGEST_MEMO = 1 << 26
_JULIAN = 1721425  # Julian day number of 0001-01-01

Records = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    kind: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """header, record: sizes in bytes; records: how many the header promises."""

    records: int
    header: int
    record: int
    language: int
    fields: tuple[_Field, ...]


def claims(head: bytes, source: Source) -> bool:
    """A known version, a date, sizes that fit, and fields of known types that fill the record."""
    return _layout(head) is not None


def _layout(head: bytes) -> _Layout | None:
    if len(head) < 66 or head[0] not in _VERSIONS or head[2] > 12 or head[3] > 31:
        return None
    records, header, record = struct.unpack_from("<IHH", head, 4)
    if header < 65 or record < 2 or len(head) < min(header, 64):
        return None
    wide = head[0] in (0x04, 0x8C) and header >= 69 and head[28] in (0, 1) and head[68:69] != b"" and head[32:33] == b"\0"
    fields: list[_Field] = []
    at, place = (68, 1) if wide else (32, 1)
    step = 48 if wide else 32
    while at + step <= min(header + 1, len(head)) and head[at] not in (0x0D, 0x00):
        raw = head[at : at + step]
        kind = raw[32 if wide else 11]
        size = raw[33] if wide else raw[16]
        if not wide and kind in b"C" and raw[17]:  # a text of more than 255 bytes keeps the upper byte where others keep decimals
            size += raw[17] << 8
        if kind not in _TYPES or not size:
            return None
        name = raw[: 32 if wide else 11].split(b"\0")[0].strip()
        if kind != ord("0"):
            fields.append(_Field(name, chr(kind), place, size))
        place += size
        at += step
    if not fields or place > record + 8:
        return None
    return _Layout(records, header, record, head[29], tuple(fields))


def read(source: Source) -> Iterator[Table | Unread]:
    """The records, then the deleted ones. Fewer records than promised, or a memo file that is not there, is `Unread`."""
    layout = _layout(source.head())
    if layout is None:
        yield Unread(source.path, "", "damaged", "the header does not describe a table", source.size)
        return
    if source.stream is not None:  # a stream cannot be gone over twice
        source = Source(source.path, source.size, data=source.read(), member=source.member)
    memo = None
    if any(field.kind == "M" for field in layout.fields):
        memo = _memo_of(source)
        if memo is None:
            yield Unread(source.path, "", "missing", "the memo file (.dbt, .fpt) beside the table")
    encoding = _encoding(source, layout)
    header = tuple(_decoded(field.name, encoding) for field in layout.fields)
    found = [0, 0]
    yield Table(source.name, header, _chunks(source, layout, encoding, memo, found, deleted=False))
    if found[1]:
        chunks = _chunks(source, layout, encoding, memo, [0, 0], deleted=True)
        yield Table(f"{source.name} deleted records", header, chunks, "records marked as deleted")
    if memo is not None:
        memo.stream.close()
    if found[0] < layout.records:
        yield Unread(source.path, "", "damaged", f"{layout.records:,} records promised, {found[0]:,} found")


def _decoded(raw: bytes, encoding: str) -> str:
    return raw.decode(encoding, "replace").strip()


def _blocks(source: Source, layout: _Layout) -> Iterator[Records]:
    """The records as a matrix of bytes, some at a time."""
    rows = max(1, min(_BLOCK // layout.record, 1 << 16))
    try:
        with source.open() as stream:
            stream.seek(layout.header)
            left = layout.records
            while left > 0:
                data = stream.read(min(rows, left) * layout.record)
                whole = len(data) // layout.record
                if not whole:
                    return
                matrix = np.frombuffer(data, np.uint8, whole * layout.record).reshape(whole, layout.record)
                ends = np.flatnonzero(matrix[:, 0] == 0x1A)  # the mark behind the last record
                if len(ends):
                    yield matrix[: int(ends[0])]
                    return
                yield matrix
                left -= whole
    except OSError as error:
        raise unreadable(error) from None


def _encoding(source: Source, layout: _Layout) -> str:
    """By the texts of the first records that have more than ASCII; else by the language byte."""
    texts = [field for field in layout.fields if field.kind == "C"]
    sample = b"\n".join(field.name for field in layout.fields) + b"\n"
    for number, matrix in enumerate(_blocks(source, layout)):
        high = np.flatnonzero((matrix[:, 1:] > 127).any(axis=1))[:2000]
        for row in high.tolist():
            record = matrix[row].tobytes()
            sample += b"\n".join(record[field.start : field.start + field.size].rstrip(b" \0") for field in texts) + b"\n"
            if len(sample) > _SAMPLE:
                break
        if len(sample) > _SAMPLE or number > 8:
            break
    if sample.isascii():
        return _LANGUAGES.get(layout.language, "gb18030")
    found = detect(sample, whole=True)
    return found.name if found is not None and found.name != "ascii" else _LANGUAGES.get(layout.language, "gb18030")


def _chunks(
    source: Source, layout: _Layout, encoding: str, memo: _Memo | None, found: list[int], *, deleted: bool
) -> Iterator[Chunk]:
    """found: counts records met, and deleted ones."""
    row = 0
    for matrix in _blocks(source, layout):
        gone = matrix[:, 0] == 0x2A
        found[0] += len(matrix)
        found[1] += int(gone.sum())
        kept = matrix[gone if deleted else ~gone]
        if len(kept):
            yield Chunk(tuple(_column(kept, field, encoding, memo) for field in layout.fields), row)
            row += len(kept)


def _column(matrix: Records, field: _Field, encoding: str, memo: _Memo | None) -> pa.StringArray:
    width = min(field.size, matrix.shape[1] - field.start)
    if width <= 0:
        return pa.array([""] * len(matrix), pa.string())
    part = np.ascontiguousarray(matrix[:, field.start : field.start + width])
    if field.kind in "IBTY+@O" or (field.kind == "M" and width == 4):
        cells = [_binary(raw.tobytes(), field.kind, encoding, memo) for raw in part]
        return pa.array(cells, pa.string())
    raw = part.view(f"S{width}").ravel()  # without the zero bytes at the end
    if field.kind == "M":
        return pa.array([memo.text(one, encoding) if memo else "" for one in raw.tolist()], pa.string())
    texts = _texts(raw, encoding)
    if field.kind == "D":
        return pa.array([_day(text) for text in texts.to_pylist()], pa.string())
    if field.kind in "NF":
        return pa.array([_number(text) for text in texts.to_pylist()], pa.string())
    if field.kind == "L":
        truth = {"T": "true", "t": "true", "Y": "true", "y": "true", "F": "false", "f": "false", "N": "false", "n": "false"}
        return pa.array([truth.get(text, "") for text in texts.to_pylist()], pa.string())
    return texts


def _texts(raw: NDArray[np.bytes_], encoding: str) -> pa.StringArray:
    """A column of byte strings as text without blanks at the end, decoded in one go."""
    stripped = np.char.rstrip(raw, b" \0")
    joined = b"\x1f".join(stripped.tolist())
    text = joined.decode(encoding, "replace")
    cells = text.split("\x1f")
    if len(cells) != len(raw):  # the separator stands in a cell, or fell victim to half a character before it
        cells = [one.decode(encoding, "replace") for one in stripped.tolist()]
    return pa.array(cells, pa.string())


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isascii() and text.isdigit() else text.strip()


def _number(text: str) -> str:
    text = text.strip().strip("*")
    if "." in text and text.replace(".", "", 1).lstrip("-").isdigit():
        text = text.rstrip("0").rstrip(".")
    return text


def _binary(raw: bytes, kind: str, encoding: str, memo: _Memo | None) -> str:
    if kind == "M":
        return memo.text(str(int.from_bytes(raw, "little")).encode(), encoding) if memo else ""
    if kind in "I+" and len(raw) == 4:
        return str(struct.unpack("<i", raw)[0])
    if kind == "Y" and len(raw) == 8:
        return cell_text(struct.unpack("<q", raw)[0] / 10_000)
    if kind in "BO" and len(raw) == 8:
        return cell_text(struct.unpack("<d", raw)[0])
    if kind in "T@" and len(raw) == 8:
        day, milliseconds = struct.unpack("<ii", raw)
        if not 0 < day - _JULIAN < date.max.toordinal():
            return ""
        moment = datetime.fromordinal(day - _JULIAN + 1) + timedelta(milliseconds=milliseconds % 86_400_000)
        return cell_text(moment.replace(microsecond=0))
    return raw.decode(encoding, "replace").strip(" \0")


@dataclass(frozen=True, slots=True)
class _Memo:
    """A memo file. kind: "fpt" or "dbt"; block: bytes of a block."""

    stream: BinaryIO
    kind: str
    block: int

    def text(self, pointer: bytes, encoding: str) -> str:
        """The memo at a block number, "" where there is none."""
        number = pointer.strip(b" \0")
        if not number.isdigit() or len(number) > 10 or not int(number):
            return ""
        try:
            self.stream.seek(int(number) * self.block)
            head = self.stream.read(8)
            if len(head) < 8:
                return ""
            if self.kind == "fpt":
                size = struct.unpack(">I", head[4:])[0]
                raw = self.stream.read(min(size, _LONGEST_MEMO))
            elif head[:4] == b"\xff\xff\x08\x00":
                raw = self.stream.read(min(max(struct.unpack("<I", head[4:])[0] - 8, 0), _LONGEST_MEMO))
            else:
                raw = head
                while b"\x1a" not in raw and len(raw) < _LONGEST_MEMO:
                    more = self.stream.read(512)
                    if not more:
                        break
                    raw += more
                raw = raw.partition(b"\x1a")[0]
        except OSError as error:
            raise unreadable(error) from None
        return raw.decode(encoding, "replace").strip("\0 \r\n")


def _memo_of(source: Source) -> _Memo | None:
    """The memo file beside a table, None if there is none that can be opened."""
    if not source.file or source.data is not None:
        return None
    stem = os.path.splitext(source.file)[0]
    for ending in (".fpt", ".FPT", ".dbt", ".DBT"):
        try:
            stream = os.fdopen(open_file(stem + ending, source.budget.opening.untouched)[0], "rb")
            head = stream.read(24)
        except OSError:
            continue
        if len(head) < 8:
            stream.close()
            raise UnreadableError("damaged", "the memo file is cut short")
        if ending.lower() == ".fpt":
            return _Memo(stream, "fpt", struct.unpack(">H", head[6:8])[0] or 1)
        size = struct.unpack("<H", head[20:22])[0] if len(head) >= 22 else 0
        return _Memo(stream, "dbt", size or 512)
    return None
