"""The numbers that decide what is reported, read from `thresholds.toml`, where each stands with its reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Thresholds:
    """least_persons, least_percent: persons in common from which on a source is named; family: persons one number may stand for."""

    least_persons: int
    least_percent: int
    family: int
    candidates: int


@cache
def thresholds() -> Thresholds:
    """The shipped numbers."""
    words = tomllib.loads(Path(__file__).with_name("thresholds.toml").read_text("utf-8"))
    return Thresholds(**{name: entry["value"] for name, entry in words.items()})
