"""From a tally and the facts no file shows to three readings, their reasons, and every other line that is touched.

`assess()` is the whole of it: 法释〔2017〕10号 Art. 5 (items 3 to 8, ¶2 item 3), Art. 6 and Art. 11, then what stands beside the
criminal line. No number of the law is written here; all come from `scanner.law.instruments`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from scanner.errors import ConfigError, UsageError
from scanner.law import wording
from scanner.law.classify import Reading, categories, sensitive
from scanner.law.counting import Basis, Counts, weight
from scanner.law.loader import load_instruments
from scanner.law.model import (
    READINGS,
    Assessment,
    CategoryNote,
    Citation,
    Facts,
    People,
    PeopleLine,
    PolicyResult,
    ReadingName,
    ReadingResult,
    Reason,
    Swing,
    Verdict,
)
from scanner.law.statute import NOT_COUNTED, Category, Condition, Kinds, Law, Limit, Policy
from scanner.tally import Signature, Tally

MINOR = "minor_under_14"
ENDS: tuple[ReadingName, ...] = ("strict", "lenient")  # what the swing sets a parameter to


def assess(tally: Tally, facts: Facts = Facts(), policies: Sequence[Policy] = (), law: Law | None = None) -> Assessment:  # noqa: B008 (frozen)
    """Three readings of a tally side by side, with reasons; `verdict` is the strict one's.

    Raises UsageError for facts that cannot be (recipients below 1, gains below 0, a day before the interpretation's).
    """
    law = law or load_instruments()
    _check(facts, law)
    basis = Basis(tally)
    counted = _counted(basis, law, facts.on)
    readings: dict[str, ReadingResult] = {name: result(counted[name], Reading(name), facts, law) for name in READINGS}
    swing = _swing(basis, readings["prevailing"], facts, law)
    people_found = _people(basis, law)
    return Assessment(
        facts=facts,
        readings=readings,
        verdict=readings["strict"].verdict,
        reasons=wording.reasons(readings, facts, law),
        swing=swing,
        categories=_categories(basis, law),
        people=_people_lines(people_found, facts.on, law),
        other_lines=_other_lines(basis, readings, facts, law),
        silent_on=tuple(Reason(each.zh, each.en, each.cite) for each in law.silent),
        policies=tuple(each for policy in policies for each in _policy(basis, policy, facts.on, law)),
    )


def readings_of(tally: Tally, *facts: Facts, law: Law | None = None) -> list[dict[str, ReadingResult]]:
    """The three readings of a tally under each of these facts, all of one day: `assess` without reasons, counted once."""
    law = law or load_instruments()
    for each in facts:
        _check(each, law)
    counted = _counted(Basis(tally), law, facts[0].on)
    return [{name: result(counted[name], Reading(name), each, law) for name in READINGS} for each in facts]


def _counted(basis: Basis, law: Law, on: date) -> dict[str, Counts]:
    counted: dict[str, Counts] = {name: basis.count(Reading(name), law, on) for name in READINGS}
    return counted if basis.exact else _ordered(counted, law, on)  # an estimate must not turn the order of the readings


def people(tally: Tally, law: Law | None = None) -> People:
    """Distinct natural persons over all identified lines, leads and others; contacts of companies apart."""
    return _people(Basis(tally), law or load_instruments())


def is_sensitive(kinds: Iterable[str], law: Law | None = None) -> bool:
    """Whether a set of kinds holds sensitive personal information in the sense of PIPL Art. 28."""
    return sensitive(frozenset(kinds), law or load_instruments())


def result(counts: Counts, reading: Reading, facts: Facts, law: Law) -> ReadingResult:
    """What a reading makes of its counts: E against its line, gains against theirs, the heavier of the two (items 3 to 8, ¶2)."""
    on = facts.on
    times = facts.recipients if reading.value(law, "recipients") == "times" and facts.act != "obtain" else 1
    half = _number(law, "half", on) if _halved(reading, facts, law) else 1
    tenfold = _number(law, "tenfold", on)
    total = counts.weighed(law, on) * times
    line = _at(law.tiers[-1], on) // half
    gains_limit = _number(law, "gains", on) // half
    verdict: Verdict = "none" if total == 0 else "below"
    ordinary_only = not any(counts.tiers[tier.id] for tier in law.tiers[:-1])
    business = facts.purpose == "business" and facts.act == "obtain" and ordinary_only
    open_tiers = [tier.id for tier in law.tiers[: -1 if business else None]]
    left = {tier: _further(line - total, weight(law, tier, on) * times) for tier in open_tiers}
    left_tenfold = {tier: _further(line * tenfold - total, weight(law, tier, on) * times) for tier in open_tiers}
    upgraded = _upgraded(counts, line, times, law, on)
    if business:  # Art. 6: no quantity is a line, only the profit; ¶2 (3) of Art. 5 does not reach it, so there is no tenfold
        gains_limit = _number(law, "business_gains", on)
        line, ratio = 0, facts.gains / gains_limit
        if facts.gains >= gains_limit:
            verdict = "serious"
    else:
        ratio = total / line
        if total and (total >= line or facts.gains >= gains_limit):
            verdict = "serious"
        if total and (total >= line * tenfold or facts.gains >= gains_limit * tenfold):
            verdict = "especially_serious"
    n3, n4, n5 = (counts.tiers[tier.id] for tier in law.tiers)
    return ReadingResult(
        n3=n3,
        n4=n4,
        n5=n5,
        E=total,
        line=line,
        ratio=ratio,
        gains_limit=gains_limit,
        gains_ratio=facts.gains / gains_limit,
        verdict=verdict,
        left=left,
        left_tenfold=left_tenfold,
        parameters={name: reading.value(law, name) for name in law.parameters},
        by_category=dict(counts.categories),
        left_upgraded=upgraded,
    )


def _check(facts: Facts, law: Law) -> None:
    if facts.recipients < 1:
        raise UsageError(f"recipients must be at least 1, not {facts.recipients}")
    if facts.gains < 0:
        raise UsageError(f"gains must not be negative, got {facts.gains}")
    if len(law.tiers) != 3:
        raise ConfigError(f"the law files hold {len(law.tiers)} tiers; an assessment needs three")
    first = max(tier.value.values[0][0] for tier in law.tiers)
    if facts.on < first:
        name = law.instruments[law.tiers[0].instrument].short
        raise UsageError(f"{name} took effect on {first.isoformat()}; it cannot be applied on {facts.on.isoformat()}")


def _at(limit: Limit, on: date) -> int:
    value = limit.value.at(on)
    assert value is not None  # `_check` and `_in_force` come before
    return value


def _number(law: Law, name: str, on: date) -> int:
    return _at(law.numbers[name], on)


def _halved(reading: Reading, facts: Facts, law: Law) -> bool:
    """Item 8: who sells or provides what was obtained on duty; merely obtaining is not halved."""
    return facts.insider and facts.act in ("sell", "provide") and reading.value(law, "insider_half") == "on"


def _further(missing: int, each: int) -> int:
    return max(0, -(-missing // each))


def _upgraded(counts: Counts, line: int, times: int, law: Law, on: date) -> dict[str, int]:
    """Tier → how many counted entries of milder tiers, mildest first, must be of it to reach the line."""
    found: dict[str, int] = {}
    missing = -(-line // times) - counts.weighed(law, on)
    for rank, tier in enumerate(law.tiers[:-1]):
        lifted, lacking = 0, missing
        for milder in reversed(law.tiers[rank + 1 :]):
            gain = weight(law, tier.id, on) - weight(law, milder.id, on)
            take = min(counts.tiers[milder.id], _further(lacking, gain))
            lifted, lacking = lifted + take, lacking - take * gain
        if lacking <= 0:
            found[tier.id] = lifted
    return found


def _ordered(counted: dict[str, Counts], law: Law, on: date) -> dict[str, Counts]:
    strict, prevailing, lenient = (counted[name] for name in READINGS)
    prevailing = min(prevailing, strict, key=lambda counts: counts.weighed(law, on))
    lenient = min(lenient, prevailing, key=lambda counts: counts.weighed(law, on))
    return dict(zip(READINGS, (strict, prevailing, lenient), strict=True))


def _swing(basis: Basis, prevailing: ReadingResult, facts: Facts, law: Law) -> Swing | None:
    """The parameter that, read strictly or leniently on its own, moves the prevailing ratio furthest."""
    touched = {category.parameter for signature in basis.signatures for category in _touching(law, signature)}
    best: Swing | None = None
    for parameter in law.parameters.values():
        if not parameter.counting and parameter.id not in touched:
            continue
        ratios = [prevailing.ratio]
        for name in ENDS:
            if parameter.choices[name] == parameter.choices["prevailing"]:
                continue
            reading = Reading.of("prevailing", **{parameter.id: name})
            ratios.append(result(basis.count(reading, law, facts.on), reading, facts, law).ratio)
        low, high = min(ratios), max(ratios)
        if high > low and (best is None or high - low > best.high - best.low):
            cite = Citation(parameter.authority[0], "", "", parameter.confirmed)
            best = Swing(parameter.id, parameter.zh, parameter.en, low, high, cite)
    return best


def _touching(law: Law, signature: Signature) -> list[Category]:
    if signature.company:
        return [category for category in law.categories if category.company]
    return [category for kinds in (signature.kinds, *signature.beside) for category in categories(law, kinds)]


def _people(basis: Basis, law: Law) -> People:
    def persons(holds: Callable[[Signature], bool]) -> int:
        return basis.distinct_persons([s.identified and holds(s) for s in basis.signatures])

    return People(
        all=persons(lambda s: not s.company),
        sensitive=persons(lambda s: not s.company and sensitive(s.kinds, law)),
        under_14=persons(lambda s: not s.company and MINOR in s.kinds),
        company_contacts=persons(lambda s: s.company),
        exact=all(line.persons.exact for line in basis.lines),
    )


def _people_lines(found: People, on: date, law: Law) -> tuple[PeopleLine, ...]:
    counted = {"all": found.all, "sensitive": found.sensitive, "not_sensitive": found.all - found.sensitive}
    lines = []
    for rule in law.people:
        limit = rule.limit.value.at(on)
        if limit is None or not law.instruments[rule.limit.instrument].in_force(on):
            continue
        persons = counted[rule.measure]
        reached = persons > limit if rule.direction == "more_than" else persons >= limit
        lines.append(PeopleLine(rule.limit.id, rule.limit.zh, rule.limit.en, limit, persons, reached, rule.limit.cite))
    return tuple(lines)


def _categories(basis: Basis, law: Law) -> tuple[CategoryNote, ...]:
    notes = []
    for category in law.categories:
        chosen = [s.identified and _noted(law, category, s) for s in basis.signatures]
        if not any(chosen):
            continue
        held = [s.kinds for s, use in zip(basis.signatures, chosen, strict=True) if use]
        named = frozenset[str]().union(*(condition.kinds for condition in category.when))
        classes = [c for c in law.classes if c.category == category.id and any(_any_holds(c.when, kinds) for kinds in held)]
        notes.append(
            CategoryNote(
                id=category.id,
                zh=category.zh,
                en=category.en,
                kinds=tuple(sorted(frozenset[str]().union(*held) & named)),
                persons=basis.distinct_persons(chosen),
                tiers={name: category.tier[name] for name in READINGS},
                standards={c.instrument: c.zh for c in classes},
                standards_en={c.instrument: c.en for c in classes},
                sensitive=any(c.sensitive for c in classes),
                cites=(
                    category.cite,
                    *(Citation(each, "", "", category.cite.confirmed) for each in category.authority),
                    *(c.cite for c in classes),
                ),
            )
        )
    return tuple(notes)


def _noted(law: Law, category: Category, signature: Signature) -> bool:
    """Whether a category is worth a note: a fallback ("bare phone numbers") only where nothing else applies."""
    if signature.company or category.company:
        return signature.company and category.company
    found = categories(law, signature.kinds)
    return category in found and not (category.fallback and any(not other.fallback for other in found))


def _any_holds(when: tuple[Condition, ...], kinds: Kinds) -> bool:
    return any(condition.holds(kinds) for condition in when)


def _other_lines(basis: Basis, readings: dict[str, ReadingResult], facts: Facts, law: Law) -> tuple[Reason, ...]:
    """What applies beside the sum: items without a number, the corporate line, and punishment below the line."""
    strict = readings["strict"]
    if strict.E == 0:
        return ()
    kinds = [s.kinds for s in basis.signatures if s.identified]
    found = []
    for notice in law.notices:
        in_force = law.instruments[notice.passage.instrument].in_force(facts.on)
        if (
            not in_force
            or (notice.acts and facts.act not in notice.acts)
            or (notice.verdicts and strict.verdict not in notice.verdicts)
        ):
            continue
        if not notice.when or any(_any_holds(notice.when, each) for each in kinds):
            found.append(Reason(notice.passage.zh, notice.passage.en, notice.passage.cite))
    corporate = law.numbers["users_item5"]
    limit = corporate.value.at(facts.on)
    if limit is not None and law.instruments[corporate.instrument].in_force(facts.on):
        found.append(wording.corporate_line(strict, limit, corporate.cite, law, facts.on))
    return tuple(found)


def _policy(basis: Basis, policy: Policy, on: date, law: Law) -> list[PolicyResult]:
    results = []
    order = [tier.id for tier in law.tiers] + [NOT_COUNTED]
    for level in policy.levels:
        limit = level.limit.at(on)
        if limit is None:
            continue
        chosen = [s.identified and not s.company and _any_holds(level.when, s.kinds) for s in basis.signatures]
        if level.measure == "persons":
            counted = basis.distinct_persons(chosen)
        else:
            counted = sum(size for size, use in zip(basis.sizes, chosen, strict=True) if use)
        held = [c for s, use in zip(basis.signatures, chosen, strict=True) if use for c in categories(law, s.kinds)]
        tiers: dict[str, str] = {name: min((c.tier[name] for c in held), key=order.index, default=NOT_COUNTED) for name in READINGS}
        results.append(
            PolicyResult(
                policy.zh,
                level.zh,
                counted,
                limit,
                counted >= limit,
                level.action,
                level.measure,
                tiers,
            )
        )
    return results
