"""Reports: the words, what must never be said, hostile names, JSON against its published schema, exit codes."""

from __future__ import annotations

import json
import re
import string
from copy import deepcopy
from dataclasses import fields as fields_of
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import report_factory as made
from rich.cells import cell_len

import scanner
from detectors.base.matches import Evidence
from detectors.base.sentence import Sentence
from scanner.config import Lang
from scanner.law.model import Assessment, CategoryNote, Facts, People, PeopleLine, PolicyResult, ReadingResult, Swing
from scanner.law.pages import fixed_sentences
from scanner.model import REASONS, FileReport, Finding, Inside, Note, Report, TableReport, TallyLine, Unread
from scanner.plain import json_fit, plain, times, title
from scanner.reports.gaps_zh import REASONS_ZH
from scanner.reports.json_v1 import as_json, dumps
from scanner.reports.messages import MESSAGES
from scanner.reports.outcome import Outcome, exit_code, outcome
from scanner.reports.paragraph import wrap
from scanner.reports.terminal import as_text
from scanner.reports.titles import kind_title

ROOT = Path(__file__).parents[1]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "leakgauge-1.schema.json").read_text("utf-8"))
LANGS: tuple[Lang, ...] = ("zh", "en")
REPORTS = {"founding": made.founding(), "empty": made.empty(), "locked": made.locked(), "tenfold": made.judged_as(48, 12, 5)}


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_both_languages_say_the_same_things() -> None:
    assert MESSAGES["zh"].keys() == MESSAGES["en"].keys()
    for key in MESSAGES["zh"]:
        assert fields(MESSAGES["zh"][key]) == fields(MESSAGES["en"][key]), key


def test_every_message_is_used() -> None:
    folder = ROOT / "scanner" / "reports"
    code = "".join(p.read_text("utf-8") for p in folder.glob("*.py") if not p.name.startswith("messages_"))
    composed = (
        "verdict_word_",
        "evidence_",
        "tier_",
        "status_",
        "act_",
        "purpose_",
        "note_",
        "measure_",
        "strict",
        "prevailing",
        "lenient",
    )
    unused = [key for key in MESSAGES["en"] if f'"{key}"' not in code and not key.startswith(composed)]
    assert not unused


def test_every_reason_has_chinese_words() -> None:
    assert REASONS_ZH.keys() == REASONS.keys()


@pytest.mark.parametrize("lang", LANGS)
def test_no_message_calls_anything_safe(lang: Lang) -> None:
    for key, text in MESSAGES[lang].items():
        if key != "purpose_business":  # the caller's own claim
            assert not re.search(r"\b(safe|legal|harmless|clean)\b|安全|合法|放心|无风险", text, re.IGNORECASE), key


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", REPORTS)
def test_estimate_and_punishability_are_always_said(name: str, lang: Lang) -> None:
    for quiet in (False, True):
        text = as_text(REPORTS[name], lang, quiet=quiet, width=4000)
        for sentence in fixed_sentences(lang):
            assert sentence in text
        assert "治安管理处罚法" in text


@pytest.mark.parametrize(
    ("lang", "first"),
    [
        ("zh", "从严口径：已达入罪标准的 4.8 倍（情节严重）"),
        ("en", "Strict reading: 4.8 times the criminal line (serious circumstances)"),
    ],
)
def test_founding_case_opens_with_the_verdict(lang: Lang, first: str) -> None:
    text = as_text(made.founding(), lang)
    assert text.splitlines()[0] == first
    assert all(number in text for number in ("0.48", "0.24", "12,000", "1,200"))
    assert "110***********002X" in text


def test_head_fits_a_glance() -> None:
    text = as_text(made.founding(), "zh")
    assert text.splitlines().index("三种口径") <= 20


def test_gains_that_weigh_more_are_named() -> None:
    judged = made.assessment(made.reading(n5=250, gains_ratio=2.0), made.reading(n5=250), made.reading(n5=250))
    text = as_text(made.report((made.file_report("a.csv", judged),), judged), "zh")
    assert text.splitlines()[0] == "从严口径：已达入罪标准的 2 倍（情节严重），按违法所得"


def test_no_quantity_line_is_not_said_to_be_reached() -> None:
    bare = replace(made.reading(n5=100), line=0, left={}, left_tenfold={}, left_upgraded={})
    judged = made.assessment(bare, bare, bare)
    text = as_text(made.report((made.file_report("a.csv", judged),), judged), "en")
    assert "no quantity is a line here (Art. 6)" in text
    assert "serious: reached" not in text


def test_records_that_a_graver_tier_would_take_over_the_line() -> None:
    assert "serious already if 14 of these count under item 3" in as_text(made.founding(), "en", width=400)


def test_below_the_line_says_it_is_still_punishable() -> None:
    assert "同样可受处罚" in as_text(made.judged_as(0.5, 0.1, 0.1), "zh").splitlines()[0]
    assert "still punishable" in as_text(made.judged_as(0.5, 0.1, 0.1), "en").splitlines()[0]


@pytest.mark.parametrize("lang", LANGS)
def test_unread_is_never_hidden(lang: Lang) -> None:
    for quiet in (False, True):
        text = as_text(made.locked(), lang, quiet=quiet)
        assert "secret.xlsx" in text
        assert MESSAGES[lang]["unread"] in text
    assert "1" in as_text(made.locked(), lang).splitlines()[0]


def test_unread_with_findings_shows_in_the_head() -> None:
    gap = Unread("locked.xlsx", "Sheet2", "password")
    judged = made.founding().assessment
    report = made.report((made.file_report("a.xlsx", judged, unread=(gap,)),), judged)
    head = as_text(report, "en").split("Three readings")[0]
    assert "1 part(s) could not be read" in head


def test_many_files_graver_first_and_the_rest_summed_up() -> None:
    grave = made.founding().assessment
    files = tuple(made.file_report(f"f{n}.csv", made.nothing()) for n in range(300))
    text = as_text(made.report((*files, made.file_report("grave.csv", grave)), grave), "en", width=120)
    listing = text.split("\nFiles\n")[1]
    assert "grave.csv" in listing.splitlines()[2]
    assert "The other 300 file(s): 300 nothing counted." in listing
    assert len(text.splitlines()) < 120


def test_why_shows_refused_columns() -> None:
    assert "no header or value test announces a kind" not in as_text(made.founding(), "en")
    assert "no header or value test announces a kind" in as_text(made.founding(), "en", why=True, width=200)


def test_suspect_column_is_told() -> None:
    column = replace(
        made.COLUMNS[1],
        kind=None,
        hits=0,
        invalid=900,
        why=Sentence("suspect.check_digits", "91% 的校验位不正确", "91 % of the check digits fail"),
    )
    file = made.file_report("a.csv", made.nothing(), columns=(column, made.COLUMNS[0]))
    assert "91 % of the check digits fail" in as_text(made.report((file,), made.nothing()), "en", width=200)


HOSTILE = "a\x1b[2J\x1b]0;x\x07\u202egnp.\u2066\x9b31m[bold red]b[/bold red]\r\nfake verdict\u200b\udcff.csv"


@pytest.mark.parametrize("lang", LANGS)
def test_names_from_files_cannot_drive_the_terminal(lang: Lang) -> None:
    judged = made.founding().assessment
    columns = tuple(replace(c, header=HOSTILE, example=HOSTILE, why=Sentence("allowed", HOSTILE, HOSTILE)) for c in made.COLUMNS)
    gap = Unread(HOSTILE, HOSTILE, "damaged", HOSTILE)
    file = made.file_report(HOSTILE, judged, unread=(gap,), columns=columns)
    notes = (Note(HOSTILE, HOSTILE, Sentence("other_format", HOSTILE, HOSTILE)),)
    file = replace(file, notes=notes, tables=tuple(replace(t, name=HOSTILE, hidden=HOSTILE) for t in file.tables))
    text = as_text(made.report((file,), judged), lang, why=True, width=4000)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "[bold red]b[/bold red]" in text  # shown as it is, not obeyed
    assert not re.search(r"^fake verdict", text, re.MULTILINE)
    raw = dumps(made.report((file,), judged))
    assert not re.search(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", raw)
    assert json.loads(raw)["files"][0]["path"] == HOSTILE


def test_plain() -> None:
    assert plain("a\x1b[1mb") == "a\\x1b[1mb"
    assert plain("甲\n乙\t丙") == "甲 乙 丙"
    assert plain("abc\u202etxt") == "abc\\u202etxt"
    assert plain("x" * 10, 4) == "xxx…"
    assert plain("客户（姓名）Ａ é") == "客户（姓名）Ａ é"


@pytest.mark.parametrize("width", [20, 41, 100])
def test_lines_break_as_people_write_them(width: int) -> None:
    text = "按 1,200 人计，均未达到；如向境外提供（100,000 人）。（法释〔2017〕10号 第五条）告警以从严口径为准。" * 3
    lines = list(wrap(text, width))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)
    assert not [line for line in lines if line[0] in "。，；：）〕" or line[-1] in "（〔"]
    assert any("100,000" in line for line in lines)
    assert list(wrap("x" * 50, 40)) == ["x" * 40, "x" * 10]
    assert list(wrap("", 40)) == [""]


def test_a_title_that_is_a_value_is_masked() -> None:
    assert title("手机号") == "手机号"
    assert title("2026-09-01") == "2026-09-01"
    masked = title("18612340000")
    assert "1234" not in masked
    assert masked.startswith("186")
    assert title("li.si@example.com") == "l***@example.com"


def test_json_fit_keeps_json() -> None:
    text = json.dumps("a\u202e\x9b\udcff\u2028甲", ensure_ascii=False)
    assert json.loads(json_fit(text)) == "a\u202e\x9b\udcff\u2028甲"


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(4.8, "4.8"), (0.48, "0.48"), (0.29, "0.29"), (0.9999, "0.99"), (1.0, "1"), (9.999, "9.99"), (10.0, "10"), (100.0, "100")]
    + [(1234.5, "1,234"), (0.0, "0"), (0.004, "0.004"), (1e-9, "<0.001"), (2.0, "2"), (1e-17 + 0.24, "0.24")],
)
def test_ratios_are_cut_not_rounded_up(ratio: float, shown: str) -> None:
    assert times(ratio) == shown


def test_unknown_kinds_are_shown_by_name() -> None:
    assert kind_title("house_badge", "zh") == "house_badge"
    assert kind_title("minor_under_14", "zh") == "不满十四周岁"


# exit codes


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (made.empty(), Outcome.NOTHING),
        (made.locked(), Outcome.UNREAD),
        (made.judged_as(0.9, 0.9, 0.1), Outcome.PERSONAL),
        (made.judged_as(1.0, 0.9, 0.1), Outcome.STRICT),
        (made.judged_as(48, 0.9, 0.1), Outcome.STRICT),
        (made.judged_as(48, 1.0, 0.1), Outcome.PREVAILING),
        (made.judged_as(48, 9.9, 0.1), Outcome.PREVAILING),
        (made.judged_as(48, 10.0, 0.1), Outcome.TENFOLD),
    ],
)
def test_outcome(report: Report, expected: Outcome) -> None:
    assert outcome(report) is expected
    assert exit_code(report) == int(expected)


def with_unread(report: Report) -> Report:
    return replace(report, unread=(Unread("x", "", "damaged"),))


@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [
        ("none", (0, 0, 0, 0, 0, 0)),
        ("personal", (0, 3, 10, 11, 12, 13)),
        ("strict", (0, 3, 0, 11, 12, 13)),
        ("prevailing", (0, 3, 0, 0, 12, 13)),
        ("tenfold", (0, 3, 0, 0, 0, 13)),
    ],
)
def test_fail_on(fail_on: Any, codes: tuple[int, ...]) -> None:
    reports = (made.empty(), made.locked(), *(made.judged_as(*r, 0) for r in ((0.5, 0.1), (2, 0.5), (20, 2), (90, 20))))
    assert tuple(exit_code(report, fail_on) for report in reports) == codes
    expected = tuple(code if code > 3 else 0 if fail_on == "none" else 3 for code in codes)
    assert tuple(exit_code(with_unread(report), fail_on) for report in reports) == expected


@pytest.mark.parametrize("fail_on", ["none", "personal", "tenfold"])
def test_interrupted_is_a_failure(fail_on: Any) -> None:
    report = replace(made.founding(), interrupted=True)
    assert exit_code(report, fail_on) == 1
    assert as_text(report, "zh").splitlines()[0] == MESSAGES["zh"]["interrupted"]


# JSON


def closed(schema: Any) -> Any:
    """The schema with no key allowed that it does not describe."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if "properties" in out and "required" in out:
        out["additionalProperties"] = False
    return out


def test_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", LANGS)
def test_output_fits_the_schema(name: str, lang: Lang) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(dumps(REPORTS[name], lang)))


def test_every_key_is_described() -> None:
    schema = closed(SCHEMA)
    schema["properties"]["unread"]["items"] = {"type": "object"}  # allOf of two closed objects allows nothing
    for report in REPORTS.values():
        jsonschema.Draft202012Validator(schema).validate(json.loads(dumps(report)))


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in [(*at, k), *paths_of(v, (*at, k))]]
    return paths_of(value[0], (*at, 0)) if isinstance(value, list) and value else []


FREE = {
    "versions",
    "left",
    "left_tenfold",
    "left_upgraded",
    "parameters",
    "by_category",
    "tiers",
    "standards",
}  # keys are data there


def test_schema_fails_on_any_missing_key() -> None:
    gap = Unread("a.xlsx", "Sheet2", "password")
    judged = made.founding().assessment
    note = Note("a.xlsx", "b.csv", Sentence("other_format", "内容是工作簿", "content is a workbook"))
    file = replace(made.file_report("a.xlsx", judged, unread=(gap,)), notes=(note,))
    words = json.loads(dumps(made.report((file,), judged)))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(words)
    for path in paths_of(words):
        if path[-1] == 0 or (FREE & set(path[:-1]) and path[-1] not in ("tier", "entries")):
            continue
        broken = deepcopy(words)
        parent = broken
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
        assert not validator.is_valid(broken), path


def test_schema_lists_every_word() -> None:
    assert SCHEMA["$defs"]["unread"]["properties"]["reason"]["enum"] == list(REASONS)
    assert SCHEMA["$defs"]["column"]["properties"]["evidence"]["items"]["enum"] == [str(f.name).lower() for f in Evidence if f]


def test_json_tells_all_that_the_report_holds() -> None:
    words = as_json(made.founding())
    whole, file = words["assessment"], words["files"][0]
    table = file["tables"][0]
    said = [
        (Report, words | {"lines": words["tally"]}, {"tally"}),
        (FileReport, file, {"tally"}),
        (TableReport, table, set()),
        (Finding, table["columns"][0], set()),
        (Inside, table["inside"][0], set()),
        (Unread, as_json(made.locked())["unread"][0], set()),
        (TallyLine, words["tally"][0], set()),
        (People, words["persons"], set()),
        (ReadingResult, whole["readings"]["strict"], set()),
        (Facts, whole, set()),
        (Assessment, whole, {"facts"}),
        (PolicyResult, whole["policies"][0], set()),
        (PeopleLine, whole["people"][0], {"zh", "en"}),
        (CategoryNote, whole["categories"][0], {"zh", "en", "standards_en"}),
        (Swing, whole["swing"], {"zh", "en"}),
    ]
    for kind, told, elsewhere in said:
        assert {f.name for f in fields_of(kind)} - told.keys() <= elsewhere, kind


def test_json_of_the_founding_case() -> None:
    words = as_json(made.founding())
    readings = words["assessment"]["readings"]
    assert (readings["strict"]["E"], readings["strict"]["line"], readings["strict"]["ratio"]) == (12000, 2500, 4.8)
    assert (readings["prevailing"]["ratio"], readings["lenient"]["ratio"]) == (0.48, 0.24)
    assert words["outcome"] == {"name": "strict", "exit_code": 11}
    assert words["files"][0]["assessment"]["readings"]["strict"]["n4"] == 1200
    assert words["files"][0]["tables"][0]["columns"][3]["kind"] is None


@pytest.mark.parametrize("lang", LANGS)
def test_a_real_scan_fits_the_schema(lang: Lang) -> None:
    paths = [ROOT / "fixtures" / "tables" / name for name in ("customers.csv", "patients_title_row.xlsx", "orders.xlsx")]
    report = scanner.scan([*paths, ROOT / "gone.csv"], facts=Facts(gains=3000, recipients=2, on=made.DAY))
    words = json.loads(dumps(report, lang))
    jsonschema.Draft202012Validator(SCHEMA).validate(words)
    assert [file["status"] for file in words["files"]] == ["read", "read", "read", "unread"]
    assert words["assessment"]["silent_on"]
    assert as_text(report, lang, why=True)
