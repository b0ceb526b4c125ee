"""What the READMEs say is what the program does. `python tests/test_readme.py` writes the shown run anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from scanner.config import Settings, load_settings
from scanner.reports.dossier_words import WORDS
from scanner.reports.messages import MESSAGES
from scanner.reports.outcome import FAILURE, Outcome

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "docs" / "README.zh-CN.md")
RUN = re.compile(r"(<!-- run -->\n```console\n)(.*?)(```\n<!-- /run -->)", re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def install(path: Path) -> list[str]:
    return [line for line in blocks(path, "sh")[0].splitlines() if line]


def rerun(command: str, folder: Path = ROOT) -> tuple[int, str]:
    words = command.removeprefix("$ leakgauge ").split()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COLUMNS", "LEAKGAUGE_"))}
    code = "import sys; from scanner.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, cwd=folder, env=env, check=False)
    return done.returncode, done.stdout.decode("utf-8").replace("\r\n", "\n")


def shown_runs(path: Path) -> list[tuple[str, list[str]]]:
    """Each shown command with the lines below it; … stands for lines that are left out."""
    found = [each[2].splitlines() for each in RUN.finditer(path.read_text("utf-8"))]
    return [(lines[0], lines[1:]) for lines in found]


def shown_run(path: Path) -> tuple[str, list[str]]:
    return shown_runs(path)[0]


def stage(folder: Path) -> None:
    """Where the shown jobs run: two exports, of which one is the list of the first example, and a part of that list elsewhere."""
    for name in ("exports/orders", "exports/crm", "copies"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "fixtures" / "tables" / "masked.csv", folder / "exports" / "orders")
    customers = ROOT / "fixtures" / "founding" / "customers_utf8.csv"
    shutil.copy(customers, folder / "exports" / "crm" / "customers.csv")
    lines = customers.read_text("utf-8").splitlines(keepends=True)
    (folder / "copies" / "backup.csv").write_text("".join(lines[:801]), encoding="utf-8", newline="")


def holds(out: list[str], shown: list[str]) -> bool:
    """Whether the shown lines stand in the output: unbroken between two …, and in this order."""
    at = 0
    for piece in "\n".join(shown).split("…"):
        lines = piece.strip("\n").splitlines()
        starts = (start for start in range(at, len(out) - len(lines) + 1) if out[start : start + len(lines)] == lines)
        found = next(starts, None)
        if found is None:
            return False
        at = found + len(lines)
    return True


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_shown_run_is_a_real_one(path: Path) -> None:
    command, lines = shown_run(path)
    assert lines[-1] == "…"
    code, out = rerun(command)
    assert code == Outcome.STRICT
    assert out.splitlines()[: len(lines) - 1] == lines[:-1]


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_shown_jobs_are_real_ones(path: Path, tmp_path: Path) -> None:
    stage(tmp_path)
    jobs = shown_runs(path)[1:]
    assert [command.split()[2] for command, _ in jobs] == ["nightly", "offboard"]
    for command, lines in jobs:
        code, out = rerun(command, tmp_path)
        assert code == Outcome.STRICT
        assert len(lines) > 4
        assert holds(out.splitlines(), lines), out


def test_lines_that_were_not_printed_are_not_held() -> None:
    out = ["a", "b", "c", "d"]
    assert holds(out, ["a", "b", "…", "d"])
    assert not holds(out, ["a", "c", "…"])
    assert not holds(out, ["c", "…", "a"])


def test_ci_runs_exactly_the_two_commands_of_the_readme() -> None:
    ran = re.findall(r'^run "(.*)"$', (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    for path in READMES:
        assert install(path) == ran[:2]
        assert len(install(path)) == 2
    assert ran[2:] == ["ruff check .", "ruff format --check .", "mypy", "lint-imports"]


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_shown_settings_load(path: Path, tmp_path: Path) -> None:
    (tmp_path / "leakgauge.toml").write_text(blocks(path, "toml")[0], encoding="utf-8")
    assert load_settings(tmp_path / "leakgauge.toml") != Settings()


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_shown_python_runs(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(blocks(path, "python")[0], path.name, "exec"), {})
    assert capsys.readouterr().out == "1200 12000 4.8 serious\n"


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_every_exit_code_is_listed(path: Path) -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", path.read_text("utf-8"), re.MULTILINE)}
    assert listed == {FAILURE, 2, *map(int, Outcome)}


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_every_option_and_file_named_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    command_line = "".join(module.read_text("utf-8") for module in (ROOT / "scanner").glob("cli*.py")).replace("_", "-")
    for option in set(re.findall(r"`?--([a-z-]+)", text)) - {"run"}:
        assert option in command_line, option
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
    for name in re.findall(r"`((?:scanner|detectors|docs|fixtures)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def _told(command: str, out: list[str]) -> list[str]:
    """What is shown of a run: of a scan all before the further grounds, of a night its head, of a dossier the sums."""
    job = command.split()[2]
    if job == "nightly":
        return [*out[: out.index("")], "…"]
    if job == "offboard":
        first = next(out.index(word) for word in WORDS["whole"] if word in out)
        bullet = next(at for at in range(first, len(out)) if out[at].startswith("  • "))
        return ["…", *out[first:bullet], "…"]
    rest = min(out.index(MESSAGES[lang]["grounds"]) for lang in MESSAGES if MESSAGES[lang]["grounds"] in out)
    return [*out[:rest], "…"]


def main() -> None:
    for path in READMES:
        with tempfile.TemporaryDirectory() as folder:
            stage(Path(folder))
            text = path.read_text("utf-8")
            for command, old in shown_runs(path):
                out = rerun(command, ROOT if command.split()[2] == "scan" else Path(folder))[1].splitlines()
                block = "\n".join([command, *old])
                assert text.count(block) == 1
                text = text.replace(block, "\n".join([command, *_told(command, out)]))
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
