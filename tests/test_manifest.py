"""The manifest lists everything, verifies what is unchanged, and finds whatever is not; looking changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.makers import offboarding
from scanner import untouched
from scanner.cli import main
from scanner.errors import ConfigError
from scanner.limits import Opening
from scanner.offboard import files, manifest
from scanner.offboard.files import Item, digested, roots_of, walk
from scanner.offboard.manifest import load, verify
from scanner.readers import open_source
from scanner.sources import find_sources

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return offboarding.write(tmp_path_factory.mktemp("person")).home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "made" / "home")


@pytest.fixture
def made(home: Path, tmp_path: Path) -> Path:
    """The manifest of the home folder."""
    path = tmp_path / "manifest.jsonl"
    items = [digested(item) for item in walk([str(home)])]
    told, _ = manifest.lines({"roots": [{"given": "home", "absolute": str(home)}]}, items)
    path.write_text("".join(told), "ascii")
    return path


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda line: line.replace('"size":', '"size":NaN,"size_":'),
        lambda line: line.replace('"path":', '"path":["a"],"path_":'),
        lambda line: line.replace('"root":0', '"root":"0"'),
        lambda line: line.replace('"unread":', '"unread":{"a":1},"unread_":'),
        lambda line: "[" * 100_000,
    ],
)
def test_a_manifest_that_somebody_spoilt_is_refused_in_one_sentence(made: Path, spoilt: Callable[[str], str]) -> None:
    first, second, *rest = made.read_text("ascii").splitlines()
    assert spoilt(second) != second
    made.write_text("\n".join([first, spoilt(second), *rest]), "ascii")
    with pytest.raises(ConfigError, match="damaged"):
        load(made)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def call(*words: str | Path) -> tuple[int, str]:
        code = main(["verify", *map(str, words), "--lang", "en"])
        return code, capsys.readouterr().out

    return call


def test_unchanged_is_the_same(made: Path, run: Run) -> None:
    code, out = run(made)
    assert code == 0
    assert "8 same, 0 changed, 0 missing, 0 added, 0 unreadable" in out


def test_everything_that_is_different_is_named(made: Path, home: Path, run: Run) -> None:
    (home / "Documents" / "clients.csv").write_bytes(b"other")
    same_size = (home / "Documents" / "joined.csv").read_bytes()
    (home / "Documents" / "joined.csv").write_bytes(same_size[:-3] + b"xyz")
    (home / "backup.zip").unlink()
    (home / "new.txt").write_text("new")
    os.utime(home / "Archive" / "notes.txt")
    code, out = run(made)
    assert code == 1
    assert "5 same, 2 changed, 1 missing, 1 added, 0 unreadable" in out
    assert f"{home}/Documents/clients.csv: of another size" in out
    assert f"{home}/Documents/joined.csv: other content" in out
    assert f"Missing:\n  {home}/backup.zip" in out
    assert f"Added:\n  {home}/new.txt" in out
    assert f"another time of the last change:\n  {home}/Archive/notes.txt" in out


def test_an_altered_manifest_is_told(made: Path, run: Run) -> None:
    lines = made.read_text("ascii").splitlines()
    lines[1] = lines[1].replace('"uid":', '"uid":1', 1)
    made.write_text("\n".join(lines), "ascii")
    code, out = run(made)
    assert code == 1
    assert out.startswith("The manifest was altered")
    assert "8 same" in out


def test_a_line_taken_out_is_told(made: Path) -> None:
    lines = made.read_text("ascii").splitlines()
    made.write_text("\n".join(lines[:2] + lines[3:]), "ascii")
    assert not load(made).intact


def test_reformatting_is_no_alteration(made: Path) -> None:
    words = [json.loads(line) for line in made.read_text("ascii").splitlines()]
    made.write_bytes("\r\n".join(json.dumps(each, ensure_ascii=False, indent=None) for each in words).encode())
    assert load(made).intact


def test_moved_elsewhere_it_still_verifies(made: Path, home: Path, tmp_path: Path, run: Run) -> None:
    home.rename(tmp_path / "evidence")
    assert run(made)[0] == 1
    assert run(made, tmp_path / "evidence")[0] == 0
    assert run(made, tmp_path / "evidence", tmp_path)[0] == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema":"leakgauge-manifest/1"}', '{"schema":"other"}\n{}', "no json"])
def test_what_is_no_manifest_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load(path)
    with pytest.raises(ConfigError):
        load(tmp_path / "none")


def test_what_cannot_be_read_says_nothing(made: Path, home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str, quiet: bool) -> tuple[int, bool]:
        if path.endswith("joined.csv"):
            raise PermissionError(13, "Permission denied")
        return untouched.open_file(path, quiet)

    monkeypatch.setattr(files, "open_file", refused)
    code, out = run(made)
    assert code == 3
    assert "7 same, 0 changed, 0 missing, 0 added, 1 unreadable" in out
    assert f"{home}/Documents/joined.csv: no permission to read" in out


def test_what_lies_in_a_closed_folder_is_unreadable_and_not_missing(
    made: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> tuple[list[str], bool]:
        if path.endswith("Documents"):
            raise PermissionError(13, "Permission denied")
        return untouched.names_in(path)

    monkeypatch.setattr(files, "names_in", refused)
    found = verify(load(made), [str(home)])
    assert found.missing == ()
    assert [path for path, _ in found.unreadable] == [f"{home}/Documents{end}" for end in ("", "/clients.csv", "/joined.csv")]


@pytest.mark.skipif(not hasattr(os, "symlink") or sys.platform == "win32", reason="links need rights on Windows")
def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("a")
    top = tmp_path / "top"
    top.mkdir()
    (top / "away").symlink_to(outside)
    (top / "round").symlink_to(top)
    found = {item.path: item for item in walk([str(top)])}
    assert {path: (item.type, item.target) for path, item in found.items()} == {
        "away": ("link", str(outside)),
        "round": ("link", str(top)),
    }
    assert [item.path for item in walk([str(top / "away")])] == ["secret.csv"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_names_that_are_no_text_are_listed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"\xff\xfe.csv")).write_text("a")
    items = [digested(item) for item in walk([str(tmp_path)])]
    told, _ = manifest.lines({"roots": [{"given": "x", "absolute": str(tmp_path)}]}, items)
    path = tmp_path.parent / f"{tmp_path.name}.jsonl"
    path.write_text("".join(told), "ascii")
    assert {item.path: (item.type, item.trouble) for item in items} == {
        "pipe": ("special", "not_a_file"),
        os.fsdecode(b"\xff\xfe.csv"): ("file", ""),
    }
    found = verify(load(path), [str(tmp_path)])
    assert (found.same, found.differs, found.unreadable) == (2, False, ())


def test_paths_within_paths_are_examined_once(home: Path) -> None:
    roots = roots_of([str(home / "Mail"), str(home), str(home / "Mail" / "sent.eml"), str(home)])
    assert roots == (str(home),)


def test_a_file_that_changes_meanwhile_is_told(home: Path) -> None:
    item = next(walk([str(home / "backup.zip")]))
    assert digested(item).trouble == ""
    assert digested(replace(item, size=item.size - 1)).trouble == "changed"


def _accessed(path: Path) -> int:
    return os.stat(path).st_atime_ns


@pytest.fixture
def telling(tmp_path: Path) -> None:
    """Skips where reading a file leaves no trace anyway, or the system cannot avoid one."""
    probe = tmp_path / "probe"
    probe.write_text("a")
    os.utime(probe, (1, 2))
    probe.read_text()
    if not untouched.FLAG or _accessed(probe) == 1_000_000_000:
        pytest.skip("no access times are kept here")


@pytest.mark.usefixtures("telling")
def test_nothing_on_the_medium_changes(home: Path, tmp_path: Path) -> None:
    """Whole run of the command: no access time, no other time, no byte, no new name; also where a library opens files itself."""
    with sqlite3.connect(home / "a.sqlite") as base:
        base.execute("CREATE TABLE t (name TEXT)")
    base.close()
    (home / "a.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n")
    (home / "a.rar").write_bytes(b"Rar!\x1a\x07\x01\x00 broken")
    for path in home.rglob("*"):
        if path.is_file():
            os.utime(path, (1_700_000_000, 1_750_000_000))
    for path in (home, *home.rglob("*")):
        if path.is_dir():
            os.utime(path, (1_700_000_000, 1_750_000_000))
    before = {path: _facts(path) for path in (home, *home.rglob("*"))}
    folders = {path: facts for path, facts in before.items() if path.is_dir()}
    for path in folders:  # listing them here was access too
        os.utime(path, ns=(1_700_000_000_000_000_000, before[path][1]))
    before |= {path: _facts(path) for path in folders}
    words = ["--person", "x", "--since", "2026-10-01", "--output", tmp_path / "d.html", "--manifest", tmp_path / "m.jsonl"]
    assert main(["offboard", str(home), *map(str, words)]) == 11
    assert main(["verify", str(tmp_path / "m.jsonl")]) == 0
    assert {path: _facts(path) for path in before} == before
    assert sorted(home.rglob("*")) == sorted(path for path in before if path != home)


def _facts(path: Path) -> tuple[int, int, int, int, int]:
    facts = os.lstat(path)
    return facts.st_atime_ns, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


@pytest.mark.usefixtures("telling")
def test_a_plain_scan_opens_files_as_it_always_did(home: Path) -> None:
    path = home / "Documents" / "clients.csv"
    before = _accessed(path)
    (source,) = find_sources([str(path)])
    list(open_source(source, Opening(untouched=True)))
    assert _accessed(path) == before
    list(open_source(source))
    assert _accessed(path) != before


@pytest.mark.skipif(not untouched.FLAG, reason="no such flag here")
def test_where_the_system_refuses_files_are_opened_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refusing(path: str, flags: int, *more: int) -> int:
        if flags & untouched.FLAG:
            raise PermissionError(1, "Operation not permitted")
        return opened(path, flags, *more)

    monkeypatch.setattr(untouched.os, "open", refusing)
    item = digested(next(walk([str(home / "backup.zip")])))
    assert len(item.sha256) == 64
    assert not item.kept


def test_an_entry_holds_what_the_system_tells(home: Path) -> None:
    item = digested(next(walk([str(home / "backup.zip")])))
    facts = os.stat(home / "backup.zip")
    told = manifest.entry(item)
    assert (told["size"], told["modified_ns"], told["changed_ns"]) == (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    assert told["born_ns"] is None or told["born_ns"] <= facts.st_ctime_ns + 1_000_000_000
    if sys.platform != "win32":
        assert told["uid"] == facts.st_uid


def test_a_manifest_needs_no_scan() -> None:
    """What the digest stands over is the lines alone."""
    told, digest = manifest.lines({"roots": []}, [Item(0, "a", "/a", sha256="0" * 64)])
    assert json.loads(told[-1]) == {"sha256_of_lines": digest}
    assert digest not in "".join(told[:-1])
    assert manifest.lines({"roots": []}, [Item(0, "b", "/a", sha256="0" * 64)])[1] != digest
