"""The command line in a test: words in, exit code and both streams out, in a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.cli import main

Run = Callable[..., tuple[int, str, str]]


def runner(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that calls the program with these words. Its language is English where they do not choose."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.delenv("LEAKGAUGE_LEDGER", raising=False)
    monkeypatch.delenv("LEAKGAUGE_KEY_FILE", raising=False)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # put back after the test

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def one_sentence(err: str, *names: str) -> None:
    """stderr is one clear sentence that holds these names."""
    assert err.startswith("leakgauge: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for name in names:
        assert name in err
