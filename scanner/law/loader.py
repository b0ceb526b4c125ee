"""Reads the law files and refuses a broken one with one sentence that names the file and the key.

`load_instruments()` gives the law that ships with leakgauge; a folder of one's own files replaces it. `load_policy()` reads a
company's own classes. A file is checked twice: its shape (`scanner.law.schema`), and that its parts agree with one another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from scanner.errors import ConfigError
from scanner.law.model import READINGS, Citation, ReadingName
from scanner.law.numerals import read_numeral
from scanner.law.schema import (
    CategoryEntry,
    ChoiceEntry,
    Cited,
    IdentificationEntry,
    InstrumentFile,
    ParameterEntry,
    PeopleEntry,
    PolicyFile,
    Said,
    Strict,
    Tiers,
    ValueFrom,
    When,
)
from scanner.law.statute import (
    NOT_COUNTED,
    Category,
    Choice,
    Condition,
    Dated,
    Identification,
    Instrument,
    Law,
    Level,
    Limit,
    Notice,
    Parameter,
    Passage,
    PeopleRule,
    Policy,
    StandardClass,
)

# What the counting knows how to do; the law file says which reading does what.
COUNTING_VALUES = {
    "dedupe": {"identical", "person_events", "person"},
    "unit": {"row", "person"},
    "multi_subject": {"each", "row"},
    "row_tier": {"gravest"},
    "invalid": {"count", "drop", "drop_any_key"},
    "masked": {"count", "drop", "drop_any_key"},
    "insider_half": {"on", "off"},
    "recipients": {"times", "once"},
}
NEEDED_NUMBERS = ("gains", "half", "tenfold", "business_gains", "users_item3", "users_item4", "users_item5")

_Shape = TypeVar("_Shape", bound=Strict)
_Named = TypeVar("_Named")


def load_instruments(folder: str | Path | None = None) -> Law:
    """The law of a folder of TOML files; without one, the law that ships with leakgauge (read once).

    Raises ConfigError for a missing folder or a broken file.
    """
    return _shipped() if folder is None else _load(Path(folder))


@lru_cache(maxsize=1)
def _shipped() -> Law:
    return _load(Path(__file__).with_name("instruments"))


def _load(folder: Path) -> Law:
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder of law files")
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise ConfigError(f"{folder}: holds no law file (*.toml)")
    files = [(path, _read(path, InstrumentFile)) for path in paths]
    for path, file in files:
        if file.instrument.id != path.stem:
            raise ConfigError(f"{path.name}: instrument.id is {file.instrument.id!r} but must be the file's name {path.stem!r}")
    return _assemble(files)


def load_policy(path: str | Path) -> Policy:
    """A company's own classes from one TOML file. Raises ConfigError."""
    path = Path(path)
    file = _read(path, PolicyFile)
    levels = tuple(
        Level(
            entry.id,
            entry.zh,
            entry.en,
            _conditions(path, f"level.{entry.id}.when", entry.when),
            entry.measure,
            _dated(path, f"level.{entry.id}.limit", entry.limit),
            entry.action,
        )
        for entry in file.level
    )
    _unique(path, "level", [level.id for level in levels])
    return Policy(file.policy.id, file.policy.zh, file.policy.en, file.checked, levels)


@lru_cache(maxsize=8)
def known_kinds(law: Law) -> frozenset[str]:
    """Every kind the law files mention; a test elsewhere compares them with what the detectors provide."""
    who = law.identification
    conditions = [c for category in law.categories for c in category.when]
    conditions += [c for notice in law.notices for c in notice.when]
    conditions += [c for entry in law.classes for c in entry.when]
    named = frozenset[str]().union(*(c.kinds | c.beyond for c in conditions))
    return named | who.names | who.identifiers | who.keys | who.linking | who.neutral


def _read(path: Path, shape: type[_Shape]) -> _Shape:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: is not valid TOML: {error}") from None
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{path.name}: key {_place(data, first['loc'])}: {_plain(first['type'], first['msg'])}") from None


def _place(data: object, loc: tuple[int | str, ...]) -> str:
    """tier.item3.limit instead of tier.0.limit: entries are named by their id where they have one."""
    words: list[str] = []
    for step in loc:
        data = (
            data[step]
            if isinstance(data, dict) and step in data
            else data[step]
            if isinstance(data, list) and isinstance(step, int)
            else None
        )
        name = data.get("id") or data.get("category") if isinstance(step, int) and isinstance(data, dict) else None
        words.append(str(name or step))
    return ".".join(words)


def _plain(kind: str, message: str) -> str:
    return {"extra_forbidden": "unknown key", "missing": "is missing"}.get(kind, message[0].lower() + message[1:])


def _assemble(files: Sequence[tuple[Path, InstrumentFile]]) -> Law:
    numbers = [
        (path, _limit(path, file, "number", entry, entry.value, entry.words)) for path, file in files for entry in file.number
    ]
    tiers = [(path, _limit(path, file, "tier", entry, entry.limit, entry.words)) for path, file in files for entry in file.tier]
    if not tiers:
        raise ConfigError(f"{files[0][0].parent}: no law file holds a [[tier]]")
    _check_tiers(tiers)
    parameters = [(path, _parameter(path, file, entry)) for path, file in files for entry in file.parameter]
    by_parameter = _index("parameter", parameters, lambda parameter: parameter.id)
    order = [tier.id for _, tier in tiers]
    categories = [(path, _category(path, file, entry, order, by_parameter)) for path, file in files for entry in file.category]
    by_category = _index("category", categories, lambda category: category.id)
    by_number = _index("number", numbers, lambda number: number.id)
    who = [_identification(path, file, file.identification) for path, file in files if file.identification is not None]
    if len(who) != 1:
        raise ConfigError(f"{files[0][0].parent}: exactly one law file must hold [identification], found {len(who)}")
    for needed in NEEDED_NUMBERS:
        if needed not in by_number:
            raise ConfigError(f"{files[0][0].parent}: no law file holds the [[number]] {needed!r}")
    for needed in COUNTING_VALUES:
        if needed not in by_parameter:
            raise ConfigError(f"{files[0][0].parent}: no law file holds the [[parameter]] {needed!r}")
    people = [
        (path, PeopleRule(_people_limit(path, file, entry), entry.measure, entry.direction))
        for path, file in files
        for entry in file.people
    ]
    _index("people", people, lambda rule: rule.limit.id)
    classes = []
    for path, file in files:
        for entry in file.class_:
            if entry.category not in by_category:
                raise ConfigError(f"{path.name}: key class.{entry.category}: no category of that name")
            when = _conditions(path, f"class.{entry.category}.when", entry.when) or by_category[entry.category].when
            classes.append(
                StandardClass(file.instrument.id, entry.category, entry.zh, entry.en, when, entry.sensitive, _cite(file, entry))
            )
    notices = []
    for path, file in files:
        for notice in file.notice:
            when = _conditions(path, f"notice.{notice.id}.when", notice.when)
            notices.append(Notice(_passage(file, notice), when, tuple(notice.acts), tuple(notice.verdicts)))
    heads = [(path, _instrument(file)) for path, file in files]
    return Law(
        instruments=_index("instrument", heads, lambda head: head.id),
        tiers=tuple(tier for _, tier in tiers),
        numbers=by_number,
        categories=tuple(category for _, category in categories),
        parameters=by_parameter,
        identification=who[0],
        articles=_index("article", [(p, _passage(f, a)) for p, f in files for a in f.article], lambda a: f"{a.instrument}.{a.id}"),
        notices=tuple(notices),
        people=tuple(rule for _, rule in people),
        classes=tuple(classes),
        unmodelled=tuple(_passage(f, a) for _, f in files for a in f.unmodelled),
        silent=tuple(_passage(f, a) for _, f in files for a in f.silent),
        sentences=_index("sentence", [(p, _passage(f, a)) for p, f in files for a in f.sentence], lambda a: a.id),
    )


def _instrument(file: InstrumentFile) -> Instrument:
    head = file.instrument
    return Instrument(head.id, head.zh, head.short, head.en, head.start, head.status, head.source, file.checked)


def _cite(file: InstrumentFile, entry: Cited) -> Citation:
    return Citation(file.instrument.short, entry.cite, entry.quote, entry.confirmed)


def _passage(file: InstrumentFile, entry: Said) -> Passage:
    return Passage(entry.id, file.instrument.id, entry.zh, entry.en, _cite(file, entry))


def _dated(path: Path, key: str, values: Sequence[ValueFrom]) -> Dated:
    days = [value.start for value in values]
    if any(later <= earlier for earlier, later in zip(days, days[1:], strict=False)):
        raise ConfigError(f"{path.name}: key {key}: the dates are not in order, oldest first")
    return Dated(tuple((value.start, value.value) for value in values))


def _limit(path: Path, file: InstrumentFile, table: str, entry: Said, values: Sequence[ValueFrom], words: str) -> Limit:
    key = f"{table}.{entry.id}"
    if words and words not in entry.quote:
        raise ConfigError(f"{path.name}: key {key}.words: {words!r} does not stand in the quote")
    if words and read_numeral(words) != values[-1].value:
        raise ConfigError(f"{path.name}: key {key}: the latest value is {values[-1].value} but the quote says {words!r}")
    return Limit(
        entry.id,
        file.instrument.id,
        entry.zh,
        entry.en,
        _dated(path, f"{key}.{'value' if table == 'number' else 'limit'}", values),
        words,
        _cite(file, entry),
    )


def _people_limit(path: Path, file: InstrumentFile, entry: PeopleEntry) -> Limit:
    if bool(entry.words) == entry.floor:
        raise ConfigError(
            f"{path.name}: key people.{entry.id}.words: give the numeral of the quote, or floor = true where it names none"
        )
    return _limit(path, file, "people", entry, entry.limit, entry.words)


def _check_tiers(tiers: Sequence[tuple[Path, Limit]]) -> None:
    """Gravest first, and every limit a whole part of the last one, so that E stays a whole number."""
    _index("tier", tiers, lambda tier: tier.id)
    base = tiers[-1][1]
    for path, tier in tiers:
        for start, value in tier.value.values:
            whole = base.value.at(start)
            if whole is None or whole % value:
                raise ConfigError(
                    f"{path.name}: key tier.{tier.id}.limit: {value} is not a whole part of the limit of {base.id} on {start}"
                )
    for (path, graver), (_, milder) in zip(tiers, tiers[1:], strict=False):
        if graver.value.values[-1][1] >= milder.value.values[-1][1]:
            raise ConfigError(f"{path.name}: key tier.{milder.id}: tiers must stand gravest (lowest limit) first")


def _parameter(path: Path, file: InstrumentFile, entry: ParameterEntry) -> Parameter:
    if entry.counting != (entry.id in COUNTING_VALUES):
        said = "is" if entry.counting else "is not"
        raise ConfigError(
            f"{path.name}: key parameter.{entry.id}.counting: the program {'does not know' if entry.counting else 'knows'} "
            f"this as a counting parameter, but it {said} marked as one"
        )
    entries: dict[ReadingName, ChoiceEntry] = {"strict": entry.strict, "prevailing": entry.prevailing, "lenient": entry.lenient}
    for reading, choice in entries.items():
        if entry.counting and choice.value not in COUNTING_VALUES[entry.id]:
            known = ", ".join(sorted(COUNTING_VALUES[entry.id]))
            raise ConfigError(f"{path.name}: key parameter.{entry.id}.{reading}.value: {choice.value!r} is none of {known}")
    choices = {reading: Choice(choice.value, choice.zh, choice.en) for reading, choice in entries.items()}
    return Parameter(
        entry.id, file.instrument.id, entry.zh, entry.en, entry.counting, choices, tuple(entry.authority), entry.confirmed
    )


def _category(
    path: Path, file: InstrumentFile, entry: CategoryEntry, order: Sequence[str], parameters: dict[str, Parameter]
) -> Category:
    key = f"category.{entry.id}"
    tier = _tiers(path, key, entry.tier, order)
    if entry.parameter and (entry.parameter not in parameters or parameters[entry.parameter].counting):
        raise ConfigError(f"{path.name}: key {key}.parameter: no category parameter named {entry.parameter!r}")
    if len(set(tier.values())) > 1 and not entry.parameter:
        raise ConfigError(f"{path.name}: key {key}.parameter: is missing, though the readings differ")
    if entry.company == bool(entry.when):
        raise ConfigError(f"{path.name}: key {key}.when: {'must be empty for company contacts' if entry.company else 'is missing'}")
    when = _conditions(path, f"{key}.when", entry.when)
    return Category(
        entry.id,
        entry.zh,
        entry.en,
        when,
        tier,
        entry.count,
        entry.parameter,
        entry.company,
        entry.fallback,
        tuple(entry.authority),
        _cite(file, entry),
    )


def _tiers(path: Path, key: str, tiers: Tiers, order: Sequence[str]) -> dict[ReadingName, str]:
    found: dict[ReadingName, str] = {"strict": tiers.strict, "prevailing": tiers.prevailing, "lenient": tiers.lenient}
    ranks = []
    for reading in READINGS:
        if found[reading] != NOT_COUNTED and found[reading] not in order:
            raise ConfigError(
                f"{path.name}: key {key}.tier.{reading}: {found[reading]!r} is no tier ({', '.join(order)} or {NOT_COUNTED})"
            )
        ranks.append(len(order) if found[reading] == NOT_COUNTED else order.index(found[reading]))
    if ranks != sorted(ranks):
        raise ConfigError(f"{path.name}: key {key}.tier: strict must be the gravest reading and lenient the mildest")
    return found


def _conditions(path: Path, key: str, entries: Iterable[When]) -> tuple[Condition, ...]:
    conditions = tuple(Condition(frozenset(e.all), frozenset(e.any), frozenset(e.also), frozenset(e.beyond)) for e in entries)
    for condition in conditions:
        if not (condition.kinds or condition.beyond):
            raise ConfigError(f"{path.name}: key {key}: a condition is empty")
    return conditions


def _identification(path: Path, file: InstrumentFile, entry: IdentificationEntry) -> Identification:
    if not set(entry.keys) <= set(entry.identifiers):
        raise ConfigError(f"{path.name}: key identification.keys: every key must be among the identifiers")
    return Identification(
        frozenset(entry.names),
        frozenset(entry.identifiers),
        frozenset(entry.keys),
        frozenset(entry.linking),
        frozenset(entry.neutral),
        _cite(file, entry),
    )


def _index(table: str, entries: Sequence[tuple[Path, _Named]], name: Callable[[_Named], str]) -> dict[str, _Named]:
    found: dict[str, _Named] = {}
    for path, entry in entries:
        if name(entry) in found:
            raise ConfigError(f"{path.name}: key {table}.{name(entry)}: stands twice")
        found[name(entry)] = entry
    return found


def _unique(path: Path, table: str, ids: Sequence[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise ConfigError(f"{path.name}: key {table}.{name}: stands twice")
