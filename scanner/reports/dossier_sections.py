"""A dossier as headed sections of sentences and grids: one content for the terminal and for HTML.

Every word from a file passes through `plain`. Grids hold all their rows; who shows them may cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanner.config import Lang
from scanner.law.model import READINGS
from scanner.law.pages import fixed_sentences
from scanner.offboard.model import Dossier, FileLine
from scanner.offboard.timeline import CARRIERS
from scanner.plain import plain, times
from scanner.reports import dossier_law
from scanner.reports.dossier_parts import Grid, Section, joined, moment, named
from scanner.reports.dossier_sources import lineage
from scanner.reports.dossier_words import hours_words, word
from scanner.reports.gaps import gap_line, part_words
from scanner.reports.messages import say
from scanner.reports.terminal_parts import reached_ratio

Build = Callable[[Dossier, Lang], Section | None]


def sections(dossier: Dossier, lang: Lang) -> Iterator[Section]:
    """The parts of the dossier in their order."""
    yield _head(dossier, lang)
    yield dossier_law.sums(dossier.window, "window", lang)
    yield dossier_law.sums(dossier.whole, "whole", lang)
    for build in _PARTS:
        section = build(dossier, lang)
        if section is not None:
            yield section


def _head(dossier: Dossier, lang: Lang) -> Section:
    offset = dossier.made.strftime("%z")
    lines = [
        word(lang, "made", made=moment(dossier.made), offset=f"{offset[:3]}:{offset[3:]}"),
        word(lang, "window_is", since=dossier.since.isoformat(), by=word(lang, f"by_{dossier.by}")),
        word(lang, "roots", roots=joined([plain(root) for root in dossier.roots], lang)),
        word(lang, "no_finding"),
    ]
    if dossier.interrupted:
        lines.insert(0, word(lang, "interrupted"))
    return Section(word(lang, "title", person=plain(dossier.person)), tuple(lines))


def _timeline(dossier: Dossier, lang: Lang) -> Section | None:
    if not dossier.steps:
        return None
    rows = tuple(
        (each.start.isoformat(), *(f"{n:,}" for n in (each.files, each.new, each.persons, *(each.E[name] for name in READINGS))))
        for each in dossier.steps
    )
    columns = [word(lang, key) for key in ("col_from", "col_files", "col_new", "col_so_far")]
    columns += [word(lang, "col_E", reading=say(lang, name)) for name in READINGS]
    line = word(lang, "timeline_line", by=word(lang, f"by_{dossier.by}"))
    return Section(word(lang, "timeline"), (line,), Grid(tuple(columns), rows, tuple(range(1, 7))))


def _carriers(dossier: Dossier, lang: Lang) -> Section | None:
    if not dossier.carriers:
        return None
    rows = tuple(
        (plain(each.path), *(f"{n:,}" for n in (each.new, each.persons, *(each.E[name] for name in READINGS))))
        for each in dossier.carriers
    )
    columns = [word(lang, key) for key in ("col_path", "col_new", "col_so_far")]
    columns += [word(lang, "col_E", reading=say(lang, name)) for name in READINGS]
    line = word(lang, "carriers_line", most=CARRIERS)
    return Section(word(lang, "carriers"), (line,), Grid(tuple(columns), rows, tuple(range(1, 6))))


def _files(dossier: Dossier, lang: Lang) -> Section:
    copied = {path for group in dossier.copies for path in group.paths}
    rows, quiet = [], 0
    for file in dossier.files:
        marks = _marks(file, file.path in copied, lang)
        if not file.persons and not file.unread and not any(mark for key, mark in marks if key not in ("older", "copy", "outside")):
            quiet += 1
            continue
        ratio = times(reached_ratio(file.report.assessment.readings["strict"])) if file.report else ""
        rows.append(
            (
                plain(file.path),
                moment(file.modified),
                moment(file.created),
                plain(file.item.owner) or str(file.item.uid if file.item.uid is not None else ""),
                f"{file.item.size:,}",
                f"{file.persons:,}",
                f"{file.new:,}",
                ratio,
                joined([mark for _, mark in marks], lang),
            )
        )
    keys = ("path", "modified", "created", "owner", "bytes", "persons", "new", "ratio", "flags")
    lines = (word(lang, "quiet_files", count=quiet),) if quiet else ()
    grid = Grid(tuple(word(lang, f"col_{key}") for key in keys), tuple(rows), (4, 5, 6, 7)) if rows else None
    return Section(word(lang, "files"), lines, grid)


def _marks(file: FileLine, copied: bool, lang: Lang) -> list[tuple[str, str]]:
    marks = {
        "older": file.older and not file.arrived,
        "arrived": file.arrived,
        "outside": file.outside,
        "locked": bool(file.locked),
        "unread": bool(file.unread) and not file.locked,
        "renamed": any(note.said.code == "other_format" for note in file.notes),
        "copy": copied,
        "system": file.left_out == "system",
        "settings": file.left_out == "settings",
    }
    return [(key, word(lang, f"flag_{key}")) for key, holds in marks.items() if holds]


def _findings(dossier: Dossier, lang: Lang) -> Section:
    found: list[str] = []
    for file in dossier.files:
        for gap in file.locked:
            found.append(
                word(lang, "locked", path=plain(file.path), part=plain(part_words(gap.part, lang)) or word(lang, "all_of_it"))
            )
    for file in dossier.files:
        for note in file.notes:
            said = plain(note.said.text(lang))
            said = f"{plain(note.part)}{say(lang, 'colon')}{said}" if note.part else said
            found.append(word(lang, "note", path=plain(file.path), said=said))
    for group in dossier.copies:
        how = word(lang, "copies_typed") if group.typed_apart else word(lang, "copies_named") if group.named_apart else ""
        found.append(word(lang, "copies", count=len(group.paths), how=how, paths=named(group.paths, lang)))
    outside = [file.path for file in dossier.files if file.outside and (file.persons or file.unread)]
    if outside:
        shown = named(outside, lang)
        found += [
            word(lang, "outside", count=len(outside), hours=hours_words(dossier.hours, lang), paths=shown),
            word(lang, "holidays"),
        ]
    arrived = [file.path for file in dossier.files if file.arrived]
    if arrived:
        by = word(lang, f"by_{dossier.by}")
        found.append(word(lang, "arrived", count=len(arrived), by=by, paths=named(arrived, lang)))
    if dossier.links:
        links = [f"{item.place} → {item.target}" for item in dossier.links]
        found.append(word(lang, "links", count=len(links), paths=named(links, lang)))
    left = sum(bool(file.left_out) for file in dossier.files)
    if left:
        found.append(word(lang, "left_out", count=left))
    if dossier.suppressed:
        found.append(word(lang, "suppressed", count=dossier.suppressed))
    return Section(word(lang, "findings"), bullets=tuple(found) or (word(lang, "nothing_stands_out"),))


def _lineage(dossier: Dossier, lang: Lang) -> Section:
    return Section(word(lang, "lineage"), bullets=tuple(lineage(dossier, lang)))


def _unread(dossier: Dossier, lang: Lang) -> Section | None:
    bullets = tuple(gap_line(gap, lang, plain) for gap in dossier.unread)
    return Section(word(lang, "unread"), bullets=bullets) if bullets else None


def _evidence(dossier: Dossier, lang: Lang) -> Section:
    bullets = [
        word(lang, "manifest", digest=dossier.manifest),
        word(lang, "kept", opened=dossier.opened, kept=dossier.kept),
        word(lang, "key", fingerprint=dossier.key_id) if dossier.key_id else word(lang, "key_fresh"),
        word(lang, "versions", versions=", ".join(f"{plain(k)} {plain(v)}" for k, v in dossier.versions.items())),
        word(lang, "verify"),
    ]
    if dossier.kept < dossier.opened:
        bullets.insert(2, word(lang, "not_kept"))
    return Section(word(lang, "evidence"), bullets=tuple(bullets))


def _about(dossier: Dossier, lang: Lang) -> Section:
    return Section(word(lang, "about"), bullets=(*fixed_sentences(lang), word(lang, "no_finding")))


_PARTS: tuple[Build, ...] = (
    _findings,
    dossier_law.categories,
    dossier_law.people,
    dossier_law.grounds,
    dossier_law.policies,
    _timeline,
    _carriers,
    _lineage,
    _files,
    _unread,
    dossier_law.checklist,
    _evidence,
    _about,
)
