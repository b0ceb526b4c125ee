"""The secret of the ledger's hashes: one file of its own, readable by its owner only.

Whoever has the ledger alone has counts and hashes that tell nothing. Whoever has both can test whether a value that they already
know, or can guess (there are few mobile numbers), stands in a remembered file; see `docs/ledger.md`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from scanner.errors import ConfigError
from scanner.keyed_hash import Key

_HEADER = "# leakgauge ledger key. Keep it apart from the ledger; without it old runs cannot be compared with new ones.\n"


def load_key(path: Path) -> Key:
    """The key of this file. Raises ConfigError: missing, of another form, or readable by others."""
    try:
        with path.open(encoding="ascii") as file:
            facts = os.fstat(file.fileno())
            found = re.search(r"^([0-9a-f]{32})$", file.read(1024), re.MULTILINE)
    except FileNotFoundError:
        raise ConfigError(f"the key file {path} does not exist") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the key file {path} cannot be read") from None
    if os.name == "posix" and facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"the key file {path} can be read by others than its owner; allow only yourself: chmod 600 {path}")
    if not found:
        raise ConfigError(f"the key file {path} holds no key")
    return Key(int(found[1][:16], 16), int(found[1][16:], 16))


def make_key(path: Path) -> Key:
    """A fresh key in a new file. Raises ConfigError when there is a file already, or none can be made."""
    key = Key.fresh()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(f"{_HEADER}{key.k0:016x}{key.k1:016x}\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ConfigError(f"the key file {path} exists already") from None
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be made: {error.strerror or 'unknown reason'}") from None
    return key


def rotate_key(path: Path) -> tuple[Key, Path]:
    """A fresh key in the place of the old one, which is kept beside it under its fingerprint; returns both."""
    old = load_key(path)
    kept = path.with_name(f"{path.name}.{key_id(old)}")
    try:
        os.link(path, kept)
        path.unlink()
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be set aside as {kept.name}: {error.strerror or 'unknown reason'}") from None
    return make_key(path), kept


def key_id(key: Key) -> str:
    """Eight characters that tell keys apart and from which no key can be found (BLAKE2b)."""
    secret = key.k0.to_bytes(8, "big") + key.k1.to_bytes(8, "big")
    return hashlib.blake2b(secret, digest_size=4, person=b"leakgauge key id").hexdigest()
