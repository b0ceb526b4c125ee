"""`leakgauge offboard`: one person's files added up, dated, traced, and kept as evidence; the exit code is the verdict."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from scanner.commands import ledgers, progress, streams
from scanner.config import FailOn, Lang, Settings, existing, find_settings, load_settings
from scanner.errors import LeakgaugeError, UsageError
from scanner.law.model import Assessment, Facts
from scanner.ledger import Ledger
from scanner.ledger.engine import ENVIRONMENT
from scanner.ledger.facts import Standing
from scanner.ledger.key import key_id, load_key
from scanner.ledger.packing import LINKS
from scanner.model import Report
from scanner.offboard.checklist import Answers
from scanner.offboard.dossier import Request, examine
from scanner.offboard.files import inside, roots_of
from scanner.offboard.hours import hours, offset
from scanner.offboard.identifiers import Identifiers
from scanner.offboard.model import Dossier, TimeOf
from scanner.reports.dossier_html import as_html
from scanner.reports.dossier_json import dumps_dossier
from scanner.reports.dossier_terminal import dossier_text, write_dossier
from scanner.reports.outcome import exit_code
from scanner.tally import Tally

Form = Literal["terminal", "html", "json"]
_ENDINGS: dict[str, Form] = {".html": "html", ".htm": "html", ".json": "json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OffboardWords:
    """What the user said; None where nothing was said and a default applies."""

    person: str
    since: date
    paths: tuple[str, ...]
    ledger: str | None = None
    key: Path | None = None
    answers: Answers = Answers()
    hours: str = "08:00-20:00"
    workdays: str = "mon-fri"
    by: TimeOf = "modified"
    utc_offset: str | None = None
    on: date | None = None
    lang: Lang | None = None
    format: Form | None = None
    output: Path | None = None
    manifest: Path | None = None
    fail_on: FailOn | None = None
    config: Path | None = None
    policies: tuple[Path, ...] = field(default=())
    password_file: Path | None = None
    progress: bool = True


def run(words: OffboardWords) -> int:
    """Examine and report; returns the exit code. Raises LeakgaugeError for whatever the user has to change."""
    request = Request(
        person=words.person,
        since=words.since,
        paths=words.paths,
        answers=words.answers,
        hours=hours(words.hours, words.workdays),
        by=words.by,
        zone=offset(words.utc_offset) if words.utc_offset else None,
        facts=Facts(on=words.on or date.today()),
    )
    compared = bool(words.ledger or os.environ.get(ENVIRONMENT))
    _leave_untouched(words, compared)
    settings = _settings(words, compared)
    fingerprint = key_id(settings.key) if settings.key else ""
    try:
        with ExitStack() as stack:
            exports = _exports(stack.enter_context(ledgers.known_ledger(words.ledger)), fingerprint) if compared else None
            step = stack.enter_context(progress.shown(words.progress))
            digest = hashlib.sha256(repr(settings).encode()).hexdigest()
            done = examine(request, settings, exports, step, key_id=fingerprint, settings_digest=digest)
    except KeyboardInterrupt:
        raise LeakgaugeError("interrupted before anything could be reported") from None
    if words.manifest:
        with streams.replacing(words.manifest) as file:
            file.writelines(done.manifest)
    lang = words.lang or settings.lang or streams.default_lang()
    code = verdict(done.dossier, words.fail_on or settings.fail_on or "personal")
    _deliver(done.dossier, words, lang, code)
    return code


def verdict(dossier: Dossier, fail_on: FailOn) -> int:
    """The exit code, as of a scan: all files as they lie there, and as people said they were passed on; no what-if."""
    stated = dossier.whole.answered
    return max(_code(dossier, each, fail_on) for each in (dossier.whole.obtain, stated) if each)


def _code(dossier: Dossier, assessment: Assessment, fail_on: FailOn) -> int:
    whole = dossier.whole
    report = Report((), Tally(), (), whole.persons, assessment, dossier.unread, interrupted=dossier.interrupted)
    return exit_code(report, fail_on)


def _settings(words: OffboardWords, compared: bool) -> Settings:
    settings = load_settings(words.config) if words.config else find_settings()
    policies = tuple(existing(path, "--policy", "command line") for path in words.policies)
    told = words.password_file and existing(words.password_file, "--password-file", "command line")
    if words.key and not compared:
        raise UsageError("--key needs --ledger: it is the key that the ledger's exports were hashed with")
    key = load_key(ledgers.key_path(words.ledger, words.key)) if compared else None
    return settings.model_copy(
        update={
            "policies": settings.policies + policies,
            "on": words.on or settings.on or date.today(),
            "password_file": told or settings.password_file,
            "key": key,
        }
    )


def _leave_untouched(words: OffboardWords, compared: bool) -> None:
    """Refuse whatever would write where the examined files are. Raises UsageError."""
    roots = roots_of(words.paths)
    written = {"--output": words.output, "--manifest": words.manifest}
    for option, path in written.items():
        if path is None:
            continue
        if inside(str(path), roots):
            raise UsageError(f"{option} {path} lies in the examined paths, where nothing may be written")
        streams.check_writable(path, option)
    if words.output and words.manifest and os.path.realpath(words.output) == os.path.realpath(words.manifest):
        raise UsageError("--output and --manifest name the same file")
    file = ledgers.ledger_file(words.ledger) if compared else None
    if file is not None and inside(str(file), roots):
        raise UsageError(f"the ledger {file} lies in the examined paths, where nothing may be written")
    if inside(tempfile.gettempdir(), roots):
        raise UsageError("the folder for temporary files lies in the examined paths; set TMPDIR (Windows: TEMP) to one elsewhere")


@dataclass(frozen=True, slots=True)
class _Export:
    """A file of the ledger as something to be compared with."""

    standing: Standing
    tally: Tally = field(repr=False)

    @property
    def path(self) -> str:
        return self.standing.file.path

    @property
    def seen(self) -> datetime:
        return datetime.fromisoformat(self.standing.first_seen)

    @property
    def digest(self) -> str:
        return self.standing.digest

    @property
    def owner(self) -> str:
        return self.standing.file.owner

    @property
    def persons(self) -> int:
        return self.standing.persons

    def identifiers(self) -> Identifiers:
        return Identifiers.of(self.tally, LINKS)


def _exports(ledger: Ledger, fingerprint: str) -> Iterator[_Export]:
    return (_Export(standing, tally) for standing, tally in ledger.remembered(fingerprint))


def _deliver(dossier: Dossier, words: OffboardWords, lang: Lang, code: int) -> None:
    """The dossier to its place: to the file if one was named, and nothing of it to the terminal then; else to stdout."""
    form = words.format or (_ENDINGS.get(words.output.suffix.lower(), "terminal") if words.output else "terminal")
    if form == "terminal" and not words.output and sys.stdout.isatty():
        write_dossier(dossier, streams.console(), lang)
        return
    if form == "html":
        text = as_html(dossier, lang)
    elif form == "json":
        text = dumps_dossier(dossier, lang, code)
    else:
        text = dossier_text(dossier, lang)
    if not words.output:
        sys.stdout.write(text)
        return
    with streams.replacing(words.output) as file:
        file.write(text)
