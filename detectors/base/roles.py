"""The words of a column title that are no attribute, read from roles.toml: roles of persons, things that are no person."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class Standing(IntEnum):
    """Whom a role speaks of: OWN the row's own person; SOFT the row's person unless it names somebody else; OTHER another one."""

    OWN = 0
    SOFT = 1
    OTHER = 2


class Alone(IntEnum):
    """What a column is whose title is the role and nothing else."""

    NOTHING = 0
    WEAK_NAME = 1
    NAME = 2
    NUMBER = 3  # 主叫, 被叫: a telephone number


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its canonical Chinese word, whom it speaks of, what it is by itself."""

    name: str
    standing: Standing
    alone: Alone


_DATA = tomllib.loads(Path(__file__).with_name("roles.toml").read_text(encoding="utf-8"))
_WORDS: dict[str, str] = _DATA["words"]


def _is_full(pinyin: str) -> bool:
    """Full pinyin (kehu) rather than initials (jjlxr, po)."""
    return len(pinyin) > 3 and any(vowel in pinyin for vowel in "aeiou")


ROLES: dict[str, Role] = {
    row["name"]: Role(row["name"], Standing[row["standing"].upper()], Alone[row["alone"].upper()]) for row in _DATA["role"]
}
# word → canonical role
ZH_ROLES: dict[str, str] = {word: row["name"] for row in _DATA["role"] for word in row["zh"].split()}
INITIAL_ROLES: dict[str, str] = {word: row["name"] for row in _DATA["role"] for word in row["pinyin"].split() if not _is_full(word)}
EN_ROLES: dict[str, str] = {
    word: row["name"]
    for row in _DATA["role"]
    for word in (*row["en"].split(), *(full for full in row["pinyin"].split() if _is_full(full)))
}
ZH_SHORT_ROLES: dict[str, str] = _DATA["short_roles"]
EN_SHORT_ROLES: dict[str, str] = _DATA["short_words"]

SHORT_ATTRIBUTES: tuple[str, ...] = tuple(_WORDS["short_attributes"].split())
EN_STRONG_ALONE: frozenset[str] = frozenset(_WORDS["strong_alone"].split())
THINGS: tuple[str, ...] = tuple(sorted(_WORDS["things"].split(), key=len, reverse=True))
INSTITUTIONS: tuple[str, ...] = tuple(_WORDS["institutions"].split())
THING_TAILS: tuple[str, ...] = tuple(_WORDS["thing_tails"].split())
EN_THINGS: frozenset[str] = frozenset(_WORDS["en_things"].split())
EN_THING_TAILS: frozenset[str] = frozenset(_WORDS["en_thing_tails"].split())
WHOLES: frozenset[str] = frozenset(_WORDS["wholes"].split())
LOGINS: frozenset[str] = frozenset(_WORDS["logins"].split())
GLUED_ATTRIBUTES: frozenset[str] = frozenset(_WORDS["glued_attributes"].split())
GLUED_INITIALS: frozenset[str] = frozenset(_WORDS["glued_initials"].split())
NOT_GLUED: frozenset[str] = frozenset(_WORDS["not_glued"].split())

TRADITIONAL: dict[int, int] = {
    ord(old): ord(new) for old, new in zip(_DATA["traditional"]["from"], _DATA["traditional"]["to"], strict=True)
}
