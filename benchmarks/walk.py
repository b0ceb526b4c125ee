"""How long a night takes over files that have not changed, against a bare walk.

    python benchmarks/walk.py --files 100000 --pairs 5

Makes a tree, lets the ledger know it, then walks it in turns: `os.scandir` with one `stat` for each file, and the comparison
of a nightly run (the same walk, the ledger's list of files, the comparison), and a whole night, which sums and reports besides.
All in one process, after a warm-up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from scanner.config import Settings
from scanner.keyed_hash import Key
from scanner.ledger import Ledger
from scanner.ledger.facts import Content, Identity, Judged, timestamp
from scanner.ledger.key import key_id
from scanner.ledger.tables import FILES
from scanner.nightly.identity import settings_identity
from scanner.nightly.run import Night, Work, run
from scanner.nightly.walk import Seen, stamp, walk


def make(root: Path, files: int, folder_size: int = 200) -> None:
    for start in range(0, files, folder_size):
        folder = root / f"{start // 10_000:03}" / f"{start // folder_size:05}"
        folder.mkdir(parents=True)
        for number in range(start, min(files, start + folder_size)):
            (folder / f"export_{number:06}.csv").touch()


def bare(root: str) -> int:
    """The yardstick: every entry's name and times, nothing else."""
    count, stack = 0, [root]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                facts = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
                elif facts.st_size >= 0:
                    count += 1
    return count


def remember(ledger: Ledger, root: Path, settings: Settings) -> None:
    """Every file as if it had been scanned in a night before."""
    assert settings.key is not None
    identity = Identity("0" * 64, ".csv", settings_identity(settings), key_id(settings.key))
    now = timestamp(datetime.now(UTC))
    content = Content(identity, 0, now, {}, "read", [], [], [], 0, 0, Judged({}))
    met = [Seen(path, str(root), facts) for listed in walk([str(root)]) for path, facts in listed.files]
    work = Work(Night(roots=[str(root)], settings=settings), ledger, datetime.now(UTC), None)
    owner = work.account(met[0].facts)
    number = ledger.put(0, now, work.file(met[0], owner), content)
    rows = []
    for seen in met[1:]:
        row = asdict(work.file(seen, owner, number))
        rows.append(row | {"stamp": stamp(seen.facts), "unread": "[]", "first_seen": now, "first_run": 0, "changed_run": 0})
    ledger._base.write(lambda to: to.execute(sa.insert(FILES), rows))
    ledger.touch({met[0].path: stamp(met[0].facts)})


def main() -> None:
    words = argparse.ArgumentParser(description="A night over unchanged files against a bare walk")
    words.add_argument("--files", type=int, default=100_000)
    words.add_argument("--pairs", type=int, default=5)
    said = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "exports"
        make(root, said.files)
        settings = Settings(key=Key.fresh())
        with Ledger(str(Path(folder) / "ledger.db"), writer=True) as ledger:
            remember(ledger, root, settings)
            night = Night(roots=[str(root)], settings=settings)
            work = Work(night, ledger, datetime.now(UTC), None)
            run(night, ledger)  # the first run after `remember` has owners and folders to sum
            ratios, whole = [], []
            for pair in range(said.pairs + 1):
                begin = time.perf_counter()
                count = bare(str(root))
                middle = time.perf_counter()
                todo, gone, troubles = work.compare()
                end = time.perf_counter()
                result = run(night, ledger)
                last = time.perf_counter()
                assert result.counts.unchanged == said.files
                assert (count, len(todo), len(gone), len(troubles)) == (said.files, 0, 0, 0), (len(todo), len(gone))
                if pair:
                    ratios.append((end - middle) / (middle - begin))
                    whole.append((last - end) / (middle - begin))
                    print(
                        f"bare walk {middle - begin:.2f} s, comparison {end - middle:.2f} s: {ratios[-1]:.2f}, "
                        f"whole night {last - end:.2f} s: {whole[-1]:.2f}"
                    )
    print(f"{said.files:,} unchanged files: {statistics.median(ratios):.2f} × a bare walk ({min(ratios):.2f}–{max(ratios):.2f})")
    print(f"a whole night over them: {statistics.median(whole):.2f} × a bare walk ({min(whole):.2f}–{max(whole):.2f})")


if __name__ == "__main__":
    main()
