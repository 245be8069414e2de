"""The end of a command in the oracle: complete cycles trade, and orders woken by them take their turn."""

from __future__ import annotations

from matching.reference_floor import Floor
from matching.reference_implied import sweep
from matching.reference_queue import run_queue


def settle(floor: Floor) -> None:
    """Trade complete cycles; after a cycle has traded run the linked books' queues; until nothing trades."""
    sweep(floor)
    while floor.cycle_traded:
        floor.cycle_traded = False
        for book in floor.books:
            if book.cycles:
                run_queue(floor, book)
        sweep(floor)
