"""The cold commands: accounts, transfers, states, index prints, marks, settlement, funding.

Each takes the core, the command row as integers and its text, and returns event rows; a refused one
returns one REJECTED row and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from exchange.core import (
    actions,
    blocks,
    clearing,
    combos,
    corrections,
    days,
    deadlines,
    default,
    default_terms,
    fixings,
    guards,
    hierarchy,
    limits,
    listing,
    mark_rule,
    marks,
    scenarios,
    waterfall,
)
from exchange.core import layout as at
from exchange.core.layout import CommandKind, EventKind, Permission, Reason, State
from exchange.core.listing import MAX_NAME
from exchange.core.mark_rule import Mark, MarkRule
from exchange.core.replies import Row, event, rejected
from matching.layout import Control, TriggerSource
from matching.sight import holding_column_of

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_TRANSFER_MICROS = 10**15
MAX_CASH_MICROS = 1 << 60
MAX_ACCOUNTS = 1 << 20
MAX_INDEX_MICROS = 10**12
MAX_BALANCE_MICROS = 1 << 62
"""Further than this from zero no settlement or funding moves an account's cash."""


def open_account(core: Core, row: Row, text: str) -> list[Row]:
    """Open an account named by the text; QTY_LOTS limits its live orders, AMOUNT_MICROS is deposited.

    It belongs to the account numbered INSTRUMENT, or where that is -1 to whom its name says. It may not
    trade yet where that one may not, or the whole venue was stopped.
    """
    amount, parent = row[at.COMMAND_AMOUNT_MICROS], row[at.COMMAND_INSTRUMENT]
    if not hierarchy.NO_PARENT <= parent < len(core.account_names):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    deposits = int(core.venue[at.VENUE_DEPOSITS_MICROS]) + amount
    if not 0 <= amount <= MAX_TRANSFER_MICROS or deposits > MAX_CASH_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    if text in core.account_numbers:
        return rejected(row, Reason.DUPLICATE_ACCOUNT)
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable() or row[at.COMMAND_QTY_LOTS] < 1:
        return rejected(row, Reason.INVALID_SPEC)
    parent = hierarchy.parent_of(core, text, parent)
    if parent >= 0 and len(hierarchy.line_of(core, parent)) >= hierarchy.MAX_DEPTH:
        return rejected(row, Reason.INVALID_SPEC)
    if len(core.account_names) >= MAX_ACCOUNTS:
        return rejected(row, Reason.VENUE_FULL)
    account = core.add_account(text, parent)
    core.accounts[account, at.ACCOUNT_OPEN] = int(Permission.OPEN)
    core.accounts[account, at.ACCOUNT_MAX_ORDERS] = row[at.COMMAND_QTY_LOTS]
    opened = event(row, EventKind.ACCOUNT_OPENED, account=account)
    opened[at.EVENT_RESTING_ACCOUNT] = parent
    rows = [opened, *limits.stop_as_others(core, row, account)]
    return [*rows, *_move(core, row, account, amount)] if amount else rows


def _move(core: Core, row: Row, account: int, amount_micros: int) -> list[Row]:
    core.accounts[account, at.ACCOUNT_CASH_MICROS] += amount_micros
    core.accounts[account, at.ACCOUNT_DEPOSITS_MICROS] += amount_micros
    core.venue[at.VENUE_DEPOSITS_MICROS] += amount_micros
    scenarios.assess(core, account)
    return [event(row, EventKind.TRANSFERRED, account=account, micros=amount_micros)]


def transfer(core: Core, row: Row, _text: str) -> list[Row]:
    """Deposit, or withdraw down to the initial margin; nothing leaves an account that is called."""
    account, amount = row[at.COMMAND_ACCOUNT], row[at.COMMAND_AMOUNT_MICROS]
    if not 0 <= account < len(core.account_names):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    cash = int(core.accounts[account, at.ACCOUNT_CASH_MICROS]) + amount
    deposits = int(core.venue[at.VENUE_DEPOSITS_MICROS]) + amount
    if amount == 0 or abs(amount) > MAX_TRANSFER_MICROS or deposits > MAX_CASH_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    held = core.accounts[account].tolist()
    called = held[at.ACCOUNT_STATUS] != at.AccountStatus.SOUND
    if amount < 0 and (called or cash < held[at.ACCOUNT_INITIAL_MICROS]):
        return rejected(row, Reason.INSUFFICIENT_FUNDS)
    return _move(core, row, account, amount)


def _is_instrument(core: Core, instrument: int) -> bool:
    return 0 <= instrument < len(core.specs)


def _is_payable(core: Core, instrument: int, micros_per_lot: int) -> bool:
    """Say whether this can be paid on every position with all cash inside MAX_BALANCE_MICROS."""
    cash = int(np.abs(core.accounts[:, at.ACCOUNT_CASH_MICROS]).max())
    lots = int(np.abs(core.positions[:, instrument, at.POSITION_LOTS]).max())
    # Without positions, too, the kernel is told the payment as an int64.
    return cash + max(lots, 1) * abs(micros_per_lot) <= MAX_BALANCE_MICROS


def set_state(core: Core, row: Row, _text: str) -> list[Row]:
    """Change an instrument's trading state to QTY_LOTS; opening it is an auction.

    An expired one stays so, and none is opened at or after its last trading instant. A combo is opened
    when its legs are open.
    """
    instrument, state = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_QTY_LOTS]
    if not _is_instrument(core, instrument):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    expired = core.instruments[instrument, at.INSTRUMENT_STATE] == State.EXPIRED
    closed_leg = state == State.OPEN and any(
        core.instruments[leg.instrument, at.INSTRUMENT_STATE] != State.OPEN
        for leg in combos.legs_of(core, instrument)
    )
    expiry_ns = core.specs[instrument].expiry_ns
    over = state == State.OPEN and 0 < expiry_ns <= row[at.COMMAND_TS_NS]
    if expired or over or closed_leg or not State.PRE_OPEN <= state <= State.CLOSED:
        return rejected(row, Reason.INSTRUMENT_NOT_OPEN)
    return core.control(row, Control.SET_STATE, instrument, state)


def print_index(core: Core, row: Row, text: str) -> list[Row]:
    """Publish the price of the index named by the text; stops on it may wake."""
    price = row[at.COMMAND_AMOUNT_MICROS]
    if text not in core.index_names:
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if not 1 <= price <= MAX_INDEX_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    core.index_prices[text] = price
    number = core.index_names.index(text)
    rows = [event(row, EventKind.INDEX_PRINTED, instrument=number, micros=price)]
    for instrument, spec in enumerate(core.specs):
        if spec.index == text and not spec.is_combo and not spec.is_binary:
            ticks = price // spec.tick_micros
            rows += core.control(row, Control.SET_PRICE, instrument, TriggerSource.INDEX, ticks)
    return rows


def mark(core: Core, row: Row, _text: str) -> list[Row]:
    """Mark one instrument (-1: every unexpired one) at PRICE_TICKS, or by rule where that is 0.

    Combos follow their legs, and take no price.
    """
    instrument, price_ticks = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_PRICE_TICKS]
    if instrument != -1 and not _is_instrument(core, instrument):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if price_ticks != 0 and not (
        instrument != -1
        and not core.specs[instrument].is_combo
        and mark_rule.lowest_ticks(core, instrument)
        <= price_ticks
        <= mark_rule.highest_ticks(core, instrument)
    ):
        return rejected(row, Reason.INVALID_PRICE)
    chosen = range(len(core.specs)) if instrument == -1 else [instrument]
    unexpired = [n for n in chosen if core.instruments[n, at.INSTRUMENT_STATE] != State.EXPIRED]
    if instrument != -1 and not unexpired:
        return rejected(row, Reason.INSTRUMENT_NOT_OPEN)
    ruled = [number for number in unexpired if not core.specs[number].is_combo]
    told = {instrument: Mark(price_ticks, MarkRule.COMMAND)}
    found = told if price_ticks else mark_rule.marks_by_rule(core, ruled, row[at.COMMAND_TS_NS])
    rows: list[Row] = []
    moved = {
        number: found_mark
        for number, found_mark in found.items()
        if found_mark.ticks != core.instruments[number, at.INSTRUMENT_MARK_TICKS]
    }
    for number, (ticks, rule) in moved.items():
        rows.append(
            event(row, EventKind.MARKED, instrument=number, price_ticks=ticks, tag=int(rule))
        )
        if rule == MarkRule.COMMAND:
            # Before the new band: what it wakes already trades around the new price.
            rows += core.control(row, Control.SET_REFERENCE, number, ticks)
        rows += marks.set_mark(core, row, number, ticks)
    rows += combos.follow(core, row, moved)
    for number, (ticks, rule) in found.items():
        mark_rule.read_tape(core, number, row[at.COMMAND_TS_NS])
        if rule <= MarkRule.QUOTES or core.anchors[number].index_micros == 0:
            mark_rule.anchor(core, number, ticks)
    return rows


def settle(core: Core, row: Row, _text: str) -> list[Row]:
    """Settle an instrument finally at AMOUNT_MICROS a GPU-hour: orders go, positions become cash.

    A binary pays a dollar a unit if that is above its strike, else nothing. Each lot pays the settlement
    fee, bought or sold. Combos of the instrument end with it.
    """
    instrument, price = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_AMOUNT_MICROS]
    if not _is_instrument(core, instrument):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if core.instruments[instrument, at.INSTRUMENT_STATE] == State.EXPIRED:
        return rejected(row, Reason.INSTRUMENT_NOT_OPEN)
    spec = core.specs[instrument]
    if not 1 <= price <= MAX_INDEX_MICROS or spec.perpetual or spec.is_combo:
        return rejected(row, Reason.INVALID_AMOUNT)
    final = price * spec.contract_hours
    if spec.is_binary:
        final = spec.payout_micros if price > spec.strike_micros else 0
    marked = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS]) * spec.tick_value_micros
    lot_fee_micros = spec.settlement_fee_micros
    if not _is_payable(core, instrument, abs(final - marked) + lot_fee_micros):
        return rejected(row, Reason.INVALID_AMOUNT)
    # Its own row of the new state comes behind the settlements, and says the price.
    rows = combos.expire(core, row, instrument)
    rows += core.control(row, Control.SET_STATE, instrument, State.EXPIRED)[:-1]
    clearing.pay_per_lot(
        core.accounts, core.positions, instrument, final - marked, at.POSITION_VARIATION_MICROS
    )
    for account in range(len(core.account_names)):
        position = core.positions[account, instrument]
        lots = int(position[at.POSITION_LOTS])
        if lots:
            cost = int(position[at.POSITION_COST_TICKLOTS]) * spec.tick_value_micros
            position[at.POSITION_REALISED_MICROS] += final * lots - cost
            position[at.POSITION_COST_TICKLOTS] = 0
            position[at.POSITION_LOTS] = 0
            fee_micros = abs(lots) * lot_fee_micros
            position[at.POSITION_FEES_MICROS] += fee_micros
            core.accounts[account, at.ACCOUNT_FEES_MICROS] += fee_micros
            core.accounts[account, at.ACCOUNT_CASH_MICROS] -= fee_micros
            core.venue[at.VENUE_FEES_MICROS] += fee_micros
            settled = event(
                row,
                EventKind.SETTLED,
                instrument=instrument,
                account=account,
                qty_lots=lots,
                micros=price,
            )
            settled[at.EVENT_FEE_MICROS] = fee_micros
            rows.append(settled)
    core.instruments[instrument, at.INSTRUMENT_OPEN_INTEREST_LOTS] = 0
    core.books.owners[:, holding_column_of(instrument)] = 0
    scenarios.reprice(core, instrument)
    rows.append(
        event(row, EventKind.STATE_CHANGED, instrument=instrument, tag=State.EXPIRED, micros=price)
    )
    return rows


def fund(core: Core, row: Row, _text: str) -> list[Row]:
    """Let the longs of a perpetual pay the shorts AMOUNT_MICROS a GPU-hour."""
    instrument, payment = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_AMOUNT_MICROS]
    if not _is_instrument(core, instrument) or not core.specs[instrument].perpetual:
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    per_lot = -payment * core.specs[instrument].contract_hours
    if abs(payment) > MAX_INDEX_MICROS or not _is_payable(core, instrument, per_lot):
        return rejected(row, Reason.INVALID_AMOUNT)
    clearing.pay_per_lot(
        core.accounts, core.positions, instrument, per_lot, at.POSITION_FUNDING_MICROS
    )
    scenarios.reprice(core, instrument)
    return [event(row, EventKind.FUNDED, instrument=instrument, micros=payment)]


OPERATIONS: dict[int, Callable[[Core, Row, str], list[Row]]] = {
    CommandKind.OPEN_ACCOUNT: open_account,
    CommandKind.TRANSFER: transfer,
    CommandKind.LIST_INSTRUMENT: listing.list_instrument,
    CommandKind.SET_STATE: set_state,
    CommandKind.PRINT_INDEX: print_index,
    CommandKind.MARK: mark,
    CommandKind.SETTLE: settle,
    CommandKind.FUND: fund,
    CommandKind.SET_DAY_END: guards.set_day_end,
    CommandKind.SET_GROUP: guards.set_group,
    CommandKind.SET_PROTECTION: guards.set_protection,
    CommandKind.RESET_PROTECTION: guards.reset_protection,
    CommandKind.SET_PREVENTION: guards.set_prevention,
    CommandKind.SET_SCENARIOS: scenarios.set_scenarios,
    CommandKind.SET_MARGIN_TERMS: default_terms.set_margin_terms,
    CommandKind.CLOSE_OUT: default.close_out,
    CommandKind.FUND_LAYER: waterfall.fund_layer,
    CommandKind.SET_DEADLINE: deadlines.set_deadline,
    CommandKind.KEEP_DEADLINES: deadlines.keep_deadlines,
    CommandKind.ACTION: actions.take,
    CommandKind.BLOCK_TRADE: blocks.block_trade,
    CommandKind.GIVE_UP: corrections.give_up,
    CommandKind.BUST: corrections.bust,
    CommandKind.ADJUST: corrections.adjust,
    CommandKind.MOVE: hierarchy.move,
    CommandKind.DAY_ROLL: days.roll,
    CommandKind.SET_POSITION_LIMIT: limits.set_position_limit,
    CommandKind.STOP_TRADING: limits.stop_trading,
    CommandKind.RESTRICT: limits.restrict,
    CommandKind.SET_ACCOUNT_LIMITS: limits.set_account_limits,
    CommandKind.PUBLISH_FIXING: fixings.publish,
}
