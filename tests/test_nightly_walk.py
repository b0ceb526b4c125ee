"""The walk of a nightly run: every file once, whatever lies in its way."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.model import Unread
from scanner.nightly.walk import roots_of, stored, walk
from scanner.sources import find_sources

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes")


def met(*roots: Path) -> tuple[list[str], list[tuple[str, str]]]:
    listed = list(walk([str(root) for root in roots]))
    files = sorted(path for each in listed for path, _ in each.files)
    return files, sorted((gap.path, gap.reason) for each in listed for gap in each.troubles)


def test_links_loops_pipes_and_litter(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    for path in (inside / "a" / "1.csv", inside / "a" / "Thumbs.db", outside / "2.csv", outside / "deep" / "3.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    (inside / "loop").symlink_to(inside)
    (inside / "same").symlink_to(inside / "a" / "1.csv")
    (inside / "more").symlink_to(outside)
    (inside / "twice").symlink_to(outside)
    (inside / "single").symlink_to(outside / "2.csv")
    (inside / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(inside / "pipe")
    files, troubles = met(inside)
    assert files == [str(inside / "a" / "1.csv"), str(inside / "more" / "2.csv"), str(inside / "more" / "deep" / "3.csv")]
    assert troubles == [(str(inside / "dangling"), "missing"), (str(inside / "pipe"), "not_a_file")]


@dataclass(frozen=True)
class _WindowsEntry:
    """An entry as Windows lists it: without numbers, and a junction like a folder."""

    name: str
    path: str

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        assert not follow_symlinks
        facts = list(os.stat(self.path))
        facts[stat.ST_INO] = facts[stat.ST_DEV] = 0
        return os.stat_result(facts)


def test_a_junction_that_leads_back_up_is_not_followed_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.csv").write_text("x", encoding="utf-8")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    real = os.scandir

    class Listing(list[_WindowsEntry]):
        def __enter__(self) -> Listing:
            return self

        def __exit__(self, *_: object) -> None:
            return None

    def listed(folder: str) -> Listing:
        with real(folder) as entries:
            return Listing(_WindowsEntry(entry.name, entry.path) for entry in entries)

    monkeypatch.setattr(os, "scandir", listed)
    assert met(tmp_path) == ([str(tmp_path / "a" / "1.csv")], [])


def test_the_same_files_as_a_scan(tmp_path: Path) -> None:
    for name in ("b/x.csv", "a/y.csv", "a.csv", ".hidden/z.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    scanned = sorted(source.path for source in find_sources([str(tmp_path)]) if not isinstance(source, Unread))
    assert met(tmp_path)[0] == scanned


def test_a_root_that_is_a_file_and_one_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    assert met(tmp_path / "a.csv", tmp_path / "b") == ([str(tmp_path / "a.csv")], [(str(tmp_path / "b"), "missing")])


def test_roots_inside_each_other_are_one(tmp_path: Path) -> None:
    assert roots_of([str(tmp_path / "a"), str(tmp_path), str(tmp_path / "a" / ".." / "b")]) == [str(tmp_path)]
    assert roots_of([str(tmp_path / "ab"), str(tmp_path / "a")]) == [str(tmp_path / "a"), str(tmp_path / "ab")]


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xc0\xee.csv")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes text only")
    files, _ = met(tmp_path)
    assert stored(files[0]).endswith("\\udcc0\\udcee.csv")
    stored(files[0]).encode("utf-8")
