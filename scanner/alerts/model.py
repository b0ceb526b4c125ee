"""What an alert is: one thing that happened, in both languages, with nothing personal in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scanner.keyed_hash import Key
from scanner.plain import plain, title

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")  # gravest last

Event = Literal[
    "new_over_line",
    "grew_over_line",
    "no_longer_accepted",
    "owner_over_line",
    "first_category",
    "locked",
    "unread",
    "wrong_name",
    "due",
    "drill_caught",
    "drill_missed",
    "run_failed",
]

# What an alert of each event is called where its maker gave no title of its own.
EVENTS: dict[Event, tuple[str, str]] = {
    "new_over_line": ("新文件达到入罪标准（从严口径）", "A new file reaches the criminal line (strict reading)"),
    "grew_over_line": ("文件内容变化后达到入罪标准（从严口径）", "A changed file now reaches the criminal line (strict reading)"),
    "no_longer_accepted": (
        "达到入罪标准（从严口径）的文件不再被基线接受",
        "A file that reaches the criminal line (strict reading) is no longer accepted",
    ),
    "owner_over_line": (
        "同一导出人的文件合计达到入罪标准（从严口径）",
        "One owner's files together reach the criminal line (strict reading)",
    ),
    "first_category": ("首次出现的信息类别", "A category of information not seen before"),
    "locked": ("文件已加密，未能读取", "A locked file could not be read"),
    "unread": ("有内容未能读取", "Something could not be read"),
    "wrong_name": ("文件名与内容的格式不符", "A file's name promises another format than it has"),
    "due": ("超过规定的保存期限", "Kept longer than the policy allows"),
    "drill_caught": ("演练文件已被发现", "A drill file was caught"),
    "drill_missed": ("演练文件未被发现", "A drill file was not caught"),
    "run_failed": ("扫描未能完成", "The scan did not finish"),
}

# Numbers written in groups: mobiles 3-4-4, cards in fours, ID numbers 6-8-4, landlines with their area code. A date has groups
# of two and stays.
_GROUPS = re.compile(r"(?<!\d)(?:\d{3,8}(?:[ -]\d{3,8}){2,}[Xx]?|0\d{2,3}[ -]\d{7,8})(?!\d)")


@dataclass(frozen=True, slots=True)
class Ratios:
    """Σ nᵢ / limitᵢ under the three readings; 1 is the line."""

    strict: float
    prevailing: float
    lenient: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event, fit to be sent. Long runs of digits and mailboxes are masked when it is made, since a path may hold them.

    id         the same event has the same id, whenever it is told: `alert_id`
    lines_*    further sentences, one each; what stands in other fields need not be repeated
    root       the scanned folder, path: the file in it; "" where the event is not about one
    owner      who made the export, "" if unknown
    persons    None where nothing was counted, as ratios
    when       with its time zone
    """

    id: str
    severity: Severity
    event: Event
    when: datetime
    title_zh: str = ""
    title_en: str = ""
    lines_zh: tuple[str, ...] = ()
    lines_en: tuple[str, ...] = ()
    root: str = ""
    path: str = ""
    owner: str = ""
    persons: int | None = None
    ratios: Ratios | None = None

    def __post_init__(self) -> None:
        if self.when.tzinfo is None:
            raise ValueError("an alert's time must have a time zone")
        if len(self.lines_zh) != len(self.lines_en):
            raise ValueError("an alert must say the same lines in both languages")
        zh, en = EVENTS[self.event]
        for name, text in (
            ("title_zh", self.title_zh or zh),
            ("title_en", self.title_en or en),
            ("root", self.root),
            ("path", self.path),
            ("owner", self.owner),
        ):
            object.__setattr__(self, name, shown(text))
        for name, lines in (("lines_zh", self.lines_zh), ("lines_en", self.lines_en)):
            object.__setattr__(self, name, tuple(shown(line) for line in lines))


def shown(text: str) -> str:
    """One line that may be sent: masked as column titles are, numbers in groups too, without what drives a terminal.

    >>> shown("/出口/13800138000_a.csv"), shown("138 0013 8000 of 2024-01-15"), shown("li.si@corp.example")
    ('/出口/138******00_a.csv', '138********00 of 2024-01-15', 'l***@corp.example')
    """
    return title(_GROUPS.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 5) + found[0][-2:], plain(text)))


def alert_id(key: Key, event: Event, *facts: str | int) -> str:
    """A name for this event that tells nothing: keyed, for a path may hold an ID number that could be found by trying.

    `facts` are what makes the event this one: root, path and the content it was judged by, or an owner and a line.
    """
    secret = key.k0.to_bytes(8, "big") + key.k1.to_bytes(8, "big")
    digest = hashlib.blake2b(key=secret, digest_size=16, person=b"leakgauge alert")
    for fact in (event, *facts):
        # With its length before it, so that no two lists of facts read the same; a file name may hold lone surrogates.
        data = str(fact).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def gravest_first(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Each id once; critical before warning, then the highest strict ratio, then the id, so that the order is always the same."""
    once = {alert.id: alert for alert in alerts}
    return tuple(sorted(once.values(), key=lambda a: (-SEVERITIES.index(a.severity), -(a.ratios.strict if a.ratios else 0), a.id)))
