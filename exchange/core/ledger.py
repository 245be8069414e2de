"""The core's own arrays as one argument, beside those of the matching floor."""

from __future__ import annotations

from typing import Any, NamedTuple

from exchange.core import layout as at

Array = Any


class Ledger(NamedTuple):
    """Every array of the core that a hot command may read or write, as ``matching.arrays.Arrays``."""

    instruments: Array
    accounts: Array
    positions: Array
    venue: Array
    moves: Array
    losses: Array
    commands: Array
    events: Array

    @staticmethod
    def widths() -> dict[str, int]:
        """Return how many columns each array has: 1 for a vector, 0 where that is known at run time only."""
        return {
            "instruments": at.INSTRUMENT_COLUMNS,
            "accounts": at.ACCOUNT_COLUMNS,
            "positions": at.POSITION_COLUMNS,
            "venue": 1,
            "moves": at.MOVE_COLUMNS,
            "losses": at.LOSS_COLUMNS,
            "commands": at.COMMAND_COLUMNS,
            "events": at.EVENT_COLUMNS,
        }
