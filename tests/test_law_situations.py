"""Runs every situation of fixtures/law: what lies in the files, and what each reading must make of it."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner.law.assess import assess
from scanner.law.model import READINGS, Facts
from scanner.tally import Signature, Tally

FOLDER = Path(__file__).parent.parent / "fixtures" / "law"
ON = date(2026, 11, 1)
SITUATIONS = [
    (path.stem, situation)
    for path in sorted(FOLDER.glob("*.toml"))
    for situation in tomllib.loads(path.read_text(encoding="utf-8"))["situation"]
]


def tally_of(lines: list[dict[str, Any]]) -> Tally:
    def one(line: dict[str, Any]) -> Tally:
        signature = Signature(
            frozenset(line["kinds"]),
            masked=frozenset(line.get("masked", [])),
            invalid=frozenset(line.get("invalid", [])),
            identified=line.get("identified", True),
            lead=line.get("lead", True),
            beside=frozenset(frozenset(each) for each in line.get("beside", [])),
            company=line.get("company", False),
        )
        return Tally.synthetic(signature, line["entries"], line.get("persons"), first=line.get("first", 1))

    return Tally.sum(one(line) for line in lines)


def test_there_are_situations_enough_and_each_says_why():
    assert len(SITUATIONS) >= 60
    titles = [situation["title"] for _, situation in SITUATIONS]
    assert len(set(titles)) == len(titles)
    assert all(situation["because"] for _, situation in SITUATIONS)


@pytest.mark.parametrize(("file", "situation"), SITUATIONS, ids=[f"{file}: {s['title']}" for file, s in SITUATIONS])
def test_situation(file: str, situation: dict[str, Any]):
    unknown = set(situation) - {"title", "because", "facts", "lines", "each", "notices", "no_notices", *READINGS}
    assert not unknown, f"unknown keys {unknown}"
    facts = Facts(**{"insider": False, "on": ON, **situation.get("facts", {})})
    found = assess(tally_of(situation["lines"]), facts)
    compared = 0
    for name in READINGS:
        for key, value in (situation.get("each") or situation.get(name) or {}).items():
            assert getattr(found.readings[name], key) == pytest.approx(value), f"{name}.{key}: {situation['because']}"
            compared += 1
    assert compared, "the situation expects nothing"
    assert found.verdict == found.readings["strict"].verdict
    cited = {reason.cite.article for reason in found.other_lines}
    assert set(situation.get("notices", [])) <= cited
    assert not set(situation.get("no_notices", [])) & cited
