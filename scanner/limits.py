"""How much of a container is read: the bounds of the configuration, and the meters that keep them.

A bound protects the scan from files made to exhaust it (archives that unpack to petabytes, or hold each other). Reaching one is
never silent: it raises `UnreadableError`, whose sentence names the setting, and readers turn that into one `Unread`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from scanner.errors import UnreadableError

_UNITS = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}
_RATIO_FROM = 1 << 26  # 64 MiB unpack without asking for the ratio: small files of zeros compress a thousandfold and harm nobody


def _size(value: object) -> object:
    """Bytes from a number or from words such as "500 MB" (1 MB = 1,048,576 bytes)."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+)\s*([kmgt]?b?)\s*", value.lower())
    if not found:
        raise ValueError('is neither a number of bytes nor a size such as "500 MB"')
    unit = found[2]
    return int(found[1]) * _UNITS[unit if unit.endswith("b") or not unit else unit + "b"]


Size = Annotated[int, BeforeValidator(_size), Field(gt=0)]


class Limits(BaseModel):
    """Bounds on one file and all that is packed in it. The defaults let pass whatever a company packs on purpose.

    depth          containers within containers; a .tar.gz is two
    members        files in a container with all that is nested in it
    archive_bytes  unpacked from one container
    total_bytes    unpacked from one file with all that is nested in it
    ratio          unpacked bytes per packed byte, asked from 64 MB on
    cell_bytes     of one cell; the rest of a longer one is not examined
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: Annotated[int, Field(ge=0, le=50)] = 8
    members: Annotated[int, Field(gt=0)] = 100_000
    archive_bytes: Size = 20 << 30
    total_bytes: Size = 50 << 30
    ratio: Annotated[int, Field(gt=0)] = 250
    cell_bytes: Size = 16 << 20


@dataclass(frozen=True, slots=True)
class Opening:
    """How files are opened.

    passwords  tried in this order on what is locked
    untouched  the times of the last access are kept where the system allows it (`scanner.untouched`)
    """

    limits: Limits = field(default_factory=Limits)
    passwords: tuple[str, ...] = field(default=(), repr=False)
    untouched: bool = False


@dataclass(slots=True)
class Reach:
    """How far the reading of one file given to the scan has come, for people who wait.

    size    its bytes, 0 where unknown
    stream  what it is read from; its position tells, whatever is packed in it
    share   between 0 and 1, said by readers that do not read from the beginning to the end
    """

    size: int = 0
    stream: BinaryIO | None = None
    share: float | None = None
    furthest: int = 0

    def at(self) -> int:
        """Bytes that are behind the reading; never fewer than before, never more than there are."""
        at = 0
        if self.share is not None:
            at = int(self.share * self.size)
        elif self.stream is not None and not self.stream.closed:
            at = self.stream.tell()
        self.furthest = max(self.furthest, min(at, self.size))
        return self.furthest


@dataclass(slots=True)
class Budget:
    """What one file given to the scan has used of its bounds, all nesting together. size: its own bytes, 0 where unknown."""

    opening: Opening = field(default_factory=Opening)
    size: int = 0
    reach: Reach = field(default_factory=Reach)
    members: int = 0
    unpacked: int = 0

    @property
    def limits(self) -> Limits:
        return self.opening.limits

    def member(self) -> None:
        """One more member. Raises UnreadableError(too_large)."""
        self.members += 1
        if self.members > self.limits.members:
            raise UnreadableError("too_large", f"more than {self.limits.members:,} members (limits.members)")


@dataclass(slots=True)
class Meter:
    """Unpacked bytes of one container. packed: its own bytes, which a stream counts as it goes."""

    budget: Budget
    packed: int = 0
    unpacked: int = 0

    def took(self, size: int) -> None:
        """So many bytes more were unpacked. Raises UnreadableError(too_large) once a bound is passed."""
        self.unpacked += size
        self.budget.unpacked += size
        limits = self.budget.limits
        if self.unpacked > limits.archive_bytes:
            raise too_large(limits.archive_bytes, "archive_bytes")
        if self.budget.unpacked > limits.total_bytes:
            raise too_large(limits.total_bytes, "total_bytes")
        for unpacked, packed in ((self.unpacked, self.packed), (self.budget.unpacked, self.budget.size)):
            if packed and unpacked > _RATIO_FROM and unpacked > packed * limits.ratio:
                raise UnreadableError("too_large", f"unpacks to more than {limits.ratio} times its size (limits.ratio)")


def too_large(size: int, name: str) -> UnreadableError:
    """The refusal for a bound in bytes of this name."""
    return UnreadableError("too_large", f"unpacks to more than {size:,} bytes (limits.{name})")
