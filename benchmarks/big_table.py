"""A large synthetic table, made with array operations: the same rows for the same seed.

Twelve columns as in an export of a shop: number, name, ID number, telephone, address, card, e-mail, order number, amount, day,
moment, remark. Roughly 210 bytes a row. The persons are made up: real prefixes and check digits, random everything else.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the fixtures stand beside this folder

from fixtures.makers import words
from fixtures.makers.workbook import Sheet, workbook_bytes

BATCH = 50_000
HEADER = (
    "序号",
    "客户姓名",
    "身份证号",
    "手机号",
    "联系地址",
    "银行卡号",
    "邮箱",
    "订单号",
    "订单金额",
    "下单日期",
    "登记时间",
    "备注",
)
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECKS = np.frombuffer(b"10X98765432", np.uint8)


def _strings(matrix: NDArray[np.uint8]) -> pa.StringArray:
    count, width = matrix.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix)))


def _digits(dice: np.random.Generator, count: int, width: int) -> NDArray[np.uint8]:
    return dice.integers(48, 58, (count, width), dtype=np.uint8)


def _ascii(texts: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(len(texts), -1)


def _drawn(dice: np.random.Generator, options: tuple[str, ...], count: int) -> pa.StringArray:
    return pa.array(options, pa.string()).take(pa.array(dice.integers(0, len(options), count)))


def _joined(*parts: pa.StringArray | str) -> pa.StringArray:
    return pc.binary_join_element_wise(*parts, "")


def _resident_ids(dice: np.random.Generator, count: int) -> pa.StringArray:
    regions = _ascii([d[0] for d in words.DIVISIONS])
    first = np.datetime64("1950-01-01")
    days = first + np.arange(365 * 55)
    born = _ascii([str(d).replace("-", "") for d in days])
    body = np.hstack(
        [regions[dice.integers(0, len(regions), count)], born[dice.integers(0, len(born), count)], _digits(dice, count, 3)]
    )
    check = _CHECKS[((body - 48).astype(np.int64) @ _ID_WEIGHTS) % 11]
    return _strings(np.hstack([body, check[:, None]]))


def _mobiles(dice: np.random.Generator, count: int) -> pa.StringArray:
    prefixes = _ascii(list(words.MOBILE_PREFIXES))
    return _strings(np.hstack([prefixes[dice.integers(0, len(prefixes), count)], _digits(dice, count, 8)]))


def _cards(dice: np.random.Generator, count: int) -> pa.StringArray:
    """Nineteen digits with a known BIN and a Luhn digit."""
    bins = _ascii([b for b, length in words.CARD_BINS if length == 19])
    body = np.hstack([bins[dice.integers(0, len(bins), count)], _digits(dice, count, 12)])
    doubled = (body - 48).astype(np.int64)
    doubled[:, ::-2] *= 2
    doubled -= 9 * (doubled > 9)
    check = (-doubled.sum(axis=1) % 10 + 48).astype(np.uint8)
    return _strings(np.hstack([body, check[:, None]]))


def _numbers(dice: np.random.Generator, low: int, high: int, count: int) -> pa.StringArray:
    return pc.cast(pa.array(dice.integers(low, high, count)), pa.string())


def _remarks(dice: np.random.Generator, count: int, names: pa.StringArray, phones: pa.StringArray) -> pa.StringArray:
    goods, when = _drawn(dice, words.GOODS, count), _numbers(dice, 1, 31, count)
    plain = _joined("客户要求", when, "日前送达，", goods, "需开发票，单据", _numbers(dice, 100000, 999999, count))
    idle = _drawn(dice, ("", "无", "已处理", "等待客户确认收货时间", "商品包装完好，客户满意", "仓库缺货，已通知补货"), count)
    called = _joined("客户", names, "来电反映", goods, "未收到，回拨", phones)
    share = dice.random(count)
    text = pc.if_else(pa.array(share < 0.5), plain, idle)
    return pc.if_else(pa.array(share < 0.15), called, text)


def batches(rows: int, seed: int = 1) -> Iterator[pa.RecordBatch]:
    """The rows in parts of 50,000, as text."""
    dice = np.random.default_rng(seed)
    given = tuple(a + b for a in words.GIVEN_MIDDLE for b in words.GIVEN_LAST) + words.GIVEN_LAST
    places = tuple((f"{p}" if p == c else f"{p}{c}") + d for _, p, c, d in words.DIVISIONS)
    days = tuple(str(d) for d in np.datetime64("2024-01-01") + np.arange(900))
    hosts = tuple("@" + h for h in words.MAIL_HOSTS)
    for at in range(0, rows, BATCH):
        n = min(BATCH, rows - at)
        names = _joined(_drawn(dice, words.SURNAMES, n), _drawn(dice, given, n))
        phones = _mobiles(dice, n)
        address = _joined(
            _drawn(dice, places, n), _drawn(dice, words.ROADS, n), _numbers(dice, 1, 900, n), "号", _drawn(dice, words.ESTATES, n),
            _numbers(dice, 1, 33, n), "栋", _numbers(dice, 1, 5, n), "单元", _numbers(dice, 101, 3309, n), "室",
        )  # fmt: skip
        letters = _strings(dice.integers(97, 123, (n, 6), dtype=np.uint8))
        clock = pc.strftime(pa.array(dice.integers(0, 86400, n)).cast(pa.timestamp("s")), format="%H:%M:%S")
        columns = [
            pc.cast(pa.array(np.arange(at + 1, at + n + 1)), pa.string()),
            names,
            _resident_ids(dice, n),
            phones,
            address,
            _cards(dice, n),
            _joined(letters, _numbers(dice, 10, 99999, n), _drawn(dice, hosts, n)),
            _strings(np.hstack([dice.integers(49, 57, (n, 1), dtype=np.uint8), _digits(dice, n, 17)])),
            _joined(_numbers(dice, 1, 9999, n), ".", _strings(_digits(dice, n, 2))),
            _drawn(dice, days, n),
            _joined(_drawn(dice, days, n), " ", clock),
            _remarks(dice, n, names, phones),
        ]
        yield pa.RecordBatch.from_arrays(
            [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns], list(HEADER)
        )


def write_csv(path: Path, rows: int | None = None, size: int | None = None, encoding: str = "utf-8") -> int:
    """Writes that many rows, or as many batches as fill `size` bytes; gives the rows."""
    # no value needs quotes; "needed" would quote every text all the same
    options = pa.csv.WriteOptions(include_header=False, quoting_style="none")
    written = 0
    with path.open("wb") as file:
        file.write((",".join(HEADER) + "\n").encode(encoding))
        for batch in batches(rows if rows is not None else 1 << 40):
            sink = pa.BufferOutputStream()
            pa.csv.write_csv(batch, sink, options)
            data = sink.getvalue().to_pybytes()
            file.write(data if encoding == "utf-8" else data.decode("utf-8").encode(encoding))
            written += batch.num_rows
            if size is not None and file.tell() >= size:
                break
    return written


def write_xlsx(path: Path, rows: int) -> None:
    """One sheet; telephones and amounts as numbers, compressed as real workbooks are."""
    lines: list[list[str | int | float]] = [list(HEADER)]
    for batch in batches(rows):
        cells = [c.to_pylist() for c in batch.columns]
        cells[0], cells[3], cells[8] = [int(v) for v in cells[0]], [int(v) for v in cells[3]], [float(v) for v in cells[8]]
        lines.extend(map(list, zip(*cells, strict=True)))
    plain = path.with_suffix(".plain")
    plain.write_bytes(workbook_bytes([Sheet("订单", lines)]))
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, old.read(part))
    plain.unlink()
