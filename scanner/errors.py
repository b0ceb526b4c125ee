"""Everything that leakgauge raises on purpose.

LeakgaugeError            one clear sentence for people; the command line prints it and leaves with `exit_code`
├── UsageError            the caller's words are wrong (exit 2)
├── ConfigError           a configuration, policy or law file is broken (exit 2)
└── UnreadableError       a source or a part of one cannot be read; readers raise it, the pipeline turns it into an `Unread`
"""

from __future__ import annotations


class LeakgaugeError(Exception):
    """Base of all errors; `str()` is one sentence without any cell value."""

    exit_code = 1


class UsageError(LeakgaugeError):
    exit_code = 2


class ConfigError(LeakgaugeError):
    exit_code = 2


class UnreadableError(LeakgaugeError):
    """`reason` is one of `scanner.model.REASONS`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail
