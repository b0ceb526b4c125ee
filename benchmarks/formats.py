"""How long reading takes in each format against a bare library: `python benchmarks/formats.py [--rows N] [--pairs N] [NAME…]`.

One table is written in every format; then our reader (its tables and chunks, nothing detected) and the bare library read it in
turn, in one process on one core. Prints the median ratio of processor times; never fails on a clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from big_table import HEADER, batches
from format_files import FORMATS
from processes import pin_to_one_core

from scanner.model import Table
from scanner.readers import open_source
from scanner.sources import Source


def table(rows: int) -> list[list[str]]:
    """The header and so many rows of text."""
    found: list[list[str]] = [list(HEADER)]
    for batch in batches(rows):
        found += map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return found[: rows + 1]


def read(path: Path) -> int:
    """Everything our reader gives; the rows."""
    rows = 0
    for part in open_source(Source(str(path), os.path.getsize(path), file=str(path))):
        if isinstance(part, Table):
            rows += sum(chunk.rows for chunk in part.chunks)
    return rows


def timed(call: Callable[[Path], object], path: Path) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    call(path)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Reading time against a bare library, by format")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("names", nargs="*", help="only files whose name ends so: .csv .docx")
    words = parser.parse_args()
    print(pin_to_one_core())
    rows = table(words.rows)
    print(f"{'file':<12} {'rows':>7} {'MB':>6} {'ours s':>8} {'bare s':>8} {'ratio':>6}  bare library")
    for name, write, bare, library, part in FORMATS:
        if words.names and not name.endswith(tuple(words.names)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            write(path, rows[: words.rows // part + 1])
            found = read(path)  # also loads what is loaded at the first use
            bare(path)
            both = [(timed(read, path), timed(bare, path)) for _ in range(words.pairs)]
            size = path.stat().st_size / 1e6
        ours, theirs = (statistics.median(times) for times in zip(*both, strict=True))
        ratio = statistics.median(one / max(other, 1e-6) for one, other in both)
        print(f"{name:<12} {found:>7,} {size:>6.1f} {ours:>8.3f} {theirs:>8.3f} {ratio:>6.2f}  {library}", flush=True)


if __name__ == "__main__":
    main()
