"""What all tests share: the places of the fixtures, the programs beside them, and when the long forms run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import Server, server

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "benchmarks"):  # the makers of the fixtures, and the comparison with their truth
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return ROOT / "fixtures"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh ledger's address, in each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    running: Server = request.getfixturevalue("postgresql")
    return running.database()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long forms run only where `-m` asks for them."""
    if "slow" in (config.option.markexpr or ""):
        return
    skip = pytest.mark.skip(reason="long form: run with -m slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
