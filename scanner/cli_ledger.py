"""The words of the commands around the ledger: nightly, reassess, drill, key. `register` adds them to the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scanner.cli_words import (
    ActDone,
    Gains,
    Insider,
    Language,
    LawDay,
    NoProgress,
    PasswordFile,
    Policies,
    Purpose,
    Recipients,
    SettingsFile,
)
from scanner.commands import streams
from scanner.config import FailOn, Format
from scanner.errors import UsageError
from scanner.law.model import ReadingName
from scanner.lazy import lazily

if TYPE_CHECKING:
    from scanner.commands import drill, key, nightly, reassess
else:  # a scan must not pay for the database
    drill, key = lazily("scanner.commands.drill"), lazily("scanner.commands.key")
    nightly, reassess = lazily("scanner.commands.nightly"), lazily("scanner.commands.reassess")

_Ledger = Annotated[
    str | None, typer.Option("--ledger", metavar="FILE|URL", help="An SQLite file or a PostgreSQL URL; LEAKGAUGE_LEDGER.")
]
_Report = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write the report there, not to the terminal.")]
_Form = Annotated[Format | None, typer.Option("--format", help="Form of the report; json if --output ends in .json.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("nightly")(_nightly)
    app.command("reassess")(_reassess)
    app.command("drill")(_drill)
    keys = typer.Typer(help="The key of the ledger's hashes.", rich_markup_mode=None, no_args_is_help=False)
    keys.command("new")(_key_new)
    keys.command("rotate")(_key_rotate)
    app.add_typer(keys, name="key")


def _nightly(
    roots: Annotated[list[str], typer.Argument(metavar="ROOT...", help="Export folders.")],
    ledger: _Ledger = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key of the ledger's hashes; LEDGER.key, or LEAKGAUGE_KEY_FILE.")
    ] = None,
    config: SettingsFile = None,
    password_file: PasswordFile = None,
    format: _Form = None,
    output: _Report = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Result over what is new from which on the exit code is non-zero; personal.")
    ] = None,
    lang: Language = None,
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the figures there for the textfile collector of Prometheus.")
    ] = None,
    print_unit: Annotated[
        Literal["systemd", "cron", "windows"] | None, typer.Option(help="Print a schedule for this very command; scan nothing.")
    ] = None,
    at: Annotated[str, typer.Option(metavar="TIME", help="Time of day for --print-unit.")] = "02:00",
    no_alerts: Annotated[bool, typer.Option("--no-alerts", help="Tell no channel; what is new stays pending.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict, drills and what failed.")] = False,
    no_progress: NoProgress = False,
) -> int:
    """Scan what is new or changed since the last run, say what is different, and alert."""
    return nightly.run(
        nightly.NightlyWords(
            roots=tuple(roots),
            ledger=ledger,
            key=key,
            config=config,
            password_file=password_file,
            format=format,
            output=output,
            fail_on=fail_on,
            lang=lang,
            metrics=metrics,
            print_unit=print_unit,
            at=at,
            alerts=not no_alerts,
            quiet=quiet,
            progress=not no_progress,
        )
    )


def _reassess(
    ledger: _Ledger = None,
    reading: Annotated[ReadingName, typer.Option(help="The reading whose verdict is compared.")] = "strict",
    act: ActDone = "provide",
    insider: Insider = True,
    recipients: Recipients = 1,
    gains: Gains = 0,
    purpose: Purpose = None,
    on: LawDay = None,
    policy: Policies = None,
    format: _Form = None,
    output: _Report = None,
    lang: Language = None,
) -> int:
    """Judge what the ledger remembers again, without opening a file, and list every verdict that changes."""
    return reassess.run(
        reassess.ReassessWords(
            ledger=ledger,
            reading=reading,
            act=act,
            insider=insider,
            recipients=recipients,
            gains=gains,
            purpose=purpose,
            on=_day(on),
            policies=tuple(policy or ()),
            format=format,
            output=output,
            lang=lang,
        )
    )


def _drill(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Where to plant, below a scanned root.")] = None,
    ledger: _Ledger = None,
    persons: Annotated[int, typer.Option(min=1, max=100_000, help="Made-up persons in the file.")] = 300,
    clear: Annotated[bool, typer.Option("--clear", help="Remove the files of drills that were caught.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List all drills and how long each took.")] = False,
    lang: Language = None,
) -> int:
    """Plant a marked, made-up export that the next nightly run must report."""
    words = lang or streams.default_lang()
    return drill.run(folder, ledger, persons=persons, clearing=clear, listing=listed, lang=words)


_KeyFile = Annotated[Path, typer.Option("--key", metavar="FILE", help="The key file.")]


def _key_new(path: _KeyFile, lang: Language = None) -> int:
    """Make a key where there is none."""
    return key.new(path, lang or streams.default_lang())


def _key_rotate(path: _KeyFile, lang: Language = None) -> int:
    """Make another key in the place of the old one, which is kept beside it."""
    return key.rotate(path, lang or streams.default_lang())


def _day(words: str | None) -> date | None:
    if words is None:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise UsageError(f"--on {words} is not a date; write it as 2026-01-31") from None
