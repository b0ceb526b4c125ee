"""`leakgauge nightly`: what is new or changed in export folders, against the ledger; tells people, machines and the next night.

Exit codes are those of a scan, over what is new or changed since the last run that finished: 0 nothing, 3 something could not be
read now or an alert was not delivered, 10 to 13 as found. 1: the run failed, was interrupted, or a drill file was not caught.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from scanner import schedule
from scanner.alerts import Channel, Delivery, load_channels
from scanner.commands import ledgers, progress, streams
from scanner.config import FILE_NAME, FailOn, Format, Lang
from scanner.errors import LeakgaugeError, UsageError
from scanner.keyed_hash import Key
from scanner.law.assess import people
from scanner.law.model import READINGS, Facts
from scanner.ledger import InUseError, Ledger, LedgerError
from scanner.ledger.key import load_key
from scanner.nightly.alerting import tell_channels, tell_failure
from scanner.nightly.result import Result
from scanner.nightly.run import Night
from scanner.nightly.run import run as run_night
from scanner.nightly.settings import load_baseline, nightly_settings
from scanner.nightly.study import judge
from scanner.plain import plain
from scanner.reports import metrics, nightly_json, nightly_terminal
from scanner.reports.nightly_alerts import alert
from scanner.reports.nightly_outcome import exit_code
from scanner.reports.nightly_words import say

Unit = Literal["systemd", "cron", "windows"]
_UNITS: dict[Unit, tuple[schedule.Kind, ...]] = {
    "systemd": ("systemd-service", "systemd-timer"),
    "cron": ("cron",),
    "windows": ("windows",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyWords:
    """What the user said; None where nothing was said and a default applies."""

    roots: tuple[str, ...]
    ledger: str | None = None
    key: Path | None = None
    config: Path | None = None
    password_file: Path | None = None
    format: Format | None = None
    output: Path | None = None
    fail_on: FailOn | None = None
    lang: Lang | None = None
    metrics: Path | None = None
    print_unit: Unit | None = None
    at: str = "02:00"
    alerts: bool = True
    quiet: bool = False
    progress: bool = True


def run(words: NightlyWords) -> int:
    """One night; returns the exit code. Raises LeakgaugeError."""
    if words.print_unit:
        return _print_unit(words, words.print_unit)
    try:
        return _run(words)
    except KeyboardInterrupt:
        raise LeakgaugeError(say(words.lang or streams.default_lang(), "interrupted")) from None


def _run(words: NightlyWords) -> int:
    settings, folder = ledgers.settings_of(words.config, words.password_file)
    nightly = nightly_settings(settings.nightly, str(words.config or "leakgauge.toml"))
    baseline = load_baseline(folder / nightly.baseline if nightly.baseline else None)
    channels = load_channels([dict(table) for table in nightly.alert], folder) if words.alerts else ()
    lang = words.lang or settings.lang or streams.default_lang()
    fail_on = words.fail_on or settings.fail_on or "personal"
    _check_places(words)
    key_path = ledgers.key_path(words.ledger, words.key)
    with ExitStack() as stack:
        with _failure_told(channels, key_path):
            _check_roots(words.roots)
            ledger = stack.enter_context(Ledger(words.ledger, writer=True))
            key = ledgers.key_of(ledger, key_path, lang)
            last = ledger.last_finished()
            night = Night(
                roots=words.roots,
                settings=settings.model_copy(update={"key": key}),
                nightly=nightly,
                baseline=baseline,
                facts=Facts(on=settings.on or date.today()),
                own=ledgers.own_files(words.ledger, key_path, words.output, words.metrics),
            )
            with progress.shown(words.progress and not words.quiet) as step:
                result = run_night(night, ledger, step)
        problem: LedgerError | None = None
        told: tuple[Delivery, ...] = ()
        try:
            told = tell_channels(ledger, channels, key, int(last["id"]) if last else 0, night.clock, alert)
        except LedgerError as error:  # the run has finished: its report is worth having
            problem = error
        code = exit_code(result, fail_on, undelivered=any(each.failed for each in told))
        if words.metrics:
            figures = _figures(result, told, ledger, night.facts, code)
            metrics.write_metrics(words.metrics, metrics.samples(figures))
    ledgers.write(
        lambda: nightly_terminal.render(result, told, lang, quiet=words.quiet),
        lambda: nightly_json.dumps(result, told, lang, fail_on),
        words.format,
        words.output,
    )
    if problem:
        raise problem
    return code


@contextmanager
def _failure_told(channels: tuple[Channel, ...], key_path: Path) -> Iterator[None]:
    """When a night fails, or cannot begin, the channels are told before the error goes on. Another run at work is no failure."""
    try:
        yield
    except InUseError:
        raise
    except Exception as error:  # whatever it was, people are told and it goes on; its own words may quote a value
        known = error if isinstance(error, LeakgaugeError) else LeakgaugeError(type(error).__name__)
        key = Key.fresh()
        with suppress(LeakgaugeError):
            key = load_key(key_path)
        for delivery in tell_failure(channels, key, known, datetime.now(UTC)):
            if delivery.failed:
                streams.note(f"leakgauge: {plain(delivery.channel)}: {plain(delivery.error_en)}")
        raise


def _check_places(words: NightlyWords) -> None:
    """Refuse before a long run what would make nothing of it. Raises UsageError."""
    if words.output:
        streams.check_writable(words.output)
    if words.metrics and not words.metrics.absolute().parent.is_dir():
        raise UsageError(f"--metrics {words.metrics}: the folder does not exist")


def _check_roots(roots: tuple[str, ...]) -> None:
    """Raises UsageError when there is none at all, as where a share is not mounted."""
    if not any(os.path.lexists(root) for root in roots):
        names = ", ".join(plain(root) for root in roots)
        one = len(roots) == 1
        raise UsageError(
            f"{names} does not exist" if one else f"none of these exists: {names}",
            zh=f"{names} 不存在" if one else f"以下路径都不存在：{names}",
        )


def _figures(result: Result, told: tuple[Delivery, ...], ledger: Ledger, facts: Facts, code: int) -> metrics.RunFigures:
    """The run for Prometheus. What stands altogether is summed up for it, accepted files too."""
    tally = ledger.total()
    whole = judge(tally, facts)
    counts = asdict(result.counts) | {"skipped": result.counts.unchanged}
    over: dict[str, int] = {name: sum(each.judged.ratio(name) >= 1 for each in result.over) for name in READINGS}
    caught = [drill.seconds for drill in result.drills if drill.seconds is not None]
    return metrics.RunFigures(
        ended=result.finished.timestamp(),
        duration=(result.finished - result.started).total_seconds(),
        files={state: counts[state] for state in metrics.FILE_STATES},
        files_over_line=over,
        persons=people(tally).all,
        ratios={name: whole.ratio(name) for name in READINGS},
        suppressed=len(result.suppressed),
        exit_code=code,
        owner_ratios={name: {r: owned.judged.ratio(r) for r in READINGS} for name, owned in result.owners.items()},
        alerts_failed={each.channel: len(each.failed) for each in told},
        drill=caught[-1] if caught else None,
    )


def _print_unit(words: NightlyWords, kind: Unit) -> int:
    """The schedule's text, to stdout or the file; nothing is scanned."""
    try:
        at = time.fromisoformat(words.at)
    except ValueError:
        raise UsageError(f"--at {words.at} is not a time of day; write it as 02:00") from None
    file = ledgers.ledger_file(words.ledger)
    key = ledgers.key_path(words.ledger, words.key)
    writable = {str(place.absolute().parent) for place in (file, key, words.output, words.metrics) if place}
    command = _command(words, file, key)
    texts = [schedule.unit(each, command, at, writable=sorted(writable)) for each in _UNITS[kind]]
    if kind == "systemd":
        texts = [f"# {_named(each)}\n{text}" for each, text in zip(_UNITS[kind], texts, strict=True)]
    encoding = schedule.ENCODINGS[_UNITS[kind][0]]
    if encoding == "utf-8" or sys.stdout.isatty():
        sys.stdout.write("\n".join(texts))
    else:
        sys.stdout.buffer.write(texts[0].encode(encoding))
    return 0


def _named(kind: schedule.Kind) -> str:
    return f"/etc/systemd/system/leakgauge-nightly.{kind.removeprefix('systemd-')}"


def _command(words: NightlyWords, file: Path | None, key: Path) -> list[str]:
    """These words as a schedule must say them: full paths, nothing from the current folder. A URL stays in the environment."""
    program = shutil.which("leakgauge") or os.path.join(os.path.dirname(sys.executable), "leakgauge")
    command = [os.path.abspath(program), "nightly", *map(os.path.abspath, words.roots), "--key", str(key)]
    if file:
        command += ["--ledger", str(file)]
    elif words.ledger:
        command += ["--ledger", words.ledger]
    config = words.config or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    places = {"config": config, "password_file": words.password_file, "output": words.output, "metrics": words.metrics}
    for name, path in places.items():
        if path:
            command += [f"--{name.replace('_', '-')}", str(path.absolute())]
    for name in ("format", "fail_on", "lang"):
        if value := getattr(words, name):
            command += [f"--{name.replace('_', '-')}", str(value)]
    return [*command, *(["--no-alerts"] if not words.alerts else []), *(["--quiet"] if words.quiet else []), "--no-progress"]
