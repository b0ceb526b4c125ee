"""The shape of the law files: what a key may be called and hold. Unknown keys are refused.

Used by `scanner.law.loader` only; it turns these into the frozen values of `scanner.law.statute`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
KindNames = list[Id]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class ValueFrom(Strict):
    start: date = Field(alias="from")
    value: int = Field(gt=0)


class When(Strict):
    all: KindNames = []
    any: KindNames = []
    also: KindNames = []
    beyond: KindNames = []


class InstrumentHead(Strict):
    id: Id
    zh: Text
    short: Text
    en: Text
    start: date = Field(alias="from")
    status: Literal["in_force", "draft"]
    source: Text


class Cited(Strict):
    cite: Text
    quote: str = ""
    confirmed: bool = True


class Said(Cited):
    id: Id
    zh: Text
    en: Text


class Quoted(Said):
    quote: Text


class NumberEntry(Quoted):
    words: Text
    value: list[ValueFrom] = Field(min_length=1)


class TierEntry(Quoted):
    words: Text
    limit: list[ValueFrom] = Field(min_length=1)


class Tiers(Strict):
    strict: Text
    prevailing: Text
    lenient: Text


class CategoryEntry(Said):
    when: list[When] = []
    tier: Tiers
    count: Literal["persons", "entries"]
    parameter: str = ""
    company: bool = False
    fallback: bool = False
    authority: list[Text] = Field(min_length=1)


class ChoiceEntry(Strict):
    value: Text
    zh: Text
    en: Text


class ParameterEntry(Strict):
    id: Id
    zh: Text
    en: Text
    counting: bool = False
    strict: ChoiceEntry
    prevailing: ChoiceEntry
    lenient: ChoiceEntry
    authority: list[Text] = Field(min_length=1)
    confirmed: bool = True


class NoticeEntry(Quoted):
    when: list[When] = []
    acts: list[Literal["provide", "sell", "obtain"]] = []
    verdicts: list[Literal["below", "serious", "especially_serious"]] = []


class PeopleEntry(Quoted):
    measure: Literal["all", "sensitive", "not_sensitive"]
    direction: Literal["at_least", "more_than"] = "at_least"
    words: str = ""
    floor: bool = False  # the text names no lower bound: one person is enough, so the quote holds no numeral
    limit: list[ValueFrom] = Field(min_length=1)


class ClassEntry(Cited):
    category: Id
    zh: Text
    en: Text
    when: list[When] = []
    sensitive: bool | None = None


class IdentificationEntry(Cited):
    quote: Text
    names: KindNames
    identifiers: KindNames
    keys: KindNames
    linking: KindNames
    neutral: KindNames


class InstrumentFile(Strict):
    checked: date
    instrument: InstrumentHead
    tier: list[TierEntry] = []
    number: list[NumberEntry] = []
    identification: IdentificationEntry | None = None
    article: list[Quoted] = []
    category: list[CategoryEntry] = []
    parameter: list[ParameterEntry] = []
    notice: list[NoticeEntry] = []
    people: list[PeopleEntry] = []
    class_: list[ClassEntry] = Field(default=[], alias="class")
    unmodelled: list[Said] = []
    silent: list[Quoted] = []
    sentence: list[Said] = []


class PolicyHead(Strict):
    id: Id
    zh: Text
    en: Text


class LevelEntry(Strict):
    id: Text
    zh: Text
    en: Text
    when: list[When] = Field(min_length=1)
    measure: Literal["persons", "entries"]
    limit: list[ValueFrom] = Field(min_length=1)
    action: Text


class PolicyFile(Strict):
    checked: date
    policy: PolicyHead
    level: list[LevelEntry] = Field(min_length=1)
