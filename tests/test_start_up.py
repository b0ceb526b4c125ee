"""A scan loads what its sources need: readers at their first source, libraries for screens and frames not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import fuzz
import pytest

import scanner
from scanner.readers import READERS, Reader
from scanner.sources import bytes_source

_LOADED = """
import json, sys
sys.argv = ["leakgauge", "scan", sys.argv[1], "--output", sys.argv[2]]
from scanner.cli import main
code = main()
lazy = [name for name, module in sys.modules.items() if type(module).__name__ == "_LazyModule"]
print(json.dumps({"code": code, "loaded": sorted(set(sys.modules) - set(lazy))}))
"""
_AFTERWARDS = """
import pyarrow as pa
from scanner.lazy import without_pandas
without_pandas()
print(pa.table({"a": [1, 2]}).to_pandas()["a"].sum(), pa.array([1, None]).null_count)
"""


def _child(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, encoding="utf-8")
    return done.stdout


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_the_registry_says_what_the_reader_says(reader: Reader) -> None:
    assert reader.suffixes == reader.module.SUFFIXES


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_marks_hide_no_source_that_the_reader_would_claim(reader: Reader) -> None:
    for name, data in fuzz.originals().items():
        for source in (bytes_source(name, data), bytes_source("unnamed", data)):
            assert reader.claims(data, source) == bool(reader.module.claims(data, source)), name


def test_a_scan_of_text_loads_no_other_format(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes(fuzz.originals()["a.csv"])
    told = json.loads(_child(_LOADED, str(table), str(tmp_path / "a.json")))
    assert told["code"] in (10, 11, 12, 13)
    assert "scanner.readers.delimited" in told["loaded"]
    idle = {
        "pandas",
        "openpyxl",
        "fastexcel",
        "pypdfium2",
        "py7zr",
        "rarfile",
        "charset_normalizer",
        "rich.console",
        "rich.progress",
    }
    assert not idle & set(told["loaded"])


def test_pandas_is_found_when_it_is_needed() -> None:
    assert _child(_AFTERWARDS).split() == ["3", "1"]


def test_every_public_name_is_there() -> None:
    assert all(getattr(scanner, name) is not None for name in scanner.__all__)
    assert set(scanner.__all__) <= set(dir(scanner))
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        scanner.nothing_of_ours  # noqa: B018
