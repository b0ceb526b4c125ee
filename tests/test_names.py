"""Names of persons: single cells, columns, sentences. Cases are data under fixtures/."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import lexicon, name_score
from detectors.base.matches import Evidence
from detectors.base.texts import Texts
from detectors.personal_name import DETECTOR, find, refuse

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CASES = tomllib.loads((FIXTURES / "strings" / "personal_name.toml").read_text(encoding="utf-8"))["case"]
ONLY_SHAPE = tomllib.loads((FIXTURES / "texts" / "name_columns.toml").read_text(encoding="utf-8"))["only_shape"]
SENTENCES = tomllib.loads((FIXTURES / "texts" / "names.toml").read_text(encoding="utf-8"))["case"]


def verdict(text: str) -> tuple[object, str | None]:
    """What the detector says of a cell, in the words of the fixture, and the canonical value."""
    found = find(Texts([text]))
    found = found.take(found.start == 0)
    if not len(found):
        return False, None
    flags = Evidence(int(found.evidence[0]))
    value = found.value[0].as_py()
    if Evidence.DUMMY in flags:
        return "dummy", value
    if Evidence.MASKED in flags:
        return "masked", value
    return ("likely" if Evidence.LEXICON in flags else "possible"), value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_cell(case: dict[str, object]) -> None:
    said, value = verdict(str(case["text"]))
    expected = case["yes"]
    if expected is True:
        expected = "possible" if case["text"] in ONLY_SHAPE else "likely"
    assert said == expected
    if "value" in case:
        assert value == case["value"]


@pytest.mark.parametrize("case", SENTENCES, ids=lambda case: case["why"])
def test_sentence(case: dict[str, object]) -> None:
    texts = Texts([str(case["text"])])
    found = find(texts)
    found = found.take(found.having(Evidence.PARTS | Evidence.CUE))
    assert found.value.to_pylist() == case["names"]
    folded = texts.folded[0].as_py().encode()
    assert [folded[a:b].decode() for a, b in zip(found.start, found.end, strict=True)] == case["names"]


def drawn(count: int, seed: int) -> list[str]:
    """Invented names: surnames by frequency of the list, given characters by their weight."""
    draw = np.random.default_rng(seed)
    listed = lexicon.table("surnames")
    surnames = [s for s, w in zip(listed["surname"], listed["weight"], strict=True) if not s.startswith("-") and int(w) > 150]
    given = lexicon.table("given_characters")
    characters = [c for c, w in zip(given["character"], given["second"], strict=True) if int(w) > 120]
    return [str(draw.choice(surnames)) + "".join(draw.choice(characters, int(draw.integers(1, 3)))) for _ in range(count)]


def test_a_column_of_names_reads_like_names() -> None:
    for seed in range(5):
        names = drawn(50, seed)
        found = find(Texts(names))
        assert len(np.unique(found.row[found.having(Evidence.LEXICON)])) >= 0.8 * len(names)


def test_a_column_of_words_does_not() -> None:
    words = [word for word in lexicon.table("name_like_words")["word"] if len(word) < 4]
    for seed in range(5):
        column = list(np.random.default_rng(seed).choice(words, 50, replace=False))
        found = find(Texts(column))
        likely = len(np.unique(found.row[found.having(Evidence.LEXICON)]))
        assert likely < DETECTOR.quorum * len(column)


def test_few_values_need_nearly_all() -> None:
    few = Texts(drawn(5, 1))
    assert refuse(few, find(few)) is None
    mixed = Texts([*drawn(5, 1), "安全帽", "数据分析", "电源", "螺丝"])
    said = refuse(mixed, find(mixed))
    assert said is not None
    assert "distinct" in said.en
    two = Texts(["王晓燕", "王晓燕", "李静"])
    assert refuse(two, find(two)) is not None


def test_several_names_in_a_cell_are_parted() -> None:
    texts = Texts(["无", "王晓燕、李建国，陈淑珍", "周志明 / 刘秀英"])
    found = find(texts)
    folded = texts.folded.to_pylist()
    assert found.value.to_pylist() == ["王晓燕", "李建国", "陈淑珍", "周志明", "刘秀英"]
    spans = [folded[r].encode()[a:b].decode() for r, a, b in zip(found.row, found.start, found.end, strict=True)]
    assert spans == found.value.to_pylist()


def test_a_list_has_one_sign_between_two_names() -> None:
    for cell in ("王晓燕、,李建国", "王晓燕、李建国、", "王晓燕 李建国、陈淑珍", "王晓燕、5李建国", "、".join(["王晓燕"] * 11)):
        found = find(Texts([cell, "王晓燕；李建国"]))
        assert not (found.evidence[found.row == 0] & Evidence.CUE == 0).any(), cell
        assert found.value.to_pylist()[-2:] == ["王晓燕", "李建国"]


def test_score_agrees_with_its_definition() -> None:
    """Second opinion: the sum of the weights in the lexicons, looked up one by one."""
    surname = dict(zip(*(lexicon.table("surnames")[k] for k in ("surname", "weight")), strict=True))
    given = lexicon.table("given_characters")
    first = dict(zip(given["character"], given["first"], strict=True))
    second = dict(zip(given["character"], given["second"], strict=True))
    for name in ("王晓燕", "陈淑珍", "周志明"):
        expected = (int(surname[name[0]]) + int(first[name[1]]) + int(second[name[2]])) / 100
        assert name_score.score_texts([name])[0] == pytest.approx(expected, abs=1e-4)


def test_order_and_chunks_do_not_matter() -> None:
    cells = [str(case["text"]) for case in CASES] + [str(case["text"]) for case in SENTENCES]
    whole = find(Texts(cells))
    said = list(
        zip(
            whole.row.tolist(),
            whole.start.tolist(),
            whole.end.tolist(),
            whole.evidence.tolist(),
            whole.value.to_pylist(),
            strict=True,
        )
    )
    for row, cell in enumerate(cells):
        one = find(Texts([cell]))
        assert [(a, b, e, v) for r, a, b, e, v in said if r == row] == list(
            zip(one.start.tolist(), one.end.tolist(), one.evidence.tolist(), one.value.to_pylist(), strict=True)
        )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.text(alphabet="王李张欧阳·某*( )、,客户:先生1a", max_size=20)), max_size=8))
def test_any_string_is_borne(cells: list[str]) -> None:
    texts = Texts(cells)
    found = find(texts)
    assert (found.start >= 0).all()
    assert (found.end <= texts.lengths[found.row]).all()
    assert (found.start < found.end).all()


def test_masks_keep_one_character() -> None:
    assert DETECTOR.mask("王晓燕") == "王**"


def test_lexicons_name_their_source() -> None:
    for name in ("surnames", "given_characters", "name_like_words", "pinyin_syllables", "name_words"):
        assert any(licence in lexicon.source(name) for licence in ("MIT", "Apache-2.0", "CC0"))
