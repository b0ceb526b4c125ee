"""`leakgauge verify`: whether what a manifest lists is still there and unchanged.

Exit codes: 0 all the same, 1 something differs (or the manifest itself was altered), 2 usage, 3 nothing differs as far as it could
be read, but something could not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.config import Lang
from scanner.errors import UsageError
from scanner.offboard.manifest import Manifest, Verification, load, verify
from scanner.plain import plain
from scanner.reports.verify_words import reason, word

SAME, DIFFERS, UNREADABLE = 0, 1, 3


def run(manifest: Path, paths: tuple[str, ...], lang: Lang) -> int:
    """Look again and say what is different; returns the exit code. Raises UsageError, ConfigError."""
    read = load(manifest)
    if paths and len(paths) != len(read.roots):
        raise UsageError(
            f"the manifest lists {len(read.roots)} examined path(s), but {len(paths)} were named; name them in its order"
        )
    found = verify(read, paths or read.roots)
    for line in _lines(read, found, lang):
        sys.stdout.write(f"{line}\n")
    if found.differs:
        return DIFFERS
    return UNREADABLE if found.unreadable else SAME


def _lines(manifest: Manifest, found: Verification, lang: Lang) -> Iterator[str]:
    yield word(lang, "intact" if found.intact else "altered", digest=plain(manifest.digest))
    yield word(
        lang,
        "head",
        same=found.same,
        changed=len(found.changed),
        missing=len(found.missing),
        added=len(found.added),
        unreadable=len(found.unreadable),
    )
    yield from _listed(lang, "changed", (f"{plain(path)}: {word(lang, what)}" for path, what in found.changed))
    yield from _listed(lang, "missing", map(plain, found.missing))
    yield from _listed(lang, "added", map(plain, found.added))
    yield from _listed(lang, "unreadable", (f"{plain(path)}: {reason(lang, why)}" for path, why in found.unreadable))
    yield from _listed(lang, "times", map(plain, found.times))


def _listed(lang: Lang, key: str, paths: Iterable[str]) -> Iterator[str]:
    for number, path in enumerate(paths):
        if not number:
            yield word(lang, f"list_{key}")
        yield f"  {path}"
