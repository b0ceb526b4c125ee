"""What a report says beside its figures: test data by its name, grounds in both languages, titles that are people."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT

import scanner
from detectors import DETECTORS
from detectors.base.citizen import SAMPLES as PERSONS
from detectors.base.matches import Evidence
from detectors.base.texts import Texts
from detectors.mobile_phone import SAMPLES as MOBILES
from fixtures.makers import people
from fixtures.makers.dice import Dice
from scanner.config import Lang
from scanner.hits import INVALID, MASKED, SAMPLE, classify
from scanner.keyed_hash import Key
from scanner.law.loader import load_instruments
from scanner.model import Finding
from scanner.profile import ColumnProfile
from scanner.readers import READERS
from scanner.readers.notes import _CHINESE, other_format
from scanner.reports.json_v1 import as_json
from scanner.reports.terminal import as_text
from scanner.reports.terminal_law import instrument
from scanner.roster_titles import shown_titles

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "leakgauge-1.schema.json").read_text("utf-8"))
LANGS: tuple[Lang, ...] = ("zh", "en")
BY_KIND = {detector.kind: detector for detector in DETECTORS}
HAN = re.compile("[\u4e00-\u9fff]")


def table(path: Path, header: list[str], rows: list[list[str]]) -> scanner.Report:
    path.write_text("".join(",".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")
    return scanner.scan(path)


def columns(report: scanner.Report) -> tuple[Finding, ...]:
    return report.files[0].tables[0].columns


def drawn(seed: str, size: int) -> tuple[list[str], list[str]]:
    """Different names, and mobile numbers."""
    dice = Dice(seed)
    return list(dict.fromkeys(people.name(dice) for _ in range(3 * size)))[:size], [people.mobile(dice) for _ in range(size)]


# test data


def test_samples_are_named_and_not_counted(tmp_path: Path) -> None:
    mobiles = [str(number) for number in MOBILES if str(number).startswith("13")]
    note = f"请拨打{mobiles[0]}联系"
    rows = [[name, mobile, mobile, PERSONS[0], note] for name, mobile in zip(["张三", "李四"] * 3, mobiles, strict=False)]
    report = table(tmp_path / "a.csv", ["姓名", "手机号", "备用", "身份证号", "备注"], rows)
    name, mobile, _, person, _ = columns(report)
    for column in (name, mobile, person):
        assert (column.hits, column.samples, column.invalid, column.masked) == (0, len(rows), 0, 0)
        assert column.why is not None
        assert column.why.code == "samples"
    inside = {(one.column, one.kind): one for one in report.files[0].tables[0].inside}
    assert (inside[4, "mobile_phone"].hits, inside[4, "mobile_phone"].samples) == (0, len(rows))
    assert report.persons.all == 0
    words = {"zh": "公开样例/测试号码，不计入", "en": "published samples, not counted"}
    for lang in LANGS:
        text = as_text(report, lang, width=200)
        assert text.count(words[lang]) == 4
        told = as_json(report, lang)
        jsonschema.Draft202012Validator(SCHEMA).validate(told)
        assert [c["samples"] for c in told["files"][0]["tables"][0]["columns"]] == [len(rows), len(rows), 0, len(rows), 0]
        assert told["files"][0]["tables"][0]["inside"][0]["samples"] == len(rows)


def test_samples_beside_real_values(tmp_path: Path) -> None:
    _, mobiles = drawn("samples beside real values", 30)
    shown = [*mobiles, "13800138000", "13900139000", "138****5678", "1380013800"]
    report = table(tmp_path / "a.csv", ["手机号", "序号"], [[mobile, str(n)] for n, mobile in enumerate(shown)])
    column = columns(report)[0]
    assert (column.hits, column.samples, column.masked) == (30, 2, 1)
    assert column.why is not None
    assert column.why.code == "header"
    assert "公开样例/测试号码，不计入" in as_text(report, "zh", width=200)


def test_one_cell_is_one_thing() -> None:
    """A wrong number beside a sample in one cell is no test data; a masked one stays masked."""
    detector = BY_KIND["resident_id"]
    dice = Dice("one cell")
    wrong = people.wrong_check(people.resident_id(dice, "330106", date(1980, 5, 17)), dice)
    cells = Texts([PERSONS[0], f"{PERSONS[0]}/{wrong}", wrong, "110105********002X", f"110105********002X/{PERSONS[0]}"])
    state = classify(cells, [detector], [detector.labelled], Key.fresh()).state
    assert state.tolist() == [SAMPLE, INVALID, INVALID, MASKED, MASKED]


def test_a_column_of_samples_without_a_title_says_so(tmp_path: Path) -> None:
    rows = [[str(number), f"甲{n}"] for n, number in enumerate(MOBILES) if str(number).startswith("1")]
    column = columns(table(tmp_path / "a.csv", ["甲", "乙"], rows))[0]
    assert column.kind is None
    assert column.why is not None
    assert column.why.code == "samples"


# both languages


def test_grounds_are_told_in_both_languages(tmp_path: Path) -> None:
    """Every ground of a decision: no Chinese in the English sentence but for titles, the same figures in both."""
    names, mobiles = drawn("grounds", 60)
    serials = [str(13671045000 + n) for n in range(60)]
    orders = [f"330106{20200101 + n % 28}{1000 + 7 * n}" for n in range(60)]
    lost = [f"330106{1960 + n // 2}0101{n % 10}000" for n in range(60)]
    halves = [mobile if n % 2 else f"甲{n}" for n, mobile in enumerate(mobiles)]
    rows = [list(row) for row in zip(names, mobiles, serials, orders, lost, halves, mobiles, strict=True)]
    header = ["姓名", "手机号", "a", "身份证号", "公民身份号码", "b", "c"]
    report = table(tmp_path / "a.csv", header, rows)
    grounds = [column.why for column in columns(report)]
    codes = [why.code if why else "" for why in grounds]
    assert codes == ["header", "header", "refused.consecutive", "suspect.check_digits", "suspect.lost_digits", "too_few", "values"]
    for why in grounds:
        assert why is not None
        assert HAN.search(why.zh)
        assert not HAN.search(why.en)
        assert sorted(re.findall(r"\d+", why.zh)) == sorted(re.findall(r"\d+", why.en))
    texts = {lang: as_text(report, lang, why=True, width=4000) for lang in LANGS}
    assert "不是手机号码：" in texts["zh"]
    assert "not mobile phone number: " in texts["en"]
    for lang, column in product(LANGS, as_json(report, "zh")["files"][0]["tables"][0]["columns"]):
        assert bool(HAN.search(column["why"]))
        assert lang == "en" or column["why"] in texts["zh"]
    assert [c["why_code"] for c in as_json(report, "en")["files"][0]["tables"][0]["columns"]] == codes
    decided = texts["zh"].split("逐列依据")[1]
    assert "[表头]" in decided
    assert "[header]" not in decided


@pytest.mark.parametrize("lang", LANGS)
def test_notes_are_in_the_language_of_the_report(lang: Lang, tmp_path: Path) -> None:
    names, mobiles = drawn("notes", 20)
    report = table(tmp_path / "a.jpg", ["姓名", "手机号"], [list(row) for row in zip(names, mobiles, strict=True)])
    said = {"zh": "内容是文本，文件名后缀却是 .jpg", "en": "content is text, the name says .jpg"}
    assert said[lang] in as_text(report, lang, width=200)
    assert as_json(report, lang)["files"][0]["notes"] == [{"part": "", "code": "other_format", "text": said[lang]}]


@pytest.mark.parametrize("lang", LANGS)
def test_every_reader_has_a_chinese_name(lang: Lang) -> None:
    assert {reader.name for reader in READERS} == _CHINESE.keys()
    for reader in READERS:
        sentence = other_format(reader.name, reader.said, ".x").text(lang)
        assert ".x" in sentence
        assert bool(HAN.search(sentence)) == (lang == "zh")


def test_standards_have_an_english_gloss(tmp_path: Path) -> None:
    names, mobiles = drawn("standards", 40)
    places = [f"杭州市西湖区文三路{n}号{n % 9 + 1}幢{n % 5 + 1}0{n % 4 + 1}室" for n in range(1, 41)]
    rows = [list(row) for row in zip(names, mobiles, places, strict=True)]
    report = table(tmp_path / "a.csv", ["姓名", "手机号", "家庭住址"], rows)
    told = [note for note in as_json(report, "en")["assessment"]["categories"] if note["standards"]]
    assert told
    assert not any(HAN.search(text) for note in told for text in note["standards"].values())
    section = as_text(report, "en", width=4000).split("Categories of information")[1].split("Counts")[0]
    assert not HAN.search(section)
    chinese = [note for note in as_json(report, "zh")["assessment"]["categories"] if note["standards"]]
    assert [note["standards"].keys() for note in chinese] == [note["standards"].keys() for note in told]
    assert any(HAN.search(text) for note in chinese for text in note["standards"].values())


def test_every_class_of_a_standard_has_words_in_both_languages() -> None:
    for one in load_instruments().classes:
        assert not HAN.search(one.en), one
        assert not HAN.search(instrument(one.instrument, "en")), one
        assert instrument(one.instrument, "zh")


PROPER = {"IMEI", "IMSI", "ICCID", "MAC", "IP", "WeChat", "QQ"}  # abbreviations and names


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.kind)
def test_titles_of_kinds_are_written_one_way(detector: Any) -> None:
    """English titles are common nouns in small letters but for proper names; no full stop, no article."""
    words = re.findall(r"[\w-]+", detector.title_en)
    assert words
    assert all(word in PROPER or word == word.lower() for word in words), detector.title_en
    assert not re.search(r"[.,;:]$|^(?:a|an|the) ", detector.title_en)
    assert HAN.search(detector.title_zh) or set(re.findall(r"[A-Za-z]+", detector.title_zh)) <= PROPER


# titles that are people


def test_a_roster_shows_no_names(tmp_path: Path) -> None:
    names, _ = drawn("roster", 24)
    rows = [[f"2026-09-{day:02d}", *(str((day * n) % 9) for n in range(24)), "99"] for day in range(1, 21)]
    report = table(tmp_path / "a.csv", ["日期", *names, "毛利"], rows)
    headers = [column.header for column in columns(report)]
    assert (headers[0], headers[-1]) == ("日期", "毛利")
    told = [json.dumps(as_json(report, lang), ensure_ascii=False) for lang in LANGS] + [repr(report)]
    told += [as_text(report, lang, why=True, width=200) for lang in LANGS]
    shown = [name for name in names if any(name in text for text in told)]
    assert len(shown) <= len(names) // 20
    assert headers[1] == names[0][0] + "*" * (len(names[0]) - 1)


def profiles(titles: list[str]) -> list[ColumnProfile]:
    return [ColumnProfile(number, title) for number, title in enumerate(titles)]


@pytest.mark.parametrize(
    "titles",
    [
        ["姓名", "金额", "高雄", "余额", "黄石", "高平"],
        ["月份", "毛利", "毛重", "净利", "单双", "应收", "实发", "计划"],
        ["省份", "李宁", "安踏", "耐克"],  # one name among brands
        ["高雄", "苗栗", "台北", "金门", "武汉", "成都", "金华", "安阳"],
        ["语文", "数学", "英语", "物理", "化学", "班主任", "家长", "曾用名", "联系人"],
        ["Order Date", "Sales Region", "Li Ning", "Unit Price"],
        [],
        ["", " / ", "  "],
    ],
    ids=lambda titles: "-".join(titles[:2]),
)
def test_words_are_no_people(titles: list[str]) -> None:
    assert shown_titles(profiles(titles)) == titles


def test_announced_titles_are_no_people() -> None:
    """A user's own title words may look like names; a column that its header decided is announced."""
    names, _ = drawn("announced", 6)
    announced = [replace(column, evidence=Evidence.HEADER) for column in profiles(names)]
    assert shown_titles(announced) == names


def test_names_in_two_rows_and_with_units() -> None:
    dice = Dice("rows and units")
    one, two = (f"{family}{people.name(dice)[1:]}" for family in ("王", "李"))
    shown = shown_titles(profiles(["日期", f"{one} / 上午", f"{one} / 下午", f"{two}(小时)", "Zhang Wei", "Li Xiaoming"]))
    assert [bool(re.search(r"\*", title)) for title in shown] == [False, True, True, True, True, True]
    assert shown[1].endswith("* / 上午")
    assert shown[3].endswith("*(小时)")


def test_headers_of_the_fixtures_are_shown_as_they_are(fixtures: Path) -> None:
    for path in sorted((fixtures / "tables").glob("*.csv"))[:12]:
        for part in scanner.scan(path).files[0].tables:
            assert not any("*" in column.header for column in part.columns), path.name
