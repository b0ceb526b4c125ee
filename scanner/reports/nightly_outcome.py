"""A nightly run in one word and one number: what is new or changed since the last run that finished."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.config import FailOn
from scanner.law.model import READINGS, VERDICTS, ReadingName
from scanner.reports.outcome import FAILURE, FROM, Outcome

if TYPE_CHECKING:
    from scanner.nightly.result import Result

_SERIOUS, _TENFOLD = VERDICTS.index("serious"), VERDICTS.index("especially_serious")


def outcome(result: Result) -> Outcome:
    """The gravest thing that is new: the new and changed files as one sum, each owner whose files together reach a line now, and
    each file that is no longer accepted.
    """
    grave = {name: max(_gravities(result, name)) for name in READINGS}
    if grave["prevailing"] >= _TENFOLD:
        return Outcome.TENFOLD
    if grave["prevailing"] >= _SERIOUS:
        return Outcome.PREVAILING
    if max(grave.values()) >= _SERIOUS:
        return Outcome.STRICT
    if max(grave.values()) or result.fresh.persons:
        return Outcome.PERSONAL
    return Outcome.UNREAD if result.fresh.unread else Outcome.NOTHING


def _gravities(result: Result, reading: ReadingName) -> Iterator[int]:
    yield VERDICTS.index(result.fresh.judged.acts["provide"][reading].verdict)
    for event in result.events:
        if event.kind in ("owner_over_line", "no_longer_accepted"):
            ratio = event.detail["ratios"][reading]
            yield _TENFOLD if ratio >= 10 else _SERIOUS if ratio >= 1 else 0


def missed(result: Result) -> bool:
    """Whether a drill file was not caught."""
    return any(event.kind == "drill_missed" for event in result.events)


def exit_code(result: Result, fail_on: FailOn = "personal", *, undelivered: bool = False) -> int:
    """The code to leave with. undelivered: an alert did not reach its channel, which keeps the code at 3 at least.

    A missed drill is a failure whatever was found: what this run did not find cannot be relied on.
    """
    if missed(result):
        return FAILURE
    code = _code(result, fail_on)
    return max(code, int(Outcome.UNREAD)) if undelivered else code


def _code(result: Result, fail_on: FailOn) -> int:
    if fail_on == "none":
        return 0
    found = outcome(result)
    if found >= FROM[fail_on]:
        return int(found)
    return int(Outcome.UNREAD) if result.fresh.unread else 0
