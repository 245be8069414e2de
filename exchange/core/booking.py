"""The kernels by which a trade is booked that no order made: the same fill, the same margin."""

from __future__ import annotations

from typing import Any

from exchange.core.clearing import book_fill
from exchange.core.layout import ACCOUNT_CASH_MICROS, INSTRUMENT_LEGS
from exchange.core.ledger import Ledger
from exchange.core.legs import book_odd, charge
from exchange.core.margin import initial_after, refresh
from matching.compiled import KernelCompiler, shared

Array = Any

compiler = KernelCompiler("exchange.core.booking")


@compiler.kernel
def book_side(
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    moves: Array,
    losses: Array,
    commands: Array,
    events: Array,
    account: int,
    instrument: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    fee_micros: int,
    odd_micros: int,
) -> int:
    """Book one side of a trade, its margin not yet; return the account's cash.

    odd_micros: what the price is above its ticks, a lot. Of a combo only the fee is booked.
    """
    ledger = shared(
        Ledger(instruments, accounts, positions, venue, moves, losses, commands, events)
    )
    if instruments[instrument, INSTRUMENT_LEGS] != 0:
        charge(ledger, account, instrument, fee_micros)
    else:
        book_fill(ledger, account, instrument, side, price_ticks, qty_lots, fee_micros)
        book_odd(ledger, account, instrument, qty_lots * (1 - 2 * side), odd_micros)
    return int(accounts[account, ACCOUNT_CASH_MICROS])


@compiler.kernel
def follow(
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    moves: Array,
    losses: Array,
    commands: Array,
    events: Array,
    account: int,
    instrument: int,
) -> int:
    """Let an account's margins and status follow one of its positions; return its cash."""
    ledger = shared(
        Ledger(instruments, accounts, positions, venue, moves, losses, commands, events)
    )
    refresh(ledger, account, instrument)
    return int(accounts[account, ACCOUNT_CASH_MICROS])


@compiler.kernel
def margin_after(
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    moves: Array,
    losses: Array,
    commands: Array,
    events: Array,
    account: int,
    instrument: int,
    signed_lots: int,
) -> int:
    """Return what an account's initial margin would be with so many lots more (or, negative, less)."""
    ledger = shared(
        Ledger(instruments, accounts, positions, venue, moves, losses, commands, events)
    )
    return int(initial_after(ledger, account, instrument, signed_lots, signed_lots, 0))
