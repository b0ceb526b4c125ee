"""`leakgauge reassess`: other facts over remembered tallies give what a fresh scan with them gives, and no file is opened."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_line import Run, one_sentence, runner
from test_reports import closed

import scanner
from scanner.law.loader import load_policy
from scanner.law.model import READINGS, Facts
from scanner.ledger import Ledger
from scanner.model import Report
from scanner.nightly.reassess import reassess
from scanner.nightly.settings import Accepted, Baseline, Nightly
from scanner.tally import Tally
from tests.nightly_trees import FIRST, export, night, persons, settings

ROOT = Path(__file__).parents[1]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "leakgauge-reassess-1.schema.json").read_text("utf-8"))
POLICY = ROOT / "fixtures" / "policy" / "example_company.toml"
PEOPLE = persons(700, "reassess")
DAY = FIRST.date()
Scanned = Callable[[date], Report]
OWNERS = Nightly.model_validate({"owner": [{"path": "*/crm/*", "owner": "CRM"}, {"path": "*", "owner": "HR"}]})


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reassess") / "exports"
    export(root / "crm" / "customers.csv", PEOPLE[:600])
    export(root / "crm" / "mobiles.csv", PEOPLE[500:650], ("姓名", "手机号", "地址"))
    export(root / "hr" / "staff.csv", PEOPLE[600:640])
    (root / "hr" / "empty.csv").write_text("", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def remembered(tree: Path) -> Path:
    """A ledger after one night."""
    path = tree.parent / "ledger.db"
    with Ledger(str(path), writer=True) as opened:
        night(tree, opened, nightly=OWNERS)
    return path


@pytest.fixture(scope="module")
def scanned(tree: Path) -> Scanned:
    """The folder scanned anew, for the law of a day; once for each."""
    return cache(lambda on: scanner.scan(tree, settings=settings(on=on)))


@pytest.fixture
def ledger(tmp_path: Path, remembered: Path) -> Iterator[Ledger]:
    shutil.copy(remembered, tmp_path / "ledger.db")
    with Ledger(str(tmp_path / "ledger.db"), writer=True) as opened:
        yield opened


def test_the_same_facts_change_nothing(ledger: Ledger) -> None:
    found = reassess(ledger, Facts(on=DAY))
    assert (found.changes, found.reached, found.files) == ((), (), 4)


@pytest.mark.parametrize(
    "facts",
    [
        Facts(on=DAY),
        Facts(act="obtain", on=DAY),
        Facts(insider=False, recipients=4, on=DAY),
        Facts(act="sell", gains=26_000, on=DAY),
        Facts(act="obtain", purpose="business", on=DAY),
        Facts(on=date(2018, 1, 1)),
    ],
)
def test_it_is_what_a_fresh_scan_says(ledger: Ledger, scanned: Scanned, facts: Facts) -> None:
    fresh = {file.path: scanner.assess(file.tally, facts) for file in scanned(facts.on).files}
    before = {each.file.path: each.judged.acts["provide"]["strict"].verdict for each in ledger.standing()}
    for reading, path in product(READINGS, fresh):
        changes = {change.path: change for change in reassess(ledger, facts, (), reading).changes if change.path}
        result = fresh[path].readings[reading]
        assert (path in changes) == (result.verdict != before[path]), path
        if path in changes:
            change = changes[path]
            assert (change.now, change.ratio_now) == (result.verdict, max(result.ratio, result.gains_ratio))
            assert {name: r.E for name, r in change.judged.acts[facts.act].items()} == {
                name: r.E for name, r in fresh[path].readings.items()
            }


def test_owners_are_judged_as_sums(ledger: Ledger, tree: Path) -> None:
    facts = Facts(act="obtain", on=DAY)
    both = scanner.scan([tree / "crm"], facts=facts, settings=settings(on=DAY))
    found = reassess(ledger, facts, (), "prevailing")
    change = next(change for change in found.changes if not change.path)
    assert (change.owner, change.persons) == ("CRM", both.persons.all)
    assert change.ratio_now == both.assessment.readings["prevailing"].ratio
    assert (change.was, change.now) == ("serious", "below")


def test_accepted_files_are_judged_but_not_in_an_owners_sum(tree: Path, tmp_path: Path) -> None:
    entry = Accepted(path="crm/customers.csv", owner="CRM", reason="monthly", until=date(2099, 1, 1))
    with Ledger(str(tmp_path / "other.db"), writer=True) as ledger:
        night(tree, ledger, nightly=OWNERS, baseline=Baseline(accept=(entry,)))
        assert reassess(ledger, Facts(on=DAY)).changes == ()
        found = reassess(ledger, Facts(on=DAY), (), "lenient")
    assert [Path(change.path).name for change in found.changes] == ["customers.csv"]


def test_a_policy_says_what_it_says_in_a_scan(ledger: Ledger, tree: Path) -> None:
    policy = load_policy(POLICY)
    found = reassess(ledger, Facts(on=DAY), (policy,))
    fresh = scanner.scan(tree, facts=Facts(on=DAY), settings=settings(policies=(POLICY,), on=DAY))
    expected = [(file.path, level) for file in fresh.files for level in file.assessment.policies if level.reached]
    assert [(each.path, each.level) for each in found.reached if each.path] == expected
    assert expected


def test_a_new_version_of_the_law_needs_no_file(
    ledger: Ledger, tree: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.close()
    tree.rename(tree.with_name("away"))
    opened: list[str] = []
    real = os.open

    def watched(path: Any, *words: Any, **more: Any) -> int:
        opened.append(os.fsdecode(path))
        return real(path, *words, **more)

    monkeypatch.setattr(os, "open", watched)
    code, out, err = run("reassess", "--ledger", "ledger.db", "--reading", "prevailing", "--on", "2026-11-02")
    tree.with_name("away").rename(tree)
    assert (code, err) == (0, "")
    assert out.startswith("2 verdict(s) change: 1 file(s), 1 owner(s).\n")
    assert "serious 2.4" in out
    assert "below the line 0.24" in out
    assert "none was opened" in out
    assert not [path for path in opened if path.startswith(str(tree))]


def test_json_fits_its_schema(ledger: Ledger, run: Run) -> None:
    ledger.close()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    words = ("--ledger", "ledger.db", "--on", "2026-11-02", "--policy", POLICY, "--reading", "lenient", "--outsider")
    code, out, _ = run("reassess", *words, "--format", "json", "--lang", "zh")
    told = json.loads(out)
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(told)
    assert code == 0
    assert told["facts"] == {
        "act": "provide",
        "insider": False,
        "recipients": 1,
        "gains": 0,
        "purpose": None,
        "on": "2026-11-02",
        "reading": "lenient",
    }
    assert (told["files_judged"], len(told["files"])) == (4, 1)
    assert told["files"][0]["from"] == {"verdict": "serious", "ratio": 2.4}
    assert told["files"][0]["to"] == {"verdict": "below", "ratio": 0.12}
    assert told["policies"]
    for person in PEOPLE[:650]:
        assert person.resident_id not in out


def test_chinese(ledger: Ledger, run: Run, tmp_path: Path) -> None:
    ledger.close()
    words = ("--ledger", "ledger.db", "--on", "2026-11-02", "--policy", POLICY, "--lang", "zh", "--output", "again.txt")
    assert run("reassess", *words)[:2] == (0, "")
    text = (tmp_path / "again.txt").read_text("utf-8")
    assert text.startswith("没有判定发生变化。\n")
    assert "达到的本单位分级" in text


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--ledger", "none.db"), ("no ledger", "none.db")),
        ((), ("LEAKGAUGE_LEDGER",)),
        (("--ledger", "ledger.db", "--on", "soon"), ("--on",)),
        (("--ledger", "ledger.db", "--policy", "no.toml"), ("--policy", "no.toml")),
        (("--ledger", "ledger.db", "--on", "2010-01-01"), ("2017",)),
    ],
)
def test_wrong_words_are_usage_errors(ledger: Ledger, run: Run, words: tuple[str, ...], names: tuple[str, ...]) -> None:
    ledger.close()
    code, out, err = run("reassess", *words)
    assert (code, out) == (2, "")
    one_sentence(err, *names)


def test_an_empty_ledger(run: Run, tmp_path: Path) -> None:
    Ledger(str(tmp_path / "ledger.db")).close()
    assert run("reassess", "--ledger", "ledger.db")[1].startswith("No verdict changes.")
    with Ledger(str(tmp_path / "ledger.db")) as ledger:
        assert ledger.total() == Tally()
