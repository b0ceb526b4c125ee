"""Coordinates 经纬度坐标 (latitude and longitude)

Structure: decimal degrees in one column each, a pair in one cell (`116.397128,39.916527`, either order, `POINT(…)`), or degrees,
minutes and seconds (`116°23′50″`). China lies between 73.4 and 135.1 east, 3.8 and 53.6 north; four decimals are about eleven
metres. The shift of GCJ-02 and BD-09 (up to a kilometre) does not matter for telling what a column is. Canonical: degrees rounded
to five decimals, longitude first.

Confused with: any other decimal numbers, so that single columns need a header. Fixed places of shops or
stations are no persons' whereabouts; the table decides that.

>>> from detectors.base.texts import Texts
>>> find(Texts(["39.916527, 116.397128", "1,234.50"])).value.to_pylist()
['116.39713,39.91653']
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts

WEST, EAST, SOUTH, NORTH = 73.4, 135.1, 3.8, 53.6
PRECISE = 4  # decimals

_SINGLE = r"^(?:[NE东北]|[东北][经纬]:?)? ?(?P<degrees>-?[0-9]{1,3}\.(?P<decimals>[0-9]{1,15}))°? ?[NE]?$"
_PAIR = (
    r"^(?:POINT ?)?[(\[]? ?(?P<first>-?[0-9]{1,3}\.(?P<one>[0-9]{3,15}))°? ?[NE]? ?[,;/| ]"
    r" ?(?P<second>-?[0-9]{1,3}\.(?P<two>[0-9]{3,15}))°? ?[NE]? ?[)\]]?$"
)
_SEXAGESIMAL = re.compile(r"([0-9]{1,3})°\s?([0-5]?[0-9])[′'’分]\s?(?:([0-5]?[0-9](?:\.[0-9]+)?)(?:[″\"”秒]|′′|'')?)?")


def find(texts: Texts) -> Matches:
    """Whole cells. SHAPE: decimal degrees; PARTS: in China with four decimals (or degrees and minutes); NEIGHBOUR: a pair."""
    size = texts.lengths
    rows = np.flatnonzero((size >= 3) & (size <= 64))
    if not len(rows):
        return Matches.none()
    first, last = int(texts.offsets[0]), int(texts.offsets[-1])
    parts: list[Matches] = []
    dotted = _rows_with(texts, first, last, 46)
    if len(dotted):
        dotted = dotted[size[dotted] <= 64]
        part = texts.folded if len(dotted) == len(texts) else texts.folded.take(pa.array(dotted))
        parts.append(_single(texts, dotted, part))
        parts.append(_pair(texts, dotted, part))
    degrees = _rows_with(texts, first, last, 0xB0)
    if len(degrees):
        parts.append(_sexagesimal(texts, degrees))
    return Matches.join(parts)


def _rows_with(texts: Texts, first: int, last: int, byte: int) -> NDArray[np.int64]:
    at = np.flatnonzero(texts.data[first:last] == byte) + first
    return np.unique(np.searchsorted(texts.offsets, at, side="right") - 1)


def _floats(array: pa.Array) -> NDArray[np.float64]:
    return np.asarray(array.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _text(degrees: NDArray[np.float64]) -> pa.StringArray:
    return pc.cast(pc.round(pa.array(degrees), ndigits=5), pa.string())


def _decimals(array: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.binary_length(array).to_numpy(zero_copy_only=False), np.int64)


def in_china(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points lie in the box around China."""
    return (longitude >= WEST) & (longitude <= EAST) & (latitude >= SOUTH) & (latitude <= NORTH)


def _single(texts: Texts, rows: NDArray[np.int64], part: pa.StringArray) -> Matches:
    fits = pc.match_substring_regex(part, _SINGLE).to_numpy(zero_copy_only=False)
    if not fits.any():
        return Matches.none()
    rows = rows[fits]
    said = pc.extract_regex(part if fits.all() else part.filter(pa.array(fits)), _SINGLE)
    degrees = _floats(said.field("degrees"))
    decimals = _decimals(said.field("decimals"))
    right = np.abs(degrees) <= 180
    precise = (decimals >= PRECISE) & (((degrees >= SOUTH) & (degrees <= NORTH)) | ((degrees >= WEST) & (degrees <= EAST)))
    evidence = np.where(precise, np.uint16(Evidence.SHAPE | Evidence.PARTS), np.uint16(Evidence.SHAPE)).astype(np.uint16)
    found = Matches(rows, np.zeros(len(rows), np.int64), texts.lengths[rows], evidence, _text(degrees))
    return found if right.all() else found.take(right)


def _pair(texts: Texts, rows: NDArray[np.int64], part: pa.StringArray) -> Matches:
    fits = pc.match_substring_regex(part, _PAIR).to_numpy(zero_copy_only=False)
    if not fits.any():
        return Matches.none()
    rows = rows[fits]
    said = pc.extract_regex(part if fits.all() else part.filter(pa.array(fits)), _PAIR)
    one, two = _floats(said.field("first")), _floats(said.field("second"))
    swapped = (np.abs(one) <= 90) & ((np.abs(two) > 90) | in_china(two, one))
    longitude, latitude = np.where(swapped, two, one), np.where(swapped, one, two)
    right = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    precise = (np.minimum(_decimals(said.field("one")), _decimals(said.field("two"))) >= PRECISE) & in_china(longitude, latitude)
    pair = np.uint16(Evidence.SHAPE | Evidence.NEIGHBOUR)
    evidence = np.where(precise, pair | np.uint16(Evidence.PARTS), pair).astype(np.uint16)
    value = pc.binary_join_element_wise(_text(longitude), _text(latitude), ",")
    found = Matches(rows, np.zeros(len(rows), np.int64), texts.lengths[rows], evidence, value)
    return found if right.all() else found.take(right)


def _sexagesimal(texts: Texts, rows: NDArray[np.int64]) -> Matches:
    """Cells with one or two angles in degrees and minutes."""
    kept: list[tuple[int, str, bool]] = []
    for at, text in zip(rows.tolist(), texts.rows(rows), strict=True):
        angles = [int(d) + int(m) / 60 + float(s or 0) / 3600 for d, m, s in _SEXAGESIMAL.findall(text)]
        if angles and len(angles) <= 2 and max(angles) <= 180:
            kept.append((at, ",".join(f"{angle:.5f}" for angle in sorted(angles, reverse=True)), len(angles) == 2))
    if not kept:
        return Matches.none()
    row = np.array([at for at, _, _ in kept], np.int64)
    flags = Evidence.SHAPE | Evidence.PARTS
    evidence = np.array([flags | Evidence.NEIGHBOUR if pair else flags for _, _, pair in kept], np.uint16)
    return Matches(row, np.zeros(len(row), np.int64), texts.lengths[row], evidence, pa.array([v for _, v, _ in kept], pa.string()))


def refuse(texts: Texts, matches: Matches) -> Sentence | None:
    """Why a column of such numbers or pairs is not a column of places, or None."""
    if len(matches) >= 3 and len(pc.unique(matches.value)) < 3:
        return Sentence("spread", "取值几乎不变", "the values hardly vary")
    precise = float(((matches.evidence & np.uint16(Evidence.PARTS)) != 0).mean()) if len(matches) else 0.0
    if precise >= 0.5:
        return None
    zh = f"只有 {precise:.0%} 的取值是中国境内的精确度数"
    return Sentence("imprecise", zh, f"only {precise:.0%} of the values are precise degrees in China")


STRONG = """
经度 纬度 经纬度 坐标 坐标经度 坐标纬度 地理坐标 gps坐标 gps经度 gps纬度 定位坐标 位置坐标 定位经度 定位纬度 经度坐标 纬度坐标
百度经度 百度纬度 高德经度 高德纬度 东经 北纬 x坐标经度 lng lon longitude lat latitude lnglat latlng lonlat latlon gps gpslng
gpslat gpslon coordinate coordinates coord coords geo geopoint lnggps latgps wgs84lng wgs84lat gcjlng gcjlat bdlng bdlat
jingdu weidu
"""
WEAK = "jd wd long location loc 定位 位置 地理位置 gpslocation position point x y x坐标 y坐标"
NEVER = "价格 金额 单价 比例 率 price rate amount 分辨率"

HEADERS = HeaderWords(strong=frozenset(STRONG.split()), weak=frozenset(WEAK.split()), never=frozenset(NEVER.split()))

DETECTOR = Detector(
    kind="coordinates",
    title_zh="经纬度坐标",
    title_en="coordinates",
    find=find,
    headers=HEADERS,
    together=Evidence.SHAPE | Evidence.PARTS | Evidence.NEIGHBOUR,
    quorum=0.9,
    labelled=Evidence.SHAPE,
    refuse=refuse,
    identity=Identity.NONE,
    mask=lambda value: re.sub(r"\.[0-9]+", ".****", value),
)
