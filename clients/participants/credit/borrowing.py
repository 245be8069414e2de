"""Borrow, buy, borrow again: how many GPUs a fleet's owner can buy against the fleet.

A GPU bought for p is worth v as collateral, and against v the lender lends a part a. So each GPU
needs p − a·v of own means, and with means E the owner buys E/(p − a·v): the sum of the series E/p
· (1 + a·v/p + (a·v/p)² + …) in which each purchase is borrowed against anew. Where a·v >= p the
series has no sum: nothing but the cap on growth holds it, which is how such a boom runs.
"""

from __future__ import annotations

import msgspec


class Purchase(msgspec.Struct, frozen=True):
    """GPUs bought, and what they were paid with, in micro-dollars."""

    gpus: int
    borrowed_micros: int
    cash_micros: int


NO_PURCHASE = Purchase(0, 0, 0)


def purchase(
    *,
    most_gpus: int,
    price_micros: int,
    new_value_micros: int,
    fleet_value_micros: int,
    debt_micros: int,
    cash_micros: int,
    max_ltv: float,
) -> Purchase:
    """Return the largest purchase that keeps the debt within ``max_ltv`` of the collateral.

    price_micros: of one GPU. new_value_micros: what a new one is worth as collateral. cash_micros: own
    cash that may be spent. It borrows first and spends cash for the rest; an owner whose debt is
    beyond ``max_ltv`` already buys nothing.
    """

    def room_micros(gpus: int) -> int:
        return int(max_ltv * (fleet_value_micros + gpus * new_value_micros)) - debt_micros

    cash_micros = max(0, cash_micros)
    if room_micros(0) < 0:
        return NO_PURCHASE
    own_part = price_micros - max_ltv * new_value_micros
    means = room_micros(0) + cash_micros
    gpus = most_gpus if own_part <= 0 else min(most_gpus, int(means // own_part) + 1)
    # The room is rounded down to a micro, so the last one may not be payable.
    while gpus > 0 and gpus * price_micros > room_micros(gpus) + cash_micros:
        gpus -= 1
    if gpus == 0:
        return NO_PURCHASE
    borrowed = min(gpus * price_micros, room_micros(gpus))
    return Purchase(gpus, borrowed, gpus * price_micros - borrowed)
