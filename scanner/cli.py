"""The command line: `main` turns words into a use of `scanner.commands` and its result into an exit code.

Exit codes: 0 nothing personal and everything read, 1 failure, 2 usage, 3 nothing worse but something unread, 10 personal
information below every line, 11 a line reached in the strict reading only, 12 in the prevailing one, 13 ten times reached there.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from datetime import date
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from scanner import cli_ledger
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
from scanner.config import FailOn, Format, Lang
from scanner.errors import LeakgaugeError, UsageError
from scanner.lazy import lazily, without_pandas
from scanner.plain import plain

if TYPE_CHECKING:
    from scanner.commands import explain, offboard, scan, verify
    from scanner.offboard import checklist
else:
    explain, scan = lazily("scanner.commands.explain"), lazily("scanner.commands.scan")
    offboard, verify = lazily("scanner.commands.offboard"), lazily("scanner.commands.verify")
    checklist = lazily("scanner.offboard.checklist")

FAILURE = 1

app = typer.Typer(
    name="leakgauge",
    help="Whose personal information is in these files, how grave is it, and how close does it come to the criminal line?",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"leakgauge {version('leakgauge')}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    pass


@app.command("scan")
def _scan(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs; - for stdin.")],
    act: ActDone = "provide",
    insider: Insider = True,
    recipients: Recipients = 1,
    gains: Gains = 0,
    purpose: Purpose = None,
    on: LawDay = None,
    lang: Annotated[Lang | None, typer.Option(help="Language of the report; from the locale.")] = None,
    format: Annotated[Format | None, typer.Option(help="Form of the report; json if --output ends in .json.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report there and nothing of it to the terminal.")
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Result from which on the exit code is non-zero; personal. Unread parts keep it at 3 but for none."),
    ] = None,
    config: SettingsFile = None,
    policy: Policies = None,
    password_file: PasswordFile = None,
    why: Annotated[bool, typer.Option("--why", help="Say of every column why it was judged so, refused ones too.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict and what was not read.")] = False,
    no_progress: NoProgress = False,
) -> int:
    """Scan files and folders and say how close they come to the criminal line."""
    return scan.run(
        scan.ScanWords(
            paths=tuple(paths),
            act=act,
            insider=insider,
            recipients=recipients,
            gains=gains,
            purpose=purpose,
            on=_date(on),
            lang=lang,
            format=format,
            output=output,
            fail_on=fail_on,
            config=config,
            policies=tuple(policy or ()),
            password_file=password_file,
            why=why,
            quiet=quiet,
            progress=not no_progress,
        )
    )


@app.command("explain")
def _explain(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A kind, category, article or parameter.")] = None,
    lang: Language = None,
) -> int:
    """Print the page of a kind, a category, a disputed parameter or an article; without NAME, list them."""
    return explain.run(name, lang or streams.default_lang())


@app.command("offboard")
def _offboard(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Home folder, synced folder, stick, mail export, archive.")],
    person: Annotated[str, typer.Option(metavar="ID", help="Whose files these are; stands in the dossier as given.")],
    since: Annotated[str, typer.Option(metavar="DATE", help="Day from which on files belong to the window.")],
    ledger: Annotated[
        str | None, typer.Option(metavar="URL", help="Remembered scans to trace sources in: an SQLite file or a database URL.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The key of the ledger's hashes.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the dossier there; .html and .json choose its form.")
    ] = None,
    manifest: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the manifest there, for `leakgauge verify`.")] = None,
    format: Annotated[Literal["terminal", "html", "json"] | None, typer.Option(help="Form of the dossier.")] = None,
    hours: Annotated[str, typer.Option(metavar="SPAN", help="Working hours.")] = "08:00-20:00",
    workdays: Annotated[str, typer.Option(metavar="DAYS", help="Working days, as mon-fri or mon,tue,sat.")] = "mon-fri",
    utc_offset: Annotated[
        str | None, typer.Option(metavar="+08:00", help="The clock these people worked by; that of this computer.")
    ] = None,
    by: Annotated[Literal["modified", "created"], typer.Option(help="Which time of a file decides.")] = "modified",
    recipients: Annotated[int | None, typer.Option(min=0, help="Answer: to how many it was given; 0: none known.")] = None,
    act: Annotated[Literal["provide", "sell"], typer.Option(help="Answer: how it was passed on.")] = "provide",
    gains: Annotated[int | None, typer.Option(min=0, metavar="YUAN", help="Answer: unlawful gains.")] = None,
    on_duty: Annotated[
        Literal["yes", "no", "unknown"], typer.Option(help="Answer: obtained on duty, with own rights.")
    ] = "unknown",
    purpose: Annotated[
        Literal["business", "other", "unknown"], typer.Option(help="Answer: bought or received for lawful business (Art. 6).")
    ] = "unknown",
    consent: Annotated[Literal["yes", "no", "unknown"], typer.Option(help="Answer: the persons consented.")] = "unknown",
    earlier_penalty: Annotated[
        Literal["criminal", "administrative", "no", "unknown"], typer.Option(help="Answer: an earlier penalty for this.")
    ] = "unknown",
    used_in_crime: Annotated[Literal["yes", "no", "unknown"], typer.Option(help="Answer: used for a crime.")] = "unknown",
    knew_of_crime: Annotated[Literal["yes", "no", "unknown"], typer.Option(help="Answer: knew the receiver's intent.")] = "unknown",
    data_true: Annotated[
        Literal["yes", "no", "unknown"], typer.Option(help="Answer: the data was checked and is true.")
    ] = "unknown",
    on: LawDay = None,
    lang: Annotated[Lang | None, typer.Option(help="Language of the dossier; from the locale.")] = None,
    fail_on: Annotated[FailOn | None, typer.Option(help="Result from which on the exit code is non-zero, as in scan.")] = None,
    config: SettingsFile = None,
    policy: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A company's own classes; several times.")] = None,
    password_file: PasswordFile = None,
    no_progress: NoProgress = False,
) -> int:
    """Add up one person's files: sums, timeline, sources, evidence. Nothing on the examined medium is changed."""
    answers = checklist.Answers(
        recipients=recipients,
        gains=gains,
        act=act,
        on_duty=on_duty,
        purpose=purpose,
        consent=consent,
        prior_record=earlier_penalty,
        use_in_crime=used_in_crime,
        knowledge=knew_of_crime,
        truth=data_true,
    )
    return offboard.run(
        offboard.OffboardWords(
            person=person,
            since=_day("--since", since),
            paths=tuple(paths),
            ledger=ledger,
            key=key,
            answers=answers,
            hours=hours,
            workdays=workdays,
            by=by,
            utc_offset=utc_offset,
            on=_date(on),
            lang=lang,
            format=format,
            output=output,
            manifest=manifest,
            fail_on=fail_on,
            config=config,
            policies=tuple(policy or ()),
            password_file=password_file,
            progress=not no_progress,
        )
    )


@app.command("verify")
def _verify(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="What `leakgauge offboard --manifest` wrote.")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH...", help="Where the examined paths stand now, in the manifest's order.")
    ] = None,
    lang: Language = None,
) -> int:
    """Say what differs from a manifest. Exit codes: 0 nothing, 1 something, 3 something could not be read."""
    return verify.run(manifest, tuple(paths or ()), lang or streams.default_lang())


def _day(option: str, words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise UsageError(f"{option} {words} is not a date; write it as 2026-01-31") from None


def _date(words: str | None) -> date | None:
    return None if words is None else _day("--on", words)


cli_ledger.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with these arguments (None: the program's own); returns the exit code."""
    streams.prepare()
    sys.excepthook = _last_words
    if arguments is None:  # a process of our own
        without_pandas()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Calling `app` itself would put typer's own hook in the place of ours; its traceback quotes values.
        code = get_command(_asked(words)).main(args=words or ["--help"], prog_name="leakgauge", standalone_mode=False)
        sys.stdout.flush()
    except LeakgaugeError as error:
        lang = _lang(words)
        streams.note(f"leakgauge{'：' if lang == 'zh' and error.zh else ': '}{plain(error.text(lang))}")
        return error.exit_code
    except TyperException as error:
        streams.note("leakgauge: " + plain(error.format_message().replace("Value error, ", "")))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has left (`| head`); what it did not read is lost, so not a verdict
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the interpreter flushes it at its end
        return FAILURE
    return code if isinstance(code, int) else 0


def _lang(words: Sequence[str]) -> Lang:
    """The language of an error: as the words ask, since nothing else may have been understood yet."""
    told = [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    told += [after for word, after in pairwise(words) if word == "--lang"]
    return "zh" if "zh" in told else "en" if "en" in told else streams.default_lang()


def _asked(words: Sequence[str]) -> typer.Typer:
    """The program with the one command that is asked for, as its options alone must be made; the whole where none is (`--help`)."""
    chosen = [command for command in app.registered_commands if command.name == next(iter(words), "")]
    if not chosen:
        return app
    one = copy(app)
    one.registered_commands, one.registered_groups = chosen, []
    return one


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody expected, in one sentence. Its message may quote a cell, so only its type and place are told."""
    frames = traceback.extract_tb(trace)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown place"
    streams.note(
        f"leakgauge: internal failure ({kind.__name__} in {place}); no verdict. LEAKGAUGE_DEBUG=1 shows where it came from."
    )
    if os.environ.get("LEAKGAUGE_DEBUG"):
        for frame in frames:
            streams.note(f"  {frame.filename}:{frame.lineno} in {frame.name}")


if __name__ == "__main__":
    sys.exit(main())
