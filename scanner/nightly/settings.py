"""The `[nightly]` table of `leakgauge.toml`, and the baseline of accepted files.

[nightly]
baseline = "baseline.toml"

[[nightly.owner]]            # whose a file is; without an entry, the account that the system names
path = "*/exports/crm/*"
owner = "CRM team"

[[nightly.retention]]        # how long exports of a category may lie; "*": of any
category = "owner"
days = 90

The baseline:

[[accept]]
path = "*/hr/roster.xlsx"    # a glob on the file's path; or digest = "…" (SHA-256)
owner = "HR"
reason = "the payroll provider fetches it every month"
until = 2027-06-30           # the last day on which it is accepted
persons = 1500               # optional: accepted as long as it holds no more
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scanner.errors import ConfigError

_STRICT = ConfigDict(frozen=True, extra="forbid")


class Owner(BaseModel):
    """Files below these paths are this owner's."""

    model_config = _STRICT
    path: str
    owner: str


class Retention(BaseModel):
    """Exports with this category are due for destruction after so many days."""

    model_config = _STRICT
    category: str
    days: Annotated[int, Field(gt=0)]


class Nightly(BaseModel):
    """The table. alert: channels, in the form of `scanner.alerts`."""

    model_config = _STRICT
    baseline: Path | None = None
    owner: tuple[Owner, ...] = ()
    retention: tuple[Retention, ...] = ()
    alert: tuple[dict[str, Any], ...] = ()

    def owner_of(self, path: str, account: str) -> str:
        """Whose a file is: the first entry that fits, else the account."""
        slashed = path.replace("\\", "/")
        return next((each.owner for each in self.owner if _fits(slashed, each.path)), account)


class Accepted(BaseModel):
    """A file that is known and accepted until a day, or until it grows."""

    model_config = _STRICT
    owner: str
    reason: str
    until: date
    path: str | None = None
    digest: str | None = None
    persons: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Accepted:
        if (self.path is None) == (self.digest is None):
            raise ValueError("give either path or digest")
        return self

    def covers(self, path: str, digest: str, persons: int, on: date) -> bool:
        if on > self.until or (self.persons is not None and persons > self.persons):
            return False
        return digest == self.digest if self.digest else _fits(path.replace("\\", "/"), self.path or "")


class Baseline(BaseModel):
    """All accepted files."""

    model_config = _STRICT
    accept: tuple[Accepted, ...] = ()

    def entry(self, path: str, digest: str, persons: int, on: date) -> Accepted | None:
        """The entry that accepts this file today."""
        return next((each for each in self.accept if each.covers(path, digest, persons, on)), None)

    def expired(self, on: date) -> tuple[Accepted, ...]:
        return tuple(each for each in self.accept if on > each.until)


def nightly_settings(words: Mapping[str, Any], where: str) -> Nightly:
    """The `[nightly]` table. Raises ConfigError."""
    try:
        return Nightly.model_validate(dict(words))
    except ValidationError as error:
        raise ConfigError(f"{where}: nightly.{_first(error)}") from None


def load_baseline(path: Path | None) -> Baseline:
    """The baseline file; none: nothing is accepted. Raises ConfigError."""
    if path is None:
        return Baseline()
    try:
        return Baseline.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise ConfigError(f"the baseline {path} cannot be read: {error.strerror or 'unknown reason'}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the baseline {path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the baseline {path} is not valid TOML: {error}") from None
    except ValidationError as error:
        raise ConfigError(f"the baseline {path}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg'].removeprefix('Value error, ')}" if place else first["msg"].removeprefix("Value error, ")


def _fits(path: str, glob: str) -> bool:
    return fnmatchcase(path, glob) or fnmatchcase(path, f"*/{glob}")
