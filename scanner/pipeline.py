"""The story on one page: sources → tables → records → tally → assessment → report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial, reduce
from importlib.metadata import version
from itertools import chain, islice

from detectors import DETECTORS
from detectors.base.detector import Detector
from detectors.fields import FieldsError, load_fields, load_words, widened
from scanner.allow import NOTHING_ALLOWED, Allow, load_allow
from scanner.columns import Columns
from scanner.config import Progress, Settings
from scanner.errors import ConfigError, UnreadableError
from scanner.keyed_hash import Key
from scanner.law.assess import assess, people
from scanner.law.loader import load_instruments, load_policy
from scanner.law.model import Assessment, Facts
from scanner.law.statute import Policy
from scanner.limits import Opening, Reach
from scanner.model import FileReport, Note, Report, Table, TableReport, TallyLine, Unread
from scanner.persons import Plan
from scanner.plugins import plugins
from scanner.profile import accepted, profile
from scanner.readers import open_source
from scanner.records import count
from scanner.sources import Source
from scanner.tally import Signature, Tally
from scanner.tally_builder import TallyBuilder

ProgressCall = Callable[[Progress], None]
PULSE = 0.1  # seconds between two calls of `progress` within one file


@dataclass(frozen=True, slots=True)
class Scan:
    """What stays the same for all sources of one scan."""

    key: Key
    catalogue: tuple[Detector, ...]
    allow: Allow
    facts: Facts
    policies: tuple[Policy, ...]

    @staticmethod
    def of(facts: Facts, settings: Settings) -> Scan:
        """Reads the user's own catalogues, allow-list and policies. Raises ConfigError."""
        if settings.on is not None:
            facts = replace(facts, on=settings.on)
        try:
            fields = tuple(chain.from_iterable(load_fields(path) for path in settings.fields))
            words = [load_words(path) for path in settings.fields]
        except FieldsError as error:
            raise ConfigError(str(error)) from None
        key = settings.key or Key.fresh()
        catalogue = tuple(reduce(widened, words, detector) for detector in (*DETECTORS, *plugins(), *fields))
        allow = load_allow(settings.allow, catalogue, key, facts.on) if settings.allow else NOTHING_ALLOWED
        return Scan(key, catalogue, allow, facts, tuple(load_policy(path) for path in settings.policies))


@dataclass(frozen=True, slots=True)
class Given:
    """Something to scan: its name, its size in bytes (0 where unknown), how to get at its tables, how far that has come."""

    path: str
    size: int
    tables: Callable[[], Iterator[Table | Unread | Note]]
    reach: Reach = field(default_factory=Reach)

    @staticmethod
    def source(source: Source, opening: Opening | None = None) -> Given:
        """A file, opened within these bounds."""
        reach = Reach(source.size)
        return Given(source.path, source.size, partial(open_source, source, opening, reach), reach)


def scan_all(given: Iterable[Given | Unread], scan: Scan, progress: ProgressCall | None = None) -> Report:
    """Read everything given, count, and assess. What cannot be read is in the report; an interruption keeps what is done."""
    files: list[FileReport] = []
    lost: list[Unread] = []
    meter = _Meter(progress)
    interrupted = False
    try:
        for one in meter.listed(given):
            if isinstance(one, Unread):
                file = _file_report(one.path, one.bytes, [], [one], Tally(), scan)
            else:
                file = _scan_one(one, scan, meter)
            files.append(file)
            lost.extend(file.unread)
    except KeyboardInterrupt:
        interrupted = True
    tally = files[0].tally if len(files) == 1 else _total(file.tally for file in files)
    return Report(
        files=tuple(files),
        tally=tally,
        lines=tally_lines(tally),
        persons=people(tally),
        assessment=files[0].assessment if len(files) == 1 else assess(tally, scan.facts, scan.policies),
        unread=tuple(lost),
        suppressed=sum(table.suppressed for file in files for table in file.tables),
        on=scan.facts.on,
        versions=versions(),
        interrupted=interrupted,
    )


def _total(tallies: Iterable[Tally]) -> Tally:
    into = TallyBuilder()
    for tally in tallies:
        into.absorb(tally)
    return into.tally()


def _scan_one(given: Given, scan: Scan, meter: _Meter) -> FileReport:
    into = TallyBuilder()
    tables: list[TableReport] = []
    lost: list[Unread] = []
    notes: list[Note] = []
    part = ""

    def note(reason: str, detail: str) -> None:
        lost.append(Unread(given.path, part, reason, detail, given.size))

    try:
        for table in given.tables():
            meter.pulse(given, 0)
            if isinstance(table, Unread):
                lost.append(table)
                continue
            if isinstance(table, Note):
                notes.append(table)
                continue
            part = table.name
            try:
                for rows in _count_table(table, given.path, scan, into, tables):
                    meter.pulse(given, rows)
            except UnreadableError as error:
                note(error.reason, error.detail)
            part = ""
    except UnreadableError as error:
        note(error.reason, error.detail)
    except MemoryError:
        note("too_large", "not enough memory")
    except Exception as error:  # a library may fail in any way on a hostile file, and its message may hold cell values
        if os.environ.get("LEAKGAUGE_DEBUG"):
            raise
        note("error", type(error).__name__)
    meter.finished(given.size)
    return _file_report(given.path, given.size, tables, lost, into.tally(), scan, tuple(notes))


def _count_table(table: Table, path: str, scan: Scan, into: TallyBuilder, reports: list[TableReport]) -> Iterator[int]:
    """Counts chunk by chunk and yields the rows of each; at the end, or when the source breaks, its report is added."""
    first = list(islice(table.chunks, 1))
    if not first:
        return
    shape = profile(table.header, first[0], scan.catalogue)
    shape = replace(shape, columns=tuple(accepted(c, scan.allow.reason(path, c.header)) for c in shape.columns))
    plan = Plan(shape, scan.facts.on, scan.key, scan.allow)
    columns = Columns(shape)
    try:
        for chunk in chain(first, table.chunks):
            columns.rows += chunk.rows
            count(chunk, plan, into, columns)
            yield chunk.rows
    finally:
        reports.append(
            TableReport(table.name, columns.rows, columns.findings(), columns.insides(), table.hidden, columns.suppressed)
        )


def _file_report(
    path: str,
    size: int,
    tables: Sequence[TableReport],
    lost: Sequence[Unread],
    tally: Tally,
    scan: Scan,
    notes: tuple[Note, ...] = (),
) -> FileReport:
    counted = [c for s, c in tally.counts.items() if s.identified and not s.company]
    leads = sum(c.found for s, c in tally.counts.items() if s.identified and s.lead and not s.company)
    sets = [c.persons for c in counted]
    persons = tally.links.resolver(sets).persons(sets)
    judged = assess(tally, scan.facts, scan.policies) if tally.counts else _nothing(scan.facts, scan.policies)
    return FileReport(path, size, tuple(tables), tuple(lost), tally, leads, persons, judged, notes)


@lru_cache(maxsize=8)
def _nothing(facts: Facts, policies: tuple[Policy, ...]) -> Assessment:
    return assess(Tally(), facts, policies)


def tally_lines(tally: Tally) -> tuple[TallyLine, ...]:
    """The tally for people: one line per set of kinds and reason not to count it, most persons first."""
    resolve = tally.links.resolver(c.persons for c in tally.counts.values())
    groups: dict[tuple[tuple[str, ...], str], list[Signature]] = {}
    for signature in tally.counts:
        kinds = tuple(sorted(signature.kinds | signature.masked | signature.invalid))
        groups.setdefault((kinds, _note(signature)), []).append(signature)
    lines = []
    for (kinds, note), signatures in groups.items():
        counts = [tally.counts[s] for s in signatures]
        whole = counts[0]
        for count_ in counts[1:]:
            whole += count_
        lines.append(TallyLine(kinds, whole.found, whole.entries, resolve.persons([whole.persons]), note))
    return tuple(sorted(lines, key=lambda line: (-line.persons, -line.found, line.kinds, line.note)))


def _note(signature: Signature) -> str:
    if signature.company:
        return "company"
    if signature.identified:
        return ""
    return "masked" if signature.masked else "invalid"


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of the program, and the day on which the oldest of its law files was last compared with the text."""
    checked = min(instrument.checked for instrument in load_instruments().instruments.values())
    return {"leakgauge": version("leakgauge"), "law": checked.isoformat()}


class _Meter:
    """Counts files, bytes and rows, and tells `progress` a few times a second."""

    def __init__(self, progress: ProgressCall | None) -> None:
        self._call = progress
        self._files, self._bytes, self._rows = 0, 0, 0
        self._files_total: int | None = None
        self._bytes_total: int | None = None
        self._last = 0.0

    def listed(self, given: Iterable[Given | Unread]) -> Iterator[Given | Unread]:
        """With someone watching, list everything first: totals make the time left known."""
        if self._call is None:
            yield from given
            return
        known = list(given)
        self._files_total = len(known)
        self._bytes_total = sum(one.size for one in known if not isinstance(one, Unread))
        yield from known

    def pulse(self, given: Given, rows: int) -> None:
        self._rows += rows
        now = time.monotonic()
        if self._call and now - self._last >= PULSE:
            self._last = now
            done = self._bytes + given.reach.at()
            self._call(Progress(given.path, self._files, self._files_total, done, self._bytes_total, self._rows))

    def finished(self, size: int) -> None:
        self._files += 1
        self._bytes += size
