"""What the parts of a dossier are made of: sections, grids, lists of paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanner.config import Lang
from scanner.plain import plain
from scanner.reports.dossier_words import word

PATHS = 8  # named in one sentence


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. right: indices of columns of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, a grid, and entries of a list, in this order."""

    title: str
    lines: tuple[str, ...] = ()
    grid: Grid | None = None
    bullets: tuple[str, ...] = ()


def moment(when: datetime | None) -> str:
    return "" if when is None else when.strftime("%Y-%m-%d %H:%M:%S")


def joined(words: Iterable[str], lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(words)


def named(paths: Sequence[str], lang: Lang) -> str:
    told = joined([plain(path) for path in paths[:PATHS]], lang)
    return told if len(paths) <= PATHS else f"{told}{word(lang, 'more_paths', count=len(paths) - PATHS)}"
