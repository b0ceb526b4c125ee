"""Working hours, and file times in the clock of the people who worked by them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

from scanner.errors import UsageError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """When people work. days: 0 Monday … 6 Sunday. Public holidays, and days worked in their stead, are not known here."""

    start: time = time(8)
    end: time = time(20)
    days: frozenset[int] = frozenset(range(5))

    def outside(self, moment: datetime) -> bool:
        """Whether a moment, in local time, lies outside. A shift over midnight (22:00-06:00) belongs to the day it began on."""
        now = moment.time()
        if self.start <= self.end:
            return moment.weekday() not in self.days or not self.start <= now < self.end
        if now < self.end:
            return (moment - timedelta(days=1)).weekday() not in self.days
        return moment.weekday() not in self.days or now < self.start

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {','.join(_DAYS[day] for day in sorted(self.days))}"


def hours(span: str = "08:00-20:00", days: str = "mon-fri") -> Hours:
    """From words: "08:00-20:00", and "mon-fri" or "mon,wed,sat". Raises UsageError."""
    found = re.fullmatch(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", span.strip())
    try:
        if not found:
            raise ValueError
        first = time(int(found[1]), int(found[2]))
        second = time.max if (found[3], found[4]) == ("24", "00") else time(int(found[3]), int(found[4]))
        if first == second:
            raise ValueError
    except ValueError:
        raise UsageError(f"--hours {span} is not a span of time; write it as 08:00-20:00") from None
    return Hours(first, second, _weekdays(days))


def _weekdays(words: str) -> frozenset[int]:
    days: set[int] = set()
    for part in words.lower().split(","):
        first, _, last = part.strip().partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            raise UsageError(f"--workdays {words} are not days; write them as mon-fri or mon,tue,sat")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(days)


def local(nanoseconds: int, zone: tzinfo | None) -> datetime:
    """A file's time, to the microsecond. zone: None for the one of this computer. Times no calendar has become the nearest."""
    try:
        moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
        return moment.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        end = datetime.max if nanoseconds > 0 else datetime.min
        return end.replace(tzinfo=zone or UTC)


def offset(words: str) -> timezone:
    """A time zone from "+08:00". Raises UsageError."""
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", words.strip())
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        raise UsageError(f"--utc-offset {words} is not an offset; write it as +08:00")
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(ahead if found[1] == "+" else -ahead)
