"""Opening files and folders without leaving a trace on their medium, as far as the system allows it.

Linux keeps the time of the last access with O_NOATIME (open(2)), for the owner of a file and for whoever may act as one; others
are refused and the file is opened as usual. Where there is no such flag (Windows, macOS) only a medium that is mounted
read-only, or behind a write blocker, keeps its access times.
"""

from __future__ import annotations

import os

FLAG = getattr(os, "O_NOATIME", 0)
_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe put in a file's place would wait for ever
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)


def open_file(path: str, untouched: bool) -> tuple[int, bool]:
    """A descriptor for reading, and whether opening it keeps the access time. Raises OSError."""
    return _opened(path, _FILE, untouched)


def names_in(path: str) -> tuple[list[str], bool]:
    """The names in a folder, sorted, and whether listing them kept its access time. Raises OSError."""
    if not FLAG:
        return sorted(os.listdir(path)), False
    handle, kept = _opened(path, _FOLDER, True)
    try:
        return sorted(os.listdir(handle)), kept
    finally:
        os.close(handle)


def _opened(path: str, flags: int, untouched: bool) -> tuple[int, bool]:
    if untouched and FLAG:
        try:
            return os.open(path, flags | FLAG), True
        except PermissionError:  # also where the file cannot be read at all; then the next line says so
            pass
    return os.open(path, flags), False
