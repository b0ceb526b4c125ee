"""The report for people: the verdict in the first line, why, which columns and what to do below it, then everything else.

Every word from a file passes through `plain`; nothing is ever parsed as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from rich.console import Console, RenderableType

from scanner.config import Lang
from scanner.law.model import READINGS, Assessment, ReadingName
from scanner.law.pages import fixed_sentences
from scanner.model import Report
from scanner.plain import plain, times
from scanner.reports import terminal_files, terminal_law
from scanner.reports.messages import say
from scanner.reports.outcome import Outcome, outcome
from scanner.reports.paragraph import Paragraph
from scanner.reports.terminal_parts import Place, bullet, cite, heading, places, reached_ratio

_STYLES = {
    Outcome.TENFOLD: "bold red",
    Outcome.PREVAILING: "bold red",
    Outcome.STRICT: "bold red",
    Outcome.PERSONAL: "bold yellow",
    Outcome.UNREAD: "bold yellow",
    Outcome.NOTHING: "bold",
}

PIPED_WIDTH = 100
PLACES_SHOWN = 6
REASONS_SHOWN = 2


def write_terminal(report: Report, console: Console, lang: Lang, *, why: bool = False, quiet: bool = False) -> None:
    """Print the report. why: also the ground of every column, refused ones too; quiet: the head only."""
    for part in render(report, lang, why=why, quiet=quiet):
        console.print(part, markup=False, highlight=False, emoji=False)


def as_text(report: Report, lang: Lang, *, width: int = PIPED_WIDTH, why: bool = False, quiet: bool = False) -> str:
    """The report as text for a file or a pipe: no colours, lines of at most `width` columns, no blanks at their ends."""
    into = StringIO()
    console = Console(file=into, width=width, color_system=None, legacy_windows=False, markup=False, emoji=False)
    write_terminal(report, console, lang, why=why, quiet=quiet)
    return "".join(f"{line.rstrip()}\n" for line in into.getvalue().splitlines())


def render(report: Report, lang: Lang, *, why: bool = False, quiet: bool = False) -> Iterator[RenderableType]:
    """The parts of the report in their order."""
    yield from _head(report, lang)
    if quiet:
        yield from terminal_files.unread(report, lang)
        yield from _about(report, lang, short=True)
        return
    if report.assessment.verdict != "none":
        yield from terminal_law.readings(report.assessment, lang)
        yield from terminal_law.grounds(report.assessment, lang, REASONS_SHOWN)
        yield from terminal_law.left(report.assessment, lang)
        yield from terminal_law.swing(report.assessment, lang)
    yield from terminal_law.categories(report.assessment, lang)
    yield from terminal_files.counts(report, lang)
    yield from terminal_law.people_lines(report, lang)
    yield from terminal_law.other_lines(report.assessment, lang)
    yield from terminal_law.policies(report.assessment, lang)
    yield from terminal_files.files(report, lang)
    if why:
        yield from terminal_files.decisions(report, lang)
    yield from terminal_files.unread(report, lang)
    yield from terminal_law.silent(report.assessment, lang)
    yield from _about(report, lang)


def verdict_line(report: Report, lang: Lang) -> str:
    """The one sentence that stands first."""
    strict = report.assessment.readings["strict"]
    if strict.verdict == "none":
        count = len(report.unread)
        return say(lang, "verdict_none_unread", count=count) if count else say(lang, "verdict_none")
    key = {"below": "verdict_below", "serious": "verdict_serious", "especially_serious": "verdict_tenfold"}[strict.verdict]
    line = say(lang, key, reading=say(lang, "strict"), ratio=times(reached_ratio(strict)))
    if strict.gains_ratio > strict.ratio:
        line += ("，" if lang == "zh" else ", ") + say(lang, "by_gains")
    return line


def _reading_short(assessment: Assessment, name: ReadingName, lang: Lang) -> str:
    result = assessment.readings[name]
    verdict = say(lang, f"verdict_word_{result.verdict}")
    return say(lang, "reading_short", reading=say(lang, name), ratio=times(reached_ratio(result)), verdict=verdict)


def _head(report: Report, lang: Lang) -> Iterator[RenderableType]:
    assessment, persons = report.assessment, report.persons
    if report.interrupted:
        yield Paragraph(say(lang, "interrupted"), style="bold red")
    yield Paragraph(verdict_line(report, lang), style=_STYLES[outcome(report)])
    if assessment.verdict != "none":
        others = {name: _reading_short(assessment, name, lang) for name in READINGS if name != "strict"}
        yield Paragraph(say(lang, "other_readings", **others))
    if assessment.verdict != "none" or persons.all or persons.company_contacts:
        line = say(
            lang,
            "counted",
            persons=persons.all,
            sensitive=persons.sensitive,
            under_14=persons.under_14,
            records=sum(file.records for file in report.files),
            files=len(report.files),
        )
        line += "" if persons.exact else say(lang, "counted_about")
        if persons.company_contacts:
            line += ("" if lang == "zh" else " ") + say(lang, "company_contacts", count=persons.company_contacts)
        yield Paragraph(line)
    if report.unread and assessment.verdict != "none":
        yield Paragraph(say(lang, "head_unread", count=len(report.unread)), style="yellow")
    if report.suppressed:
        yield Paragraph(say(lang, "suppressed", count=report.suppressed))
    found = places(report)
    if assessment.reasons:
        yield heading(lang, "why")
        for reason in assessment.reasons[:REASONS_SHOWN]:
            yield bullet(f"{reason.zh if lang == 'zh' else reason.en}{cite(reason.cite, lang)}")
    if found:
        yield heading(lang, "columns")
        for place in found[:PLACES_SHOWN]:
            yield bullet(place.words(lang))
        if len(found) > PLACES_SHOWN:
            yield bullet(say(lang, "more_columns", count=len(found) - PLACES_SHOWN))
    yield heading(lang, "advice")
    for number, line in enumerate(_advice(report, found, lang), 1):
        yield bullet(line, mark=f"{number}.")


def _advice(report: Report, found: list[Place], lang: Lang) -> Iterator[str]:
    result = outcome(report)
    if result >= Outcome.PREVAILING:
        yield say(lang, "do_not_send")
    elif result == Outcome.STRICT:
        yield say(lang, "hold")
    if found and result >= Outcome.STRICT:
        names = dict.fromkeys(place.header or say(lang, "column_untitled") for place in found if place.carries)
        names = names or dict.fromkeys(place.header for place in found)
        yield say(lang, "remove", columns=("、" if lang == "zh" else ", ").join(list(names)[:PLACES_SHOWN]))
    if result == Outcome.PERSONAL:
        yield say(lang, "minimise")
    for level in report.assessment.policies:
        if level.reached:
            words = {"policy": plain(level.policy), "level": plain(level.level), "action": plain(level.action)}
            yield say(lang, "policy_action", **words)
    if result >= Outcome.PERSONAL:
        yield say(lang, "counsel")
    if report.unread:
        yield say(lang, "open_unread")
    if result < Outcome.PERSONAL:
        yield say(lang, "look_yourself")


def _about(report: Report, lang: Lang, *, short: bool = False) -> Iterator[RenderableType]:
    yield heading(lang, "about")
    for sentence in fixed_sentences(lang):
        yield bullet(sentence)
    if report.versions and not short:
        yield bullet(say(lang, "versions", versions=", ".join(f"{plain(k)} {plain(v)}" for k, v in report.versions.items())))
