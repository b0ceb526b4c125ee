"""From the ledger's events to alerts, and the ledger as the memory of what each channel was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from scanner.alerts import Alert, Channel, Delivery, Ratios, Severity, alert_id, deliver
from scanner.alerts.model import Event as Kind
from scanner.config import Lang
from scanner.keyed_hash import Key
from scanner.ledger import Ledger
from scanner.ledger.facts import Event, timestamp
from scanner.nightly import changes
from scanner.nightly.changes import KINDS
from scanner.reports.nightly_words import category_titles, reason_words, say

NEWS = tuple(kind for kind, news in KINDS.items() if news)
_SEVERITY: dict[str, Severity] = {
    "first_category": "info",
    "due": "info",
    "drill_caught": "info",
    "drill_missed": "critical",
}


def tell_channels(
    ledger: Ledger, channels: Sequence[Channel], key: Key, after: int, clock: Callable[[], datetime], **more: Any
) -> tuple[Delivery, ...]:
    """Tell each channel the news that it was not told; what fails stays pending for the next run.

    A channel that the ledger sees for the first time is told what happened after run `after`, the last that finished, not the past.
    more: for `deliver`.
    """
    if not channels:
        return ()
    box = Box(ledger, channels, key, after, clock)
    return deliver(box.alerts(), channels, box, **more)


class Box:
    """`scanner.alerts.Outbox` over a ledger: an alert is an event under a name that tells nothing."""

    def __init__(self, ledger: Ledger, channels: Sequence[Channel], key: Key, after: int, clock: Callable[[], datetime]) -> None:
        self._ledger, self._clock = ledger, clock
        self._pending: dict[str, dict[str, Event]] = {}
        now = timestamp(clock())
        ledger.tell(after + 1, now, [_joined(channel) for channel in channels])
        for channel in channels:
            open_ = ledger.undelivered(channel.name, kinds=(*NEWS, "channel"))
            since = next(event.run for event in open_ if event.id == _joined(channel).id)
            told = [event for event in open_ if event.kind in NEWS and event.run >= since]
            self._pending[channel.name] = {alert_id(key, cast(Kind, event.kind), event.id): event for event in told}

    def alerts(self) -> list[Alert]:
        """Everything that one channel or another was not told."""
        events = {name: event for pending in self._pending.values() for name, event in pending.items()}
        return [alert(name, event) for name, event in events.items()]

    def pending(self, channel: str, alerts: Sequence[Alert]) -> list[Alert]:
        return [each for each in alerts if each.id in self._pending[channel]]

    def done(self, channel: str, ids: Sequence[str]) -> None:
        events = [self._pending[channel].pop(name).id for name in ids]
        self._ledger.delivered(channel, timestamp(self._clock()), events)


def _joined(channel: Channel) -> Event:
    return changes.event("channel", "", "", channel.name)


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


class _Forgetful:
    """An outbox for what the ledger cannot remember, since it is away."""

    def pending(self, channel: str, alerts: Sequence[Alert]) -> Sequence[Alert]:
        return alerts

    def done(self, channel: str, ids: Sequence[str]) -> None:
        pass


def tell_failure(channels: Sequence[Channel], key: Key, why: str, now: datetime, **more: Any) -> tuple[Delivery, ...]:
    """Say that the night did not finish; once in each run that fails. why: the error's sentence."""
    failed = Alert(
        id=alert_id(key, "run_failed", timestamp(now)),
        severity="critical",
        event="run_failed",
        when=now,
        lines_zh=(why,),
        lines_en=(why,),
    )
    return deliver([failed], channels, _Forgetful(), **more)
