"""The Python interface: `scan` takes what a caller has and returns a `Report`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING

from scanner.cells import frame_table
from scanner.config import Settings
from scanner.law.model import Facts
from scanner.model import Report, Unread
from scanner.pipeline import Given, ProgressCall, Scan, scan_all
from scanner.sources import find_sources

if TYPE_CHECKING:
    import pandas as pd


def scan(
    target: str | PathLike[str] | Sequence[str | PathLike[str]] | pd.DataFrame,
    *,
    facts: Facts | None = None,
    settings: Settings | None = None,
    progress: ProgressCall | None = None,
) -> Report:
    """Scan files, folders, globs, "-" (standard input) or one DataFrame, and assess what they hold together.

    target    a path, several paths, or a DataFrame
    facts     what no file shows: act, insider, recipients, gains, purpose, day (default: an insider provides, once, today)
    progress  called a few times a second with a `Progress`

    Raises UsageError for facts that make no sense, ConfigError for a broken policy or catalogue. What cannot be read is in
    `Report.unread`, never an exception.
    """
    facts, settings = facts or Facts(), settings or Settings()
    plan = Scan.of(facts, settings)
    if hasattr(target, "columns"):
        given = [Given("DataFrame", 0, lambda: iter([frame_table(target, "DataFrame")]))]
        return scan_all(given, plan, progress)
    paths = [fspath(path) for path in ([target] if isinstance(target, str | PathLike) else target)]
    return scan_all(_given(paths, settings), plan, progress)


def _given(paths: Sequence[str], settings: Settings) -> Iterator[Given | Unread]:
    """What the paths name, less what the settings leave out; a file named as such is always taken."""
    opening = settings.opening()
    for source in find_sources(paths):
        if isinstance(source, Unread):
            yield source
        elif source.path not in paths and not settings.admits(source.path):
            continue
        elif settings.max_file_bytes is not None and source.size > settings.max_file_bytes:
            yield Unread(source.path, "", "too_large", f"over {settings.max_file_bytes} bytes", source.size)
        else:
            yield Given.source(source, opening)
