"""From the ledger's events to alerts, and the ledger as the memory of what each channel was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from scanner.alerts import Alert, Channel, Delivery, alert_id, deliver
from scanner.alerts.model import Event as Kind
from scanner.errors import LeakgaugeError
from scanner.keyed_hash import Key
from scanner.ledger import Ledger
from scanner.ledger.facts import Event, timestamp
from scanner.nightly import changes
from scanner.nightly.changes import KINDS

NEWS = tuple(kind for kind, news in KINDS.items() if news)


Wording = Callable[[str, Event], Alert]  # an event under a name, in words


def tell_channels(
    ledger: Ledger, channels: Sequence[Channel], key: Key, after: int, clock: Callable[[], datetime], wording: Wording, **more: Any
) -> tuple[Delivery, ...]:
    """Tell each channel the news that it was not told; what fails stays pending for the next run.

    A channel that the ledger sees for the first time is told what happened after run `after`, the last that finished, not the past.
    more: for `deliver`.
    """
    if not channels:
        return ()
    box = Box(ledger, channels, key, after, clock, wording)
    return deliver(box.alerts(), channels, box, **more)


class Box:
    """`scanner.alerts.Outbox` over a ledger: an alert is an event under a name that tells nothing."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Sequence[Channel],
        key: Key,
        after: int,
        clock: Callable[[], datetime],
        wording: Wording,
    ) -> None:
        self._ledger, self._clock = ledger, clock
        self._alerts: dict[str, Alert] = {}
        self._pending: dict[str, dict[str, str]] = {}
        ledger.tell(after + 1, timestamp(clock()), [_joined(channel) for channel in channels])
        for channel in channels:
            open_ = ledger.undelivered(channel.name, kinds=(*NEWS, "channel"))
            since = next(event.run for event in open_ if event.id == _joined(channel).id)
            self._pending[channel.name] = {}
            unwanted = []
            for event in open_:
                if event.kind == "channel":
                    continue
                alert = wording(alert_id(key, cast(Kind, event.kind), event.id), event)
                if event.run >= since and channel.wants(alert):
                    self._alerts[alert.id] = alert
                    self._pending[channel.name][alert.id] = event.id
                else:
                    unwanted.append(event.id)
            # or they would be looked through every night for years, and be told all at once when the channel wants more one day
            self._ledger.delivered(channel.name, timestamp(clock()), unwanted)

    def alerts(self) -> list[Alert]:
        """Everything that one channel or another was not told."""
        return list(self._alerts.values())

    def pending(self, channel: str, alerts: Sequence[Alert]) -> list[Alert]:
        return [each for each in alerts if each.id in self._pending[channel]]

    def done(self, channel: str, ids: Sequence[str]) -> None:
        events = [self._pending[channel].pop(name) for name in ids]
        self._ledger.delivered(channel, timestamp(self._clock()), events)


def _joined(channel: Channel) -> Event:
    return changes.event("channel", "", "", channel.name)


class _Forgetful:
    """An outbox for what the ledger cannot remember, since it is away."""

    def pending(self, channel: str, alerts: Sequence[Alert]) -> Sequence[Alert]:
        return alerts

    def done(self, channel: str, ids: Sequence[str]) -> None:
        pass


def tell_failure(channels: Sequence[Channel], key: Key, why: LeakgaugeError, now: datetime, **more: Any) -> tuple[Delivery, ...]:
    """Say that the night did not finish; once in each run that fails."""
    failed = Alert(
        id=alert_id(key, "run_failed", timestamp(now)),
        severity="critical",
        event="run_failed",
        when=now,
        lines_zh=(why.text("zh"),),
        lines_en=(why.text("en"),),
    )
    return deliver([failed], channels, _Forgetful(), **more)
