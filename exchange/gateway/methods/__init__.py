"""The methods of the dialect, one module a theme."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every module of this package, so that each of its methods is registered."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
