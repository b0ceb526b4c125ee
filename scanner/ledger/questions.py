"""What the ledger can be asked. Lists come in an order that does not hang on the database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.ledger.engine import Database
from scanner.ledger.facts import Altered, Drill, Event, File, Identity, Json, Judged, Known, Owned, Remembered, Standing
from scanner.ledger.packing import unpack
from scanner.ledger.tables import CATEGORIES, CONTENTS, DELIVERIES, DRILLS, EVENTS, FILES, OWNERS, RUNS, TREND
from scanner.tally import Tally
from scanner.tally_builder import TallyBuilder

LIVE = FILES.c.gone_run.is_(None)
_PAGE = 500  # paths asked for at a time
_TALLIES = 40  # fetched at a time; one may have 5 MB
_KNOWN = sa.select(FILES.c.path, FILES.c.stamp, FILES.c.owner, FILES.c.content, CONTENTS.c.settings, CONTENTS.c.key).join_from(
    FILES, CONTENTS, isouter=True
)
_STANDING = sa.select(
    FILES,
    CONTENTS.c.status,
    CONTENTS.c.records,
    CONTENTS.c.persons,
    CONTENTS.c.judged,
    CONTENTS.c.digest,
    CONTENTS.c.categories,
    CONTENTS.c.unread.label("gaps"),
    CONTENTS.c.notes,
)


# Files that a nightly report says something about: over a line, or not read.
TELLING = sa.or_(CONTENTS.c.over == 1, CONTENTS.c.unread != "[]", FILES.c.unread != "[]")


def counted_before(modified: str) -> sa.ColumnElement[bool]:
    """Files that hold some category and were last changed before this time."""
    return sa.and_(CONTENTS.c.categories != "[]", FILES.c.modified < modified)


class Questions:
    """The half of `Ledger` that changes nothing."""

    _base: Database

    def last_finished(self) -> Json | None:
        """The last run that ended well."""
        query = sa.select(RUNS).where(RUNS.c.state == "finished").order_by(RUNS.c.id.desc()).limit(1)
        return next(map(_run, self._base.read(_mappings(query))), None)

    def runs(self) -> list[Json]:
        """All runs, oldest first."""
        return [_run(row) for row in self._base.read(_mappings(sa.select(RUNS).order_by(RUNS.c.id)))]

    def stamps(self, roots: Collection[str], settings: str, key: str) -> tuple[dict[str, str], dict[str, Known]]:
        """The live files below these roots: path → stamp of those whose content was counted so, and the others.

        A file may have been met under a root around one of these, or inside it: jobs are cut anew now and then.
        """
        places = self._base.read(lambda to: to.execute(sa.select(FILES.c.root).where(LIVE).distinct()).scalars().all())
        inner = [place for place in places if any(_below(place, root) for root in roots)]
        outer = [place for place in places if place not in inner and any(_below(root, place) for root in roots)]
        live = _KNOWN.where(LIVE, FILES.c.root.in_([*inner, *outer]))
        counted = sa.and_(CONTENTS.c.settings == settings, CONTENTS.c.key == key)
        same = live.where(counted).with_only_columns(FILES.c.path, FILES.c.stamp)
        others = live.where(sa.or_(FILES.c.content.is_(None), sa.not_(counted)))

        def work(to: Connection) -> tuple[dict[str, str], Sequence[Any]]:
            raw = to.execute(same).cursor  # a hundred thousand plain pairs: no row objects around them
            return dict(raw.fetchall()), to.execute(others).all()

        stamps, rows = self._base.read(work)
        known = _known(rows)
        if outer:
            stamps = {path: each for path, each in stamps.items() if any(_below(path, root) for root in roots)}
            known = {path: file for path, file in known.items() if any(_below(path, root) for root in roots)}
        return stamps, known

    def files(self, paths: Sequence[str]) -> dict[str, Known]:
        """Of these live files what is known."""
        rows: list[Any] = []
        for start in range(0, len(paths), _PAGE):
            rows += self._base.read(_all(_KNOWN.where(LIVE, FILES.c.path.in_(paths[start : start + _PAGE]))))
        return _known(rows)

    def owner_of_files(self) -> dict[str, str]:
        """Path → owner of the live files."""
        query = sa.select(FILES.c.path, FILES.c.owner).where(LIVE)
        return {row.path: row.owner for row in self._base.read(_all(query))}

    def content(self, identity: Identity) -> int | None:
        """The number of a content that was scanned before."""
        return self._base.read(lambda to: self._content(to, identity))

    @staticmethod
    def _content(to: Connection, identity: Identity) -> int | None:
        same = [getattr(CONTENTS.c, name) == getattr(identity, name) for name in ("digest", "suffix", "settings", "key")]
        found = to.execute(sa.select(CONTENTS.c.id).where(*same)).scalar()
        return None if found is None else int(found)

    def judgement(self, content: int) -> Remembered:
        """What was made of a content."""
        query = sa.select(CONTENTS.c.digest, CONTENTS.c.persons, CONTENTS.c.judged).where(CONTENTS.c.id == content)
        digest, persons, judged = self._base.read(lambda to: to.execute(query).one())
        return Remembered(digest, persons, Judged.loads(judged))

    def holders(self, content: int) -> list[str]:
        """Paths of live files with this content."""
        query = sa.select(FILES.c.path).where(LIVE, FILES.c.content == content)
        return sorted(self._base.read(lambda to: to.execute(query).scalars().all()))

    def standing(self, *where: sa.ColumnElement[bool]) -> list[Standing]:
        """The live files with what is known of them, by path. Conditions narrow it: `TELLING`, `counted_before`."""
        query = _STANDING.join_from(FILES, CONTENTS, isouter=True).where(LIVE, *where)
        return sorted(map(_standing, self._base.read(_mappings(query))), key=lambda each: each.file.path)

    def sizes(self, column: sa.Column[str]) -> dict[str, int]:
        """How many live files there are of each owner, or in each folder."""
        query = sa.select(column, sa.func.count().label("files")).where(LIVE).group_by(column)
        rows = self._base.read(lambda to: to.execute(query).mappings().all())
        return {row[column.name]: row["files"] for row in rows}

    def tallies(self, *where: sa.ColumnElement[bool]) -> Iterator[tuple[str, Tally]]:
        """Path and tally of the live files in which something was counted."""
        query = sa.select(FILES.c.id, FILES.c.path, CONTENTS.c.tally).join_from(FILES, CONTENTS)
        query = query.where(LIVE, CONTENTS.c.tally.is_not(None), *where).order_by(FILES.c.id).limit(_TALLIES)
        after = 0
        while True:
            page = query.where(FILES.c.id > after)
            rows = self._base.read(_all(page))
            for number, path, data in rows:
                after = number
                yield path, unpack(data)
            if len(rows) < _TALLIES:
                return

    def total(self, *where: sa.ColumnElement[bool]) -> Tally:
        """The sum over live files; conditions on `FILES` narrow it."""
        into = TallyBuilder()
        for _, tally in self.tallies(*where):
            into.absorb(tally)
        return into.tally()

    def newest_content(self) -> int:
        """The highest number of a content, 0 where there is none."""
        return self._base.read(lambda to: to.execute(sa.select(sa.func.max(CONTENTS.c.id))).scalar()) or 0

    def altered(self, after: int, newest: int) -> dict[str, Altered]:
        """What became of live files after this run, whose newest content was `newest`. again: scanned again for other settings."""
        older = CONTENTS.alias()
        again = (
            sa.exists()
            .where(older.c.digest == CONTENTS.c.digest, older.c.id < CONTENTS.c.id, CONTENTS.c.id > newest)
            .where((older.c.settings != CONTENTS.c.settings) | (older.c.key != CONTENTS.c.key))
        )
        closed = FILES.c.unread != "[]"
        query = sa.select(FILES.c.path, FILES.c.first_run, closed, again).join_from(FILES, CONTENTS, isouter=True)
        rows = self._base.read(_all(query.where(LIVE, FILES.c.changed_run > after)))
        moves = sa.select(EVENTS.c.path).where(EVENTS.c.run > after, EVENTS.c.kind == "moved")
        moved = set(self._base.read(lambda to: to.execute(moves).scalars().all()))
        return {
            path: "unread" if lost else "moved" if path in moved else "new" if first > after else "again" if same else "changed"
            for path, first, lost, same in rows
        }

    def changed_owners(self, after: int) -> set[str]:
        """Owners with files that came, changed or went after this run."""
        query = sa.select(FILES.c.owner).where((FILES.c.changed_run > after) | (FILES.c.gone_run > after)).distinct()
        return set(self._base.read(lambda to: to.execute(query).scalars().all()))

    def changed_folders(self, after: int) -> set[str]:
        """Folders with files that came, changed or went after this run."""
        query = sa.select(FILES.c.folder).where((FILES.c.changed_run > after) | (FILES.c.gone_run > after)).distinct()
        return set(self._base.read(lambda to: to.execute(query).scalars().all()))

    def owners(self) -> dict[str, Owned]:
        """Owner → their total, as of the last run that changed it."""
        rows = self._base.read(lambda to: to.execute(sa.select(OWNERS)).mappings().all())
        found = {row["owner"]: Owned(row["files"], row["persons"], Judged.loads(row["judged"])) for row in rows}
        return dict(sorted(found.items()))

    def trend(self, after: int = -1) -> list[Json]:
        """Figures of folders over the runs in which they changed, oldest first; of folders that changed after this run."""
        changed = sa.select(TREND.c.folder).where(TREND.c.run > after)
        query = sa.select(TREND).where(TREND.c.folder.in_(changed))
        rows = self._base.read(lambda to: to.execute(query).mappings().all())
        return sorted(map(dict, rows), key=lambda row: (row["run"], row["folder"]))

    def categories(self) -> set[str]:
        """Categories that were ever found."""
        return set(self._base.read(lambda to: to.execute(sa.select(CATEGORIES.c.id)).scalars().all()))

    def events(self, after: int = 0) -> list[Event]:
        """What happened after this run, in order."""
        query = sa.select(EVENTS).where(EVENTS.c.run > after)
        rows = self._base.read(lambda to: to.execute(query).mappings().all())
        return sorted(map(_event, rows), key=lambda each: (each.run, each.at, each.kind, each.path))

    def undelivered(self, channel: str, since: int = 0, kinds: Collection[str] | None = None) -> list[Event]:
        """Events that this channel has not received, oldest first. kinds: only of these."""
        sent = sa.select(DELIVERIES.c.event).where(DELIVERIES.c.channel == channel)
        told = EVENTS.c.kind.in_(list(kinds)) if kinds is not None else sa.true()
        query = sa.select(EVENTS).where(EVENTS.c.id.not_in(sent), EVENTS.c.run >= since, told)
        rows = self._base.read(lambda to: to.execute(query).mappings().all())
        return sorted(map(_event, rows), key=lambda each: (each.run, each.at, each.id))

    def drills(self, *, open_only: bool = False) -> list[Drill]:
        """Planted exports, oldest first; those that no run has looked for yet."""
        query = sa.select(DRILLS).order_by(DRILLS.c.planted, DRILLS.c.path)
        if open_only:
            query = query.where(DRILLS.c.run.is_(None))
        return [Drill(**row) for row in self._base.read(lambda to: to.execute(query).mappings().all())]

    def remembered(self, key: str) -> Iterator[tuple[Standing, Tally]]:
        """Every file ever seen whose content was counted under this key, also those that are gone; newest content first."""
        query = (
            _STANDING.add_columns(CONTENTS.c.tally)
            .join_from(FILES, CONTENTS)
            .where(CONTENTS.c.tally.is_not(None), CONTENTS.c.key == key)
            .order_by(FILES.c.id)
            .limit(_TALLIES)
        )
        after = 0
        while True:
            page = query.where(FILES.c.id > after)
            rows = self._base.read(_mappings(page))
            for row in rows:
                after = row["id"]
                yield _standing(row), unpack(row["tally"])
            if len(rows) < _TALLIES:
                return


def _run(row: sa.RowMapping) -> Json:
    return dict(row) | {"summary": json.loads(row["summary"] or "{}"), "roots": json.loads(row["roots"])}


def _below(path: str, root: str) -> bool:
    """Whether a path is this root or lies below it."""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _known(rows: Iterable[Any]) -> dict[str, Known]:
    return {path: Known(stamp, owner, content, settings or "", key or "") for path, stamp, owner, content, settings, key in rows}


def _all(query: sa.Select[Any]) -> Callable[[Connection], Sequence[Any]]:
    return lambda to: to.execute(query).all()


def _mappings(query: sa.Select[Any]) -> Callable[[Connection], Sequence[Any]]:
    return lambda to: to.execute(query).mappings().all()


def _standing(row: sa.RowMapping) -> Standing:
    own = tuple(json.loads(row["unread"]))
    names = ("path", "root", "folder", "stamp", "size", "modified", "owner", "content")
    return Standing(
        file=File(**{name: row[name] for name in names}, unread=own),
        first_seen=row["first_seen"],
        status=row["status"] or "unread",
        records=row["records"] or 0,
        persons=row["persons"] or 0,
        judged=Judged.loads(row["judged"]) if row["judged"] else Judged({}),
        digest=row["digest"] or "",
        categories=tuple(json.loads(row["categories"] or "[]")),
        unread=own + tuple(json.loads(row["gaps"] or "[]")),
        notes=tuple(json.loads(row["notes"] or "[]")),
    )


def _event(row: sa.RowMapping) -> Event:
    words = {name: row[name] for name in ("id", "kind", "path", "owner", "run", "at")}
    return Event(**words, detail=json.loads(row["detail"]))
