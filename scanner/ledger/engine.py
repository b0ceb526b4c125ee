"""The database behind a ledger: SQLite by default, PostgreSQL by URL; one connection, one writer, patience when it is away."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from filelock import FileLock, Timeout
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from scanner.errors import LeakgaugeError, UsageError

T = TypeVar("T")

ENVIRONMENT = "LEAKGAUGE_LEDGER"  # a URL with a password belongs there, never on a command line that others can list
LOCK = 0x6C65616B67617567  # the number of the advisory lock in PostgreSQL: "leakgaug"
PATIENCE = 300.0  # seconds that a database may be away
_PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)  # between attempts; the last one is repeated


class LedgerError(LeakgaugeError):
    """The ledger cannot be reached, is in use, or is of a newer version."""


class InUseError(LedgerError):
    """Another run holds the ledger."""


def database(words: str | None) -> URL:
    """The URL that was meant: a URL, the path of an SQLite file, or nothing (the environment says). Raises UsageError."""
    told = words or os.environ.get(ENVIRONMENT)
    if not told:
        raise UsageError(f"no ledger was named; give --ledger FILE, or a database URL in {ENVIRONMENT}")
    if "://" not in told:
        return URL.create("sqlite", database=str(Path(told).absolute()))
    try:
        url = make_url(told)
    except ArgumentError:
        raise UsageError("the ledger's URL is not one; write postgresql://user@host/database or the path of a file") from None
    if words and url.password:
        raise UsageError(f"a password does not belong on the command line; put the URL into {ENVIRONMENT}, or use ~/.pgpass")
    name = url.get_backend_name()
    if name == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if name == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite", database=str(Path(url.database).absolute()))
    raise UsageError(f"a ledger is an SQLite file or a PostgreSQL database, not {name}")


@dataclass(slots=True)
class Database:
    """A connection that comes back. writer: this process holds the ledger alone until `close`.

    sleep, clock   for tests
    """

    url: URL
    writer: bool = False
    patience: float = PATIENCE
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    engine: Engine = field(init=False)
    _lock: FileLock | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.url.get_backend_name() == "sqlite":
            folder = Path(str(self.url.database)).parent
            if not folder.is_dir():
                raise UsageError(f"the ledger's folder {folder} does not exist")
            _private(Path(str(self.url.database)))
            if self.writer:
                self._lock = FileLock(f"{self.url.database}.lock")
                try:
                    self._lock.acquire(timeout=0)
                except Timeout:
                    raise InUseError("the ledger is in use by another run") from None
                except OSError as error:
                    raise LedgerError(f"the ledger cannot be locked: {error.strerror or 'unknown reason'}") from None
        try:
            # one connection: in PostgreSQL it holds the lock, so whoever has lost the lock cannot write either
            self.engine = sa.create_engine(self.url, poolclass=QueuePool, pool_size=1, max_overflow=0)
        except (NoSuchModuleError, ImportError):
            self.close()
            raise LedgerError("PostgreSQL needs the driver psycopg; install it with: pip install 'leakgauge[postgresql]'") from None
        sa.event.listen(self.engine, "connect", self._connected)

    def _connected(self, raw: Any, _: object) -> None:
        cursor = raw.cursor()
        if self.url.get_backend_name() == "sqlite":
            raw.isolation_level = None  # the driver's own idea of transactions leaves out DDL
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
                cursor.execute(f"PRAGMA {pragma}")
        elif self.writer:
            cursor.execute(f"SELECT pg_try_advisory_lock({LOCK})")
            held = cursor.fetchone()[0]
            raw.commit()
            if not held:
                raise InUseError("the ledger is in use by another run")
        cursor.close()

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` does, in one transaction. It is done again when the database was away: doing it twice must be doing it once.

        Raises LedgerError when the database stays away longer than `patience`, InUseError when another run has taken the ledger.
        """
        began, attempt = self.clock(), 0
        while True:
            try:
                with self.engine.connect() as connection, connection.begin():
                    if self.url.get_backend_name() == "sqlite":
                        connection.exec_driver_sql("BEGIN IMMEDIATE" if self.writer else "BEGIN")
                    return work(connection)
            except DBAPIError as error:
                if not _passing(error) or self.clock() - began >= self.patience:
                    raise LedgerError(f"the ledger cannot be used: {_sentence(error)}") from None
            self.engine.dispose()
            self.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    read = write  # the same patience, and one consistent view

    def migrate(self) -> None:
        """Bring the tables to this version. Raises LedgerError for a ledger of a newer one."""
        config = Config()
        config.set_main_option("script_location", "scanner:ledger/migrations")
        known = ScriptDirectory.from_config(config)

        def step(connection: Connection) -> None:
            at = MigrationContext.configure(connection).get_current_revision()
            if at == known.get_current_head():
                return
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError:
                raise LedgerError("the ledger was written by a newer version of leakgauge") from None

        self.write(step)

    def close(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
        if self._lock is not None:
            self._lock.release()


def _private(path: Path) -> None:
    """A new ledger is its owner's alone: it tells where the data lie."""
    with contextlib.suppress(OSError):  # it exists, or the database says better why it cannot be made
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _passing(error: DBAPIError) -> bool:
    """Whether waiting may help: the server is away or starting, the disk is full, another writer is busy."""
    if error.connection_invalidated:
        return True
    words = str(error.orig).lower()
    return isinstance(error, sa.exc.OperationalError) and not any(
        sign in words for sign in ("authentication", "does not exist", "no such table", "no pg_hba", "not a database", "readonly")
    )


def _sentence(error: DBAPIError) -> str:
    """The first line of what the driver says. Statements and their parameters are never told."""
    return str(error.orig).strip().partition("\n")[0][:200] or type(error).__name__
