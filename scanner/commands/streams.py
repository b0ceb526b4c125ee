"""Where words go: reports to stdout or a file, everything else to stderr, in UTF-8 and without a crash on any console."""

from __future__ import annotations

import contextlib
import io
import locale
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scanner.config import Lang
from scanner.errors import LeakgaugeError, UsageError
from scanner.lazy import lazily

if TYPE_CHECKING:
    from rich import console as rich_console
else:
    rich_console = lazily("rich.console")


def prepare() -> None:
    """Make both streams take every character: pipes get UTF-8, a console what it can show and escapes for the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def default_lang() -> Lang:
    """zh where the user's locale is Chinese, en elsewhere."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        if words := os.environ.get(name):
            return "zh" if words.lower().startswith("zh") else "en"
    words = locale.getlocale()[0] or ""  # Windows sets none of the four
    return "zh" if words.lower().startswith(("zh", "chinese")) else "en"


def console() -> rich_console.Console:
    """The terminal as a place for a report: takes no markup."""
    return rich_console.Console(markup=False, emoji=False, highlight=False)


def note(line: str) -> None:
    """One line on stderr."""
    print(line, file=sys.stderr)


def check_writable(path: Path, option: str = "--output") -> None:
    """Refuse before a long scan what would fail after it. Raises UsageError."""
    if path.is_dir():
        raise UsageError(f"{option} {path} is a folder, not a file")
    if _device(path):
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"{option} {path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{option} {path}: no permission to write in {folder}")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes the place of `path` only when everything was written. Raises LeakgaugeError."""
    target = path.resolve()
    part = path if _device(path) else target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
        if part != path:
            os.replace(part, target)
    except OSError as error:
        raise LeakgaugeError(f"{path} could not be written: {error.strerror or 'unknown reason'}") from None
    finally:
        if part != path:
            part.unlink(missing_ok=True)


def _device(path: Path) -> bool:
    """/dev/null, a pipe: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()
