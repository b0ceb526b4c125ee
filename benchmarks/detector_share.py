"""What share of a scan each detector takes: `python benchmarks/detector_share.py [--rows N] [FILE]`.

A scan in this process, with a clock around every `find` and `refuse`; no profiler, which would
slow small calls more than large ones.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from big_table import write_csv
from processes import pin_to_one_core

import scanner
import scanner.pipeline
from detectors.base.detector import Detector

R = TypeVar("R")


class Clock:
    """Seconds and calls by kind."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    def around(self, kind: str, work: Callable[..., R]) -> Callable[..., R]:
        def timed(*arguments: object) -> R:
            started = time.perf_counter()
            result = work(*arguments)
            self.seconds[kind] += time.perf_counter() - started
            self.calls[kind] += 1
            return result

        return timed

    def watched(self, detector: Detector) -> Detector:
        find = self.around(detector.kind, detector.find)
        refuse = self.around(detector.kind, detector.refuse) if detector.refuse else None
        return replace(detector, find=find, refuse=refuse)


def main() -> None:
    parser = argparse.ArgumentParser(description="Share of each detector in a scan")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    words = parser.parse_args()
    print(pin_to_one_core())
    clock = Clock()
    scanner.pipeline.DETECTORS = tuple(clock.watched(d) for d in scanner.pipeline.DETECTORS)
    with tempfile.TemporaryDirectory() as folder:
        path = words.file or Path(folder, "big.csv")
        if not words.file:
            write_csv(path, words.rows)
        started = time.perf_counter()
        scanner.scan(str(path))
        whole = time.perf_counter() - started
    spent = sum(clock.seconds.values())
    print(f"scan {whole:.2f} s, in detectors {spent:.2f} s ({spent / whole:.0%}); a clock within a clock counts twice")
    for kind, seconds in sorted(clock.seconds.items(), key=lambda item: -item[1]):
        print(f"  {kind:24} {seconds / whole:6.1%} {seconds:8.3f} s {clock.calls[kind]:6} calls")


if __name__ == "__main__":
    main()
