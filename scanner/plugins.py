"""Detectors from other packages: the entry-point group `leakgauge.detectors`.

    [project.entry-points."leakgauge.detectors"]
    staff_card = "acme_detectors:DETECTOR"

The object is a `Detector` or a sequence of them, made with `detectors.base` alone. `scanner.testing.check_detector` holds
what such a detector promises.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import entry_points

from detectors.base.detector import Detector
from scanner.errors import ConfigError

GROUP = "leakgauge.detectors"


@lru_cache(maxsize=1)
def plugins() -> tuple[Detector, ...]:
    """All detectors that installed packages offer, in the order of their names. Raises ConfigError naming the entry point."""
    found: list[Detector] = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        try:
            offered = point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(f"the plugin {point.name} ({point.value}) cannot be loaded: {error}") from None
        for one in offered if isinstance(offered, Iterable) else (offered,):
            if not isinstance(one, Detector):
                raise ConfigError(f"the plugin {point.name} ({point.value}) offers a {type(one).__name__}, not a Detector")
            found.append(one)
    return tuple(found)
