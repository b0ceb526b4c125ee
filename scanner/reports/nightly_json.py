"""A nightly run for programs: JSON, schema `leakgauge-nightly/1`, described by `docs/leakgauge-nightly-1.schema.json`.

Words that a program may branch on are the same in both languages. Paths and owners are masked as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scanner.config import FailOn, Lang
from scanner.law.pages import fixed_sentences
from scanner.plain import json_fit
from scanner.reports.nightly_outcome import exit_code, outcome
from scanner.reports.nightly_words import shown

if TYPE_CHECKING:
    from scanner.alerts import Delivery
    from scanner.ledger.facts import Event, Judged, Standing
    from scanner.nightly.result import Result

SCHEMA = "leakgauge-nightly/1"

Json = dict[str, Any]


def dumps(result: Result, deliveries: Sequence[Delivery], lang: Lang = "en", fail_on: FailOn = "personal") -> str:
    """The report as JSON text, ends with a newline."""
    return text(as_json(result, deliveries, lang, fail_on))


def text(words: Json) -> str:
    return json_fit(json.dumps(words, ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def as_json(result: Result, deliveries: Sequence[Delivery], lang: Lang = "en", fail_on: FailOn = "personal") -> Json:
    """The run as plain dictionaries and lists."""
    failed = any(each.failed for each in deliveries)
    drills = {drill.digest for drill in result.drills}
    return {
        "schema": SCHEMA,
        "versions": dict(result.versions),
        "run": result.run,
        "started": result.started.isoformat(),
        "finished": result.finished.isoformat(),
        "roots": [shown(root) for root in result.roots],
        "outcome": {"name": outcome(result).name.lower(), "exit_code": exit_code(result, fail_on, undelivered=failed)},
        "counts": asdict(result.counts),
        "fresh": {
            "files": result.fresh.files,
            "persons": result.fresh.persons,
            "unread": result.fresh.unread,
            "acts": acts(result.fresh.judged),
        },
        "files": [{"path": shown(path), "state": state} for path, state in sorted(result.altered.items())],
        "events": [_event(event) for event in result.events if event.kind != "channel"],
        "over": [_standing(each, result.altered.get(each.file.path, "known"), each.digest in drills) for each in result.over],
        "owners": [
            {"owner": shown(name), "files": owned.files, "persons": owned.persons, "acts": acts(owned.judged)}
            for name, owned in result.owners.items()
        ],
        "trend": [
            {"folder": shown(folder), "runs": [{name: line[name] for name in _TREND} for line in runs]}
            for folder, runs in result.trend.items()
        ],
        "suppressed": {
            "count": len(result.suppressed),
            "expired_entries": result.expired,
            "files": [
                {
                    "path": shown(each.path),
                    "owner": shown(each.owner),
                    "reason": shown(each.reason),
                    "until": each.until,
                    "persons": each.persons,
                    "acts": acts(each.judged),
                }
                for each in result.suppressed
            ],
        },
        "drills": [
            {"path": shown(event.path), "caught": event.kind == "drill_caught", **event.detail}
            for event in result.events
            if event.kind.startswith("drill_")
        ],
        "due": [
            {"path": shown(each.path), "owner": shown(each.owner), "category": each.category, "age": each.age, "days": each.days}
            for each in result.due
        ],
        "unread": [
            {
                "path": shown(gap.path),
                "part": shown(gap.part),
                "reason": gap.reason,
                "detail": shown(gap.detail),
                "bytes": gap.bytes,
            }
            for gap in result.unread
        ],
        "alerts": [
            {
                "channel": shown(each.channel),
                "delivered": len(each.delivered),
                "failed": len(each.failed),
                "error": shown(each.error(lang)),
            }
            for each in deliveries
        ],
        "sentences": list(fixed_sentences(lang)),
    }


_TREND = ("run", "files", "persons", "strict", "prevailing", "lenient")


def acts(judged: Judged) -> Json:
    """act → reading → E, ratio, verdict."""
    return {act: {name: asdict(result) for name, result in readings.items()} for act, readings in judged.acts.items()}


def _standing(each: Standing, state: str, drill: bool) -> Json:
    return {
        "path": shown(each.file.path),
        "owner": shown(each.file.owner),
        "state": state,
        "drill": drill,
        "persons": each.persons,
        "records": each.records,
        "first_seen": each.first_seen,
        "modified": each.file.modified,
        "status": each.status,
        "categories": list(each.categories),
        "acts": acts(each.judged),
    }


def _event(event: Event) -> Json:
    words = {"kind": event.kind, "path": shown(event.path), "owner": shown(event.owner), "run": event.run, "at": event.at}
    return words | {"detail": _masked(event.detail)}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {name: _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, (list, tuple)) else value
