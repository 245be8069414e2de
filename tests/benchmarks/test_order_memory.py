"""Memory is counted for orders that rest."""

from __future__ import annotations

from benchmarks import order_memory
from benchmarks.children import resident_bytes
from benchmarks.measure import reference_engine
from benchmarks.rounds import open_kernel
from matching.layout import ORDER_COLUMNS


def test_a_resting_order_takes_at_least_its_row() -> None:
    grown = order_memory.of_books(open_kernel, 100_000)
    if resident_bytes() is None:
        assert grown is None
        return
    assert grown is not None
    assert 8 * ORDER_COLUMNS <= grown < 1_000


def test_an_engine_takes_at_least_what_names_its_orders() -> None:
    grown = order_memory.of_engine(reference_engine(), 10_000)
    assert grown is None or 100 < grown < 10_000
