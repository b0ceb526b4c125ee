"""A sentence for people in both languages of the reports, with a code that programs may branch on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sentence:
    """One fact, said twice. Both texts hold the same figures and neither holds a value of a cell.

    code  stable lower-case words, the general before the particular: `refused.serial_numbers`
    zh, en   without a full stop, to stand behind a colon

    >>> Sentence("refused.dates", "都是日期", "all are dates").text("en")
    'all are dates'
    """

    code: str
    zh: str
    en: str

    def text(self, lang: Literal["zh", "en"]) -> str:
        """The sentence in this language."""
        return self.zh if lang == "zh" else self.en

    def within(self, code: str, zh: str, en: str) -> Sentence:
        """This sentence as the ground of another: `within("suspect", "存疑", "suspect")` says "suspect: …"."""
        return Sentence(f"{code}.{self.code}", f"{zh}：{self.zh}", f"{en}: {self.en}")
