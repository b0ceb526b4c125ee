"""What a remembered scan hangs on besides the bytes: program, settings and catalogues; and whose files are."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from scanner.config import Settings
from scanner.nightly.settings import Nightly
from scanner.plugins import plugins


def settings_identity(settings: Settings) -> str:
    """Changes when a scan of the same bytes could find something else: other program, catalogues, allow-list, bounds, passwords."""
    assert settings.key is not None
    words = {
        "tool": version("leakgauge"),
        "plugins": sorted(detector.kind for detector in plugins()),
        "files": [_content(path) for path in (*settings.fields, *([settings.allow] if settings.allow else []))],
        "limits": settings.limits.model_dump(),
        "passwords": _content(settings.password_file) if settings.password_file else "",
    }
    secret = settings.key.k0.to_bytes(8, "big") + settings.key.k1.to_bytes(8, "big")  # a bare hash would tell a short password
    return hashlib.blake2b(json.dumps(words, sort_keys=True).encode(), digest_size=16, key=secret).hexdigest()


def owners_identity(nightly: Nightly) -> str:
    """Changes when the settings name other owners."""
    return hashlib.sha256(json.dumps([each.model_dump() for each in nightly.owner]).encode()).hexdigest()[:16]


def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
