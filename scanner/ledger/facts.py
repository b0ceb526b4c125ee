"""What the ledger remembers, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from scanner.law.model import ReadingResult

Json = dict[str, Any]
State = Literal["read", "partly", "unread"]
Altered = Literal["new", "changed", "moved", "again", "unread"]


@dataclass(frozen=True, slots=True)
class Result:
    """One reading's sum, as it was judged once: E, E against its line, the verdict."""

    E: int
    ratio: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What was made of one tally: act → reading → result. Acts: `provide` (by an insider) and `obtain`."""

    acts: Mapping[str, Mapping[str, Result]]

    @staticmethod
    def of(acts: Mapping[str, Mapping[str, ReadingResult]]) -> Judged:
        """The figures of these readings."""
        return Judged({act: {name: Result(r.E, r.ratio, r.verdict) for name, r in each.items()} for act, each in acts.items()})

    def ratio(self, reading: str, act: str = "provide") -> float:
        return self.acts[act][reading].ratio

    @property
    def over(self) -> bool:
        """Whether a line is reached in the strict reading, if an insider provided it."""
        results = self.acts.get("provide")
        return results is not None and results["strict"].verdict not in ("none", "below")

    def dumps(self) -> str:
        words = {act: {name: [r.E, r.ratio, r.verdict] for name, r in each.items()} for act, each in self.acts.items()}
        return json.dumps(words, separators=(",", ":"))

    @staticmethod
    def loads(text: str) -> Judged:
        return Judged({act: {name: Result(*r) for name, r in each.items()} for act, each in json.loads(text).items()})


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two files the same to a scan: the bytes, the ending of the name, the settings and tool, the key."""

    digest: str
    suffix: str
    settings: str
    key: str


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """One content and what a scan found in it. tables: shapes, JSON; tally: packed, None where nothing was counted."""

    identity: Identity
    size: int
    scanned: str
    versions: Mapping[str, str]
    status: State
    tables: list[Json]
    unread: list[Json]
    notes: list[Json]
    records: int
    persons: int
    judged: Judged
    categories: tuple[str, ...] = ()
    tally: bytes | None = None

    def __repr__(self) -> str:
        return f"Content({self.identity.digest[:12]}, {self.persons} persons)"


@dataclass(frozen=True, slots=True)
class File:
    """One file of a tree as it was last seen. content: its number in the ledger, None where it could not be opened."""

    path: str
    root: str
    folder: str
    stamp: str
    size: int
    modified: str
    owner: str
    content: int | None = None
    unread: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is needed to see that a file is unchanged."""

    stamp: str
    owner: str
    content: int | None
    settings: str
    key: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was made of one content."""

    digest: str
    persons: int
    judged: Judged


@dataclass(frozen=True, slots=True)
class Owned:
    """An owner's files, or a folder's, together, each person counted once; accepted files are not in an owner's."""

    files: int
    persons: int
    judged: Judged


@dataclass(frozen=True, slots=True)
class Standing:
    """A live file with its content: what reports, judgements and totals are made from."""

    file: File
    first_seen: str
    status: State
    records: int
    persons: int
    judged: Judged
    digest: str
    categories: tuple[str, ...] = ()
    unread: tuple[Json, ...] = ()
    notes: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a file, an owner or a ledger, told once. kind: `scanner.nightly.changes.KINDS`."""

    id: str
    kind: str
    path: str
    owner: str
    detail: Json = field(default_factory=dict)
    run: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """A planted export. caught: when a run reported it; run: the first run that looked for it."""

    path: str
    digest: str
    planted: str
    caught: str | None = None
    run: int | None = None

    @property
    def seconds(self) -> float | None:
        """From planting to catching."""
        if self.caught is None:
            return None
        return (datetime.fromisoformat(self.caught) - datetime.fromisoformat(self.planted)).total_seconds()


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds: sorts as it reads."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_of(nanoseconds: int) -> datetime:
    """A file's time, given since 1970. One that no calendar has, as anybody may set it, becomes the nearest that there is."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return (datetime.max if nanoseconds > 0 else datetime.min).replace(tzinfo=UTC)
