"""Plain-text pages of the law for `leakgauge explain`: categories, disputed parameters, articles, limits, instruments, kinds."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal

from scanner.errors import UsageError
from scanner.law.classify import categories
from scanner.law.loader import known_kinds, load_instruments
from scanner.law.model import READINGS, Citation
from scanner.law.statute import Category, Condition, Instrument, Law, Limit, Parameter, Passage
from scanner.law.wording import READING_NAMES

Lang = Literal["zh", "en"]
_NONE = {"zh": "不计", "en": "not counted"}


def names(law: Law | None = None) -> tuple[str, ...]:
    """Every name `page` knows, kinds included."""
    law = law or load_instruments()
    ids = [
        *(c.id for c in law.categories),
        *law.parameters,
        *(t.id for t in law.tiers),
        *(t.cite.article for t in law.tiers),
        *law.numbers,
        *(n.cite.article for n in law.numbers.values()),
        *(rule.limit.id for rule in law.people),
        *law.instruments,
        *(each.id for each in _passages(law)),
        *(each.cite.article for each in _passages(law)),
        *known_kinds(law),
    ]
    return tuple(dict.fromkeys(ids))


def page(id: str, lang: Lang = "zh", law: Law | None = None) -> str:
    """What the law says under a name, as plain text: all that bears it, one after the other.

    Names are ids (`id_number`, `item4`, `pipl_2021`), articles as cited (`第五条第一款第四项`) and kinds (`resident_id`).
    Raises UsageError for an unknown name, with the nearest known ones.
    """
    law = law or load_instruments()
    parts = [_category(c, lang, law) for c in law.categories if c.id == id]
    parts += [_parameter(p, lang, law) for p in law.parameters.values() if p.id == id]
    limits = (*law.tiers, *law.numbers.values(), *(rule.limit for rule in law.people))
    parts += [_limit(each, lang) for each in limits if id in (each.id, each.cite.article)]
    parts += [_instrument(each, lang, law) for each in law.instruments.values() if id in (each.id, each.short, each.zh)]
    parts += [_passage(each, lang) for each in _passages(law) if id in (each.id, each.cite.article)]
    if id in known_kinds(law):
        parts.append(_kind(id, lang, law))
    if not parts:
        near = get_close_matches(id, names(law), n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise UsageError(f"the law files know no {id!r}{hint}")
    return "\n\n".join(dict.fromkeys(parts)) + "\n"


def fixed_sentences(lang: Lang = "zh", law: Law | None = None) -> tuple[str, ...]:
    """The sentences every report carries: an estimate; punishable below the line; courts differ."""
    found = (law or load_instruments()).sentences
    return tuple(found[name].zh if lang == "zh" else found[name].en for name in ("estimate", "below_the_line", "courts_differ"))


def _passages(law: Law) -> Sequence[Passage]:
    return (*law.articles.values(), *(n.passage for n in law.notices), *law.unmodelled, *law.silent, *law.sentences.values())


def _said(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _cite(cite: Citation, lang: Lang) -> str:
    mark = "" if cite.confirmed else _said(lang, "（未核实）", " (unconfirmed)")
    quote = f"：“{cite.quote}”" if cite.quote else ""
    return f"{cite.instrument}{cite.article}{quote}{mark}"


def _tier(law: Law, tier: str, lang: Lang) -> str:
    found = next((each for each in law.tiers if each.id == tier), None)
    return _NONE[lang] if found is None else f"{tier} ({found.cite.article}, {found.words})"


def _condition(condition: Condition, lang: Lang) -> str:
    parts = []
    if condition.all:
        parts.append(_said(lang, "全部：", "all of: ") + ", ".join(sorted(condition.all)))
    if condition.any:
        parts.append(_said(lang, "任一：", "one of: ") + ", ".join(sorted(condition.any)))
    if condition.also:
        parts.append(_said(lang, "并且任一：", "and one of: ") + ", ".join(sorted(condition.also)))
    if condition.beyond:
        parts.append(_said(lang, "并且另有此外的信息：", "and something beyond: ") + ", ".join(sorted(condition.beyond)))
    return "; ".join(parts)


def _category(category: Category, lang: Lang, law: Law) -> str:
    lines = [f"{category.id}: {_said(lang, category.zh, category.en)}", ""]
    for name in READINGS:
        lines.append(f"  {READING_NAMES[name][0 if lang == 'zh' else 1]}: {_tier(law, category.tier[name], lang)}")
    unit = {"persons": ("每人一条", "one entry per person"), "entries": ("每次事件一条", "one entry per event")}[category.count]
    lines.append(f"  {_said(lang, '计数', 'counted')}: {_said(lang, *unit)}")
    if category.parameter:
        lines.append(f"  {_said(lang, '争议参数', 'disputed parameter')}: {category.parameter}")
    lines += [f"  {_said(lang, '成立条件', 'applies to')}: {_condition(condition, lang)}" for condition in category.when]
    lines.append(f"  {_said(lang, '条文', 'article')}: {_cite(category.cite, lang)}")
    lines += [f"  {_said(lang, '依据', 'authority')}: {each}" for each in category.authority]
    for entry in law.classes:
        if entry.category == category.id:
            mark = "" if entry.cite.confirmed else _said(lang, "（未核实）", " (unconfirmed)")
            lines.append(f"  {law.instruments[entry.instrument].short}: {_said(lang, entry.zh, entry.en)}{mark}")
    return "\n".join(lines)


def _parameter(parameter: Parameter, lang: Lang, law: Law) -> str:
    lines = [f"{parameter.id}: {_said(lang, parameter.zh, parameter.en)}", ""]
    for name in READINGS:
        choice = parameter.choices[name]
        lines.append(f"  {READING_NAMES[name][0 if lang == 'zh' else 1]}: {choice.value}: {_said(lang, choice.zh, choice.en)}")
    lines += [f"  {_said(lang, '依据', 'authority')}: {each}" for each in parameter.authority]
    touched = [category.id for category in law.categories if category.parameter == parameter.id]
    if touched:
        lines.append(f"  {_said(lang, '涉及类别', 'categories')}: {', '.join(touched)}")
    if not parameter.confirmed:
        lines.append(
            "  " + _said(lang, "未见案例或条文确定此点（未核实）。", "No case or text seen that settles this (unconfirmed).")
        )
    return "\n".join(lines)


def _limit(limit: Limit, lang: Lang) -> str:
    lines = [f"{limit.id}: {_said(lang, limit.zh, limit.en)}", ""]
    lines += [f"  {_said(lang, '自', 'from')} {start.isoformat()}: {value:,}" for start, value in limit.value.values]
    lines.append(f"  {_cite(limit.cite, lang)}")
    return "\n".join(lines)


def _instrument(instrument: Instrument, lang: Lang, law: Law) -> str:
    status = {"in_force": ("现行", "in force"), "draft": ("征求意见稿，不是法律", "a draft, not law")}[instrument.status]
    lines = [
        f"{instrument.id}: {_said(lang, instrument.zh, instrument.en)} ({instrument.short})",
        "",
        f"  {_said(lang, '状态', 'status')}: {_said(lang, *status)}, {_said(lang, '自', 'from')} {instrument.start.isoformat()}",
        f"  {_said(lang, '所据文本', 'text')}: {instrument.source}",
        f"  {_said(lang, '最近核对', 'last compared')}: {instrument.checked.isoformat()}",
    ]
    limits = (*law.tiers, *law.numbers.values(), *(rule.limit for rule in law.people))
    lines += [f"  {each.id}: {_cite(each.cite, lang)}" for each in limits if each.instrument == instrument.id]
    lines += [f"  {each.id}: {_cite(each.cite, lang)}" for each in _passages(law) if each.instrument == instrument.id]
    return "\n".join(lines)


def _passage(passage: Passage, lang: Lang) -> str:
    return f"{passage.id}: {_said(lang, passage.zh, passage.en)}\n\n  {_cite(passage.cite, lang)}"


def _kind(kind: str, lang: Lang, law: Law) -> str:
    alone = [category.id for category in categories(law, frozenset({kind}))]
    asking = [c.id for c in law.categories if any(kind in condition.kinds for condition in c.when)]
    found = list(dict.fromkeys(alone + asking))
    lines = [f"{kind}: {_said(lang, '法律上的归类', 'what the law makes of it')}", ""]
    for category in (each for each in law.categories if each.id in found):
        tiers = " / ".join(_tier(law, category.tier[name], lang) for name in READINGS)
        lines.append(f"  {category.id} {_said(lang, category.zh, category.en)}: {tiers}")
    if not found:
        lines.append("  " + _said(lang, "本身不计入任何层级", "counts in no tier by itself"))
    return "\n".join(lines)
