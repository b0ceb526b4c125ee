"""What the law makes of the examined files, for people: sums side by side, categories, lines in persons, grounds, the checklist."""

from __future__ import annotations

from scanner.config import Lang
from scanner.law.model import READINGS, Facts
from scanner.offboard.model import Dossier, Judged
from scanner.plain import plain, times
from scanner.reports.dossier_parts import Grid, Section
from scanner.reports.dossier_words import word
from scanner.reports.messages import say
from scanner.reports.terminal_parts import cite, reached_ratio
from scanner.reports.titles import kind_titles


def sums(judged: Judged, name: str, lang: Lang) -> Section:
    people = judged.persons
    lines = [
        word(
            lang,
            "set_line",
            files=judged.files,
            persons=people.all,
            sensitive=people.sensitive,
            under_14=people.under_14,
            companies=people.company_contacts,
        )
    ]
    if not people.exact:
        lines.append(word(lang, "estimated"))
    acts = [("act_obtain", judged.obtain), ("act_provide", judged.provide)]
    if judged.answered:
        acts.append(("act_answered", judged.answered))
    columns = [say(lang, "col_reading")]
    for act, _ in acts:
        columns += [word(lang, "col_sum", act=word(lang, act)), word(lang, "col_times"), say(lang, "col_verdict")]
    rows = []
    for reading in READINGS:
        row = [say(lang, reading)]
        for _, assessment in acts:
            found = assessment.readings[reading]
            verdict = say(lang, f"verdict_word_{found.verdict}")
            row += [f"{found.E:,} / {found.line:,}", times(reached_ratio(found)), verdict]
        rows.append(tuple(row))
    bullets = [_assumed(word(lang, act), assessment.facts, lang) for act, assessment in acts]
    right = tuple(at for at in range(1, len(columns)) if at % 3)
    return Section(word(lang, name), tuple(lines), Grid(tuple(columns), tuple(rows), right), (*bullets, word(lang, "halved")))


def _assumed(name: str, facts: Facts, lang: Lang) -> str:
    """What a column of the sums takes for granted."""
    passed = word(
        lang,
        "assumed_passed",
        act=say(lang, f"act_{facts.act}"),
        insider=say(lang, "insider" if facts.insider else "outsider"),
        recipients=facts.recipients,
    )
    return word(
        lang,
        "assumed",
        name=name,
        facts=word(lang, "assumed_obtain") if facts.act == "obtain" else passed,
        gains=facts.gains,
        on=facts.on.isoformat(),
        purpose=say(lang, "purpose_business") if facts.purpose else "",
    )


def categories(dossier: Dossier, lang: Lang) -> Section | None:
    whole = dossier.whole.obtain
    if not whole.categories:
        return None
    in_window = {note.id: note.persons for note in dossier.window.obtain.categories}
    rows = []
    for note in whole.categories:
        entries = [whole.readings[name].by_category.get(note.id, ("", 0))[1] for name in READINGS]
        name = plain(note.zh if lang == "zh" else note.en)
        sensitive = say(lang, "yes") if note.sensitive else ""
        figures = [f"{count:,}" for count in (note.persons, in_window.get(note.id, 0), *entries)]
        rows.append((name, kind_titles(note.kinds, lang), *figures, sensitive))
    titles = ("col_category", "col_kinds", "col_persons", "col_window_persons")
    columns = [word(lang, key) for key in titles] + [word(lang, "col_entries", reading=say(lang, name)) for name in READINGS]
    grid = Grid((*columns, word(lang, "col_sensitive")), tuple(rows), (2, 3, 4, 5, 6))
    return Section(word(lang, "categories"), grid=grid)


def people(dossier: Dossier, lang: Lang) -> Section:
    rows = tuple(
        (
            plain(line.zh if lang == "zh" else line.en),
            f"{line.limit:,}",
            f"{line.persons:,}",
            say(lang, "reached" if line.reached else "not_reached"),
            cite(line.cite, lang).strip(" （）()"),
        )
        for line in dossier.whole.obtain.people
    )
    columns = tuple(word(lang, key) for key in ("col_line", "col_limit", "col_persons", "col_reached", "col_cite"))
    return Section(word(lang, "people_lines"), grid=Grid(columns, rows, (1, 2)))


def grounds(dossier: Dossier, lang: Lang) -> Section | None:
    judged = dossier.whole.provide
    found = [*judged.reasons, *judged.other_lines]
    bullets = tuple(f"{reason.zh if lang == 'zh' else reason.en}{cite(reason.cite, lang)}" for reason in found)
    return Section(word(lang, "grounds"), bullets=bullets) if bullets else None


def policies(dossier: Dossier, lang: Lang) -> Section | None:
    bullets = tuple(
        word(
            lang,
            "policy_line",
            policy=plain(each.policy),
            level=plain(each.level),
            count=say(lang, f"measure_{each.measure}", count=each.persons),
            limit=each.limit,
            reached=say(lang, "reached" if each.reached else "not_reached"),
            action=plain(each.action),
        )
        for each in dossier.whole.provide.policies
    )
    return Section(word(lang, "policies"), bullets=bullets) if bullets else None


def checklist(dossier: Dossier, lang: Lang) -> Section:
    lines = [word(lang, "checklist_line")]
    bullets = []
    for each in dossier.checklist:
        question = each.question
        told = word(
            lang,
            "question",
            question=question.zh if lang == "zh" else question.en,
            option=question.option,
            counts=word(lang, "counts") if question.counts else "",
        )
        if each.follows is None:
            said = f"{word(lang, 'open')}{cite(question.cite, lang)}"
        else:
            follows = each.follows.zh if lang == "zh" else each.follows.en
            said = word(lang, "answer", answer=each.answer, follows=follows, cite=cite(each.follows.cite, lang))
        bullets.append(f"{told} {said}")
    return Section(word(lang, "checklist"), tuple(lines), bullets=(*bullets, word(lang, "sign")))
