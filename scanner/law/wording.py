"""The sentences of an assessment, in Chinese and English, each with the place it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal

from scanner.law.counting import weight
from scanner.law.model import READINGS, Citation, Facts, ReadingName, ReadingResult, Reason
from scanner.law.statute import Law

READING_NAMES: Mapping[ReadingName, tuple[str, str]] = {
    "strict": ("从严口径", "Strict reading"),
    "prevailing": ("通行口径", "Prevailing reading"),
    "lenient": ("从宽口径", "Lenient reading"),
}
VERDICT_NAMES: Mapping[str, tuple[str, str]] = {
    "none": ("未计入任何公民个人信息", "no personal information was counted"),
    "below": ("未达入罪标准，但仍可受行政处罚", "below the criminal line, yet still punishable"),
    "serious": ("情节严重", "serious"),
    "especially_serious": ("情节特别严重", "especially serious"),
}
TELLING = 3  # categories named per reading: those that carry most of the sum


def reasons(readings: Mapping[str, ReadingResult], facts: Facts, law: Law) -> tuple[Reason, ...]:
    """Why each reading says what it says: its sum, what carries it, and every rule that changed a line."""
    found: list[Reason] = []
    for name in READINGS:
        reading = readings[name]
        if reading.verdict == "none":
            continue
        found.append(_sum(name, reading, law, facts))
        if name != "lenient":
            found += _carriers(name, reading, law, facts.on)
    if not found:
        return ()
    strict = readings["strict"]
    if strict.line and facts.insider and facts.act in ("sell", "provide"):
        half = law.numbers["half"]
        found.append(
            Reason(
                "出售、提供履行职责或者提供服务过程中获得的信息：标准减半（从宽口径不减半）。",
                "Sold or provided after being obtained on duty or in providing a service: the limits are halved "
                "(not in the lenient reading).",
                half.cite,
            )
        )
    if facts.recipients > 1 and facts.act != "obtain":
        found.append(
            Reason(
                f"向{facts.recipients}个不同对象提供：条数累计（从宽口径只计一次）。",
                f"Provided to {facts.recipients} different recipients: entries add up (once in the lenient reading).",
                law.articles["criminal_interpretation_2017.article_11_2"].cite,
            )
        )
    if facts.gains:
        found += _gains(readings, facts, law)
    found += _business(readings, law)
    return tuple(found)


def corporate_line(strict: ReadingResult, limit: int, cite: Citation, law: Law, on: date) -> Reason:
    """刑法第二百八十六条之一: the line of a network service provider, in the same proportional measure."""
    each = (strict.n3, strict.n4, strict.n5)
    total = sum(entries * weight(law, tier.id, on) for entries, tier in zip(each, law.tiers, strict=True))
    ratio = total / limit
    return Reason(
        f"网络服务提供者经责令改正而拒不改正致使泄露的：标准折算一般信息{limit:,}条，本次从严口径为其{_times(ratio)}倍。",
        f"For a network service provider that refused to correct after an order: the line is {limit:,} in the same measure; "
        f"the strict count is {_times(ratio)} of it.",
        cite,
    )


def _sum(name: ReadingName, reading: ReadingResult, law: Law, facts: Facts) -> Reason:
    zh_name, en_name = READING_NAMES[name]
    zh_verdict, en_verdict = VERDICT_NAMES[reading.verdict]
    if not reading.line:
        return Reason(
            f"{zh_name}：普通信息{reading.n5:,}条，为经营活动购买、收受，不按条数，按获利：获利为标准的{_times(reading.ratio)}倍（{zh_verdict}）。",
            f"{en_name}: {reading.n5:,} entries of ordinary data bought for business; profit decides, not quantity: "
            f"{_times(reading.ratio)} of the limit ({en_verdict}).",
            law.articles["criminal_interpretation_2017.article_6"].cite,
        )
    used = [tier for tier, entries in zip(law.tiers, (reading.n3, reading.n4, reading.n5), strict=True) if entries]
    if reading.verdict == "especially_serious":
        cite = law.numbers["tenfold"].cite
    elif len(used) == 1:
        cite = used[0].cite
    else:
        cite = law.articles["criminal_interpretation_2017.item_6"].cite
    return Reason(
        f"{zh_name}：折算一般信息{reading.E:,}条，为标准{reading.line:,}条的{_times(reading.ratio)}倍（{zh_verdict}）。",
        f"{en_name}: equal to {reading.E:,} ordinary entries, {_times(reading.ratio)} of the line of {reading.line:,} "
        f"({en_verdict}).",
        cite,
    )


def _carriers(name: ReadingName, reading: ReadingResult, law: Law, on: date) -> list[Reason]:
    known = {category.id: category for category in law.categories}
    tiers = {tier.id: tier for tier in law.tiers}
    heavy = sorted(reading.by_category.items(), key=lambda item: -item[1][1] * weight(law, item[1][0], on))
    zh_name, en_name = READING_NAMES[name]
    found = []
    for category_id, (tier, entries) in heavy[:TELLING]:
        category, limit = known[category_id], tiers[tier].value.at(on)
        choice = law.parameters[category.parameter].choices[name] if category.parameter else None
        why_zh, why_en = (choice.zh, choice.en) if choice else (category.authority[0], category.en)
        found.append(
            Reason(
                f"{zh_name}：{category.zh}{entries:,}条，按{tiers[tier].cite.article}计（标准{limit:,}条）：{why_zh}。",
                f"{en_name}: {entries:,} entries of {category.en}, counted under {tiers[tier].en} (limit {limit:,}): {why_en}.",
                Citation(tiers[tier].cite.instrument, tiers[tier].cite.article, tiers[tier].cite.quote, category.cite.confirmed),
            )
        )
    return found


def _gains(readings: Mapping[str, ReadingResult], facts: Facts, law: Law) -> list[Reason]:
    strict = readings["strict"]
    if not strict.line:
        return []
    return [
        Reason(
            f"违法所得{facts.gains:,}元，为标准{strict.gains_limit:,}元的{_times(strict.gains_ratio)}倍；与条数不相加，从一重。",
            f"Unlawful gains of {facts.gains:,} yuan are {_times(strict.gains_ratio)} of their limit of {strict.gains_limit:,}; "
            "they are never added to the entries, the heavier counts.",
            law.numbers["gains"].cite,
        )
    ]


def _business(readings: Mapping[str, ReadingResult], law: Law) -> list[Reason]:
    if all(reading.line or reading.verdict == "none" for reading in readings.values()):
        return []
    return [
        Reason(
            "按为经营活动购买、收受普通信息处理：再出售、提供或者交换的，不适用本条；含第三项、第四项信息的，不适用本条。",
            "Treated as ordinary data bought for business: passing it on or swapping it ends that, "
            "and so does any information of items 3 or 4.",
            law.articles["criminal_interpretation_2017.article_6"].cite,
        )
    ]


def _times(ratio: float) -> str:
    """A ratio to the line, cut off and never rounded up: what is shown as 1 has reached it."""
    return f"{Decimal(repr(ratio)).quantize(Decimal('0.01'), ROUND_DOWN):,f}"
