"""The words of an assessment. Numbers here come from a tally and an instrument file, never from Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Act = Literal["provide", "sell", "obtain"]
ReadingName = Literal["strict", "prevailing", "lenient"]
READINGS: tuple[ReadingName, ...] = ("strict", "prevailing", "lenient")

# Verdicts, gravest last. "none": no personal information was counted; never to be worded as "safe" or "legal".
Verdict = Literal["none", "below", "serious", "especially_serious"]
VERDICTS: tuple[Verdict, ...] = ("none", "below", "serious", "especially_serious")


@dataclass(frozen=True, slots=True)
class Facts:
    """What no file shows and the caller says.

    gains      yuan of unlawful gains 违法所得 (for Art. 6: 获利)
    purpose    "business": bought or received for lawful business (Art. 6 of 法释〔2017〕10号); None: not claimed
    recipients different units or persons the same data was given to (Art. 11 ¶2)
    """

    act: Act = "provide"
    insider: bool = True
    recipients: int = 1
    gains: int = 0
    purpose: Literal["business"] | None = None
    on: date = field(default_factory=date.today)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement stands. confirmed False: no source was read ([K]); shown as unconfirmed."""

    instrument: str
    article: str
    quote: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence for people, in both languages, with where it stands."""

    zh: str
    en: str
    cite: Citation


@dataclass(frozen=True, slots=True)
class ReadingResult:
    """One reading's sum. E = (100·n3 + 10·n4 + n5) × recipients (× 1 where the reading counts them once); ratio = E / line.

    n3, n4, n5   entries in the files; line in units of E. Under Art. 6 (bought for business, nothing graver than item 5) no
                 quantity is a line: line is 0 and ratio is gains_ratio
    gains_ratio  gains / the gains limit that applies
    verdict      of this reading: the heavier of quantity and gains
    left         tier → further entries of that tier until the line ("serious"), 0 when reached; a tier is absent when no
                 number of its entries leads there (Art. 6)
    left_tenfold the same for 情节特别严重
    left_upgraded  tier → how many of the entries already counted would have to be of that tier to reach the line; absent when
                 all together would not
    parameters   disputed parameter → the value this reading takes
    by_category  category id → (tier, entries counted)
    """

    n3: int
    n4: int
    n5: int
    E: int
    line: int
    ratio: float
    gains_limit: int
    gains_ratio: float
    verdict: Verdict
    left: Mapping[str, int]
    left_tenfold: Mapping[str, int]
    parameters: Mapping[str, str]
    by_category: Mapping[str, tuple[str, int]]
    left_upgraded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Swing:
    """The disputed parameter whose change moves the result most, and the ratios at its two ends."""

    parameter: str
    zh: str
    en: str
    low: float
    high: float
    cite: Citation


@dataclass(frozen=True, slots=True)
class CategoryNote:
    """What the standards say of one category that was found (PIPL, GB/T 45574, GB/T 35273, GB/T 43697, JR/T 0171).

    standards, standards_en   instrument → its class, in the words of the standard; and in English
    """

    id: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    persons: int
    tiers: Mapping[str, str]
    standards: Mapping[str, str]
    standards_en: Mapping[str, str]
    sensitive: bool
    cites: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class PeopleLine:
    """A threshold counted in people: 10万, 100万 …, and how many were counted against it."""

    id: str
    zh: str
    en: str
    limit: int
    persons: int
    reached: bool
    cite: Citation


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """One of a company's own classes (秘密, 机密 …) and how many stand against its limit.

    persons  what was counted: distinct persons or entries, as `measure` says
    tiers    reading → the gravest statutory tier among what the class holds, to stand beside it
    """

    policy: str
    level: str
    persons: int
    limit: int
    reached: bool
    action: str
    measure: Literal["persons", "entries"] = "persons"
    tiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """Distinct natural persons of a tally: all, with sensitive personal information, under fourteen; company contacts apart."""

    all: int
    sensitive: int
    under_14: int
    company_contacts: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Assessment:
    """Three readings side by side; `verdict` is the strict one's."""

    facts: Facts
    readings: Mapping[str, ReadingResult]
    verdict: Verdict
    reasons: tuple[Reason, ...]
    swing: Swing | None
    categories: tuple[CategoryNote, ...]
    people: tuple[PeopleLine, ...]
    other_lines: tuple[Reason, ...]
    silent_on: tuple[Reason, ...]
    policies: tuple[PolicyResult, ...] = ()
