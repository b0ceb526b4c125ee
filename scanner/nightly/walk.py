"""The files below some roots, with what tells that one has changed: one `scandir` and one `stat` each, and nothing is opened.

Symbolic links are followed like `scanner.sources` does it: each real file and folder once. What is neither file nor folder, or
cannot be listed, comes as `Unread`.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.model import Unread
from scanner.sources import LITTER, unreadable

_KIND = 0o170000  # the bits of a mode that tell files from folders
RACY = 2_000_000_000  # ns: file systems tell times this roughly; what changed so lately may change again without a new time


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as the walk met it. path: absolute, as the system has it; root: the one it was found under."""

    path: str
    root: str
    facts: os.stat_result


@dataclass(frozen=True, slots=True)
class Listed:
    """What one folder holds: paths of files with what the system says of them, and what cannot be looked at."""

    root: str
    files: list[tuple[str, os.stat_result]]
    troubles: list[Unread]


def stamp(facts: os.stat_result) -> str:
    """Changes whenever a file's bytes can have: size, time of the last change, time of the last change of its entry, inode."""
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"


def settled(facts: os.stat_result, now: int) -> str:
    """The stamp to remember, "" when the file changed so lately that the same stamp could stand for other bytes. now: ns."""
    return stamp(facts) if now - max(facts.st_mtime_ns, facts.st_ctime_ns) > RACY else ""


def stored(path: str) -> str:
    """A path as text that every database takes: bytes that are not text are written as `\\udc80`."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def roots_of(paths: Sequence[str]) -> list[str]:
    """Absolute roots, none inside another."""
    whole = sorted({os.path.abspath(path) for path in paths})
    return [path for path in whole if not any(inside(path, other) for other in whole if other != path)]


def inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def walk(roots: Sequence[str]) -> Iterator[Listed]:
    """Every file, folder by folder. Links come after what stands in the tree itself, so that a file is met under its own path."""
    folders: set[tuple[int, int]] = set()
    links: list[tuple[str, str]] = []
    files: set[str] = set()  # real paths of files that were met through links
    for root in roots:
        yield from _tree(root, root, folders, links)
    single: list[tuple[str, str]] = []
    while links:
        links.sort(reverse=True)
        path, root = links.pop()
        if os.path.isdir(path):
            yield from _tree(path, root, folders, links)
        else:
            single.append((path, root))
    for path, root in single:
        real = os.path.realpath(path)
        if real not in files and not _met(os.path.dirname(real), folders):
            files.add(real)
            yield from _tree(path, root, folders, links)


def _met(folder: str, folders: set[tuple[int, int]]) -> bool:
    """Whether the walk has been in this folder, and so met what a link into it names."""
    try:
        facts = os.stat(folder)
    except OSError:
        return False
    return (facts.st_dev, facts.st_ino) in folders and bool(facts.st_ino)


def _tree(top: str, root: str, folders: set[tuple[int, int]], links: list[tuple[str, str]]) -> Iterator[Listed]:
    """Whatever lies at and below `top`; links on the way are put aside."""
    try:
        facts = os.stat(top)
    except OSError as error:
        yield Listed(root, [], [_trouble(top, error)])
        return
    if stat.S_ISREG(facts.st_mode):
        yield Listed(root, [(top, facts)], [])
        return
    if not stat.S_ISDIR(facts.st_mode):
        yield Listed(root, [], [Unread(stored(top), "", "not_a_file")])
        return
    stack = [(top, facts)]
    while stack:
        folder, facts = stack.pop()
        if not facts.st_ino:  # Windows lists no numbers of files, and a junction there may lead back up
            with contextlib.suppress(OSError):  # then listing it says why
                facts = os.stat(folder)
        identity = (facts.st_dev, facts.st_ino)
        if identity in folders and facts.st_ino:
            continue
        folders.add(identity)
        files: list[tuple[str, os.stat_result]] = []
        troubles: list[Unread] = []
        try:
            entries = os.scandir(folder)
        except OSError as error:
            yield Listed(root, [], [_trouble(folder, error)])
            continue
        with entries:
            for entry in entries:  # this loop sees every file every night: nothing in here that is not needed
                try:
                    facts = entry.stat(follow_symlinks=False)
                except OSError as error:
                    troubles.append(_trouble(entry.path, error))
                    continue
                kind = facts.st_mode & _KIND
                if kind == stat.S_IFREG:
                    if entry.name.lower() not in LITTER:
                        files.append((entry.path, facts))
                elif kind == stat.S_IFDIR:
                    stack.append((entry.path, facts))
                elif kind == stat.S_IFLNK:
                    links.append((entry.path, root))
                else:
                    troubles.append(Unread(stored(entry.path), "", "not_a_file"))
        yield Listed(root, files, troubles)


def _trouble(path: str, error: OSError) -> Unread:
    trouble = unreadable(error)
    return Unread(stored(path), "", trouble.reason, trouble.detail)
