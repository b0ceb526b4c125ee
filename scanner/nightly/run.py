"""A nightly run on one page: walk, compare with the ledger, look at what is new or changed, tell what is different.

Whatever is finished is in the ledger at once; a run that is killed loses the file it was at, and the next one goes on there.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from scanner.accounts import NUMBERED, account_name
from scanner.config import Progress, Settings
from scanner.errors import UnreadableError
from scanner.law.model import Facts
from scanner.ledger import Ledger
from scanner.ledger.facts import Content, Event, File, Identity, Judged, Known, moment_of, timestamp
from scanner.ledger.key import key_id
from scanner.ledger.questions import TELLING
from scanner.model import Unread
from scanner.nightly import changes, totals
from scanner.nightly.identity import owners_identity, settings_identity
from scanner.nightly.result import Counts, Result
from scanner.nightly.settings import Baseline, Nightly
from scanner.nightly.study import digest, gap_words, source_of, study, unchanged
from scanner.nightly.walk import Seen, roots_of, settled, stamp, stored, walk
from scanner.pipeline import ProgressCall, Scan, versions

LONGEST_PATH = 2600  # bytes; an index of PostgreSQL takes entries up to 2,704


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a run is told. settings: with the ledger's key; own: files that the program writes; clock: the time, for tests."""

    roots: Sequence[str]
    settings: Settings
    nightly: Nightly = field(default_factory=Nightly)
    baseline: Baseline = field(default_factory=Baseline)
    facts: Facts = field(default_factory=Facts)
    own: frozenset[str] = frozenset()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def run(night: Night, ledger: Ledger, progress: ProgressCall | None = None) -> Result:
    """One night. Raises LedgerError when the ledger stays away; what was finished by then stays finished."""
    started = night.clock()
    work = Work(night, ledger, started, progress)
    last = ledger.last_finished()
    after = last["id"] if last else 0
    work.number = ledger.begin(timestamp(started), work.roots, work.versions, work.identity, work.key)
    todo, gone, troubles = work.compare()
    work.look(todo, gone)
    work.forget(gone)
    files = ledger.standing(TELLING)
    totals.renew(ledger, work.number, after, night, files, timestamp(night.clock()))
    result = totals.result(ledger, work.number, after, night, files, started, work.counts, troubles, work.roots)
    marks = {"owners": owners_identity(night.nightly), "contents": ledger.newest_content()}
    ledger.finish(work.number, timestamp(night.clock()), result.summary() | marks)
    return result


def _upwards(path: str) -> Iterator[str]:
    """A path and all folders above it."""
    above = ""
    while path != above:
        yield path
        above, path = path, os.path.dirname(path)


def _taken(paths: list[str], path: str) -> str | None:
    """The one that this path was, taken out of the list: one of the same name, else the first."""
    if not paths:
        return None
    same = [each for each in paths if os.path.basename(each) == os.path.basename(path)]
    paths.remove(moved := (same or paths)[0])
    return moved


class Work:
    """One run's hands: what is the same for all its files."""

    def __init__(self, night: Night, ledger: Ledger, started: datetime, progress: ProgressCall | None) -> None:
        assert night.settings.key is not None
        self._night, self._ledger, self._progress = night, ledger, progress
        self._scan = Scan.of(night.facts, night.settings)
        self._opening = night.settings.opening()
        self._on = night.facts.on
        self._categories = ledger.categories()
        self._accounts: dict[int, str] = {}
        self._bytes = 0
        self._began = time.time_ns()  # when the file at hand was about to be opened
        self.roots = roots_of(night.roots)
        self.versions = versions()
        self.key = key_id(night.settings.key)
        self.identity = settings_identity(night.settings)
        self.number = 0
        self.counts = Counts()

    def compare(self) -> tuple[list[tuple[Seen, Known | None]], dict[str, Known], list[Unread]]:
        """What has to be looked at, what is no longer there, and what could not be listed."""
        places = [stored(root) for root in self.roots]
        same, known = self._ledger.stamps(places, self.identity, self.key)
        found: list[tuple[str, Seen]] = []
        troubles: list[Unread] = []
        kept: list[tuple[str, os.stat_result]] | None = [] if self._owners_renamed() else None
        admits = self._night.settings.admits
        filtered = bool(self._night.settings.include or self._night.settings.exclude)
        for listed in walk(self.roots):
            troubles += listed.troubles
            for path, facts in listed.files:  # every file every night: nothing in here that is not needed
                if filtered and not admits(path):
                    continue
                self.counts.seen += 1
                name = path if path.isascii() else stored(path)
                if same.get(name) == stamp(facts):
                    del same[name]
                    if kept is not None:
                        kept.append((name, facts))
                elif path in self._night.own:  # a ledger that lies among the exports changes with every run
                    self.counts.seen -= 1
                else:
                    found.append((name, Seen(path, listed.root, facts)))
        self.counts.unchanged = self.counts.seen - len(found)
        known |= self._ledger.files(list(same))
        long = [name for name, _ in found if len(name.encode()) > LONGEST_PATH]
        troubles += (Unread(name, "", "error", "its path is longer than the ledger can keep") for name in long)
        found = [(name, seen) for name, seen in found if name not in long] if long else found
        todo = [(seen, known.pop(name, None)) for name, seen in sorted(found, key=lambda each: each[0])]
        if kept:
            self._rename(kept)
        if filtered:  # what the settings leave out is not in a sum any more; that does not make it gone
            left_out = [path for path in known if not admits(path)]
            self._ledger.gone(self.number, self._now(), left_out, ())
            known = {path: file for path, file in known.items() if path not in set(left_out)}
        closed = {trouble.path for trouble in troubles}
        if closed:  # what lies below a folder that cannot be listed tonight is not gone
            known = {path: file for path, file in known.items() if closed.isdisjoint(_upwards(path))}
        return todo, known, troubles

    def _owners_renamed(self) -> bool:
        """Whether the settings name other owners than in the last finished run."""
        last = self._ledger.last_finished()
        return last is not None and last["summary"].get("owners") != owners_identity(self._night.nightly)

    def _rename(self, files: Iterable[tuple[str, os.stat_result]]) -> None:
        """Give unchanged files the owners that the settings name now."""
        before = self._ledger.owner_of_files()
        now = {name: self._owner(name, facts) for name, facts in files}
        self._ledger.give({name: (before[name], owner) for name, owner in now.items() if before.get(name, owner) != owner})

    def look(self, todo: Sequence[tuple[Seen, Known | None]], gone: dict[str, Known]) -> None:
        """Look at each; those whose content is remembered are not scanned. Moved files are taken out of `gone`."""
        whole = sum(seen.facts.st_size for seen, _ in todo)
        was: defaultdict[int, list[str]] = defaultdict(list)
        for path, known_then in sorted(gone.items()):
            if known_then.content:
                was[known_then.content].append(path)
        for done, (seen, known) in enumerate(todo):
            if self._progress:
                self._progress(Progress(seen.path, done, len(todo), self._bytes, whole, 0))
            moved = self._one(seen, known, was)
            if moved is not None:
                gone.pop(moved, None)
            self._bytes += seen.facts.st_size

    def forget(self, gone: dict[str, Known]) -> None:
        """Note what is no longer there."""
        self.counts.gone = len(gone)
        told = [changes.event("gone", path, known.owner, self.number) for path, known in gone.items()]
        self._ledger.gone(self.number, self._now(), gone, told)

    def _one(self, seen: Seen, known: Known | None, was: Mapping[int, list[str]]) -> str | None:
        """Returns the path that the file had, if it was moved."""
        self._began = time.time_ns()
        path = stored(seen.path)
        owner = self._owner(path, seen.facts)
        limit = self._night.settings.max_file_bytes
        try:
            if limit is not None and seen.facts.st_size > limit:
                raise UnreadableError("too_large", f"over {limit} bytes")
            identity = Identity(digest(source_of(seen)), source_of(seen).suffix, self.identity, self.key)
        except UnreadableError as error:
            self._closed(seen, owner, known, error.reason, error.detail)
            return None
        number = self._ledger.content(identity)
        if number is not None and not unchanged(seen):
            self._closed(seen, owner, known, "changed")
            return None
        if number is not None:
            return self._again(seen, path, owner, known, number, was)
        content = study(seen, identity, self._scan, self._opening, self._night.clock(), self.versions, self._inner)
        if content is None:
            self._closed(seen, owner, known, "changed")
            return None
        self.counts.scanned += 1
        before = self._before(known)
        self._note(known)
        accepted = self._night.baseline.entry(path, identity.digest, content.persons, self._on)
        told = changes.of_file(self.number, path, owner, content, before, self._categories, accepted.reason if accepted else "")
        self._put(seen, owner, None, content, told)
        self._categories |= set(content.categories)
        return None

    def _again(
        self, seen: Seen, path: str, owner: str, known: Known | None, number: int, was: Mapping[int, list[str]]
    ) -> str | None:
        """A file whose content is remembered: touched, given to another, copied, moved, or put back to what it was."""
        if known and known.content == number:
            self.counts.touched += 1
            if known.owner != owner:
                self._ledger.give({path: (known.owner, owner)})
            self._ledger.touch({path: self.file(seen, owner).stamp})
            return None
        before = self._before(known)
        self._note(known)
        moved = _taken(was.get(number, []), path)
        told: list[Event] = []
        if moved is not None:
            self.counts.moved += 1
            told.append(changes.event("moved", path, owner, self.number, was=moved))
        elif holders := self._ledger.holders(number):
            self.counts.copied += 1
            told.append(changes.event("copied", path, owner, self.number, of=holders[0]))
        if moved is None or self._accepted(moved, number):
            told += self._over(path, owner, number, before)
        self._put(seen, owner, number, None, told, moved)
        return moved

    def _accepted(self, path: str, number: int) -> bool:
        """Whether this content was accepted where it lay, so that nobody was told of it."""
        content = self._ledger.judgement(number)
        return self._night.baseline.entry(path, content.digest, content.persons, self._on) is not None

    def _over(self, path: str, owner: str, number: int, before: Judged | None) -> Iterable[Event]:
        """A copy of something over a line is a new file over a line."""
        content = self._ledger.judgement(number)
        accepted = self._night.baseline.entry(path, content.digest, content.persons, self._on)
        if content.judged.over and (before is None or not before.over):
            kind = "accepted_over_line" if accepted else "new_over_line" if before is None else "grew_over_line"
            yield changes.event(kind, path, owner, self.number, persons=content.persons, ratios=changes.figures(content.judged))

    def _closed(self, seen: Seen, owner: str, known: Known | None, reason: str, detail: str = "") -> None:
        """A file that could not be looked at; it is tried again next time. What was known of it stands until then."""
        self.counts.unread += 1
        file = self.file(seen, owner, known.content if known else None)
        gap = gap_words(Unread(file.path, "", reason, detail))
        told = changes.of_gaps(file.path, owner, [gap], seen.facts.st_size, seen.facts.st_mtime_ns)
        self._ledger.put(self.number, self._now(), replace(file, stamp="", unread=(gap,)), events=told)

    def _put(
        self,
        seen: Seen,
        owner: str,
        number: int | None,
        content: Content | None,
        told: Iterable[Event],
        moved: str | None = None,
    ) -> None:
        self._ledger.put(self.number, self._now(), self.file(seen, owner, number), content, told, moved)

    def file(self, seen: Seen, owner: str, number: int | None = None) -> File:
        """A file as the walk met it."""
        path, facts = stored(seen.path), seen.facts
        modified = timestamp(moment_of(facts.st_mtime_ns))
        stamp = settled(facts, self._began)  # whoever wrote after it was opened did so later than that
        return File(path, stored(seen.root), os.path.dirname(path), stamp, facts.st_size, modified, owner, number)

    def _before(self, known: Known | None) -> Judged | None:
        """How the file was judged last, None if it is new or could never be read."""
        if known is None or known.content is None:
            return None
        return self._ledger.judgement(known.content).judged

    def _note(self, known: Known | None) -> None:
        if known is None:
            self.counts.new += 1
        elif known.settings and known.settings != self.identity:
            self.counts.again += 1
        else:
            self.counts.changed += 1

    def _inner(self, now: Progress) -> None:
        if self._progress:
            self._progress(replace(now, bytes_done=self._bytes))

    def _owner(self, path: str, facts: os.stat_result) -> str:
        return self._night.nightly.owner_of(path, self.account(facts))

    def account(self, facts: os.stat_result) -> str:
        """The owner that the system names."""
        if facts.st_uid not in self._accounts:
            self._accounts[facts.st_uid] = account_name(facts.st_uid) or (str(facts.st_uid) if NUMBERED else "")
        return self._accounts[facts.st_uid]

    def _now(self) -> str:
        return timestamp(self._night.clock())
