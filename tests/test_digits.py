"""The check kernels against other implementations and against published numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
import stdnum.cn.uscc
import stdnum.iso7064.mod_11_2
import stdnum.luhn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.base import digits
from detectors.base.texts import Texts


def matrix(*texts: str) -> NDArray[np.uint8]:
    return np.array([list(text.encode()) for text in texts], np.uint8)


def some(alphabet: str, width: int, count: int, seed: int = 5) -> NDArray[np.uint8]:
    letters = np.frombuffer(alphabet.encode(), np.uint8)
    return letters[np.random.default_rng(seed).integers(0, len(letters), (count, width))]


def written(rows: NDArray[np.uint8]) -> list[str]:
    return [bytes(row).decode() for row in rows]


def test_citizen_check_agrees_with_stdnum() -> None:
    rows = some("0123456789", 17, 500)
    wanted = [stdnum.iso7064.mod_11_2.calc_check_digit(text) for text in written(rows)]
    assert [chr(byte) for byte in digits.check_11_2(rows)] == wanted
    assert digits.mod_11_2(np.concatenate([rows, digits.check_11_2(rows)[:, None]], axis=1)).all()


def test_small_x_is_a_check_character_and_other_letters_are_none() -> None:
    assert digits.mod_11_2(matrix("11010519491231002X", "11010519491231002x", "11010519491231002a")).tolist() == [True, True, False]


@pytest.mark.parametrize("width", [11, 13, 15, 16, 19])
def test_luhn_agrees_with_stdnum(width: int) -> None:
    rows = some("0123456789", width, 500)
    rows = np.concatenate([rows, matrix("0" * width)])
    assert digits.luhn(rows).tolist() == [stdnum.luhn.is_valid(text) for text in written(rows)]
    rows[:, 3] = ord("A")
    assert not digits.luhn(rows).any()


def test_company_check_agrees_with_stdnum() -> None:
    codes = ["91110000600037341L", "91350100M000100Y43", "91440300708461136T", "9144030071526726XG"]
    codes += ["911100001000013428", "91310000632206860C"]
    assert digits.mod_31_3(matrix(*codes)).tolist() == [stdnum.cn.uscc.is_valid(code) for code in codes]
    rows = some("0123456789ABCDEFGHJKLMNPQRTUWXY", 18, 300)
    wanted = [stdnum.cn.uscc.calc_check_digit(text) == text[-1] for text in written(rows)]
    assert digits.mod_31_3(rows).tolist() == wanted
    assert any(wanted)
    assert not digits.mod_31_3(matrix("91110000600O37341L", "9111000060003734?L")).any()


def test_organisation_check_on_published_codes() -> None:
    right = matrix("600037341", "M000100Y4", "708461136", "71526726X")
    assert digits.gb_11714(right).all()
    wrong = right.copy()
    wrong[:, 0] = ord("9")
    assert not digits.gb_11714(wrong).any()


def test_vin_check_on_published_numbers() -> None:
    right = matrix("1M8GDM9AXKP042788", "5GZCZ43D13S812715", "LVSHCAMB1CE054249", "LJCPCBLCX11000237", "1" * 17)
    assert digits.vin(right).all()
    assert not digits.vin(matrix("1M8GDM9A1KP042788", "1M8GDM9AIKP042788", "1M8GDM9AXKPO42788")).any()


def test_weights_of_travel_documents() -> None:
    assert digits.mod_7_3_1(matrix("CAN110081080310", "KAZ110090123105", "USA110074110419")).tolist() == [True, True, False]
    # ICAO Doc 9303: the specimen's number L898902C and birth date 690806, with their check digits
    assert digits.mod_7_3_1(matrix("L898902C3", "L898902C4")).tolist() == [True, False]
    assert digits.mod_7_3_1(matrix("6908061", "6908062")).tolist() == [True, False]


def test_dates_agree_with_the_calendar() -> None:
    first = date(1895, 1, 1)
    days = [first + timedelta(days=step) for step in range(0, 60_000, 37)]
    texts = [f"{day:%Y%m%d}" for day in days]
    wanted = [date(1900, 1, 1) <= day <= date.today() for day in days]
    assert digits.dates(matrix(*texts)).tolist() == wanted
    year, month_day = digits.numbers(matrix(*texts), ((0, 4), (4, 8)))
    assert digits.days(year, month_day).astype(object).tolist() == days


def test_days_that_do_not_exist() -> None:
    texts = ["19000229", "20230229", "20231301", "20230001", "20230100", "20230431", "1990010A", "        ", "99999999"]
    assert not digits.dates(matrix(*texts), last=99991231).any()


def test_leap_days() -> None:
    assert digits.dates(matrix("20000229", "20240229")).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=20))
def test_no_bytes_raise(rows: list[bytes]) -> None:
    some_bytes = np.array([list(row) for row in rows], np.uint8)
    wide = np.tile(some_bytes, 3)[:, :18]
    kernels: tuple[Callable[[NDArray[np.uint8]], NDArray[np.bool_]], ...] = (digits.mod_11_2, digits.mod_31_3, digits.luhn)
    for kernel in kernels:
        assert len(kernel(wide)) == len(rows)
    assert len(digits.vin(wide[:, :17])) == len(digits.dates(some_bytes)) == len(digits.gb_11714(wide[:, :9])) == len(rows)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("0123456789", min_size=1, max_size=19), min_size=1, max_size=20))
def test_spans_of_several_lengths_in_one_matrix(values: list[str]) -> None:
    texts = Texts(values)
    wide = digits.aligned(texts.data, texts.starts, texts.ends, 19)
    assert written(wide) == [value.rjust(19, "0") for value in values]
    assert digits.luhn(wide).tolist() == [stdnum.luhn.checksum(value) == 0 for value in values]


def test_numbers_of_several_columns() -> None:
    rows = matrix("440308199901101512", "999999000012310000")
    division, year, month_day = digits.numbers(rows, ((0, 6), (6, 10), (10, 14)))
    assert (division.tolist(), year.tolist(), month_day.tolist()) == ([440308, 999999], [1999, 0], [110, 1231])
    assert digits.number(rows).tolist() == [440308199901101512, 999999000012310000]


def test_fifteen_digits_become_eighteen() -> None:
    assert written(digits.eighteen(matrix("610104620927690"))) == ["610104196209276908"]


def test_upper_touches_small_letters_only() -> None:
    every = np.arange(256, dtype=np.uint8)[None, :]
    wanted = [byte - 32 if 97 <= byte <= 122 else byte for byte in range(256)]
    assert digits.upper(every)[0].tolist() == wanted


def test_bytes_of_a_slice() -> None:
    array = pa.array(["00", "12", "34", "56"]).slice(1, 2)
    assert written(digits.bytes_of(array, 2)) == ["12", "34"]
    assert digits.lengths(array).tolist() == [2, 2]


def test_empty_input() -> None:
    none = np.zeros((0, 18), np.uint8)
    assert len(digits.mod_11_2(none)) == len(digits.luhn(none)) == len(digits.mod_31_3(none)) == 0
    assert digits.taken(np.zeros(0, np.uint8), np.zeros(0, np.int64), 5).shape == (0, 5)
    assert digits.aligned(np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64), 5).shape == (0, 5)
