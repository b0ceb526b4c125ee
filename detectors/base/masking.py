"""How a value is shown to people: enough to recognise it in the file, never enough to know it.

Of a number at most seven characters are shown, and at least four (of short numbers more than half) are stars; a name keeps its
first character, an e-mail address the first character of its local part and the domain. A masked value of a value that is masked
already shows no more than that one did.
"""

from __future__ import annotations

STAR = "*"
SHOWN = 7


def edges(value: str, head: int = 3, tail: int = 4) -> str:
    """The first `head` and last `tail` characters; fewer of a short value: never more than half of it, none of up to four."""
    size = len(value)
    if size <= 4:
        return STAR * size
    allowed = min(SHOWN, size // 2 if size < 11 else size - 4)
    if head + tail > allowed:
        tail = min(tail, allowed // 2)
        head = min(head, allowed - tail)
    return value[:head] + STAR * (size - head - tail) + (value[size - tail :] if tail else "")


def digits(value: str) -> str:
    """138****1234, 622***********1234: the first three and the last four characters."""
    return edges(value, 3, 4)


def document(value: str) -> str:
    """110***********002X, E1*****78: identity documents and other codes of letters and digits; the last four of the long ones."""
    return edges(value, 3, 4) if len(value) > 11 else edges(value, 2, 2)


def personal_name(value: str) -> str:
    """张*, 欧**, J*******: the first character only."""
    return value[:1] + STAR * max(len(value) - 1, 1) if len(value) > 1 else STAR


def email(value: str) -> str:
    """a***@qq.com: the first character of the local part (none of one or two), and the domain."""
    local, at, domain = value.rpartition("@")
    if not at:
        return edges(value, 1, 0)
    return (local[:1] if len(local) > 2 else "") + STAR * 3 + at + domain


def address(value: str) -> str:
    """浙江省杭州市…: the first six characters (at most half), which name a division and no door."""
    return value[: min(6, len(value) // 2)] + "…"


def text(value: str) -> str:
    """某…: of any other text one character (none of a single one) and its length in stars, up to eight."""
    return value[:1] + STAR * min(len(value) - 1, 8) if len(value) > 1 else STAR * len(value)


def nothing(value: str) -> str:
    """********: secrets; not even their length is shown."""
    return STAR * 8 if value else ""
