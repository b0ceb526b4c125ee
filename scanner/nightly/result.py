"""What a run says: counts, what is different, who holds how much, what is due, what was not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from scanner.ledger.facts import Altered, Drill, Event, Json, Judged, Owned, Standing
from scanner.model import Unread


@dataclass(slots=True)
class Counts:
    """Files of one run.

    seen: met; unchanged: not opened; touched: same bytes under new times; again: scanned again for other settings
    """

    seen: int = 0
    unchanged: int = 0
    scanned: int = 0
    new: int = 0
    changed: int = 0
    again: int = 0
    touched: int = 0
    copied: int = 0
    moved: int = 0
    gone: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """An export past the age that the policy allows for one of its categories. Listed, never deleted."""

    path: str
    owner: str
    category: str
    age: int
    days: int
    modified: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A file over a line that the baseline accepts."""

    path: str
    owner: str
    reason: str
    until: str
    persons: int
    judged: Judged


@dataclass(frozen=True, slots=True)
class Fresh:
    """New and changed files together, each person counted once; accepted files are not in it. unread: parts nobody could read."""

    files: int
    persons: int
    judged: Judged
    unread: int


@dataclass(frozen=True, slots=True)
class Result:
    """One night.

    events    what is different since the last finished run, those of runs that were cut short among them
    altered   path → what became of a file since then; fresh: the new and changed ones summed up
    drills    every export that was ever planted
    trend     folder with such files → its figures in the last runs that changed it, oldest first
    """

    run: int
    started: datetime
    finished: datetime
    roots: tuple[str, ...]
    counts: Counts
    events: tuple[Event, ...]
    over: tuple[Standing, ...]
    owners: Mapping[str, Owned]
    suppressed: tuple[Suppressed, ...]
    expired: int
    due: tuple[Due, ...]
    drills: tuple[Drill, ...]
    unread: tuple[Unread, ...]
    fresh: Fresh
    altered: Mapping[str, Altered] = field(default_factory=dict)
    trend: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> Json:
        """What the ledger keeps of it."""
        return {
            "counts": asdict(self.counts),
            "over": len(self.over),
            "suppressed": sorted(each.path for each in self.suppressed),
            "unread": len(self.unread),
            "due": len(self.due),
            "seconds": (self.finished - self.started).total_seconds(),
        }
