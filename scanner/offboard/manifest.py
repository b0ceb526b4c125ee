"""The manifest: what lay on the medium, file by file, and whether it still does.

JSON lines in ASCII: a head, one line for each file, link or folder that could not be listed, and a last line with the SHA-256 of
all lines before it in their canonical form (keys sorted, no blanks, joined by line feeds). A manifest that was reformatted
on its way still verifies; one in which anything else was changed does not. Keep the last line's digest apart, on paper if need be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.errors import ConfigError
from scanner.offboard.files import Item, digested, walk

SCHEMA = "leakgauge-manifest/1"
UNSEEN = ("permission", "error", "missing")  # of these a look tells nothing, not even a type in some systems

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read. intact: its digest is that of its lines."""

    head: Json
    entries: tuple[Json, ...]
    digest: str
    intact: bool

    @property
    def roots(self) -> tuple[str, ...]:
        """Where the examined paths stood when it was made."""
        return tuple(str(root["absolute"]) for root in self.head["roots"])


@dataclass(frozen=True, slots=True)
class Verification:
    """What a second look found; paths as `root/path`.

    changed     path and what differs: type, size, content, target
    unreadable  path and why, then or now: nothing can be said of these
    times       same content, another time of the last change: told, but no difference
    """

    intact: bool
    same: int
    changed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    times: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return not self.intact or bool(self.changed or self.missing or self.added)


def lines(head: Mapping[str, object], items: Iterable[Item]) -> tuple[list[str], str]:
    """The lines of a manifest, each with its line feed, and the digest in the last of them."""
    told = [_canonical({"schema": SCHEMA, **head}), *(_canonical(entry(item)) for item in items)]
    digest = _digest(told)
    return [f"{line}\n" for line in (*told, _canonical({"sha256_of_lines": digest}))], digest


def entry(item: Item) -> Json:
    """One line as plain values. Bytes of a name that are no text stand as lone surrogates, as Python has them."""
    return {
        "root": item.root,
        "path": item.path,
        "type": item.type,
        "size": item.size,
        "modified_ns": item.modified_ns,
        "changed_ns": item.changed_ns,
        "accessed_ns": item.accessed_ns,
        "born_ns": item.born_ns,
        "uid": item.uid,
        "owner": item.owner,
        "target": item.target,
        "sha256": item.sha256,
        "unread": item.trouble,
        "detail": item.detail,
        "access_time_kept": item.kept,
    }


def load(path: Path) -> Manifest:
    """The manifest in this file. Raises ConfigError: missing, or of another form. A wrong digest is no error: see `intact`."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"the manifest {path} cannot be read: {error.strerror or 'unknown reason'}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the manifest {path} is not text") from None
    try:
        words = [json.loads(line, parse_constant=_refused) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise ConfigError(f"the manifest {path} is damaged: a line of it is not JSON") from None
    if not words or not all(isinstance(each, dict) for each in words) or words[0].get("schema") != SCHEMA:
        raise ConfigError(f"{path} is not a manifest of the form {SCHEMA}")
    head, entries, last = words[0], words[1:-1], words[-1]
    named = isinstance(head.get("roots"), list) and all(isinstance(root, dict) and "absolute" in root for root in head["roots"])
    if not named or not all(map(_whole, entries)):
        raise ConfigError(f"the manifest {path} is damaged: a line of it lacks a part")
    digest = str(last.get("sha256_of_lines", ""))
    intact = digest == _digest([_canonical(each) for each in words[:-1]])
    return Manifest(head, tuple(entries), digest, intact)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _whole(words: Json) -> bool:
    """Whether a line has every part of an entry, each of its own type."""
    return all(
        name in words and (type(words[name]) is type(value) or (name in ("born_ns", "uid") and type(words[name]) is int))
        for name, value in entry(Item(0, "", "")).items()
    )


def verify(manifest: Manifest, roots: Sequence[str]) -> Verification:
    """Look again at the same paths, or at others where they stand now (in the same order)."""
    before = {(each["root"], each["path"]): each for each in manifest.entries}
    changed, added, times = [], [], []
    unreadable: dict[tuple[int, str], str] = {}
    met = set()
    same = 0
    for item in map(digested, walk(roots)):
        if item.trouble == "missing":
            continue
        key = (item.root, item.path)
        met.add(key)
        then, now = before.get(key), entry(item)
        if then is None:
            if item.type == "folder":
                unreadable[key] = item.trouble
            else:
                added.append(_name(key, roots))
            continue
        difference = _difference(then, now)
        trouble = now["unread"] or then["unread"]
        if difference:
            changed.append((_name(key, roots), difference))
        elif trouble and trouble != "not_a_file":  # a pipe or device is there to be listed, not read
            unreadable[key] = trouble
        else:
            same += 1
            if then["modified_ns"] != now["modified_ns"]:
                times.append(_name(key, roots))
    closed = [key for key in unreadable if key not in before]
    missing = []
    for key, then in before.items():
        if key in met:
            continue
        if then["type"] == "folder":  # it could not be listed then; now it can
            unreadable[key] = then["unread"]
        elif any(key[0] == root and key[1].startswith(f"{path}/" if path else "") for root, path in closed):
            unreadable[key] = "permission"
        else:
            missing.append(_name(key, roots))
    unread = tuple((_name(key, roots), why) for key, why in sorted(unreadable.items()))
    return Verification(manifest.intact, same, tuple(changed), tuple(missing), tuple(added), unread, tuple(times))


def _difference(then: Json, now: Json) -> str:
    """What of the thing itself is another: its times are not asked, since copying a medium changes them."""
    for name in ("type", "target"):
        if then[name] != now[name]:
            return name
    if then["unread"] in UNSEEN or now["unread"] in UNSEEN:
        return ""
    if then["size"] != now["size"]:
        return "size"
    return "content" if then["sha256"] and now["sha256"] and then["sha256"] != now["sha256"] else ""


def _name(key: tuple[int, str], roots: Sequence[str]) -> str:
    root, path = key
    top = roots[root] if root < len(roots) else f"#{root}"
    return f"{top}/{path}" if path else top


def _canonical(words: Mapping[str, object]) -> str:
    return json.dumps(words, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(told: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for number, line in enumerate(told):
        digest.update(f"{chr(10) if number else ''}{line}".encode("ascii"))
    return digest.hexdigest()
