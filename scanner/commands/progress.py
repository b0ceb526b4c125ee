"""A moving line on stderr while a scan runs, for people in front of a terminal only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from scanner.config import Progress as Step
from scanner.plain import plain

NAME_WIDTH = 40


@contextlib.contextmanager
def shown(wanted: bool) -> Iterator[Callable[[Step], None] | None]:
    """A function to call with every `Step`; None where nobody looks (no terminal, or not wanted)."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    screen = Console(file=sys.stderr, markup=False, emoji=False, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(True), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(now: Step) -> None:
            bar.update(task, description=describe(now), completed=now.bytes_done, total=now.bytes_total)

        yield step


def describe(now: Step) -> str:
    """3/12 customers.csv  65,000 rows"""
    total = "?" if now.files_total is None else f"{now.files_total:,}"
    name = Text(plain(now.file))
    name.truncate(NAME_WIDTH, overflow="ellipsis")
    return f"{now.files_done + 1:,}/{total} {name.plain}  {now.rows:,} rows"
