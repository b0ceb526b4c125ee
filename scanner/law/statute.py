"""The law as read from its files: instruments, limits, categories, disputed parameters, standards.

Frozen values without behaviour but matching, filled by `scanner.law.loader` from TOML; no number of the law stands in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from scanner.law.model import Act, Citation, ReadingName, Verdict

Kinds = frozenset[str]
NOT_COUNTED = "none"  # the tier of what a reading does not count


@dataclass(frozen=True, slots=True)
class Dated:
    """A number of the law with its history: (in force from, value), oldest first."""

    values: tuple[tuple[date, int], ...]

    def at(self, on: date) -> int | None:
        """The value in force on a day; None before the first."""
        found = [value for start, value in self.values if start <= on]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds for kinds with all of `all`, one of `any`, one of `also`, and one outside `beyond`. More kinds never break it."""

    all: Kinds = frozenset()
    any: Kinds = frozenset()
    also: Kinds = frozenset()
    beyond: Kinds = frozenset()

    def holds(self, kinds: Kinds) -> bool:
        return (
            self.all <= kinds
            and (not self.any or bool(self.any & kinds))
            and (not self.also or bool(self.also & kinds))
            and (not self.beyond or bool(kinds - self.beyond))
        )

    @property
    def kinds(self) -> Kinds:
        """Kinds that make it hold, without those it looks beyond."""
        return self.all | self.any | self.also


@dataclass(frozen=True, slots=True)
class Instrument:
    """A statute, interpretation, regulation or standard, and the day a person last compared its file with the text."""

    id: str
    zh: str
    short: str
    en: str
    start: date
    status: Literal["in_force", "draft"]
    source: str
    checked: date

    def in_force(self, on: date) -> bool:
        return self.status == "in_force" and self.start <= on


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of the law with their place, and what they say in both languages (an article, a sentence, a gap said aloud)."""

    id: str
    instrument: str
    zh: str
    en: str
    cite: Citation


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of the law. words: the numeral as it stands in the quote ("" where the text names none)."""

    id: str
    instrument: str
    zh: str
    en: str
    value: Dated
    words: str
    cite: Citation


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of information as the criminal scale knows it, and its tier under each reading.

    count      "entries" for events (one per event), "persons" for what is static (one per person)
    parameter  the disputed parameter that chooses among the tiers; "" where they agree
    company    the category of company contacts, which no kinds decide
    fallback   noted only where no other category applies ("bare phone numbers")
    """

    id: str
    zh: str
    en: str
    when: tuple[Condition, ...]
    tier: Mapping[ReadingName, str]
    count: Literal["persons", "entries"]
    parameter: str
    company: bool
    fallback: bool
    authority: tuple[str, ...]
    cite: Citation

    def holds(self, kinds: Kinds) -> bool:
        return any(condition.holds(kinds) for condition in self.when)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reading makes of a disputed parameter."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A point on which courts or writers differ. counting: it concerns the counting, not the tier of a category."""

    id: str
    instrument: str
    zh: str
    en: str
    counting: bool
    choices: Mapping[ReadingName, Choice]
    authority: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A provision shown beside the sum whenever its conditions hold; empty conditions always hold."""

    passage: Passage
    when: tuple[Condition, ...]
    acts: tuple[Act, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class PeopleRule:
    """A threshold counted in people. direction "more_than": the limit itself does not reach it."""

    limit: Limit
    measure: Literal["all", "sensitive", "not_sensitive"]
    direction: Literal["at_least", "more_than"]


@dataclass(frozen=True, slots=True)
class StandardClass:
    """What a standard says of a category. sensitive: PIPL Art. 28 sense, None where the standard does not decide it."""

    instrument: str
    category: str
    zh: str
    en: str
    when: tuple[Condition, ...]
    sensitive: bool | None
    cite: Citation


@dataclass(frozen=True, slots=True)
class Identification:
    """Which kinds name, identify and link a person (Art. 1), and which say nothing of one."""

    names: Kinds
    identifiers: Kinds
    keys: Kinds
    linking: Kinds
    neutral: Kinds
    cite: Citation


@dataclass(frozen=True, eq=False)
class Law:
    """All instruments together. Tiers stand gravest first; among categories of one tier the first names an entry."""

    instruments: Mapping[str, Instrument]
    tiers: tuple[Limit, ...]
    numbers: Mapping[str, Limit]
    categories: tuple[Category, ...]
    parameters: Mapping[str, Parameter]
    identification: Identification
    articles: Mapping[str, Passage]
    notices: tuple[Notice, ...]
    people: tuple[PeopleRule, ...]
    classes: tuple[StandardClass, ...]
    unmodelled: tuple[Passage, ...]
    silent: tuple[Passage, ...]
    sentences: Mapping[str, Passage]


@dataclass(frozen=True, slots=True)
class Level:
    """One class of a company's own policy: which kinds, how many persons or entries, and what to do."""

    id: str
    zh: str
    en: str
    when: tuple[Condition, ...]
    measure: Literal["persons", "entries"]
    limit: Dated
    action: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A company's own classes, gravest first as written."""

    id: str
    zh: str
    en: str
    checked: date
    levels: tuple[Level, ...] = field(default_factory=tuple)
