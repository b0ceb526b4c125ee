"""A nightly run: only what is new or changed is opened, and what is different is told once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import scanner
from scanner.ledger import Ledger
from scanner.nightly.settings import Accepted, Baseline, Nightly
from tests.nightly_trees import FULL, export, kinds, night, persons, settings

PEOPLE = persons(700)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(str(tmp_path / "ledger.db"), writer=True) as opened:
        yield opened


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "exports"
    export(root / "crm" / "customers.csv", PEOPLE[:600])
    export(root / "hr" / "staff.csv", PEOPLE[600:620])
    (root / "notes.txt").write_text("nothing in here\n", encoding="utf-8")
    os.utime(root / "notes.txt", (1e9, 1e9))
    return root


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths whose bytes were asked for."""
    seen: list[str] = []
    real = os.open

    def watched(path: object, *words: object, **more: object) -> int:
        seen.append(os.fsdecode(path))  # type: ignore[arg-type]
        return real(path, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", watched)
    return seen


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the file system's word that files which changed just now will not change again under the same times."""
    monkeypatch.setattr("scanner.nightly.walk.RACY", -(10**18))


def test_first_night_scans_everything_and_tells_what_is_over_a_line(ledger: Ledger, tree: Path) -> None:
    result = night(tree, ledger)
    assert (result.counts.seen, result.counts.scanned, result.counts.new, result.counts.unchanged) == (3, 3, 3, 0)
    assert [each.file.path for each in result.over] == [str(tree / "crm" / "customers.csv")]
    assert kinds(result).count("new_over_line") == 1
    told = next(event for event in result.events if event.kind == "new_over_line")
    assert told.detail["persons"] == 600
    assert told.detail["ratios"] == {"strict": 2.4, "prevailing": 0.24, "lenient": 0.12}


@pytest.mark.usefixtures("settled")
def test_an_unchanged_file_is_not_opened(ledger: Ledger, tree: Path, opened: list[str]) -> None:
    night(tree, ledger)
    assert str(tree / "hr" / "staff.csv") in opened
    opened.clear()
    again = night(tree, ledger, 1)
    assert not [path for path in opened if path.startswith(str(tree))]
    assert (again.counts.unchanged, again.counts.scanned) == (3, 0)
    assert again.events == ()
    assert len(again.over) == 1, "what stands over a line is said every night"


def test_a_file_changed_a_moment_ago_is_looked_at_again(ledger: Ledger, tree: Path) -> None:
    """Its times are too coarse to promise that its bytes are the same."""
    night(tree, ledger)
    again = night(tree, ledger, 1)
    assert (again.counts.unchanged, again.counts.touched, again.counts.scanned) == (0, 3, 0)


def test_growth_over_a_line(ledger: Ledger, tree: Path) -> None:
    night(tree, ledger)
    export(tree / "hr" / "staff.csv", PEOPLE[:400])
    result = night(tree, ledger, 1)
    assert result.counts.changed == 1
    assert "grew_over_line" in kinds(result)
    assert "new_over_line" not in kinds(result)


@pytest.mark.usefixtures("settled")
def test_moved_copied_touched_and_gone(ledger: Ledger, tree: Path) -> None:
    night(tree, ledger)
    (tree / "crm" / "customers.csv").rename(tree / "old.csv")
    os.utime(tree / "hr" / "staff.csv")
    (tree / "notes.txt").unlink()
    result = night(tree, ledger, 1)
    assert (result.counts.scanned, result.counts.moved, result.counts.touched, result.counts.gone) == (0, 1, 1, 1)
    assert kinds(result) == ["gone", "moved"]
    (tree / "copy.csv").write_bytes((tree / "old.csv").read_bytes())
    result = night(tree, ledger, 2)
    assert (result.counts.scanned, result.counts.copied) == (0, 1)
    assert kinds(result) == ["copied", "new_over_line"]
    assert [each.file.path for each in result.over] == [str(tree / "copy.csv"), str(tree / "old.csv")]


def test_an_owners_files_add_up_without_counting_anyone_twice(ledger: Ledger, tree: Path) -> None:
    nightly = Nightly.model_validate({"owner": [{"path": "*/crm/*", "owner": "CRM"}]})
    export(tree / "crm" / "customers.csv", PEOPLE[:200])
    export(tree / "crm" / "mobiles.csv", PEOPLE[150:240], ("姓名", "手机号"))
    result = night(tree, ledger, nightly=nightly)
    assert result.owners["CRM"].persons == 240
    assert result.owners["CRM"].files == 2
    assert "owner_over_line" not in kinds(result)
    export(tree / "crm" / "more.csv", PEOPLE[240:300])
    result = night(tree, ledger, 1, nightly=nightly)
    assert result.owners["CRM"].persons == 300
    assert [event.owner for event in result.events if event.kind == "owner_over_line"] == ["CRM"]


def test_the_ledgers_sum_equals_a_scan_from_scratch(ledger: Ledger, tree: Path) -> None:
    night(tree, ledger)
    export(tree / "hr" / "staff.csv", PEOPLE[500:690], ("姓名", "手机号"))
    (tree / "crm" / "copy.csv").write_bytes((tree / "crm" / "customers.csv").read_bytes())
    night(tree, ledger, 1)
    assert ledger.total() == scanner.scan(tree, settings=settings()).tally


def test_a_first_category_is_told_once(ledger: Ledger, tree: Path) -> None:
    night(tree, ledger)
    export(tree / "crm" / "addresses.csv", PEOPLE[:30], (*FULL, "地址"))
    told = [event for event in night(tree, ledger, 1).events if event.kind == "first_category"]
    assert [event.detail["categories"] for event in told] == [["address", "id_card_details"]]
    export(tree / "crm" / "addresses2.csv", PEOPLE[30:60], (*FULL, "地址"))
    assert "first_category" not in kinds(night(tree, ledger, 2))


def test_an_accepted_file_is_suppressed_until_its_day_and_always_counted(ledger: Ledger, tree: Path) -> None:
    entry = Accepted(path="crm/customers.csv", owner="CRM", reason="monthly delivery", until=date(2026, 11, 3))
    baseline = Baseline(accept=(entry,))
    result = night(tree, ledger, baseline=baseline)
    assert [each.reason for each in result.suppressed] == ["monthly delivery"]
    assert result.over == ()
    assert "new_over_line" not in kinds(result)
    assert max(each.persons for each in result.owners.values()) == 20, "what is accepted is not in an owner's total"
    later = night(tree, ledger, 2, baseline=baseline)
    assert later.suppressed == ()
    assert later.expired == 1
    assert len(later.over) == 1
    assert max(each.persons for each in later.owners.values()) == 620


def test_an_accepted_file_that_grows_is_told(ledger: Ledger, tree: Path) -> None:
    entry = Accepted(path="crm/customers.csv", owner="CRM", reason="small", until=date(2027, 1, 1), persons=650)
    baseline = Baseline(accept=(entry,))
    night(tree, ledger, baseline=baseline)
    export(tree / "crm" / "customers.csv", PEOPLE)
    result = night(tree, ledger, 1, baseline=baseline)
    assert result.suppressed == ()
    assert len(result.over) == 1


def test_due_for_destruction(ledger: Ledger, tree: Path) -> None:
    nightly = Nightly.model_validate({"retention": [{"category": "*", "days": 31}]})
    assert night(tree, ledger, nightly=nightly).due != ()
    result = night(tree, ledger, 1, nightly=nightly)
    assert {(Path(due.path).name, due.days) for due in result.due} == {("customers.csv", 31), ("staff.csv", 31)}
    assert "due" not in kinds(result), "said once, listed always"


def test_a_folder_that_cannot_be_listed_is_not_gone(ledger: Ledger, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night(tree, ledger)
    real = os.scandir

    def refused(path: str) -> object:
        if str(path).endswith("crm"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refused)
    result = night(tree, ledger, 1)
    assert result.counts.gone == 0
    assert [gap.reason for gap in result.unread] == ["permission"]
    assert len(result.over) == 1


def test_other_settings_scan_again(ledger: Ledger, tree: Path, tmp_path: Path) -> None:
    night(tree, ledger)
    passwords = tmp_path / "passwords.txt"
    passwords.write_text("open sesame\n", encoding="utf-8")
    result = night(tree, ledger, 1, settings=settings(password_file=passwords))
    assert (result.counts.again, result.counts.scanned) == (3, 3)
    assert "grew_over_line" not in kinds(result)


def test_nothing_of_a_value_is_in_the_ledger(ledger: Ledger, tree: Path, tmp_path: Path) -> None:
    export(tree / "13800001111@x.csv", PEOPLE[:5], ("姓名", "身份证号"))
    night(tree, ledger)
    ledger.close()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    for person in PEOPLE[:50]:
        for value in (person.name, person.resident_id, person.mobile):
            assert value.encode() not in held


def test_a_run_by_scan_all_counts_the_same(ledger: Ledger, tree: Path) -> None:
    result = night(tree, ledger)
    report = scanner.scan(tree, settings=settings())
    assert {(f.path, f.persons, f.records) for f in report.files} == {
        (each.file.path, each.persons, each.records) for each in ledger.standing()
    }
    assert result.counts.seen == len(report.files)


def test_a_file_that_cannot_be_opened_for_a_night_is_told_once_and_not_forgotten(
    ledger: Ledger, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(tree, ledger)
    real = os.open

    def refused(path: object, *words: object, **more: object) -> int:
        if str(path).endswith("customers.csv"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *words, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as locked:
        locked.setattr(os, "open", refused)
        first, second = night(tree, ledger, 1), night(tree, ledger, 2)
    assert kinds(first) == ["unread"]
    assert kinds(second) == []
    assert [gap.reason for gap in second.unread] == ["permission"]
    assert len(second.over) == 1
    again = night(tree, ledger, 3)
    assert kinds(again) == []
    assert again.unread == ()


def test_files_get_the_owners_that_the_settings_name_now(ledger: Ledger, tree: Path) -> None:
    before = night(tree, ledger).owners
    assert [owned.persons for owned in before.values()] == [620]
    result = night(tree, ledger, 1, nightly=Nightly.model_validate({"owner": [{"path": "*/hr/*", "owner": "HR"}]}))
    assert {owner: owned.persons for owner, owned in result.owners.items() if owner == "HR"} == {"HR": 20}
    assert sorted(owned.persons for owned in result.owners.values()) == [20, 600]
