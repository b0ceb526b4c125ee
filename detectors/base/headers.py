"""Which column titles announce a kind: word lists over the grammar of titles (see `titles.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from detectors.base.roles import Alone
from detectors.base.titles import Header, halves, is_thing_word, normalise, read_header

__all__ = ["Header", "HeaderWords", "Strength", "announced", "announces", "forbids", "normalise", "read_header"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderWords:
    """Normalised titles that announce a kind.

    strong  titles that decide unless the values contradict (身份证号, id_card, sfzh)
    weak    titles that only propose; values decide (号码, zh, name)
    never   titles (or parts of them) that rule the kind out (企业名称 for a personal name)
    """

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


class Strength(IntEnum):
    """How far a title announces a kind: not at all, as a proposal, unless the values contradict."""

    NONE = 0
    WEAK = 1
    STRONG = 2


def announces(header: Header, words: HeaderWords) -> Strength:
    """How far the title announces the kind with these words.

    The whole title or the attribute after the role stands in a list, or ends in one of its words at a word border; of a
    firm or a thing an ending proposes at most. `never` goes before, but for a person named after the firm (公司联系人).
    A title in two languages, or two of them (电话/手机), is as strong as its stronger half.
    """
    return max(_announces(one, words) for one in (header, *halves(header)))


def forbids(header: Header, words: HeaderWords) -> bool:
    """Whether the title rules the kind out whatever the values look like."""
    if not words.never or not header.normalised:
        return False
    if any(form in words.never for form in header.forms):
        return True
    # 公司联系人电话: what stands before the role says nothing of the attribute
    said = header.attribute if header.role and not header.organisation else header.normalised
    own = _strong_end(header, words)
    said = said.removesuffix(own)  # 户口本出生日期 ends in 出生日期: its 日期 is no other
    if any(word in said for word in words.never if len(word) > 1 and not word.isascii()):
        return True
    return any(tail in words.never for tail, _ in header.tails if len(tail) > len(own))


def announced(header: Header, lists: Iterable[tuple[str, HeaderWords]]) -> tuple[tuple[str, Strength], ...]:
    """All kinds of these (kind, words) pairs that the title announces, strong ones first, then in the order given."""
    found = [(kind, strength) for kind, words in lists if (strength := announces(header, words))]
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def _announces(header: Header, words: HeaderWords) -> Strength:
    if not header.normalised or header.forms[0] in words.never or header.normalised in words.never:
        return Strength.NONE
    if any(form in words.strong for form in header.forms):
        return Strength.STRONG
    if forbids(header, words):
        return Strength.NONE
    if header.role and not header.attribute:
        return _alone(header, words)
    if any(form in words.weak for form in header.forms):
        return Strength.NONE if header.organisation and header.normalised not in words.weak else Strength.WEAK
    for tail, before in header.tails:
        if tail in words.strong:
            sure = not before.endswith("非") and (not header.organisation or is_thing_word(tail))
            return Strength.STRONG if sure else Strength.WEAK
        if tail in words.weak:
            return Strength.NONE if header.organisation else Strength.WEAK
    return Strength.NONE


def _strong_end(header: Header, words: HeaderWords) -> str:
    """The longest strong word that the title or its attribute is or ends in, "" for none."""
    ends = (*(form for form in header.forms if form in words.strong), *(tail for tail, _ in header.tails if tail in words.strong))
    return max(ends, key=len, default="")


def _alone(header: Header, words: HeaderWords) -> Strength:
    """A role without an attribute is a name, or for 主叫 and 被叫 a telephone number."""
    if header.alone is Alone.NUMBER and {"电话", "手机号"} & (words.strong | words.weak):
        return Strength.STRONG
    if "姓名" in words.strong and header.alone in (Alone.NAME, Alone.WEAK_NAME):
        return Strength.STRONG if header.alone is Alone.NAME else Strength.WEAK
    return Strength.WEAK if any(form in words.weak for form in header.forms) else Strength.NONE
