"""Identity documents and code numbers: columns, random look-alikes, birth dates, lexicons, and the pages' own examples."""

from __future__ import annotations

import doctest
import importlib
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
import stdnum.iso7064.mod_11_2
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors import resident_id
from detectors.base import citizen, codes, digits, lexicon, masking
from detectors.base.detector import Detector
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts, strings

KINDS = (
    "resident_id",
    "foreigner_permit",
    "passport",
    "travel_permit",
    "military_id",
    "birth_certificate",
    "student_number",
    "social_credit_code",
    "vin",
    "real_estate_certificate",
)


def detector(kind: str) -> Detector:
    found: Detector = importlib.import_module(f"detectors.{kind}").DETECTOR
    return found


def persons(count: int, seed: int = 1) -> list[str]:
    """Made-up valid resident numbers over all divisions, birth dates 1930–2025, both sexes."""
    draw = np.random.default_rng(seed)
    division = draw.choice(np.flatnonzero(citizen.divisions()), count)
    birth = np.datetime64("1930-01-01") + draw.integers(0, 35_000, count)
    order = draw.integers(1, 1000, count)
    first = [f"{d:06d}{str(b).replace('-', '')}{o:03d}" for d, b, o in zip(division.tolist(), birth, order.tolist(), strict=True)]
    return [text + stdnum.iso7064.mod_11_2.calc_check_digit(text) for text in first]


def random_digits(count: int, width: int, seed: int = 2) -> list[str]:
    rows = np.random.default_rng(seed).integers(48, 58, (count, width)).astype(np.uint8)
    rows[:, 0] |= 1
    found: list[str] = strings(rows).to_pylist()
    return found


def refused(texts: list[str], kind: str = "resident_id") -> str:
    one = detector(kind)
    assert one.refuse is not None
    cells = Texts(texts)
    said = one.refuse(cells, one.find(cells))
    return said.en if said else ""


WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "small x": str.lower,
    "blanks": lambda value: f"{value[:6]} {value[6:14]} {value[14:]}",
    "hyphens": lambda value: f"{value[:6]}-{value[6:14]}-{value[14:]}",
    "fours": lambda value: " ".join(value[place : place + 4] for place in range(0, 18, 4)),
    "times": lambda value: value.replace("X", "×"),
    "blanks and times": lambda value: f"{value[:6]} {value[6:14]} {value[14:]}".replace("X", "×"),
    "full width": lambda value: "".join(chr(ord(char) + 0xFEE0) for char in value),
    "apostrophe": lambda value: "'" + value,
    "formula": lambda value: f'="{value}"',
    "label": lambda value: f"身份证号码：{value}",
    "sentence": lambda value: f"用户来电说{value}是他的证件，请核对",
    "zero width": lambda value: f"\u200b{value}\ufeff",
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_of_every_number(writing: str) -> None:
    """All of 3,000 numbers are found, once each, in their canonical writing; and count without a label."""
    values = persons(3000)
    matches = resident_id.find(Texts([WRITINGS[writing](value) for value in values]))
    matches = matches.take(matches.having(resident_id.DETECTOR.alone or Evidence.NONE))
    found = dict(zip(matches.row.tolist(), matches.value.to_pylist(), strict=True))
    dummies = {row for row, value in enumerate(values) if value in citizen.SAMPLES}
    assert [found.get(row) for row in range(len(values)) if row not in dummies] == [
        value for row, value in enumerate(values) if row not in dummies
    ]


def test_a_wrong_check_digit_is_never_accepted() -> None:
    values = [value[:-1] + ("1" if value[-1] != "1" else "2") for value in persons(2000)]
    matches = resident_id.find(Texts(values))
    assert len(matches) == len(values)  # shown
    assert not matches.having(resident_id.DETECTOR.labelled).any()  # not counted


def test_fifteen_and_eighteen_digits_are_one_person() -> None:
    long = [value for value in persons(500) if value[6:8] == "19"]
    short = Texts([value[:6] + value[8:17] for value in long])
    matches = resident_id.find(short)
    assert matches.value.to_pylist() == long
    assert matches.having(resident_id.DETECTOR.labelled).all()
    assert not matches.having(resident_id.DETECTOR.alone or Evidence.NONE).any()


def test_random_numbers_do_not_count() -> None:
    cells = Texts(random_digits(100_000, 18))
    matches = resident_id.find(cells)
    assert not matches.having(resident_id.DETECTOR.alone or Evidence.NONE).any()
    assert matches.having(resident_id.DETECTOR.labelled).sum() < 10
    for kind in KINDS:
        one = detector(kind)
        if one.alone is not None:
            assert one.find(cells).having(one.alone).sum() <= 3, kind


def test_no_two_kinds_take_the_same_number() -> None:
    """A valid resident number is neither a company code nor a foreigner's card."""
    cells = Texts(persons(5000))
    for kind in ("social_credit_code", "foreigner_permit", "student_number", "vin"):
        one = detector(kind)
        assert not one.find(cells).having(one.labelled).any(), kind


def test_columns_of_numbers_are_not_refused() -> None:
    assert refused(persons(300)) == ""
    assert refused([value[:6] + value[8:17] for value in persons(300) if value[6:8] == "19"]) == ""
    assert refused([WRITINGS["blanks"](value) for value in persons(300)]) == ""


def test_work_orders_are_refused() -> None:
    orders = [f"{value[:14]}{place:04d}" for place, value in enumerate(persons(300))]
    assert "check digit" in refused(orders)


def test_serial_numbers_are_refused() -> None:
    first = [f"31010120190307{order:03d}" for order in range(1, 60)]
    assert "serial" in refused([text + stdnum.iso7064.mod_11_2.calc_check_digit(text) for text in first])


def test_few_fifteen_digit_numbers_are_refused() -> None:
    short = [value[:6] + value[8:17] for value in persons(100) if value[6:8] == "19"]
    assert "80 %" in refused(short[:60] + random_digits(60, 15))


@pytest.mark.parametrize(
    ("lose", "word"),
    [
        (lambda value: value[:15] + "000", "spreadsheet"),
        (lambda value: value[:17].replace("X", "0") + "0", "floating"),
        (lambda value: str(int(float(value.replace("X", "0")))), "floating"),
    ],
    ids=["spreadsheet", "script", "float"],
)
def test_lost_digits_are_named(lose: Callable[[str], str], word: str) -> None:
    values = [lose(value) for value in persons(300)]
    assert word in refused(values)
    lost = resident_id.damage(resident_id.find(Texts(values)))
    assert lost is not None
    assert (lost.code, word in lost.en) == ("lost_digits", True)
    assert resident_id.damage(resident_id.find(Texts(persons(300)))) is None


def test_reasons_hold_no_value() -> None:
    orders = [f"{value[:14]}{place:04d}" for place, value in enumerate(persons(50))]
    said = refused(orders)
    assert said
    assert not any(order in said or order[:6] in said for order in orders)


def test_birth_dates() -> None:
    values = ["310106196407210506", "931840198802140014", "G310106201409030123", "CAN110081080310", "CAN110005080310"]
    values += ["310106196413210506", "E60347192", "310106********0506", "", "CAN1100AB080310"]
    dates = resident_id.birth_dates(pa.array(values))
    wanted = [date(1964, 7, 21), date(1988, 2, 14), date(2014, 9, 3), date(1981, 8, 3), date(2005, 8, 3), *[None] * 5]
    assert dates.dtype == np.dtype("datetime64[D]")
    assert dates.astype(object).tolist() == wanted
    assert len(resident_id.birth_dates(pa.array([], pa.string()))) == 0


def test_birth_dates_of_many() -> None:
    values = persons(2000)
    wanted = [date(int(value[6:10]), int(value[10:12]), int(value[12:14])) for value in values]
    assert resident_id.birth_dates(pa.array(values)).astype(object).tolist() == wanted


def test_divisions_are_many_and_of_all_years() -> None:
    held = citizen.divisions()
    assert held.sum() > 7000
    for code in ("330113", "330114", "110103", "441282", "370102", "810000", "820000", "830000", "500157"):
        assert held[int(code)], code
    assert not held[[990101, 110199, 0]].any()


@pytest.mark.parametrize("name", ["divisions", "nationalities"])
def test_lists_name_their_source_and_are_sorted(name: str) -> None:
    said = lexicon.source(name)
    assert "Source" in said
    assert any(licence in said for licence in ("CC0-1.0", "MIT", "BSD"))
    assert "20" in said
    entries = next(iter(lexicon.table(name).values()))
    assert list(entries) == sorted(set(entries))


def test_passport_serials_are_refused() -> None:
    assert "serial" in refused([f"E{60347192 + step}" for step in range(50)], "passport")
    scattered = [f"E{number:08d}" for number in np.random.default_rng(4).integers(0, 10**8, 50)]
    assert refused(scattered, "passport") == ""
    assert "label" in refused([f"14{number:07d}" for number in np.random.default_rng(4).integers(0, 10**7, 50)], "passport")


def test_vin_serials_are_refused() -> None:
    draw = np.random.default_rng(6)
    letters = np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789", np.uint8)
    rows = np.concatenate([letters[draw.integers(0, 33, (200, 13))], draw.integers(48, 58, (200, 4)).astype(np.uint8)], axis=1)
    rows[:, 8] = draw.integers(48, 58, 200)
    assert "check character" in refused(strings(rows).to_pylist(), "vin")


@pytest.mark.parametrize("kind", KINDS)
def test_page(kind: str) -> None:
    """The module is the kind's page: a Chinese title first, and an example that holds."""
    module = importlib.import_module(f"detectors.{kind}")
    one = detector(kind)
    assert one.kind == kind
    assert module.__doc__ is not None
    assert one.title_zh[:2] in module.__doc__
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("kind", KINDS)
def test_header_words_are_normalised(kind: str) -> None:
    words = detector(kind).headers
    for word in words.strong | words.weak | words.never:
        assert word == word.lower()
        assert not set(word) & set(" _-*.()（）[]【】")
    assert not words.strong & words.weak


@pytest.mark.parametrize("kind", KINDS)
def test_documents_single_out_one_person(kind: str) -> None:
    one = detector(kind)
    things = {"social_credit_code": Identity.NONE, "real_estate_certificate": Identity.NONE, "vin": Identity.LINKING}
    things["student_number"] = Identity.LINKING
    assert one.identity == things.get(kind, Identity.UNIQUE)
    assert (one.rank < 5) == (one.identity == Identity.UNIQUE)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.text(st.sampled_from("0123456789XxEGH军字第号 -*×.年不动产权粤(（\n😀ａ１"), max_size=40), max_size=8))
def test_nothing_raises(kind: str, cells: list[str]) -> None:
    """No string raises; spans lie within their cells on character borders, sorted."""
    texts = Texts(cells)
    matches = detector(kind).find(texts)
    folded = texts.folded.to_pylist()
    for row, start, end in zip(matches.row.tolist(), matches.start.tolist(), matches.end.tolist(), strict=True):
        assert 0 <= start < end <= len(folded[row].encode())
        folded[row].encode()[start:end].decode()
    assert (np.diff(matches.row) >= 0).all()
    assert len(matches.value) == len(matches.evidence) == len(matches.row)


@pytest.mark.parametrize("kind", KINDS)
def test_no_cells(kind: str) -> None:
    for cells in ([], [""], ["", "\u200b"]):
        assert len(detector(kind).find(Texts(cells))) == 0


def test_slices_and_nulls() -> None:
    array = pa.array(["x", "310106196407210506", None, "33010619780614003X"]).slice(1)
    assert resident_id.find(Texts(array)).value.to_pylist() == ["310106196407210506", "33010619780614003X"]


def matched(*flags: Evidence) -> Matches:
    count = len(flags)
    zero: NDArray[np.int64] = np.arange(count, dtype=np.int64)
    return Matches(zero, zero, zero + 1, np.array(flags, np.uint16), pa.array(["1"] * count))


def test_alternatives_of_evidence() -> None:
    s, p, c, cue = Evidence.SHAPE, Evidence.PARTS, Evidence.CHECKSUM, Evidence.CUE
    found = matched(s, s | p, s | c, s | cue, s | p | c | Evidence.DUMMY)
    assert found.having(s | p).tolist() == [False, True, False, False, False]
    assert found.having((s | p, s | c)).tolist() == [False, True, True, False, False]
    assert found.having(()).tolist() == [False] * 5


def test_codes_of_several_forms() -> None:
    find = codes.finder(
        (codes.form("A", (codes.DIGIT, 2), evidence=Evidence.SHAPE), codes.form((codes.DIGIT, 3), evidence=Evidence.PARTS))
    )
    matches = find(Texts(["a12 123", "B12", "1234"]))
    assert matches.value.to_pylist() == ["A12", "123"]
    assert matches.evidence.tolist() == [int(Evidence.SHAPE), int(Evidence.PARTS)]


def test_masks_show_at_most_seven_characters() -> None:
    for size in range(1, 30):
        value = "12345678901234567890123456789"[:size]
        for mask in (masking.digits, masking.document):
            shown = mask(value)
            assert len(shown) == size
            assert len(shown.replace("*", "")) <= min(7, size // 2 if size < 11 else size - 4)
    assert masking.digits("13912340678") == "139****0678"
    assert masking.document("310106196407210506") == "310***********0506"
    assert masking.personal_name("王小明") == "王**"
    assert masking.personal_name("王") == "*"
    assert masking.email("wang@qq.com") == "w***@qq.com"
    assert masking.email("ab@qq.com") == "***@qq.com"
    assert masking.address("浙江省杭州市西湖区文三路9号") == "浙江省杭州市…"
    assert masking.nothing("secret") == "********"


def test_digit_module_is_exact_on_large_columns() -> None:
    """More rows than a chunk, and a column made in one piece or row by row, give the same."""
    rows = digits.bytes_of(pa.array(persons(1000) * 70), 18)
    assert digits.mod_11_2(rows).all()
    assert digits.mod_11_2(np.asfortranarray(rows)).all()
    assert (citizen.judge(rows) == citizen.judge(np.asfortranarray(rows))).all()
