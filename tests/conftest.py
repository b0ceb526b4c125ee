"""What all tests share: the places of the fixtures, the programs beside them, and when the long forms run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "benchmarks"):  # the makers of the fixtures, and the comparison with their truth
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return ROOT / "fixtures"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long forms run only where `-m` asks for them."""
    if "slow" in (config.option.markexpr or ""):
        return
    skip = pytest.mark.skip(reason="long form: run with -m slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
