"""Drills: a made-up export is planted, and the next run must report it.

The persons in it cannot exist. Their identity numbers carry right check characters, but divisions of prefecture 99, which was never
assigned, and births from 1900 to 1909; so nobody is accused by a drill, and a file that turns up elsewhere is known at once.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import random
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from scanner.errors import LeakgaugeError, UsageError
from scanner.ledger import Ledger
from scanner.ledger.facts import Drill, timestamp
from scanner.nightly.walk import stored

MARK = "演练数据 / drill"
TITLES = ("身份证号", "说明")
_PROVINCES = (11, 12, 15, 31, 45, 50, 52, 53, 54, 62, 63, 64)
_FIRST, _DAYS = date(1900, 1, 1), 3652  # to the end of 1909
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999 §4.1; the check characters for remainders 0 to 10:
_CHECKS = "10X98765432"


def plant(ledger: Ledger, folder: Path, persons: int, now: datetime) -> Drill:
    """Write an export of so many persons; the ledger knows of it before it is there. Raises UsageError, LeakgaugeError."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    data = export(persons, random.SystemRandom())
    path = Path(os.path.abspath(folder)) / f"leakgauge-drill-{secrets.token_hex(4)}.csv"
    drill = Drill(stored(str(path)), hashlib.sha256(data).hexdigest(), timestamp(now))
    ledger.plant(drill)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise LeakgaugeError(f"{path} could not be written: {error.strerror or 'unknown reason'}") from None
    finally:
        part.unlink(missing_ok=True)
    return replace(drill, path=str(path))


def export(persons: int, dice: random.Random) -> bytes:
    """A CSV with a byte order mark, each row marked as a drill."""
    into = io.StringIO(newline="")
    writer = csv.writer(into)
    writer.writerow(TITLES)
    writer.writerows([number, MARK] for number in _numbers(persons, dice))
    return into.getvalue().encode("utf-8-sig")


def _numbers(count: int, dice: random.Random) -> Iterator[str]:
    """Distinct identity numbers of nobody."""
    seen: set[str] = set()
    while len(seen) < count:
        birth = _FIRST + timedelta(days=dice.randrange(_DAYS))
        body = f"{dice.choice(_PROVINCES)}99{dice.randrange(100):02d}{birth:%Y%m%d}{dice.randrange(1000):03d}"
        if body not in seen:
            seen.add(body)
            yield body + _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def clear(ledger: Ledger) -> Iterator[tuple[Drill, bool]]:
    """Remove the files of drills that were caught. Yields each still there, and whether it was removed: not if it was changed."""
    for drill in ledger.drills():
        if drill.caught is None:
            continue
        try:
            same = hashlib.sha256(Path(drill.path).read_bytes()).hexdigest() == drill.digest
        except FileNotFoundError:
            continue
        except OSError:
            same = False
        if same:
            try:
                os.unlink(drill.path)
            except OSError as error:
                raise LeakgaugeError(f"{drill.path} could not be removed: {error.strerror or 'unknown reason'}") from None
        yield drill, same
