"""`leakgauge drill`: plant a made-up export that the next nightly run must report; list drills; remove the caught ones."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from scanner.commands import ledgers, streams
from scanner.config import Lang
from scanner.errors import UsageError
from scanner.ledger import Ledger
from scanner.ledger.facts import Drill
from scanner.nightly.drill import clear, plant
from scanner.reports.nightly_words import duration, say, shown


def run(folder: Path | None, ledger: str | None, *, persons: int, clearing: bool, listing: bool, lang: Lang) -> int:
    """Returns the exit code. Raises LeakgaugeError."""
    if (folder is not None) + clearing + listing != 1:
        raise UsageError("name the folder to plant in, or --clear, or --list")
    with ledgers.known_ledger(ledger) as opened:
        if folder is not None:
            planted = plant(opened, folder, persons, datetime.now(UTC))
            streams.note(say(lang, "planted", path=shown(planted.path), persons=persons))
        elif clearing:
            _clear(opened, lang)
        else:
            _list(opened, lang)
    return 0


def _clear(ledger: Ledger, lang: Lang) -> None:
    none = True
    for drill, removed in clear(ledger):
        none = False
        streams.note(say(lang, "cleared" if removed else "not_cleared", path=shown(drill.path)))
    if none:
        streams.note(say(lang, "clear_none"))


def _list(ledger: Ledger, lang: Lang) -> None:
    drills = ledger.drills()
    lines = [
        say(lang, "drill_line", planted=each.planted[:19] + "Z", state=_state(each, lang), path=shown(each.path)) for each in drills
    ]
    sys.stdout.write("\n".join(lines or [say(lang, "drill_none")]) + "\n")


def _state(drill: Drill, lang: Lang) -> str:
    if drill.run is None:
        return say(lang, "drill_open")
    if drill.seconds is None:
        return say(lang, "drill_was_missed", run=drill.run)
    return say(lang, "drill_was_caught", seconds=duration(drill.seconds, lang))
