"""Delivery: each channel for itself, tried again with growing waits, and nothing told twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from scanner.alerts import chat_forms, smtp, syslog, webhook
from scanner.alerts.channels import Channel
from scanner.alerts.model import Alert, gravest_first
from scanner.alerts.words import ChannelError
from scanner.config import Lang

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 60.0
_REFUSALS = 3

_SENDERS: Mapping[str, Callable[[Any, Sequence[Alert], datetime], None]] = {
    "webhook": webhook.send,
    "wecom": chat_forms.send_wecom,
    "dingtalk": chat_forms.send_dingtalk,
    "feishu": chat_forms.send_feishu,
    "smtp": smtp.send,
    "syslog": syslog.send,
}


class Outbox(Protocol):
    """What remembers deliveries, by channel name and alert id."""

    def pending(self, channel: str, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Those of these alerts that this channel has not been told."""
        ...

    def done(self, channel: str, ids: Sequence[str]) -> None:
        """From now on this channel counts as told. Called after each message, so that a run that dies repeats little."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one channel's alerts: ids delivered now, ids not delivered, and one sentence why ("" if nothing failed)."""

    channel: str
    delivered: tuple[str, ...]
    failed: tuple[str, ...]
    error_zh: str = ""
    error_en: str = ""

    def error(self, lang: Lang) -> str:
        return self.error_zh if lang == "zh" else self.error_en


def deliver(
    alerts: Sequence[Alert],
    channels: Sequence[Channel],
    outbox: Outbox,
    *,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Delivery, ...]:
    """One `Delivery` for each channel, in their order. Whatever happens to one channel, the others are served.

    jitter gives numbers from 0 to 1. Raises only what `outbox` raises.
    """
    ordered = gravest_first(alerts)
    return tuple(_serve(channel, ordered, outbox, sleep, jitter, clock) for channel in channels)


def _serve(
    channel: Channel,
    alerts: Sequence[Alert],
    outbox: Outbox,
    sleep: Callable[[float], None],
    jitter: Callable[[], float],
    clock: Callable[[], datetime],
) -> Delivery:
    wanted = [alert for alert in alerts if channel.wants(alert)]
    pending = gravest_first(outbox.pending(channel.name, wanted)) if wanted else ()
    delivered: list[str] = []
    failed: list[str] = []
    problem: ChannelError | None = None
    refusals = 0  # in a row
    for number, group in enumerate(_groups(channel, pending)):
        ids = [alert.id for alert in group]
        # Out of reach after all attempts, or refusing whatever it is sent: the rest would fare no better.
        if (problem and problem.again) or refusals == _REFUSALS:
            failed += ids
            continue
        if number and channel.pause:
            sleep(channel.pause)
        error = _attempt(channel, group, sleep, jitter, clock)
        if error is None or error.partly:
            outbox.done(channel.name, ids)
            delivered += ids
            refusals = 0
        else:
            failed += ids
            refusals += 1
        problem = error or problem
    return Delivery(channel.name, tuple(delivered), tuple(failed), problem.zh if problem else "", problem.en if problem else "")


def _groups(channel: Channel, alerts: Sequence[Alert]) -> Iterator[Sequence[Alert]]:
    """The alerts of each message."""
    size = (channel.together or len(alerts)) if channel.batch else 1
    for start in range(0, len(alerts), size or 1):
        yield alerts[start : start + size]


def _attempt(
    channel: Channel,
    alerts: Sequence[Alert],
    sleep: Callable[[float], None],
    jitter: Callable[[], float],
    clock: Callable[[], datetime],
) -> ChannelError | None:
    """Send one message, again while that may help. Returns what went wrong in the end, or None.

    The wait doubles; half of it is random, so that many machines that fail together do not come back together.
    """
    for attempt in range(channel.attempts):
        try:
            _SENDERS[channel.kind](channel, alerts, clock())
            return None
        except ChannelError as error:
            problem = error
        except Exception as error:  # a fault in one channel must not silence the others; its words might quote a secret
            return ChannelError("unexpected", name=type(error).__name__)
        if not problem.again or attempt == channel.attempts - 1:
            break
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
        sleep(max(wait * (0.5 + 0.5 * jitter()), min(problem.after or 0.0, _LONGEST_WAIT)))
    return problem
