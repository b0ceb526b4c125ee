"""Folders of synthetic exports for the tests of nightly runs, and a run of one night over them."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fixtures.makers.people import People, Person
from scanner.config import Settings
from scanner.keyed_hash import Key
from scanner.law.model import Facts
from scanner.ledger import Ledger
from scanner.nightly.result import Result
from scanner.nightly.run import Night, run
from scanner.nightly.settings import Baseline, Nightly

KEY = Key(0x5EED, 0xFEED)
FIRST = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
OLD = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
FULL = ("姓名", "身份证号", "手机号")


def persons(count: int, seed: str = "nightly") -> list[Person]:
    return People(seed).persons(count)


def rows(people: Iterable[Person], titles: Sequence[str] = FULL) -> list[list[str]]:
    cells = {"姓名": "name", "身份证号": "resident_id", "手机号": "mobile", "邮箱": "email", "地址": "address"}
    return [[getattr(person, cells[title]) for title in titles] for person in people]


def export(path: Path, people: Iterable[Person], titles: Sequence[str] = FULL, at: float = OLD) -> Path:
    """A CSV of these persons, last changed long enough ago to be settled."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(titles), *rows(people, titles)])
    os.utime(path, (at, at))
    return path


def change(root: Path, people: Sequence[Person], dice: random.Random, step: int) -> None:
    """One thing that people do to export folders."""
    files = sorted(path for path in root.rglob("*.csv"))
    what = dice.choice(("new", "new", "more", "move", "copy", "delete")) if len(files) > 6 else "new"
    chosen = dice.choice(files) if files else root
    name = f"{dice.choice('abc')}/{step}.csv"
    if what in ("new", "more"):
        start, size = dice.randrange(500), dice.choice((3, 20, 260, 400))
        export(chosen if what == "more" else root / name, people[start : start + size], at=OLD + step)
    elif what == "move":
        (root / name).parent.mkdir(exist_ok=True)
        chosen.rename(root / name)
    elif what == "copy":
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(chosen.read_bytes())
    else:
        chosen.unlink()


def settings(**words: object) -> Settings:
    return Settings(key=KEY).model_copy(update=words)


def night(root: Path, ledger: Ledger, number: int = 0, *, nightly: Nightly | None = None, **words: object) -> Result:
    """The run of one night. number: of the day after the first."""
    moment = FIRST + timedelta(days=number)
    told: dict[str, object] = {"settings": settings(), "baseline": Baseline(), **words}
    facts = Facts(on=date(2026, 11, 2) + timedelta(days=number))
    return run(
        Night(roots=[str(root)], nightly=nightly or Nightly(), facts=facts, clock=lambda: moment, **told),  # type: ignore[arg-type]
        ledger,
    )


def kinds(result: Result) -> list[str]:
    return sorted(event.kind for event in result.events)
