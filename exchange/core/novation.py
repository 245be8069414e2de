"""Trades beside the book: whether both sides may have them, and how they are booked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from exchange.core import booking, mark_rule
from exchange.core import layout as at
from exchange.core.commands import Rows
from exchange.core.layout import AccountStatus, Permission, Reason, State
from exchange.core.replies import Row
from matching.layout import Control

if TYPE_CHECKING:
    from exchange.core.core import Core

_NO_COMMANDS: Rows = np.zeros((0, at.COMMAND_COLUMNS), np.int64)
_NO_EVENTS: Rows = np.zeros((0, at.EVENT_COLUMNS), np.int64)


class Fill(NamedTuple):
    """One side of a trade: what ``booking.book_side`` is told. fee_micros: negative gives a fee back.

    odd_micros: what the price is above its ticks, a lot (a combo's first leg). A combo's fill is its fee.
    """

    account: int
    instrument: int
    side: int
    price_ticks: int
    qty_lots: int
    fee_micros: int
    odd_micros: int = 0

    @property
    def signed_lots(self) -> int:
        """What the fill adds to the position."""
        return self.qty_lots * (1 - 2 * self.side)

    @property
    def reverse(self) -> Fill:
        """The fill that undoes this one: lots, money at any mark, and fee."""
        return self._replace(side=1 - self.side, fee_micros=-self.fee_micros)


def is_account(core: Core, account: int) -> bool:
    """Say whether an account has this number."""
    return 0 <= account < len(core.account_names)


def is_expired(core: Core, instrument: int) -> bool:
    """Say whether an instrument has settled finally, so that its trades can no longer be changed."""
    return int(core.instruments[instrument, at.INSTRUMENT_STATE]) == State.EXPIRED


def is_price(core: Core, instrument: int, price_ticks: int) -> bool:
    """Say whether an instrument can show a price; the band binds orders alone."""
    return (
        mark_rule.lowest_ticks(core, instrument)
        <= price_ticks
        <= mark_rule.highest_ticks(core, instrument)
    )


def is_sound(core: Core, account: int) -> bool:
    """Say whether an account is above maintenance margin and not being closed out."""
    return int(core.accounts[account, at.ACCOUNT_STATUS]) == AccountStatus.SOUND


def bar(core: Core, fill: Fill) -> Reason:
    """Return whether an account's trading is stopped, or restricted to closing, against a fill."""
    permitted = int(core.accounts[fill.account, at.ACCOUNT_OPEN])
    is_combo = core.specs[fill.instrument].is_combo
    position = core.positions[fill.account, fill.instrument].tolist()
    if permitted & Permission.STOPPED:
        return Reason.TRADING_STOPPED
    former, lots = position[at.POSITION_LOTS], fill.signed_lots
    closes = former * lots < 0 and abs(lots) <= abs(former)
    barred = position[at.POSITION_RESTRICTED] and not closes and not is_combo
    return Reason.RESTRICTED if barred else Reason.NONE


def bars(core: Core, fills: Sequence[Fill]) -> list[Reason]:
    """Return the reasons of all the fills that are barred, the lowest first."""
    return sorted(reason for fill in fills if (reason := bar(core, fill)) != Reason.NONE)


def fault(core: Core, fill: Fill) -> Reason:
    """Return why an account may not have a fill beside the book, NONE where it may.

    With its working orders it stays within the position limit, or the fill reduces the position. Equity
    covers initial margin afterwards, or the fill leaves no more of it uncovered than before.
    """
    account, instrument, lots = fill.account, fill.instrument, fill.signed_lots
    if core.specs[instrument].is_combo:
        lots = 0
    position = core.positions[account, instrument].tolist()
    row = core.instruments[instrument].tolist()
    former = position[at.POSITION_LOTS]
    bought = position[at.POSITION_BUY_LOTS] + position[at.POSITION_COMBO_BUY_LOTS]
    sold = position[at.POSITION_SELL_LOTS] + position[at.POSITION_COMBO_SELL_LOTS]
    longest, shortest = former + lots + bought, former + lots - sold
    limit_lots = row[at.INSTRUMENT_MAX_POSITION_LOTS]
    if max(longest, -shortest) > limit_lots and abs(former + lots) > abs(former):
        return Reason.POSITION_LIMIT
    held = core.accounts[account].tolist()
    cash = held[at.ACCOUNT_CASH_MICROS]
    ticks = row[at.INSTRUMENT_MARK_TICKS] - fill.price_ticks
    gained_micros = ticks * row[at.INSTRUMENT_TICK_VALUE_MICROS] - fill.odd_micros
    cash_after = cash + gained_micros * lots - fill.fee_micros
    initial = booking.margin_after(
        *core.ledger(), _NO_COMMANDS, _NO_EVENTS, account, instrument, lots
    )
    uncovered = max(0, held[at.ACCOUNT_INITIAL_MICROS] - cash)
    if initial - cash_after > uncovered:
        return Reason.INSUFFICIENT_MARGIN
    return Reason.NONE


def faults(core: Core, fills: Sequence[Fill]) -> list[Reason]:
    """Return the reasons of all the fills that may not be, the lowest first."""
    return sorted(reason for fill in fills if (reason := fault(core, fill)) != Reason.NONE)


def book(core: Core, row: Row, fills: Sequence[Fill]) -> list[Row]:
    """Book fills, a combo's fee among its legs', then margins and what the books know of the positions.

    Returns the rows that follow: reduce-only orders shrink with the position. Margins are looked at once
    all is booked, so that no account changes its status on the way.
    """
    ledger = core.ledger()
    for fill in fills:
        booking.book_side(*ledger, _NO_COMMANDS, _NO_EVENTS, *fill)
    touched = dict.fromkeys((fill.account, fill.instrument) for fill in fills)
    for account, instrument in touched:
        booking.follow(*ledger, _NO_COMMANDS, _NO_EVENTS, account, instrument)
    rows: list[Row] = []
    for account, instrument in touched:
        lots = int(core.positions[account, instrument, at.POSITION_LOTS])
        rows += core.control(row, Control.SET_HOLDING, instrument, account, lots)
    return rows
