"""The user's allow-list: values and columns that are known and accepted. What it drops is counted as suppressed, never silent.

[[value]]                    # a hotline that stands in every row
kind = "mobile_phone"
value = "13900001111"
reason = "service desk"

[[column]]                   # a column that only looks personal
path = "*/roster_*.xlsx"     # optional: a glob on the file's path
header = "值班电话"
reason = "published duty phone"
until = 2027-06-30           # optional: from the day after, it no longer applies
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from detectors.base.detector import Detector
from detectors.base.texts import Texts
from scanner.errors import ConfigError
from scanner.keyed_hash import Hashes, Key, hash_strings


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    reason: str
    until: date | None = None

    def applies(self, on: date) -> bool:
        return self.until is None or on <= self.until


class _Value(_Entry):
    kind: str
    value: str


class _Column(_Entry):
    header: str
    path: str = "*"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    value: tuple[_Value, ...] = ()
    column: tuple[_Column, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Allow:
    """Accepted values as keyed hashes per kind, and accepted columns."""

    values: dict[str, Hashes]
    columns: tuple[_Column, ...] = ()

    def reason(self, path: str, header: str) -> str:
        """Why this column is accepted, or ""."""
        slashed = path.replace("\\", "/")
        for column in self.columns:
            if column.header == header and (fnmatchcase(slashed, column.path) or fnmatchcase(slashed, "*/" + column.path)):
                return column.reason
        return ""

    def __repr__(self) -> str:
        return f"Allow({sum(map(len, self.values.values()))} values, {len(self.columns)} columns)"


NOTHING_ALLOWED = Allow({})


def load_allow(path: Path, catalogue: tuple[Detector, ...], key: Key, on: date) -> Allow:
    """Read an allow-list. Raises ConfigError: one sentence naming the file and the entry, never the value."""
    try:
        words = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"the allow-list {path} cannot be read: {error.strerror or 'unknown reason'}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the allow-list {path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError:
        raise ConfigError(f"the allow-list {path} is not valid TOML") from None
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise ConfigError(f"the allow-list {path}: {place} is missing, unknown or of the wrong type") from None
    detectors = {d.kind: d for d in catalogue}
    values: dict[str, list[str]] = {}
    for number, entry in enumerate(words.value, 1):
        if entry.kind not in detectors:
            raise ConfigError(f"the allow-list {path}: entry {number} names the unknown kind {entry.kind}")
        if entry.applies(on):
            matches = detectors[entry.kind].find(Texts([entry.value]))
            if not len(matches):
                raise ConfigError(f"the allow-list {path}: the value of entry {number} is not a {entry.kind}")
            values.setdefault(entry.kind, []).append(matches.value[0].as_py())
    hashed = {kind: np.sort(hash_strings(pa.array(texts, pa.string()), key)) for kind, texts in values.items()}
    return Allow(hashed, tuple(c for c in words.column if c.applies(on)))
