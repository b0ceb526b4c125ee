"""Errors that people meet in front of a terminal are said in the language they asked for."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from scanner.cli import main
from scanner.errors import ConfigError, UnreadableError, UsageError
from scanner.ledger.engine import LedgerError


@pytest.mark.parametrize("asked", [("--lang", "zh"), ("--lang=zh",)], ids=" ".join)
def test_an_error_is_said_in_the_language_that_was_asked_for(
    asked: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reassess", "--ledger", str(tmp_path / "none.db"), *asked]) == UsageError.exit_code
    assert capsys.readouterr().err == f"leakgauge：没有台账文件 {tmp_path / 'none.db'}\n"


@pytest.mark.parametrize(("locale", "begins"), [("zh_CN.UTF-8", "leakgauge："), ("en_US.UTF-8", "leakgauge: ")])
def test_or_in_that_of_the_locale(
    locale: str, begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    (tmp_path / "not_one.db").write_text("no database", encoding="utf-8")
    assert main(["reassess", "--ledger", str(tmp_path / "not_one.db")]) == LedgerError.exit_code
    assert capsys.readouterr().err.startswith(begins)


def test_a_sentence_without_chinese_is_said_in_english() -> None:
    assert ConfigError("x is broken").text("zh") == "x is broken"
    assert ConfigError("x is broken", zh="x 已损坏").text("zh") == "x 已损坏"
    assert ConfigError("x is broken", zh="x 已损坏").text("en") == "x is broken"
    assert UnreadableError("damaged", "ends too early").text("zh") == "ends too early"


def test_both_sentences_travel_between_processes() -> None:
    back = pickle.loads(pickle.dumps(UsageError("no", zh="否")))
    assert (str(back), back.zh) == ("no", "否")
