"""The database behind a ledger: SQLite by default, PostgreSQL by URL; one connection, one writer, patience when it is away."""

from __future__ import annotations

import contextlib
import os
import secrets
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
# A host that vanishes says no farewell: without these a connection to it may hang for hours. Seconds; tcp_user_timeout in ms.
_ALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# Classes of SQLSTATE after which the same may succeed: connection, conflict with another transaction, resources, not in the state
# for it (locks), operator (shutdown, starting up, cancelled), system. https://www.postgresql.org/docs/current/errcodes-appendix.html
_PASSING = ("08", "40", "53", "55", "57", "58")
_TRIES = 50  # for the server to end a session
_PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)  # between attempts; the last one is repeated


class LedgerError(LeakgaugeError):
    """The ledger cannot be reached, is in use, or is of a newer version."""


class InUseError(LedgerError):
    """Another run holds the ledger."""


def database(words: str | None) -> URL:
    """The URL that was meant: a URL, the path of an SQLite file, or nothing (the environment says). Raises UsageError."""
    told = words or os.environ.get(ENVIRONMENT)
    if not told:
        raise UsageError(
            f"no ledger was named; give --ledger FILE, or a database URL in {ENVIRONMENT}",
            zh=f"未指定台账；请用 --ledger 文件，或在 {ENVIRONMENT} 中写数据库 URL",
        )
    if "://" not in told:
        return URL.create("sqlite", database=str(Path(told).absolute()))
    try:
        url = make_url(told)
    except ArgumentError:
        raise UsageError(
            "the ledger's URL is not one; write postgresql://user@host/database or the path of a file",
            zh="台账的 URL 写法不对；应为 postgresql://用户@主机/数据库，或文件路径",
        ) from None
    if words and url.password:
        raise UsageError(
            f"a password does not belong on the command line; put the URL into {ENVIRONMENT}, or use ~/.pgpass",
            zh=f"密码不应写在命令行上；请把 URL 放进 {ENVIRONMENT}，或使用 ~/.pgpass",
        )
    name = url.get_backend_name()
    if name == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if name == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite", database=str(Path(url.database).absolute()))
    raise UsageError(
        f"a ledger is an SQLite file or a PostgreSQL database, not {name}",
        zh=f"台账须为 SQLite 文件或 PostgreSQL 数据库，不能是 {name}",
    )


def _in_use() -> InUseError:
    return InUseError("the ledger is in use by another run", zh="台账正被另一次运行使用")


@dataclass(slots=True)
class Database:
    """A connection that comes back. writer: this process holds the ledger alone until `close`.

    sleep, clock   for tests
    ours           finds nothing once another writer has been here: asked after each loss of the connection
    """

    url: URL
    writer: bool = False
    patience: float = PATIENCE
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    engine: Engine = field(init=False)
    ours: sa.Select[Any] | None = field(init=False, default=None)
    _lock: FileLock | None = field(init=False, default=None)
    _name: str = field(init=False, default_factory=lambda: f"leakgauge {secrets.token_hex(8)}")
    _met: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        if self.url.get_backend_name() == "sqlite":
            folder = Path(str(self.url.database)).parent
            if not folder.is_dir():
                raise UsageError(f"the ledger's folder {folder} does not exist", zh=f"台账所在的文件夹 {folder} 不存在")
            _private(Path(str(self.url.database)))
            if self.writer:
                self._lock = FileLock(f"{self.url.database}.lock")
                try:
                    self._lock.acquire(timeout=0)
                except Timeout:
                    raise _in_use() from None
                except OSError as error:
                    why = error.strerror or "unknown reason"
                    raise LedgerError(f"the ledger cannot be locked: {why}", zh=f"台账无法加锁：{why}") from None
        words: dict[str, Any] = {}
        if self.url.get_backend_name() == "postgresql":
            words = {name: value for name, value in _ALIVE.items() if name not in self.url.query} | {"application_name": self._name}
        try:
            # one connection: in PostgreSQL it holds the lock, so whoever has lost the lock cannot write either
            self.engine = sa.create_engine(self.url, poolclass=QueuePool, pool_size=1, max_overflow=0, connect_args=words)
        except (NoSuchModuleError, ImportError):
            self.close()
            raise LedgerError(
                "PostgreSQL needs the driver psycopg; install it with: pip install 'leakgauge[postgresql]'",
                zh="PostgreSQL 需要驱动程序 psycopg，安装：pip install 'leakgauge[postgresql]'",
            ) from None
        sa.event.listen(self.engine, "connect", self._connected)

    def _connected(self, raw: Any, _: object) -> None:
        cursor = raw.cursor()
        if self.url.get_backend_name() == "sqlite":
            raw.isolation_level = None  # the driver's own idea of transactions leaves out DDL
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
                cursor.execute(f"PRAGMA {pragma}")
        elif self.writer:
            self._take_lock(cursor)
            raw.commit()
        cursor.close()
        self._met = False

    def _take_lock(self, cursor: Any) -> None:
        """Raises InUseError. Where the network broke, the server may still hold our last session, and with it the lock: end it."""
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s AND pid <> pg_backend_pid()",
            (self._name,),
        )
        for _ in range(_TRIES if cursor.fetchall() else 1):
            cursor.execute(f"SELECT pg_try_advisory_lock({LOCK})")
            if cursor.fetchone()[0]:
                return
            time.sleep(_PAUSES[0])
        raise _in_use()

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` does, in one transaction. It is done again when the database was away: doing it twice must be doing it once.

        Raises LedgerError when the database stays away longer than `patience`, InUseError when another run has taken the ledger.
        """
        return self._done(work, "BEGIN IMMEDIATE" if self.writer else "BEGIN")

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds, with the same patience."""
        return self._done(work, "BEGIN")

    def _done(self, work: Callable[[Connection], T], begin: str) -> T:
        began, attempt = self.clock(), 0
        while True:
            try:
                with self.engine.connect() as connection, connection.begin():
                    if self.url.get_backend_name() == "sqlite":
                        connection.exec_driver_sql(begin)
                    if not self._met:
                        if self.ours is not None and connection.execute(self.ours).first() is None:
                            raise _in_use()
                        self._met = True
                    return work(connection)
            except DBAPIError as error:
                if not _passing(error) or self.clock() - began >= self.patience:
                    why = _sentence(error)
                    raise LedgerError(f"the ledger cannot be used: {why}", zh=f"台账无法使用：{why}") from None
            self.engine.dispose()
            self.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

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
                raise LedgerError(
                    "the ledger was written by a newer version of leakgauge", zh="台账由更新版本的 leakgauge 写成，请升级程序"
                ) from None

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
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_PASSING)
    words = str(error.orig).lower()
    return isinstance(error, sa.exc.OperationalError) and not any(
        sign in words for sign in ("authentication", "does not exist", "no such table", "no pg_hba", "not a database", "readonly")
    )


def _sentence(error: DBAPIError) -> str:
    """The first line of what the driver says. Statements and their parameters are never told."""
    return str(error.orig).strip().partition("\n")[0][:200] or type(error).__name__
