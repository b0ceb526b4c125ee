"""`leakgauge scan`: read, judge, report; the exit code is the verdict."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

import scanner
from scanner.commands import streams
from scanner.config import FailOn, Format, Lang, Settings, existing, find_settings, load_settings
from scanner.errors import LeakgaugeError, UsageError
from scanner.law.model import Act, Facts
from scanner.lazy import lazily
from scanner.model import Report
from scanner.plain import plain
from scanner.reports.json_v1 import dumps
from scanner.reports.outcome import exit_code

if TYPE_CHECKING:
    from scanner.commands import progress
    from scanner.reports import terminal
else:  # these load a library for terminals
    progress, terminal = lazily("scanner.commands.progress"), lazily("scanner.reports.terminal")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanWords:
    """What the user said; None where nothing was said and a default applies."""

    paths: tuple[str, ...]
    act: Act = "provide"
    insider: bool = True
    recipients: int = 1
    gains: int = 0
    purpose: Literal["business"] | None = None
    on: date | None = None
    lang: Lang | None = None
    format: Format | None = None
    output: Path | None = None
    fail_on: FailOn | None = None
    config: Path | None = None
    policies: tuple[Path, ...] = field(default=())
    password_file: Path | None = None
    why: bool = False
    quiet: bool = False
    progress: bool = True


def run(words: ScanWords) -> int:
    """Scan and report; returns the exit code. Raises LeakgaugeError for whatever the user has to change."""
    settings = _settings(words)
    if words.output:
        streams.check_writable(words.output)
    facts = Facts(act=words.act, insider=words.insider, recipients=words.recipients, gains=words.gains, purpose=words.purpose)
    try:
        with progress.shown(True) if _watched(words) else nullcontext() as step:
            report = scanner.scan(list(words.paths), facts=facts, settings=settings, progress=step)
    except KeyboardInterrupt:  # once a file is open the scan itself ends with a partial report
        raise LeakgaugeError("interrupted before anything could be reported") from None
    _refuse_nothing(report, words.paths)
    lang = words.lang or settings.lang or streams.default_lang()
    fail_on = words.fail_on or settings.fail_on or "personal"
    _deliver(report, words, lang, fail_on)
    return exit_code(report, fail_on)


def _watched(words: ScanWords) -> bool:
    """Whether someone sits before a terminal and wants to see how far the scan is."""
    return words.progress and not words.quiet and sys.stderr.isatty()


def _settings(words: ScanWords) -> Settings:
    settings = load_settings(words.config) if words.config else find_settings()
    policies = tuple(existing(path, "--policy", "command line") for path in words.policies)
    on = words.on or settings.on or date.today()
    told = words.password_file and existing(words.password_file, "--password-file", "command line")
    return settings.model_copy(
        update={"policies": settings.policies + policies, "on": on, "password_file": told or settings.password_file}
    )


def _refuse_nothing(report: Report, paths: tuple[str, ...]) -> None:
    """A scan of nothing is a mistake of the caller, and must not look like a good result."""
    if report.interrupted:
        return
    names = ", ".join(plain(path) for path in paths)
    if not report.files and not report.unread:
        one = len(paths) == 1
        raise UsageError(
            f"nothing to scan: {names} holds no file" if one else f"nothing to scan in {names}", zh=f"没有可扫描的文件：{names}"
        )
    if all(gap.reason == "missing" for gap in report.unread) and all(file.status == "unread" for file in report.files):
        one = len(paths) == 1
        raise UsageError(
            f"{names} does not exist" if one else f"none of these exists: {names}",
            zh=f"{names} 不存在" if one else f"以下路径都不存在：{names}",
        )


def _deliver(report: Report, words: ScanWords, lang: Lang, fail_on: FailOn) -> None:
    """The report to its place: to the file if one was named, and nothing of it to the terminal then; else to stdout."""
    chosen = words.format or ("json" if words.output and words.output.suffix.lower() == ".json" else "terminal")
    if words.output:
        with streams.replacing(words.output) as file:
            _write(report, words, lang, fail_on, chosen, file)
        return
    if not words.quiet:
        for path in words.paths:
            if Path(path).is_dir() and not any(names for _, _, names in os.walk(path)):
                streams.note(f"leakgauge: note: {plain(path)} holds no file")
    _write(report, words, lang, fail_on, chosen, None)


def _write(report: Report, words: ScanWords, lang: Lang, fail_on: FailOn, chosen: Format, file: TextIO | None) -> None:
    if chosen == "json":
        (file or sys.stdout).write(dumps(report, lang, fail_on))
    elif file is None and sys.stdout.isatty():
        terminal.write_terminal(report, streams.console(), lang, why=words.why, quiet=words.quiet)
    else:
        (file or sys.stdout).write(terminal.as_text(report, lang, why=words.why, quiet=words.quiet))
