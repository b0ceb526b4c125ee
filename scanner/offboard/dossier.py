"""The story of an examination: walk → digests → scan → sums, timeline, sources → dossier, and the lines of its manifest.

The dossier says what the files hold and what the law would make of that. It never says that somebody is guilty, nor that a file
is safe: what no file can show stands in its checklist.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo

from scanner.config import Settings
from scanner.law.assess import assess, people
from scanner.law.model import Facts
from scanner.model import FileReport, Report, Unread
from scanner.offboard import checklist, manifest
from scanner.offboard.checklist import Answers
from scanner.offboard.files import Item, digested, roots_of, walk
from scanner.offboard.hours import Hours, local
from scanner.offboard.identifiers import Identifiers
from scanner.offboard.lineage import Examined, Lineage, Remembered, trace
from scanner.offboard.model import Copies, Dossier, FileLine, Judged, TimeOf
from scanner.offboard.timeline import Dated, carriers, new_persons, steps
from scanner.pipeline import Given, ProgressCall, Scan, scan_all, tally_lines
from scanner.sources import LITTER, Source, shown
from scanner.tally import Tally
from scanner.tally_builder import TallyBuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. zone: the clock of the people who worked by it, None for the one of this computer."""

    person: str
    since: date
    paths: tuple[str, ...]
    answers: Answers = Answers()
    hours: Hours = Hours()
    by: TimeOf = "modified"
    zone: tzinfo | None = None
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Examination:
    """A dossier, and the manifest's lines."""

    dossier: Dossier
    manifest: list[str]


def examine(
    request: Request,
    settings: Settings,
    remembered: Iterable[Remembered] | None = None,
    progress: ProgressCall | None = None,
    *,
    key_id: str = "",
    settings_digest: str = "",
    now: datetime | None = None,
) -> Examination:
    """Look at everything under the paths and change nothing there.

    remembered: exports scanned before under the same key, None without a ledger. Raises UsageError for a path that names nothing
    or answers that contradict each other, ConfigError for broken settings.
    """
    checklist.check(request.answers)
    made = (now or datetime.now().astimezone()).astimezone(request.zone)
    roots = roots_of(request.paths)
    scan = Scan.of(checklist.obtaining(request.answers, request.facts), settings)
    items = [digested(item) for item in walk(roots)]
    report = scan_all(_given(items, settings), scan, progress)
    items = [_unchanged(item) for item in items]
    told, digest = manifest.lines(_head(request, roots, made, report, items, key_id, settings_digest), items)
    files = _lines(items, report, request, settings)
    dated = [_dated(file, request.by) for file in files if file.report and file.report.tally.counts]
    new = new_persons(dated, report.tally)
    traced, exports = _traced(files, remembered)
    files = [replace(file, new=new.get(file.path, 0), lineage=traced.get(file.path)) for file in files]
    obtained = scan.facts
    dossier = Dossier(
        person=request.person,
        since=request.since,
        made=made,
        by=request.by,
        hours=str(request.hours),
        roots=tuple(shown(root) for root in roots),
        window=_judged([file for file in files if not file.older], files, report, request, scan),
        whole=_judged(files, files, report, request, scan),
        files=tuple(files),
        links=tuple(item for item in items if item.type == "link"),
        steps=steps(dated, report.tally, obtained),
        carriers=carriers(dated, report.tally, obtained),
        copies=_copies(files),
        unread=report.unread,
        checklist=checklist.answered(request.answers),
        exports=exports,
        key_id=key_id,
        manifest=digest,
        kept=sum(item.kept for item in items if item.sha256),
        opened=sum(bool(item.sha256) for item in items),
        suppressed=report.suppressed,
        versions=report.versions,
        interrupted=report.interrupted,
    )
    return Examination(dossier, told)


def _given(items: Iterable[Item], settings: Settings) -> Iterator[Given | Unread]:
    """What is to be scanned; what cannot be is `Unread`. The medium's access times are left alone."""
    opening = replace(settings.opening(), untouched=True)
    for item in items:
        path = shown(item.place)
        if item.type == "link" and not item.trouble or _left_out(item, settings):
            continue
        if item.trouble and item.trouble != "changed":
            yield Unread(path, "", item.trouble, item.detail, item.size)
        elif settings.max_file_bytes is not None and item.size > settings.max_file_bytes:
            yield Unread(path, "", "too_large", f"over {settings.max_file_bytes} bytes", item.size)
        else:
            yield Given.source(Source(path, item.size, file=item.place), opening)


def _left_out(item: Item, settings: Settings) -> str:
    """Why a file is listed and not scanned, "" if it is."""
    if item.type != "file" or not item.path:
        return ""
    if os.path.basename(item.place).lower() in LITTER:
        return "system"
    return "" if settings.admits(shown(item.place)) else "settings"


def _unchanged(item: Item) -> Item:
    """The same, or with the trouble that the file changed while it was examined."""
    if not item.sha256 or item.trouble:
        return item
    try:
        facts = os.stat(item.place)
    except OSError:
        return replace(item, trouble="changed", detail="gone while it was examined")
    if (facts.st_size, facts.st_mtime_ns) != (item.size, item.modified_ns):
        return replace(item, trouble="changed", detail="changed while it was examined")
    return item


def _lines(items: Sequence[Item], report: Report, request: Request, settings: Settings) -> list[FileLine]:
    reports: dict[str, FileReport] = {file.path: file for file in report.files}
    start = datetime(request.since.year, request.since.month, request.since.day)
    begin = start.replace(tzinfo=request.zone) if request.zone else start.astimezone()
    lines = []
    for item in items:
        if item.type != "file":
            continue
        modified = local(item.modified_ns, request.zone)
        created = None if item.born_ns is None else local(item.born_ns, request.zone)
        first, second = (created, modified) if request.by == "created" and created else (modified, created)
        older = first < begin
        path = shown(item.place)
        lines.append(
            FileLine(
                path=path,
                item=item,
                modified=modified,
                created=created,
                report=reports.get(path),
                left_out=_left_out(item, settings),
                older=older,
                arrived=older and second is not None and second >= begin,
                outside=request.hours.outside(first),
            )
        )
    return lines


def _dated(file: FileLine, by: TimeOf) -> Dated:
    assert file.report is not None
    moment = file.created if by == "created" and file.created else file.modified
    return Dated(file.path, moment.date(), file.report.tally)


def _judged(files: Sequence[FileLine], every: Sequence[FileLine], report: Report, request: Request, scan: Scan) -> Judged:
    """One set of files, no person twice. Files that could not even be opened have no tally and are in `unread`."""
    if len(files) == len(every):
        tally, lines = report.tally, report.lines
    else:
        into = TallyBuilder()
        for file in files:
            if file.report:
                into.absorb(file.report.tally)
        tally = into.tally()
        tally = Tally(tally.counts, report.tally.links)  # a line of an older file may show that two identifiers are one person's
        lines = tally_lines(tally)
    base, answers, policies = scan.facts, request.answers, scan.policies
    stated = checklist.as_answered(answers, base)
    return Judged(
        files=len(files),
        persons=people(tally),
        lines=lines,
        obtain=assess(tally, base, policies),
        provide=assess(tally, checklist.if_provided(answers, base), policies),
        answered=assess(tally, stated, policies) if stated else None,
    )


def _copies(files: Iterable[FileLine]) -> tuple[Copies, ...]:
    groups: dict[str, list[FileLine]] = {}
    for file in files:
        if file.item.sha256 and file.item.size:
            groups.setdefault(file.item.sha256, []).append(file)
    found = []
    for digest, group in groups.items():
        if len(group) > 1:
            names = {os.path.basename(file.path) for file in group}
            endings = {os.path.splitext(name)[1].lower() for name in names}
            paths = tuple(file.path for file in group)
            found.append(Copies(digest, group[0].item.size, paths, len(names) > 1, len(endings) > 1))
    return tuple(sorted(found, key=lambda copies: (-len(copies.paths), copies.paths)))


def _traced(files: Iterable[FileLine], remembered: Iterable[Remembered] | None) -> tuple[dict[str, Lineage], int | None]:
    if remembered is None:
        return {}, None
    examined = [
        Examined(file.path, file.item.sha256, Identifiers.of(file.report.tally))
        for file in files
        if file.report and file.report.persons
    ]
    counted = _Counted(remembered)
    return trace(examined, counted), counted.number


class _Counted:
    """Passes things on and counts them."""

    def __init__(self, things: Iterable[Remembered]) -> None:
        self._things = things
        self.number = 0

    def __iter__(self) -> Iterator[Remembered]:
        for thing in self._things:
            self.number += 1
            yield thing


def _head(
    request: Request,
    roots: Sequence[str],
    made: datetime,
    report: Report,
    items: Sequence[Item],
    key_id: str,
    settings_digest: str,
) -> manifest.Json:
    opened = [item for item in items if item.sha256]
    return {
        "person": request.person,
        "since": request.since.isoformat(),
        "made": made.isoformat(timespec="seconds"),
        "roots": [{"given": root, "absolute": os.path.realpath(root)} for root in roots],
        "versions": dict(report.versions),
        "on": report.on.isoformat(),
        "key_id": key_id,
        "settings_sha256": settings_digest,
        "system": sys.platform,
        "files": len(opened),
        "access_times_kept": sum(item.kept for item in opened),
    }
