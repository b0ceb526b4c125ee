"""Reports made by hand: the founding case, a folder with unread parts, a scan with nothing in it. No value of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from detectors.base.sentence import Sentence
from scanner.law.model import (
    Assessment,
    CategoryNote,
    Citation,
    Facts,
    People,
    PeopleLine,
    PolicyResult,
    ReadingName,
    ReadingResult,
    Reason,
    Swing,
    Verdict,
)
from scanner.model import FileReport, Finding, Inside, Report, TableReport, TallyLine, Unread
from scanner.tally import Tally

DAY = date(2026, 9, 1)
CITE = Citation("法释〔2017〕10号", "第五条第一款第四项", "五百条以上")
DOUBT = Citation("检察机关办理侵犯公民个人信息案件指引", "", "", confirmed=False)
COLUMNS = (
    Finding(0, "姓名", "personal_name", ("lexicon", "header"), 0, 1200, 1200, 1180, example="张*"),
    Finding(
        1, "身份证号", "resident_id", ("shape", "parts", "checksum", "header"), 0, 1200, 1200, 1200, example="110***********002X"
    ),
    Finding(2, "手机号", "mobile_phone", ("shape", "parts", "header"), 0, 1200, 1198, 1190, 1, 1, "138****5678"),
    Finding(
        3,
        "订单号",
        None,
        cells=1200,
        why=Sentence("refused.few", "没有表头也没有取值说明类型", "no header or value test announces a kind"),
    ),
)


def verdict_of(ratio: float) -> Verdict:
    return "none" if not ratio else "below" if ratio < 1 else "serious" if ratio < 10 else "especially_serious"


def reading(n3: int = 0, n4: int = 0, n5: int = 0, line: int = 2500, gains_ratio: float = 0.0) -> ReadingResult:
    total = 100 * n3 + 10 * n4 + n5
    ratio = total / line
    weights = {"item3": 100, "item4": 10, "item5": 1}
    return ReadingResult(
        n3=n3,
        n4=n4,
        n5=n5,
        E=total,
        line=line,
        ratio=ratio,
        gains_limit=line,
        gains_ratio=gains_ratio,
        verdict=verdict_of(max(ratio, gains_ratio)),
        left={tier: max(0, -(-(line - total) // weight)) for tier, weight in weights.items()},
        left_tenfold={tier: max(0, -(-(10 * line - total) // weight)) for tier, weight in weights.items()},
        parameters={"id_number": "item4"},
        left_upgraded={"item3": 14} if 0 < ratio < 1 else {},
        by_category={"id_number": ("item4" if n4 else "item5", n3 + n4 + n5)} if total else {},
    )


def assessment(strict: ReadingResult, prevailing: ReadingResult, lenient: ReadingResult, facts: Facts | None = None) -> Assessment:
    readings: Mapping[ReadingName, ReadingResult] = {"strict": strict, "prevailing": prevailing, "lenient": lenient}
    counted = strict.verdict != "none"
    note = CategoryNote(
        "id_number",
        "身份证件号码",
        "identity document number",
        ("resident_id",),
        1200,
        {"strict": "item4", "prevailing": "item5", "lenient": "item5"},
        {"gbt_35273_2020": "个人身份信息"},
        {"gbt_35273_2020": "personal identity"},
        False,
        (CITE,),
    )
    return Assessment(
        facts=facts or Facts(on=DAY, gains=1000),
        readings=readings,
        verdict=strict.verdict,
        reasons=(Reason("身份证件号码 1,200 条按第四项计", "1,200 identity numbers count under item 4", CITE),) if counted else (),
        swing=Swing("id_number", "身份证号的归档", "the tier of ID numbers", 0.48, 4.8, DOUBT) if counted else None,
        categories=(note,) if counted else (),
        people=(PeopleLine("million", "100万人", "one million persons", 1_000_000, 1200, False, CITE),) if counted else (),
        other_lines=(Reason("治安管理处罚法第五十六条", "Art. 56 applies in any quantity", CITE),) if counted else (),
        silent_on=(Reason("是否取得同意", "whether there was consent", CITE),),
        policies=(PolicyResult("示例公司", "机密", 1200, 1000, True, "报批"),) if counted else (),
    )


def nothing() -> Assessment:
    return assessment(reading(), reading(), reading(line=5000), Facts(on=DAY))


def file_report(
    path: str, judged: Assessment, *, unread: tuple[Unread, ...] = (), columns: tuple[Finding, ...] = COLUMNS
) -> FileReport:
    counted = 1200 if judged.verdict != "none" else 0
    tables = (TableReport("Sheet1", 1200, columns, (Inside(3, "mobile_phone", 4, "139****0000"),) if counted else ()),)
    return FileReport(path, 52_000, tables, unread, Tally(), counted, counted, judged)


def report(files: tuple[FileReport, ...], judged: Assessment) -> Report:
    unread = tuple(gap for file in files for gap in file.unread)
    counted = 1200 if judged.verdict != "none" else 0
    lines = (TallyLine(("mobile_phone", "personal_name", "resident_id"), 1200, 1200, 1200),) if counted else ()
    versions = {"leakgauge": "0.1.0", "law": "0123abcd"}
    return Report(
        files, Tally(), lines, People(counted, 0, 3 if counted else 0, 0, True), judged, unread, on=DAY, versions=versions
    )


def founding(path: str = "customers.csv") -> Report:
    """1,200 rows of name, ID number and phone, provided by an insider: 4.8, 0.48, 0.24, gains 0.40."""
    strict, prevailing = reading(n4=1200, gains_ratio=0.4), reading(n5=1200, gains_ratio=0.4)
    judged = assessment(strict, prevailing, reading(n5=1200, line=5000, gains_ratio=0.2))
    return report((file_report(path, judged),), judged)


def empty() -> Report:
    columns = (Finding(0, "订单号", None, cells=10),)
    return report((file_report("orders.csv", nothing(), columns=columns),), nothing())


def locked() -> Report:
    """Nothing found, and one workbook that could not be opened."""
    gap = Unread("secret.xlsx", "", "password", "", 9000)
    file = replace(file_report("secret.xlsx", nothing(), unread=(gap,)), tables=())
    return report((file,), nothing())


def judged_as(strict: float, prevailing: float, lenient: float) -> Report:
    """A report whose readings have these ratios."""
    readings = [reading(n5=round(ratio * 2500)) for ratio in (strict, prevailing, lenient)]
    judged = assessment(*readings)
    return report((file_report("a.csv", judged),), judged)
