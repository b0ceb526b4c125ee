"""Counts of right and wrong answers, and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Score:
    """found: right answers; missed: truth without an answer; false: answers without truth."""

    found: int = 0
    missed: int = 0
    false: int = 0

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false) if self.found + self.false else 1.0

    def __add__(self, other: Score) -> Score:
        return Score(self.found + other.found, self.missed + other.missed, self.false + other.false)

    def plain(self) -> dict[str, Any]:
        return {
            "found": self.found,
            "missed": self.missed,
            "false": self.false,
            "recall": round(self.recall, 5),
            "precision": round(self.precision, 5),
        }


@dataclass(slots=True)
class Scores:
    """A score for each name (a kind, a group), made when first asked for."""

    by: dict[str, Score] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Score:
        return self.by.setdefault(name, Score())

    def total(self) -> Score:
        return sum(self.by.values(), Score())

    def plain(self) -> dict[str, Any]:
        return {name: self.by[name].plain() for name in sorted(self.by)} | {"all": self.total().plain()}


def table(title: str, rows: Iterable[Sequence[object]], header: Sequence[str]) -> str:
    """Text columns under a header, the first left, the others right."""
    lines = [[str(cell) for cell in row] for row in rows]
    if not lines:
        return f"{title}: nothing to score\n"
    widths = [max(len(line[i]) for line in [list(header), *lines]) for i in range(len(header))]
    text = [title]
    for line in [list(header), *lines]:
        text.append(
            "  " + "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        )
    return "\n".join(text) + "\n"


def scores_table(title: str, plain: Mapping[str, Mapping[str, Any]]) -> str:
    keys = ("found", "missed", "false", "recall", "precision")
    return table(
        title,
        ([name, *(f"{s[k]:.4f}" if isinstance(s[k], float) else s[k] for k in keys)] for name, s in plain.items()),
        ("", *keys),
    )
