"""RAR archives (RAR 1.5 to 5): listed always; unpacked by a program of the system, stored members without one.

The format's compression is not free to implement, so rarfile calls unrar, unar, 7z or bsdtar. It hands them a copy of the archive,
or of one packed member, in a private temporary folder that is removed afterwards; what they unpack comes through a pipe.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from subprocess import SubprocessError
from typing import Any, cast

from scanner.errors import UnreadableError
from scanner.limits import Meter
from scanner.model import Note, Table, Unread
from scanner.readers.members import BROKEN, SMALL, Names, damage, member, naming, text_name
from scanner.sources import Source

try:
    import rarfile
except ImportError:  # the optional package
    rarfile = None

SUFFIXES = (".rar", ".cbr")
_MARK = b"Rar!\x1a\x07"
_NEEDED = "RAR archives need the optional package rarfile: pip install leakgauge[archives]"
_TOOL = "needs one of the programs unrar, unar, 7z or bsdtar"


def claims(head: bytes, source: Source) -> bool:
    """By the signature (RAR 5.0 archive format, "RAR 5.0 signature"; the older one differs in its last byte)."""
    return head.startswith(_MARK)


def read(source: Source) -> Iterator[Table | Unread | Source | Note]:
    """Every member as a source. Without a program to unpack them, those that are packed are named."""
    if rarfile is None:
        yield Unread(source.path, "", "format", _NEEDED, source.size)
        return
    with tempfile.TemporaryDirectory(prefix="leakgauge") as folder:
        before, rarfile.HACK_TMP_DIR = rarfile.HACK_TMP_DIR, folder
        try:
            with source.seekable() as stream:
                # by its name a first volume finds the others beside it
                archive = rarfile.RarFile(source.by_name or stream, charset="gb18030")
                with archive:
                    yield from _members(source, archive)
        except rarfile.RarCannotExec:  # an old archive's comment is packed too
            yield Unread(source.path, "", "format", f"unpacking RAR {_TOOL}", source.size)
        except rarfile.NeedFirstVolume:
            yield Unread(source.path, "", "format", "a further volume of an archive, readable only from the first", source.size)
        except (rarfile.Error, SubprocessError, *BROKEN) as error:
            trouble = damage(error)
            yield Unread(source.path, "", trouble.reason, trouble.detail, source.size)
        finally:
            rarfile.HACK_TMP_DIR = before


def _members(source: Source, archive: Any) -> Iterator[Unread | Source | Note]:
    passwords = source.budget.opening.passwords
    why = ""
    for password in passwords if archive.needs_password() and not archive.infolist() else ():
        try:  # the directory itself is locked
            archive.setpassword(password)
        except rarfile.NoCrypto:
            why = "opening a locked list of members needs the package cryptography"
            break
        except (rarfile.Error, *BROKEN):
            continue
        if archive.infolist():
            break
    infos = [info for info in archive.infolist() if info.is_file()]
    if archive.needs_password() and not archive.infolist():
        yield Unread(source.path, "", "password", why, source.size)
        return
    meter = Meter(source.budget, source.size)
    names = Names()
    untold: list[str] = []
    packed, behind = sum(info.compress_size for info in infos), 0
    for place, info in enumerate(infos):
        source.reached(behind, packed)
        behind += info.compress_size
        name = names.own(_name(info))
        try:
            source.budget.member()
            opened = _opened(archive, info, passwords)
            if opened is None:
                yield Unread(source.path, name, "password", "", info.file_size)
                continue
            with opened:
                yield member(source, name, cast(Any, opened), meter, (rarfile.Error,))
        except rarfile.RarCannotExec:
            untold.append(name)
        except UnreadableError as error:
            yield Unread(source.path, name, error.reason, error.detail, info.file_size)
            if error.reason == "too_large":
                rest = naming([_name(left) for left in infos[place + 1 :]])
                yield Unread(source.path, "", "too_large", f"not read: {rest or 'nothing more'}")
                return
        except (rarfile.Error, *BROKEN) as error:
            trouble = damage(error)
            yield Unread(source.path, name, trouble.reason, trouble.detail, info.file_size)
    if untold:
        yield Unread(source.path, naming(untold), "format", f"unpacking RAR {_TOOL}", source.size)
    if archive.strerror():
        yield Unread(source.path, "", "damaged", "the archive is broken behind the members that were found", source.size)


def _name(info: Any) -> str:
    """A member's name; old archives that do not say Unicode hold bytes, and the library takes those of GB18030 for UTF-16."""
    raw: bytes | None = getattr(info, "orig_filename", None)
    if isinstance(raw, bytes) and isinstance(info, rarfile.Rar3Info) and not info.flags & rarfile.RAR_FILE_UNICODE:
        return text_name(raw)
    return str(info.filename)


def _opened(archive: Any, info: Any, passwords: tuple[str, ...]) -> Any:
    """A member's stream, None if it is locked and no password fits."""
    if not info.needs_password():
        return archive.open(info)
    for password in passwords:
        try:
            with archive.open(info, pwd=password) as tried:
                tried.read(SMALL)
            return archive.open(info, pwd=password)
        except rarfile.RarCannotExec:
            raise
        except (rarfile.Error, *BROKEN):
            continue
    return None
