"""The core's arrays as a kernel is handed them: no copies, each under its own name."""

from __future__ import annotations

import numpy as np

from exchange.core.ledger import Ledger
from matching.compiled import called
from tests.exchange.core.lab import USD, Lab, spec


@called
def add_to_each(ledger: Ledger, amount: int) -> int:
    """Add to the first cell of each array."""
    ledger.instruments[0, 0] += amount
    ledger.accounts[0, 0] += 2 * amount
    ledger.positions[0, 0, 0] += 3 * amount
    ledger.venue[0] += 4 * amount
    ledger.commands[0, 0] += 5 * amount
    ledger.events[0, 0] += 6 * amount
    return amount


def test_a_part_writes_to_the_arrays_themselves() -> None:
    core = Lab(spec(), deposits=(USD,)).core
    commands, events = np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int64)
    arrays = (core.instruments, core.accounts, core.positions, core.venue, commands, events)
    before = [array.flat[0] for array in arrays]
    assert add_to_each(Ledger(*arrays), 10) == 10
    assert [array.flat[0] for array in arrays] == [
        value + 10 * factor for factor, value in enumerate(before, 1)
    ]
