"""The command line: `main` turns words into a use of `scanner.commands` and its result into an exit code.

Exit codes: 0 nothing personal and everything read, 1 failure, 2 usage, 3 nothing worse but something unread, 10 personal
information below every line, 11 a line reached in the strict reading only, 12 in the prevailing one, 13 ten times reached there.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from scanner.commands import explain, scan, streams
from scanner.config import FailOn, Lang
from scanner.errors import LeakgaugeError, UsageError
from scanner.law.model import Act
from scanner.reports.plain import plain

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
    act: Annotated[Act, typer.Option(help="What is done with the data.")] = "provide",
    insider: Annotated[
        bool, typer.Option("--insider/--outsider", help="Obtained on duty or in providing a service: half the limits.")
    ] = True,
    recipients: Annotated[int, typer.Option(min=1, help="How many units or persons receive the same data.")] = 1,
    gains: Annotated[int, typer.Option(min=0, metavar="YUAN", help="Unlawful gains.")] = 0,
    purpose: Annotated[Literal["business"] | None, typer.Option(help="Bought or received for lawful business (Art. 6).")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Day whose law applies, as 2026-01-31; today.")] = None,
    lang: Annotated[Lang | None, typer.Option(help="Language of the report; from the locale.")] = None,
    format: Annotated[scan.Format | None, typer.Option(help="Form of the report; json if --output ends in .json.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report there and nothing of it to the terminal.")
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Result from which on the exit code is non-zero; personal. Unread parts keep it at 3 but for none."),
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Settings; leakgauge.toml of the current folder.")] = None,
    policy: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A company's own classes; may be given several times.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Passwords to try on what is locked, one a line.")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Say of every column why it was judged so, refused ones too.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict and what was not read.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on stderr.")] = False,
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
    lang: Annotated[Lang | None, typer.Option(help="Language; from the locale.")] = None,
) -> int:
    """Print the page of a kind, a category, a disputed parameter or an article; without NAME, list them."""
    return explain.run(name, lang or streams.default_lang())


def _date(words: str | None) -> date | None:
    if words is None:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise UsageError(f"--on {words} is not a date; write it as 2026-01-31") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with these arguments (None: the program's own); returns the exit code."""
    streams.prepare()
    sys.excepthook = _last_words
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Calling `app` itself would put typer's own hook in the place of ours; its traceback quotes values.
        code = get_command(app).main(args=words or ["--help"], prog_name="leakgauge", standalone_mode=False)
        sys.stdout.flush()
    except LeakgaugeError as error:
        streams.note(f"leakgauge: {plain(str(error))}")
        return error.exit_code
    except TyperException as error:
        streams.note("leakgauge: " + plain(error.format_message().replace("Value error, ", "")))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has left (`| head`); what it did not read is lost, so not a verdict
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the interpreter flushes it at its end
        return FAILURE
    return code if isinstance(code, int) else 0


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
