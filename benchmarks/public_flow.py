"""The stream of the matching benchmark as sequenced batches, for what follows a log to apply."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks import flow, mixes
from benchmarks.mixes import FUTURES
from exchange.core import layout as at
from exchange.core.commands import Batch, Command, CommandKind, batch_of
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import State
from matching import layout as book

NAME = "H100-PERPETUAL"
ACCOUNTS = 8
LIVE = 1_000
DISTANCE_TICKS = 25.0
GAP_NS = 2_000_000
BEGIN_NS = 1_800_000_000 * 1_000_000_000
_SPEC = InstrumentSpec(
    name=NAME,
    family="H100",
    underlying="H100",
    index="h100_usd",
    perpetual=True,
    tick_micros=1_000,
    contract_hours=1,
    created_ns=0,
    expiry_ns=0,
    base_ticks=0,
    levels=flow.LEVELS,
    reference_ticks=flow.MID_TICKS,
    initial_margin_ppm=200_000,
    maintenance_margin_ppm=150_000,
    band_ppm=900_000,
    max_order_lots=100_000,
    max_position_lots=100_000_000,
    maker_fee_micros=200,
    taker_fee_micros=1_000,
)
_KINDS = {
    int(book.CommandKind.SUBMIT): int(CommandKind.SUBMIT),
    int(book.CommandKind.CANCEL): int(CommandKind.CANCEL),
    int(book.CommandKind.AMEND): int(CommandKind.AMEND),
}


class PublicFlow(NamedTuple):
    """Batches that open a market and fill its book, then those of the stream itself."""

    opening: list[Batch]
    batches: list[Batch]


def generate(batches: int, commands_a_batch: int, seed: int) -> PublicFlow:
    """Return a stream of ``batches`` group commits of so many commands, one every GAP_NS."""
    mix = FUTURES._replace(live=LIVE, distance_ticks=DISTANCE_TICKS)
    made = mixes.generate(mix, batches * commands_a_batch, seed=seed)
    rows = _rows(made.commands)
    spec = msgspec.json.encode(_SPEC).decode()
    opened = [
        Command(CommandKind.LIST_INSTRUMENT, text=spec),
        Command(CommandKind.SET_STATE, instrument=0, qty_lots=int(State.OPEN)),
    ]
    opened += [
        Command(
            CommandKind.OPEN_ACCOUNT,
            qty_lots=100_000,
            amount_micros=10**15,
            text=f"account{number}",
        )
        for number in range(ACCOUNTS)
    ]
    opening = [batch_of(opened, 1, BEGIN_NS)]
    rows[:, at.COMMAND_SEQ] = np.arange(len(opened) + 1, len(opened) + 1 + len(rows))
    rows[: made.preload, at.COMMAND_TS_NS] = BEGIN_NS
    opening.append(Batch(rows[: made.preload], {}))
    stream = rows[made.preload :]
    stream[:, at.COMMAND_TS_NS] = (
        BEGIN_NS + (np.arange(len(stream)) // commands_a_batch + 1) * GAP_NS
    )
    cuts = range(0, len(stream), commands_a_batch)
    return PublicFlow(opening, [Batch(stream[cut : cut + commands_a_batch], {}) for cut in cuts])


def _rows(commands: flow.Rows) -> flow.Rows:
    """Return a book's command rows as the core's; order ids are the same in both."""
    rows = np.zeros((len(commands), at.COMMAND_COLUMNS), np.int64)
    for kind, core_kind in _KINDS.items():
        rows[commands[:, book.COMMAND_KIND] == kind, at.COMMAND_KIND] = core_kind
    rows[:, at.COMMAND_ACCOUNT] = commands[:, book.COMMAND_OWNER] % ACCOUNTS
    rows[:, at.COMMAND_ORDER_ID] = commands[:, book.COMMAND_ORDER_ID]
    rows[:, at.COMMAND_SIDE] = commands[:, book.COMMAND_TERMS]
    rows[:, at.COMMAND_PRICE_TICKS] = commands[:, book.COMMAND_PRICE_TICKS]
    rows[:, at.COMMAND_QTY_LOTS] = commands[:, book.COMMAND_QTY_LOTS]
    return rows
