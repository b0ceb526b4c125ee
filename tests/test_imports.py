"""Imports point down, only the command line speaks and leaves, and a detector stands on its own (contracts in pyproject.toml)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
CODE = sorted(p for top in ("scanner", "detectors") for p in (ROOT / top).rglob("*.py"))
DETECTORS = sorted(p for p in (ROOT / "detectors").glob("*.py") if p.name not in ("__init__.py", "fields.py"))
# Programs of their own: run with `python -m`, never imported.
PROGRAMS = {ROOT / "scanner" / "law" / "check_quotes.py"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(module: ast.AST) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_contracts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", DETECTORS, ids=name)
def test_a_detector_imports_only_its_base(path: Path) -> None:
    others = [m for m in imported(tree(path)) if m.split(".")[0] == "detectors" and not m.startswith("detectors.base")]
    assert not others


@pytest.mark.parametrize("path", CODE, ids=name)
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    speaks = path.parent.name in ("commands", "update") or path.name == "cli.py" or path in PROGRAMS
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and not speaks}
    assert not calls & {"print", "sys.exit", "exit", "quit", "os._exit", "sys.stdout.write", "sys.stderr.write"}


@pytest.mark.parametrize("path", CODE, ids=name)
def test_imports_stand_at_the_top(path: Path) -> None:
    optional = ("scanner/engines/", "scanner/readers/")  # may need a package that is not installed
    functions = (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    inner = [m for function in functions for m in imported(function)]
    assert not inner or name(path).startswith(optional)
