"""Phones, cards, plates and devices: second opinions, columns that only look like them, and texts that hold several."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import imei as stdnum_imei
from stdnum import luhn as stdnum_luhn

from detectors import (
    advertising_id,
    bank_card,
    coordinates,
    email,
    iccid,
    im_account,
    imei,
    imsi,
    ip_address,
    landline_phone,
    mac_address,
    mobile_phone,
    plate_number,
    waybill,
)
from detectors.base import lexicon
from detectors.base.detector import Detector
from detectors.base.digits import bytes_of
from detectors.base.matches import Evidence
from detectors.base.texts import Texts

ALL = (
    *(module.DETECTOR for module in (mobile_phone, landline_phone, email, bank_card, plate_number, coordinates, ip_address)),
    *(module.DETECTOR for module in (imei, imsi, iccid, mac_address, advertising_id, waybill)),
    *im_account.DETECTORS,
)


def with_check_digit(body: str) -> str:
    return body + stdnum_luhn.calc_check_digit(body)


def mobiles(count: int, seed: int = 7) -> list[str]:
    """Made-up numbers of many networks, none twice."""
    chance = random.Random(seed)
    heads = ["130", "131", "135", "138", "139", "150", "158", "166", "177", "186", "189", "198"]
    return list({f"{chance.choice(heads)}{chance.randrange(10**8):08d}" for _ in range(count)})


def accepted(one: Detector, texts: list[str], needed: object = None) -> list[str]:
    found = one.find(Texts(texts))
    return found.take(found.having(needed or one.labelled)).value.to_pylist()  # type: ignore[arg-type]


def share(one: Detector, column: list[str]) -> float:
    """Share of cells that meet `together`."""
    found = one.find(Texts(column))
    assert one.together is not None
    return len(np.unique(found.row[found.having(one.together)])) / len(column)


def refused(one: Detector, column: list[str]) -> str:
    texts = Texts(column)
    assert one.refuse is not None
    said = one.refuse(texts, one.find(texts))
    return said.en if said else ""


# second opinions


def test_plan_agrees_with_libphonenumber() -> None:
    """Every four-digit head but the known differences: 149 in use, 146 and 148 data cards, 174 satellite, 1610."""
    ours_only = {"146", "148", "149"}
    for head in range(1300, 2000):
        number = f"{head}2345670"
        ours = bool(mobile_phone.in_plan(bytes_of(pa.array([number]), 11))[0])
        theirs = phonenumbers.is_valid_number(phonenumbers.PhoneNumber(86, int(number)))
        if str(head)[:3] in ours_only or str(head).startswith(("174", "161")):
            continue
        assert ours == theirs, number


def test_area_codes_agree_with_libphonenumber() -> None:
    """Every area of the list, with seven and eight digits."""
    listed = lexicon.table("area_codes")
    assert len(listed["code"]) > 300
    for code in listed["code"]:
        for length in (7, 8):
            local = "62345678"[:length]
            theirs = phonenumbers.is_valid_number(phonenumbers.PhoneNumber(86, int(code[1:] + local)))
            assert bool(accepted(landline_phone.DETECTOR, [f"{code}-{local}"])) == theirs, (code, length)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(10**11, 10**19 - 1), min_size=1, max_size=30))
def test_card_checks_agree_with_stdnum(numbers: list[int]) -> None:
    cells = [str(number) for number in numbers]
    found = bank_card.find(Texts(cells))
    said = {row: bool(flags & Evidence.CHECKSUM) for row, flags in zip(found.row.tolist(), found.evidence.tolist(), strict=True)}
    for row, cell in enumerate(cells):
        if row in said:
            assert said[row] == stdnum_luhn.is_valid(cell)


def test_imei_checks_agree_with_stdnum() -> None:
    chance = random.Random(3)
    cells = [str(chance.randrange(10**14, 10**15)) for _ in range(300)]
    found = imei.find(Texts(cells))
    assert len(found) == 300
    assert [bool(flags & Evidence.CHECKSUM) for flags in found.evidence.tolist()] == [stdnum_imei.is_valid(cell) for cell in cells]


def test_every_issuer_number_is_known_with_its_lengths() -> None:
    """The list as written: each BIN accepts each of its lengths, and 20 digits never."""
    listed = lexicon.table("bank_bins")
    assert len(listed["bin"]) > 2000
    for prefix, lengths in list(zip(listed["bin"], listed["lengths"], strict=True))[::7]:
        for length in map(int, lengths.split(",")):
            body = (prefix + "3141592653589793238")[: length - 1]
            found = bank_card.find(Texts([with_check_digit(body)]))
            assert found.having(Evidence.LEXICON | Evidence.CHECKSUM).any(), prefix


# columns


@pytest.mark.parametrize(
    "write",
    [
        lambda m: m,
        lambda m: f"+86 {m}",
        lambda m: f"{m[:3]}-{m[3:7]}-{m[7:]}",
        lambda m: f"{m[:3]} {m[3:7]} {m[7:]}",
        lambda m: f"{m}.0",
        lambda m: f"手机：{m}",
    ],
    ids=["plain", "country", "hyphen", "blank", "float", "label"],
)
@pytest.mark.parametrize("count", [4, 60, 1500])
def test_columns_of_mobiles_are_accepted(write: Callable[[str], str], count: int) -> None:
    column = [write(number) for number in mobiles(count)]
    assert share(mobile_phone.DETECTOR, column) == 1.0
    assert refused(mobile_phone.DETECTOR, column) == ""


def serials(kind: str, count: int) -> list[str]:
    chance = random.Random(11)
    if kind == "random":
        return [str(chance.randrange(10**10, 2 * 10**10)) for _ in range(count)]
    if kind == "dense":
        return [str(chance.randrange(13 * 10**9, 2 * 10**10)) for _ in range(count)]
    if kind == "sequence":
        return [str(15_100_000_000 + number) for number in range(count)]
    if kind == "steps":
        return [str(15_100_000_000 + 1000 * number + chance.randrange(100)) for number in range(count)]
    if kind == "dated":
        return [
            f"{chance.choice((13, 15, 18, 19))}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}{number:05d}"
            for number in range(count)
        ]
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["random", "dense", "sequence", "steps", "dated"])
@pytest.mark.parametrize("count", [100, 2000])
def test_columns_of_serials_are_no_mobiles(kind: str, count: int) -> None:
    column = serials(kind, count)
    assert share(mobile_phone.DETECTOR, column) < mobile_phone.DETECTOR.quorum or refused(mobile_phone.DETECTOR, column)


def test_few_cells_are_refused_only_on_strong_grounds() -> None:
    assert refused(mobile_phone.DETECTOR, mobiles(4)) == ""
    assert refused(mobile_phone.DETECTOR, ["13671045281", "13671045282", "13671045283"]) != ""
    assert refused(mobile_phone.DETECTOR, ["13671045287", "12671045287", "14271045287"]) != ""


def test_columns_of_cards() -> None:
    chance = random.Random(5)
    known = [with_check_digit(f"622202{chance.randrange(10**12):012d}") for _ in range(200)]
    invented = [with_check_digit(f"62{chance.randrange(10**16):016d}") for _ in range(200)]
    for column in (known, invented, known[:5]):
        assert share(bank_card.DETECTOR, column) == 1.0
        assert refused(bank_card.DETECTOR, column) == ""


@pytest.mark.parametrize(
    "column",
    [
        [f"622202{number:013d}" for number in range(10**12, 10**12 + 2000 * 7919, 7919)],
        [f"2024{1 + n % 12:02d}{1 + n % 28:02d}{n % 24:02d}{n % 60:02d}{n % 60:02d}{n % 10000:04d}" for n in range(1000)],
        [str(1_700_000_000_000 + 37_777 * n) for n in range(1000)],
        [str((650_000_000_000 + 7 * n) << 22 | n % 4096) for n in range(1000)],
    ],
    ids=["issuer without check digit", "time stamps", "epoch milliseconds", "snowflake"],
)
def test_columns_of_order_numbers_are_no_cards(column: list[str]) -> None:
    assert share(bank_card.DETECTOR, column) < 0.15
    assert refused(bank_card.DETECTOR, column) != ""


def test_cards_in_sequence_are_refused() -> None:
    column = [str(6222021000000000000 + number) for number in range(40)]
    assert refused(bank_card.DETECTOR, column) != ""


def test_padded_serials_are_no_landlines() -> None:
    column = [f"0{number:010d}" for number in range(7_500_000_000, 7_500_000_500)]
    assert refused(landline_phone.DETECTOR, column) or share(landline_phone.DETECTOR, column) < landline_phone.DETECTOR.quorum


def test_one_column_of_decimals_is_no_place() -> None:
    """Prices and measures stay what they are; a pair of degrees in one cell is a place."""
    prices = [f"{number / 7:.4f}" for number in range(100, 800)]
    assert share(coordinates.DETECTOR, prices) == 0.0
    pairs = [f"{116 + number / 9999:.6f},{39 + number / 7777:.6f}" for number in range(100)]
    assert share(coordinates.DETECTOR, pairs) == 1.0
    assert refused(coordinates.DETECTOR, pairs) == ""
    assert refused(coordinates.DETECTOR, ["116.397128,39.916527"] * 50) != ""


# texts


def test_remarks_hold_several_kinds() -> None:
    remark = Texts(
        ["客户张某13671045287，座机0755-26501937转302，邮箱liwei87@163.com，车停在粤B72K61位，QQ：903013545，微信号：LiWei_1987"]
    )
    found = {one.kind: accepted(one, remark.array.to_pylist(), one.alone) for one in ALL if one.in_text}
    assert found == {
        "mobile_phone": ["13671045287"],
        "landline_phone": ["0755-26501937-302"],
        "email": ["liwei87@163.com"],
        "bank_card": [],
        "plate_number": ["粤B72K61"],
        "wechat": ["liwei_1987"],
        "qq": ["903013545"],
    }


def test_role_accounts() -> None:
    values = pa.array(
        ["info@firm.cn", "hr01@firm.cn", "no-reply@firm.cn", "liwei@firm.cn", "information.li@firm.cn", "kefu@firm.cn"]
    )
    assert email.is_role_account(values).tolist() == [True, True, True, False, False, True]


def test_masks() -> None:
    assert mobile_phone.DETECTOR.mask("13671045287") == "136****5287"
    assert ip_address.DETECTOR.mask("157.225.151.178") == "157.225.*.*"
    assert coordinates.DETECTOR.mask("116.39713,39.91653") == "116.****,39.****"
    assert bank_card.DETECTOR.mask("6222020200113045274") == "622************5274"
    assert "*" in mac_address.DETECTOR.mask("38:f9:d3:4b:f5:51")


# any string


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.sampled_from("0123456789*xX+-. ()（）:：@粤B京AWJ使领转张电话·°′,/\n\u00a0\ud7ffabcdef"), max_size=40),
        max_size=12,
    )
)
def test_find_takes_any_text(cells: list[str]) -> None:
    """No string raises; spans lie within their cells, in order; a cell says the same alone and among others."""
    texts = Texts(cells)
    for one in ALL:
        found = one.find(texts)
        assert len(found.value) == len(found.row)
        assert (np.diff(found.row) >= 0).all()
        assert ((found.start >= 0) & (found.start < found.end)).all()
        assert (found.end <= texts.lengths[found.row]).all()
        if cells:
            alone = one.find(Texts(cells[-1:]))
            last = found.take(found.row == len(cells) - 1)
            assert last.value.to_pylist() == alone.value.to_pylist()
            assert last.evidence.tolist() == alone.evidence.tolist()


def test_slices_of_a_column() -> None:
    """A chunk that begins in the middle of an Arrow buffer gives the same as a copy of it."""
    cells = [
        "13671045287",
        "手机 136-7104-5287",
        "0755-26501937",
        "liwei87@163.com;a.b@126.com",
        "粤B72K61",
        "116.397128,39.916527",
        "157.225.151.178",
    ] * 3
    whole = pa.array(cells)
    for one in ALL:
        for cut in (1, 5):
            part = one.find(Texts(whole.slice(cut, 9)))
            copy = one.find(Texts(cells[cut : cut + 9]))
            assert part.value.to_pylist() == copy.value.to_pylist()
            assert (part.row == copy.row).all()
            assert (part.start == copy.start).all()
