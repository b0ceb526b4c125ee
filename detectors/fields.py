"""Kinds told by a column title and a cell type: balances, diagnoses, check-ins, dates of birth … The catalogue is fields.toml.

A user's own file of the same form adds kinds (`load_fields`) and gives further titles to kinds that exist (`load_words`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from detectors.base import masking
from detectors.base.cells import CellRule, find_cells, spread_refusal
from detectors.base.dates import has_time_of_day, parse_dates
from detectors.base.detector import Detector
from detectors.base.headers import HeaderWords, normalise
from detectors.base.matches import Evidence, Identity

__all__ = ["FIELDS", "FieldsError", "has_time_of_day", "load_fields", "load_words", "parse_dates", "widened"]

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]


class FieldsError(ValueError):
    """A catalogue file is broken; one sentence naming the file and the key."""


class _Titles(BaseModel):
    """Titles as people write them, separated by blanks; or a list, when a title holds a blank itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    pinyin: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @field_validator("zh", "en", "pinyin", "weak", "never", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    def words(self) -> HeaderWords:
        strong = _normalised((*self.zh, *self.en, *self.pinyin))
        return HeaderWords(strong=strong, weak=_normalised(self.weak) - strong, never=_normalised(self.never))


class _Entry(_Titles):
    """One [[field]]."""

    title_zh: Annotated[str, Field(min_length=1)]
    title_en: Annotated[str, Field(min_length=1)]
    cell: Literal["text", "any", "number", "digits", "code", "date", "time", "choice"]
    min: Annotated[int, Field(ge=1)] = 1
    max: Annotated[int, Field(ge=1)] = 4_000
    pattern: str = ""
    choices: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    open: bool = False
    together: Literal["", "lexicon", "parts"] = ""
    quorum: Annotated[float, Field(gt=0, le=1)] = 0.6
    spread: tuple[int, int] | None = None
    identity: Literal["none", "linking", "weak", "personal", "unique"] = "none"
    rank: Annotated[int, Field(ge=0, le=15)] = 15
    mask: Literal["text", "edges", "year", "nothing"] = "text"
    source: Annotated[str, Field(min_length=1)]

    @field_validator("choices", "codes", mode="before")
    @classmethod
    def _split_choices(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            pc.match_substring_regex(pa.array([""]), value)
        except pa.ArrowInvalid:
            raise ValueError("is not a regular expression that RE2 knows") from None
        return value

    @model_validator(mode="after")
    def _agrees(self) -> _Entry:
        if self.min > self.max:
            raise ValueError("min is greater than max")
        if self.cell == "choice" and not self.choices:
            raise ValueError("a choice needs choices")
        if self.choices and self.cell != "choice":
            raise ValueError("choices belong to cell = 'choice'")
        if self.together == "lexicon" and self.cell != "choice":
            raise ValueError("together = 'lexicon' needs cell = 'choice'")
        if self.together == "parts" and self.cell not in ("date", "time"):
            raise ValueError("together = 'parts' needs cell = 'date' or 'time'")
        if not (self.zh or self.en or self.pinyin or self.weak or self.together):
            raise ValueError("no title announces it")
        return self


class _Catalogue(BaseModel):
    """A whole file: kinds, and further titles of kinds that exist."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: tuple[_Entry, ...] = ()
    words: tuple[_Titles, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> _Catalogue:
        kinds = [entry.kind for entry in self.field]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            raise ValueError(f"kind '{twice[0]}' stands twice")
        return self


_EVIDENCE = {"": None, "lexicon": Evidence.SHAPE | Evidence.LEXICON, "parts": Evidence.SHAPE | Evidence.PARTS}


def load_fields(path: str | Path) -> tuple[Detector, ...]:
    """The kinds of a catalogue file, in its order. Raises `FieldsError` when the file is missing or broken."""
    return tuple(_detector(entry) for entry in _read(path).field)


def load_words(path: str | Path) -> dict[str, HeaderWords]:
    """The [[words]] of a catalogue file: kind → further titles. Raises `FieldsError`."""
    found: dict[str, HeaderWords] = {}
    for entry in _read(path).words:
        found[entry.kind] = _joined(found.get(entry.kind, HeaderWords()), entry.words())
    return found


def widened(detector: Detector, words: Mapping[str, HeaderWords]) -> Detector:
    """The detector with the further titles of its kind."""
    if detector.kind not in words:
        return detector
    names = {name: getattr(detector, name) for name in Detector.__dataclass_fields__}
    return Detector(**{**names, "headers": _joined(detector.headers, words[detector.kind])})


def _joined(one: HeaderWords, other: HeaderWords) -> HeaderWords:
    return HeaderWords(strong=one.strong | other.strong, weak=one.weak | other.weak, never=one.never | other.never)


def _normalised(titles: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for title in titles if (word := normalise(title)))


def _read(path: str | Path) -> _Catalogue:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FieldsError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
    except UnicodeDecodeError:
        raise FieldsError(f"{path}: is not UTF-8 text") from None
    return _parse(text, str(path))


def _parse(text: str, name: str) -> _Catalogue:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldsError(f"{name}: is not valid TOML: {error}") from None
    try:
        return _Catalogue.model_validate(data)
    except ValidationError as error:
        raise FieldsError(f"{name}: {_sentence(error, data)}") from None


def _sentence(error: ValidationError, data: Mapping[str, object]) -> str:
    """The first thing that is wrong, with the entry and the key it stands under."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = list(first["loc"])
    where = ""
    if len(place) >= 2 and isinstance(place[1], int):
        entries = data.get(str(place[0]))
        entry = entries[place[1]] if isinstance(entries, list) else None
        kind = entry.get("kind") if isinstance(entry, dict) else None
        where = f"[[{place[0]}]] {kind if isinstance(kind, str) else f'number {place[1] + 1}'}"
        place = place[2:]
    key = ".".join(str(part) for part in place)
    said = "unknown key" if first["type"] == "extra_forbidden" else str(first["msg"]).removeprefix("Value error, ")
    return ", ".join(part for part in (where, f"key '{key}'" if key else "") if part) + f": {said}" if where or key else said


def _detector(entry: _Entry) -> Detector:
    rule = CellRule(entry.cell, entry.min, entry.max, entry.pattern, entry.choices, entry.codes, entry.open)
    return Detector(
        kind=entry.kind,
        title_zh=entry.title_zh,
        title_en=entry.title_en,
        find=partial(find_cells, rule),
        headers=entry.words(),
        together=_EVIDENCE[entry.together],
        quorum=entry.quorum,
        labelled=Evidence.SHAPE,
        refuse=partial(spread_refusal, *entry.spread) if entry.spread else None,
        identity=Identity[entry.identity.upper()],
        rank=entry.rank,
        mask=_MASKS[entry.mask],
    )


def _edges(value: str) -> str:
    return masking.edges(value)


def _year(value: str) -> str:
    """1990-**-**: the year of a date, nothing of anything else."""
    return value[:4] + re.sub(r"\d", "*", value[4:]) if re.match(r"\d{4}-", value) else "*" * len(value)


_MASKS: dict[str, Callable[[str], str]] = {
    "text": masking.text,
    "edges": _edges,
    "year": _year,
    "nothing": masking.nothing,
}

FIELDS: tuple[Detector, ...] = tuple(
    _detector(entry) for entry in _parse(Path(__file__).with_name("fields.toml").read_text(encoding="utf-8"), "fields.toml").field
)
