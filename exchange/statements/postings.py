"""Postings: what event rows pay into and take out of accounts, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SIDE,
    EventKind,
)

Row = list[int]


class PostingKind(StrEnum):
    """Why cash came or went."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    MOVE = "move"
    """Between accounts of one firm."""
    FEE = "fee"
    """Of trades; what a bust gives back counts against it."""
    SETTLEMENT_FEE = "settlement_fee"
    CORRECTION = "correction"
    """What busts, adjustments and give-ups moved, fees apart."""
    VARIATION = "variation"
    """What positions and trades gained or lost against the marks, final settlement included."""
    FUNDING = "funding"
    RELIEF = "relief"
    """What the layers of the default waterfall paid to the account, or took from it."""


KINDS = tuple(PostingKind)
"""In the order of a statement."""


Line = tuple[PostingKind, int]
"""What changes are summed up by: their kind and instrument."""


class Change(NamedTuple):
    """One account's cash changed. instrument: -1 where it is about none."""

    account: int
    kind: PostingKind
    instrument: int
    amount_micros: int

    @property
    def line(self) -> Line:
        """The line of a statement that it belongs to."""
        return self.kind, self.instrument


def _trade(row: Row, _tick_values: Sequence[int]) -> Iterator[Change]:
    instrument = row[EVENT_INSTRUMENT]
    yield Change(row[EVENT_ACCOUNT], PostingKind.FEE, instrument, -row[EVENT_FEE_MICROS])
    yield Change(
        row[EVENT_RESTING_ACCOUNT], PostingKind.FEE, instrument, -row[EVENT_RESTING_FEE_MICROS]
    )


def _fee(row: Row, _tick_values: Sequence[int]) -> Iterator[Change]:
    instrument = row[EVENT_INSTRUMENT]
    yield Change(row[EVENT_ACCOUNT], PostingKind.FEE, instrument, -row[EVENT_FEE_MICROS])


def _transfer(row: Row, _tick_values: Sequence[int]) -> Iterator[Change]:
    amount = row[EVENT_RESTING_FEE_MICROS]
    kind = PostingKind.DEPOSIT if amount > 0 else PostingKind.WITHDRAWAL
    yield Change(row[EVENT_ACCOUNT], kind, -1, amount)


def _move(row: Row, _tick_values: Sequence[int]) -> Iterator[Change]:
    amount = row[EVENT_RESTING_FEE_MICROS]
    yield Change(row[EVENT_ACCOUNT], PostingKind.MOVE, -1, -amount)
    yield Change(row[EVENT_RESTING_ACCOUNT], PostingKind.MOVE, -1, amount)


def _settlement(row: Row, _tick_values: Sequence[int]) -> Iterator[Change]:
    kind = PostingKind.SETTLEMENT_FEE
    yield Change(row[EVENT_ACCOUNT], kind, row[EVENT_INSTRUMENT], -row[EVENT_FEE_MICROS])


def _paid(row: Row, gain_micros: int) -> Iterator[Change]:
    """Yield what the acting account gains of the resting one."""
    kind, instrument = PostingKind.CORRECTION, row[EVENT_INSTRUMENT]
    yield Change(row[EVENT_ACCOUNT], kind, instrument, gain_micros)
    yield Change(row[EVENT_RESTING_ACCOUNT], kind, instrument, -gain_micros)


def _bust(row: Row, tick_values: Sequence[int]) -> Iterator[Change]:
    instrument = row[EVENT_INSTRUMENT]
    gained_ticks = row[EVENT_LEAVES_LOTS] - row[EVENT_PRICE_TICKS]
    gained_micros = gained_ticks * tick_values[instrument] - row[EVENT_RESTING_ORDER_ID]
    yield from _paid(row, -gained_micros * row[EVENT_QTY_LOTS])
    kind = PostingKind.FEE
    yield Change(row[EVENT_ACCOUNT], kind, instrument, row[EVENT_FEE_MICROS])
    yield Change(row[EVENT_RESTING_ACCOUNT], kind, instrument, row[EVENT_RESTING_FEE_MICROS])


def _adjustment(row: Row, tick_values: Sequence[int]) -> Iterator[Change]:
    cheaper_ticks = row[EVENT_RESTING_LEAVES_LOTS] - row[EVENT_PRICE_TICKS]
    value_micros = tick_values[row[EVENT_INSTRUMENT]]
    cheaper_micros = cheaper_ticks * value_micros
    cheaper_micros += row[EVENT_ORDER_ID] - row[EVENT_RESTING_ORDER_ID]
    yield from _paid(row, cheaper_micros * row[EVENT_QTY_LOTS])


def _give_up(row: Row, tick_values: Sequence[int]) -> Iterator[Change]:
    instrument, fee_micros = row[EVENT_INSTRUMENT], row[EVENT_RESTING_FEE_MICROS]
    lots = row[EVENT_QTY_LOTS] * (1 - 2 * row[EVENT_SIDE])
    gained_ticks = row[EVENT_LEAVES_LOTS] - row[EVENT_PRICE_TICKS]
    gained_micros = gained_ticks * tick_values[instrument] - row[EVENT_RESTING_ORDER_ID]
    yield from _paid(row, -gained_micros * lots)
    yield Change(row[EVENT_ACCOUNT], PostingKind.FEE, instrument, fee_micros)
    yield Change(row[EVENT_RESTING_ACCOUNT], PostingKind.FEE, instrument, -fee_micros)


_RULES: dict[int, Callable[[Row, Sequence[int]], Iterator[Change]]] = {
    EventKind.EXECUTED: _trade,
    EventKind.UNCROSSED: _trade,
    EventKind.IMPLIED: _fee,
    EventKind.IMPLIED_LEG: _trade,
    EventKind.BLOCK_TRADED: _trade,
    EventKind.TRANSFERRED: _transfer,
    EventKind.CASH_MOVED: _move,
    EventKind.SETTLED: _settlement,
    EventKind.TRADE_BUSTED: _bust,
    EventKind.TRADE_ADJUSTED: _adjustment,
    EventKind.TRADE_GIVEN_UP: _give_up,
}


def changes(row: Row, tick_values: Sequence[int]) -> Iterator[Change]:
    """Yield what an event row changed in accounts' cash, but for variation, funding and relief.

    Those three are told by the core's cumulative columns. tick_values: micro-dollars of a tick of one
    lot, by instrument.
    """
    rule = _RULES.get(row[EVENT_KIND])
    if rule is not None:
        yield from rule(row, tick_values)
