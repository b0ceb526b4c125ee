"""Runs that are killed, databases that go away, disks that are full: nothing finished is lost, nothing is doubled.

A child process runs a night and writes down each file that the ledger has confirmed; it is killed without warning at a random
moment. Between kills the tree changes. The long form (`-m slow`) kills two hundred times in each database.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

import scanner
from scanner.ledger import InUseError, Ledger, LedgerError
from scanner.ledger.facts import File
from tests.nightly_trees import change, export, night, persons, settings
from tests.postgresql import Server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 and fork")
PEOPLE = persons(900, "crashes")


def child(url: str, root: Path, number: int, confirmed: Path) -> None:
    """One night; every file that the ledger has taken is written down."""
    real: Callable[..., object] = Ledger.put

    def watched(self: Ledger, run: int, at: str, file: File, *words: object, **more: object) -> object:
        result = real(self, run, at, file, *words, **more)
        with confirmed.open("a", encoding="utf-8") as notes:
            notes.write(f"{file.path}\t{file.size}\t{file.modified}\n")
        return result

    Ledger.put = watched  # type: ignore[method-assign, assignment]
    for _ in range(100):  # a server needs a moment to see that the one before was killed
        try:
            with Ledger(url, writer=True) as ledger:
                night(root, ledger, number)
            os._exit(0)
        except InUseError:
            time.sleep(0.05)
    os._exit(9)


def storm(url: str, root: Path, confirmed: Path, kills: int, seed: int) -> Counter[str]:
    """Kills so many runs; after each, what was confirmed stands in the ledger."""
    dice = random.Random(seed)
    outcome: Counter[str] = Counter()
    context = multiprocessing.get_context("fork")
    step, longest = 0, 0.3
    for _ in range(8):
        change(root, PEOPLE, dice, step := step + 1)
    while outcome["killed"] < kills:
        for _ in range(dice.randrange(1, 4)):
            change(root, PEOPLE, dice, step := step + 1)
        confirmed.unlink(missing_ok=True)
        process = context.Process(target=child, args=(url, root, step, confirmed))
        process.start()
        assert process.pid is not None
        process.join(dice.uniform(0.0, longest))
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            outcome["killed"] += 1
            longest = min(1.5, longest * 1.05)
        else:
            assert process.exitcode == 0
            outcome["finished"] += 1
            longest *= 0.6
        noted = confirmed.read_text(encoding="utf-8").splitlines() if confirmed.exists() else []
        with Ledger(url) as ledger:
            standing = {each.file.path: each for each in ledger.standing()}
        for line in noted:
            path, size, modified = line.split("\t")
            assert path in standing, path
            assert (str(standing[path].file.size), standing[path].file.modified) == (size, modified)
            outcome["confirmed"] += 1
    return outcome


def check(url: str, root: Path) -> None:
    """After one run that was let alone, the ledger says what a scan from scratch says, and told everything once."""
    for _ in range(100):
        try:
            with Ledger(url, writer=True) as ledger:
                night(root, ledger, 400)
            break
        except InUseError:
            time.sleep(0.05)
    with Ledger(url) as ledger:
        report = scanner.scan(root, settings=settings())
        assert ledger.total() == report.tally
        assert {each.file.path: each.persons for each in ledger.standing()} == {f.path: f.persons for f in report.files}
        runs = ledger.runs()
        assert [run["state"] for run in runs].count("running") == 0
        told = Counter((event.kind, event.path, event.run) for event in ledger.events() if event.kind.endswith("over_line"))
        assert not [each for each, times in told.items() if times > 1 and each[1]]
        ever = {event.path for event in ledger.events() if event.kind.endswith("_over_line")}
        moved = {event.path for event in ledger.events() if event.kind == "moved"}
        over = {each.file.path for each in ledger.standing() if each.judged.acts["provide"]["strict"].ratio >= 1}
        assert over <= ever | moved


def test_killed_at_random_moments(ledger_url: str, tmp_path: Path) -> None:
    root = tmp_path / "exports"
    outcome = storm(ledger_url, root, tmp_path / "confirmed", kills=6, seed=1)
    assert outcome["killed"] == 6
    check(ledger_url, root)


@pytest.mark.slow
def test_killed_two_hundred_times(ledger_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "exports"
    outcome = storm(ledger_url, root, tmp_path / "confirmed", kills=200, seed=2)
    check(ledger_url, root)
    with capsys.disabled():
        print(f"\n{ledger_url.partition(':')[0][:10]}: {dict(outcome)}")
    assert outcome["killed"] == 200
    assert outcome["confirmed"] > 100


def test_two_runs_exclude_each_other(ledger_url: str) -> None:
    with Ledger(ledger_url, writer=True):
        with pytest.raises(InUseError, match="in use by another run"):
            Ledger(ledger_url, writer=True)
        with Ledger(ledger_url) as reader:  # whoever only reads is let in
            assert reader.runs() == []
    Ledger(ledger_url, writer=True).close()


def test_a_database_that_is_away_for_a_while(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.database()
    root = tmp_path / "exports"
    for number in range(6):
        export(root / f"{number}.csv", PEOPLE[number * 20 : number * 20 + 20])
    waits: list[float] = []

    def back(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            postgresql.start()

    with Ledger(url, writer=True, sleep=back) as ledger:
        real, done = ledger.put, []

        def interrupted(*words: object, **more: object) -> object:
            done.append(1)
            if len(done) == 3:
                postgresql.stop()
            return real(*words, **more)  # type: ignore[arg-type]

        ledger.put = interrupted  # type: ignore[method-assign, assignment]
        night(root, ledger)
    assert len(waits) >= 2
    check(url, root)
    with Ledger(url) as ledger:
        assert len(ledger.standing()) == 6


def test_a_database_that_stays_away(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.database()
    export(tmp_path / "exports" / "a.csv", PEOPLE[:5])
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    ledger = Ledger(url, writer=True, sleep=sleep, clock=lambda: now[0])
    postgresql.stop()
    try:
        with pytest.raises(LedgerError, match="the ledger cannot be used"):
            night(tmp_path / "exports", ledger)
        assert now[0] >= 290
    finally:
        postgresql.start()
        ledger.close()
    check(url, tmp_path / "exports")


def test_another_run_takes_over_while_the_database_was_away(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.database()
    export(tmp_path / "exports" / "a.csv", PEOPLE[:5])
    others: list[Ledger] = []

    def sleep(_: float) -> None:
        postgresql.start()
        others.append(Ledger(url, writer=True))

    ledger = Ledger(url, writer=True, sleep=sleep)
    postgresql.stop()
    with pytest.raises(InUseError):
        night(tmp_path / "exports", ledger)
    ledger.close()
    others[0].close()


def test_a_full_disk(tmp_path: Path) -> None:
    url = str(tmp_path / "ledger.db")
    root = tmp_path / "exports"
    for number in range(12):
        export(root / f"{number}.csv", PEOPLE[number * 50 : number * 50 + 300])
    Ledger(url).close()

    def small(raw: sqlite3.Connection, _: object) -> None:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages + 20}")

    with Ledger(url, writer=True, patience=0.0) as ledger:
        sa.event.listen(ledger._base.engine, "connect", small)
        ledger._base.engine.dispose()
        with pytest.raises(LedgerError, match="full"):
            night(root, ledger)
    with Ledger(url) as ledger:
        finished = len(ledger.standing())
    assert 0 < finished < 12
    with Ledger(url, writer=True) as ledger:
        result = night(root, ledger, 1)
        assert result.counts.scanned == 12 - finished
    check(url, root)
