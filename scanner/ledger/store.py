"""The ledger's questions and statements. Every statement may be repeated after a lost connection without doing more.

Paths that are not text in the system's encoding are kept with their odd bytes written as `\\udc80`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scanner.ledger.engine import Database, InUseError, LedgerError, database
from scanner.ledger.facts import Altered, Content, Drill, Event, File, Identity, Json, Judged, Known, Owned, Remembered, Standing
from scanner.ledger.packing import unpack
from scanner.ledger.tables import CATEGORIES, CONTENTS, DELIVERIES, DRILLS, EVENTS, FILES, OWNERS, RUNS, TREND
from scanner.tally import Tally
from scanner.tally_builder import TallyBuilder

T = TypeVar("T")
__all__ = ["InUseError", "Ledger", "LedgerError"]

_LIVE = FILES.c.gone_run.is_(None)
_PAGE = 500  # tallies fetched, or paths asked for, at a time
_KNOWN = sa.select(FILES.c.path, FILES.c.stamp, FILES.c.owner, FILES.c.content, CONTENTS.c.settings, CONTENTS.c.key).join_from(
    FILES, CONTENTS, isouter=True
)


class Ledger:
    """Remembered scans. `writer=True` holds it alone: two runs exclude each other."""

    def __init__(self, words: str | None, *, writer: bool = False, **patience: Any) -> None:
        """words: a path or URL as the user gave it. Raises UsageError, LedgerError, InUseError."""
        self._base = Database(database(words), writer, **patience)
        try:
            self._base.migrate()
        except BaseException:
            self._base.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._base.close()

    # ---- runs

    def begin(self, at: str, roots: Sequence[str], versions: Mapping[str, str], settings: str, key: str) -> int:
        """A new run; those that never ended are marked as interrupted. Returns its number."""

        def work(to: Connection) -> int:
            to.execute(sa.update(RUNS).where(RUNS.c.state == "running", RUNS.c.started != at).values(state="interrupted"))
            there = to.execute(sa.select(RUNS.c.id).where(RUNS.c.started == at, RUNS.c.state == "running")).scalar()
            if there is not None:  # said again after a lost connection
                return int(there)
            words = {"roots": json.dumps(list(roots)), "versions": json.dumps(dict(versions)), "settings": settings, "key": key}
            made = to.execute(sa.insert(RUNS).values(started=at, state="running", **words).returning(RUNS.c.id)).scalar_one()
            return int(made)

        return self._base.write(work)

    def finish(self, run: int, at: str, summary: Json) -> None:
        """The run ended well."""
        words = {"finished": at, "state": "finished", "summary": json.dumps(summary, ensure_ascii=False)}
        self._base.write(lambda to: to.execute(sa.update(RUNS).where(RUNS.c.id == run).values(**words)))

    def last_finished(self) -> Json | None:
        """The last run that ended well."""
        return next((run for run in reversed(self.runs()) if run["state"] == "finished"), None)

    def runs(self) -> list[Json]:
        """All runs, oldest first."""
        rows = self._base.read(lambda to: to.execute(sa.select(RUNS).order_by(RUNS.c.id)).mappings().all())
        return [dict(row) | {"summary": json.loads(row["summary"] or "{}"), "roots": json.loads(row["roots"])} for row in rows]

    # ---- files

    def stamps(self, roots: Collection[str], settings: str, key: str) -> tuple[dict[str, str], dict[str, Known]]:
        """The live files of these roots: path → stamp of those whose content was counted so, and the others."""
        live = _KNOWN.where(_LIVE, FILES.c.root.in_(list(roots)))
        counted = sa.and_(CONTENTS.c.settings == settings, CONTENTS.c.key == key)
        same = live.where(counted).with_only_columns(FILES.c.path, FILES.c.stamp)
        others = live.where(sa.or_(FILES.c.content.is_(None), sa.not_(counted)))

        def work(to: Connection) -> tuple[dict[str, str], Sequence[Any]]:
            raw = to.execute(same).cursor  # a hundred thousand plain pairs: no row objects around them
            return dict(raw.fetchall()), to.execute(others).all()

        stamps, rows = self._base.read(work)
        return stamps, _known(rows)

    def files(self, paths: Sequence[str]) -> dict[str, Known]:
        """Of these live files what is known."""
        rows: list[Any] = []
        for start in range(0, len(paths), _PAGE):
            rows += self._base.read(_all(_KNOWN.where(_LIVE, FILES.c.path.in_(paths[start : start + _PAGE]))))
        return _known(rows)

    def owner_of_files(self) -> dict[str, str]:
        """Path → owner of the live files."""
        query = sa.select(FILES.c.path, FILES.c.owner).where(_LIVE)
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
        query = sa.select(FILES.c.path).where(_LIVE, FILES.c.content == content)
        return sorted(self._base.read(lambda to: to.execute(query).scalars().all()))

    def put(
        self,
        run: int,
        at: str,
        file: File,
        content: Content | None = None,
        events: Iterable[Event] = (),
        moved_from: str | None = None,
    ) -> int | None:
        """One file, finished: its content if it is new, the file, the categories found for the first time, what is to be told.

        All or nothing. moved_from: the path it had, which is gone now. Returns the content's number.
        """
        events = tuple(events)

        def work(to: Connection) -> int | None:
            number = self._put_content(to, content) if content else file.content
            words = {
                "root": file.root,
                "folder": file.folder,
                "stamp": file.stamp,
                "size": file.size,
                "modified": file.modified,
                "owner": file.owner,
                "content": number,
                "unread": _json(list(file.unread)),
                "changed_run": run,
                "gone_run": None,
            }
            fresh = self._insert(FILES).values(path=file.path, first_seen=at, first_run=run, **words)
            to.execute(fresh.on_conflict_do_update(index_elements=["path"], set_=words))
            if moved_from is not None:
                to.execute(sa.update(FILES).where(FILES.c.path == moved_from, _LIVE).values(gone_run=run))
            if content and content.categories:
                rows = [{"id": each, "first_run": run, "path": file.path} for each in content.categories]
                to.execute(self._insert(CATEGORIES).on_conflict_do_nothing(), rows)
            self._tell(to, run, at, events)
            return number

        return self._base.write(work)

    def _put_content(self, to: Connection, content: Content) -> int:
        number = self._content(to, content.identity)
        if number is not None:
            return number
        identity = content.identity
        words = {
            "digest": identity.digest,
            "suffix": identity.suffix,
            "settings": identity.settings,
            "key": identity.key,
            "size": content.size,
            "scanned": content.scanned,
            "versions": _json(dict(content.versions)),
            "status": content.status,
            "tables": _json(content.tables),
            "unread": _json(content.unread),
            "notes": _json(content.notes),
            "records": content.records,
            "persons": content.persons,
            "judged": content.judged.dumps(),
            "categories": _json(content.categories),
            "tally": content.tally,
        }
        return int(to.execute(sa.insert(CONTENTS).values(**words).returning(CONTENTS.c.id)).scalar_one())

    def touch(self, stamps: Mapping[str, str]) -> None:
        """New stamps for files whose bytes are the same."""
        if stamps:
            change = sa.update(FILES).where(FILES.c.path == sa.bindparam("at")).values(stamp=sa.bindparam("now"))
            rows = [{"at": path, "now": stamp} for path, stamp in stamps.items()]
            self._base.write(lambda to: to.execute(change, rows))

    def give(self, run: int, owners: Mapping[str, str]) -> None:
        """Files whose owner is another now."""
        if owners:
            change = sa.update(FILES).where(FILES.c.path == sa.bindparam("at")).values(owner=sa.bindparam("now"), changed_run=run)
            rows = [{"at": path, "now": owner} for path, owner in owners.items()]
            self._base.write(lambda to: to.execute(change, rows))

    def gone(self, run: int, at: str, paths: Iterable[str], events: Iterable[Event]) -> None:
        """These files are no longer there."""
        rows = [{"at": path} for path in paths]
        events = tuple(events)

        def work(to: Connection) -> None:
            if rows:
                to.execute(sa.update(FILES).where(FILES.c.path == sa.bindparam("at"), _LIVE).values(gone_run=run), rows)
            self._tell(to, run, at, events)

        self._base.write(work)

    # ---- what stands

    def standing(self, *, changed_since: int = 0, paths: Collection[str] | None = None) -> list[Standing]:
        """The live files with what is known of them, in the order of their paths; those changed in run `changed_since` or later."""
        query = (
            sa.select(
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
            .join_from(FILES, CONTENTS, isouter=True)
            .where(_LIVE, FILES.c.changed_run >= changed_since)
        )
        if paths is not None:
            query = query.where(FILES.c.path.in_(list(paths)))
        rows = self._base.read(lambda to: to.execute(query).mappings().all())
        return sorted(map(_standing, rows), key=lambda each: each.file.path)  # not the database's idea of an order

    def tallies(self, *where: sa.ColumnElement[bool]) -> Iterator[tuple[str, Tally]]:
        """Path and tally of the live files in which something was counted."""
        query = sa.select(FILES.c.id, FILES.c.path, CONTENTS.c.tally).join_from(FILES, CONTENTS)
        query = query.where(_LIVE, CONTENTS.c.tally.is_not(None), *where).order_by(FILES.c.id).limit(_PAGE)
        after = 0
        while True:
            page = query.where(FILES.c.id > after)
            rows = self._base.read(_all(page))
            for number, path, data in rows:
                after = number
                yield path, unpack(data)
            if len(rows) < _PAGE:
                return

    def total(self, *where: sa.ColumnElement[bool]) -> Tally:
        """The sum over live files; conditions on `FILES` narrow it."""
        into = TallyBuilder()
        for _, tally in self.tallies(*where):
            into.absorb(tally)
        return into.tally()

    def owners(self) -> dict[str, Owned]:
        """Owner → their total, as of the last run that changed it."""
        rows = self._base.read(lambda to: to.execute(sa.select(OWNERS)).mappings().all())
        found = {row["owner"]: Owned(row["files"], row["persons"], Judged.loads(row["judged"])) for row in rows}
        return dict(sorted(found.items()))

    def set_owner(self, run: int, at: str, owner: str, owned: Owned, events: Iterable[Event]) -> None:
        """An owner's running total."""
        words = {"run": run, "files": owned.files, "persons": owned.persons, "judged": owned.judged.dumps()}
        events = tuple(events)

        def work(to: Connection) -> None:
            fresh = self._insert(OWNERS).values(owner=owner, **words)
            to.execute(fresh.on_conflict_do_update(index_elements=["owner"], set_=words))
            self._tell(to, run, at, events)

        self._base.write(work)

    def set_trend(self, run: int, folder: str, files: int, persons: int, judged: Judged) -> None:
        """A folder's figures in a run."""
        ratios = {name: judged.ratio(name) for name in ("strict", "prevailing", "lenient")}
        words = {"files": files, "persons": persons, **ratios}
        fresh = self._insert(TREND).values(run=run, folder=folder, **words)
        self._base.write(lambda to: to.execute(fresh.on_conflict_do_update(index_elements=["run", "folder"], set_=words)))

    def trend(self, folder: str | None = None) -> list[Json]:
        """Figures of folders over the runs in which they changed, oldest first."""
        query = sa.select(TREND) if folder is None else sa.select(TREND).where(TREND.c.folder == folder)
        rows = self._base.read(lambda to: to.execute(query).mappings().all())
        return sorted(map(dict, rows), key=lambda row: (row["run"], row["folder"]))

    def categories(self) -> set[str]:
        """Categories that were ever found."""
        return set(self._base.read(lambda to: to.execute(sa.select(CATEGORIES.c.id)).scalars().all()))

    def altered(self, after: int, since: str) -> dict[str, Altered]:
        """Live files that came, changed, moved, or were read again for other settings after this run, which ended at `since`."""
        older = CONTENTS.alias()
        again = (
            sa.exists()
            .where(older.c.digest == CONTENTS.c.digest, older.c.id < CONTENTS.c.id, CONTENTS.c.scanned > since)
            .where((older.c.settings != CONTENTS.c.settings) | (older.c.key != CONTENTS.c.key))
        )
        query = sa.select(FILES.c.path, FILES.c.first_run, again).join_from(FILES, CONTENTS, isouter=True)
        rows = self._base.read(_all(query.where(_LIVE, FILES.c.changed_run > after)))
        moves = sa.select(EVENTS.c.path).where(EVENTS.c.run > after, EVENTS.c.kind == "moved")
        moved = set(self._base.read(lambda to: to.execute(moves).scalars().all()))
        return {
            path: "moved" if path in moved else "new" if first > after else "again" if same else "changed"
            for path, first, same in rows
        }

    def changed_owners(self, after: int) -> set[str]:
        """Owners with files that came, changed or went after this run."""
        query = sa.select(FILES.c.owner).where((FILES.c.changed_run > after) | (FILES.c.gone_run > after)).distinct()
        return set(self._base.read(lambda to: to.execute(query).scalars().all()))

    def changed_folders(self, after: int) -> set[str]:
        """Folders with files that came, changed or went after this run."""
        query = sa.select(FILES.c.folder).where((FILES.c.changed_run > after) | (FILES.c.gone_run > after)).distinct()
        return set(self._base.read(lambda to: to.execute(query).scalars().all()))

    # ---- events and their delivery

    def tell(self, run: int, at: str, events: Iterable[Event]) -> None:
        """Events of their own."""
        events = tuple(events)
        self._base.write(lambda to: self._tell(to, run, at, events))

    def _tell(self, to: Connection, run: int, at: str, events: Iterable[Event]) -> None:
        rows = [
            {"id": e.id, "run": run, "at": at, "kind": e.kind, "path": e.path, "owner": e.owner, "detail": _json(e.detail)}
            for e in events
        ]
        if rows:
            to.execute(self._insert(EVENTS).on_conflict_do_nothing(), rows)

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

    def delivered(self, channel: str, at: str, ids: Iterable[str]) -> None:
        """This channel has received these events."""
        rows = [{"event": each, "channel": channel, "at": at} for each in ids]
        if rows:
            self._base.write(lambda to: to.execute(self._insert(DELIVERIES).on_conflict_do_nothing(), rows))

    # ---- drills

    def plant(self, drill: Drill) -> None:
        """A drill's file is about to be written."""
        fresh = self._insert(DRILLS).values(path=drill.path, digest=drill.digest, planted=drill.planted)
        self._base.write(lambda to: to.execute(fresh.on_conflict_do_nothing()))

    def drills(self, *, open_only: bool = False) -> list[Drill]:
        """Planted exports, oldest first; those that no run has looked for yet."""
        query = sa.select(DRILLS).order_by(DRILLS.c.planted, DRILLS.c.path)
        if open_only:
            query = query.where(DRILLS.c.run.is_(None))
        return [Drill(**row) for row in self._base.read(lambda to: to.execute(query).mappings().all())]

    def looked(self, path: str, run: int, at: str, caught: str | None, events: Iterable[Event]) -> None:
        """A run has looked for a drill. caught: when its file was reported, None if it was not."""
        events = tuple(events)

        def work(to: Connection) -> None:
            to.execute(sa.update(DRILLS).where(DRILLS.c.path == path).values(run=run, caught=caught))
            self._tell(to, run, at, events)

        self._base.write(work)

    def remembered(self, key: str) -> Iterator[tuple[Standing, Tally]]:
        """Every file ever seen whose content was counted under this key, also those that are gone; newest content first."""
        query = (
            sa.select(FILES, CONTENTS.c.status, CONTENTS.c.records, CONTENTS.c.persons, CONTENTS.c.judged, CONTENTS.c.digest)
            .add_columns(CONTENTS.c.categories, CONTENTS.c.unread.label("gaps"), CONTENTS.c.notes, CONTENTS.c.tally)
            .join_from(FILES, CONTENTS)
            .where(CONTENTS.c.tally.is_not(None), CONTENTS.c.key == key)
            .order_by(FILES.c.id)
            .limit(_PAGE)
        )
        after = 0
        while True:
            page = query.where(FILES.c.id > after)
            rows = self._base.read(_mappings(page))
            for row in rows:
                after = row["id"]
                yield _standing(row), unpack(row["tally"])
            if len(rows) < _PAGE:
                return

    def _insert(self, table: sa.Table) -> Any:
        """An INSERT that knows ON CONFLICT; both databases write it alike."""
        return (sqlite if self._base.url.get_backend_name() == "sqlite" else postgresql).insert(table)


def _known(rows: Iterable[Any]) -> dict[str, Known]:
    return {path: Known(stamp, owner, content, settings or "", key or "") for path, stamp, owner, content, settings, key in rows}


def _all(query: sa.Select[Any]) -> Callable[[Connection], Sequence[Any]]:
    return lambda to: to.execute(query).all()


def _mappings(query: sa.Select[Any]) -> Callable[[Connection], Sequence[Any]]:
    return lambda to: to.execute(query).mappings().all()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
