"""The ledger's questions and statements. Every statement may be repeated after a lost connection without doing more.

Paths that are not text in the system's encoding are kept with their odd bytes written as `\\udc80`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scanner.ledger.engine import Database, InUseError, LedgerError, database
from scanner.ledger.facts import Content, Drill, Event, File, Json, Owned
from scanner.ledger.questions import LIVE, Questions
from scanner.ledger.tables import CATEGORIES, CONTENTS, DELIVERIES, DRILLS, EVENTS, FILES, OWNERS, RUNS, TREND

T = TypeVar("T")
__all__ = ["InUseError", "Ledger", "LedgerError"]


class Ledger(Questions):
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

        number = self._base.write(work)
        self._base.ours = sa.select(RUNS.c.id).where(RUNS.c.id == number, RUNS.c.state != "interrupted")
        return number

    def finish(self, run: int, at: str, summary: Json) -> None:
        """The run ended well."""
        words = {"finished": at, "state": "finished", "summary": _json(summary)}
        self._base.write(lambda to: to.execute(sa.update(RUNS).where(RUNS.c.id == run).values(**words)))

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
            back = {"first_run": sa.case((LIVE, FILES.c.first_run), else_=run)}  # what was gone is new again
            to.execute(fresh.on_conflict_do_update(index_elements=["path"], set_=words | back))
            if moved_from is not None:
                to.execute(sa.update(FILES).where(FILES.c.path == moved_from, LIVE).values(gone_run=run))
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
            "over": int(content.judged.over),
            "categories": _json(content.categories),
            "tally": content.tally,
        }
        return int(to.execute(sa.insert(CONTENTS).values(**words).returning(CONTENTS.c.id)).scalar_one())

    def touch(self, stamps: Mapping[str, str]) -> None:
        """New stamps for files whose bytes are the same, and could be read."""
        if stamps:
            change = sa.update(FILES).where(FILES.c.path == sa.bindparam("at")).values(stamp=sa.bindparam("now"), unread="[]")
            rows = [{"at": path, "now": stamp} for path, stamp in stamps.items()]
            self._base.write(lambda to: to.execute(change, rows))

    def give(self, owners: Mapping[str, tuple[str, str]]) -> None:
        """Files whose owner is another now: path → before, now. Marks the totals of both as wrong until they are summed again."""
        if not owners:
            return
        change = sa.update(FILES).where(FILES.c.path == sa.bindparam("at")).values(owner=sa.bindparam("now"))
        wrong = sa.update(OWNERS).where(OWNERS.c.owner == sa.bindparam("whose")).values(files=-1)
        rows = [{"at": path, "now": now} for path, (_, now) in owners.items()]
        whose = [{"whose": name} for name in sorted({name for both in owners.values() for name in both})]

        def work(to: Connection) -> None:
            to.execute(change, rows)
            to.execute(wrong, whose)

        self._base.write(work)

    def gone(self, run: int, at: str, paths: Iterable[str], events: Iterable[Event]) -> None:
        """These files are no longer there."""
        rows = [{"at": path} for path in paths]
        events = tuple(events)

        def work(to: Connection) -> None:
            if rows:
                to.execute(sa.update(FILES).where(FILES.c.path == sa.bindparam("at"), LIVE).values(gone_run=run), rows)
            self._tell(to, run, at, events)

        self._base.write(work)

    def set_owner(self, run: int, at: str, owner: str, owned: Owned, events: Iterable[Event]) -> None:
        """An owner's running total."""
        words = {"run": run, "files": owned.files, "persons": owned.persons, "judged": owned.judged.dumps()}
        events = tuple(events)

        def work(to: Connection) -> None:
            fresh = self._insert(OWNERS).values(owner=owner, **words)
            to.execute(fresh.on_conflict_do_update(index_elements=["owner"], set_=words))
            self._tell(to, run, at, events)

        self._base.write(work)

    def set_trend(self, run: int, folders: Mapping[str, Owned]) -> None:
        """The figures of folders in a run."""
        if not folders:
            return
        names = ("strict", "prevailing", "lenient")
        rows = [
            {"run": run, "folder": folder, "files": each.files, "persons": each.persons}
            | {name: each.judged.ratio(name) for name in names}
            for folder, each in folders.items()
        ]
        fresh = self._insert(TREND)
        words = {name: fresh.excluded[name] for name in ("files", "persons", *names)}
        self._base.write(lambda to: to.execute(fresh.on_conflict_do_update(index_elements=["run", "folder"], set_=words), rows))

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

    def delivered(self, channel: str, at: str, ids: Iterable[str]) -> None:
        """This channel has received these events."""
        rows = [{"event": each, "channel": channel, "at": at} for each in ids]
        if rows:
            self._base.write(lambda to: to.execute(self._insert(DELIVERIES).on_conflict_do_nothing(), rows))

    def plant(self, drill: Drill) -> None:
        """A drill's file is about to be written."""
        fresh = self._insert(DRILLS).values(path=drill.path, digest=drill.digest, planted=drill.planted)
        self._base.write(lambda to: to.execute(fresh.on_conflict_do_nothing()))

    def looked(self, path: str, run: int, at: str, caught: str | None, events: Iterable[Event]) -> None:
        """A run has looked for a drill. caught: when its file was reported, None if it was not."""
        events = tuple(events)

        def work(to: Connection) -> None:
            to.execute(sa.update(DRILLS).where(DRILLS.c.path == path).values(run=run, caught=caught))
            self._tell(to, run, at, events)

        self._base.write(work)

    def _insert(self, table: sa.Table) -> Any:
        """An INSERT that knows ON CONFLICT; both databases write it alike."""
        return (sqlite if self._base.url.get_backend_name() == "sqlite" else postgresql).insert(table)


def _json(value: object) -> str:
    """JSON that every database takes: half a character, as a title in a file may hold, stays an escape."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace").decode()
