"""Which tier a set of kinds about one person has under a reading (Art. 5 ¶1 items 3 to 5 of 法释〔2017〕10号).

A reading is a choice for every disputed parameter; `Reading.of("prevailing", id_number="strict")` changes one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from scanner.law.model import ReadingName
from scanner.law.statute import NOT_COUNTED, Category, Kinds, Law
from scanner.tally import Signature

# A place in the scale packed into one number, so that the least is the gravest: tier rank * SPAN + category's position.
SPAN = 1 << 12
NOWHERE = 1 << 30


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the law: `name`, but for the parameters in `changed`, which are read as another reading does."""

    name: ReadingName
    changed: tuple[tuple[str, ReadingName], ...] = ()

    @staticmethod
    def of(name: ReadingName, **changed: ReadingName) -> Reading:
        return Reading(name, tuple(sorted(changed.items())))

    def column(self, parameter: str) -> ReadingName:
        """Which reading's choice is taken for a parameter ("" for what is not disputed)."""
        return dict(self.changed).get(parameter, self.name) if self.changed else self.name

    def value(self, law: Law, parameter: str) -> str:
        return law.parameters[parameter].choices[self.column(parameter)].value


@dataclass(frozen=True, slots=True)
class Place:
    """Where kinds stand: as static information (one per person) and as an event (one per event); NOWHERE where they do not."""

    static: int = NOWHERE
    event: int = NOWHERE

    @property
    def gravest(self) -> int:
        return min(self.static, self.event)

    def __or__(self, other: Place) -> Place:
        return Place(min(self.static, other.static), min(self.event, other.event))


@lru_cache(maxsize=1 << 14)
def matched(law: Law, kinds: Kinds) -> tuple[int, ...]:
    """Positions in `law.categories` of the categories these kinds fall under."""
    telling = kinds - law.identification.neutral
    return tuple(at for at, category in enumerate(law.categories) if category.holds(telling))


def categories(law: Law, kinds: Kinds) -> tuple[Category, ...]:
    """The categories these kinds fall under, in the law's order."""
    return tuple(law.categories[at] for at in matched(law, kinds))


@lru_cache(maxsize=1 << 16)
def place(law: Law, kinds: Kinds, reading: Reading) -> Place:
    """The gravest static and the gravest event category of these kinds."""
    return _place(law, matched(law, kinds), reading)


@lru_cache(maxsize=256)
def company_place(law: Law, reading: Reading) -> Place:
    """Where a company's contact stands."""
    return _place(law, tuple(at for at, category in enumerate(law.categories) if category.company), reading)


def _place(law: Law, positions: tuple[int, ...], reading: Reading) -> Place:
    ranks = {tier.id: rank for rank, tier in enumerate(law.tiers)}
    static = event = NOWHERE
    for at in positions:
        category = law.categories[at]
        tier = category.tier[reading.column(category.parameter)]
        if tier == NOT_COUNTED:
            continue
        code = ranks[tier] * SPAN + at
        if category.count == "entries":
            event = min(event, code)
        else:
            static = min(static, code)
    return Place(static, event)


def counts(law: Law, signature: Signature, reading: Reading) -> bool:
    """Whether a line about a person counts at all: identified, or re-identifiable where the reading says so (§8.4 invalid, masked).

    What is masked or fails its checks identifies nobody; the strict reading counts the line when a name or another linking
    field stands beside it, the lenient one drops a line whose key identifier is masked or fails.
    """
    who = law.identification
    masked, invalid = reading.value(law, "masked"), reading.value(law, "invalid")
    if signature.identified:
        dropped = (masked == "drop_any_key" and signature.masked & who.keys) or (
            invalid == "drop_any_key" and signature.invalid & who.keys
        )
        return not dropped
    if signature.company or not signature.kinds & (who.names | who.linking | who.identifiers):
        return False
    return bool(
        (masked == "count" and signature.masked & who.identifiers) or (invalid == "count" and signature.invalid & who.identifiers)
    )


def line_place(law: Law, signature: Signature, reading: Reading) -> Place:
    """Where a person's own line stands; NOWHERE when it does not count."""
    if not counts(law, signature, reading):
        return Place()
    return company_place(law, reading) if signature.company else place(law, signature.kinds, reading)


def row_place(law: Law, signature: Signature, reading: Reading) -> Place:
    """Where a whole row stands, seen from its lead: its own kinds and those of the persons beside it."""
    if not signature.lead or not counts(law, signature, reading):
        return Place()
    found = line_place(law, signature, reading)
    for kinds in signature.beside:
        found |= place(law, kinds, reading)
    return found


@lru_cache(maxsize=1 << 14)
def sensitive(kinds: Kinds, law: Law) -> bool:
    """Whether these kinds hold sensitive personal information (PIPL Art. 28, with the examples of GB/T 45574-2025)."""
    return any(entry.sensitive and any(condition.holds(kinds) for condition in entry.when) for entry in law.classes)
