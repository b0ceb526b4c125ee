"""After the files: what each owner holds altogether, the trend of folders, what is accepted, due, or a drill."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from scanner.tally_builder import TallyBuilder

if TYPE_CHECKING:
    from scanner.nightly.run import Night

TREND_RUNS = 5
DRILL_PATIENCE = timedelta(days=2)


def renew(ledger: Ledger, run: int, after: int, night: Night, files: Sequence[Standing], at: str) -> None:
    """Sum again what changed since run `after`: owners, folders; look for the drills. files: the telling ones."""
    last = ledger.last_finished()
    accepted = {each.path for each in _suppressed(files, night)}
    was_accepted = set(last["summary"].get("suppressed", ())) if last else set()
    moved = accepted ^ was_accepted
    drills = {drill.digest for drill in ledger.drills()}  # nobody holds persons that are made up
    barred = {each.file.path: each.file.owner for each in files if each.file.path in accepted or each.digest in drills}
    sizes = Counter(ledger.sizes(FILES.c.owner)) - Counter(barred.values())
    before = ledger.owners()
    owners = ledger.changed_owners(after) | {known.owner for known in ledger.files(sorted(moved)).values()}
    # whose files were given to others, or who never had any
    owners |= {owner for owner in {*before, *sizes} if owner not in before or before[owner].files != sizes[owner]}
    for owner in sorted(owners):
        tally, files_counted = _sum((path, tally) for path, tally in ledger.tallies(FILES.c.owner == owner) if path not in barred)
        owned = Owned(sizes[owner], people(tally).all, judge(tally, night.facts))
        was = before.get(owner)
        told = []
        if owned.judged.over and (was is None or not was.judged.over) and files_counted > 1:  # of one file, its own event tells
            figures = changes.figures(owned.judged)
            told.append(changes.event("owner_over_line", "", owner, run, owner, persons=owned.persons, ratios=figures))
        ledger.set_owner(run, at, owner, owned, told)
    folders = ledger.sizes(FILES.c.folder)
    trend = {}
    for folder in sorted(ledger.changed_folders(after)):
        tally = ledger.total(FILES.c.folder == folder)
        trend[folder] = Owned(folders.get(folder, 0), people(tally).all, judge(tally, night.facts))
    ledger.set_trend(run, trend)
    _drills(ledger, run, [each for each in files if each.file.path not in accepted], at, night)
    news = [
        changes.event("due", d.path, d.owner, d.category, d.days, d.modified, age=d.age, days=d.days, category=d.category)
        for d in _due(ledger, night)
    ]
    for each in files:
        if each.judged.over and each.file.path in was_accepted - accepted:
            seed = (after, each.digest)  # not this run, which may die before it has finished and leave it to the next
            figures = changes.figures(each.judged)
            path, owner = each.file.path, each.file.owner
            news.append(changes.event("no_longer_accepted", path, owner, *seed, persons=each.persons, ratios=figures))
    ledger.tell(run, at, news)


def _sum(tallies: Iterable[tuple[str, Tally]]) -> tuple[Tally, int]:
    """The sum, and of how many."""
    into, count = TallyBuilder(), 0
    for _, tally in tallies:
        into.absorb(tally)
        count += 1
    return into.tally(), count


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
    altered = ledger.altered(after, last["summary"].get("contents", 0) if last else 0)
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
    tally, _ = _sum((path, tally) for path, tally in ledger.tallies(FILES.c.changed_run > after) if path in paths)
    unread = troubles + sum(len(each.unread) for each in files if altered.get(each.file.path) in ("new", "changed", "unread"))
    return Fresh(len(paths), people(tally).all, judge(tally, night.facts), unread)


def _trend(ledger: Ledger, after: int) -> dict[str, tuple[Json, ...]]:
    """The last figures of each folder that changed."""
    lines = defaultdict[str, list[Json]](list)
    for line in ledger.trend(after):
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
            found.append(Due(each.file.path, each.file.owner, category, age, days, each.file.modified))
    return sorted(found, key=lambda due: (due.owner, due.path))
