"""What the commands around the ledger share: where it is, its key, the settings, and where a report goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from rich.console import RenderableType

from scanner.commands import streams
from scanner.config import FILE_NAME, Format, Lang, Settings, existing, find_settings, load_settings
from scanner.errors import ConfigError, UsageError
from scanner.keyed_hash import Key
from scanner.ledger import Ledger
from scanner.ledger.engine import database
from scanner.ledger.key import load_key, make_key
from scanner.reports.nightly_terminal import text_of
from scanner.reports.nightly_words import say

KEY_ENVIRONMENT = "LEAKGAUGE_KEY_FILE"
_PATIENCE = 10.0  # seconds that a database may be away; a night waits longer


def settings_of(config: Path | None, password_file: Path | None = None) -> tuple[Settings, Path]:
    """The settings, and the folder that paths in them are relative to."""
    settings = load_settings(config) if config else find_settings()
    if password_file:
        settings = settings.model_copy(update={"password_file": existing(password_file, "--password-file", "command line")})
    on = settings.on or date.today()
    return settings.model_copy(update={"on": on}), (config or Path(FILE_NAME)).absolute().parent


def ledger_file(words: str | None) -> Path | None:
    """The file of an SQLite ledger; None: it is in a PostgreSQL. Raises UsageError."""
    url = database(words)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def own_files(ledger: str | None, *others: Path | None) -> frozenset[str]:
    """The files of a ledger, if it is one of SQLite, and these."""
    file = ledger_file(ledger)
    beside = [f"{file}{end}" for end in ("", "-wal", "-shm", "-journal", ".lock")] if file else []
    return frozenset([*beside, *(os.path.abspath(other) for other in others if other)])


def known_ledger(words: str | None) -> Ledger:
    """A ledger that exists, for somebody who waits in front of a terminal.

    Raises UsageError: an SQLite file that is not there would be made by opening it.
    """
    file = ledger_file(words)
    if file is not None and not file.is_file():
        raise UsageError(f"there is no ledger at {file}", zh=f"没有台账文件 {file}")
    return Ledger(words, patience=_PATIENCE)


def key_path(ledger: str | None, key: Path | None) -> Path:
    """Where the key is: as told, as the environment tells, or beside an SQLite ledger. Raises UsageError."""
    told = key or (Path(os.environ[KEY_ENVIRONMENT]) if os.environ.get(KEY_ENVIRONMENT) else None)
    if told:
        return told.absolute()
    file = ledger_file(ledger)
    if file is None:
        raise UsageError(
            f"a ledger in PostgreSQL needs --key FILE, or the file's path in {KEY_ENVIRONMENT}",
            zh=f"PostgreSQL 台账须用 --key 指定密钥文件，或把其路径写在 {KEY_ENVIRONMENT} 中",
        )
    return file.with_name(f"{file.name}.key")


def key_of(ledger: Ledger, path: Path, lang: Lang) -> Key:
    """The key; a fresh one for a ledger in which no run is remembered yet. Raises ConfigError."""
    if not path.exists():
        if ledger.runs():
            raise ConfigError(
                f"the key file {path} is missing, and the ledger holds runs under it; put its copy back, "
                "or make another with: leakgauge key new (every file is scanned again then)",
                zh=f"密钥文件 {path} 不在，而台账中已有用它记录的运行；请放回其副本，"
                "或用 leakgauge key new 另建一个（随后重新扫描全部文件）",
            )
        make_key(path)
        streams.note(say(lang, "key_made", path=path))
    return load_key(path)


def write(
    parts: Callable[[], Iterable[RenderableType]], as_json: Callable[[], str], format: Format | None, output: Path | None
) -> None:
    """The report to its file, or to stdout."""
    chosen = format or ("json" if output and output.suffix.lower() == ".json" else "terminal")
    if output:
        with streams.replacing(output) as file:
            file.write(as_json() if chosen == "json" else text_of(parts()))
    elif chosen == "json":
        sys.stdout.write(as_json())
    elif sys.stdout.isatty():
        console = streams.console()
        for part in parts():
            console.print(part, markup=False, highlight=False, emoji=False)
    else:
        sys.stdout.write(text_of(parts()))
