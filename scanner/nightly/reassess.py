"""Old tallies judged again: other facts, another day's law, a company's policy. No file is opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.law.assess import assess, people
from scanner.law.model import VERDICTS, Assessment, Facts, PolicyResult, ReadingName, Verdict
from scanner.law.statute import Policy
from scanner.ledger import Ledger
from scanner.ledger.facts import Judged
from scanner.tally import Tally
from scanner.tally_builder import TallyBuilder


@dataclass(frozen=True, slots=True)
class Change:
    """One file, or one owner's files together (path ""), judged again. was, ratio_was: as the night judged, strict reading."""

    path: str
    owner: str
    persons: int
    was: Verdict
    ratio_was: float
    now: Verdict
    ratio_now: float
    judged: Judged


@dataclass(frozen=True, slots=True)
class Reached:
    """A class of a company's policy that a file or an owner reaches."""

    path: str
    owner: str
    level: PolicyResult


@dataclass(frozen=True, slots=True)
class Reassessment:
    """What other facts make of what is remembered. Lists only what differs; files: how many were judged."""

    facts: Facts
    reading: ReadingName
    files: int
    changes: tuple[Change, ...]
    reached: tuple[Reached, ...]


def reassess(ledger: Ledger, facts: Facts, policies: Sequence[Policy] = (), reading: ReadingName = "strict") -> Reassessment:
    """Judge the live files of the ledger again, and each owner's together without those that the last run's baseline accepted."""
    last = ledger.last_finished()
    accepted = set(last["summary"].get("suppressed", ())) if last else set()
    drills = {drill.digest for drill in ledger.drills()}
    standing = {each.file.path: each for each in ledger.standing()}
    owners = ledger.owners()
    sums: defaultdict[str, TallyBuilder] = defaultdict(TallyBuilder)
    changes: list[Change] = []
    reached: list[Reached] = []
    for path, tally in ledger.tallies():
        each = standing.get(path)
        if each is None:  # it came while we were reading
            continue
        _compare(path, each.file.owner, each.persons, each.judged, assess(tally, facts, policies), reading, changes, reached)
        if path not in accepted and each.digest not in drills:
            sums[each.file.owner].absorb(tally)
    for owner, owned in owners.items():
        tally = sums[owner].tally() if owner in sums else Tally()
        persons = people(tally).all
        _compare("", owner, persons, owned.judged, assess(tally, facts, policies), reading, changes, reached)
    changes.sort(key=lambda change: (change.path == "", -change.ratio_now, change.path, change.owner))
    return Reassessment(facts, reading, len(standing), tuple(changes), tuple(reached))


def _compare(
    path: str,
    owner: str,
    persons: int,
    before: Judged,
    after: Assessment,
    reading: ReadingName,
    changes: list[Change],
    reached: list[Reached],
) -> None:
    was, now = before.acts["provide"]["strict"], after.readings[reading]
    if was.verdict != now.verdict:
        assert was.verdict in VERDICTS
        ratio = max(now.ratio, now.gains_ratio)
        changes.append(
            Change(path, owner, persons, was.verdict, was.ratio, now.verdict, ratio, Judged.of({after.facts.act: after.readings}))
        )
    reached += [Reached(path, owner, level) for level in after.policies if level.reached]
