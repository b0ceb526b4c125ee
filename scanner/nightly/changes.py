"""What is worth telling of a run: events, each with a stable number so that it is told once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.ledger.facts import Content, Event, Judged

# kind → whether it is news for people; the others are kept for the record
KINDS = {
    "new_over_line": True,  # a new file reaches a line
    "grew_over_line": True,  # a known file has changed and reaches one now
    "accepted_over_line": False,  # the same for a file that the baseline accepts
    "no_longer_accepted": True,  # a file over a line whose acceptance has ended, or that holds more than was accepted
    "owner_over_line": True,  # an owner's files together
    "first_category": True,  # a category that the ledger had never seen
    "locked": True,  # a file or member that nobody could open
    "unread": True,
    "wrong_name": True,  # the name promises another format than the content is
    "due": True,  # older than the policy allows for its category
    "drill_caught": True,
    "drill_missed": True,
    "copied": False,
    "moved": False,
    "gone": False,
    "channel": False,  # a channel for alerts was seen for the first time: what happened before is not told to it
}
WRONG_NAME = "other_format"  # the code of such a note, `scanner.readers.notes`


def event(kind: str, path: str, owner: str, *seed: object, **detail: Any) -> Event:
    """seed: what makes it another event when it changes (the run, the content)."""
    words = "\x1f".join(map(str, (kind, path, *seed)))
    return Event(hashlib.blake2b(words.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest(), kind, path, owner, detail)


def figures(judged: Judged) -> dict[str, float]:
    """The three ratios of providing."""
    return {name: round(result.ratio, 4) for name, result in judged.acts["provide"].items()}


def of_file(
    run: int, path: str, owner: str, content: Content, before: Judged | None, known: Iterable[str], accepted: str
) -> Iterator[Event]:
    """What a new or changed file gives cause to tell. before: its last judgement, None for a new file; accepted: why, or ""."""
    seed = (run, content.identity.digest)
    if content.judged.over and (before is None or not before.over):
        kind = "accepted_over_line" if accepted else "new_over_line" if before is None else "grew_over_line"
        more = {"reason": accepted} if accepted else {}
        yield event(kind, path, owner, *seed, persons=content.persons, ratios=figures(content.judged), **more)
    fresh = sorted(set(content.categories) - set(known))
    if fresh:
        yield event("first_category", path, owner, *seed, categories=fresh, persons=content.persons)
    yield from of_gaps(path, owner, content.unread, content.identity.digest)
    hidden = [note for note in content.notes if note["code"] == WRONG_NAME]
    if hidden:
        yield event("wrong_name", path, owner, *seed, notes=hidden)


def of_gaps(path: str, owner: str, unread: Iterable[dict[str, Any]], *seed: object) -> Iterator[Event]:
    """What could not be read: locked parts are a finding of their own. Told again only when the file has changed (seed)."""
    gaps = list(unread)
    locked = [gap for gap in gaps if gap["reason"] == "password"]
    others = [gap for gap in gaps if gap["reason"] != "password"]
    if locked:
        yield event("locked", path, owner, *seed, parts=[gap["part"] for gap in locked])
    if others:
        reasons = sorted({gap["reason"] for gap in others})
        yield event("unread", path, owner, *reasons, *seed, reasons=reasons, parts=len(others))
