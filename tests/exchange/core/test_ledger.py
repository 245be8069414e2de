"""The core's arrays as a kernel is handed them: no copies, each under its own name."""

from __future__ import annotations

import numpy as np

from exchange.core import layout as at
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
    ledger.moves[0, 0] += 5 * amount
    ledger.losses[0, 0] += 6 * amount
    ledger.commands[0, 0] += 7 * amount
    ledger.events[0, 0] += 8 * amount
    return amount


def test_a_part_writes_to_the_arrays_themselves() -> None:
    core = Lab(spec(), deposits=(USD,)).core
    commands = np.zeros((1, at.COMMAND_COLUMNS), np.int64)
    events = np.zeros((1, at.EVENT_COLUMNS), np.int64)
    arrays = (*core.ledger(), commands, events)
    before = [array.flat[0] for array in arrays]
    assert add_to_each(Ledger(*arrays), 10) == 10
    assert [array.flat[0] for array in arrays] == [
        value + 10 * factor for factor, value in enumerate(before, 1)
    ]
