"""Nightly runs where things are not as they were: other roots, other owners, files put over files, odd names and times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.ledger import Ledger
from scanner.limits import Limits
from scanner.nightly import run as running
from scanner.nightly.run import Night, run
from scanner.nightly.settings import Accepted, Baseline, Nightly
from tests.nightly_trees import FIRST, OLD, export, kinds, night, persons, settings

PEOPLE = persons(700, "corners")
OVER = PEOPLE[:260]  # enough for a line by themselves


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(str(tmp_path / "ledger.db"), writer=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the file system's word that files which changed just now will not change again under the same times."""
    monkeypatch.setattr("scanner.nightly.walk.RACY", -(10**18))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


def test_a_root_inside_the_one_of_last_night_is_not_new(ledger: Ledger, root: Path) -> None:
    export(root / "crm" / "a.csv", OVER)
    export(root / "hr" / "b.csv", PEOPLE[:5])
    night(root, ledger)
    result = night(root / "crm", ledger, 1)
    assert (result.counts.unchanged, result.counts.new, result.counts.gone, result.events) == (1, 0, 0, ())
    (root / "crm" / "a.csv").unlink()
    result = night(root / "crm", ledger, 2)
    assert [event.path for event in result.events] == [str(root / "crm" / "a.csv")]
    assert kinds(result) == ["gone"]


def test_a_root_around_the_one_of_last_night_knows_what_that_held(ledger: Ledger, root: Path) -> None:
    export(root / "crm" / "a.csv", OVER)
    export(root / "crm" / "c.csv", PEOPLE[:3])
    export(root / "hr" / "b.csv", PEOPLE[:5])
    night(root / "crm", ledger)
    (root / "crm" / "c.csv").unlink()
    result = night(root, ledger, 1)
    assert (result.counts.unchanged, result.counts.new, result.counts.gone) == (1, 1, 1)


def test_files_of_a_root_that_is_no_longer_named_are_not_gone(ledger: Ledger, root: Path) -> None:
    export(root / "crm" / "a.csv", OVER)
    export(root / "hr" / "b.csv", PEOPLE[:5])
    both = Night(roots=[str(root / "crm"), str(root / "hr")], settings=settings(), clock=lambda: FIRST)
    run(both, ledger)
    result = run(replace(both, roots=[str(root / "hr")], clock=lambda: FIRST + timedelta(days=1)), ledger)
    assert (result.counts.seen, result.counts.gone) == (1, 0)
    assert [each.file.path for each in result.over] == [str(root / "crm" / "a.csv")]


def test_what_the_settings_leave_out_now_is_not_said_to_be_gone(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    export(root / "b.csv", PEOPLE[:5])
    night(root, ledger)
    result = night(root, ledger, 1, settings=settings(exclude=("a.csv",)))
    assert (result.counts.seen, result.counts.gone, result.events) == (1, 0, ())
    assert [each.file.path for each in ledger.standing()] == [str(root / "b.csv")], "nor is it in a sum any more"
    assert [owned.persons for owned in result.owners.values()] == [5]
    assert kinds(night(root, ledger, 2)) == ["new_over_line", "owner_over_line"], "and it is looked at again once it is let in"


def test_a_file_that_changes_its_owner_is_neither_changed_nor_a_copy_of_itself(
    ledger: Ledger, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "account_name", lambda number: "first")
    path = export(root / "a.csv", OVER)
    export(root / "b.csv", PEOPLE[260:265])
    night(root, ledger)
    monkeypatch.setattr(running, "account_name", lambda number: "second")
    os.utime(path, (OLD + 5, OLD + 5))  # as a change of the account gives it other times
    result = night(root, ledger, 1)
    assert (result.counts.touched, result.counts.changed, result.counts.copied) == (1, 0, 0)
    assert result.events == ()
    assert result.altered == {}
    assert {name: (owned.files, owned.persons) for name, owned in result.owners.items()} == {"first": (1, 5), "second": (1, 260)}


def test_other_owners_in_the_settings_are_not_changes_of_files(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    export(root / "b.csv", PEOPLE[260:265])
    owners = [{"path": "a.csv", "owner": "A"}, {"path": "b.csv", "owner": "B"}]
    night(root, ledger, nightly=Nightly.model_validate({"owner": owners}))
    swapped = [{"path": "a.csv", "owner": "B"}, {"path": "b.csv", "owner": "A"}]
    result = night(root, ledger, 1, nightly=Nightly.model_validate({"owner": swapped}))
    assert (result.altered, result.fresh.files) == ({}, 0)
    assert {name: owned.persons for name, owned in result.owners.items()} == {"A": 5, "B": 260}


def test_owners_are_added_up_after_a_run_that_died_before_it_could(
    ledger: Ledger, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(root / "a.csv", OVER)
    export(root / "b.csv", PEOPLE[260:265])
    owners = [{"path": "a.csv", "owner": "A"}, {"path": "b.csv", "owner": "B"}]
    night(root, ledger, nightly=Nightly.model_validate({"owner": owners}))
    swapped = Nightly.model_validate({"owner": [{"path": "a.csv", "owner": "B"}, {"path": "b.csv", "owner": "A"}]})
    with monkeypatch.context() as patch:
        patch.setattr("scanner.nightly.totals.renew", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            night(root, ledger, 1, nightly=swapped)
    result = night(root, ledger, 2, nightly=swapped)
    assert {name: owned.persons for name, owned in result.owners.items()} == {"A": 5, "B": 260}


def test_two_files_with_one_content_that_move_together(ledger: Ledger, root: Path) -> None:
    export(root / "old" / "a.csv", OVER)
    export(root / "old" / "b.csv", OVER)
    night(root, ledger)
    (root / "old").rename(root / "new")
    result = night(root, ledger, 1)
    assert kinds(result) == ["moved", "moved"]
    assert {event.detail["was"]: event.path for event in result.events} == {
        str(root / "old" / name): str(root / "new" / name) for name in ("a.csv", "b.csv")
    }
    assert (result.counts.moved, result.counts.copied, result.counts.gone) == (2, 0, 0)


def test_a_file_that_is_put_over_another_has_moved(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    export(root / "b.csv", PEOPLE[:5])
    night(root, ledger)
    (root / "a.csv").replace(root / "b.csv")
    result = night(root, ledger, 1)
    assert kinds(result) == ["moved"]
    assert (result.counts.moved, result.counts.gone) == (1, 0)
    assert [each.file.path for each in ledger.standing()] == [str(root / "b.csv")]


def test_a_file_and_a_folder_take_each_others_place(ledger: Ledger, root: Path) -> None:
    export(root / "x", OVER)
    export(root / "y" / "z.csv", PEOPLE[:5])
    night(root, ledger)
    (root / "x").unlink()
    (root / "y" / "z.csv").unlink()
    (root / "y").rmdir()
    export(root / "x" / "inside.csv", PEOPLE[10:20])
    export(root / "y", PEOPLE[20:40])
    result = night(root, ledger, 1)
    assert (result.counts.new, result.counts.gone) == (2, 2)
    assert [each.file.path for each in ledger.standing()] == [str(root / "x" / "inside.csv"), str(root / "y")]


def test_a_file_that_comes_back_is_new(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    night(root, ledger)
    (root / "a.csv").unlink()
    night(root, ledger, 1)
    export(root / "a.csv", OVER)
    result = night(root, ledger, 2)
    assert (kinds(result), result.counts.new) == (["new_over_line"], 1)
    assert result.altered == {str(root / "a.csv"): "new"}


def test_a_write_while_a_file_is_read_is_seen_even_under_the_same_times(
    ledger: Ledger, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file system is coarse: what is written after the walk may bear the time that the walk has met."""
    monkeypatch.setattr("scanner.nightly.walk.RACY", 2_000_000_000)
    path = export(root / "a.csv", PEOPLE[:5])
    now = path.stat().st_ctime_ns
    study = running.study

    def slow(*words: object, **more: object) -> object:
        nonlocal now
        now += 10**10
        return study(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "study", slow)
    monkeypatch.setattr(running.time, "time_ns", lambda: now)
    night(root, ledger)
    assert night(root, ledger, 1).counts.touched == 1, "it was not yet to be trusted when it was opened"


def test_times_that_no_calendar_has(ledger: Ledger, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export(root / "a.csv", OVER)
    real = os.stat_result

    class Odd:
        def __init__(self, facts: os.stat_result) -> None:
            self._facts = facts

        def __getattr__(self, name: str) -> object:
            return {"st_mtime": 1e15, "st_mtime_ns": 10**24}.get(name) or getattr(self._facts, name)

    assert isinstance(path.stat(), real)
    walked = running.walk
    monkeypatch.setattr(
        running,
        "walk",
        lambda roots: (replace(each, files=[(name, Odd(facts)) for name, facts in each.files]) for each in walked(roots)),
    )
    monkeypatch.setattr("scanner.nightly.run.unchanged", lambda seen: True)
    monkeypatch.setattr("scanner.nightly.study.unchanged", lambda seen: True)
    retention = Nightly.model_validate({"retention": [{"category": "*", "days": 30}]})
    result = night(root, ledger, nightly=retention)
    assert "new_over_line" in kinds(result)
    assert [each.file.modified[:4] for each in result.over] == ["9999"]


def test_words_that_are_no_text(ledger_url: str, root: Path) -> None:
    """A title in a JSON file may hold half a character, which no database takes."""
    rows = ",".join(f'{{"身份证号": "{each.resident_id}", "备注\\ud800": "x"}}' for each in PEOPLE[:5])
    path = root / "a.json"
    path.write_text(f"[{rows}]", encoding="utf-8")
    os.utime(path, (OLD, OLD))
    with Ledger(ledger_url, writer=True) as ledger:
        night(root, ledger)
        assert [each.persons for each in ledger.standing()] == [5]


def test_endings_and_paths_of_any_length(ledger_url: str, root: Path) -> None:
    short = export(root / f"a.{'x' * 240}", PEOPLE[:5])
    deep = root.joinpath(*[f"{step:03d}{os.urandom(80).hex()}" for step in range(20)])
    deep.mkdir(parents=True)
    export(deep / "b.csv", OVER)
    with Ledger(ledger_url, writer=True) as ledger:
        for number in range(2):
            result = night(root, ledger, number)
            assert [each.file.path for each in ledger.standing()] == [str(short)]
            assert [(gap.path, gap.reason) for gap in result.unread] == [(str(deep / "b.csv"), "error")]
        assert "longer than the ledger can keep" in result.unread[0].detail


def test_what_is_due_again_is_told_again(ledger: Ledger, root: Path) -> None:
    nightly = Nightly.model_validate({"retention": [{"category": "*", "days": 40}]})
    export(root / "weekly.csv", OVER)
    assert "due" in kinds(night(root, ledger, 30, nightly=nightly))
    moment = (FIRST + timedelta(days=31)).timestamp()
    export(root / "weekly.csv", OVER[1:], at=moment)
    assert night(root, ledger, 32, nightly=nightly).due == ()
    later = night(root, ledger, 90, nightly=nightly)
    assert [event.kind for event in later.events] == ["due"]


def test_the_end_of_an_acceptance_is_told_once(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    entry = Accepted(path="a.csv", owner="HR", reason="monthly", until=date(2026, 11, 3))
    baseline = Baseline(accept=(entry,))
    night(root, ledger, baseline=baseline)
    assert kinds(night(root, ledger, 1, baseline=baseline)) == []
    told = [event for event in night(root, ledger, 2, baseline=baseline).events if event.kind == "no_longer_accepted"]
    assert [(event.path, event.detail["persons"]) for event in told] == [(str(root / "a.csv"), 260)]
    assert kinds(night(root, ledger, 3, baseline=baseline)) == []


def test_an_accepted_file_that_holds_more_than_accepted_is_told(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    baseline = Baseline(accept=(Accepted(path="a.csv", owner="HR", reason="small", until=date(2027, 1, 1), persons=300),))
    night(root, ledger, baseline=baseline)
    export(root / "a.csv", PEOPLE[:400])
    assert kinds(night(root, ledger, 1, baseline=baseline)) == ["no_longer_accepted"]


def test_the_clock_may_go_back(ledger: Ledger, root: Path) -> None:
    export(root / "a.csv", OVER)
    night(root, ledger, 10)
    export(root / "b.csv", PEOPLE[300:560])
    result = night(root, ledger, 2, settings=settings(max_file_bytes=10**9))
    assert [event.path for event in result.events if event.kind == "new_over_line"] == [str(root / "b.csv")]
    result = night(root, ledger, 1, settings=settings(limits=Limits(cell_bytes=5000)))
    assert result.altered == {str(root / name): "again" for name in ("a.csv", "b.csv")}
    assert "new_over_line" not in kinds(result)


def test_two_ledgers_over_one_tree_do_not_mind_each_other(ledger: Ledger, root: Path, tmp_path: Path) -> None:
    export(root / "a.csv", OVER)
    with Ledger(str(tmp_path / "other.db"), writer=True) as other:
        assert kinds(night(root, ledger)) == kinds(night(root, other))
        assert ledger.total() == other.total()
