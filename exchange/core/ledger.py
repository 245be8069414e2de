"""The core's own arrays as one argument, beside those of the matching floor."""

from __future__ import annotations

from typing import Any, NamedTuple

Array = Any


class Ledger(NamedTuple):
    """Every array of the core that a hot command may read or write, as ``matching.arrays.Arrays``."""

    instruments: Array
    accounts: Array
    positions: Array
    venue: Array
    commands: Array
    events: Array
