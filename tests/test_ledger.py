"""The ledger itself: what is packed comes back, old ledgers are kept, keys and URLs are handled with care."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

import scanner
from scanner.errors import ConfigError, LeakgaugeError, UsageError
from scanner.keyed_hash import Key
from scanner.ledger import Ledger, LedgerError
from scanner.ledger.engine import database
from scanner.ledger.facts import Event
from scanner.ledger.key import key_id, load_key, make_key, rotate_key
from scanner.ledger.packing import DISTINCT, pack, unpack
from scanner.ledger.tables import METADATA
from scanner.tally import Count, Distinct, Links, Signature, Tally
from tests.nightly_trees import export, night, persons, settings


def test_a_packed_tally_comes_back(fixtures: Path) -> None:
    for path in sorted((fixtures / "counting").glob("*.csv"))[:12]:
        tally = scanner.scan(path, settings=settings()).tally
        assert unpack(pack(tally)) == tally
    assert unpack(pack(Tally())) == Tally()


def test_packing_bounds_the_space_and_keeps_estimates_close() -> None:
    keys = np.random.default_rng(1).integers(1 << 8, 1 << 63, 300_000, np.uint64) << np.uint64(1)
    signature = Signature(frozenset({"resident_id"}))
    whole = Tally({signature: Count(len(keys), Distinct.of(keys), Distinct.of(keys))}, Links(keys[:5], keys[5:10]))
    data = pack(whole)
    assert len(data) < 2 * DISTINCT * 8 + 10_000
    count = unpack(data).counts[signature]
    assert count.found == 300_000
    assert not count.persons.exact
    assert len(count.persons) == pytest.approx(300_000, rel=0.02)


def test_thinned_sets_join_like_whole_ones() -> None:
    """A sketch says nothing of hashes beyond its last one, however long the other set is."""
    dice = np.random.default_rng(2)
    first, second = (Distinct.of(dice.integers(0, 1 << 63, 40_000, np.uint64) << np.uint64(1)) for _ in range(2))
    for left, right in ((first.thinned(1000), second), (first, second.thinned(500)), (first.thinned(900), second.thinned(1500))):
        joined = left | right
        assert joined == right | left
        assert not joined.exact
        assert len(joined) == pytest.approx(80_000, rel=0.15)


def test_bytes_that_are_no_tally() -> None:
    with pytest.raises(LeakgaugeError, match="does not know"):
        unpack(b"LGT9")


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    Ledger(str(tmp_path / "a.db")).close()
    with sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}").connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_an_old_ledger_keeps_its_data(tmp_path: Path) -> None:
    """A ledger as the first version made it, with a row in every table, is brought to this one."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    config = Config()
    config.set_main_option("script_location", "scanner:ledger/migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    old = sa.MetaData()
    old.reflect(engine)
    with engine.begin() as connection:
        for table in old.sorted_tables:
            if table.name != "alembic_version":
                values = {
                    c.name: 1 if isinstance(c.type, sa.Integer | sa.Float) else "{}" for c in table.columns if c.name != "tally"
                }
                connection.execute(sa.insert(table).values(**values | ({"gone_run": None} if table.name == "files" else {})))
    engine.dispose()
    with Ledger(str(tmp_path / "a.db")) as ledger:
        assert [run["id"] for run in ledger.runs()] == [1]
        assert [each.file.path for each in ledger.standing()] == ["{}"]
        assert len(ledger.events()) == 1
        assert ledger.drills() == []


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    Ledger(str(tmp_path / "a.db")).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(str(tmp_path / "a.db"))


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"something else " * 100)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger(str(tmp_path / "a.db"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("postgresql://me:secret@host/base", "password does not belong"),
        ("mysql://host/base", "not mysql"),
        ("://", "is not one"),
        (None, "no ledger was named"),
        ("/nowhere/at/all/ledger.db", "does not exist"),
    ],
)
def test_addresses_that_are_refused(words: str | None, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEAKGAUGE_LEDGER", raising=False)
    with pytest.raises(UsageError, match=said) as caught:
        Ledger(words)
    assert "secret" not in str(caught.value)


def test_a_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKGAUGE_LEDGER", "postgresql://me:secret@host/base")
    assert database(None).password == "secret"
    assert "secret" not in str(database(None))


def test_a_server_that_says_no_is_told_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKGAUGE_LEDGER", "postgresql://me:secret@127.0.0.1:1/base")
    with pytest.raises(LedgerError) as caught:
        Ledger(None, patience=0.0)
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_new_ledger_and_its_key_are_their_owners_alone(tmp_path: Path) -> None:
    Ledger(str(tmp_path / "a.db"), writer=True).close()
    make_key(tmp_path / "a.key")
    assert stat.S_IMODE((tmp_path / "a.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    (tmp_path / "a.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(tmp_path / "a.key")


def test_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    with pytest.raises(ConfigError, match="does not exist"):
        load_key(path)
    key = make_key(path)
    assert load_key(path) == key
    with pytest.raises(ConfigError, match="exists already"):
        make_key(path)
    fresh, kept = rotate_key(path)
    assert (load_key(path), load_key(kept)) == (fresh, key)
    assert kept.name == f"a.key.{key_id(key)}"
    assert key_id(fresh) != key_id(key)
    path.write_text("nothing\n", encoding="ascii")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no key"):
        load_key(path)
    assert "secret" in repr(key)
    assert str(key.k0) not in repr(key)


def test_a_rotation_that_was_cut_short_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the last step takes the key away, and that puts the new one in its place."""
    path = tmp_path / "a.key"
    key = make_key(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(ConfigError, match="No space left"):
            rotate_key(path)
    assert load_key(path) == key
    fresh, kept = rotate_key(path)
    assert (load_key(path), load_key(kept)) == (fresh, key)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.key", kept.name]


def test_under_another_key_everything_is_scanned_again(tmp_path: Path) -> None:
    export(tmp_path / "exports" / "a.csv", persons(30))
    with Ledger(str(tmp_path / "a.db"), writer=True) as ledger:
        night(tmp_path / "exports", ledger)
        result = night(tmp_path / "exports", ledger, 1, settings=settings(key=Key(1, 2)))
        assert (result.counts.scanned, result.counts.again) == (1, 1)
        assert [standing.file.path for standing, _ in ledger.remembered(key_id(Key(1, 2)))] == [str(tmp_path / "exports" / "a.csv")]


def test_an_event_goes_to_each_channel_once(ledger_url: str) -> None:
    with Ledger(ledger_url, writer=True) as ledger:
        run = ledger.begin("2026-11-02T01:00:00Z", ["/x"], {}, "s", "k")
        ledger.tell(run, "2026-11-02T01:00:01Z", [Event("1", "gone", "/x/a", "me"), Event("2", "gone", "/x/b", "me")])
        ledger.tell(run, "2026-11-02T01:00:02Z", [Event("2", "gone", "/x/b", "me")])
        assert [event.id for event in ledger.undelivered("mail")] == ["1", "2"]
        ledger.delivered("mail", "2026-11-02T01:00:03Z", ["1"])
        ledger.delivered("mail", "2026-11-02T01:00:04Z", ["1"])
        assert [event.id for event in ledger.undelivered("mail")] == ["2"]
        assert [event.id for event in ledger.undelivered("chat")] == ["1", "2"]


def test_a_repeated_statement_does_nothing_more(ledger_url: str) -> None:
    """After a lost connection nobody knows whether the last statement was done."""
    with Ledger(ledger_url, writer=True) as ledger:
        first = ledger.begin("2026-11-02T01:00:00Z", ["/x"], {}, "s", "k")
        assert ledger.begin("2026-11-02T01:00:00Z", ["/x"], {}, "s", "k") == first
        assert ledger.begin("2026-11-03T01:00:00Z", ["/x"], {}, "s", "k") != first
        assert [run["state"] for run in ledger.runs()] == ["interrupted", "running"]
