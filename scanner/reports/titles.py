"""What a kind is called for people. The titles are the detectors' own; derived kinds, which no detector finds, are named here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import detectors
from scanner.config import Lang
from scanner.plugins import plugins

_DERIVED = {
    "minor_under_14": ("不满十四周岁", "child under 14"),
    "whereabouts": ("行踪轨迹", "whereabouts"),
    "precise_address": ("详细住址", "address down to the door"),
}


@cache
def _titles() -> dict[str, tuple[str, str]]:
    known = dict(_DERIVED)
    known |= {d.kind: (d.title_zh, d.title_en) for d in (*detectors.DETECTORS, *plugins())}
    return known


def kind_title(kind: str, lang: Lang) -> str:
    """The kind's standard term, or the kind itself where nobody named it (a user's own catalogue)."""
    zh, en = _titles().get(kind, (kind, kind))
    return zh if lang == "zh" else en


def kind_titles(kinds: Iterable[str], lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(kind_title(kind, lang) for kind in kinds)
