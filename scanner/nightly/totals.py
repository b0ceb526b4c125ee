"""After the files: what each owner holds altogether, the trend of folders, what is accepted, due, or a drill."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanner.law.assess import people
from scanner.ledger import Ledger
from scanner.ledger.facts import Altered, Json, Owned, Standing, timestamp
from scanner.ledger.questions import counted_before
from scanner.ledger.tables import FILES
from scanner.model import Unread
from scanner.nightly import changes
from scanner.nightly.result import Counts, Due, Fresh, Result, Suppressed
from scanner.nightly.study import judge
from scanner.nightly.walk import inside, roots_of, stored
from scanner.pipeline import versions
from scanner.tally import Tally

if TYPE_CHECKING:
    from scanner.nightly.run import Night

TREND_RUNS = 5
DRILL_PATIENCE = timedelta(days=2)


def renew(ledger: Ledger, run: int, after: int, night: Night, files: Sequence[Standing], at: str) -> None:
    """Sum again what changed since run `after`: owners, folders; look for the drills. files: the telling ones."""
    last = ledger.last_finished()
    accepted = {each.path for each in _suppressed(files, night)}
    moved = accepted ^ set(last["summary"].get("suppressed", ())) if last else accepted
    drills = {drill.digest for drill in ledger.drills()}  # nobody holds persons that are made up
    barred = {each.file.path: each.file.owner for each in files if each.file.path in accepted or each.digest in drills}
    sizes = Counter(ledger.sizes(FILES.c.owner)) - Counter(barred.values())
    before = ledger.owners()
    owners = ledger.changed_owners(after) | {known.owner for known in ledger.files(sorted(moved)).values()}
    owners |= {owner for owner, owned in before.items() if owned.files != sizes[owner]}  # whose files were given to others
    for owner in sorted(owners):
        tallies = [tally for path, tally in ledger.tallies(FILES.c.owner == owner) if path not in barred]
        tally = Tally.sum(tallies)
        owned = Owned(sizes[owner], people(tally).all, judge(tally, night.facts))
        was = before.get(owner)
        told = []
        if owned.judged.over and (was is None or not was.judged.over) and len(tallies) > 1:  # of one file, its own event tells
            figures = changes.figures(owned.judged)
            told.append(changes.event("owner_over_line", "", owner, run, owner, persons=owned.persons, ratios=figures))
        ledger.set_owner(run, at, owner, owned, told)
    folders = ledger.sizes(FILES.c.folder)
    for folder in sorted(ledger.changed_folders(after)):
        tally = ledger.total(FILES.c.folder == folder)
        ledger.set_trend(run, folder, folders.get(folder, 0), people(tally).all, judge(tally, night.facts))
    _drills(ledger, run, [each for each in files if each.file.path not in accepted], at, night)
    overdue = [
        changes.event("due", d.path, d.owner, d.category, d.days, age=d.age, days=d.days, category=d.category)
        for d in _due(ledger, night)
    ]
    ledger.tell(run, at, overdue)


def result(
    ledger: Ledger,
    run: int,
    after: int,
    night: Night,
    files: Sequence[Standing],
    started: datetime,
    counts: Counts,
    troubles: Sequence[Unread],
    roots: Sequence[str],
) -> Result:
    """What the run says. files: the telling ones."""
    suppressed = _suppressed(files, night)
    accepted = {each.path for each in suppressed}
    last = ledger.last_finished()
    altered = ledger.altered(after, last["finished"] if last else "")
    unread = [*troubles, *(Unread(f.file.path, g["part"], g["reason"], g["detail"], f.file.size) for f in files for g in f.unread)]
    return Result(
        run=run,
        started=started,
        finished=night.clock(),
        roots=tuple(roots),
        counts=counts,
        events=tuple(ledger.events(after)),
        over=tuple(each for each in files if each.judged.over and each.file.path not in accepted),
        owners=ledger.owners(),
        suppressed=suppressed,
        expired=len(night.baseline.expired(night.facts.on)),
        due=tuple(_due(ledger, night)),
        drills=tuple(ledger.drills()),
        unread=tuple(unread),
        fresh=_fresh(ledger, after, night, files, altered, accepted, len(troubles)),
        altered=altered,
        trend=_trend(ledger, after),
        versions=versions(),
    )


def _suppressed(files: Sequence[Standing], night: Night) -> tuple[Suppressed, ...]:
    found = []
    for each in files:
        if not each.judged.over:
            continue
        entry = night.baseline.entry(each.file.path, each.digest, each.persons, night.facts.on)
        if entry:
            found.append(Suppressed(each.file.path, entry.owner, entry.reason, entry.until.isoformat(), each.persons, each.judged))
    return tuple(found)


def _fresh(
    ledger: Ledger,
    after: int,
    night: Night,
    files: Sequence[Standing],
    altered: Mapping[str, Altered],
    accepted: Collection[str],
    troubles: int,
) -> Fresh:
    """What is new or changed, as one sum."""
    paths = {path for path, state in altered.items() if state in ("new", "changed") and path not in accepted}
    tally = Tally.sum(tally for path, tally in ledger.tallies(FILES.c.changed_run > after) if path in paths)
    unread = troubles + sum(len(each.unread) for each in files if altered.get(each.file.path) in ("new", "changed", "unread"))
    return Fresh(len(paths), people(tally).all, judge(tally, night.facts), unread)


def _trend(ledger: Ledger, after: int) -> dict[str, tuple[Json, ...]]:
    """The last figures of each folder that changed."""
    changed, lines = ledger.changed_folders(after), defaultdict[str, list[Json]](list)
    for line in ledger.trend():
        if line["folder"] in changed:
            lines[line["folder"]].append(line)
    return {folder: tuple(each[-TREND_RUNS:]) for folder, each in sorted(lines.items())}


def _drills(ledger: Ledger, run: int, files: Sequence[Standing], at: str, night: Night) -> None:
    """Each drill's first run after planting: caught, when a file with its bytes stands over a line and nothing accepts it.

    A run over other folders is not asked, but for a while only: a drill that lies where no run goes is a drill that was missed.
    """
    by_digest = {each.digest: each for each in files}
    roots = [stored(root) for root in roots_of(night.roots)]
    for drill in ledger.drills(open_only=True):
        found = by_digest.get(drill.digest)
        age = datetime.fromisoformat(at) - datetime.fromisoformat(drill.planted)
        if found is None and age < DRILL_PATIENCE and not any(inside(drill.path, root) for root in roots):
            continue
        caught = found is not None and found.judged.over
        seconds = age.total_seconds()
        kind = "drill_caught" if caught else "drill_missed"
        owner = found.file.owner if found else ""
        told = [changes.event(kind, drill.path, owner, run, planted=drill.planted, seconds=round(seconds))]
        ledger.looked(drill.path, run, at, at if caught else None, told)


def _due(ledger: Ledger, night: Night) -> list[Due]:
    """Files past the age that the policy allows, by owner. The age counts from the last change of the file."""
    policy = night.nightly.retention
    if not policy:
        return []
    today = night.clock()
    youngest = timestamp(today - timedelta(days=min(rule.days for rule in policy)))
    found = []
    for each in ledger.standing(counted_before(youngest)):
        age = (today - datetime.fromisoformat(each.file.modified)).days
        rules = [(r.days, category) for r in policy for category in each.categories if r.category in (category, "*")]
        if rules and age > min(rules)[0]:
            days, category = min(rules)
            found.append(Due(each.file.path, each.file.owner, category, age, days))
    return sorted(found, key=lambda due: (due.owner, due.path))
