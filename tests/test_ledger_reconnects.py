"""A PostgreSQL that is lost from sight and found again: the run keeps what is its own, and nothing more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from scanner.ledger import InUseError, Ledger, LedgerError
from tests.postgresql import Server


def begun(ledger: Ledger, day: int) -> int:
    return ledger.begin(f"2026-11-{day:02}T01:00:00Z", ["/x"], {}, "s", "k")


def test_a_session_that_the_server_still_holds_for_us_is_not_another_run(postgresql: Server) -> None:
    """Where the network broke, the server waits for the old connection, and with it lies the lock."""
    url = postgresql.database()
    with Ledger(url, writer=True) as ledger:
        run = begun(ledger, 2)
        ledger._base.engine.dispose(close=False)
        ledger.finish(run, "2026-11-02T02:00:00Z", {})
        assert [each["state"] for each in ledger.runs()] == ["finished"]
        with pytest.raises(InUseError):
            Ledger(url, writer=True)


def test_a_run_that_another_has_overtaken_does_not_go_on(postgresql: Server) -> None:
    url = postgresql.database()
    first = Ledger(url, writer=True)
    run = begun(first, 2)
    first._base.engine.dispose()
    with Ledger(url, writer=True) as second:
        second.finish(begun(second, 3), "2026-11-03T02:00:00Z", {})
    with pytest.raises(InUseError, match="another run"):
        first.finish(run, "2026-11-02T02:00:00Z", {})
    first.close()
    with Ledger(url) as ledger:
        assert [each["state"] for each in ledger.runs()] == ["interrupted", "finished"]


def test_what_no_waiting_helps_fails_at_once(postgresql: Server) -> None:
    def never(_: float) -> None:
        raise AssertionError("it waited")

    long = "SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500) n"
    with Ledger(postgresql.database(), writer=True, sleep=never) as ledger:
        for statement, said in (
            (f"INSERT INTO drills (path, digest, planted) VALUES (({long}), 'd', 'p')", "maximum size"),
            ("SELECT * FROM nothing", "does not exist"),
        ):
            with pytest.raises(LedgerError, match=said):
                ledger._base.write(lambda to, statement=statement: to.execute(sa.text(statement)))  # type: ignore[misc]
