"""Column titles: what they announce, whose they are, and that no title breaks the grammar."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detectors
from detectors.base.headers import HeaderWords, Strength, announced, announces, forbids, normalise, read_header
from detectors.base.roles import ROLES
from detectors.fields import FIELDS
from scanner.subjects import role, subjects

FIXTURE = tomllib.loads((Path(__file__).parent.parent / "fixtures" / "headers.toml").read_text(encoding="utf-8"))
TITLES = [(kind, *title.partition(" => ")[::2]) for kind, titles in FIXTURE["kinds"].items() for title in titles]

NAME = HeaderWords(
    strong=frozenset({"姓名", "name", "xm"}), weak=frozenset({"名称", "户名"}), never=frozenset({"公司名称", "商品名称", "用户名"})
)
PHONE = HeaderWords(
    strong=frozenset({"电话", "手机号", "手机", "phone", "sjh", "dh"}), weak=frozenset({"号码"}), never=frozenset({"客服电话"})
)
ADDRESS = HeaderWords(strong=frozenset({"地址", "addr", "address"}))
ID = HeaderWords(strong=frozenset({"身份证号", "身份证号码", "idno", "idcardno", "sfzh"}), weak=frozenset({"证号"}))
CARD = HeaderWords(strong=frozenset({"卡号", "cardno"}))


def _lists() -> list[tuple[str, HeaderWords]]:
    found: list[tuple[str, HeaderWords]] = []
    for module in pkgutil.iter_modules(detectors.__path__):
        if not module.ispkg and module.name != "fields":
            loaded = importlib.import_module(f"detectors.{module.name}")
            several = [loaded.DETECTOR] if hasattr(loaded, "DETECTOR") else getattr(loaded, "DETECTORS", ())
            found += [(d.kind, d.headers) for d in several]
    return found + [(d.kind, d.headers) for d in FIELDS]


LISTS = _lists()


@pytest.mark.parametrize(("kind", "title", "whose"), TITLES, ids=[f"{k}:{t}" for k, t, _ in TITLES])
def test_title(kind: str, title: str, whose: str) -> None:
    header = read_header(title)
    found = dict(announced(header, LISTS))
    assert header.role == whose
    if kind == "none":
        assert not [k for k, strength in found.items() if strength is Strength.STRONG]
    else:
        assert found.get(kind) == max(found.values(), default=None), found


def test_there_are_enough_titles() -> None:
    assert len(TITLES) >= 300


@pytest.mark.parametrize("table", FIXTURE["table"], ids=lambda table: "|".join(table["titles"]))
def test_subjects(table: dict[str, Any]) -> None:
    assert list(subjects(table["titles"])) == table["subjects"]


@pytest.mark.parametrize(
    ("title", "words", "strength"),
    [
        ("客户姓名", NAME, Strength.STRONG),
        ("收件人", NAME, Strength.STRONG),
        ("receiver", NAME, Strength.STRONG),
        ("客户", NAME, Strength.WEAK),
        ("会员", NAME, Strength.WEAK),
        ("user", NAME, Strength.WEAK),
        ("主叫", NAME, Strength.NONE),
        ("主叫", PHONE, Strength.STRONG),
        ("主叫号码", PHONE, Strength.STRONG),
        ("公司名称", NAME, Strength.NONE),
        ("商品名称", NAME, Strength.NONE),
        ("product_name", NAME, Strength.WEAK),
        ("用户名", NAME, Strength.NONE),
        ("username", NAME, Strength.NONE),
        ("公司电话", PHONE, Strength.WEAK),
        ("客服电话", PHONE, Strength.NONE),
        ("公司联系人电话", PHONE, Strength.STRONG),
        ("公司联系人", NAME, Strength.STRONG),
        ("银行预留电话", PHONE, Strength.STRONG),
        ("ip地址", ADDRESS, Strength.NONE),
        ("mac_address", ADDRESS, Strength.NONE),
        ("身份证号后六位", ID, Strength.NONE),
        ("后4位手机号", PHONE, Strength.NONE),
        ("是否有手机", PHONE, Strength.NONE),
        ("id_card_no", ID, Strength.STRONG),
        ("id_card_no", CARD, Strength.NONE),
        ("会员卡号", CARD, Strength.NONE),
        ("xmh", NAME, Strength.NONE),
        ("khxm", NAME, Strength.STRONG),
        ("jjlxrdh", PHONE, Strength.STRONG),
        ("电话/手机", PHONE, Strength.STRONG),
        ("姓名 Name", NAME, Strength.STRONG),
        ("收件人 / 电话", PHONE, Strength.STRONG),
        ("收件人 / 电话", NAME, Strength.NONE),
        ("公司 / 电话", PHONE, Strength.WEAK),
    ],
)
def test_strength(title: str, words: HeaderWords, strength: Strength) -> None:
    assert announces(read_header(title), words) is strength


def test_forbids_needs_the_word_in_the_attribute() -> None:
    words = HeaderWords(strong=frozenset({"出生日期"}), never=frozenset({"日期", "公司"}))
    assert forbids(read_header("登记日期"), words)
    assert not forbids(read_header("公司联系人生日"), words)
    assert not forbids(read_header("客户生日"), words)
    assert announces(read_header("户口本出生日期"), words) is Strength.STRONG


@pytest.mark.parametrize(
    ("title", "one"),
    [
        ("Id_Card No.", "idcardno"),
        ("  ＊身份证号（必填）", "身份证号"),
        ("\ufeff手 机 号", "手机号"),
        ("3、联系电话", "联系电话"),
        ("金额(元)", "金额"),
        ("速度km/h", "速度"),
        ("電話號碼", "电话号码"),
        ("工资帐号", "工资账号"),
        ("phone_2", "phone"),
        ("单元", "单元"),
        ("2024年收入", "2024年收入"),
    ],
)
def test_normalise(title: str, one: str) -> None:
    assert normalise(title) == one


def test_role_and_ordinal() -> None:
    assert role("receiverMobile") == "收件人"
    assert [read_header(t).ordinal for t in ("联系人2电话", "第三联系人电话", "联系人电话2", "contact2")] == [2, 3, 0, 2]
    assert read_header("紧急联系人电话").attribute == "电话"
    assert read_header("收货人").attribute == ""


def test_every_role_is_read_by_its_own_word() -> None:
    assert [name for name in ROLES if read_header(f"{name}身份证号").role != name] == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_no_title_breaks_the_grammar(title: str) -> None:
    header = read_header(title)
    assert header.text == title
    for words in (NAME, PHONE, ADDRESS):
        announces(header, words)
        forbids(header, words)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([title for _, title, _ in TITLES]), max_size=12))
def test_subjects_number_without_gaps(titles: list[str]) -> None:
    found = subjects(titles)
    assert len(found) == len(titles)
    assert set(found) | {0} == set(range(max(found, default=0) + 1))
