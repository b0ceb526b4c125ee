"""Addresses: levels of precision, cells and sentences. Cases are data under fixtures/."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.address import cell_precision, find, precision
from detectors.base.address_columns import inside
from detectors.base.address_text import spans
from detectors.base.han import characters
from detectors.base.matches import Evidence
from detectors.base.texts import Texts

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CASES = tomllib.loads((FIXTURES / "strings" / "address.toml").read_text(encoding="utf-8"))["case"]
GROUPS = tomllib.loads((FIXTURES / "texts" / "address_levels.toml").read_text(encoding="utf-8"))["level"]
LEVELS = {text: group["level"] for group in GROUPS for text in group["texts"]}
SENTENCES = tomllib.loads((FIXTURES / "texts" / "addresses.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_cell(case: dict[str, object]) -> None:
    level = LEVELS[str(case["text"])]
    texts = Texts([str(case["text"])])
    found = find(texts)
    assert (level > 0) == case["yes"]
    if level == 0:
        assert len(found) == 0
        return
    assert len(found) == 1
    assert (int(found.start[0]), int(found.end[0])) == (0, int(texts.lengths[0]))
    assert bool(found.having(Evidence.PARTS)[0]) == (level >= 2)
    assert int(precision(pa.array([str(case["text"])]))[0]) == level
    if "value" in case:
        assert found.value[0].as_py() == case["value"]


@pytest.mark.parametrize("case", SENTENCES, ids=lambda case: case["why"])
def test_sentence(case: dict[str, object]) -> None:
    texts = Texts([str(case["text"])])
    found = find(texts)
    found = found.take(found.having(Evidence.PARTS | Evidence.LEXICON) | found.having(Evidence.PARTS | Evidence.CUE))
    assert found.value.to_pylist() == case["addresses"]
    folded = texts.folded[0].as_py().encode()
    assert [folded[a:b].decode() for a, b in zip(found.start, found.end, strict=True)] == case["addresses"]


def test_masked_addresses_are_shown_not_counted() -> None:
    found = find(Texts(["浙江省杭州市西湖区文三路***号"]))
    assert Evidence.MASKED in Evidence(int(found.evidence[0]))
    assert not found.having(Evidence.SHAPE).any()


def test_writings_of_one_address_have_one_value() -> None:
    writings = ["浙江省杭州市西湖区文三路12号", "浙江省 杭州市 西湖区 文三路12号", "浙江省杭州市西湖区文三路１２号"]
    assert len(set(find(Texts(writings)).value.to_pylist())) == 1


def test_cells_do_not_disturb_each_other() -> None:
    cells = [str(case["text"]) for case in (*CASES, *SENTENCES)]
    whole = find(Texts(cells))
    said = list(zip(whole.row.tolist(), whole.start.tolist(), whole.end.tolist(), whole.evidence.tolist(), strict=True))
    for row, cell in enumerate(cells):
        one = find(Texts([cell]))
        alone = list(zip(one.start.tolist(), one.end.tolist(), one.evidence.tolist(), strict=True))
        assert [(a, b, e) for r, a, b, e in said if r == row] == alone


def test_a_cell_ends_where_the_next_begins() -> None:
    for cell, following in (("浙江省杭州市文三路3单", "元宝街"), ("浙江省温州市鹿城区尚勤路", "县前街"), ("振兴路31", "0号")):
        assert precision(pa.array([cell, following]))[0] == precision(pa.array([cell]))[0]


def test_precision_of_cells_is_that_of_their_values() -> None:
    cells = [str(case["text"]) for case in (*CASES, *SENTENCES)]
    texts = Texts(cells)
    found = find(texts)
    first = np.unique(found.row, return_index=True)[1]
    values = found.value.take(pa.array(first))
    assert cell_precision(texts)[found.row[first]].tolist() == precision(values).tolist()
    assert cell_precision(Texts(["20230517", "a@example.com"])).tolist() == [0, 0]


SPOKEN = "12A三十-东附号楼单元室,:住在寄到送位于地址浙江省市区黑龙江路街道镇 (#改为现居"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet=SPOKEN, max_size=24), min_size=1, max_size=8))
def test_columns_are_read_as_texts_are(cells: list[str]) -> None:
    """Second opinion: the expressions that read one text."""
    texts = Texts(cells)
    held = characters(texts)
    read = [(row, start - held.start[row], end - held.start[row], cue) for row, start, end, cue in zip(*inside(held), strict=True)]
    expected = [(row, s.start, s.end, s.cue) for row, text in enumerate(texts.folded.to_pylist()) for s in spans(text)]
    assert read == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=8))
def test_characters_are_those_of_the_cells(cells: list[str]) -> None:
    texts = Texts(cells)
    held = characters(texts)
    folded = texts.folded.to_pylist()
    assert [held.text(low, high) for low, high in zip(held.start, held.end, strict=True)] == folded
    full = np.flatnonzero(texts.lengths > 0)
    start, end = held.in_bytes(full, held.start[full], held.end[full])
    assert (start == 0).all()
    assert end.tolist() == texts.lengths[full].tolist()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=30), st.text(alphabet="省市区路街号幢单元室楼座12Z一-,。:住 浙江", max_size=24)), max_size=8
    )
)
def test_any_string_is_borne(cells: list[str]) -> None:
    texts = Texts(cells)
    found = find(texts)
    assert (found.start >= 0).all()
    assert (found.end <= texts.lengths[found.row]).all()
    assert (found.start < found.end).all()
    assert len(precision(pa.array(cells, pa.string()))) == len(cells)


def test_what_stands_in_a_town_is_not_at_home_there() -> None:
    names = ["上海市浦东新区路桥建设有限公司", "柳荫区望江街小学", "杭州解放东路派出所", "柳荫区望江街项目经理"]
    assert len(find(Texts(names))) == 0
    assert len(find(Texts(["浙江省杭州市萧山区南阳街道建设路晴川机械有限公司", "柳荫镇长安工业区晴川机械厂"]))) == 2
