"""The methods of the dialect, one module a theme; the operator's in a package of their own."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages


def load() -> None:
    """Import every module of this package, so that each of its methods is registered."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
