"""The words of a scan: where cells come from, what was found, what could not be read, and the report.

No value of a cell is kept in any of these but as `example`, which is masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pyarrow as pa

from detectors.base.sentence import Sentence
from scanner.law.model import Assessment, People
from scanner.tally import Tally

# Why something was not read. The words are public (JSON `reason`).
REASONS = {
    "missing": "does not exist",
    "permission": "no permission to read",
    "encoding": "encoding not recognised, or bytes that are not text in it",
    "damaged": "damaged or cut short",
    "password": "locked by a password",
    "format": "format not supported",
    "too_large": "over a size limit",
    "too_deep": "nested too deep",
    "not_a_file": "neither a file nor a folder",
    "changed": "changed while being read",
    "error": "could not be read",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a source that nobody examined. path: the file; part: sheet, member or row range ("" for all of it)."""

    path: str
    part: str
    reason: str
    detail: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a source that a person should know though all of it was read: a name that hides the format."""

    path: str
    part: str
    said: Sentence


@dataclass(frozen=True, slots=True, repr=False)
class Chunk:
    """Some rows of a table: one Arrow string array (no nulls) per column, all of one length. row: index of the first row."""

    columns: tuple[pa.StringArray, ...]
    row: int = 0

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __repr__(self) -> str:
        return f"Chunk({self.rows} rows × {len(self.columns)} columns)"


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A header and a stream of chunks, read once.

    name     sheet and place within it, or the file's name; unique within its source
    header   one title per column ("" where there is none); multi-row headers joined with " / "; None: the table has no header
    chunks   an iterator over its rows; may raise `UnreadableError` midway: what came before stands
    hidden   why a person opening the file would not see this table, "" if they would
    """

    name: str
    header: tuple[str, ...] | None
    chunks: Iterator[Chunk]
    hidden: str = ""

    def __repr__(self) -> str:
        return f"Table({self.name!r})"


@dataclass(frozen=True, slots=True)
class Finding:
    """One column: what it is and why.

    evidence  `Evidence.names()` of what the decision rests on
    subject   0 the row's own person, 1… other persons (配偶, 紧急联系人)
    cells     non-empty cells; hits: accepted ones; distinct: distinct accepted values (an estimate beyond 2**17)
    masked, invalid, samples   cells of the kind that are masked; that fail their checks; that hold a published sample or a
              placeholder (13800138000, 张三). No cell is two of these; all are shown, none is counted
    header    as typed; a personal name in it is masked
    example   one masked value, "" if none
    why       the ground of the decision, also for a column that was refused (kind None)
    """

    index: int
    header: str
    kind: str | None
    evidence: tuple[str, ...] = ()
    subject: int = 0
    cells: int = 0
    hits: int = 0
    distinct: int = 0
    masked: int = 0
    invalid: int = 0
    example: str = ""
    why: Sentence | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Inside:
    """Hits of one kind inside the free text of one column. samples: published samples there, which are no hits."""

    column: int
    kind: str
    hits: int
    example: str = ""
    samples: int = 0


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table. suppressed: hits that the user's allow-list accepts."""

    name: str
    rows: int
    columns: tuple[Finding, ...]
    inside: tuple[Inside, ...] = ()
    hidden: str = ""
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class FileReport:
    """One source. status: read | partly | unread. records: rows with an identified person; persons: distinct. Companies apart.

    notes  about the source itself ("content is a workbook, the name says .jpg")
    """

    path: str
    bytes: int
    tables: tuple[TableReport, ...]
    unread: tuple[Unread, ...]
    tally: Tally
    records: int
    persons: int
    assessment: Assessment
    notes: tuple[Note, ...] = ()

    @property
    def status(self) -> Literal["read", "partly", "unread"]:
        if not self.unread:
            return "read"
        return "partly" if self.tables else "unread"


@dataclass(frozen=True, slots=True)
class TallyLine:
    """One set of kinds for people: found / entries / persons. note: "" or why it is not counted in the prevailing reading."""

    kinds: tuple[str, ...]
    found: int
    entries: int
    persons: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a scan."""

    files: tuple[FileReport, ...]
    tally: Tally
    lines: tuple[TallyLine, ...]
    persons: People
    assessment: Assessment
    unread: tuple[Unread, ...]
    suppressed: int = 0
    on: date = field(default_factory=date.today)
    versions: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
