"""The ledger's events as alerts, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from scanner.alerts.model import Alert, Ratios, Severity
from scanner.alerts.model import Event as Kind
from scanner.config import Lang
from scanner.ledger.facts import Event
from scanner.reports.nightly_words import category_titles, reason_words, say

_SEVERITY: dict[str, Severity] = {
    "first_category": "info",
    "due": "info",
    "drill_caught": "info",
    "drill_missed": "critical",
}


def alert(name: str, event: Event) -> Alert:
    """The event in words. name: the alert's id."""
    detail = event.detail
    ratios = detail.get("ratios")
    severity = _SEVERITY.get(event.kind, "warning")
    if ratios and ratios["prevailing"] >= 1:
        severity = "critical"
    return Alert(
        id=name,
        severity=severity,
        event=cast(Kind, event.kind),
        when=datetime.fromisoformat(event.at).astimezone(UTC),
        lines_zh=tuple(_lines(event, "zh")),
        lines_en=tuple(_lines(event, "en")),
        path=event.path,
        owner=event.owner,
        persons=detail.get("persons"),
        ratios=Ratios(**ratios) if ratios else None,
    )


def _lines(event: Event, lang: Lang) -> Iterator[str]:
    """What the other fields of an alert do not say."""
    detail = event.detail
    if "categories" in detail:
        yield say(lang, "alert_categories", names=category_titles(detail["categories"], lang))
    if event.kind == "locked":
        yield say(lang, "alert_parts", count=len(detail["parts"]))
    if event.kind == "unread":
        yield say(lang, "alert_reasons", reasons=reason_words(detail["reasons"], lang), count=detail["parts"])
    for note in detail.get("notes", ()):
        yield note[lang]
    if event.kind == "due":
        yield say(lang, "alert_due", age=detail["age"], days=detail["days"], name=category_titles([detail["category"]], lang))
    if "seconds" in detail:
        yield say(lang, "alert_seconds", seconds=detail["seconds"])
