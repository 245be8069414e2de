"""What an engine must offer to be measured: three verbs that name orders by dense numbers."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import NamedTuple

Trade = tuple[int, int, int, int]
"""Resting order, aggressor, price_ticks, qty_lots."""


class Verbs(NamedTuple):
    """One empty book of an engine.

    add(order, side, price_ticks, qty_lots), cancel(order) and amend(order, side, price_ticks, qty_lots)
    take limit orders by price and time; an amend loses its priority. trades returns all trades so far,
    or is None where the engine does not report them.
    """

    add: Callable[[int, int, int, int], object]
    cancel: Callable[[int], object]
    amend: Callable[[int, int, int, int], object]
    trades: Callable[[], list[Trade]] | None


class Engine(NamedTuple):
    """An engine to measure."""

    name: str
    open_book: Callable[[], Verbs]


def amend_by_replacing(
    add: Callable[[int, int, int, int], object], cancel: Callable[[int], object]
) -> Callable[[int, int, int, int], object]:
    """Return the amend of an engine that has none: cancel, and enter anew under the same number."""

    def amend(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        cancel(order)
        add(order, side, price_ticks, qty_lots)

    return amend


def installed() -> tuple[list[Engine], list[str]]:
    """Return the engines whose package is installed, and the distributions of those that are not."""
    engines, missing = [], []
    for path in sorted(Path(__file__).parent.glob("*_engine.py")):
        module = import_module(f"benchmarks.engines.{path.stem}")
        try:
            version = metadata.version(module.DISTRIBUTION)
        except metadata.PackageNotFoundError:
            missing.append(module.DISTRIBUTION)
        else:
            engines.append(Engine(f"{module.DISTRIBUTION} {version}", module.open_book))
    return engines, missing
