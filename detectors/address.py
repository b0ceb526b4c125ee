"""Address 地址 (postal and home addresses in China, down to the door or as far as they go)

Written from the large to the small: province, city, county, township, road and number, estate, building, unit, floor, room; in the
country a village and a group (组, 队). Divisions may be left out, repeated or joined by hyphens. Three levels are told apart,
since the law asks how precise an address is (`precision`): 1 divisions only, 2 down to a road, village or estate, 3 a number,
building, room or group. Divisions alone are shown and never counted as an address without a title.

Sources: division names of yescallop/areacodes, CC0-1.0; levels after the annotated addresses of
leodotnet/neural-chinese-address-parsing. Confused with: full names of firms, names of townships, bus lines, hotel reviews.

>>> from detectors.base.texts import Texts, shared
>>> found = find(Texts(["浙江省丽娟市清城朱街Z座", "杭州银泉百货有限公司", "住址:吉林省长春市红旗街1954号,电话改日再报"]))
>>> found.value.to_pylist()
['浙江省丽娟市清城朱街Z座', '吉林省长春市红旗街1954号']
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base import masking
from detectors.base.address_columns import inside
from detectors.base.address_parts import AREA, DOOR, STREET, Parts, parts
from detectors.base.detector import Detector
from detectors.base.excerpts import folded, slices, some
from detectors.base.han import characters
from detectors.base.headers import HeaderWords
from detectors.base.matches import Evidence, Identity, Matches
from detectors.base.texts import Texts, shared

LONGEST = 240  # bytes of a cell that is one address; longer cells are read as text
_FIRM = r"(?:公司|集团|厂|事务所|合作社|研究院|研究所|协会|委员会|工作室|有限|局)(?:\(.*\))?$|[主总]任|书记|[县市区镇乡省局]长"
# A firm in an industrial area, a village or a road of its town, and not a firm named after its town.
_LOCATED = (
    r"(?:[市区县旗州镇乡]|街道)[^市区县旗州镇乡\P{Han}]{2,8}?"
    r"(?:村|工业区|工业园区?|科技园区?|产业园区?|开发区|园区|[^道公铁线电网市区县旗州镇乡]路|大街|大道|街|巷)"
    r"(?:[^桥政网建\P{Han}]\p{Han}*)?\d{0,5}[ ,]?\p{Han}{4,}(?:公司|厂)$"
)
_IN_TOWN = r"^\p{Han}{2,3}(?:区|镇|乡|街道)\p{Han}{2,6}(?:工业区|工业园区?|村)\p{Han}{4,}(?:公司|厂)$"
# What has a town and a road in its name as well: institutions, offers and titles.
_NO_HOME = (
    r"(?:小学|中学|大学|学校|学院|幼儿园|医院|卫生院|诊所|银行|[支分]行|[路街道]店|法院|检察院|派出所|政府|[支大]队|办事处|"
    r"[居村]委会?|服务站|中心|基地|景区|公园|博物馆|纪念馆|图书馆|地铁站|旅行社|报社|电视台|频道|俱乐部|剧[院团场]|[商学总合]会|"
    r"经理|专员|主管|总监|助理|工程师|分析师|代表|顾问|实习生|专家|店长|[员师生])(?:\(.*\))?$"
)
# A cell that begins with a word of its own before the address.
_LED = r"^(?:[^省市区县:]{0,6}(?:地址|住址|住所|现居|居住|家住|住在|位于|寄|送|发往|配送)|.{0,20}[:;；])"
_MASKED = r"[*×]{2,}"


def find(texts: Texts) -> Matches:
    """All addresses. SHAPE: any level; PARTS: road, village, estate or finer; LEXICON: a known division; CUE: words lead to it."""
    return shared(texts, "addresses", _find)


def _find(texts: Texts) -> Matches:
    if texts.ascii:
        return Matches.none()
    facts = parts(texts)
    found = facts.level
    if not found.any():
        return Matches.none()
    size = texts.lengths
    sentence = facts.sentence | (size > LONGEST)
    maybe = np.flatnonzero((found > 0) & ~sentence)
    read = sentence & (found == DOOR)
    asked = maybe[facts.leads[maybe]]
    if len(asked):
        led = pc.match_substring_regex(texts.folded.take(pa.array(asked)), _LED).to_numpy(zero_copy_only=False)
        read[asked[led]] = True
        maybe = maybe[~read[maybe]]
    return Matches.join([_whole(texts, facts, found, maybe), _inside(texts, np.flatnonzero(read))])


def precision(values: pa.StringArray) -> NDArray[np.int8]:
    """How precise each address is: 0 none, 1 divisions only, 2 road, village or estate, 3 number, building, room or group."""
    return parts(Texts(values)).level


def cell_precision(texts: Texts) -> NDArray[np.int8]:
    """As `precision`, of every cell, from what `find` has noted: 0 for none, for a part of a cell that of the part."""
    if texts.ascii:
        return np.zeros(len(texts), np.int8)
    facts, found = parts(texts), find(texts)
    levels = facts.level.copy()
    levels[found.row[(found.start > 0) | (found.end < texts.lengths[found.row])]] = DOOR
    rough = np.flatnonzero(facts.blank & (levels > 0) & (levels < DOOR))
    if len(rough):  # without its blanks it may tell more
        levels[rough] = precision(pc.replace_substring(texts.folded.take(pa.array(rough)), " ", ""))
    return levels


def _whole(texts: Texts, facts: Parts, found: NDArray[np.int8], row: NDArray[np.int64]) -> Matches:
    """Cells that are one address."""
    levels = found[row]
    coarse = row[levels < DOOR]
    if len(coarse):  # a firm named after its town is no address
        firm = coarse[_of_nobody(texts, facts, coarse)]
        if len(firm):
            row = np.setdiff1d(row, firm, assume_unique=True)
            levels = found[row]
    if not len(row):
        return Matches.none()
    cells = some(texts, row).folded
    flags = _evidence(levels, (facts.known & ~facts.loose)[row])
    stars = np.flatnonzero(facts.starred[row])
    if len(stars):
        masked = pc.match_substring_regex(cells.take(pa.array(stars)), _MASKED).to_numpy(zero_copy_only=False)
        flags[stars[masked]] = np.uint16(Evidence.SHAPE | Evidence.MASKED)
    value = pc.replace_substring(cells, " ", "") if facts.blank[row].any() else cells
    return Matches(row, np.zeros(len(row), np.int64), texts.lengths[row], flags, value)


def _of_nobody(texts: Texts, facts: Parts, row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these cells, without a number, are the name of a firm, an institution or a post."""
    cells = texts.folded.take(pa.array(row))
    firm = _matching(cells, _FIRM)
    loose = facts.loose[row]
    for named, located in ((firm & (facts.level[row] == STREET) & ~loose, _LOCATED), (firm & loose, _IN_TOWN)):
        at = np.flatnonzero(named)
        if len(at):
            firm[at[_matching(cells.take(pa.array(at)), located)]] = False
    at = np.flatnonzero(loose & ~firm)
    if len(at):
        firm[at[_matching(cells.take(pa.array(at)), _NO_HOME)]] = True
    return firm


def _matching(cells: pa.StringArray, pattern: str) -> NDArray[np.bool_]:
    return np.array(pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False), bool)


def _evidence(levels: NDArray[np.int8], known: NDArray[np.bool_]) -> NDArray[np.uint16]:
    flags = np.where(levels >= STREET, Evidence.SHAPE | Evidence.PARTS, Evidence.SHAPE)
    return np.where((levels > AREA) & known, flags | Evidence.LEXICON, flags).astype(np.uint16)


def _inside(texts: Texts, row: NDArray[np.int64]) -> Matches:
    """Exact addresses inside sentences."""
    if not len(row):
        return Matches.none()
    asked = some(texts, row)
    held = characters(asked)
    at, first, last, cue = inside(held)
    if not len(at):
        return Matches.none()
    start, end = held.in_bytes(at, first, last)
    value = slices(asked, at, start, end)
    facts = parts(folded(value))
    flags = _evidence(facts.level, facts.known)
    flags[cue] |= np.uint16(Evidence.CUE)
    return Matches(row[at], start, end, flags, value).take((facts.level == DOOR) & ~facts.sentence)


def _listed(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


DETECTOR = Detector(
    kind="address",
    title_zh="地址",
    title_en="address",
    find=find,
    headers=HeaderWords(
        strong=_listed(
            "地址 详细地址 住址 现住址 现住地址 居住地址 居住地 家庭住址 家庭地址 户籍地址 户籍地 户籍所在地 户口所在地",
            "户口地址 身份证地址 证件地址 收货地址 收件地址 寄件地址 发货地址 送货地址 配送地址 通讯地址 通信地址 联系地址",
            "邮寄地址 常住地址 暂住地址 现居地 常住地 住所 住所地 坐落 房屋坐落 房屋地址 房产地址 装机地址 安装地址 服务地址",
            "上门地址 账单地址 单位地址 工作地址 籍贯 出生地 街道地址 门牌号 门牌地址 地址信息",
            "address addressline addr fulladdress detailaddress",
            "addressdetail homeaddress homeaddr receiveraddress receiveraddr deliveryaddress resaddress residence",
            "shippingaddress billingaddress streetaddress mailingaddress postaladdress domicile dz zz xzz xxdz jtzz jtdz hjdz",
            "hkdz hkszd jzdz sjjzdz zzdz shdz txdz lxdz dizhi zhuzhi xiangxidizhi jiatingzhuzhi nativeplace",
        ),
        weak=_listed(
            "位置 地点 所在地 所在地区 省市区 区域 地区 location place region district csd jg sjaddress jjaddress street",
        ),
        never=_listed(
            "ip地址 ip mac地址 网址 网站地址 邮件地址 邮箱地址 电子邮件地址 链接地址 图片地址 文件地址 存储地址 公司地址",
            "企业地址 注册地址 经营地址 仓库地址 门店地址 店铺地址 机构地址 学校地址 医院地址 ipaddress ipaddr macaddress",
            "macaddr email emailaddress url webaddress",
        ),
    ),
    alone=(Evidence.PARTS | Evidence.LEXICON, Evidence.PARTS | Evidence.CUE),
    together=Evidence.PARTS,
    quorum=0.6,
    labelled=Evidence.SHAPE,
    identity=Identity.LINKING,
    rank=15,
    mask=masking.address,
    in_text=True,
)
