"""Many nights over a tree that changes: the ledger's sums are those of a scan from scratch, in both databases alike."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import scanner
from scanner.ledger import Ledger
from scanner.ledger.facts import Event
from scanner.nightly.result import Result
from scanner.nightly.settings import Nightly
from tests.nightly_trees import FIRST, change, night, persons, settings
from tests.postgresql import Server

PEOPLE = persons(1200, "year")
NIGHTLY = Nightly.model_validate(
    {"owner": [{"path": "*/a/*", "owner": "A"}, {"path": "*/b/*", "owner": "B"}], "retention": [{"category": "*", "days": 200}]}
)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nights follow each other within seconds; whether a file is looked at again for that would depend on the clock."""
    monkeypatch.setattr("scanner.nightly.walk.RACY", -(10**18))


def said(result: Result) -> tuple[object, ...]:
    """All that a result says, less the numbers that a database gives."""
    events = sorted((e.kind, e.path, e.owner, sorted(e.detail.items(), key=str)) for e in result.events)
    over = [(s.file.path, s.file.owner, s.persons, s.judged) for s in result.over]
    return result.counts, events, over, dict(result.owners), result.due, result.suppressed


def nights(root: Path, urls: list[str], count: int, every: int) -> int:
    """Runs the nights in each ledger; returns how many events there were."""
    dice = random.Random(count)
    told: dict[str, list[Event]] = {url: [] for url in urls}
    for number in range(count):
        for step in range(dice.randrange(4)):
            change(root, PEOPLE, dice, number * 10 + step)
        root.mkdir(exist_ok=True)
        results = []
        for url in urls:
            with Ledger(url, writer=True) as ledger:
                results.append(night(root, ledger, number, nightly=NIGHTLY))
                told[url] += results[-1].events
        assert all(said(each) == said(results[0]) for each in results[1:])
        if number % every == every - 1 or number == count - 1:
            report = scanner.scan(root, settings=settings(on=(FIRST + timedelta(days=number)).date()))
            for url in urls:
                with Ledger(url) as ledger:
                    assert ledger.total() == report.tally
                    assert {s.file.path: s.persons for s in ledger.standing()} == {f.path: f.persons for f in report.files}
    for url in urls:
        with Ledger(url) as ledger:
            runs = ledger.runs()
            assert len(runs) == count
            assert all(datetime.fromisoformat(run["finished"]) for run in runs)
            assert len(ledger.events()) == len(told[url]), "every event is told in one night, and in one only"
    return len(told[urls[0]])


def test_six_nights(tmp_path: Path, postgresql: Server) -> None:
    assert nights(tmp_path / "exports", [str(tmp_path / "ledger.db"), postgresql.database()], 6, 6) > 5


@pytest.mark.slow
def test_a_year(tmp_path: Path, postgresql: Server, capsys: pytest.CaptureFixture[str]) -> None:
    events = nights(tmp_path / "exports", [str(tmp_path / "ledger.db"), postgresql.database()], 365, 30)
    with capsys.disabled():
        print(f"\n365 nights, {events} events, {sum(1 for _ in (tmp_path / 'exports').rglob('*.csv'))} files in the end")
    assert events > 300
