"""The report for programs: JSON, schema `leakgauge/1`. Names are public; `docs/leakgauge-1.schema.json` describes them.

Sentences are in the language asked for; every word that a program may branch on is the same in both. No raw value is in
here, only masked examples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scanner.config import FailOn, Lang
from scanner.law.model import READINGS, Assessment, Citation, Facts, ReadingResult, Reason
from scanner.model import FileReport, Finding, Inside, Report, TableReport, Unread
from scanner.plain import json_fit, title
from scanner.reports.outcome import exit_code, outcome

SCHEMA = "leakgauge/1"

Json = dict[str, Any]


def dumps(report: Report, lang: Lang = "en", fail_on: FailOn = "personal") -> str:
    """The report as JSON text, UTF-8 characters as they are, ends with a newline."""
    return json_fit(json.dumps(as_json(report, lang, fail_on), ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def as_json(report: Report, lang: Lang = "en", fail_on: FailOn = "personal") -> Json:
    """The report as plain dictionaries and lists."""
    return {
        "schema": SCHEMA,
        "versions": dict(report.versions),
        "on": report.on.isoformat(),
        "interrupted": report.interrupted,
        "outcome": {"name": outcome(report).name.lower(), "exit_code": exit_code(report, fail_on)},
        "persons": {
            "all": report.persons.all,
            "sensitive": report.persons.sensitive,
            "under_14": report.persons.under_14,
            "company_contacts": report.persons.company_contacts,
            "exact": report.persons.exact,
        },
        "assessment": assessment_json(report.assessment, lang, whole=True),
        "tally": [
            {"kinds": list(t.kinds), "found": t.found, "entries": t.entries, "persons": t.persons, "note": t.note}
            for t in report.lines
        ],
        "files": [_file(file, lang) for file in report.files],
        "unread": [_unread(gap) | {"path": gap.path} for gap in report.unread],
        "suppressed": report.suppressed,
    }


def _file(file: FileReport, lang: Lang) -> Json:
    return {
        "path": file.path,
        "bytes": file.bytes,
        "status": file.status,
        "unread": [_unread(gap) for gap in file.unread],
        "notes": [{"part": note.part, "code": note.said.code, "text": note.said.text(lang)} for note in file.notes],
        "tables": [_table(part, lang) for part in file.tables],
        "records": file.records,
        "persons": file.persons,
        "assessment": assessment_json(file.assessment, lang, whole=False),
    }


def _unread(gap: Unread) -> Json:
    return {"part": gap.part, "reason": gap.reason, "detail": gap.detail, "bytes": gap.bytes}


def _table(part: TableReport, lang: Lang) -> Json:
    return {
        "name": part.name,
        "rows": part.rows,
        "hidden": part.hidden,
        "columns": [_column(column, lang) for column in part.columns],
        "inside": [_inside(inside) for inside in part.inside],
        "suppressed": part.suppressed,
    }


def _column(column: Finding, lang: Lang) -> Json:
    return {
        "index": column.index,
        "header": title(column.header),
        "kind": column.kind,
        "evidence": list(column.evidence),
        "subject": column.subject,
        "cells": column.cells,
        "hits": column.hits,
        "distinct": column.distinct,
        "masked": column.masked,
        "invalid": column.invalid,
        "samples": column.samples,
        "example": column.example,
        "why": column.why.text(lang) if column.why else "",
        "why_code": column.why.code if column.why else "",
    }


def _inside(inside: Inside) -> Json:
    return {
        "column": inside.column,
        "kind": inside.kind,
        "hits": inside.hits,
        "samples": inside.samples,
        "example": inside.example,
    }


def facts_json(facts: Facts) -> Json:
    """What no file shows, as it was assumed."""
    return {
        "act": facts.act,
        "insider": facts.insider,
        "recipients": facts.recipients,
        "gains": facts.gains,
        "purpose": facts.purpose,
        "on": facts.on.isoformat(),
    }


def assessment_json(a: Assessment, lang: Lang, *, whole: bool = True) -> Json:
    """whole False: of one file, without what depends on the whole scan or repeats it."""
    words: Json = facts_json(a.facts) | {
        "readings": {name: _reading(a.readings[name], whole) for name in READINGS},
        "verdict": a.verdict,
        "reasons": _reasons(a.reasons, lang),
        "silent_on": [_text(reason, lang) for reason in a.silent_on],
    }
    if not whole:
        return words
    swing = a.swing
    return words | {
        "swing": swing
        and {
            "parameter": swing.parameter,
            "text": swing.zh if lang == "zh" else swing.en,
            "low": swing.low,
            "high": swing.high,
            **cite_json(swing.cite),
        },
        "categories": [
            {
                "id": note.id,
                "title": note.zh if lang == "zh" else note.en,
                "kinds": list(note.kinds),
                "persons": note.persons,
                "tiers": dict(note.tiers),
                "standards": dict(note.standards if lang == "zh" else note.standards_en),
                "sensitive": note.sensitive,
                "cites": [cite_json(cite) for cite in note.cites],
            }
            for note in a.categories
        ],
        "people": [
            {
                "id": line.id,
                "text": line.zh if lang == "zh" else line.en,
                "limit": line.limit,
                "persons": line.persons,
                "reached": line.reached,
                **cite_json(line.cite),
            }
            for line in a.people
        ],
        "other_lines": _reasons(a.other_lines, lang),
        "policies": [
            {
                "policy": p.policy,
                "level": p.level,
                "persons": p.persons,
                "limit": p.limit,
                "reached": p.reached,
                "action": p.action,
                "measure": p.measure,
                "tiers": dict(p.tiers),
            }
            for p in a.policies
        ],
    }


def _reading(r: ReadingResult, whole: bool) -> Json:
    words: Json = {
        "n3": r.n3,
        "n4": r.n4,
        "n5": r.n5,
        "E": r.E,
        "line": r.line,
        "ratio": r.ratio,
        "gains_limit": r.gains_limit,
        "gains_ratio": r.gains_ratio,
        "verdict": r.verdict,
        "by_category": {id: {"tier": tier, "entries": entries} for id, (tier, entries) in r.by_category.items()},
    }
    if whole:
        words |= {
            "left": dict(r.left),
            "left_tenfold": dict(r.left_tenfold),
            "left_upgraded": dict(r.left_upgraded),
            "parameters": dict(r.parameters),
        }
    return words


def _text(reason: Reason, lang: Lang) -> str:
    return reason.zh if lang == "zh" else reason.en


def _reasons(reasons: Iterable[Reason], lang: Lang) -> list[Json]:
    return [{"text": _text(reason, lang), **cite_json(reason.cite)} for reason in reasons]


def cite_json(cite: Citation) -> Json:
    """cite: instrument and article in one string; confirmed false: no source was read."""
    return {"cite": f"{cite.instrument} {cite.article}".strip(), "quote": cite.quote, "confirmed": cite.confirmed}
