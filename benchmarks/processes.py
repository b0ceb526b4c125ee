"""Whole programs, run one at a time on one core, with their wall time and greatest memory."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "",  # where it is set, our modules would be compiled at each start, unlike the references
}


def pin_to_one_core() -> str:
    """Keeps this program and its children on one core where the system can; says what it did."""
    if hasattr(os, "sched_setaffinity"):
        core = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        return f"pinned to core {core}, one thread"
    return "not pinned (this system cannot), one thread asked for"


@dataclass(frozen=True, slots=True)
class Run:
    """seconds of wall time; cpu: seconds of processor time; peak: greatest resident memory in bytes; code: exit code.

    cpu and peak are None where the system cannot tell them.
    """

    seconds: float
    cpu: float | None
    peak: int | None
    code: int


def run(command: Sequence[str], more: Mapping[str, str] | None = None) -> Run:
    """One child from start to end; its output is dropped, its complaints are shown."""
    started = time.perf_counter()
    child = subprocess.Popen(list(command), env={**os.environ, **ONE_THREAD, **(more or {})}, stdout=subprocess.DEVNULL)
    cpu = peak = None
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        # kibibytes on Linux, bytes on macOS
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    else:
        child.wait()
    return Run(time.perf_counter() - started, cpu, peak, child.returncode)


def scan_command(source: Path, output: Path) -> list[str]:
    """`leakgauge scan SOURCE --format json --output OUTPUT` of the environment that runs this program."""
    beside = Path(sys.executable).parent
    program = shutil.which("leakgauge", path=str(beside))
    start = [program] if program else [sys.executable, "-c", "from scanner.cli import main; main()"]
    return [*start, "scan", str(source), "--format", "json", "--output", str(output)]


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def pairs(ours: Sequence[str], theirs: Sequence[str], count: int, output: Path) -> str:
    """Both commands in turn, `count` times; the median ratio and the spread, as one line.

    The ratio of processor time stands beside that of wall time: on a machine with other work it is the steadier of the two.
    """
    mine: list[Run] = []
    other: list[Run] = []
    for i in range(count + 1):
        output.unlink(missing_ok=True)
        a, b = run(ours), run(theirs)
        if not output.is_file():
            return f"no figure: the scan left no report (exit code {a.code})"
        if b.code:
            return f"no figure: the reference failed (exit code {b.code})"
        if i:  # the first pair warms the file cache and compiled modules
            mine.append(a)
            other.append(b)
    ratios = sorted(a.seconds / b.seconds for a, b in zip(mine, other, strict=True))
    work = [a.cpu / b.cpu for a, b in zip(mine, other, strict=True) if a.cpu and b.cpu]
    return (
        f"ratio {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f} in {count} pairs), "
        f"{statistics.median(a.seconds for a in mine):.2f} s against {statistics.median(b.seconds for b in other):.2f} s"
        + (f", processor time {statistics.median(work):.2f}" if work else "")
    )
