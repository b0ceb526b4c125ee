"""`leakgauge nightly` from the command line: reports, exit codes, alerts, metrics, schedules, and nothing of a value anywhere."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import alert_servers as made
import jsonschema
import pytest
from command_line import Run, one_sentence, runner
from test_reports import closed

import scanner.nightly.run
from scanner.alerts.model import EVENTS
from scanner.cli import main
from scanner.config import Lang
from scanner.ledger import Ledger, LedgerError
from scanner.ledger.facts import Altered
from scanner.nightly.changes import KINDS
from scanner.reports import nightly_terminal
from scanner.reports.nightly_words import NIGHTLY, duration
from tests.nightly_trees import export, persons

PEOPLE = persons(900, "command")
SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[1] / "docs" / "leakgauge-nightly-1.schema.json").read_text("utf-8"))
OK = (200, {}, b"{}")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("scanner.nightly.walk.RACY", -(10**18))  # the files of a test are younger than a night
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return runner(capsys, tmp_path, monkeypatch)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "exports"
    export(root / "crm" / "customers.csv", PEOPLE[:600])
    export(root / "hr" / "staff.csv", PEOPLE[600:620])
    return root


@pytest.fixture
def receiver() -> Iterator[made.Receiver]:
    with made.http_server(OK) as server:
        yield server


def configure(folder: Path, text: str) -> None:
    (folder / "leakgauge.toml").write_text(text, encoding="utf-8")


def report(run: Run, *words: object) -> dict[str, Any]:
    """A night as JSON, checked against its schema."""
    code, out, err = run("nightly", *words, "--format", "json")
    told: dict[str, Any] = json.loads(out)
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(told)
    assert told["outcome"]["exit_code"] == code, err
    return told


# words


def test_both_languages_say_the_same() -> None:
    assert NIGHTLY["zh"].keys() == NIGHTLY["en"].keys()
    for key, zh in NIGHTLY["zh"].items():
        assert set(re.findall(r"{(\w+)", zh)) == set(re.findall(r"{(\w+)", NIGHTLY["en"][key])), key
        assert "安全" not in zh
        assert "safe" not in NIGHTLY["en"][key]


def test_every_kind_of_event_has_its_words() -> None:
    for kind, news in KINDS.items():
        assert kind == "channel" or f"event_{kind}" in NIGHTLY["en"]
        assert not news or kind in EVENTS
    assert {kind for kind in KINDS if kind != "channel"} == set(
        SCHEMA["properties"]["events"]["items"]["properties"]["kind"]["enum"]
    )
    assert all(f"state_{state}" in NIGHTLY["en"] for state in get_args(Altered))


def test_durations() -> None:
    assert [duration(seconds, "en") for seconds in (5, 119, 130, 7300)] == ["5 s", "119 s", "2 min", "2 h"]


# nights


def test_a_first_night(run: Run, tree: Path, tmp_path: Path) -> None:
    code, out, err = run("nightly", tree, "--ledger", "ledger.db")
    assert code == 11
    assert out.startswith("Run 1: what is new or changed reaches the criminal line in the strict reading\n")
    one_sentence(err, "new key", "ledger.db.key")
    for words in ("crm/customers.csv", "600", "2.4 / 0.24 / 0.12", "1.2 / 0.12 / 0.12", "0 accepted", "This is an estimate"):
        assert words in out
    key = tmp_path / "ledger.db.key"
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_quiet_night_is_nothing_new(run: Run, tree: Path) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    code, out, err = run("nightly", tree, "--ledger", "ledger.db", "--lang", "zh")
    assert (code, err) == (0, "")
    assert out.startswith("第 2 次运行：没有新增的个人信息\n")
    assert "已接受（基线）0 个" in out
    assert "未变跳过 2" in out
    assert "达到入罪标准的文件" in out, "what stands over a line is said every night"
    assert "以上为按文件内容作出的估算" in out
    assert "已知" in out


def test_quiet_says_the_head_only(run: Run, tree: Path) -> None:
    code, out, _ = run("nightly", tree, "--ledger", "ledger.db", "--quiet")
    assert code == 11
    assert "0 accepted" in out
    assert "estimate" in out
    assert "customers.csv" not in out


def test_exit_codes_follow_what_is_new(run: Run, tree: Path) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    export(tree / "small.csv", PEOPLE[620:640])
    assert run("nightly", tree, "--ledger", "ledger.db")[0] == 10
    assert run("nightly", tree, "--ledger", "ledger.db", "--fail-on", "strict")[0] == 0
    export(tree / "small.csv", PEOPLE[620:650])
    assert run("nightly", tree, "--ledger", "ledger.db", "--fail-on", "strict")[0] == 0
    (tree / "locked.zip").write_bytes(b"PK\x03\x04 damaged")
    told = report(run, tree, "--ledger", "ledger.db")
    assert told["outcome"] == {"name": "unread", "exit_code": 3}
    assert [event["kind"] for event in told["events"]] == ["unread"]
    assert report(run, tree, "--ledger", "ledger.db")["outcome"]["exit_code"] == 0, "it was told, and it has not changed"
    (tree / "locked.zip").unlink()
    assert run("nightly", tree, "--ledger", "ledger.db")[0] == 0


def test_tenfold_and_prevailing(run: Run, tree: Path, tmp_path: Path) -> None:
    people = persons(2600, "many")
    export(tmp_path / "other" / "many.csv", people)
    assert run("nightly", tmp_path / "other", "--ledger", "ledger.db")[0] == 12


def test_an_owner_over_a_line_decides_too(run: Run, tree: Path) -> None:
    export(tree / "crm" / "customers.csv", PEOPLE[:200])
    assert run("nightly", tree / "crm", "--ledger", "ledger.db")[0] == 10
    export(tree / "crm" / "more.csv", PEOPLE[200:300])
    told = report(run, tree / "crm", "--ledger", "ledger.db")
    assert told["outcome"]["name"] == "strict"
    assert told["fresh"]["persons"] == 100
    assert "owner_over_line" in [event["kind"] for event in told["events"]]


def test_moved_copied_and_gone(run: Run, tree: Path) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    (tree / "crm" / "customers.csv").rename(tree / "moved.csv")
    (tree / "hr" / "staff.csv").unlink()
    told = report(run, tree, "--ledger", "ledger.db")
    assert told["outcome"]["exit_code"] == 0
    assert sorted(event["kind"] for event in told["events"]) == ["gone", "moved"]
    assert told["files"] == [{"path": str(tree / "moved.csv"), "state": "moved"}]
    out = run("nightly", tree, "--ledger", "ledger.db")[1]
    assert "What is different" not in out


def test_another_key_scans_again_without_new_findings(run: Run, tree: Path) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    code, _, err = run("key", "rotate", "--key", "ledger.db.key")
    assert code == 0
    one_sentence(err, "ledger.db.key", "next run scans every file again")
    told = report(run, tree, "--ledger", "ledger.db")
    assert told["counts"]["again"] == 2
    assert {file["state"] for file in told["files"]} == {"again"}
    assert (told["outcome"]["exit_code"], told["fresh"]["files"]) == (0, 0)
    export(tree / "hr" / "staff.csv", PEOPLE[600:630])
    assert report(run, tree, "--ledger", "ledger.db")["files"][0]["state"] == "changed"


def test_a_lost_key_is_not_replaced_silently(run: Run, tree: Path, tmp_path: Path) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    (tmp_path / "ledger.db.key").unlink()
    code, out, err = run("nightly", tree, "--ledger", "ledger.db")
    assert (code, out) == (2, "")
    one_sentence(err, "ledger.db.key", "key new")
    assert run("key", "new", "--key", "ledger.db.key", "--lang", "zh")[0] == 0
    assert run("nightly", tree, "--ledger", "ledger.db")[0] == 0
    assert run("key", "new", "--key", "ledger.db.key")[0] == 2


def test_a_baseline_is_counted_and_its_end_is_told(run: Run, tree: Path, tmp_path: Path) -> None:
    configure(tmp_path, '[nightly]\nbaseline = "accepted.toml"\n')
    entry = '[[accept]]\npath = "{}"\nowner = "CRM"\nreason = "monthly delivery"\nuntil = {}\n'
    text = entry.format("crm/customers.csv", "2099-01-01") + entry.format("old.csv", "2020-01-01")
    (tmp_path / "accepted.toml").write_text(text, encoding="utf-8")
    code, out, _ = run("nightly", tree, "--ledger", "ledger.db")
    assert code == 10
    assert "1 accepted (baseline)" in out
    assert "1 expired baseline entry(ies)" in out
    assert "monthly delivery; until 2099-01-01" in out
    told = report(run, tree, "--ledger", "ledger.db")
    assert (told["suppressed"]["count"], told["suppressed"]["expired_entries"], told["over"]) == (1, 1, [])


def test_owners_and_retention_from_the_configuration(run: Run, tree: Path, tmp_path: Path) -> None:
    configure(
        tmp_path,
        '[[nightly.owner]]\npath = "*/crm/*"\nowner = "CRM team"\n[[nightly.retention]]\ncategory = "*"\ndays = 1\n',
    )
    code, out, _ = run("nightly", tree, "--ledger", "ledger.db", "--lang", "zh")
    assert code == 11
    assert "CRM team：1 个文件" in out
    told = report(run, tree, "--ledger", "ledger.db")
    assert {(each["owner"], Path(each["path"]).name) for each in told["due"]} >= {("CRM team", "customers.csv")}
    assert told["events"] == [], "said once, listed always"


def test_other_paths_are_shown_masked(run: Run, tmp_path: Path) -> None:
    export(tmp_path / "exports" / "13800138000.csv", PEOPLE[:300])
    configure(tmp_path, '[[nightly.owner]]\npath = "*"\nowner = "li.si@corp.example"\n')
    text = run("nightly", "exports", "--ledger", "ledger.db")[1] + json.dumps(report(run, "exports", "--ledger", "ledger.db"))
    assert "13800138000" not in text
    assert "138******00.csv" in text
    assert "li.si@corp" not in text


def test_nothing_of_a_value_is_said(run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver) -> None:
    configure(tmp_path, f'[[nightly.alert]]\nkind = "webhook"\nurl = "{receiver.url}"\n')
    said = "".join(run("nightly", tree, "--ledger", "ledger.db", "--metrics", "leak.prom")[1:])
    said += json.dumps(report(run, tree, "--ledger", "ledger.db")) + run("reassess", "--ledger", "ledger.db", "--outsider")[1]
    said += (tmp_path / "leak.prom").read_text("utf-8") + "".join(request.body.decode() for request in receiver.requests)
    assert "customers.csv" in said
    for person in PEOPLE[:620]:
        for value in (person.name, person.resident_id, person.mobile):
            assert value not in said


def test_both_databases_say_the_same(
    ledger_url: str, run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKGAUGE_LEDGER", ledger_url)
    monkeypatch.setenv("LEAKGAUGE_KEY_FILE", str(tmp_path / "the.key"))
    configure(tmp_path, channel(receiver.url))
    assert report(run, tree)["outcome"] == {"name": "strict", "exit_code": 11}
    (tree / "crm" / "customers.csv").rename(tree / "moved.csv")
    export(tree / "new.csv", PEOPLE[620:630])
    assert run("drill", tree)[0] == 0
    run("key", "rotate", "--key", "the.key")
    told = report(run, tree)
    states = {Path(each["path"]).name: each["state"] for each in told["files"]}
    drill = next(name for name in states if name.startswith("leakgauge-drill-"))
    assert states == {"moved.csv": "new", "new.csv": "new", "staff.csv": "again", drill: "new"}, "moves show under one key only"
    assert (told["fresh"]["persons"], told["owners"][0]["persons"]) == (910, 630)
    assert [each["caught"] for each in told["drills"]] == [True]
    found = alerts(receiver)
    assert len(found) == len(set(found))
    assert {(drill, event) for file, event in [(f, e) for e, f in found] if file == drill} == {
        (drill, "new_over_line"),
        (drill, "drill_caught"),
    }
    assert "1 file(s), 0 owner(s)" in run("reassess", "--act", "obtain")[1]
    assert report(run, tree)["events"] == []


def test_what_cannot_be_opened_any_more_is_not_new(run: Run, tree: Path, tmp_path: Path) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    configure(tmp_path, "max_file_bytes = 10000\n")
    export(tree / "crm" / "customers.csv", PEOPLE[:700])
    for events in (["unread"], []):
        told = report(run, tree, "--ledger", "ledger.db")
        assert told["outcome"] == {"name": "unread", "exit_code": 3}
        assert [event["kind"] for event in told["events"]] == events
        assert [each["state"] for each in told["files"]] == ["unread"]
        assert len(told["over"]) == 1, "what was known of it stands"


# trouble


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("nowhere",), ("nowhere", "does not exist")),
        (("nowhere", "neither"), ("none of these exists",)),
        (("exports", "--config", "no.toml"), ("no.toml",)),
        (("exports", "--output", "no/x.json"), ("--output",)),
        (("exports", "--metrics", "no/x.prom"), ("--metrics",)),
        (("exports", "--ledger", "no/ledger.db"), ("folder",)),
        (("exports", "--ledger", "mysql://h/d"), ("mysql",)),
        (("exports", "--ledger", "postgresql://h/d"), ("--key",)),
        (("exports", "--ledger", "postgresql://u:secret@h/d"), ("password", "LEAKGAUGE_LEDGER")),
        (("exports", "--print-unit", "cron", "--at", "night"), ("--at", "night")),
    ],
)
def test_wrong_words_are_usage_errors(run: Run, tree: Path, words: tuple[str, ...], names: tuple[str, ...]) -> None:
    given = words if "--ledger" in words else (*words, "--ledger", "ledger.db")
    code, out, err = run("nightly", *given)
    assert (code, out) == (2, "")
    one_sentence(err.splitlines()[-1] + "\n", *names)
    assert "secret" not in err


def test_a_ledger_must_be_named(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = run("nightly", tree)
    assert code == 2
    one_sentence(err, "LEAKGAUGE_LEDGER")
    monkeypatch.setenv("LEAKGAUGE_LEDGER", "ledger.db")
    assert run("nightly", tree)[0] == 11


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[nightly]\nbasline = 1\n", ("nightly.basline",)),
        ('[nightly]\nbaseline = "no.toml"\n', ("no.toml", "cannot be read")),
        ('[[nightly.alert]]\nkind = "pigeon"\n', ("alert 1", "kind")),
        ('[[nightly.alert]]\nkind = "dingtalk"\nurl_env = "NOT_SET"\n', ("url_env",)),
    ],
)
def test_a_broken_configuration_is_refused_before_the_run(run: Run, tree: Path, tmp_path: Path, text: str, names: Any) -> None:
    configure(tmp_path, text)
    code, out, err = run("nightly", tree, "--ledger", "ledger.db")
    assert (code, out) == (2, "")
    one_sentence(err, *names)
    assert not (tmp_path / "ledger.db").exists()


def test_one_root_of_two_is_missing(run: Run, tree: Path) -> None:
    told = report(run, tree / "hr", "nowhere", "--ledger", "ledger.db")
    assert told["outcome"]["exit_code"] == 10
    assert [(gap["reason"], Path(gap["path"]).name) for gap in told["unread"]] == [("missing", "nowhere")]
    assert run("nightly", tree / "hr", "nowhere", "--ledger", "ledger.db")[0] == 3


def test_a_ledger_in_use(run: Run, tree: Path) -> None:
    with Ledger("ledger.db", writer=True):
        code, out, err = run("nightly", tree, "--ledger", "ledger.db")
    assert (code, out) == (1, "")
    one_sentence(err, "in use by another run")


def test_an_interruption_keeps_what_is_finished(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = scanner.nightly.run.study

    def study(seen: Any, *words: Any) -> Any:
        if "staff" in seen.path:
            raise KeyboardInterrupt
        return real(seen, *words)

    monkeypatch.setattr(scanner.nightly.run, "study", study)
    code, out, err = run("nightly", tree, "--ledger", "ledger.db")
    assert (code, out) == (1, "")
    one_sentence(err.splitlines()[-1] + "\n", "interrupted")
    monkeypatch.undo()
    monkeypatch.chdir(tree.parent)
    told = report(run, tree, "--ledger", "ledger.db")
    assert (told["counts"]["scanned"], told["counts"]["new"]) == (1, 1)
    assert told["outcome"]["name"] == "strict", "what the broken run found is told by the next that finishes"
    assert [event["kind"] for event in told["events"]].count("new_over_line") == 1


# alerts


def alerts(receiver: made.Receiver) -> list[tuple[str, str]]:
    """Kind and file of each alert that was received."""
    return [(each["event"], Path(each["path"]).name) for request in receiver.requests for each in request.json["alerts"]]


def channel(url: str, name: str = "ops", more: str = "") -> str:
    return f'[[nightly.alert]]\nkind = "webhook"\nname = "{name}"\nurl = "{url}"\nattempts = 1\nlang = "en"\n{more}'


def test_news_is_told_once(run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver) -> None:
    configure(tmp_path, channel(receiver.url))
    code, out, _ = run("nightly", tree, "--ledger", "ledger.db")
    assert code == 11
    assert "ops: 3 delivered" in out
    told = alerts(receiver)
    assert sorted(told) == [("first_category", "customers.csv"), ("new_over_line", "customers.csv"), ("owner_over_line", "")]
    grave = next(each for each in receiver.requests[0].json["alerts"] if each["event"] == "new_over_line")
    assert (grave["persons"], grave["ratios"]["strict"], grave["severity"]) == (600, 2.4, "warning")
    assert run("nightly", tree, "--ledger", "ledger.db")[0] == 0
    assert alerts(receiver) == told


def test_what_was_not_delivered_is_tried_again(run: Run, tree: Path, tmp_path: Path) -> None:
    with made.http_server((500, {}, b"")) as broken:
        configure(tmp_path, channel(broken.url))
        run("nightly", tree, "--ledger", "ledger.db")
        told = report(run, tree, "--ledger", "ledger.db")
    assert (told["outcome"], told["events"]) == ({"name": "nothing", "exit_code": 3}, [])
    assert (told["alerts"][0]["failed"], told["alerts"][0]["delivered"]) == (3, 0)
    assert "500" in told["alerts"][0]["error"]
    with made.http_server(OK) as mended:
        configure(tmp_path, channel(mended.url))
        assert run("nightly", tree, "--ledger", "ledger.db")[0] == 0
        assert len(alerts(mended)) == 3


def test_one_dead_channel_does_not_silence_the_other(run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver) -> None:
    with made.http_server((403, {}, b"")) as broken:
        configure(tmp_path, channel(broken.url, "dead") + channel(receiver.url, "alive", 'events = ["new_over_line"]\n'))
        code, out, _ = run("nightly", tree, "--ledger", "ledger.db", "--lang", "zh")
    assert code == 11
    assert alerts(receiver) == [("new_over_line", "customers.csv")]
    assert "alive：已送达 1 项" in out
    assert "dead：3 项未送达" in out


def test_a_channel_that_comes_later_is_not_told_the_past(run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver) -> None:
    run("nightly", tree, "--ledger", "ledger.db")
    configure(tmp_path, channel(receiver.url))
    export(tree / "new.csv", PEOPLE[:400])
    run("nightly", tree, "--ledger", "ledger.db")
    assert alerts(receiver) == [("new_over_line", "new.csv")]


def test_alerts_switched_off_stay_pending(run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver) -> None:
    (tree / "crm" / "customers.csv").unlink()
    configure(tmp_path, channel(receiver.url))
    run("nightly", tree, "--ledger", "ledger.db")
    export(tree / "new.csv", PEOPLE[:400])
    before = alerts(receiver)
    assert run("nightly", tree, "--ledger", "ledger.db", "--no-alerts")[0] == 11
    assert alerts(receiver) == before
    run("nightly", tree, "--ledger", "ledger.db")
    assert ("new_over_line", "new.csv") in alerts(receiver)[len(before) :]


def test_a_night_that_fails_is_told(
    run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path, channel(receiver.url))

    def fail(*_: Any) -> Any:
        raise LedgerError("the ledger cannot be used: disk full")

    monkeypatch.setattr("scanner.commands.nightly.run_night", fail)
    code, out, err = run("nightly", tree, "--ledger", "ledger.db")
    assert (code, out) == (1, "")
    one_sentence(err.splitlines()[-1] + "\n", "disk full")
    assert alerts(receiver) == [("run_failed", "")]
    assert receiver.requests[0].json["alerts"][0]["lines"] == ["the ledger cannot be used: disk full"]


@pytest.mark.parametrize("what", ["ledger", "key", "root", "fault"])
def test_a_night_that_cannot_begin_is_told(
    what: str, run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path, channel(receiver.url))
    run("nightly", tree, "--ledger", "ledger.db", "--no-alerts")
    if what == "ledger":
        (tmp_path / "ledger.db").write_bytes(b"something else " * 100)
        for leftover in tmp_path.glob("ledger.db-*"):
            leftover.unlink()
    elif what == "key":
        (tmp_path / "ledger.db.key").unlink()
    elif what == "root":
        tree.rename(tmp_path / "away")
    else:

        def fail(*_: Any) -> Any:
            raise RuntimeError("of 13800138000")

        monkeypatch.setattr("scanner.commands.nightly.run_night", fail)
    if what == "fault":
        with pytest.raises(RuntimeError):
            run("nightly", tree, "--ledger", "ledger.db")
    else:
        code, out, _ = run("nightly", tree, "--ledger", "ledger.db")
        assert (code in (1, 2), out) == (True, "")
    assert alerts(receiver) == [("run_failed", "")]
    assert "13800138000" not in receiver.requests[0].body.decode()


def test_a_ledger_among_the_exports_is_not_one(run: Run, tree: Path, tmp_path: Path) -> None:
    words = (tmp_path, "--ledger", "ledger.db", "--metrics", "night.prom", "--output", "night.json")
    assert run("nightly", *words)[0] == 11
    assert run("nightly", *words)[0] == 0
    told = json.loads((tmp_path / "night.json").read_text("utf-8"))
    assert (told["counts"]["seen"], told["counts"]["unchanged"], told["unread"], told["events"]) == (2, 2, [], [])


def test_what_a_channel_does_not_want_is_not_kept_for_later(run: Run, tree: Path, tmp_path: Path, receiver: made.Receiver) -> None:
    configure(tmp_path, channel(receiver.url) + 'events = ["drill_missed"]\n')
    run("nightly", tree, "--ledger", "ledger.db")
    configure(tmp_path, channel(receiver.url))
    run("nightly", tree, "--ledger", "ledger.db")
    assert alerts(receiver) == []


# machines


def test_metrics(run: Run, tree: Path, tmp_path: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    run("nightly", tree, "--ledger", "ledger.db", "--metrics", "leak.prom")
    text = (tmp_path / "leak.prom").read_text("utf-8")
    found = {
        (s.name, *sorted(s.labels.items())): s.value
        for family in parser.text_string_to_metric_families(text)
        for s in family.samples
    }
    assert found[("leakgauge_exit_code",)] == 11
    assert found[("leakgauge_persons",)] == 620
    assert found[("leakgauge_files", ("state", "new"))] == 2
    assert found[("leakgauge_files_over_line", ("reading", "strict"))] == 1
    assert found[("leakgauge_ratio", ("reading", "strict"))] == pytest.approx(2.48)


@pytest.mark.parametrize("kind", ["systemd", "cron"])
def test_a_schedule_says_this_very_command(run: Run, tree: Path, tmp_path: Path, kind: str) -> None:
    configure(tmp_path, "")
    words = ("exports", "--ledger", "ledger.db", "--output", "night.json", "--fail-on", "strict", "--quiet")
    code, out, err = run("nightly", *words, "--print-unit", kind, "--at", "03:30")
    assert (code, err) == (0, "")
    for word in (tree, tmp_path / "ledger.db", tmp_path / "ledger.db.key", tmp_path / "night.json", tmp_path / "leakgauge.toml"):
        assert str(word) in out
    assert "--fail-on strict --quiet --no-progress" in out
    assert ("OnCalendar=*-*-* 03:30:00" if kind == "systemd" else "30 3 * * * nice") in out
    assert not (tmp_path / "ledger.db").exists(), "nothing is scanned"


def test_a_url_stays_in_the_environment(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKGAUGE_LEDGER", "postgresql://scan:hidden@db/ledger")
    code, out, _ = run("nightly", tree, "--key", "k", "--print-unit", "cron")
    assert code == 0
    assert "hidden" not in out
    assert "--ledger" not in out


def test_a_task_for_windows_is_written_as_it_must_be_stored(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("scanner.schedule.PureWindowsPath", Path)  # the test's own paths are not those of Windows
    assert main(["nightly", str(tree), "--ledger", str(tree / "l.db"), "--print-unit", "windows"]) == 0
    out = capsysbinary.readouterr().out
    assert out[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = out.decode("utf-16")
    assert "T02:00:00" in text
    assert str(tree) in text


def test_a_scan_does_not_pay_for_the_database() -> None:
    program = "import sys, scanner.cli; print(*sorted({'sqlalchemy', 'alembic', 'httpx', 'psycopg'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout == "\n"


def test_a_report_fits_both_languages(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No list of the report is without words in one of them: every kind of event at once."""
    kinds = []
    real = nightly_terminal.event_words

    def watched(event: Any, lang: Lang) -> str:
        kinds.append((event.kind, lang))
        return real(event, lang)

    monkeypatch.setattr(nightly_terminal, "event_words", watched)
    for lang in ("zh", "en"):
        ledger = f"{lang}.db"
        run("nightly", tree, "--ledger", ledger, "--lang", lang)
        (tree / "broken.zip").write_bytes(b"PK\x03\x04 damaged")
        (tree / "wrong.jpg").write_bytes((tree / "hr" / "staff.csv").read_bytes() + b"\n")
        (tree / "copy.csv").write_bytes((tree / "crm" / "customers.csv").read_bytes())
        export(tree / "hr" / "staff.csv", PEOPLE[:350])
        (tree / "crm" / "customers.csv").rename(tree / "moved.csv")
        run("nightly", tree, "--ledger", ledger, "--lang", lang)
        for name in ("broken.zip", "wrong.jpg", "copy.csv"):
            (tree / name).unlink()
        (tree / "moved.csv").rename(tree / "crm" / "customers.csv")
        export(tree / "hr" / "staff.csv", PEOPLE[600:620])
        run("nightly", tree, "--ledger", ledger, "--lang", lang)
    told = {kind for kind, lang in kinds if lang == "zh"}
    assert told == {kind for kind, lang in kinds if lang == "en"}
    assert told >= {"new_over_line", "grew_over_line", "first_category", "unread", "wrong_name", "moved", "copied", "gone"}
