"""Greatest memory of scanning a large CSV: `python benchmarks/memory.py [--megabytes N]`.

Resident memory at its peak, whole process, of a UTF-8 and a GB18030 file of the given size (1,000 MB by default) and of one
a tenth as large, so that growth with the file shows. Prints figures; never fails on them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from big_table import write_csv
from processes import run, scan_command


def main() -> None:
    parser = argparse.ArgumentParser(description="Peak memory of a scan")
    parser.add_argument("--megabytes", type=int, default=1000)
    words = parser.parse_args()
    for encoding in ("utf-8", "gb18030"):
        for size in (words.megabytes // 10, words.megabytes):
            with tempfile.TemporaryDirectory() as folder:
                big, output = Path(folder, "big.csv"), Path(folder, "report.json")
                rows = write_csv(big, size=size * 1_000_000, encoding=encoding)
                done = run(scan_command(big, output))
                peak = "not measured on this system" if done.peak is None else f"peak {done.peak / 1e6:.0f} MB"
                note = "" if output.is_file() else f" (no report, exit code {done.code})"
                print(f"{encoding} {big.stat().st_size / 1e6:.0f} MB, {rows} rows: {peak}, {done.seconds:.1f} s{note}", flush=True)


if __name__ == "__main__":
    main()
