"""Everything that leakgauge raises on purpose.

LeakgaugeError            one clear sentence for people; the command line prints it and leaves with `exit_code`
├── UsageError            the caller's words are wrong (exit 2)
├── ConfigError           a configuration, policy or law file is broken (exit 2)
└── UnreadableError       a source or a part of one cannot be read; readers raise it, the pipeline turns it into an `Unread`
"""

from __future__ import annotations

from typing import Literal


class LeakgaugeError(Exception):
    """Base of all errors; `str()` is one English sentence without any cell value.

    zh  the same in Chinese, "" where nobody has said it
    """

    exit_code = 1

    def __init__(self, said: str = "", *, zh: str = "") -> None:
        super().__init__(said)
        self.zh = zh

    def text(self, lang: Literal["zh", "en"]) -> str:
        """The sentence in this language; in English where there is no other."""
        return self.zh if lang == "zh" and self.zh else str(self)


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
