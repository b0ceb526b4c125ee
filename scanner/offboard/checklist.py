"""What no file can show: the questions for personnel and counsel, and what each answer does to the assessment.

The questions are data (`checklist.toml`), one for each fact that the law files are silent on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from scanner.errors import UsageError
from scanner.law.loader import load_instruments
from scanner.law.model import Act, Citation, Facts, Reason
from scanner.law.statute import Law

YesNo = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What people know; None and "unknown": nobody has answered.

    recipients  0: none is known. gains: yuan. act: how it was passed on, when there are recipients
    """

    recipients: int | None = None
    gains: int | None = None
    act: Literal["provide", "sell"] = "provide"
    on_duty: YesNo = "unknown"
    purpose: Literal["business", "other", "unknown"] = "unknown"
    consent: YesNo = "unknown"
    prior_record: Literal["criminal", "administrative", "no", "unknown"] = "unknown"
    use_in_crime: YesNo = "unknown"
    knowledge: YesNo = "unknown"
    truth: YesNo = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. answers: word → what follows, with where it stands; counts: the answer changes the sums."""

    id: str
    option: str
    zh: str
    en: str
    counts: bool
    cite: Citation
    answers: Mapping[str, Reason]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer, "" where there is none, and what follows from it."""

    question: Question
    answer: str = ""
    follows: Reason | None = None


@cache
def questions() -> tuple[Question, ...]:
    """The checklist in its order."""
    law = load_instruments()
    cites = _cites(law)
    words = tomllib.loads(Path(__file__).with_name("checklist.toml").read_text("utf-8"))
    return tuple(
        Question(
            id=entry["id"],
            option=entry["option"],
            zh=entry["zh"],
            en=entry["en"],
            counts=entry.get("counts", False),
            cite=next(passage.cite for passage in law.silent if passage.id == entry["id"]),
            answers={
                name: Reason(answer["zh"], answer["en"], cites[answer["passage"]]) for name, answer in entry["answers"].items()
            },
        )
        for entry in words["question"]
    )


def _cites(law: Law) -> dict[str, Citation]:
    passages = (*law.silent, *law.articles.values(), *(notice.passage for notice in law.notices))
    return {passage.id: passage.cite for passage in passages}


def answered(answers: Answers) -> tuple[Answered, ...]:
    """The checklist as it is filled in."""
    return tuple(_answered(question, getattr(answers, question.id)) for question in questions())


def _answered(question: Question, value: object) -> Answered:
    if value is None or value == "unknown":
        return Answered(question)
    word = str(value)
    if isinstance(value, int):
        word, name = f"{value:,}", "number" if value or "none" not in question.answers else "none"
        follows = question.answers[name]
        return Answered(question, word, replace(follows, zh=follows.zh.format(value=word), en=follows.en.format(value=word)))
    return Answered(question, word, question.answers[word])


def obtaining(answers: Answers, base: Facts) -> Facts:
    """The facts of having the data on one's own disk: no recipient, so no half."""
    return replace(base, act="obtain", insider=_insider(answers), recipients=1, gains=answers.gains or 0, purpose=_purpose(answers))


def if_provided(answers: Answers, base: Facts) -> Facts:
    """What if all of it went to one recipient."""
    return replace(base, act="provide", insider=_insider(answers), recipients=1, gains=answers.gains or 0, purpose=None)


def as_answered(answers: Answers, base: Facts) -> Facts | None:
    """The facts as people stated them, None where no recipient was stated and obtaining is all there is."""
    if not answers.recipients:
        return None
    act: Act = answers.act
    return replace(if_provided(answers, base), act=act, recipients=answers.recipients)


def check(answers: Answers) -> None:
    """Raises UsageError for answers that contradict each other."""
    if answers.act == "sell" and not answers.recipients:
        raise UsageError("--act sell needs --recipients: data is sold to somebody")


def _insider(answers: Answers) -> bool:
    return answers.on_duty != "no"


def _purpose(answers: Answers) -> Literal["business"] | None:
    return "business" if answers.purpose == "business" and not answers.recipients else None
