"""What the READMEs say is what the program does. `python tests/test_readme.py` writes the shown run anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.config import Settings, load_settings
from scanner.reports.messages import MESSAGES
from scanner.reports.outcome import FAILURE, Outcome

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "docs" / "README.zh-CN.md")
RUN = re.compile(r"(<!-- run -->\n```console\n)(.*?)(```\n<!-- /run -->)", re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def install(path: Path) -> list[str]:
    return [line for line in blocks(path, "sh")[0].splitlines() if line]


def rerun(command: str) -> tuple[int, str]:
    words = command.removeprefix("$ leakgauge ").split()
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LEAKGAUGE_DEBUG")}
    code = "import sys; from scanner.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, cwd=ROOT, env=env, check=False)
    return done.returncode, done.stdout.decode("utf-8").replace("\r\n", "\n")


def shown_run(path: Path) -> tuple[str, list[str]]:
    found = RUN.search(path.read_text("utf-8"))
    assert found
    command, *lines = found[2].splitlines()
    return command, lines


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_shown_run_is_a_real_one(path: Path) -> None:
    command, lines = shown_run(path)
    assert lines[-1] == "…"
    code, out = rerun(command)
    assert code == Outcome.STRICT
    assert out.splitlines()[: len(lines) - 1] == lines[:-1]


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
    command_line = (ROOT / "scanner" / "cli.py").read_text("utf-8").replace("_", "-")
    for option in set(re.findall(r"`?--([a-z-]+)", text)) - {"run"}:
        assert option in command_line, option
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
    for name in re.findall(r"`((?:scanner|detectors|docs|fixtures)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def main() -> None:
    for path in READMES:
        command, _ = shown_run(path)
        out = rerun(command)[1].splitlines()
        rest = min(out.index(MESSAGES[lang]["grounds"]) for lang in MESSAGES if MESSAGES[lang]["grounds"] in out)
        lines = [command, *out[:rest], "…"]
        text = RUN.sub(lambda found, lines=lines: found[1] + "\n".join(lines) + "\n" + found[3], path.read_text("utf-8"))  # type: ignore[misc]
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
