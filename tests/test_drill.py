"""Drills: planted exports are of nobody, the next run must catch them, and how long it took is on record."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Run, one_sentence, runner

import scanner
from detectors.base.citizen import divisions
from scanner.ledger import Ledger
from scanner.nightly.drill import MARK, export, plant
from scanner.nightly.settings import Accepted, Baseline
from tests.nightly_trees import FIRST, kinds, night, persons
from tests.nightly_trees import export as real_export


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "exports" / "crm").mkdir(parents=True)
    monkeypatch.setattr("scanner.nightly.walk.RACY", -(10**18))
    return runner(capsys, tmp_path, monkeypatch)


def planted(folder: Path) -> list[Path]:
    return sorted(folder.rglob("leakgauge-drill-*"))


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_in_it_and_everybody_is_found(tmp_path: Path, seed: int) -> None:
    data = export(300, random.Random(seed))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]
    numbers = [row[0] for row in rows]
    assert len(set(numbers)) == 300
    assert {row[1] for row in rows} == {MARK}
    known = divisions()
    for number in numbers:
        assert not known[int(number[:6])], "a division that was given to somebody"
        assert number[2:4] == "99"
        assert "1900" <= number[6:10] <= "1909"
    (tmp_path / "drill.csv").write_bytes(data)
    report = scanner.scan(tmp_path / "drill.csv")
    assert report.persons.all == 300
    assert report.assessment.readings["strict"].verdict == "serious"


def test_the_next_run_catches_it(run: Run, tmp_path: Path) -> None:
    run("nightly", "exports", "--ledger", "ledger.db")
    code, out, err = run("drill", "exports/crm", "--ledger", "ledger.db")
    assert (code, out) == (0, "")
    file = planted(tmp_path)[0]
    one_sentence(err, file.name, "300")
    assert re.fullmatch(r"leakgauge-drill-[0-9a-f]{8}\.csv", file.name)
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name], "nothing else is left beside it"
    assert "not looked for yet" in run("drill", "--list", "--ledger", "ledger.db")[1]
    code, out, _ = run("nightly", "exports", "--ledger", "ledger.db")
    assert code == 11
    assert re.search(r"Drills\n  • caught after \d+ s:", out)
    with Ledger("ledger.db") as ledger:
        drill = ledger.drills()[0]
    assert drill.caught is not None
    assert drill.caught > drill.planted
    listed = run("drill", "--list", "--ledger", "ledger.db", "--lang", "zh")[1]
    assert "秒后被发现" in listed
    assert file.name in listed
    told = json.loads(run("nightly", "exports", "--ledger", "ledger.db", "--format", "json")[1])
    assert (told["outcome"]["exit_code"], told["drills"], told["over"][0]["drill"]) == (0, [], True)
    assert run("nightly", "exports", "--ledger", "ledger.db")[0] == 0


def test_clear_removes_what_was_caught_and_is_unchanged(run: Run, tmp_path: Path) -> None:
    run("nightly", "exports", "--ledger", "ledger.db")
    for _ in range(2):
        run("drill", "exports/crm", "--ledger", "ledger.db", "--persons", "260")
    assert "no caught drill" in run("drill", "--clear", "--ledger", "ledger.db")[2], "none was caught yet"
    run("nightly", "exports", "--ledger", "ledger.db")
    run("drill", "exports", "--ledger", "ledger.db")
    changed, same = planted(tmp_path / "exports" / "crm")
    changed.write_text("somebody's own words", encoding="utf-8")
    code, _, err = run("drill", "--clear", "--ledger", "ledger.db")
    assert code == 0
    assert f"removed {same}" in err
    assert f"kept {changed}" in err
    assert not same.exists()
    assert changed.exists()
    assert len(planted(tmp_path / "exports")) == 2, "what was not caught yet stays"
    assert "gone" in run("nightly", "exports", "--ledger", "ledger.db")[1]


def test_a_drill_that_is_not_caught_is_a_failure(run: Run, tmp_path: Path) -> None:
    run("nightly", "exports", "--ledger", "ledger.db")
    run("drill", "exports/crm", "--ledger", "ledger.db")
    (tmp_path / "leakgauge.toml").write_text('exclude = ["crm/*"]\n', encoding="utf-8")
    code, out, _ = run("nightly", "exports", "--ledger", "ledger.db", "--lang", "zh", "--fail-on", "none")
    assert code == 1
    assert out.startswith("演练文件未被发现")
    assert "未被发现（投放后已过" in out
    assert "NOT CAUGHT by run 2" in run("drill", "--list", "--ledger", "ledger.db")[1]
    assert run("nightly", "exports", "--ledger", "ledger.db")[0] == 0, "said once"


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with Ledger(str(tmp_path / "ledger.db"), writer=True) as opened:
        yield opened


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir(parents=True, exist_ok=True)
    return made


def test_what_the_baseline_accepts_would_not_have_been_told(ledger: Ledger, tmp_path: Path) -> None:
    root = folder(tmp_path, "exports")
    plant(ledger, root, 300, FIRST)
    entry = Accepted(path="*", owner="all", reason="too wide", until=(FIRST + timedelta(days=99)).date())
    assert "drill_missed" in kinds(night(root, ledger, 1, baseline=Baseline(accept=(entry,))))


def test_a_drill_too_small_for_a_line_is_missed(ledger: Ledger, tmp_path: Path) -> None:
    root = folder(tmp_path, "exports")
    plant(ledger, root, 20, FIRST)
    assert "drill_missed" in kinds(night(root, ledger, 1))


def test_a_drill_found_under_another_path_is_caught(ledger: Ledger, tmp_path: Path) -> None:
    root = folder(tmp_path, "exports")
    drill = plant(ledger, root, 300, FIRST)
    Path(drill.path).rename(root / "renamed.csv")
    result = night(root, ledger, 1)
    assert "drill_caught" in kinds(result)
    told = next(event for event in result.events if event.kind == "drill_caught")
    assert told.detail["seconds"] == 86400


def test_a_run_elsewhere_is_not_asked_until_it_is_late(ledger: Ledger, tmp_path: Path) -> None:
    root, other = folder(tmp_path, "exports"), folder(tmp_path, "other")
    plant(ledger, root, 300, FIRST)
    assert "drill_missed" not in kinds(night(other, ledger, 1))
    assert "drill_missed" in kinds(night(other, ledger, 3)), "nobody goes where it was planted"


def test_made_up_persons_are_not_an_owners(ledger: Ledger, tmp_path: Path) -> None:
    root = folder(tmp_path, "exports")
    real_export(root / "real.csv", persons(20))
    plant(ledger, root, 300, FIRST)
    result = night(root, ledger, 1)
    assert [owned.persons for owned in result.owners.values()] == [20]
    assert "owner_over_line" not in kinds(result)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), ("--clear", "--list")),
        (("exports", "--clear"), ("--clear",)),
        (("--clear", "--list"), ("--clear",)),
        (("nowhere",), ("nowhere", "not a folder")),
        (("exports", "--persons", "0"), ("--persons",)),
    ],
)
def test_wrong_words_are_usage_errors(run: Run, words: tuple[str, ...], names: tuple[str, ...]) -> None:
    Ledger("ledger.db").close()
    code, out, err = run("drill", *words, "--ledger", "ledger.db")
    assert (code, out) == (2, "")
    one_sentence(err, *names)


def test_a_drill_needs_a_ledger_that_exists(run: Run, tmp_path: Path) -> None:
    code, _, err = run("drill", "exports", "--ledger", "none.db")
    assert code == 2
    one_sentence(err, "none.db")
    assert not planted(tmp_path)
    assert not (tmp_path / "none.db").exists()
