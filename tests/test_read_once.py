"""What is not done twice: a sheet inflated, a reader asked, a command made. The result is that of doing it again."""

from __future__ import annotations

import io
import random
import zipfile
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from detectors.base import lexicon, name_score
from scanner import cli, readers
from scanner.errors import UnreadableError
from scanner.limits import Budget, Limits, Meter, Opening
from scanner.model import Table
from scanner.readers import Reader, open_source, reader_for, zip_archives
from scanner.readers.zip_archives import Inflated
from scanner.sources import bytes_source

PART = "xl/worksheets/sheet1.xml"


def book(first: str = "", rows: int = 6) -> bytes:
    """Two tables below one another from C3 on; first: a cell that has a format and holds nothing."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "lists"
    for top in (3, 3 + rows + 4):
        for column, title in enumerate(("订单", "金额", "数量"), 3):
            sheet.cell(top, column, title)
            for row in range(1, rows):
                sheet.cell(top + row, column, f"{row}{column}.5")
    if first:
        sheet[first].font = openpyxl.styles.Font(bold=True)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def named(data: bytes) -> dict[str, list[tuple[str, ...]]]:
    tables = [part for part in open_source(bytes_source("a.xlsx", data)) if isinstance(part, Table)]
    return {t.name: [row for c in t.chunks for row in zip(*(x.to_pylist() for x in c.columns), strict=True)] for t in tables}


@pytest.mark.parametrize("first", ["", "A1", "H2"])
def test_ranges_are_those_of_the_sheet_whatever_stands_empty_beside(first: str) -> None:
    tables = named(book(first))
    assert [name for name in tables if name.startswith("lists")] == ["lists [C3:E8]", "lists [C13:E18]"]
    assert [len(rows) for rows in tables.values()][:2] == [5, 5]


def test_a_checked_sheet_is_not_inflated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = book()
    plain = named(data)
    opened: list[str] = []
    real = zipfile.ZipFile.open

    def watched(self: zipfile.ZipFile, name: Any, *words: Any, **more: Any) -> Any:
        opened.append(name if isinstance(name, str) else name.filename)
        return real(self, name, *words, **more)

    monkeypatch.setattr(zipfile.ZipFile, "open", watched)
    assert named(data) == plain
    assert PART in opened  # a small package is not checked
    opened.clear()
    monkeypatch.setattr(zip_archives, "_HARMLESS", 0)
    assert named(data) == plain
    assert opened
    assert PART not in opened


def part_of(data: bytes, *, bytes_at_most: int = 1 << 30) -> Inflated:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        info = package.getinfo("part")
    return Inflated(stream, info, Meter(Budget(Opening(Limits(archive_bytes=bytes_at_most))), len(data)))


def packed(text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("part", text)
    return out.getvalue()


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_a_part_comes_in_pieces_of_the_size_asked_for(size: int) -> None:
    dice = random.Random(size)
    text = dice.randbytes(40) * 50 + dice.randbytes(3000)
    part = part_of(packed(text))
    pieces = []
    while piece := part.read(size):
        pieces.append(piece)
        assert not (part.sound and b"".join(pieces) != text)
    assert b"".join(pieces) == text
    assert {len(piece) for piece in pieces[:-1]} <= {size}
    assert part.sound


def test_a_part_that_is_not_what_the_directory_says_is_not_sound() -> None:
    text = b"<row>" * 3000
    data = packed(text)
    directory = data.rfind(b"PK\x01\x02")
    for place in (16, 24):  # checksum, size (APPNOTE.TXT 4.3.12)
        broken = bytearray(data)
        broken[directory + place] ^= 1
        part = part_of(bytes(broken))
        while part.read(1000):
            pass
        assert not part.sound
    with pytest.raises(UnreadableError):
        part_of(data, bytes_at_most=1000).read(2000)


def asked_reader(name: str, suffixes: str, claims: bool, asked: list[str]) -> Reader:
    def answer(head: bytes, source: object) -> bool:
        asked.append(name)
        return claims

    module: Any = SimpleNamespace(claims=answer)
    return Reader(name, module, tuple(f".{ending}" for ending in suffixes.split()))


@pytest.mark.parametrize(
    ("told", "chosen", "order"),
    [
        ({"one": True, "two": True, "three": True}, "two", ["two"]),
        ({"one": True, "two": False, "three": True}, "three", ["two", "three"]),
        ({"one": True, "two": False, "three": False}, "one", ["two", "three", "one"]),
        ({"one": False, "two": False, "three": False}, None, ["two", "three", "one"]),
    ],
)
def test_readers_are_asked_until_one_fits(
    told: dict[str, bool], chosen: str | None, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    suffixes = {"one": "x", "two": "y z", "three": "y"}
    monkeypatch.setattr(readers, "READERS", tuple(asked_reader(name, suffixes[name], told[name], asked) for name in told))
    found = reader_for(bytes_source("a.y", b"what it holds"))
    assert (found.name if found else None) == chosen
    assert asked == order


def test_only_the_command_that_is_asked_for_is_made() -> None:
    assert [command.name for command in cli._asked(["scan", "--help"]).registered_commands] == ["scan"]
    assert len(cli.app.registered_commands) > 1
    for words in ([], ["--help"], ["scna"], ["key", "new"], ["--version"]):
        assert cli._asked(words) is cli.app


def test_words_are_packed_alike_alone_and_all_together() -> None:
    words = lexicon.table("name_like_words")["word"][:500] + ("一", "一二", "一二三", "一二三四")
    assert name_score._packed(words).tolist() == [name_score.pack_text(word) for word in words]
