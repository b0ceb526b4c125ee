"""Words of the nightly reports in both languages, and the titles of what the ledger keeps as ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from scanner.config import Lang
from scanner.law.loader import load_instruments
from scanner.law.model import READINGS
from scanner.plain import plain, times, title
from scanner.reports.gaps import reason_word
from scanner.reports.nightly_words_en import EN
from scanner.reports.nightly_words_zh import ZH

NIGHTLY: dict[Lang, dict[str, str]] = {"zh": ZH, "en": EN}


def say(lang: Lang, key: str, **values: object) -> str:
    """The message of this key; whole numbers in `values` are written with thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return NIGHTLY[lang][key].format(**shown)


@cache
def _categories() -> dict[str, tuple[str, str]]:
    return {category.id: (category.zh, category.en) for category in load_instruments().categories}


def category_titles(ids: Iterable[str], lang: Lang) -> str:
    """What categories are called; an id that the law files of today do not know stands for itself."""
    found = [_categories().get(each, (each, each)) for each in ids]
    return say(lang, "between_categories").join(zh if lang == "zh" else en for zh, en in found)


def reason_words(reasons: Iterable[str], lang: Lang) -> str:
    """Why something was not read."""
    return say(lang, "between").join(reason_word(each, lang) for each in reasons)


def shown(text: str) -> str:
    """A path, an owner or a part of a file fit to show: long digit runs and mailboxes masked, nothing that drives a terminal."""
    return title(plain(text))


def ratio_words(ratios: Mapping[str, float]) -> str:
    """2.4 / 0.24 / 0.12: strict, prevailing, lenient."""
    return " / ".join(times(ratios[name]) for name in READINGS)


def duration(seconds: float, lang: Lang) -> str:
    """In the largest unit of which there are two at least."""
    whole = int(seconds)
    if whole >= 7200:
        return say(lang, "hours", count=whole // 3600)
    return say(lang, "minutes", count=whole // 60) if whole >= 120 else say(lang, "seconds", count=whole)
