"""What a table's columns are, decided once from a sample: headers propose, values decide.

The whole rule: a header that announces a kind holds unless the values contradict it; without one, a quorum of the distinct
cells must entirely be matches with enough evidence, and the column must not look like serial numbers. What is refused keeps
its reason (`ColumnProfile.why`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detectors.base.detector import Detector
from detectors.base.headers import Header, Strength, announces, forbids, read_header
from detectors.base.matches import Evidence, Identity, Matches, Needed
from detectors.base.sentence import Sentence
from detectors.base.texts import Texts, filled
from detectors.fields import has_time_of_day
from scanner.model import Chunk
from scanner.subjects import subjects
from scanner.whole_table import MACHINES, NAMED_ONLY, lists_firms, lists_machines

SAMPLE = 1_000  # distinct cells looked at per column
FEW = 0.10  # under a header: this share of the cells must look like the kind (detection.md's tables: header says it, values agree)
HALF = 0.50  # under a weak header
CODES = 0.80  # share of one-run cells from which a column is a column of codes, not text
CHANCE = 0.50  # in a column of codes, hits must outnumber the look-alikes that fail their checks
ACCIDENT = 0.20  # share of shaped values that may pass a check digit by chance (one in eleven) in a column of something else
MANY = 100  # distinct values of one length without a hit from which a column is one of serial numbers
ALL_BUT_FEW = 0.90  # share of published samples among the values that look like a kind from which the column is one of test data
ENOUGH = 20  # values from which that can be told
NEVER = Evidence.MASKED  # evidence that no hit can have
NUMBERED = ("号", "编号", "单号", "序号", "流水", "编码", "代码", "no", "id", "code", "sn", "serial", "num", "number")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column: detectors that may claim its cells (the first gives the kind), and those asked about its text.

    needed    evidence that suffices, one per detector
    evidence  what the decision rests on, for people
    suppressed  the user's allow-list accepts the whole column
    serial    digits of the serial numbers that the column is made of (order numbers, all of one length); 0 for any other.
              Cells of that very form are not searched; a cell that differs is
    distinct  share of distinct values in the sample: low means that a dictionary pays
    """

    index: int
    header: str
    detectors: tuple[Detector, ...] = ()
    needed: tuple[Needed, ...] = ()
    inside: tuple[Detector, ...] = ()
    evidence: Evidence = Evidence.NONE
    subject: int = 0
    distinct: float = 1.0
    suppressed: bool = False
    serial: int = 0
    why: Sentence | None = None

    @property
    def kind(self) -> str | None:
        return self.detectors[0].kind if self.detectors else None


@dataclass(frozen=True, slots=True)
class TableProfile:
    """All columns, and what only the table as a whole tells.

    directory    a company directory: registration data of firms, nothing private beside it
    company      some column names an organisation
    times        columns whose time of day, with a place, makes whereabouts
    """

    columns: tuple[ColumnProfile, ...]
    directory: bool = False
    company: bool = False
    times: tuple[int, ...] = ()


# A fixed address beside one of these times is an order or a registration, not a movement.
NOT_A_MOVEMENT = (
    *(
        "下单",
        "订单",
        "注册",
        "创建",
        "登记",
        "签约",
        "支付",
        "付款",
        "发货",
        "开户",
        "录入",
        "更新",
        "修改",
        "出生",
        "交易",
        "成交",
        "申请",
        "审批",
        "导出",
    ),
    *("order", "create", "regist", "signup", "update", "modif", "pay", "ship", "birth", "apply", "export"),
)


def profile(header: Sequence[str] | None, chunk: Chunk, catalogue: Sequence[Detector]) -> TableProfile:
    """Decide the kind of every column from its title and a sample of the first chunk."""
    titles = list(header or [])
    titles += [""] * (len(chunk.columns) - len(titles))
    people = subjects(titles)
    headers = [read_header(title) for title in titles]
    named = [[(d, s) for d in catalogue if (s := announces(header, d.headers))] for header in headers]
    said = {d.kind for announced in named for d, s in announced if s is Strength.STRONG}
    if "coordinates" in said:  # 速度, 方向 beside 经度, 纬度
        said.add("whereabouts")
    if any(header.role == "患者" for header in headers):  # 检测结果 of somebody examined
        said.add("medical_record")
    if {"主叫", "被叫"} <= {header.role for header in headers}:
        said.add("call_record")
    columns = []
    for index, column in enumerate(chunk.columns):
        announced = [(d, s) for d, s in named[index] if s is Strength.STRONG or _objects(d) or d.kind in said]
        columns.append(_column(index, headers[index], people[index], announced, column, catalogue))
    kinds = [c.detectors[0] if c.detectors else None for c in columns]
    if lists_machines(kinds):
        columns = [nobodys(c, _MACHINES) if c.kind in MACHINES else c for c in columns]
    if "personal_name" not in {d.kind for d in kinds if d}:
        columns = [nobodys(c, _UNNAMED) if c.kind in NAMED_ONLY and c.evidence is Evidence.COLUMN else c for c in columns]
    company, directory = lists_firms(headers, kinds)
    times = tuple(
        c.index
        for c in columns
        if c.kind == "timestamp"
        and not any(word in c.header.lower() for word in NOT_A_MOVEMENT)
        and _mostly(has_time_of_day(_sample(chunk.columns[c.index])[0]))
    )
    return TableProfile(tuple(columns), directory, company, times)


def nobodys(column: ColumnProfile, why: Sentence) -> ColumnProfile:
    """The column without a kind, because of what the rest of the table says."""
    return replace(column, detectors=(), needed=(), evidence=Evidence.NONE, why=why)


def accepted(column: ColumnProfile, reason: str) -> ColumnProfile:
    """The column as it is, or, with the user's reason, without a kind: its cells count as suppressed."""
    if not reason:
        return column
    return replace(
        column,
        detectors=(),
        needed=(),
        inside=(),
        evidence=Evidence.NONE,
        suppressed=True,
        why=Sentence("allowed", f"允许清单：{reason}", f"allow-list: {reason}"),
    )


def _mostly(mask: NDArray[np.bool_]) -> bool:
    return bool(len(mask)) and float(mask.mean()) >= HALF


def _sample(column: pa.StringArray) -> tuple[Texts, float]:
    """Distinct non-empty cells, spread over the chunk, and the share of distinct among those drawn."""
    full = np.flatnonzero(filled(column))
    drawn = full[np.linspace(0, len(full) - 1, SAMPLE).astype(np.int64)] if len(full) > SAMPLE else full
    if not len(drawn):
        return Texts([]), 1.0
    distinct = pc.unique(column.take(pa.array(drawn)))
    return Texts(distinct), len(distinct) / len(drawn)


def _objects(detector: Detector) -> bool:
    """Whether values can speak against the kind. Where none can, a weak title needs a strong one of its kind in the table."""
    return detector.together is not None or (detector.identity >= Identity.WEAK and detector.kind not in MACHINES)


def _column(
    index: int,
    header: Header,
    subject: int,
    named: list[tuple[Detector, Strength]],
    column: pa.StringArray,
    catalogue: Sequence[Detector],
) -> ColumnProfile:
    texts, distinct = _sample(column)
    detectors, needed, evidence, why = _by_header(named, texts) or _by_values(header, texts, catalogue)
    inside, serial = _inside(texts, detectors, catalogue)
    return ColumnProfile(index, header.text, detectors, needed, inside, evidence, subject, distinct, serial=serial, why=why)


Choice = tuple[tuple[Detector, ...], tuple[Needed, ...], Evidence, Sentence | None]

_AGREES = Sentence("header", "表头如此，取值相符", "the header says so and the values agree")
_MACHINES = Sentence("machines", "表内没有与人有关的列，是机器的编号", "no column speaks of a person: numbers of machines")
_UNNAMED = Sentence(
    "unnamed", "没有表头，表内也没有姓名：可能是货号", "no title, and no name in the table: part numbers look alike"
)
_NOT_SEEN = Sentence("header_only", "依表头认定；抽样中没有取值", "header; no values in the sample")
_EMPTY = Sentence("no_values", "没有取值", "no values")
_SAMPLES = Sentence(
    "samples",
    "取值是公开样例、测试号码、占位内容或公用邮箱，不计入",
    "the values are published samples, placeholders or shared mailboxes, not counted",
)


def _by_header(named: list[tuple[Detector, Strength]], texts: Texts) -> Choice | None:
    """The announced kinds that the values bear out, best first; None when the header settles nothing."""
    if not named:
        return None
    if not len(texts):  # nothing to contradict it: later rows may be full
        strong = [d for d, s in named if s is Strength.STRONG]
        return _accepted(strong, Evidence.HEADER, _NOT_SEEN) if strong else None
    # ordered: strong titles before weak ones, values that agree before values that hardly do, then as catalogued
    borne: list[tuple[int, float, int, Detector]] = []
    contradicted: list[Detector] = []
    suspects: dict[str, Sentence | None] = {}
    samples: set[str] = set()
    for order, (detector, strength) in enumerate(named):
        matches = detector.find(texts)
        good = _share(matches, texts, matches.having(detector.labelled))
        shaped = _share(matches, texts, np.ones(len(matches), bool))
        sure = strength is Strength.STRONG
        identifies = detector.identity >= Identity.PERSONAL
        if sure and (good >= FEW or shaped >= HALF or (identifies and shaped >= FEW)):
            borne.append((0, 0.0 if good >= HALF else -(good + shaped / 10), order, detector))
            if _are_samples(matches):
                samples.add(detector.kind)
            if good <= ACCIDENT * shaped and len(matches) >= ENOUGH and detector.refuse and _checked(detector.labelled):
                suspects[detector.kind] = detector.refuse(texts, matches)
        elif sure:
            contradicted.append(detector)
        elif good >= HALF and not (detector.refuse and detector.refuse(texts, matches)):
            borne.append((1, 0.0, order, detector))
    if not borne:
        return None
    ordered = [d for *_, d in sorted(borne, key=lambda b: (b[0], b[1] != 0.0, b[1], b[2]))]
    others = [d for d in contradicted if d.identity >= Identity.PERSONAL]
    suspect = suspects.get(ordered[0].kind)
    why = _SAMPLES if ordered[0].kind in samples else _AGREES
    if suspect:  # lost digits, work orders: what passes the check digit does so by accident
        kept, needed, evidence, _ = _accepted(ordered[:1], Evidence.HEADER, why)
        return (
            kept,
            (NEVER,),
            evidence,
            why if why is _SAMPLES else suspect.within("suspect", "存疑，不计入", "suspect, not counted"),
        )
    return _accepted([*ordered, *others], Evidence.HEADER, why)


def _accepted(detectors: list[Detector], evidence: Evidence, why: Sentence) -> Choice:
    """The first is the column's kind; identifiers that the same header announces may claim the other cells."""
    kept = [
        d
        for n, d in enumerate(detectors)
        if n == 0 or (detectors[0].identity >= Identity.PERSONAL and d.identity >= Identity.PERSONAL)
    ]
    return tuple(kept), tuple(d.labelled for d in kept), evidence, why


def _by_values(header: Header, texts: Texts, catalogue: Sequence[Detector]) -> Choice:
    """The first kind that a quorum of the cells is entirely made of; or nothing, with the reason of the nearest miss."""
    why: Sentence | None = None
    if not len(texts):
        return (), (), Evidence.NONE, _EMPTY
    for detector in catalogue:
        if detector.together is None or (header.normalised and _forbidden(header, detector)):
            continue
        matches = detector.find(texts)
        if not len(matches):
            continue
        share = _entire(matches, texts, matches.having(detector.together))
        if share < detector.quorum:
            if share >= FEW and not why:
                why = _too_few(detector, share)
            elif _are_samples(matches) and _entire(matches, texts, np.ones(len(matches), bool)) >= detector.quorum and not why:
                why = _SAMPLES
            continue
        refusal = detector.refuse(texts, matches) if detector.refuse else None
        if not refusal:
            said = Sentence("values", f"{share:.0%} 的取值整格都是这一类", f"{share:.0%} of the values are entirely of this kind")
            return (detector,), (detector.labelled,), Evidence.COLUMN, said  # the column is its cells' label now
        why = why or refusal.within("refused", f"不是{detector.title_zh}", f"not {detector.title_en}")
    return (), (), Evidence.NONE, why


def _too_few(detector: Detector, share: float) -> Sentence:
    needed = f"{detector.quorum:.0%}"
    zh = f"{share:.0%} 的取值像{detector.title_zh}，没有表头时须达 {needed}"
    return Sentence("too_few", zh, f"{share:.0%} of the values look like {detector.title_en}, {needed} are needed without a header")


def _are_samples(matches: Matches) -> bool:
    """Whether nearly all that looks like the kind is a published sample or a placeholder, and no value of anybody."""
    return bool(len(matches)) and float(((matches.evidence & np.uint16(Evidence.DUMMY)) != 0).mean()) >= ALL_BUT_FEW


def _forbidden(header: Header, detector: Detector) -> bool:
    """A title that rules the kind out (企业名称 for a name), or calls a column a serial number where no check digit can object."""
    if forbids(header, detector.headers):
        return True
    checked = detector.together is not None and _checked(detector.together)
    return not checked and detector.identity >= Identity.PERSONAL and header.normalised.endswith(NUMBERED)


def _checked(needed: Needed) -> bool:
    """Whether a check digit (or, for numbers that have none, a lexicon) must confirm the value."""
    alternatives = needed if isinstance(needed, tuple) else (needed,)
    return all(evidence & (Evidence.CHECKSUM | Evidence.LEXICON) for evidence in alternatives)


def _share(matches: Matches, texts: Texts, chosen: NDArray[np.bool_]) -> float:
    """Share of the cells with at least one chosen match."""
    return len(np.unique(matches.row[chosen])) / len(texts) if len(texts) else 0.0


def _entire(matches: Matches, texts: Texts, chosen: NDArray[np.bool_]) -> float:
    """Share of the cells that are made of chosen matches but for separators and a short label."""
    if not chosen.any() or not len(texts):
        return 0.0
    covered = np.bincount(matches.row[chosen], weights=(matches.end - matches.start)[chosen], minlength=len(texts))
    return float((covered >= 0.75 * np.maximum(texts.lengths, 1))[covered > 0].sum()) / len(texts)


def _inside(texts: Texts, taken: tuple[Detector, ...], catalogue: Sequence[Detector]) -> tuple[tuple[Detector, ...], int]:
    """Detectors asked about the text of this column; none for a column whose kind has value checks of its own.

    In a column of codes (order numbers, serials) one kind is asked only if its hits are more than chance: when most of the
    look-alikes fail their check digit, the rest are accidents. Also the length of the numbers, where all are of one length
    and none is a hit.
    """
    if taken and taken[0].identity >= Identity.PERSONAL:
        return (), 0
    asked = [d for d in catalogue if d.in_text and d.alone is not None and d not in taken]
    if taken and taken[0].identity is not Identity.NONE:  # in a name or an address only what identifies by itself
        asked = [d for d in asked if d.identity >= Identity.PERSONAL]
    if not len(texts):
        return tuple(asked), 0
    runs = texts.runs
    alone = np.zeros(len(texts), bool)
    alone[runs.row[(runs.end - runs.start) >= 0.75 * texts.lengths[runs.row]]] = True
    if alone.mean() < CODES:
        return tuple(asked), 0
    kept, hits = [], 0
    for detector in asked:
        matches = detector.find(texts)
        good = int(matches.having(detector.alone or Evidence.NONE).sum())
        hits += good
        few = good == 0 and len(matches) < ENOUGH
        if few or (good >= CHANCE * len(matches) and not (detector.refuse and detector.refuse(texts, matches))):
            kept.append(detector)
    size = int(texts.lengths[0])
    serial = hits == 0 and len(runs) == len(texts) >= MANY and bool(runs.digits.all() and (texts.lengths == size).all())
    return tuple(kept), size if serial else 0
