"""Whose a file is, as the system tells it. Windows keeps no numbers of accounts with a file."""

from __future__ import annotations

try:
    import pwd
except ImportError:
    pwd = None  # type: ignore[assignment]  # Windows

NUMBERED = pwd is not None  # whether a file's account number means anything


def account_name(number: int) -> str:
    """The account's name; "" for one that was deleted or is of another system, and where there are no numbers."""
    if pwd is None:
        return ""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""
