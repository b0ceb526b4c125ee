"""How long a scan takes against merely reading the same file: `python benchmarks/speed.py [--rows N] [--sheet-rows N] [--pairs N]`.

Whole processes in alternating pairs on one core. A CSV of 500,000 × 12 against `pandas.read_csv(dtype=str)` (C engine) and
`pyarrow.csv`, an XLSX of 100,000 × 12 against a bare calamine read. Prints ratios; never fails on a clock.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path

from big_table import HEADER, write_csv, write_xlsx
from processes import pairs, pin_to_one_core, python, scan_command

PANDAS = "import sys, pandas; pandas.read_csv(sys.argv[1], dtype=str)"
ARROW = "import sys, pyarrow.csv as c; c.read_csv(sys.argv[1], c.ReadOptions(use_threads=False))"
FASTEXCEL = "import sys, fastexcel; fastexcel.read_excel(sys.argv[1]).load_sheet(0, header_row=None, dtypes='string').to_arrow()"
CALAMINE = "import sys, python_calamine as c; c.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()"


def main() -> None:
    parser = argparse.ArgumentParser(description="Scan time against read time")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--sheet-rows", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=5)
    words = parser.parse_args()
    print(pin_to_one_core())
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "report.json")
        if words.rows:
            big = Path(folder, "big.csv")
            write_csv(big, words.rows)
            print(f"CSV {words.rows} × {len(HEADER)}, {big.stat().st_size / 1e6:.0f} MB")
            print(
                "  scan / pandas.read_csv(dtype=str):",
                pairs(scan_command(big, output), python(PANDAS, str(big)), words.pairs, output),
            )
            print(
                "  scan / pyarrow.csv.read_csv:",
                pairs(scan_command(big, output), python(ARROW, str(big)), max(1, words.pairs // 2), output),
            )
        if words.sheet_rows:
            book = Path(folder, "big.xlsx")
            write_xlsx(book, words.sheet_rows)
            print(f"XLSX {words.sheet_rows} × {len(HEADER)}, {book.stat().st_size / 1e6:.0f} MB")
            print(
                "  scan / calamine through fastexcel:",
                pairs(scan_command(book, output), python(FASTEXCEL, str(book)), words.pairs, output),
            )
            if importlib.util.find_spec("python_calamine"):
                print(
                    "  scan / calamine through python-calamine:",
                    pairs(scan_command(book, output), python(CALAMINE, str(book)), words.pairs, output),
                )


if __name__ == "__main__":
    main()
