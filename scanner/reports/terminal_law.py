"""What the law says, for people: the three readings side by side, the distance to each line, persons, standards, policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.padding import Padding

from scanner.config import Lang
from scanner.law.loader import load_instruments
from scanner.law.model import READINGS, Assessment, Reason
from scanner.model import Report
from scanner.plain import plain, times
from scanner.reports.messages import MESSAGES, say
from scanner.reports.terminal_parts import bullet, cite, heading, table
from scanner.reports.titles import kind_titles


def tier_title(tier: str, lang: Lang) -> str:
    """第四项, or the tier's own name where a policy brings others."""
    key = f"tier_{tier}"
    return say(lang, key) if key in MESSAGES[lang] else plain(tier)


def instrument(id: str, lang: Lang) -> str:
    """A law or standard by its short name, GB/T 35273-2020; in English by its title, where the short name is Chinese."""
    known = load_instruments().instruments.get(id)
    if known is None:
        return plain(id)
    return known.short if lang == "zh" or known.short.isascii() else known.en


def assumed(assessment: Assessment, lang: Lang) -> str:
    """The facts the caller stated, in one sentence."""
    facts = assessment.facts
    return say(
        lang,
        "assumed",
        act=say(lang, f"act_{facts.act}"),
        insider=say(lang, "insider" if facts.insider else "outsider"),
        recipients=facts.recipients,
        gains=facts.gains,
        on=facts.on.isoformat(),
        purpose=say(lang, f"purpose_{facts.purpose}") if facts.purpose else "",
    )


def readings(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    yield heading(lang, "readings")
    tiers = [tier_title(tier, lang) for tier in ("item3", "item4", "item5")]
    words = [say(lang, key) for key in ("col_E", "col_line", "col_ratio", "col_gains", "col_verdict")]
    grid = table(say(lang, "col_reading"), *tiers, *words, right=(1, 2, 3, 4, 5, 6, 7))
    for name in READINGS:
        r = assessment.readings[name]
        numbers = [*(f"{n:,}" for n in (r.n3, r.n4, r.n5, r.E)), f"{r.line:,}" if r.line else "–"]
        verdict = say(lang, f"verdict_word_{r.verdict}")
        grid.add_row(say(lang, name), *numbers, times(r.ratio), times(r.gains_ratio), verdict)
    yield Padding(grid, (0, 0, 0, 2))
    yield bullet(assumed(assessment, lang))


def _need(left: Mapping[str, int], lang: Lang) -> str:
    if not left:
        return say(lang, "left_none")
    open_tiers = {tier: count for tier, count in left.items() if count > 0}
    if not open_tiers:
        return say(lang, "reached")
    parts = (say(lang, "left_part", tier=tier_title(tier, lang), count=count) for tier, count in open_tiers.items())
    return say(lang, "left_need", parts=say(lang, "left_or").join(parts))


def left(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    yield heading(lang, "left")
    for name in READINGS:
        r = assessment.readings[name]
        serious, tenfold = _need(r.left, lang), _need(r.left_tenfold, lang)
        line = say(lang, "left_line", reading=say(lang, name), serious=serious, tenfold=tenfold)
        upgrades = [
            say(lang, "left_upgraded", tier=tier_title(tier, lang), count=count)
            for tier, count in r.left_upgraded.items()
            if count > 0
        ]
        if upgrades and r.verdict == "below":
            line += ("；" if lang == "zh" else "; ") + say(lang, "left_upgrade", parts=say(lang, "left_or").join(upgrades))
        yield bullet(line)


def swing(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    if assessment.swing is None:
        return
    s = assessment.swing
    yield heading(lang, "swing")
    text = s.zh if lang == "zh" else s.en
    yield bullet(say(lang, "swing_line", text=text, low=times(s.low), high=times(s.high)) + cite(s.cite, lang))


def categories(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    if not assessment.categories:
        return
    yield heading(lang, "categories")
    words = [say(lang, key) for key in ("col_category", "col_persons", *READINGS, "col_sensitive")]
    grid = table(*words, right=(1,))
    for note in assessment.categories:
        tiers = [tier_title(note.tiers[name], lang) if note.tiers.get(name) else "–" for name in READINGS]
        name = plain(note.zh if lang == "zh" else note.en)
        grid.add_row(name, f"{note.persons:,}", *tiers, say(lang, "yes" if note.sensitive else "no"))
    yield Padding(grid, (0, 0, 0, 2))
    for note in assessment.categories:
        if note.standards:
            name = plain(note.zh if lang == "zh" else note.en)
            classes = note.standards if lang == "zh" else note.standards_en
            colon = say(lang, "colon")
            standards = ("；" if lang == "zh" else "; ").join(f"{instrument(k, lang)}{colon}{plain(v)}" for k, v in classes.items())
            yield bullet(f"{name}（{kind_titles(note.kinds, lang)}）{standards}" if lang == "zh" else f"{name}: {standards}")


def people_lines(report: Report, lang: Lang) -> Iterator[RenderableType]:
    """The administrative lines that are reached; where none is, the nearest one."""
    lines = report.assessment.people
    if not lines or not report.persons.all:
        return
    yield heading(lang, "people_lines")
    reached = [line for line in lines if line.reached]
    for line in reached:
        text = line.zh if lang == "zh" else line.en
        yield bullet(say(lang, "people_reached", text=text, persons=line.persons, limit=line.limit) + cite(line.cite, lang))
    if not reached:
        nearest = max(lines, key=lambda line: line.persons / line.limit)
        text = nearest.zh if lang == "zh" else nearest.en
        words = say(lang, "people_none", persons=nearest.persons, text=text, limit=nearest.limit)
        yield bullet(words + cite(nearest.cite, lang))


def _sentences(reasons: tuple[Reason, ...], key: str, lang: Lang) -> Iterator[RenderableType]:
    if reasons:
        yield heading(lang, key)
        for reason in reasons:
            yield bullet(f"{reason.zh if lang == 'zh' else reason.en}{cite(reason.cite, lang)}")


def grounds(assessment: Assessment, lang: Lang, told: int) -> Iterator[RenderableType]:
    """Why, after the first sentences that the head has told already."""
    yield from _sentences(assessment.reasons[told:], "grounds", lang)


def other_lines(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    yield from _sentences(assessment.other_lines, "other_lines", lang)


def silent(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    yield from _sentences(assessment.silent_on, "silent", lang)


def policies(assessment: Assessment, lang: Lang) -> Iterator[RenderableType]:
    if not assessment.policies:
        return
    yield heading(lang, "policies")
    keys = ("col_policy", "col_level", "col_count", "col_limit", "col_verdict", *READINGS, "col_action")
    grid = table(*(say(lang, key) for key in keys), right=(2, 3))
    for p in assessment.policies:
        result = say(lang, "reached" if p.reached else "not_reached")
        tiers = [tier_title(p.tiers[name], lang) if p.tiers.get(name) else "–" for name in READINGS]
        count = say(lang, f"measure_{p.measure}", count=p.persons)
        grid.add_row(plain(p.policy), plain(p.level), count, f"{p.limit:,}", result, *tiers, plain(p.action))
    yield Padding(grid, (0, 0, 0, 2))
