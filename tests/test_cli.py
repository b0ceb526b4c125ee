"""The command line: words in, exit code out, one clear sentence for every mistake, never a traceback or a value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import report_factory as made

import detectors
import scanner
from scanner.commands import progress, streams
from scanner.config import Progress, Settings, find_settings, load_settings
from scanner.errors import ConfigError, UsageError
from scanner.law.loader import load_instruments
from scanner.model import Report, Unread
from tests.command_line import Run, one_sentence, runner


class Pretended:
    """Stands for the scan: remembers what it was asked and answers with a report."""

    def __init__(self) -> None:
        self.report: Report | BaseException = made.founding()
        self.asked: dict[str, Any] = {}

    def __call__(self, paths: list[str], **words: Any) -> Report:
        self.asked = {"paths": paths, **words}
        if isinstance(self.report, BaseException):
            raise self.report
        return self.report


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Pretended:
    answer = Pretended()
    monkeypatch.setattr(scanner, "scan", answer, raising=False)
    return answer


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, tmp_path, monkeypatch)


def test_verdict_is_the_exit_code(pretended: Pretended, run: Run) -> None:
    code, out, err = run("scan", "a.csv", "--lang", "zh")
    assert (code, err) == (11, "")
    assert out.startswith("从严口径：已达入罪标准的 4.8 倍")
    assert "\x1b" not in out


def test_language_follows_the_locale(pretended: Pretended, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("scan", "a.csv")[1].startswith("Strict reading")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run("scan", "a.csv")[1].startswith("从严口径")


def test_facts_reach_the_scan(pretended: Pretended, run: Run) -> None:
    run("scan", "a", "b", "--act", "obtain", "--outsider", "--recipients", "3", "--gains", "900", "--purpose", "business")
    assert pretended.asked["paths"] == ["a", "b"]
    facts = pretended.asked["facts"]
    assert (facts.act, facts.insider, facts.recipients, facts.gains, facts.purpose) == ("obtain", False, 3, 900, "business")
    assert pretended.asked["settings"].on == date.today()
    run("scan", "a", "--on", "2026-02-03")
    assert pretended.asked["settings"].on == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("scan", "a", "--act", "burn"), ("--act", "burn")),
        (("scan", "a", "--recipients", "0"), ("--recipients",)),
        (("scan", "a", "--recipients", "many"), ("--recipients", "integer")),
        (("scan", "a", "--gains", "-1"), ("--gains",)),
        (("scan", "a", "--on", "tomorrow"), ("--on", "tomorrow")),
        (("scan", "a", "--lang", "fr"), ("--lang", "fr")),
        (("scan", "a", "--format", "pdf"), ("--format", "pdf")),
        (("scan", "a", "--fail-on", "never"), ("--fail-on", "never")),
        (("scan", "a", "--purpose", "fun"), ("--purpose", "fun")),
        (("scan", "a", "--colour"), ("--colour",)),
        (("scan",), ("PATH",)),
        (("scann", "a"), ("scann",)),
        (("scan", "a", "--config", "no.toml"), ("no.toml", "does not exist")),
        (("scan", "a", "--policy", "no.toml"), ("--policy", "no.toml")),
        (("scan", "a", "--output", "no/folder/x.json"), ("--output",)),
        (("scan", "a", "--output", "."), ("--output",)),
    ],
)
def test_wrong_words_are_usage_errors(pretended: Pretended, run: Run, words: tuple[str, ...], names: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    one_sentence(err, *names)
    assert not pretended.asked


def test_help_and_version(run: Run) -> None:
    assert run("--help")[0] == 0
    code, out, _ = run("scan", "--help")
    assert code == 0
    assert "--fail-on" in out
    code, out, _ = run("--version")
    assert (code, out.split()[0]) == (0, "leakgauge")
    assert run()[0] == 0


def test_json_to_stdout(pretended: Pretended, run: Run) -> None:
    code, out, err = run("scan", "a", "--format", "json", "--fail-on", "prevailing")
    assert (code, err) == (0, "")
    assert json.loads(out)["outcome"] == {"name": "strict", "exit_code": 0}


def test_output_goes_to_the_file_and_nowhere_else(pretended: Pretended, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")
    code, out, err = run("scan", "a", "--output", "out.json")
    assert (code, out, err) == (11, "", "")
    assert json.loads(target.read_text("utf-8"))["schema"] == "leakgauge/1"
    code, out, err = run("scan", "a", "--output", "out.txt", "--lang", "zh")
    assert (code, out, err) == (11, "", "")
    assert (tmp_path / "out.txt").read_text("utf-8").startswith("从严口径")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.json", "out.txt"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")

    def fail() -> None:
        with streams.replacing(target) as file:
            file.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device here")
def test_a_device_is_not_replaced(pretended: Pretended, run: Run) -> None:
    assert run("scan", "a", "--output", "/dev/null")[0] == 11
    assert not Path("/dev/null").is_file()


def test_quiet_says_the_verdict_only(pretended: Pretended, run: Run) -> None:
    out = run("scan", "a", "--quiet")[1]
    assert out.startswith("Strict reading: 4.8")
    assert "Three readings" not in out


def missing(*paths: str) -> Report:
    gaps = [Unread(path, "", "missing") for path in paths]
    files = tuple(replace(made.file_report(g.path, made.nothing(), unread=(g,)), tables=()) for g in gaps)
    return made.report(files, made.nothing())


def test_nothing_but_missing_paths(pretended: Pretended, run: Run) -> None:
    pretended.report = missing("a.csv", "b.csv")
    code, out, err = run("scan", "a.csv", "b.csv")
    assert (code, out) == (2, "")
    one_sentence(err, "a.csv", "b.csv")


def test_one_missing_path_among_several(pretended: Pretended, run: Run) -> None:
    lost, found = missing("gone.csv"), made.empty()
    pretended.report = made.report((*found.files, *lost.files), made.nothing())
    code, out, _ = run("scan", "orders.csv", "gone.csv")
    assert code == 3
    assert "gone.csv" in out
    assert "does not exist" in out


def test_folder_without_files(pretended: Pretended, run: Run, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    pretended.report = made.report((), made.nothing())
    code, out, err = run("scan", "void")
    assert (code, out) == (2, "")
    one_sentence(err, "void")
    pretended.report = made.empty()
    code, _, err = run("scan", "void", "orders.csv")
    assert code == 0
    one_sentence(err, "void")


def test_interrupted_scan_reports_what_it_has(pretended: Pretended, run: Run) -> None:
    pretended.report = replace(made.founding(), interrupted=True)
    code, out, _ = run("scan", "a", "--fail-on", "none")
    assert code == 1
    assert out.startswith("Interrupted")
    pretended.report = KeyboardInterrupt()
    code, out, err = run("scan", "a")
    assert (code, out) == (1, "")
    one_sentence(err, "interrupted")


@pytest.mark.parametrize(("error", "code"), [(UsageError("x is wrong"), 2), (ConfigError("law.toml: bad key"), 2)])
def test_own_errors(pretended: Pretended, run: Run, error: Exception, code: int) -> None:
    pretended.report = error
    found, out, err = run("scan", "a")
    assert (found, out) == (code, "")
    assert err == f"leakgauge: {error}\n"


SECRET = "".join(("186", "1234", "0000"))
CRASH = f"""
import sys, scanner
def scan(paths, **words):
    secret = {SECRET!r}
    raise ValueError(secret)
scanner.scan = scan
from scanner.cli import main
sys.exit(main(["scan", "a"]))
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_the_unexpected_is_one_sentence_without_values(debug: str) -> None:
    env = {**os.environ, "LEAKGAUGE_DEBUG": debug, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, env=env, check=False, encoding="utf-8")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "ValueError" in done.stderr
    assert SECRET not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1 or debug


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_a_pipe_gets_utf8_whatever_the_locale(encoding: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import report_factory as made, scanner; scanner.scan = lambda p, **w: "
        "made.founding('名单\\udcff.csv'); from scanner.cli import main; sys.exit(main(['scan', 'a', '--lang', 'zh']))"
    )
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    words = [sys.executable, "-c", code, str(Path(__file__).parent)]
    done = subprocess.run(words, capture_output=True, env=env, check=False)
    assert done.returncode == 11
    assert done.stdout.decode("utf-8").startswith("从严口径")


# settings


def write(folder: Path, text: str) -> Path:
    path = folder / "leakgauge.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_of_the_current_folder(pretended: Pretended, run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("")
    write(tmp_path, 'lang = "zh"\nfail_on = "prevailing"\non = 2026-03-04\nmax_file_bytes = "2 MB"\nfields = ["own.toml"]\n')
    code, out, _ = run("scan", "a")
    assert code == 0
    assert out.startswith("从严口径")
    settings: Settings = pretended.asked["settings"]
    assert (settings.on, settings.max_file_bytes) == (date(2026, 3, 4), 2 << 20)
    assert [path.resolve() for path in settings.fields] == [(tmp_path / "own.toml").resolve()]
    assert run("scan", "a", "--lang", "en", "--fail-on", "strict")[0] == 11


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("polices = []", ("polices", "policies")),
        ("max_file_bytes = 0", ("max_file_bytes",)),
        ("include = 3", ("include",)),
        ('max_file_bytes = "2 apples"', ("max_file_bytes",)),
        ('fail_on = "never"', ("fail_on",)),
        ('allow = "gone.txt"', ("allow", "gone.txt")),
        ('policies = ["gone.toml"]', ("policies", "gone.toml")),
        ("lang =", ("TOML",)),
        ('key = "x"', ("key",)),
    ],
)
def test_broken_settings_name_file_and_key(
    run: Run, pretended: Pretended, tmp_path: Path, text: str, names: tuple[str, ...]
) -> None:
    path = write(tmp_path, text)
    code, out, err = run("scan", "a", "--config", str(path))
    assert (code, out) == (2, "")
    one_sentence(err, "leakgauge.toml", *names)


def test_settings_without_a_file(tmp_path: Path) -> None:
    assert find_settings(tmp_path) == Settings()
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings(tmp_path / "bad.toml")


def test_which_files_settings_admit() -> None:
    settings = Settings(include=("*.csv", "*.xlsx"), exclude=("archive/*", "~*"))
    admitted = ("a.csv", "exports/a.csv", "exports/deep/er/a.xlsx", "C:\\exports\\a.csv")
    refused = ("a.txt", "exports/a.csv.bak", "archive/a.csv", "exports/archive/a.csv", "exports/archive/b/a.csv", "x/~a.csv")
    assert all(map(settings.admits, admitted))
    assert not any(map(settings.admits, refused))
    assert Settings().admits("anything")


def test_settings_show_no_key() -> None:
    from scanner.keyed_hash import Key

    assert "key" not in repr(Settings(key=Key.fresh()))


# progress


def test_no_progress_without_a_terminal() -> None:
    with progress.shown(True) as step:
        assert step is None


def test_progress_line() -> None:
    assert progress.describe(Progress("a\x1bb.csv", 2, 12, 0, None, 65000)) == "3/12 a\\x1bb.csv  65,000 rows"
    assert progress.describe(Progress("x" * 99, 0, None, 0, None, 0)).startswith("1/? xxx")


# explain


def test_explain_refuses_unknown_names(run: Run) -> None:
    code, out, err = run("explain", "resident_ip")
    assert (code, out) == (2, "")
    one_sentence(err, "resident_ip", "resident_id")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resident_id", "GB 11643"),
        ("居民身份证号码", "GB 11643"),
        ("password", "password"),
        ("owner", "班某斌"),
        ("id_number", "item4"),
        ("第五条第一款第四项", "五百条"),
        ("pipl_2021", "个人信息保护法"),
    ],
)
def test_explain_prints_the_page(run: Run, name: str, words: str, lang: str) -> None:
    code, out, err = run("explain", name, "--lang", lang)
    assert (code, err) == (0, "")
    assert words in out


def test_explain_lists_all(run: Run) -> None:
    code, out, _ = run("explain")
    assert code == 0
    for name in (*(d.kind for d in detectors.DETECTORS), *(c.id for c in load_instruments().categories)):
        assert f"  {name} " in out
