"""Libraries and modules that only some scans need: loaded when first used, so that a scan of a CSV does not pay for PDF.

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = lazily("openpyxl")
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType

import pyarrow as pa


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
    package, _, own = name.rpartition(".")
    if package:  # as an import would have it
        setattr(sys.modules[package], own, module)
    return module


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(name, name=name)
        return None


def without_pandas() -> None:
    """For a program that hands pyarrow no frames: pyarrow would load pandas at its first conversion, 0.3 s for nothing.

    It asks once and remembers that there is none; what needs pandas (`to_pandas`) still finds it afterwards.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([""])
    finally:
        sys.meta_path.remove(finder)
