"""The words of a dossier: what was examined, what it sums up to, when it came, from where, and what people must still answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from scanner.law.model import Assessment, People
from scanner.model import FileReport, Note, TallyLine, Unread
from scanner.offboard.checklist import Answered
from scanner.offboard.files import Item
from scanner.offboard.lineage import Lineage
from scanner.offboard.timeline import Carrier, Step

TimeOf = Literal["modified", "created"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One set of files as each act would be judged. answered: as people stated the facts, None where they stated no recipient."""

    files: int
    persons: People
    lines: tuple[TallyLine, ...]
    obtain: Assessment
    provide: Assessment
    answered: Assessment | None = None


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file. report: what the scan found, judged as obtained, None where it was not scanned (`left_out` says why).

    path      as given, with the way down from there
    modified, created   in the clock of the dossier; created: None where the system does not tell
    new       persons whom no earlier file holds
    older     from before the day asked about, by the time that the dossier goes by
    arrived   older by that time, but the other one lies in the window: an old file that was copied here, or a time put back
    outside   changed or created outside working hours
    """

    path: str
    item: Item
    modified: datetime
    created: datetime | None
    report: FileReport | None = None
    left_out: str = ""
    new: int = 0
    older: bool = False
    arrived: bool = False
    outside: bool = False
    lineage: Lineage | None = None

    @property
    def persons(self) -> int:
        return self.report.persons if self.report else 0

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.report.notes if self.report else ()

    @property
    def unread(self) -> tuple[Unread, ...]:
        return self.report.unread if self.report else ()

    @property
    def locked(self) -> tuple[Unread, ...]:
        """Its parts that a password keeps shut."""
        return tuple(gap for gap in self.unread if gap.reason == "password")


@dataclass(frozen=True, slots=True)
class Copies:
    """Files with the same bytes. named_apart: they bear different names; typed_apart: names of different kinds of files."""

    digest: str
    size: int
    paths: tuple[str, ...]
    named_apart: bool
    typed_apart: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything of one examination.

    since      the day from which on files belong to the window; window, whole: those files, and all files
    made       when; its offset is the clock of all times in here
    by         which time of a file counts
    exports    remembered exports that were compared, None without a ledger
    key_id     fingerprint of the key, "" where a fresh one was made and thrown away
    manifest   SHA-256 of the manifest's lines
    kept, opened   files whose access time was left alone, of how many that were opened
    """

    person: str
    since: date
    made: datetime
    by: TimeOf
    hours: str
    roots: tuple[str, ...]
    window: Judged
    whole: Judged
    files: tuple[FileLine, ...]
    links: tuple[Item, ...]
    steps: tuple[Step, ...]
    carriers: tuple[Carrier, ...]
    copies: tuple[Copies, ...]
    unread: tuple[Unread, ...]
    checklist: tuple[Answered, ...]
    exports: int | None
    key_id: str
    manifest: str
    kept: int
    opened: int
    suppressed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
