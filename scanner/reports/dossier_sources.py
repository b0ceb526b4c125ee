"""Where files came from, in sentences: "1,187 of the 1,200 persons of crm/export.xlsx"."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.config import Lang
from scanner.offboard.lineage import Origin
from scanner.offboard.model import Dossier
from scanner.plain import plain
from scanner.reports.dossier_words import word

FEW = 5  # exports with too few persons in common that are named


def lineage(dossier: Dossier, lang: Lang) -> Iterator[str]:
    """The sources of every file that has some, file by file."""
    if dossier.exports is None:
        yield word(lang, "no_ledger")
        return
    yield word(lang, "compared", count=dossier.exports)
    traced = [file for file in dossier.files if file.lineage]
    if not any(file.lineage and file.lineage.sources for file in traced):
        yield word(lang, "no_source")
    for file in traced:
        found = file.lineage
        if not found:
            continue
        yield word(lang, "lineage_file", path=plain(file.path), persons=file.persons, covered=found.covered)
        for origin in found.sources:
            yield "  " + word(
                lang,
                "source",
                **_told(origin, lang),
                shared=origin.shared,
                new=origin.new,
                owner=plain(origin.owner) or "?",
                seen=origin.seen.date().isoformat(),
            )
        for origin in found.also:
            yield "  " + word(lang, "also", **_told(origin, lang))
        if found.omitted:
            yield "  " + word(lang, "also_more", count=found.omitted)
        for path, count in found.few[:FEW]:
            yield "  " + word(lang, "few", export=plain(path), count=count)
        if len(found.few) > FEW:
            yield "  " + word(lang, "few_more", count=len(found.few) - FEW)


def _told(origin: Origin, lang: Lang) -> dict[str, object]:
    marks = word(lang, "mark_identical") if origin.identical else ""
    if not origin.exact:
        marks += word(lang, "mark_estimated", error=round(origin.error))
    return {"export": plain(origin.path), "persons": origin.persons, "of": origin.of_remembered, "marks": marks}
