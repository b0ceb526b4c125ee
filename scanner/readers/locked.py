"""Office documents under a password: those of Excel, Word and PowerPoint are opened with the passwords of the settings.

Source of the formats: [MS-OFFCRYPTO]. A locked OpenDocument is only known as such.

Excel locks some workbooks with a password that it knows itself and never asks for; that one is always tried.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.lazy import lazily
from scanner.model import Note, Unread
from scanner.readers.notes import unlocked
from scanner.sources import Source

if TYPE_CHECKING:
    import msoffcrypto
    import olefile
else:
    msoffcrypto, olefile = lazily("msoffcrypto"), lazily("olefile")

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_OWN = "VelvetSweatshop"  # [MS-OFFCRYPTO] 2.4.2.3
_MANIFEST = "META-INF/manifest.xml"
_LARGEST = 1 << 24  # bytes of a manifest
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_SPINS = 1_000_000  # hashes for one password; Office asks for 100,000, and a hostile file may ask for years
_SPIN = re.compile(rb'spinCount="(\d+)"')


def is_locked_package(data: bytes) -> bool:
    """Whether this is a compound file that holds an encrypted package."""
    return data.startswith(COMPOUND) and ENCRYPTED in data


def is_locked_opendocument(package: zipfile.ZipFile) -> bool:
    """Whether parts of an OpenDocument package are encrypted (OpenDocument 1.3 part 2, 4.4), or all of it is."""
    if "encrypted-package" in package.NameToInfo:
        return True
    if _MANIFEST not in package.NameToInfo or package.getinfo(_MANIFEST).file_size > _LARGEST:
        return False
    try:
        return b"encryption-data" in package.read(_MANIFEST)
    except _BROKEN:
        return False


def opened(source: Source, data: bytes) -> Iterator[Unread | Note | Source]:
    """The document inside, to be read in place of the locked one, or why it stays closed. data: the whole file."""
    if _endless(data):
        yield Unread(source.path, "", "password", f"a password takes more than {_SPINS:,} hashes to try", len(data))
        return
    for password in (_OWN, *source.budget.opening.passwords):
        plain = _decrypted(data, password)
        if plain is not None:
            if password != _OWN:
                yield Note(source.path, source.member, unlocked())
            # one step deeper, since what comes out may be locked again
            yield replace(source, data=plain, file="", stream=None, size=len(plain), depth=source.depth + 1)
            return
    yield Unread(source.path, "", "password", "", len(data))


def _decrypted(data: bytes, password: str) -> bytes | None:
    """The document, None when the password does not fit or the lock is of another kind."""
    into = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        file.load_key(password=password)
        file.decrypt(into)
    except Exception:  # the library raises of all kinds for a wrong password and for damage
        return None
    plain = into.getvalue()
    return plain if plain.startswith((b"PK", COMPOUND)) else None


def _endless(data: bytes) -> bool:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            if not file.exists("EncryptionInfo"):
                return False
            said = _SPIN.search(file.openstream("EncryptionInfo").read(1 << 16))
    except Exception:  # damage of any kind
        return False
    return said is not None and int(said[1][:12]) > _SPINS
