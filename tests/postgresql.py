"""A real PostgreSQL server for tests, from the package `pgserver`; each test gets a database of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Server:
    """A server that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._module = pytest.importorskip("pgserver", reason="PostgreSQL for tests needs the package pgserver")
        self._folder = folder
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where a container has no runtime folder, the package says so
            self._server = self._module.get_server(folder)
        # these tests kill processes, not machines: what the system has in its buffers survives, and starting again is quick
        for setting in ("fsync = off", "max_wal_size = '64MB'"):
            self._server.psql(f"ALTER SYSTEM SET {setting};")
        self._server.psql("SELECT pg_reload_conf();")

    def database(self) -> str:
        """The URL of a fresh database."""
        name = f"ledger_{secrets.token_hex(6)}"
        self._server.psql(f"CREATE DATABASE {name};")
        return str(self._server.get_uri(database=name))

    def stop(self) -> None:
        """Gone, and with it every connection."""
        self._control("stop", "-m", "fast")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()

    def _control(self, *words: str) -> None:
        self._module.pg_ctl(["-w", *words], pgdata=self._folder, user=self._server.system_user)


@contextmanager
def server() -> Iterator[Server]:
    """A server in a folder with a short path: its socket's may not be longer than a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    os.chmod(folder, 0o755)  # the server runs under another account when the tests run as root
    made = None
    try:
        made = Server(folder / "data")
        yield made
    finally:
        if made:
            made.close()
        shutil.rmtree(folder, ignore_errors=True)
