"""leakgauge 红线尺: whose personal information is in here, how grave is it, how close does it come to the criminal line?

>>> import scanner
>>> report = scanner.scan("export.csv")                        # doctest: +SKIP
>>> report.assessment.readings["strict"].ratio                 # doctest: +SKIP
4.8
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanner.api import scan
    from scanner.config import Progress, Settings
    from scanner.errors import ConfigError, LeakgaugeError, UnreadableError, UsageError
    from scanner.law.assess import assess
    from scanner.law.model import Assessment, Facts
    from scanner.model import Report, Unread

__all__ = [
    "Assessment",
    "ConfigError",
    "Facts",
    "LeakgaugeError",
    "Progress",
    "Report",
    "Settings",
    "UnreadableError",
    "Unread",
    "UsageError",
    "assess",
    "scan",
]

# Loaded at their first use: `leakgauge --version` needs none of them, and the command line has a word to say before they load.
_HOMES = {
    "scanner.api": ("scan",),
    "scanner.config": ("Progress", "Settings"),
    "scanner.errors": ("ConfigError", "LeakgaugeError", "UnreadableError", "UsageError"),
    "scanner.law.assess": ("assess",),
    "scanner.law.model": ("Assessment", "Facts"),
    "scanner.model": ("Report", "Unread"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
