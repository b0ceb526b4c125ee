"""Rebuilds `nationalities.tsv`: the ISO 3166-1 codes that stand in the numbers of foreigners' residence cards.

    python detectors/lexicons/update/nationalities.py

Source: iso3166 (MIT) from the package index. The module is read, never run.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

LIST = Path(__file__).parent.parent / "nationalities.tsv"


def countries(source: bytes) -> Iterator[tuple[str, str, str]]:
    """alpha-3, numeric and name of every `Country(name, alpha2, alpha3, numeric, …)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Country" and len(node.args) >= 4:
            name, _, alpha3, numeric = (ast.literal_eval(argument) for argument in node.args[:4])
            yield alpha3, numeric, name


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder]
        subprocess.run([*command, "iso3166"], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            entries = sorted(set(countries(archive.read("iso3166/__init__.py"))))
    head = f"# ISO 3166-1 country codes. Source: iso3166, MIT. Built {date.today().isoformat()} by update/nationalities.py"
    lines = ["\t".join(entry) for entry in entries]
    LIST.write_text("\n".join([head, "alpha3\tnumeric\tname", *lines, ""]), encoding="utf-8", newline="\n")
    print(f"{len(lines)} countries")


if __name__ == "__main__":
    main()
