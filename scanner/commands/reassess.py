"""`leakgauge reassess`: what other facts, another day's law or a policy would make of what the ledger remembers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from scanner.commands import ledgers, streams
from scanner.config import Format, Lang, existing
from scanner.law.loader import load_policy
from scanner.law.model import Act, Facts, ReadingName
from scanner.nightly.reassess import reassess
from scanner.reports import reassess_report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassessWords:
    """What the user said; None where nothing was said and a default applies."""

    ledger: str | None = None
    reading: ReadingName = "strict"
    act: Act = "provide"
    insider: bool = True
    recipients: int = 1
    gains: int = 0
    purpose: Literal["business"] | None = None
    on: date | None = None
    policies: tuple[Path, ...] = ()
    format: Format | None = None
    output: Path | None = None
    lang: Lang | None = None


def run(words: ReassessWords) -> int:
    """Judge again and say what changes; returns 0. Raises LeakgaugeError."""
    lang = words.lang or streams.default_lang()
    policies = tuple(load_policy(existing(path, "--policy", "command line")) for path in words.policies)
    facts = Facts(
        act=words.act,
        insider=words.insider,
        recipients=words.recipients,
        gains=words.gains,
        purpose=words.purpose,
        on=words.on or date.today(),
    )
    if words.output:
        streams.check_writable(words.output)
    with ledgers.known_ledger(words.ledger) as ledger:
        found = reassess(ledger, facts, policies, words.reading)
    ledgers.write(
        lambda: reassess_report.render(found, lang), lambda: reassess_report.dumps(found, lang), words.format, words.output
    )
    return 0
