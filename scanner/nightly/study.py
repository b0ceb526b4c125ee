"""One file, looked at: its digest, and what a scan finds in it, as the ledger keeps it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from scanner.errors import UnreadableError
from scanner.law.assess import readings_of
from scanner.law.model import Facts
from scanner.ledger.facts import Content, Identity, Json, Judged, timestamp
from scanner.ledger.packing import pack
from scanner.limits import Opening
from scanner.model import FileReport, Note, TableReport, Unread
from scanner.nightly.walk import Seen
from scanner.pipeline import Given, ProgressCall, Scan, scan_all
from scanner.plain import title
from scanner.sources import Source, shown
from scanner.tally import Tally

CHANGED = "changed"


def source_of(seen: Seen) -> Source:
    return Source(shown(seen.path), seen.facts.st_size, file=seen.path)


def digest(source: Source) -> str:
    """SHA-256 of the bytes. Raises UnreadableError."""
    whole = hashlib.sha256()
    with source.open() as stream:
        try:
            while piece := stream.read(1 << 20):
                whole.update(piece)
            return whole.hexdigest()
        except OSError as error:
            raise UnreadableError("error", error.strerror or type(error).__name__) from None


def unchanged(seen: Seen) -> bool:
    """Whether the file is still what the walk met."""
    try:
        now = os.stat(seen.path)
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (seen.facts.st_size, seen.facts.st_mtime_ns)


def study(
    seen: Seen,
    identity: Identity,
    scan: Scan,
    opening: Opening,
    now: datetime,
    versions: Mapping[str, str],
    progress: ProgressCall | None = None,
) -> Content | None:
    """What is in a file; None when it changed while it was read, so that what was found belongs to no content."""
    report = scan_all([Given.source(source_of(seen), opening)], scan, progress)
    if report.interrupted:
        raise KeyboardInterrupt
    file = report.files[0]
    if any(gap.reason == CHANGED and not gap.part for gap in file.unread) or not unchanged(seen):
        return None
    return content_of(file, identity, now, versions)


def content_of(file: FileReport, identity: Identity, now: datetime, versions: Mapping[str, str]) -> Content:
    """A file's report without anything that a value could be told from."""
    return Content(
        identity=identity,
        size=file.bytes,
        scanned=timestamp(now),
        versions=versions,
        status=file.status,
        tables=[_shape(table) for table in file.tables],
        unread=[gap_words(gap) for gap in file.unread],
        notes=[note_words(note) for note in file.notes],
        records=file.records,
        persons=file.persons,
        judged=judge(file.tally, file.assessment.facts),
        categories=tuple(note.id for note in file.assessment.categories),
        tally=pack(file.tally) if file.tally.counts else None,
    )


def judge(tally: Tally, facts: Facts) -> Judged:
    """The readings of a tally for both acts of a nightly scan: an insider would provide it; somebody has taken it."""
    acts = {"provide": replace(facts, act="provide"), "obtain": replace(facts, act="obtain")}
    return Judged.of(dict(zip(acts, readings_of(tally, *acts.values()), strict=True)))


def gap_words(gap: Unread) -> Json:
    return {"part": title(gap.part), "reason": gap.reason, "detail": gap.detail}


def note_words(note: Note) -> Json:
    return {"part": title(note.part), "code": note.said.code, "zh": title(note.said.zh), "en": title(note.said.en)}


def _shape(table: TableReport) -> Json:
    columns: list[dict[str, Any]] = [
        {"header": title(c.header), "kind": c.kind, "cells": c.cells, "hits": c.hits} for c in table.columns
    ]
    return {"name": title(table.name), "rows": table.rows, "hidden": str(table.hidden), "columns": columns}
