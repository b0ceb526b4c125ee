"""What was found where, for people: files, columns, counts, the ground of every column, and what nobody could read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding

from scanner.config import Lang
from scanner.law.model import VERDICTS
from scanner.model import FileReport, Note, Report, TableReport
from scanner.plain import plain, times
from scanner.reports.gaps import gap_line, hidden_words
from scanner.reports.messages import MESSAGES, say
from scanner.reports.paragraph import Paragraph
from scanner.reports.terminal_parts import bullet, heading, reached_ratio, shown_header, table
from scanner.reports.titles import kind_title, kind_titles

FILES_LISTED = 20
FILES_IN_DETAIL = 5
COLUMNS_SHOWN = 30
COUNTS_SHOWN = 12
UNREAD_SHOWN = 50


def gravity(file: FileReport) -> tuple[int, float, int, int]:
    """Sorting key: gravest files last."""
    strict = file.assessment.readings["strict"]
    return VERDICTS.index(strict.verdict), reached_ratio(strict), file.persons, len(file.unread)


def rows(file: FileReport) -> int:
    return sum(part.rows for part in file.tables)


def files(report: Report, lang: Lang) -> Iterator[RenderableType]:
    """A list of the gravest files, then the columns of the gravest of them; the rest in one line."""
    if not report.files:
        return
    yield heading(lang, "files")
    ordered = sorted(report.files, key=gravity, reverse=True)
    if len(ordered) > 1:
        yield from _listing(ordered, lang)
    grave = [file for file in ordered if file.assessment.verdict != "none"]
    told = [file for file in ordered if any(column.kind for part in file.tables for column in part.columns)]
    detailed = grave[:FILES_IN_DETAIL] or (told or ordered)[:1]
    for file in detailed:
        yield from _detail(file, lang)
    for file in ordered:  # an XLSX named .jpg is a finding of its own
        if file not in detailed:
            yield from (bullet(f"{plain(file.path)}{say(lang, 'colon')}{_note(note, lang)}") for note in file.notes)


def _listing(ordered: list[FileReport], lang: Lang) -> Iterator[RenderableType]:
    keys = ("col_file", "col_rows", "col_persons", "strict", "prevailing", "lenient", "col_verdict", "col_status")
    grid = table(*(say(lang, key) for key in keys), right=(1, 2, 3, 4, 5))
    listed = [file for file in ordered if file.assessment.verdict != "none" or file.unread or file.notes][:FILES_LISTED] or ordered[
        :1
    ]
    for file in listed:
        found = file.assessment.readings
        ratios = [times(reached_ratio(found[name])) for name in ("strict", "prevailing", "lenient")]
        verdict = say(lang, f"verdict_word_{file.assessment.verdict}")
        grid.add_row(plain(file.path), f"{rows(file):,}", f"{file.persons:,}", *ratios, verdict, say(lang, f"status_{file.status}"))
    yield Padding(grid, (0, 0, 0, 2))
    shown = {id(file) for file in listed}
    rest = Counter(file.assessment.verdict for file in ordered if id(file) not in shown)
    if rest:
        parts = [
            say(lang, "more_part", verdict=say(lang, f"verdict_word_{verdict}"), count=rest[verdict])
            for verdict in reversed(VERDICTS)
            if rest[verdict]
        ]
        yield bullet(say(lang, "more_files", count=rest.total(), parts=("、" if lang == "zh" else ", ").join(parts)))


def _detail(file: FileReport, lang: Lang) -> Iterator[RenderableType]:
    strict = file.assessment.readings["strict"]
    verdict = say(lang, f"verdict_word_{strict.verdict}")
    line = say(
        lang,
        "file_line_none" if strict.verdict == "none" else "file_line",
        rows=rows(file),
        records=file.records,
        persons=file.persons,
        ratio=times(reached_ratio(strict)),
        verdict=verdict,
    )
    yield ""
    yield Paragraph(f"{plain(file.path)}  {line}", style="bold", indent=2)
    for note in file.notes:
        yield bullet(_note(note, lang))
    for part in file.tables:
        yield from _columns(part, len(file.tables) > 1, lang)


def _note(note: Note, lang: Lang) -> str:
    said = plain(note.said.text(lang))
    return f"{plain(note.part)}{say(lang, 'colon')}{said}" if note.part else said


def _table_name(part: TableReport, lang: Lang) -> str:
    if not part.hidden:
        return plain(part.name)
    return f"{plain(part.name)}{say(lang, 'hidden', reason=plain(hidden_words(part.hidden, lang)))}"


def _columns(part: TableReport, named: bool, lang: Lang) -> Iterator[RenderableType]:
    keys = ("col_column", "col_header", "col_kind", "col_hits", "col_distinct", "col_aside", "col_example")
    lines: list[tuple[str, ...]] = []
    headers = {column.index: shown_header(column.header) for column in part.columns}
    for column in part.columns:
        if column.kind is None:
            continue
        kind = kind_title(column.kind, lang)
        if column.subject:
            kind = say(lang, "other_person", kind=kind, number=column.subject + 1)
        aside = f"{column.masked:,}/{column.invalid:,}" if column.masked or column.invalid else ""
        hits, distinct = f"{column.hits:,}/{column.cells:,}", f"{column.distinct:,}"
        lines.append((str(column.index + 1), headers[column.index], kind, hits, distinct, aside, plain(column.example, 30)))
    for inside in part.inside:
        if not inside.hits:
            continue
        kind = say(lang, "inside", kind=kind_title(inside.kind, lang))
        header = headers.get(inside.column, "")
        lines.append((str(inside.column + 1), header, kind, f"{inside.hits:,}", "", "", plain(inside.example, 30)))
    suspect = [column for column in part.columns if not column.hits and (column.masked or column.invalid)]
    samples = list(_samples(part, headers, lang))
    if not lines and not suspect and not samples and not part.hidden:
        return
    if named or part.hidden:
        yield Paragraph(_table_name(part, lang), style="underline", indent=2)
    if lines:
        grid = table(*(say(lang, key) for key in keys), right=(0, 3, 4, 5))
        for line in lines[:COLUMNS_SHOWN]:
            grid.add_row(*line)
        yield Padding(grid, (0, 0, 0, 2))
    if len(lines) > COLUMNS_SHOWN:
        yield bullet(say(lang, "more_columns", count=len(lines) - COLUMNS_SHOWN))
    for column in suspect[:COLUMNS_SHOWN]:
        header, count = headers[column.index], column.masked + column.invalid
        words = say(lang, "column_suspect", index=column.index + 1, header=header, count=count)
        yield bullet(f"{words}{say(lang, 'colon')}{plain(column.why.text(lang))}" if column.why else words)
    for words in samples[:COLUMNS_SHOWN]:
        yield bullet(words)


def _samples(part: TableReport, headers: dict[int, str], lang: Lang) -> Iterator[str]:
    """Test data named as such: published samples and placeholders, in columns of their kind and in text."""
    found = [(c.index, kind_title(c.kind, lang), c.samples) for c in part.columns if c.kind and c.samples]
    for inside in part.inside:
        if inside.samples:
            found.append((inside.column, say(lang, "inside", kind=kind_title(inside.kind, lang)), inside.samples))
    for index, kind, count in found:
        header = headers.get(index) or say(lang, "column_untitled")
        yield say(lang, "column_samples", index=index + 1, header=header, kind=kind, count=count)


def counts(report: Report, lang: Lang) -> Iterator[RenderableType]:
    """found, entries and persons of each set of kinds, side by side."""
    if not report.lines:
        return
    yield heading(lang, "counts")
    keys = ("col_kinds", "col_found", "col_entries", "col_persons", "col_note")
    grid = table(*(say(lang, key) for key in keys), right=(1, 2, 3))
    ordered = sorted(report.lines, key=lambda line: (line.persons, line.entries, line.found), reverse=True)
    for line in ordered[:COUNTS_SHOWN]:
        numbers = [f"{n:,}" for n in (line.found, line.entries, line.persons)]
        note = f"note_{line.note}"
        shown = say(lang, note) if note in MESSAGES[lang] else plain(line.note)
        grid.add_row(kind_titles(line.kinds, lang), *numbers, shown)
    yield Padding(grid, (0, 0, 0, 2))
    if len(ordered) > COUNTS_SHOWN:
        yield bullet(say(lang, "more", count=len(ordered) - COUNTS_SHOWN))


def decisions(report: Report, lang: Lang) -> Iterator[RenderableType]:
    """For every column of every file: what it was taken for, on what evidence, and why; refused columns too."""
    if not any(file.tables for file in report.files):
        return
    yield heading(lang, "decisions")
    for file in sorted(report.files, key=gravity, reverse=True):
        for part in file.tables:
            yield Paragraph(f"{plain(file.path)} › {_table_name(part, lang)}", style="underline", indent=2)
            for column in part.columns:
                header = shown_header(column.header) or say(lang, "column_untitled")
                kind = kind_title(column.kind, lang) if column.kind else say(lang, "refused")
                grounds = ("、" if lang == "zh" else ", ").join(say(lang, f"evidence_{word}") for word in column.evidence)
                evidence = f" [{grounds}]" if grounds else ""
                reason = f"{say(lang, 'colon')}{plain(column.why.text(lang))}" if column.why else ""
                yield bullet(f"{column.index + 1} {header} → {kind}{evidence}{reason}")


def unread(report: Report, lang: Lang) -> Iterator[RenderableType]:
    """Everything that nobody examined, in every form of the report."""
    if not report.unread:
        return
    yield heading(lang, "unread")
    for gap in report.unread[:UNREAD_SHOWN]:
        line = gap_line(gap, lang, plain, whole=say(lang, "all_of_it"), size=True)
        yield bullet(line, style="yellow")
    if len(report.unread) > UNREAD_SHOWN:
        yield bullet(say(lang, "more", count=len(report.unread) - UNREAD_SHOWN))
