"""What the clients of a crashing venue want: orders under labels, which they send again when in doubt."""

from __future__ import annotations

import numpy as np

from exchange.core.commands import Command
from tests.exchange.core.lab import USD, listing, opening, perpetual, spec, submit

ACCOUNTS = ("ada", "ben", "cleo", "dan")


def commands(seed: int, orders: int) -> list[Command]:
    """Two listings, four funded accounts, then crossing orders, each under a label of its own.

    Each may be sent again: the second time is refused as a duplicate and changes nothing.
    """
    drawn = np.random.default_rng(seed)
    found = [listing(spec()), listing(perpetual())]
    found += [opening(name, 10**7 * USD, 1_000) for name in ACCOUNTS]
    for number in range(orders):
        account, instrument, offset, lots, side = (
            int(x) for x in drawn.integers([0, 0, -4, 1, 0], [4, 2, 5, 20, 2])
        )
        price = (300, 3_000)[instrument] + offset
        label = f"order {number}"
        found.append(submit(account, side, price, lots, instrument=instrument, label=label))
    return found


def bursts(seed: int, count: int) -> list[tuple[int, int]]:
    """Cut a count into bursts of one to six, for batches of several sizes: (first, end) of each."""
    drawn = np.random.default_rng(seed)
    found: list[tuple[int, int]] = []
    end = 0
    while end < count:
        first, end = end, min(count, end + int(drawn.integers(1, 7)))
        found.append((first, end))
    return found
