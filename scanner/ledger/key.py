"""The secret of the ledger's hashes: one file of its own, readable by its owner only.

Whoever has the ledger alone has counts and hashes that tell nothing. Whoever has both can test whether a value that they already
know, or can guess (there are few mobile numbers), stands in a remembered file; see `docs/ledger.md`.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
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
        raise ConfigError(f"the key file {path} does not exist", zh=f"密钥文件 {path} 不存在") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the key file {path} cannot be read", zh=f"密钥文件 {path} 无法读取") from None
    if os.name == "posix" and facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"the key file {path} can be read by others than its owner; allow only yourself: chmod 600 {path}",
            zh=f"他人可以读取密钥文件 {path}；请只允许自己读取：chmod 600 {path}",
        )
    if not found:
        raise ConfigError(f"the key file {path} holds no key", zh=f"文件 {path} 中没有密钥")
    return Key(int(found[1][:16], 16), int(found[1][16:], 16))


def make_key(path: Path) -> Key:
    """A fresh key in a new file. Raises ConfigError when there is a file already, or none can be made."""
    key = Key.fresh()
    _write(path, key)
    return key


def _write(path: Path, key: Key) -> None:
    """A new file with this key. Raises ConfigError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(f"{_HEADER}{key.k0:016x}{key.k1:016x}\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ConfigError(f"the key file {path} exists already", zh=f"密钥文件 {path} 已存在") from None
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise ConfigError(f"the key file {path} cannot be made: {why}", zh=f"无法生成密钥文件 {path}：{why}") from None


def rotate_key(path: Path) -> tuple[Key, Path]:
    """A fresh key in the place of the old one, which is kept beside it under its fingerprint; returns both."""
    old = load_key(path)
    kept = path.with_name(f"{path.name}.{key_id(old)}")
    if not kept.exists() or load_key(kept) != old:  # a rotation that was cut short has left it
        _write(kept, old)
    making = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    key = make_key(making)
    try:
        os.replace(making, path)
    except OSError as error:
        making.unlink(missing_ok=True)
        why = error.strerror or "unknown reason"
        raise ConfigError(f"the key file {path} cannot be replaced: {why}", zh=f"无法更换密钥文件 {path}：{why}") from None
    return key, kept


def key_id(key: Key) -> str:
    """Eight characters that tell keys apart and from which no key can be found (BLAKE2b)."""
    secret = key.k0.to_bytes(8, "big") + key.k1.to_bytes(8, "big")
    return hashlib.blake2b(secret, digest_size=4, person=b"leakgauge key id").hexdigest()
