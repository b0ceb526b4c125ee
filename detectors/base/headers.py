"""Which column titles announce a kind. (Stub of the seam; the grammar follows.)"""

from __future__ import annotations

from dataclasses import dataclass


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
