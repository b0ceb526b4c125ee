"""The catalogue of kinds told by title and cell type: what each cell type takes, and that a broken file is refused by name."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base.headers import Strength, announces, read_header
from detectors.base.matches import Evidence, Identity
from detectors.base.texts import Texts
from detectors.fields import FIELDS, FieldsError, has_time_of_day, load_fields, load_words, parse_dates, widened

BY_KIND = {detector.kind: detector for detector in FIELDS}
# Public names of the first issue that this catalogue owes, and the further ones the law asks for.
OWED = """
bank_account password verification_code balance income loan credit_record real_estate property_unit lodging itinerary
call_record message_content medical_record biometric transaction insurance_policy parcel birth_date sex ethnicity
religion political_status marital_status education employment family_member criminal_record device_id timestamp
securities_account whereabouts credit_score vehicle organisation disability id_card_image
"""


def found(kind: str, *cells: str) -> dict[str, str]:
    """cell → canonical value, of the cells accepted under a title."""
    detector = BY_KIND[kind]
    matches = detector.find(Texts(list(cells)))
    good = matches.having(detector.labelled)
    return {
        cells[row]: value
        for row, value in zip(matches.row[good].tolist(), matches.value.filter(pa.array(good)).to_pylist(), strict=True)
    }


def test_every_kind_is_there_once() -> None:
    assert sorted(BY_KIND) == sorted(OWED.split())
    assert len(FIELDS) == len(BY_KIND)


def test_detectors_travel_to_other_processes() -> None:
    again = pickle.loads(pickle.dumps(FIELDS))
    assert [d.kind for d in again] == [d.kind for d in FIELDS]
    assert len(again[0].find(Texts(["a.jpg"]))) == 1


@pytest.mark.parametrize("cell", ["", "无", "/", "-", "—", "N/A", "null", "NULL", "未知", "暂无", "0", " ", "0.00", "#N/A"])
@pytest.mark.parametrize("kind", ["medical_record", "balance", "birth_date", "bank_account", "criminal_record", "message_content"])
def test_placeholders_are_nothing(kind: str, cell: str) -> None:
    assert found(kind, cell) == {}


@pytest.mark.parametrize("kind", sorted(OWED.split()))
def test_no_string_raises_and_spans_are_whole_cells(kind: str) -> None:
    cells = [
        "",
        "a",
        "*",
        "**",
        "1990-01-02",
        "２０２６",
        "男",
        "汉",
        "138****1234",
        "\u200b",
        '="5"',
        "5,000.00",
        "x" * 5000,
        "2026-09-01 08:23",
        "1e5",
        "🙂",
    ]
    texts = Texts(cells)
    matches = BY_KIND[kind].find(texts)
    assert (matches.start == 0).all()
    assert (matches.end == texts.lengths[matches.row]).all()
    assert len(matches.value) == len(matches)
    assert (np.diff(matches.row) > 0).all()


@pytest.mark.parametrize(
    "cell",
    ["5000", "5,000.50", "¥1,234", "12.5万", "3000-5000元", "15K-20K", "8k/月", "-20.5", "20%", "5000元", "30天", "1000以上"],
)
def test_amounts(cell: str) -> None:
    assert found("income", cell) == {cell: cell}


@pytest.mark.parametrize("cell", ["张三", "2026-09-01", "abc", "元", "A100", "1.2.3", "12:30"])
def test_no_amounts(cell: str) -> None:
    assert found("income", cell) == {}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1990-01-02", "1990-01-02"),
        ("19900102", "1990-01-02"),
        ("1990/1/2", "1990-01-02"),
        ("1990.01.02", "1990-01-02"),
        ("1990年1月2日", "1990-01-02"),
        ("1990-01-02 00:00:00", "1990-01-02"),
        ("1/13/1990", "1990-01-13"),
        ("13/1/1990", "1990-01-13"),
        ("1990-05", "1990-05"),
        ("199005", "1990-05"),
        ("1990年5月", "1990-05"),
        ("1990", "1990"),
        ("32875", "1990-01-02"),
        ("03-15", "03-15"),
        ("3月15日", "3月15日"),
        ("１９９０－０１－０２", "1990-01-02"),
    ],
)
def test_dates_of_birth(cell: str, value: str) -> None:
    assert found("birth_date", cell) == {cell: value}


@pytest.mark.parametrize(
    "cell",
    [
        "1990-02-30",
        "19901301",
        "1990-13-01",
        "2023-02-29",
        "1385341260",
        "9999999",
        "1990-1",
        "90",
        "张三",
        "1789-07-14",
        "13-15",
        "2-30-1",
        "0315",
    ],
)
def test_no_dates_of_birth(cell: str) -> None:
    assert found("birth_date", cell) == ({"1990-1": "1990-01"} if cell == "1990-1" else {})


def test_only_full_dates_count_without_a_title() -> None:
    detector = BY_KIND["birth_date"]
    matches = detector.find(Texts(["1990-01-02", "1990-05", "32875"]))
    assert detector.together is not None
    assert matches.having(detector.together).tolist() == [True, False, False]


def test_birth_dates_spread_over_decades() -> None:
    refuse = BY_KIND["birth_date"].refuse
    assert refuse is not None

    def reason(first: str, days: int) -> str:
        texts = Texts([str(np.datetime64(first) + n * days // 50) for n in range(50)])
        said = refuse(texts, BY_KIND["birth_date"].find(texts))
        return said.en if said else ""

    assert reason("1950-03-01", 20_000) == ""
    assert "less than 15 years" in reason("2020-01-01", 900)
    assert "after 2015" in reason("2005-01-01", 8_000)
    stamps = Texts([f"{year}-05-05 08:1{year % 10}" for year in range(1950, 2000)])
    said = refuse(stamps, BY_KIND["birth_date"].find(stamps))
    assert said is not None
    assert "times of day" in said.en


def test_choices() -> None:
    sex = BY_KIND["sex"]
    matches = sex.find(Texts(["男", "女", "M", "1", "0", "未知", "苹果"]))
    assert matches.row.tolist() == [0, 1, 2, 3, 4]
    assert sex.together is not None
    assert matches.having(sex.together).tolist() == [True, True, False, False, False]
    assert list(found("ethnicity", "汉族", "汉", "维吾尔族", "05", "华人")) == ["汉族", "汉", "维吾尔族", "05"]
    assert list(found("political_status", "中共党员", "群众", "某党派人士", "12345678")) == ["中共党员", "群众", "某党派人士"]


def test_fifty_six_ethnic_groups() -> None:
    rule = BY_KIND["ethnicity"].find.args[0]  # type: ignore[attr-defined]
    plain = {word.removesuffix("族") for word in rule.choices} - {"穿青人", "外国血统中国籍人士"}
    assert len(plain) == 56
    assert {word + "族" for word in plain} <= set(rule.choices)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("birth_date", "1990-**-**"),
        ("balance", "1***"),
        ("bank_account", "6222****1234"),
        ("medical_record", "**"),
        ("password", "******"),
    ],
)
def test_masked_cells_never_count(kind: str, cell: str) -> None:
    matches = BY_KIND[kind].find(Texts([cell]))
    assert matches.evidence.tolist() == [int(Evidence.SHAPE | Evidence.MASKED)]
    assert not matches.having(Evidence.SHAPE).any()


def test_accounts() -> None:
    assert found("bank_account", "1100 1234 5678", "110012345678", "GB29NWBK60161331926819") == {
        "1100 1234 5678": "110012345678",
        "110012345678": "110012345678",
        "GB29NWBK60161331926819": "GB29NWBK60161331926819",
    }
    assert found("bank_account", "13812340000", "zhangsan", "1234567", "张三") == {}
    assert BY_KIND["bank_account"].identity is Identity.PERSONAL
    assert BY_KIND["bank_account"].rank == 7


def test_codes_and_scores() -> None:
    assert found("verification_code", "482913", "12", "123456789") == {"482913": "482913"}
    assert found("credit_score", "712", "优秀") == {"712": "712"}


MOMENTS = [
    ("2026-09-01 08:23:00", "2026-09-01", True),
    ("2026-09-01T08:23:00Z", "2026-09-01", True),
    ("2026/9/1 8:23", "2026-09-01", True),
    ("20260901082300", "2026-09-01", True),
    ("202609010823", "2026-09-01", True),
    ("1756686180", "2025-09-01", True),
    ("1756686180000", "2025-09-01", True),
    ("2026年9月1日 下午3时05分", "2026-09-01", True),
    ("2026-9-1 3:05 PM", "2026-09-01", True),
    ("2026-09-01 星期二 08:01", "2026-09-01", True),
    ("2026-09-01 00:00:00", "2026-09-01", False),
    ("2026-09-01", "2026-09-01", False),
    ("2026-02-29", None, False),
    ("20260231", None, False),
    ("2026-09-01 25:00", None, False),
    ("12345678", None, False),
    ("08:23", None, False),
    ("", None, False),
]


@pytest.mark.parametrize(("cell", "day", "timed"), MOMENTS)
def test_moments(cell: str, day: str | None, timed: bool) -> None:
    texts = Texts([cell])
    (read,) = parse_dates(texts).tolist()
    assert (str(read) if read else None) == day
    assert has_time_of_day(texts).tolist() == [timed]


def test_moments_do_not_depend_on_their_neighbours() -> None:
    cells = [cell for cell, _, _ in MOMENTS]
    assert [str(d) for d in parse_dates(Texts(cells))] == [day or "NaT" for _, day, _ in MOMENTS]
    assert found("timestamp", "2026/9/1 8:23") == {"2026/9/1 8:23": "2026-09-01 08:23:00"}


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_all_writings_of_a_day_are_one(day: date) -> None:
    cells = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y.%m.%d}",
    ]
    assert set(found("birth_date", *cells).values()) == {day.isoformat()}


def test_masks_do_not_tell_the_value() -> None:
    values = {
        "password": "hunter2",
        "birth_date": "1990-01-02",
        "bank_account": "110012345678",
        "medical_record": "高血压病三级",
        "sex": "男",
    }
    shown = {kind: BY_KIND[kind].mask(value) for kind, value in values.items()}
    assert shown["birth_date"] == "1990-**-**"
    assert set(shown["password"]) == {"*"}
    for kind, value in values.items():
        assert shown[kind] != value


ENTRY = """
[[field]]
kind = "loyalty_tier"
title_zh = "会员等级"
title_en = "loyalty tier"
cell = "choice"
choices = "金卡 银卡"
zh = "会员等级 等级"
source = "house rules"
"""


def test_own_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "fields.toml"
    path.write_text(ENTRY + '\n[[words]]\nkind = "sex"\nzh = "雌雄"\n', encoding="utf-8")
    (detector,) = load_fields(path)
    assert detector.kind == "loyalty_tier"
    assert announces(read_header("客户等级"), detector.headers) is Strength.STRONG
    assert len(detector.find(Texts(["金卡", "铜卡"]))) == 1
    sex = widened(BY_KIND["sex"], load_words(path))
    assert announces(read_header("雌雄"), sex.headers) is Strength.STRONG
    assert announces(read_header("性别"), sex.headers) is Strength.STRONG
    assert widened(BY_KIND["income"], load_words(path)) is BY_KIND["income"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY.replace("cell", "cells"), "[[field]] loyalty_tier, key 'cell'"),
        (ENTRY + 'colour = "red"\n', "[[field]] loyalty_tier, key 'colour': unknown key"),
        (ENTRY.replace('"choice"', '"chioce"'), "key 'cell'"),
        (ENTRY.replace('kind = "loyalty_tier"', 'kind = "Loyalty Tier"'), "key 'kind'"),
        (ENTRY.replace('choices = "金卡 银卡"\n', ""), "a choice needs choices"),
        (ENTRY.replace('zh = "会员等级 等级"\n', ""), "no title announces it"),
        (ENTRY + "rank = 16\n", "key 'rank'"),
        (ENTRY + "min = 9\nmax = 3\n", "min is greater than max"),
        (ENTRY + "pattern = '(?=x)'\n", "key 'pattern': is not a regular expression"),
        (ENTRY + ENTRY, "kind 'loyalty_tier' stands twice"),
        ("[[field", "is not valid TOML"),
        ("[[fields]]\n", "key 'fields': unknown key"),
    ],
)
def test_broken_catalogue_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FieldsError) as error:
        load_fields(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(FieldsError, match="cannot be read"):
        load_fields(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes("标题".encode("gb18030"))
    with pytest.raises(FieldsError, match="UTF-8"):
        load_fields(tmp_path / "gbk.toml")
