"""Libraries that only some formats need: loaded when first used, so that a scan of a CSV does not pay for PDF.

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = lazily("openpyxl")
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType


def lazily(name: str) -> ModuleType:
    """The module, executed at the first look at one of its attributes. Raises ImportError when it is not installed."""
    if name in sys.modules:
        return sys.modules[name]
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        return import_module(name)
    loader = LazyLoader(spec.loader)
    spec.loader = loader
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module
