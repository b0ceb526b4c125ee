"""One person's folder added up: sums, timeline, marks, answers, sources; and no value of anybody in any form of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import scanner
from fixtures.makers import offboarding
from fixtures.makers.offboarding import CHINA, Made
from scanner.cli import main
from scanner.config import Settings
from scanner.errors import UsageError
from scanner.keyed_hash import Key
from scanner.law.loader import load_instruments
from scanner.law.model import READINGS, Facts
from scanner.ledger import Ledger
from scanner.ledger.facts import Content, File, Identity, Judged, timestamp
from scanner.ledger.key import key_id, make_key
from scanner.ledger.packing import pack
from scanner.offboard import timeline
from scanner.offboard.checklist import Answers, questions
from scanner.offboard.dossier import Examination, Request, examine
from scanner.offboard.hours import hours, local, offset
from scanner.offboard.identifiers import Identifiers
from scanner.offboard.model import Dossier
from scanner.offboard.timeline import Dated
from scanner.reports import dossier_words, verify_words
from scanner.reports.dossier_html import as_html
from scanner.reports.dossier_json import dossier_json, dumps_dossier
from scanner.reports.dossier_terminal import dossier_text

DAY = date(2026, 11, 1)
SINCE = date(2026, 10, 1)
SETTINGS = Settings(key=Key(3, 4), on=DAY)
Run = Callable[..., tuple[int, str, str]]


class Remembered:
    """A company export as a ledger would hand it out."""

    def __init__(self, path: Path) -> None:
        self.report = scanner.scan(path, settings=SETTINGS)
        self.path, self.digest, self.owner = path.name, "", "crm"
        self.seen, self.persons = datetime(2026, 7, 1, tzinfo=UTC), self.report.persons.all

    def identifiers(self) -> Identifiers:
        return Identifiers.of(self.report.tally)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return offboarding.write(tmp_path_factory.mktemp("person"))


def examined(made: Made, **words: Any) -> Examination:
    remembered = words.pop("remembered", None)
    paths = tuple(str(made.home / name) for name in words.pop("folders", ("",)))
    request = Request(person="E-17", since=SINCE, paths=paths, zone=CHINA, facts=Facts(on=DAY), **words)
    return examine(request, SETTINGS, remembered, key_id="0badf00d")


@pytest.fixture(scope="module")
def examination(made: Made) -> Examination:
    remembered = [Remembered(made.exports / name) for name in ("customers.xlsx", "owners.csv")]
    return examined(made, remembered=remembered)


@pytest.fixture(scope="module")
def dossier(examination: Examination) -> Dossier:
    return examination.dossier


def named(dossier: Dossier, end: str) -> Any:
    (file,) = (file for file in dossier.files if file.path.endswith(end))
    return file


def test_sums_are_those_of_one_scan_and_nobody_counts_twice(made: Made, dossier: Dossier) -> None:
    whole = scanner.scan(made.home, facts=Facts(act="obtain", on=DAY), settings=SETTINGS)
    assert dossier.whole.persons == whole.persons
    assert dossier.whole.persons.all == made.persons
    assert sum(file.persons for file in dossier.files) > made.persons
    assert dossier.whole.obtain == whole.assessment
    provided = scanner.scan(made.home, facts=Facts(act="provide", on=DAY), settings=SETTINGS)
    assert dossier.whole.provide == provided.assessment


def test_obtaining_is_not_halved_and_providing_is(dossier: Dossier) -> None:
    obtain, provide = dossier.whole.obtain.readings["prevailing"], dossier.whole.provide.readings["prevailing"]
    assert obtain.E == provide.E
    assert obtain.line == 2 * provide.line == 5000
    assert dossier.whole.answered is None


def test_the_window_and_everything_stand_side_by_side(made: Made, dossier: Dossier) -> None:
    assert [file.path for file in dossier.files if file.older] == [
        str(made.home / "Archive" / n) for n in ("club.csv", "notes.txt")
    ]
    assert (dossier.window.files, dossier.whole.files) == (6, 8)
    club = named(dossier, "club.csv").persons
    # two members' phones stand in the window's files as well
    assert dossier.window.persons.all == dossier.whole.persons.all - club + 2


def test_an_old_file_that_came_lately_is_marked(made: Made, dossier: Dossier) -> None:
    club = named(dossier, "club.csv")
    assert club.arrived == (club.created is not None and club.created >= datetime(2026, 10, 1, tzinfo=CHINA))


def test_the_timeline_ends_in_the_sum(dossier: Dossier) -> None:
    assert [step.start.isoformat() for step in dossier.steps] == [
        "2025-03-03",
        "2026-10-12",
        "2026-10-13",
        "2026-10-14",
        "2026-10-16",
        "2026-10-17",
    ]
    assert sum(step.new for step in dossier.steps) == dossier.whole.persons.all == dossier.steps[-1].persons
    assert sum(file.new for file in dossier.files) == dossier.whole.persons.all
    assert {name: dossier.whole.obtain.readings[name].E for name in READINGS} == dossier.steps[-1].E
    for name in READINGS:
        grown = [step.E[name] for step in dossier.steps]
        assert grown == sorted(grown)
    assert named(dossier, "holiday list.csv").new == 0


def test_the_files_that_carry_the_sum_make_it_up(made: Made, dossier: Dossier) -> None:
    last = dossier.carriers[-1]
    assert last.persons == dossier.whole.persons.all
    assert last.E["prevailing"] == dossier.whole.obtain.readings["prevailing"].E
    paths = [carrier.path for carrier in dossier.carriers]
    copies = {str(made.home / "Documents" / "clients.csv"), str(made.home / "Desktop" / "holiday list.csv")}
    assert len(copies.intersection(paths)) == 1  # the copy adds nothing
    adds = [
        after.E["prevailing"] - before
        for before, after in zip([0, *(c.E["prevailing"] for c in dossier.carriers)], dossier.carriers, strict=False)
    ]
    assert adds == sorted(adds, reverse=True)


def test_carriers_are_found_greedily_and_stop(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "CARRIERS", 2)
    found = examined(made).dossier
    assert len(found.carriers) == 2
    assert found.carriers[0].path.endswith(".jpg")  # 120 ID numbers with name and address outweigh 1,187 phones


def test_many_days_go_by_months(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "DAYS", 2)
    found = examined(made).dossier
    assert [step.start.isoformat() for step in found.steps] == ["2025-03-01", "2026-10-01"]
    assert found.steps[-1].persons == found.whole.persons.all


def test_new_persons_do_not_depend_on_the_order_of_files(dossier: Dossier) -> None:
    files = [Dated(f.path, f.modified.date(), f.report.tally) for f in dossier.files if f.report and f.report.persons]
    total = scanner.tally.Tally.sum(file.tally for file in files)
    assert timeline.new_persons(files, total) == timeline.new_persons(files[::-1], total)


def test_what_stands_out_is_marked(made: Made, dossier: Dossier) -> None:
    assert [gap.part for gap in named(dossier, "backup.zip").locked] == ["customers.csv"]
    assert [note.said.code for note in named(dossier, ".jpg").notes] == ["other_format"]
    assert named(dossier, "joined.csv").outside  # 23:40
    assert named(dossier, "holiday list.csv").outside  # a Saturday
    assert not named(dossier, "clients.csv").outside
    (copies,) = dossier.copies
    assert copies.paths == (str(made.home / "Desktop" / "holiday list.csv"), str(made.home / "Documents" / "clients.csv"))
    assert (copies.named_apart, copies.typed_apart) == (True, False)
    assert [gap.reason for gap in dossier.unread] == ["password"]


def test_an_archive_that_a_password_opens_counts(made: Made, tmp_path: Path) -> None:
    pyzipper = pytest.importorskip("pyzipper")
    home = tmp_path / "home"
    home.mkdir()
    with pyzipper.AESZipFile(home / "a.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"sesame")
        archive.writestr("clients.csv", (made.home / "Documents" / "clients.csv").read_bytes())
    passwords = tmp_path / "passwords.txt"
    passwords.write_text("wrong\nsesame\n")
    request = Request(person="x", since=SINCE, paths=(str(home),))
    assert examine(request, Settings()).dossier.whole.persons.all == 0
    assert examine(request, Settings(password_file=passwords)).dossier.whole.persons.all == 1187


def test_the_sources_are_named(dossier: Dossier) -> None:
    clients, joined = named(dossier, "clients.csv").lineage, named(dossier, "joined.csv").lineage
    (source,) = clients.sources
    assert (source.path, source.of_remembered, source.persons) == ("customers.xlsx", 1187, 1200)
    assert [(s.path, s.new) for s in joined.sources] == [("owners.csv", 300), ("customers.xlsx", 200)]
    assert [s.path for s in named(dossier, ".jpg").lineage.sources] == ["owners.csv"]
    club = named(dossier, "club.csv").lineage
    assert (club.sources, club.few) == ((), (("customers.xlsx", 2),))
    assert named(dossier, "sent.eml").lineage is None
    assert "1,187 of the 1,200 persons of customers.xlsx" in dossier_text(dossier, "en", width=400)
    assert "含有 customers.xlsx 的 1,200 人中的 1,187 人" in dossier_text(dossier, "zh", width=400)


@pytest.mark.parametrize(
    ("answers", "facts"),
    [
        (Answers(recipients=3), {"act": "provide", "recipients": 3, "insider": True}),
        (Answers(recipients=1, act="sell", gains=9000, on_duty="no"), {"act": "sell", "gains": 9000, "insider": False}),
        (Answers(recipients=2, purpose="business"), {"act": "provide", "recipients": 2, "purpose": None}),
    ],
)
def test_answers_that_the_law_knows_change_the_sums(made: Made, answers: Answers, facts: dict[str, object]) -> None:
    stated = examined(made, answers=answers, folders=("Mail",)).dossier.whole.answered
    assert stated is not None
    assert {name: getattr(stated.facts, name) for name in facts} == facts
    expected = scanner.scan(made.home / "Mail", facts=replace(Facts(on=DAY), **facts), settings=SETTINGS)
    assert stated == expected.assessment


def test_answers_without_recipients_change_what_was_obtained(made: Made) -> None:
    found = examined(made, answers=Answers(gains=60_000, recipients=0), folders=("Mail",)).dossier.whole
    assert found.answered is None
    assert found.obtain.readings["prevailing"].verdict == "especially_serious"


def test_answers_that_the_law_does_not_know_are_told_with_their_place(made: Made) -> None:
    answers = Answers(prior_record="administrative", consent="no", knowledge="yes")
    found = examined(made, answers=answers, folders=("Mail",)).dossier
    assert found.whole == examined(made, folders=("Mail",)).dossier.whole
    told = {each.question.id: each.follows.cite.article for each in found.checklist if each.follows}
    assert told == {"prior_record": "第五条第一款第九项", "consent": "第三条第二款", "knowledge": "第五条第一款第二项"}
    assert "no number applies (法释〔2017〕10号 第五条第一款第九项)" in dossier_text(found, "en", width=400)


def test_the_checklist_asks_for_all_that_no_file_shows() -> None:
    assert {question.id for question in questions()} == {passage.id for passage in load_instruments().silent}
    for question in questions():
        default = getattr(Answers(), question.id)
        assert default in (None, "unknown")
        assert question.answers
        for name in question.answers:
            assert (
                name in ("number", "none")
                or name in str(Answers.__annotations__[question.id])
                or "YesNo" in str(Answers.__annotations__[question.id])
            )


def test_selling_needs_somebody_to_sell_to(made: Made) -> None:
    with pytest.raises(UsageError, match="recipients"):
        examined(made, answers=Answers(act="sell"))


def test_no_value_is_in_any_form(made: Made, examination: Examination) -> None:
    dossier = examination.dossier
    forms = [render(dossier, lang) for render in (as_html, dossier_text, dumps_dossier) for lang in ("zh", "en")]
    text = "\n".join([*forms, repr(dossier), *examination.manifest])
    assert len(made.values) > 5000
    begins: dict[str, list[str]] = {}
    for value in made.values:
        begins.setdefault(value[:3], []).append(value)
    seen = sum(text.startswith(value, at) for at in range(len(text)) for value in begins.get(text[at : at + 3], ()))
    assert seen == 0  # the number only: a failing test must not print what it guards


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "style") or name.startswith("on")]


def test_names_of_files_cannot_write_into_the_page(tmp_path: Path, made: Made) -> None:
    if sys.platform == "win32":
        pytest.skip("such names cannot be there")
    home = tmp_path / "home"
    home.mkdir()
    data = (made.home / "Documents" / "clients.csv").read_bytes()
    evil = '<img src=x onerror=alert(1)>"&\x1b[2J\u202efdp.csv'
    (home / evil).write_bytes(data)
    (home / os.fsdecode(b"\xff.csv")).write_bytes(data)
    found = examine(Request(person="<script>x</script>", since=SINCE, paths=(str(home),)), Settings()).dossier
    text = as_html(found, "zh")
    page = Page()
    page.feed(text)
    assert not {"img", "script", "link", "iframe"}.intersection(page.tags)
    assert page.loads == []
    assert "&lt;script&gt;x" in text
    for form in (text, dossier_text(found, "en"), dumps_dossier(found)):
        assert "\x1b" not in form
        assert "\u202e" not in form
        form.encode("utf-8")
    assert json.loads(dumps_dossier(found))["copies"][0]["paths"]


def test_nothing_in_it_calls_anybody_guilty_or_anything_safe(dossier: Dossier) -> None:
    for lang, words in (
        ("zh", ("构成犯罪", "犯罪嫌疑", "是安全的", "均合法", "无风险")),
        ("en", ("is guilty", "is safe", "legal.", "no risk")),
    ):
        for form in (as_html(dossier, lang), dossier_text(dossier, lang)):  # type: ignore[arg-type]
            assert not [word for word in words if word in form]
            assert ("不认定任何人有罪" if lang == "zh" else "finds nobody guilty") in form.replace("\n  ", " ")


def test_words_have_the_same_places_in_both_languages() -> None:
    for words in (dossier_words.WORDS, verify_words.WORDS):
        for key, (zh, en) in words.items():
            fields = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in (zh, en)]
            assert fields[0] == fields[1], key


def test_json_says_what_the_dossier_holds(dossier: Dossier) -> None:
    told = dossier_json(dossier, "en", 11)
    assert told["schema"] == "leakgauge-offboard/1"
    assert told["everything"]["obtain"]["readings"]["strict"]["E"] == dossier.whole.obtain.readings["strict"].E
    assert told["everything"]["if_provided"]["act"] == "provide"
    assert told["everything"]["as_answered"] is None
    assert [file["path"] for file in told["files"]] == [file.path for file in dossier.files]
    assert told["evidence"]["manifest_sha256"] == dossier.manifest
    assert {each["id"] for each in told["checklist"]} == {question.id for question in questions()}


@pytest.mark.parametrize(
    ("span", "days", "moment", "outside"),
    [
        ("08:00-20:00", "mon-fri", "2026-10-12T08:00", False),
        ("08:00-20:00", "mon-fri", "2026-10-12T20:00", True),
        ("08:00-20:00", "mon-fri", "2026-10-17T11:00", True),
        ("08:00-20:00", "mon,sat", "2026-10-17T11:00", False),
        ("22:00-06:00", "mon-fri", "2026-10-17T05:00", False),  # the shift that began on Friday
        ("22:00-06:00", "mon-fri", "2026-10-12T05:00", True),
        ("22:00-06:00", "fri-mon", "2026-10-12T23:00", False),
        ("00:00-24:00", "mon-sun", "2026-10-18T23:59", False),
    ],
)
def test_working_hours(span: str, days: str, moment: str, outside: bool) -> None:
    assert hours(span, days).outside(datetime.fromisoformat(moment)) is outside


@pytest.mark.parametrize(
    "words", [("8-20", "mon-fri"), ("08:00-08:00", "mon-fri"), ("08:00-24:30", "mon-fri"), ("08:00-20:00", "work")]
)
def test_words_that_are_no_hours_are_refused(words: tuple[str, str]) -> None:
    with pytest.raises(UsageError):
        hours(*words)


def test_times_of_any_file_have_a_place_in_the_calendar() -> None:
    assert local(0, CHINA) == datetime(1970, 1, 1, 8, tzinfo=CHINA)
    assert local(-(10**9) * 86_400, UTC).year == 1969
    assert (local(2**63 - 1, UTC).year, local(10**21, UTC).year, local(-(10**21), UTC).year) == (2262, 9999, 1)
    assert offset("-0330") == timezone(-timedelta(hours=3, minutes=30))
    with pytest.raises(UsageError):
        offset("CST")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def call(*words: str | Path) -> tuple[int, str, str]:
        code = main(["offboard", "--person", "E-17", "--since", "2026-10-01", "--on", "2026-11-01", *map(str, words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_the_exit_code_is_that_of_a_scan_and_a_what_if_decides_nothing(made: Made, run: Run, tmp_path: Path) -> None:
    code, out, err = run(made.home, "--lang", "en", "--utc-offset", "+08:00")
    assert (code, err) == (11, "")  # prevailing: 3,561 of 5,000, though of 2,500 if provided
    assert out.startswith("Offboarding dossier: E-17")
    assert run(made.home, "--recipients", "1")[0] == 12
    assert run(made.home / "Mail", "--fail-on", "none")[0] == 0
    assert run(made.home / "backup.zip")[0] == 3
    assert run(made.home / "Archive" / "notes.txt")[0] == 0


def test_the_form_follows_the_name_of_the_output(made: Made, run: Run, tmp_path: Path) -> None:
    folder = made.home / "Mail"
    for name, begins in (
        ("d.html", "<!DOCTYPE html>"),
        ("d.json", '{\n "schema": "leakgauge-offboard/1"'),
        ("d.txt", "离职检查档案"),
    ):
        code, out, _ = run(folder, "--output", tmp_path / name, "--lang", "zh")
        assert (code, out) == (10, "")
        assert (tmp_path / name).read_text("utf-8").startswith(begins)


def test_manifest_and_dossier_name_the_same_digest(made: Made, run: Run, tmp_path: Path) -> None:
    run(made.home, "--output", tmp_path / "d.json", "--manifest", tmp_path / "m.jsonl")
    told = json.loads((tmp_path / "d.json").read_text("utf-8"))
    lines = (tmp_path / "m.jsonl").read_text("ascii").splitlines()
    assert json.loads(lines[-1])["sha256_of_lines"] == told["evidence"]["manifest_sha256"]
    head = json.loads(lines[0])
    assert (head["person"], head["since"], head["files"]) == ("E-17", "2026-10-01", 8)
    assert {"leakgauge", "law"} <= head["versions"].keys()
    assert main(["verify", str(tmp_path / "m.jsonl")]) == 0


def test_nothing_may_be_written_where_the_files_are(made: Made, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = shutil.copytree(made.home, tmp_path / "home")
    before = sorted(home.rglob("*"))
    inner = home / "Documents"
    (tmp_path / "way").symlink_to(inner) if sys.platform != "win32" else None
    for words in (
        ("--output", inner / "d.html"),
        ("--manifest", home / "m.jsonl"),
        ("--output", tmp_path / "way" / "d.html"),
        ("--output", tmp_path / "x", "--manifest", tmp_path / "x"),
    ):
        code, _, err = run(home, *words)
        assert (code, err.count("\n")) == (2, 1)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(inner))
    code, _, err = run(home)
    assert code == 2
    assert "temporary" in err
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere",),
        (".", "--ledger", "https://example.com/x"),
        (".", "--since", "yesterday"),
        (".", "--hours", "late"),
        (".", "--utc-offset", "china"),
        (".", "--ledger", "l.db"),
        (".", "--key", "k"),
        (".", "--act", "sell"),
        (".", "--output", "none/d.html"),
    ],
)
def test_mistakes_end_in_one_sentence(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("leakgauge: ")


def test_sources_come_from_the_ledger(made: Made, run: Run, tmp_path: Path) -> None:
    """Remembered as a nightly run remembers it, and compared under its key."""
    ledger, key = tmp_path / "ledger.db", make_key(tmp_path / "ledger.db.key")
    settings = Settings(key=key, on=DAY)
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with Ledger(str(ledger), writer=True) as store:
        number = store.begin(timestamp(now), [str(made.exports)], {}, "s", key_id(key))
        for report in scanner.scan(made.exports, settings=settings).files:
            identity = Identity(hashlib.sha256(Path(report.path).read_bytes()).hexdigest(), "", "s", key_id(key))
            judged = Judged.of({"provide": report.assessment.readings})
            counted = (report.records, report.persons, judged, (), pack(report.tally))
            content = Content(identity, report.bytes, timestamp(now), {}, "read", [], [], [], *counted)
            folder = str(made.exports)
            store.put(
                number, timestamp(now), File(report.path, folder, folder, "x", report.bytes, timestamp(now), "CRM team"), content
            )
        store.finish(number, timestamp(now), {})
    words = (made.home / "Documents", "--ledger", ledger, "--output", tmp_path / "d.json")
    assert run(*words)[0] == 11
    told = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert (told["compared_with"], told["evidence"]["key_id"]) == (2, key_id(key))
    (source,) = told["files"][0]["lineage"]["sources"]
    assert source["path"] == str(made.exports / "customers.xlsx")
    assert (source["of_remembered"], source["persons"], source["owner"], source["exact"]) == (1187, 1200, "CRM team", True)
    assert (tmp_path / "d.json").read_text("utf-8").count(f"{key.k0:016x}") == 0
    (tmp_path / "other.key").write_text("# other\n" + "0" * 31 + "1\n")
    (tmp_path / "other.key").chmod(0o600)
    run(*words, "--key", tmp_path / "other.key")
    assert json.loads((tmp_path / "d.json").read_text("utf-8"))["compared_with"] == 0
    code, _, err = run(made.exports, tmp_path, "--ledger", ledger)
    assert code == 2
    assert "lies in the examined paths" in err


def test_without_a_file_there_is_nothing_to_say(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, _ = run(tmp_path / "empty", "--lang", "en")
    assert code == 0
    assert "0 file(s), 0 person(s)" in out
