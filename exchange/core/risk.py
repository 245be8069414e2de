"""The checks that an order passes before it may match; each returns the first reason that applies."""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    ACCOUNT_INITIAL_MICROS,
    ACCOUNT_MAX_ORDERS,
    ACCOUNT_OPEN,
    ACCOUNT_ORDERS,
    INSTRUMENT_BAND_HIGH_TICKS,
    INSTRUMENT_BAND_LOW_TICKS,
    INSTRUMENT_EXPIRY_NS,
    INSTRUMENT_LEGS,
    INSTRUMENT_MAX_ORDER_LOTS,
    INSTRUMENT_MAX_ORDER_MICROS,
    INSTRUMENT_MAX_POSITION_LOTS,
    INSTRUMENT_STATE,
    INSTRUMENT_TAKER_FEE_MICROS,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_BUY_LOTS,
    POSITION_COMBO_BUY_LOTS,
    POSITION_LOTS,
    POSITION_RESTRICTED,
    POSITION_SELL_LOTS,
    VENUE_MOST_LEGS,
    Permission,
    Reason,
    State,
)
from exchange.core.ledger import Ledger
from exchange.core.leg_limits import check_legs
from exchange.core.margin import initial_after, is_covered, working_addon_change
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import INSTRUCTION_SHIFT, TERMS_MASK, TimeInForce

Array = Any

_NONE = int(Reason.NONE)
_UNKNOWN_ACCOUNT = int(Reason.UNKNOWN_ACCOUNT)
_UNKNOWN_INSTRUMENT = int(Reason.UNKNOWN_INSTRUMENT)
_INVALID_SIDE = int(Reason.INVALID_SIDE)
_INVALID_TIME_IN_FORCE = int(Reason.INVALID_TIME_IN_FORCE)
_INVALID_INSTRUCTION = int(Reason.INVALID_INSTRUCTION)
_TRADING_STOPPED = int(Reason.TRADING_STOPPED)
_IN_RESTRICTED = int(Reason.RESTRICTED)
_INSTRUMENT_NOT_OPEN = int(Reason.INSTRUMENT_NOT_OPEN)
_PRICE_BELOW_BAND = int(Reason.PRICE_BELOW_BAND)
_PRICE_ABOVE_BAND = int(Reason.PRICE_ABOVE_BAND)
_QTY_ABOVE_MAXIMUM = int(Reason.QTY_ABOVE_MAXIMUM)
_VALUE_ABOVE_MAXIMUM = int(Reason.VALUE_ABOVE_MAXIMUM)
_TOO_MANY_ORDERS = int(Reason.TOO_MANY_ORDERS)
_POSITION_LIMIT = int(Reason.POSITION_LIMIT)
_REDUCE_ONLY_WOULD_INCREASE = int(Reason.REDUCE_ONLY_WOULD_INCREASE)
_INSUFFICIENT_MARGIN = int(Reason.INSUFFICIENT_MARGIN)
_STOPPED = int(Permission.STOPPED)
_RESTRICTED = int(Permission.RESTRICTED)
_OPEN = int(State.OPEN)
_PRE_OPEN = int(State.PRE_OPEN)
_GTC = int(TimeInForce.GTC)
_GTD = int(TimeInForce.GTD)


@inlined
def check_account(accounts: Array, account: int) -> int:
    """Check that the account exists and is open."""
    if account < 0 or account >= accounts.shape[0] or accounts[account, ACCOUNT_OPEN] == 0:
        return _UNKNOWN_ACCOUNT
    return _NONE


@called
def check_codes(arrays: Arrays, instrument: int, side: int, tif: int, instructions: int) -> int:
    """Check that a submit names an instrument, and that its codes fit the floor's terms."""
    if instrument < 0 or instrument >= arrays.books.shape[0]:
        return _UNKNOWN_INSTRUMENT
    if side != 0 and side != 1:
        return _INVALID_SIDE
    if tif < _GTC or tif > _GTD:
        return _INVALID_TIME_IN_FORCE
    if instructions & ~(TERMS_MASK >> INSTRUCTION_SHIFT) != 0:
        return _INVALID_INSTRUCTION
    return _NONE


@called
def check_limits(
    ledger: Ledger,
    account: int,
    instrument: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    working_lots: int,
    new_orders: int,
    ts_ns: int,
    waits: bool,
) -> int:
    """Check permission, state, bands and limits of an order that adds ``working_lots`` to what works.

    waits: the order goes beside the book, so that neither the band nor the position limit binds it yet.
    """
    instruments, accounts, positions = ledger.instruments, ledger.accounts, ledger.positions
    lots = positions[account, instrument, POSITION_LOTS]
    exposed_lots = working_lots
    if side == 0:
        exposed_lots += lots + positions[account, instrument, POSITION_BUY_LOTS]
    else:
        exposed_lots += positions[account, instrument, POSITION_SELL_LOTS] - lots
    if ledger.venue[VENUE_MOST_LEGS] > 0:
        exposed_lots += positions[account, instrument, POSITION_COMBO_BUY_LOTS + side]
    permitted = accounts[account, ACCOUNT_OPEN]
    most_micros = instruments[instrument, INSTRUMENT_MAX_ORDER_MICROS]
    tick_value_micros = instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    reason = _NONE
    expiry_ns = instruments[instrument, INSTRUMENT_EXPIRY_NS]
    state = instruments[instrument, INSTRUMENT_STATE]
    if permitted & _STOPPED != 0:
        reason = _TRADING_STOPPED
    elif (
        permitted & _RESTRICTED != 0
        and positions[account, instrument, POSITION_RESTRICTED] != 0
        and working_lots > 0
        and exposed_lots > 0
    ):
        reason = _IN_RESTRICTED
    elif (state != _OPEN and state != _PRE_OPEN) or (expiry_ns != 0 and ts_ns >= expiry_ns):
        reason = _INSTRUMENT_NOT_OPEN
    elif (
        not waits and side == 1 and price_ticks < instruments[instrument, INSTRUMENT_BAND_LOW_TICKS]
    ):
        reason = _PRICE_BELOW_BAND
    elif (
        not waits
        and side == 0
        and price_ticks > instruments[instrument, INSTRUMENT_BAND_HIGH_TICKS]
    ):
        reason = _PRICE_ABOVE_BAND
    elif qty_lots > instruments[instrument, INSTRUMENT_MAX_ORDER_LOTS]:
        reason = _QTY_ABOVE_MAXIMUM
    elif most_micros > 0 and qty_lots * abs(price_ticks) * tick_value_micros > most_micros:
        reason = _VALUE_ABOVE_MAXIMUM
    elif accounts[account, ACCOUNT_ORDERS] + new_orders > accounts[account, ACCOUNT_MAX_ORDERS]:
        reason = _TOO_MANY_ORDERS
    elif working_lots > 0 and exposed_lots > instruments[instrument, INSTRUMENT_MAX_POSITION_LOTS]:
        reason = _POSITION_LIMIT
    if instruments[instrument, INSTRUMENT_LEGS] != 0 and not waits:
        in_legs = check_legs(ledger, account, instrument, side, working_lots, ts_ns)
        if in_legs != _NONE and (reason == _NONE or in_legs < reason):
            reason = in_legs
    return reason


@inlined
def check_reduces(positions: Array, account: int, instrument: int, side: int, qty_lots: int) -> int:
    """Check that a reduce-only order can at most flatten the position."""
    lots = positions[account, instrument, POSITION_LOTS]
    if qty_lots > lots * (2 * side - 1):
        return _REDUCE_ONLY_WOULD_INCREASE
    return _NONE


@called
def check_margin(
    ledger: Ledger,
    account: int,
    instrument: int,
    side: int,
    working_lots: int,
    lost_ticklots: int,
) -> int:
    """Check that equity covers initial margin and fee after the order, or that it only reduces risk.

    working_lots, lost_ticklots: what the order adds to its side (an amend's difference).
    A closing order, which together with what works on its side cannot flip the position, reduces risk
    when its fills lose no more against the mark, fees included, than the margin they set free.
    """
    instruments, accounts, positions = ledger.instruments, ledger.accounts, ledger.positions
    addon = working_addon_change(ledger, account, instrument, side, working_lots, lost_ticklots)
    if is_covered(ledger, account, instrument, side, working_lots, addon):
        return _NONE
    closing_lots = working_lots
    if side == 0:
        closing_lots += positions[account, instrument, POSITION_BUY_LOTS]
    else:
        closing_lots += positions[account, instrument, POSITION_SELL_LOTS]
    held_lots = positions[account, instrument, POSITION_LOTS] * (2 * side - 1)
    if working_lots <= 0 or closing_lots > held_lots:
        return _INSUFFICIENT_MARGIN
    filled_lots = working_lots - 2 * working_lots * side
    former = accounts[account, ACCOUNT_INITIAL_MICROS]
    fee_micros = working_lots * instruments[instrument, INSTRUMENT_TAKER_FEE_MICROS]
    freed_micros = former - initial_after(ledger, account, instrument, filled_lots, filled_lots, 0)
    lost_micros = lost_ticklots * instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    if lost_micros + fee_micros <= freed_micros:
        return _NONE
    return _INSUFFICIENT_MARGIN
