"""`leakgauge key`: another key for the ledger, in the place of the old one or where it was lost."""

from __future__ import annotations

from pathlib import Path

from scanner.commands import streams
from scanner.config import Lang
from scanner.ledger.key import make_key, rotate_key
from scanner.plain import plain
from scanner.reports.nightly_words import say


def new(path: Path, lang: Lang) -> int:
    """A key where there is none. Raises ConfigError."""
    make_key(path)
    streams.note(say(lang, "key_made", path=plain(str(path))))
    return 0


def rotate(path: Path, lang: Lang) -> int:
    """Another key; the old one is kept beside it. Raises ConfigError."""
    _, kept = rotate_key(path)
    streams.note(say(lang, "key_rotated", kept=plain(str(kept))))
    return 0
