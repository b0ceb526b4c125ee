"""A report in one word and one number: what the command's exit code says."""

from __future__ import annotations

from enum import IntEnum

from scanner.config import FailOn
from scanner.law.model import VERDICTS
from scanner.model import Report


class Outcome(IntEnum):
    """The exit codes of a scan that ran to its end; 1 and 2 (failure, usage) never come from a report."""

    NOTHING = 0
    UNREAD = 3
    PERSONAL = 10
    STRICT = 11
    PREVAILING = 12
    TENFOLD = 13


FAILURE = 1

FROM: dict[FailOn, Outcome] = {
    "personal": Outcome.PERSONAL,
    "strict": Outcome.STRICT,
    "prevailing": Outcome.PREVAILING,
    "tenfold": Outcome.TENFOLD,
}


def outcome(report: Report) -> Outcome:
    """The gravest thing the report says.

    TENFOLD is ten times in the prevailing reading. Ten times in the strict reading alone stays STRICT: the codes tell first
    how many readings agree, then how far they go.
    """
    grave = {name: VERDICTS.index(result.verdict) for name, result in report.assessment.readings.items()}
    serious, tenfold = VERDICTS.index("serious"), VERDICTS.index("especially_serious")
    if grave["prevailing"] >= tenfold:
        return Outcome.TENFOLD
    if grave["prevailing"] >= serious:
        return Outcome.PREVAILING
    if max(grave.values()) >= serious:
        return Outcome.STRICT
    if max(grave.values()) > 0 or report.persons.all or report.persons.company_contacts:
        return Outcome.PERSONAL
    return Outcome.UNREAD if report.unread else Outcome.NOTHING


def exit_code(report: Report, fail_on: FailOn = "personal") -> int:
    """The code to leave with. `fail_on` decides from which outcome on it is non-zero.

    What could not be read may hold anything, so it keeps the code at 3 whatever is chosen, but for "none", which asks for 0.
    An interrupted scan is a failure always.
    """
    if report.interrupted:
        return FAILURE
    if fail_on == "none":
        return 0
    result = outcome(report)
    if result >= FROM[fail_on]:
        return int(result)
    return int(Outcome.UNREAD) if report.unread else 0
