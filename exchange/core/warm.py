"""A small market run through every kernel, so that all are compiled before the first real order."""

from __future__ import annotations

import msgspec

from exchange.core.commands import Command, batch_of
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind

_SPEC = InstrumentSpec(
    name="WARM-PERPETUAL",
    family="WARM",
    underlying="WARM",
    index="warm",
    perpetual=True,
    tick_micros=1_000,
    contract_hours=1,
    created_ns=0,
    expiry_ns=0,
    base_ticks=0,
    levels=4_096,
    reference_ticks=1_000,
    initial_margin_ppm=200_000,
    maintenance_margin_ppm=150_000,
    band_ppm=100_000,
    max_order_lots=10,
    max_position_lots=100,
    maker_fee_micros=1,
    taker_fee_micros=2,
)


def warm_up() -> Core:
    """Compile the kernels or load them from the cache; return the market that did it."""
    core = Core()
    spec = msgspec.json.encode(_SPEC).decode()
    steps = [
        [Command(CommandKind.LIST_INSTRUMENT, text=spec)],
        [Command(CommandKind.OPEN_ACCOUNT, qty_lots=10, text=name) for name in ("a", "b")],
        [Command(CommandKind.TRANSFER, account=a, amount_micros=10**9) for a in (0, 1)],
        [Command(CommandKind.SUBMIT, 0, 0, side=0, price_ticks=1_000, qty_lots=5)],
        [Command(CommandKind.SUBMIT, 1, 0, side=1, price_ticks=1_000, qty_lots=3)],
        [Command(CommandKind.MARK, instrument=0, price_ticks=1_010)],
        [Command(CommandKind.CANCEL_ALL, 0, -1)],
        [Command(CommandKind.BLOCK_TRADE, 0, 0, order_id=1, price_ticks=1_000, qty_lots=1)],
        [Command(CommandKind.BUST, order_id=2)],
    ]
    for step in steps:
        core.apply(batch_of(step, core.seq + 1, 0))
    return core
