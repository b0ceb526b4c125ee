"""What a scan may be told: `Settings`, read from `leakgauge.toml`, and the `Progress` it reports while it runs.

The file is TOML. Paths in it are relative to its own folder. An unknown key is refused, since a mistyped key would
silently scan with other settings than its author believes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanner.errors import ConfigError
from scanner.keyed_hash import Key
from scanner.limits import Limits, Opening, Size

FILE_NAME = "leakgauge.toml"

FailOn = Literal["none", "personal", "strict", "prevailing", "tenfold"]
Lang = Literal["zh", "en"]
Format = Literal["terminal", "json"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan has come. Totals are None where they are not known (stdin, a folder still being listed).

    file        the source being read, as given
    files_done  sources finished; bytes_done: bytes of finished sources and of the read part of the current one
    rows        rows seen so far, all files together
    """

    file: str
    files_done: int
    files_total: int | None
    bytes_done: int
    bytes_total: int | None
    rows: int


class Settings(BaseModel):
    """Everything that is not a fact of the case (`scanner.law.model.Facts`). Frozen; `Settings()` scans everything there is.

    on              day whose law applies; goes before `Facts.on`; None: that one
    policies        a company's own classes, TOML files
    fields          the user's own catalogues of header-told kinds, in the form of `detectors/fields.toml`
    allow           a list of values and columns that are known and not to be counted; what it drops is `Report.suppressed`
    include, exclude   globs on the files of scanned folders (`*.csv`, `archive/*`); see `admits`
    max_file_bytes  larger sources are `Unread(too_large)`; None: no limit
    limits          bounds on archives and cells, a table of its own: `scanner.limits.Limits`
    password_file   passwords to try on what is locked: UTF-8 text, one a line
    lang, fail_on   defaults of the command line's options of that name
    nightly         the table of the nightly run: `scanner.nightly.settings`
    key             secret of the hashes, when two scans are to be compared; never read from a file, None: fresh for each scan
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    on: date | None = None
    policies: tuple[Path, ...] = ()
    fields: tuple[Path, ...] = ()
    allow: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_bytes: Size | None = None
    limits: Limits = Limits()
    password_file: Path | None = None
    lang: Lang | None = None
    fail_on: FailOn | None = None
    nightly: dict[str, Any] = {}
    key: Annotated[Key | None, Field(exclude=True, repr=False)] = None

    def opening(self) -> Opening:
        """The bounds, and the passwords of the file. Raises ConfigError when it cannot be read."""
        return Opening(self.limits, _passwords(self.password_file) if self.password_file else ())

    def admits(self, path: str) -> bool:
        """Whether a file found in a folder is to be scanned; one named as such always is.

        A glob matches the whole path or its tail from any folder on, and `*` crosses folders: `*.csv`, `archive/*`.
        """
        slashed = path.replace("\\", "/")

        def any_of(globs: tuple[str, ...]) -> bool:
            return any(fnmatchcase(slashed, glob) or fnmatchcase(slashed, f"*/{glob}") for glob in globs)

        return (not self.include or any_of(self.include)) and not any_of(self.exclude)


def load_settings(path: Path) -> Settings:
    """The settings in a TOML file. Raises ConfigError: one sentence naming the file and the key."""
    try:
        with path.open("rb") as file:
            words = tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError(f"the configuration file {path} does not exist") from None
    except OSError as error:
        raise ConfigError(f"the configuration file {path} cannot be read: {error.strerror or 'unknown reason'}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the configuration file {path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the configuration file {path} is not valid TOML: {error}") from None
    return _settings(words, path)


def find_settings(folder: Path | None = None) -> Settings:
    """The settings of `leakgauge.toml` in this folder (None: the current one), or the defaults where there is none.

    Only the folder one works in is asked, never a scanned one: an export must not be able to bring its own exceptions.
    """
    path = (folder or Path()) / FILE_NAME
    return load_settings(path) if path.is_file() else Settings()


def _passwords(path: Path) -> tuple[str, ...]:
    """One password a line, in order, none twice. A password may begin or end with blanks."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"the password file {path} cannot be read: {error.strerror or 'unknown reason'}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the password file {path} is not UTF-8 text") from None
    return tuple(dict.fromkeys(line for line in lines if line))


def existing(path: Path, key: str, where: str) -> Path:
    """The path, if it is a file. Raises ConfigError naming the key and where it was written."""
    if not path.is_file():
        raise ConfigError(f"{where}: {key} names {path}, which is not a file")
    return path


def _settings(words: Mapping[str, Any], path: Path) -> Settings:
    known = sorted(name for name in Settings.model_fields if name != "key")
    for name in words:
        if name not in known:
            raise ConfigError(f"{path}: unknown key {name!r} (known: {', '.join(known)})")
    try:
        settings = Settings.model_validate(dict(words))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigError(f"{path}: {key}: {first['msg'].removeprefix('Value error, ')}") from None
    folder, where = path.parent, str(path)
    return settings.model_copy(
        update={
            "policies": tuple(existing(folder / p, "policies", where) for p in settings.policies),
            "fields": tuple(existing(folder / p, "fields", where) for p in settings.fields),
            "allow": existing(folder / settings.allow, "allow", where) if settings.allow else None,
            "password_file": existing(folder / settings.password_file, "password_file", where) if settings.password_file else None,
        }
    )
