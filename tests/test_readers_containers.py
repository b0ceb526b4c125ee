"""Containers: the same cells as the bare file, whatever they are packed in; bounds, locks, names, links, damage."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import sys
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import py7zr
import pytest
import pyzipper
import zstandard

import scanner
from scanner import limits
from scanner.cli import main
from scanner.config import Settings, load_settings
from scanner.errors import ConfigError, UnreadableError
from scanner.limits import Limits, Opening
from scanner.model import Note, Table, Unread
from scanner.readers import open_source, open_tables, reader_for, zip_archives
from scanner.sources import Source, bytes_source, find_sources, stdin_source

Rows = list[list[str]]


def everything(source: Source, opening: Opening | None = None) -> tuple[dict[str, Rows], list[Unread], list[Note]]:
    """Tables by name with their header as the first row; what was unread, also midway; notes."""
    tables: dict[str, Rows] = {}
    unread: list[Unread] = []
    notes: list[Note] = []
    for part in open_source(source, opening):
        if isinstance(part, Unread):
            unread.append(part)
        elif isinstance(part, Note):
            notes.append(part)
        else:
            assert part.name not in tables
            rows = tables[part.name] = [list(part.header)] if part.header else []
            try:
                for chunk in part.chunks:
                    rows += map(list, zip(*(column.to_pylist() for column in chunk.columns), strict=True))
            except UnreadableError as error:
                unread.append(Unread(source.path, part.name, error.reason, error.detail))
    return tables, unread, notes


def packed(data: dict[str, bytes], **words: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", words.get("method", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in data.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(data: dict[str, bytes], mode: str = "w", **words: int) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, **words) as archive:  # type: ignore[call-overload]
        for name, content in data.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def seven(data: dict[str, bytes], password: str | None = None, *, hide: bool = False) -> bytes:
    made = io.BytesIO()
    with py7zr.SevenZipFile(made, "w", password=password, header_encryption=hide) as archive:
        for name, content in data.items():
            archive.writestr(content, name)
    return made.getvalue()


def rar(data: dict[str, bytes]) -> bytes:
    """A RAR 4 archive with stored members (the format's technote: MARK_HEAD, MAIN_HEAD, FILE_HEAD, ENDARC_HEAD)."""

    def block(kind: int, flags: int, rest: bytes) -> bytes:
        body = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
        return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body

    made = b"Rar!\x1a\x07\0" + block(0x73, 0, bytes(6))
    for name, content in data.items():
        raw = name.encode("gb18030")
        size = len(content)
        head = struct.pack("<IIBIIBBHI", size, size, 3, zlib.crc32(content), 0x5A21_0000, 20, 0x30, len(raw), 0o100644)
        made += block(0x74, 0x8000, head + raw) + content
    return made + block(0x7B, 0x4000, b"")


def xz(data: bytes) -> bytes:
    return lzma.compress(data)


def zst(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


ARCHIVES: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": packed,
    "stored.zip": lambda data: packed(data, method=zipfile.ZIP_STORED),
    "bz2.zip": lambda data: packed(data, method=zipfile.ZIP_BZIP2),
    "lzma.zip": lambda data: packed(data, method=zipfile.ZIP_LZMA),
    "7z": seven,
    "rar": rar,
    "tar": tarred,
    "pax.tar": lambda data: tarred(data, format=tarfile.PAX_FORMAT),
    "tar.gz": lambda data: tarred(data, "w:gz"),
    "tgz": lambda data: tarred(data, "w:gz"),
    "tar.bz2": lambda data: tarred(data, "w:bz2"),
    "tar.xz": lambda data: tarred(data, "w:xz"),
    "tar.zst": lambda data: zst(tarred(data)),
}
SINGLE: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": xz,
    "zst": zst,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


@pytest.fixture(scope="module")
def people(fixtures: Path) -> bytes:
    return (fixtures / "tables" / "customers.csv").read_bytes()


@pytest.fixture(scope="module")
def book(fixtures: Path) -> bytes:
    return (fixtures / "tables" / "home_buyers.xlsx").read_bytes()


@pytest.fixture(scope="module")
def bare(people: bytes) -> Rows:
    return everything(bytes_source("customers.csv", people))[0]["customers.csv"]


# ---- the same cells


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_give_the_cells_of_their_members(kind: str, people: bytes, book: bytes, bare: Rows) -> None:
    data = ARCHIVES[kind]({"客户/customers.csv": people, "home_buyers.xlsx": book, "empty.csv": b""})
    tables, unread, notes = everything(bytes_source(f"export.{kind}", data))
    assert (unread, notes) == ([], [])
    inside = "export.tar!" if kind in ("tar.gz", "tgz", "tar.bz2", "tar.xz", "tar.zst") else ""
    assert tables.pop(f"{inside}客户/customers.csv") == bare
    own = everything(bytes_source("home_buyers.xlsx", book))[0]
    assert tables == {f"{inside}home_buyers.xlsx!{name}": rows for name, rows in own.items()}


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("name", ["jpg", "csv", "xlsx"])
def test_a_name_hides_no_archive(kind: str, name: str, people: bytes, bare: Rows) -> None:
    tables, unread, notes = everything(bytes_source(f"export.{name}", ARCHIVES[kind]({"customers.csv": people})))
    assert unread == []
    assert list(tables.values()) == [bare]
    assert notes[0].said.en.endswith(f"the name says .{name}")


@pytest.mark.parametrize("kind", SINGLE)
def test_single_files(kind: str, people: bytes, bare: Rows) -> None:
    assert everything(bytes_source(f"customers.csv.{kind}", SINGLE[kind](people))) == ({"customers.csv": bare}, [], [])


@pytest.mark.parametrize("kind", ["zip", "7z", "tar.gz", "tar.zst", "rar"])
def test_a_file_on_disk_is_scanned_like_the_bare_one(kind: str, people: bytes, tmp_path: Path) -> None:
    (tmp_path / f"export.{kind}").write_bytes(ARCHIVES[kind]({"a/customers.csv": people}))
    (tmp_path / "customers.csv").write_bytes(people)
    whole, alone = scanner.scan(tmp_path / f"export.{kind}"), scanner.scan(tmp_path / "customers.csv")
    assert (whole.persons, whole.files[0].records) == (alone.persons, alone.files[0].records)
    assert whole.assessment.readings == alone.assessment.readings
    assert whole.unread == ()


def test_archives_come_through_a_pipe(people: bytes, bare: Rows) -> None:
    for kind, make in ARCHIVES.items():
        tables, unread, _ = everything(stdin_source(io.BytesIO(make({"customers.csv": people}))))
        assert (list(tables.values()), unread) == ([bare], []), kind


def test_nested(people: bytes, book: bytes, bare: Rows) -> None:
    inner = packed({"deep/customers.csv": people})
    for make in (packed, seven, tarred, rar, lambda data: gzip.compress(data["inner.zip"])):
        tables, unread, _ = everything(bytes_source("outer.bin", make({"inner.zip": inner})))
        assert (list(tables.values()), unread) == ([bare], [])
    tables, _, _ = everything(bytes_source("a.zip", packed({"b.7z": seven({"c.tar": tarred({"d.csv": people})})})))
    assert list(tables) == ["b.7z!c.tar!d.csv"]


def test_a_stored_workbook_does_not_make_its_archive_one(book: bytes) -> None:
    data = packed({"b.xlsx": book}, method=zipfile.ZIP_STORED)
    for name in ("a.zip", "a.jpg", "a.xlsx"):
        reader = reader_for(bytes_source(name, data))
        assert reader is not None
        assert reader.name == "zip"


def test_names_twice_stay_apart(people: bytes) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", people)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", people)
    assert list(everything(bytes_source("a.zip", made.getvalue()))[0]) == ["a.csv", "a.csv (2)"]


# ---- names of members


def renamed(archive: bytes, old: bytes, new: bytes, *, unflag: bool = True) -> bytes:
    assert len(old) == len(new)
    data = bytearray(archive.replace(old, new))
    if unflag:
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = data.find(mark)
            while place >= 0:
                data[place + at + 1] &= ~0x08
                place = data.find(mark, place + 4)
    return bytes(data)


def test_zip_names_in_gbk_and_unflagged_utf8() -> None:
    name = "客户名单.csv".encode("gb18030")
    data = renamed(packed({"x" * (len(name) - 4) + ".csv": b"a,b\n1,2\n"}), b"x" * (len(name) - 4) + b".csv", name)
    assert list(everything(bytes_source("a.zip", data))[0]) == ["客户名单.csv"]
    name = "客户.csv".encode()
    data = renamed(packed({"x" * (len(name) - 4) + ".csv": b"a,b\n1,2\n"}), b"x" * (len(name) - 4) + b".csv", name)
    assert list(everything(bytes_source("a.zip", data))[0]) == ["客户.csv"]


def test_zip_unicode_path_field() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("x.csv")
        told = "名单.csv".encode()
        info.extra = struct.pack("<HHBI", 0x7075, 5 + len(told), 1, zlib.crc32(b"x.csv")) + told
        archive.writestr(info, b"a,b\n1,2\n")
    assert list(everything(bytes_source("a.zip", made.getvalue()))[0]) == ["名单.csv"]


def test_data_descriptors_and_zip64(people: bytes, bare: Rows) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: bytes) -> int:  # type: ignore[override]
            self.data += piece
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w", force_zip64=True) as entry:  # type: ignore[arg-type]
        entry.write(people)
    assert everything(bytes_source("a.zip", bytes(pipe.data))) == ({"a.csv": bare}, [], [])


def test_tar_names_in_gbk(people: bytes, bare: Rows) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", encoding="gb18030", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("名单.csv")
        info.size = len(people)
        archive.addfile(info, io.BytesIO(people))
    assert everything(bytes_source("a.tar", made.getvalue()))[0] == {"名单.csv": bare}


def test_names_that_climb_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: bytes, bare: Rows) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    monkeypatch.chdir(inside)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("py7zr.py7zr.check_archive_path", lambda _: True)
    for kind, make in ARCHIVES.items():
        (inside / "export").write_bytes(make({"x.csv": people, "../../y.csv": people, "/etc/z.csv": people}))
        tables, unread, _ = everything(Source("export", 0, file="export"))
        assert (list(tables.values()), unread) == ([bare] * 3, []), kind
        assert [path.name for path in tmp_path.rglob("*")] == ["in", "export"], kind


def test_links_in_tar_are_noted() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("l")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    tables, unread, notes = everything(bytes_source("a.tar", made.getvalue()))
    assert (tables, unread) == ({}, [])
    assert [note.said.en for note in notes] == ["2 links inside the archive were not followed"]


# ---- locks


WORD = "密码 1"
WITH = Opening(passwords=("wrong", WORD))


def aes(data: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with pyzipper.AESZipFile(made, "w", zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(WORD.encode())
        for name, content in data.items():
            archive.writestr(name, content)
    return made.getvalue()


def zip_crypto(data: dict[str, bytes]) -> bytes:
    """PKWARE's stream cipher (APPNOTE.TXT 6.1), which the standard library reads and does not write."""
    made = bytearray(packed(data, method=zipfile.ZIP_STORED))
    with zipfile.ZipFile(io.BytesIO(bytes(made))) as archive:
        infos = archive.infolist()
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)

    def step(keys: list[int], byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 255]

    out, directory = bytearray(), bytearray()
    for info in infos:
        content = data[info.filename]
        keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in WORD.encode():
            step(keys, byte)
        coded = bytearray()
        for byte in bytes(11) + struct.pack("<I", info.CRC)[3:] + content:
            key = keys[2] | 2
            coded.append(byte ^ (key * (key ^ 1) >> 8 & 255))
            step(keys, byte)
        name = info.filename.encode()
        flags = 1 | (0x800 if not name.isascii() else 0)
        fields = struct.pack("<HHHHIIIHH", flags, 0, 0, 0x5A21, info.CRC, len(coded), len(content), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name
        out += b"PK\x03\x04" + struct.pack("<H", 20) + fields + name + coded
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(infos), len(infos), len(directory), len(out), 0)
    return bytes(out + directory + end)


@pytest.mark.parametrize(
    "make",
    [aes, zip_crypto, lambda data: seven(data, WORD), lambda data: seven(data, WORD, hide=True)],
    ids=["aes", "zipcrypto", "7z", "7z-names"],
)
def test_locked(make: Callable[[dict[str, bytes]], bytes], people: bytes, bare: Rows) -> None:
    data = make({"customers.csv": b"\n".join(people.split(b"\n")[:51])})
    for opening in (None, Opening(passwords=("wrong", "wronger"))):
        tables, unread, _ = everything(bytes_source("a.bin", data), opening)
        assert tables == {}
        assert [gap.reason for gap in unread] == ["password"]
    tables, unread, _ = everything(bytes_source("a.bin", data), WITH)
    assert (len(tables), unread) == (1, [])
    assert tables["customers.csv"] == bare[:51]


def test_password_file(tmp_path: Path, people: bytes) -> None:
    (tmp_path / "words.txt").write_text(f"wrong\n\n{WORD}\n", encoding="utf-8")
    (tmp_path / "leakgauge.toml").write_text(
        'password_file = "words.txt"\n[limits]\ndepth = 3\ncell_bytes = "1 MB"\n', encoding="utf-8"
    )
    settings = load_settings(tmp_path / "leakgauge.toml")
    assert settings.opening() == Opening(Limits(depth=3, cell_bytes=1 << 20), ("wrong", WORD))
    assert WORD not in repr(settings.opening())
    (tmp_path / "a.zip").write_bytes(aes({"a.csv": people}))
    assert scanner.scan(tmp_path / "a.zip").unread[0].reason == "password"
    report = scanner.scan(tmp_path / "a.zip", settings=settings)
    assert report.unread == ()
    assert report.persons.all > 100
    words = ["scan", str(tmp_path / "a.zip"), "--no-progress", "--password-file"]
    assert main([*words, str(tmp_path / "words.txt")]) >= 10
    assert main([*words, str(tmp_path / "gone")]) == 2
    with pytest.raises(ConfigError):
        Settings(password_file=tmp_path / "gone").opening()
    (tmp_path / "leakgauge.toml").write_text("[limits]\ndepht = 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="limits.depht"):
        load_settings(tmp_path / "leakgauge.toml")


# ---- bounds


@pytest.mark.parametrize("kind", ["zip", "7z", "tar", "rar"])
def test_bounds_are_named(kind: str) -> None:
    rows = "".join(f"张三,{number}\n" for number in range(40_000)).encode()
    data = ARCHIVES[kind]({f"{number}.csv": rows for number in range(6)})
    for bounds, name in (
        (Limits(members=3), "limits.members"),
        (Limits(archive_bytes=3 * len(rows)), "limits.archive_bytes"),
        (Limits(total_bytes=3 * len(rows)), "limits.total_bytes"),
        (Limits(depth=0), "limits.depth"),
    ):
        tables, unread, _ = everything(bytes_source(f"a.{kind}", data), Opening(bounds))
        assert any(name in gap.detail for gap in unread), (kind, name)
        assert {gap.reason for gap in unread} <= {"too_large", "too_deep"}
        assert len(tables) < 6
    assert len(everything(bytes_source(f"a.{kind}", data))[0]) == 6


def test_depth() -> None:
    data = b"a,b\n1,2\n"
    for level in range(6):
        data = packed({f"{level}.zip" if level else "a.csv": data})
    assert len(everything(bytes_source("a.zip", data), Opening(Limits(depth=6)))[0]) == 1
    tables, unread, _ = everything(bytes_source("a.zip", data), Opening(Limits(depth=5)))
    assert tables == {}
    assert [(gap.reason, gap.part.rpartition("!")[2]) for gap in unread] == [("too_deep", "a.csv")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, xz, zst, lambda data: packed({"a.csv": data})])
def test_ratio(pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_RATIO_FROM", 1 << 20)
    bomb = pack(b"1,2,3,4,5,6,7\n" * 200_000)
    _, unread, _ = everything(bytes_source("a.csv", bomb), Opening(Limits(ratio=20)))
    assert [gap.reason for gap in unread][:1] == ["too_large"]
    assert "limits.ratio" in unread[0].detail


def test_a_workbook_that_is_a_bomb(book: bytes) -> None:
    made = io.BytesIO(book)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/image.bin", bytes(1 << 27))
    _, unread, _ = everything(bytes_source("a.xlsx", made.getvalue()), Opening(Limits(ratio=100)))
    assert [gap.reason for gap in unread] == ["too_large"]
    assert everything(bytes_source("a.xlsx", book), Opening(Limits(ratio=100)))[1] == []


def test_sizes_that_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archives, "_HARMLESS", 1 << 24)
    monkeypatch.setattr(limits, "_RATIO_FROM", 1 << 24)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", b"<Types/>")
        package.writestr("xl/workbook.xml", b" " * (40 << 20))
    data = bytearray(made.getvalue())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.rfind(mark)
        data[place + at : place + at + 4] = struct.pack("<I", 1000)
    _, unread, _ = everything(bytes_source("a.xlsx", bytes(data)))
    assert [gap.reason for gap in unread] == ["too_large"]


def test_long_cells_are_cut_and_told() -> None:
    data = "姓名,备注\n张三,".encode() + b"x" * 3_000_000 + "\n李四,y\n".encode()
    tables, unread, _ = everything(bytes_source("a.csv", data), Opening(Limits(cell_bytes=1 << 20)))
    assert [len(row[1]) for row in tables["a.csv"]] == [2, 1 << 18, 1]
    assert [(gap.reason, gap.part) for gap in unread] == [("too_large", "a.csv")]
    assert everything(bytes_source("a.csv", data))[1] == []


# ---- damage


@pytest.mark.parametrize("kind", [*ARCHIVES, *SINGLE])
def test_truncations(kind: str, people: bytes, bare: Rows) -> None:
    whole = SINGLE[kind](people) if kind in SINGLE else ARCHIVES[kind]({"a.csv": people[:20_000], "b.csv": people})
    for tenth in range(1, 10):
        data = whole[: len(whole) * tenth // 10]
        tables, unread, _ = everything(bytes_source(f"a.{kind}", data))
        assert unread, (kind, tenth)
        for rows in tables.values():
            assert [row for row in rows if row not in bare][1:] == []  # but for the row that was cut
    if kind in ("gz", "tar", "tar.gz"):
        assert tables  # nine tenths of a stream give rows, not only an excuse


def test_one_broken_member_hides_no_other(people: bytes, bare: Rows, book: bytes) -> None:
    data = packed({"a.xlsx": book[:9000], "b.csv": people})
    tables, unread, _ = everything(bytes_source("a.zip", data))
    assert tables == {"b.csv": bare}
    assert [(gap.part, gap.reason, gap.path) for gap in unread] == [("a.xlsx", "damaged", "a.zip")]
    broken = bytearray(packed({"a.csv": people, "b.csv": people}, method=zipfile.ZIP_STORED))
    broken[2000] ^= 255
    tables, unread, _ = everything(bytes_source("a.zip", bytes(broken)))
    assert tables["b.csv"] == bare
    assert [(gap.part, gap.reason) for gap in unread] == [("a.csv", "damaged")]


def test_a_lost_directory_names_what_it_sees(people: bytes) -> None:
    data = packed({"客户.csv": people, "b.csv": people})
    _, unread, _ = everything(bytes_source("a.zip", data[: len(data) - 200]))
    assert unread[0].reason == "damaged"
    assert "客户.csv, b.csv" in unread[0].detail


# ---- wrong names


@pytest.mark.parametrize(
    ("name", "told"), [("a.jpg", True), ("a.csv", True), ("a", False), ("a.xlsx", False), ("a.xlsx.1", False), ("a.pdf", True)]
)
def test_workbooks_under_other_names(name: str, told: bool, book: bytes) -> None:
    tables, _, notes = everything(bytes_source(name, book))
    assert tables
    assert [note.said.en for note in notes] == [f"content is a workbook, the name says {name[1:]}"] * told


@pytest.mark.parametrize(
    ("name", "told"), [("a.jpg", True), ("a.dat", True), ("a.xlsx", True), ("a.zip", True), ("a.csv", False), ("README", False)]
)
def test_text_under_other_names(name: str, told: bool, people: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(people)
    report = scanner.scan(tmp_path / name)
    assert [note.said.en for note in report.files[0].notes] == [f"content is text, the name says {name[1:]}"] * told
    assert report.persons.all > 100


# ---- links, special files, changes

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


@posix
def test_loops_and_dangling_links(tmp_path: Path) -> None:
    os.symlink("b", tmp_path / "a")
    os.symlink("a", tmp_path / "b")
    os.symlink(".", tmp_path / "here")
    (tmp_path / "c.csv").write_bytes(b"a\n1\n")
    report = scanner.scan(tmp_path)
    assert [Path(file.path).name for file in report.files if file.status == "read"] == ["c.csv"]
    assert [(Path(gap.path).name, gap.reason) for gap in report.unread] == [("a", "error"), ("b", "error")]


@posix
def test_pipes_sockets_devices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    report = scanner.scan([tmp_path, "/dev/null"])
    assert [gap.reason for gap in report.unread] == ["not_a_file", "not_a_file"]


@posix
def test_a_pipe_in_a_files_place_does_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n")
    source = next(found for found in find_sources([str(path)]) if isinstance(found, Source))
    path.unlink()
    os.mkfifo(path)
    done = threading.Event()
    gaps: list[Unread] = []

    def reading() -> None:
        gaps.extend(part for part in open_tables(source) if isinstance(part, Unread))
        done.set()

    threading.Thread(target=reading, daemon=True).start()
    assert done.wait(20)
    assert gaps[0].reason == "not_a_file"


@posix
def test_names_that_are_not_text_and_long_ones(tmp_path: Path, people: bytes) -> None:
    raw = os.fsencode(tmp_path)
    for name in ("名单.csv".encode("gb18030"), b"x" * 251 + b".csv", b"bell\x07\x1b[2J.csv"):
        try:
            with open(os.path.join(raw, name), "wb") as file:
                file.write(people)
        except OSError:
            pytest.skip("the file system refuses such names")
    report = scanner.scan(tmp_path)
    assert [file.status for file in report.files] == ["read"] * 3
    assert all(file.path.encode() for file in report.files)


@posix
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("nothing is forbidden to this user")
    assert [gap.reason for gap in scanner.scan(tmp_path).unread] == ["permission"]
    path.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("how", ["grows", "shrinks", "vanishes"])
def test_files_that_change_while_they_are_read(how: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,手机号\n".encode() + "张三,13800138000\n".encode() * 1000)
    source = next(found for found in find_sources([str(path)]) if isinstance(found, Source))
    gaps = []
    for part in open_tables(source):
        if isinstance(part, Table):
            assert list(part.chunks)
            if how == "vanishes":
                path.unlink()
            else:
                with open(path, "ab") as file:
                    file.truncate(100) if how == "shrinks" else file.write(b"x,1\n")
        elif isinstance(part, Unread):
            gaps.append(part.reason)
    assert gaps == ["changed"]


def test_a_share_that_stops_answering() -> None:
    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self._data = io.BytesIO(b"a,b\n" * 100_000)

        def read(self, size: int = -1, /) -> bytes:
            piece = self._data.read(size)
            if not piece:
                raise TimeoutError(110, "Connection timed out")
            return piece

    tables, unread, _ = everything(stdin_source(Slow()))  # type: ignore[arg-type]
    assert [(gap.reason, gap.detail) for gap in unread] == [("error", "Connection timed out")]
    assert len(tables["-"]) > 90_000
