"""Everything on an examined medium, as it was met: names, sizes, times, owners, digests. Nothing is changed.

Links are listed with where they lead and not followed, so that what is examined is what stands under the given paths and nothing
else. Folders are listed and files opened without leaving access times, where the system allows it (`scanner.untouched`).
"""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scanner.accounts import NUMBERED, account_name
from scanner.errors import UsageError
from scanner.offboard.birth import birth_ns
from scanner.sources import unreadable
from scanner.untouched import names_in, open_file

Type = Literal["file", "link", "folder", "special"]
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the medium. type "folder": one that could not be listed; "special": a socket, device or pipe.

    root, path   the number of the examined path, and the way down from it with slashes ("" for the path itself)
    place        what the system knows it by
    *_ns         nanoseconds since 1970; accessed is that of before the examination; born: None where the system does not tell
    uid, owner   None and "" where the system does not tell
    target       where a link leads, as it is written
    sha256       of the bytes, "" where they were not read
    trouble      why it was not read (`scanner.model.REASONS`), "" for nothing; detail: the system's own words
    kept         listing or opening it left its access time alone
    """

    root: int
    path: str
    place: str
    type: Type = "file"
    size: int = 0
    modified_ns: int = 0
    changed_ns: int = 0
    accessed_ns: int = 0
    born_ns: int | None = None
    uid: int | None = None
    owner: str = ""
    target: str = ""
    sha256: str = ""
    trouble: str = ""
    detail: str = ""
    kept: bool = True


def roots_of(paths: Sequence[str]) -> tuple[str, ...]:
    """The examined paths: patterns resolved, none twice and none inside another. Raises UsageError for one that names nothing."""
    named: list[str] = []
    for path in paths:
        found = [path] if os.path.lexists(path) else sorted(glob.glob(path, recursive=True, include_hidden=True))
        if not found:
            raise UsageError(f"{path} does not exist")
        named += found
    real = {path: os.path.realpath(path) for path in dict.fromkeys(named)}
    kept: dict[str, str] = {}
    for path, place in real.items():
        if place not in kept and not any(other != place and inside(place, [other]) for other in real.values()):
            kept[place] = path
    return tuple(kept.values())


def inside(path: str, folders: Sequence[str]) -> bool:
    """Whether a path is one of these or lies below one, links resolved."""
    place = os.path.normcase(os.path.realpath(path))
    for folder in folders:
        top = os.path.normcase(os.path.realpath(folder))
        if place == top or place.startswith(top.rstrip(os.sep) + os.sep):
            return True
    return False


def walk(roots: Sequence[str]) -> Iterator[Item]:
    """Everything below the roots in sorted order, files not yet opened."""
    for number, root in enumerate(roots):
        stack = [(root, "")]
        while stack:
            place, path = stack.pop()
            item, names = _look(number, place, path)
            if item.type != "folder" or item.trouble:
                yield item
            below = [(os.path.join(place, name), f"{path}/{name}" if path else name) for name in names]
            stack.extend(reversed(below))


def _look(root: int, place: str, path: str) -> tuple[Item, list[str]]:
    """One thing, and the names in it if it is a folder."""
    item = Item(root, path, place)
    try:
        facts = os.stat(place) if not path else os.lstat(place)  # a path that was given as such may be a link
    except OSError as error:
        return _failed(item, error), []
    item = _described(item, facts)
    try:
        if item.type == "folder":
            names, kept = names_in(place)
            return replace(item, kept=kept), names
        if item.type == "link":
            return replace(item, target=os.readlink(place), kept=False), []  # reading a link counts as access everywhere
    except OSError as error:
        return _failed(item, error), []
    return (replace(item, trouble="not_a_file") if item.type == "special" else item), []


def _described(item: Item, facts: os.stat_result) -> Item:
    mode = facts.st_mode
    type: Type = "special"
    if stat.S_ISREG(mode):
        type = "file"
    elif stat.S_ISDIR(mode):
        type = "folder"
    elif stat.S_ISLNK(mode):
        type = "link"
    return replace(
        item,
        type=type,
        size=facts.st_size if type == "file" else 0,
        modified_ns=facts.st_mtime_ns,
        changed_ns=facts.st_ctime_ns,
        accessed_ns=facts.st_atime_ns,
        born_ns=birth_ns(item.place, facts),
        uid=facts.st_uid if NUMBERED else None,
        owner=account_name(facts.st_uid),
    )


def digested(item: Item) -> Item:
    """With the SHA-256 of its bytes, or why they could not be read. What is no file stays as it is."""
    if item.type != "file" or item.trouble:
        return item
    try:
        handle, kept = open_file(item.place, True)
        with os.fdopen(handle, "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return replace(item, trouble="changed", detail="no longer a file")
            digest = hashlib.sha256()
            while piece := stream.read(_STEP):
                digest.update(piece)
            after = os.fstat(handle)
    except OSError as error:
        return _failed(item, error)
    if (after.st_size, after.st_mtime_ns) != (item.size, item.modified_ns):
        item = replace(item, trouble="changed", detail="changed while it was read")
    return replace(item, sha256=digest.hexdigest(), kept=kept)


def _failed(item: Item, error: OSError) -> Item:
    trouble = unreadable(error)
    return replace(item, trouble=trouble.reason, detail=trouble.detail)
