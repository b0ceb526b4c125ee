"""Paths, folders, globs and standard input as sources."""

from __future__ import annotations

import io
import os
import pickle
import socket
import sys
from pathlib import Path

import pytest

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers import open_tables
from scanner.sources import Source, bytes_source, find_sources, missing, stdin_source


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.csv", "a.csv", "sub/c.csv", "sub/deep/d.txt", ".hidden.csv"):
        path = tmp_path / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a,b\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def paths(*arguments: str) -> list[str]:
    return [found.path.replace(os.sep, "/") for found in find_sources(arguments) if isinstance(found, Source)]


def test_folder_is_walked_in_order(tree: Path) -> None:
    assert paths("exports") == [
        "exports/.hidden.csv",
        "exports/a.csv",
        "exports/b.csv",
        "exports/sub/c.csv",
        "exports/sub/deep/d.txt",
    ]


def test_path_is_shown_as_given(tree: Path) -> None:
    assert paths("exports/a.csv", os.path.join(".", "exports", "b.csv")) == ["exports/a.csv", "./exports/b.csv"]
    source = next(iter(find_sources(["exports/a.csv"])))
    assert isinstance(source, Source)
    assert (source.size, source.suffix, source.name) == (4, ".csv", "a.csv")


def test_globs(tree: Path) -> None:
    assert paths("exports/*.csv") == ["exports/.hidden.csv", "exports/a.csv", "exports/b.csv"]
    assert paths("exports/**/*.txt") == ["exports/sub/deep/d.txt"]


def test_a_name_with_magic_characters_is_a_name(tree: Path) -> None:
    (tree / "export[1].csv").write_bytes(b"a\n")
    assert paths("export[1].csv") == ["export[1].csv"]


def test_named_twice_is_read_once(tree: Path) -> None:
    assert paths("exports/a.csv", "exports/a.csv", "exports")[0] == "exports/a.csv"
    assert len(paths("exports/a.csv", "exports/a.csv", "exports")) == 5


def test_missing(tree: Path) -> None:
    assert missing(["exports", "nowhere.csv", "exports/*.csv", "exports/*.xls", "-"]) == ["nowhere.csv", "exports/*.xls"]
    assert list(find_sources(["nowhere.csv"])) == [Unread("nowhere.csv", "", "missing")]


def test_system_litter_is_left_out_of_folders(tree: Path) -> None:
    (tree / "exports" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    assert len(paths("exports")) == 5
    assert paths("exports/.DS_Store") == ["exports/.DS_Store"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links(tree: Path) -> None:
    os.symlink(tree / "exports", tree / "exports" / "sub" / "loop")
    os.symlink(tree / "gone", tree / "exports" / "dangling")
    os.symlink(tree / "exports" / "a.csv", tree / "exports" / "z.csv")
    found = list(find_sources(["exports"]))
    assert len([f for f in found if isinstance(f, Source)]) == 5
    assert [(u.path, u.reason) for u in found if isinstance(u, Unread)] == [("exports/dangling", "missing")]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such files there")
def test_special_files_are_unread(tree: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("exports/s")
        assert [(u.path, u.reason) for u in find_sources(["exports"]) if isinstance(u, Unread)] == [("exports/s", "not_a_file")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_permission(tree: Path) -> None:
    (tree / "exports" / "a.csv").chmod(0)
    (tree / "exports" / "sub").chmod(0)
    found = list(find_sources(["exports"]))
    assert [(u.path, u.reason) for u in found if isinstance(u, Unread)] == [("exports/sub", "permission")]
    forbidden = next(f for f in found if isinstance(f, Source) and f.name == "a.csv")
    assert [t.reason for t in open_tables(forbidden) if isinstance(t, Unread)] == ["permission"]
    (tree / "exports" / "sub").chmod(0o700)


def test_a_file_that_went_away(tree: Path) -> None:
    source = next(f for f in find_sources(["exports/a.csv"]) if isinstance(f, Source))
    (tree / "exports" / "a.csv").unlink()
    assert [t.reason for t in open_tables(source) if isinstance(t, Unread)] == ["missing"]
    with pytest.raises(UnreadableError):
        source.open()


class Drips(io.RawIOBase):
    """A pipe that hands out a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 7))


def test_standard_input_is_streamed() -> None:
    data = "姓名,手机号\n".encode() + "张三,13800138000\n".encode() * 50_000
    source = stdin_source(Drips(data))  # type: ignore[arg-type]
    assert source.path == "-"
    assert source.head(6) == "姓名".encode()
    tables = list[tuple[tuple[str, ...] | None, int]]()
    for table in open_tables(source):
        assert isinstance(table, Table)
        tables.append((table.header, sum(chunk.rows for chunk in table.chunks)))
    assert tables == [(("姓名", "手机号"), 50_000)]
    with pytest.raises(UnreadableError):
        source.open()


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n")))
    sources = [s for s in find_sources(["-", "-"]) if isinstance(s, Source)]
    assert [s.read() for s in sources] == [b"a,b\n"]


def test_sources_travel_and_show_no_content() -> None:
    source = bytes_source("a.csv", "张三,13800138000".encode())
    assert pickle.loads(pickle.dumps(source)).read() == source.read()
    assert "138" not in repr(source)
    assert pickle.loads(pickle.dumps(Source("x.csv", 3, file="x.csv"))) == Source("x.csv", 3, file="x.csv")
