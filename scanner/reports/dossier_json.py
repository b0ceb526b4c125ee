"""A dossier for programs: JSON, schema `leakgauge-offboard/1`.

Words that a program may branch on are the same in both languages; sentences are in the one asked for. No value is in here.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from scanner.config import Lang
from scanner.law.model import READINGS
from scanner.offboard.checklist import Answered
from scanner.offboard.lineage import Lineage, Origin
from scanner.offboard.model import Dossier, FileLine, Judged
from scanner.plain import json_fit
from scanner.reports.json_v1 import assessment_json, cite_json

SCHEMA = "leakgauge-offboard/1"

Json = dict[str, Any]


def dumps_dossier(dossier: Dossier, lang: Lang = "en", exit_code: int = 0) -> str:
    """The dossier as JSON text, ends with a newline."""
    return json_fit(json.dumps(dossier_json(dossier, lang, exit_code), ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def dossier_json(dossier: Dossier, lang: Lang = "en", exit_code: int = 0) -> Json:
    """The dossier as plain dictionaries and lists."""
    return {
        "schema": SCHEMA,
        "versions": dict(dossier.versions),
        "person": dossier.person,
        "since": dossier.since.isoformat(),
        "made": dossier.made.isoformat(timespec="seconds"),
        "by": dossier.by,
        "hours": dossier.hours,
        "paths": list(dossier.roots),
        "interrupted": dossier.interrupted,
        "exit_code": exit_code,
        "window": _judged(dossier.window, lang),
        "everything": _judged(dossier.whole, lang),
        "timeline": [
            {"from": each.start.isoformat(), "files": each.files, "new": each.new, "persons": each.persons, "E": dict(each.E)}
            for each in dossier.steps
        ],
        "carriers": [{"path": each.path, "new": each.new, "persons": each.persons, "E": dict(each.E)} for each in dossier.carriers],
        "copies": [
            {
                "sha256": each.digest,
                "bytes": each.size,
                "paths": list(each.paths),
                "different_names": each.named_apart,
                "different_types": each.typed_apart,
            }
            for each in dossier.copies
        ],
        "compared_with": dossier.exports,
        "files": [_file(file, lang) for file in dossier.files],
        "links": [{"path": item.place, "target": item.target} for item in dossier.links],
        "unread": [
            {"path": gap.path, "part": gap.part, "reason": gap.reason, "detail": gap.detail, "bytes": gap.bytes}
            for gap in dossier.unread
        ],
        "suppressed": dossier.suppressed,
        "checklist": [_answered(each, lang) for each in dossier.checklist],
        "evidence": {
            "manifest_sha256": dossier.manifest,
            "key_id": dossier.key_id,
            "files_opened": dossier.opened,
            "access_times_kept": dossier.kept,
        },
    }


def _judged(judged: Judged, lang: Lang) -> Json:
    people = judged.persons
    return {
        "files": judged.files,
        "persons": {
            "all": people.all,
            "sensitive": people.sensitive,
            "under_14": people.under_14,
            "company_contacts": people.company_contacts,
            "exact": people.exact,
        },
        "tally": [
            {"kinds": list(t.kinds), "found": t.found, "entries": t.entries, "persons": t.persons, "note": t.note}
            for t in judged.lines
        ],
        "obtain": assessment_json(judged.obtain, lang),
        "if_provided": assessment_json(judged.provide, lang),
        "as_answered": assessment_json(judged.answered, lang) if judged.answered else None,
    }


def _file(file: FileLine, lang: Lang) -> Json:
    report = file.report
    return {
        "path": file.path,
        "bytes": file.item.size,
        "sha256": file.item.sha256,
        "modified": file.modified.isoformat(),
        "created": _time(file.created),
        "owner": file.item.owner,
        "uid": file.item.uid,
        "access_time_kept": file.item.kept,
        "status": report.status if report else "left_out",
        "left_out": file.left_out,
        "unread": [{"part": gap.part, "reason": gap.reason, "detail": gap.detail} for gap in file.unread],
        "notes": [{"part": note.part, "code": note.said.code, "text": note.said.text(lang)} for note in file.notes],
        "records": report.records if report else 0,
        "persons": file.persons,
        "new": file.new,
        "E": {name: report.assessment.readings[name].E for name in READINGS} if report else {},
        "before_window": file.older,
        "arrived_in_window": file.arrived,
        "outside_hours": file.outside,
        "lineage": _lineage(file.lineage) if file.lineage else None,
    }


def _lineage(lineage: Lineage) -> Json:
    return {
        "covered": lineage.covered,
        "sources": [_origin(origin) for origin in lineage.sources],
        "also": [_origin(origin) for origin in lineage.also],
        "also_omitted": lineage.omitted,
        "few": [{"path": path, "persons": persons} for path, persons in lineage.few],
    }


def _origin(origin: Origin) -> Json:
    return {
        "path": origin.path,
        "seen": origin.seen.isoformat(),
        "owner": origin.owner,
        "shared": origin.shared,
        "of_remembered": origin.of_remembered,
        "persons": origin.persons,
        "new": origin.new,
        "exact": origin.exact,
        "standard_error": round(origin.error, 1),
        "identical": origin.identical,
    }


def _answered(each: Answered, lang: Lang) -> Json:
    question, follows = each.question, each.follows
    return {
        "id": question.id,
        "option": question.option,
        "question": question.zh if lang == "zh" else question.en,
        "counts": question.counts,
        "answer": each.answer,
        "follows": "" if follows is None else follows.zh if lang == "zh" else follows.en,
        **cite_json(question.cite if follows is None else follows.cite),
    }


def _time(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()
