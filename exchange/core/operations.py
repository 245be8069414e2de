"""The cold commands: accounts, transfers, listing, states, index prints, marks, settlement, funding.

Each takes the core, the command row as integers and its text, and returns event rows; a refused one
returns one REJECTED row and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from exchange.core import clearing, marks
from exchange.core import layout as at
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import CommandKind, EventKind, Reason, State
from matching.layout import LEVELS_STEP, MAX_LEVELS

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_TRANSFER_MICROS = 10**15
MAX_CASH_MICROS = 1 << 60
MAX_ACCOUNTS = 1 << 20
MAX_INSTRUMENTS = 4096
MAX_NAME = 64
MAX_INDEX_MICROS = 10**12
MAX_EXPOSURE_MICROS = 1 << 61

Row = list[int]


def event(
    row: Row,
    kind: EventKind,
    *,
    instrument: int = -1,
    account: int = -1,
    price_ticks: int = 0,
    qty_lots: int = 0,
    tag: int = 0,
    micros: int = 0,
) -> Row:
    """Return an event row of a cold command; ``micros`` goes to the RESTING_FEE_MICROS column."""
    out = [0] * at.EVENT_COLUMNS
    out[at.EVENT_KIND] = kind
    out[at.EVENT_SEQ] = row[at.COMMAND_SEQ]
    out[at.EVENT_TS_NS] = row[at.COMMAND_TS_NS]
    out[at.EVENT_INSTRUMENT] = instrument
    out[at.EVENT_ACCOUNT] = account
    out[at.EVENT_PRICE_TICKS] = price_ticks
    out[at.EVENT_QTY_LOTS] = qty_lots
    out[at.EVENT_TAG] = tag
    out[at.EVENT_RESTING_ACCOUNT] = -1
    out[at.EVENT_RESTING_FEE_MICROS] = micros
    return out


def rejected(row: Row, reason: Reason) -> list[Row]:
    """Return the one event row of a refused command."""
    return [
        event(
            row,
            EventKind.REJECTED,
            instrument=row[at.COMMAND_INSTRUMENT],
            account=row[at.COMMAND_ACCOUNT],
            tag=reason,
        )
    ]


def open_account(core: Core, row: Row, text: str) -> list[Row]:
    """Open an account named by the text; QTY_LOTS is its limit of live orders."""
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable() or row[at.COMMAND_QTY_LOTS] < 1:
        return rejected(row, Reason.INVALID_SPEC)
    if text in core.account_numbers:
        return rejected(row, Reason.DUPLICATE_ACCOUNT)
    if len(core.account_names) >= MAX_ACCOUNTS:
        return rejected(row, Reason.VENUE_FULL)
    account = core.add_account(text)
    core.accounts[account, at.ACCOUNT_OPEN] = 1
    core.accounts[account, at.ACCOUNT_MAX_ORDERS] = row[at.COMMAND_QTY_LOTS]
    return [event(row, EventKind.ACCOUNT_OPENED, account=account)]


def transfer(core: Core, row: Row, _text: str) -> list[Row]:
    """Deposit, or withdraw down to the initial margin."""
    account, amount = row[at.COMMAND_ACCOUNT], row[at.COMMAND_AMOUNT_MICROS]
    if not 0 <= account < len(core.account_names):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    cash = int(core.accounts[account, at.ACCOUNT_CASH_MICROS]) + amount
    deposits = int(core.venue[at.VENUE_DEPOSITS_MICROS]) + amount
    if amount == 0 or abs(amount) > MAX_TRANSFER_MICROS or deposits > MAX_CASH_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    if amount < 0 and cash < int(core.accounts[account, at.ACCOUNT_INITIAL_MICROS]):
        return rejected(row, Reason.INSUFFICIENT_FUNDS)
    core.accounts[account, at.ACCOUNT_CASH_MICROS] = cash
    core.accounts[account, at.ACCOUNT_DEPOSITS_MICROS] += amount
    core.venue[at.VENUE_DEPOSITS_MICROS] = deposits
    return [event(row, EventKind.TRANSFERRED, account=account, micros=amount)]


def is_sound(spec: InstrumentSpec) -> bool:
    """Say whether a spec's numbers are in bounds, so that no product in the kernel can overflow."""
    exposure = (spec.base_ticks + spec.levels) * spec.tick_value_micros * spec.max_position_lots
    return (
        1 <= len(spec.name) <= MAX_NAME
        and spec.tick_micros >= 1
        and spec.contract_hours >= 1
        and spec.base_ticks >= 0
        and spec.levels % LEVELS_STEP == 0
        and 0 < spec.levels <= MAX_LEVELS
        and max(spec.base_ticks, 1) <= spec.reference_ticks < spec.base_ticks + spec.levels
        and 0 < spec.maintenance_margin_ppm <= spec.initial_margin_ppm <= marks.PPM
        and 0 < spec.band_ppm <= marks.PPM
        and 1 <= spec.max_order_lots <= spec.max_position_lots
        and 0 <= spec.maker_fee_micros <= spec.tick_value_micros * spec.levels
        and 0 <= spec.taker_fee_micros <= spec.tick_value_micros * spec.levels
        and 2 * exposure <= MAX_EXPOSURE_MICROS
    )


def list_instrument(core: Core, row: Row, text: str) -> list[Row]:
    """List and open an instrument whose InstrumentSpec is the text, as JSON."""
    try:
        spec = msgspec.json.decode(text, type=InstrumentSpec)
    except msgspec.DecodeError:
        return rejected(row, Reason.INVALID_SPEC)
    if not is_sound(spec):
        return rejected(row, Reason.INVALID_SPEC)
    if spec.name in core.instrument_numbers:
        return rejected(row, Reason.DUPLICATE_INSTRUMENT)
    if len(core.specs) >= MAX_INSTRUMENTS:
        return rejected(row, Reason.VENUE_FULL)
    instrument = core.add_instrument(spec)
    core.instruments[instrument, at.INSTRUMENT_STATE] = State.OPEN
    marks.set_mark(core, instrument, spec.reference_ticks)
    return [
        event(
            row,
            EventKind.INSTRUMENT_LISTED,
            instrument=instrument,
            price_ticks=spec.reference_ticks,
            tag=State.OPEN,
        )
    ]


def _is_instrument(core: Core, instrument: int) -> bool:
    return 0 <= instrument < len(core.specs)


def set_state(core: Core, row: Row, _text: str) -> list[Row]:
    """Change an instrument's trading state to QTY_LOTS; an expired one stays so."""
    instrument, state = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_QTY_LOTS]
    if not _is_instrument(core, instrument):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    expired = core.instruments[instrument, at.INSTRUMENT_STATE] == State.EXPIRED
    if expired or not State.PRE_OPEN <= state <= State.CLOSED:
        return rejected(row, Reason.INSTRUMENT_NOT_OPEN)
    core.instruments[instrument, at.INSTRUMENT_STATE] = state
    return [event(row, EventKind.STATE_CHANGED, instrument=instrument, tag=state)]


def print_index(core: Core, row: Row, text: str) -> list[Row]:
    """Publish the price of the index named by the text."""
    price = row[at.COMMAND_AMOUNT_MICROS]
    if text not in core.index_names:
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if not 1 <= price <= MAX_INDEX_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    core.index_prices[text] = price
    number = core.index_names.index(text)
    return [event(row, EventKind.INDEX_PRINTED, instrument=number, micros=price)]


def mark(core: Core, row: Row, _text: str) -> list[Row]:
    """Mark one instrument (-1: every open one) at PRICE_TICKS, or by rule where that is 0."""
    instrument, price_ticks = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_PRICE_TICKS]
    if instrument != -1 and not _is_instrument(core, instrument):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if instrument == -1 and price_ticks != 0:
        return rejected(row, Reason.INVALID_PRICE)
    chosen = range(len(core.specs)) if instrument == -1 else [instrument]
    rows = []
    for number in chosen:
        if core.instruments[number, at.INSTRUMENT_STATE] == State.EXPIRED:
            continue
        ticks = price_ticks or marks.rule_ticks(core, number)
        if not marks.lowest_ticks(core, number) <= ticks <= marks.highest_ticks(core, number):
            return rejected(row, Reason.INVALID_PRICE)
        if ticks != core.instruments[number, at.INSTRUMENT_MARK_TICKS]:
            marks.set_mark(core, number, ticks)
            rows.append(event(row, EventKind.MARKED, instrument=number, price_ticks=ticks))
    return rows


def settle(core: Core, row: Row, _text: str) -> list[Row]:
    """Settle an instrument finally at AMOUNT_MICROS a GPU-hour: orders go, positions become cash."""
    instrument, price = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_AMOUNT_MICROS]
    if not _is_instrument(core, instrument):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if core.instruments[instrument, at.INSTRUMENT_STATE] == State.EXPIRED:
        return rejected(row, Reason.INSTRUMENT_NOT_OPEN)
    if not 1 <= price <= MAX_INDEX_MICROS or core.specs[instrument].perpetual:
        return rejected(row, Reason.INVALID_AMOUNT)
    rows = core.cancel_everything(row, instrument, Reason.EXPIRED)
    core.instruments[instrument, at.INSTRUMENT_STATE] = State.EXPIRED
    spec = core.specs[instrument]
    final = price * spec.contract_hours
    marked = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS]) * spec.tick_value_micros
    clearing.pay_per_lot(core.accounts, core.positions, instrument, final - marked)
    for account in range(len(core.account_names)):
        position = core.positions[account, instrument]
        lots = int(position[at.POSITION_LOTS])
        if lots:
            cost = int(position[at.POSITION_COST_TICKLOTS]) * spec.tick_value_micros
            position[at.POSITION_REALISED_MICROS] += final * lots - cost
            position[at.POSITION_COST_TICKLOTS] = 0
            position[at.POSITION_LOTS] = 0
            rows.append(
                event(
                    row,
                    EventKind.SETTLED,
                    instrument=instrument,
                    account=account,
                    qty_lots=lots,
                    micros=price,
                )
            )
    core.instruments[instrument, at.INSTRUMENT_OPEN_INTEREST_LOTS] = 0
    clearing.refresh_all(core.instruments, core.accounts, core.positions, instrument)
    rows.append(
        event(row, EventKind.STATE_CHANGED, instrument=instrument, tag=State.EXPIRED, micros=price)
    )
    return rows


def fund(core: Core, row: Row, _text: str) -> list[Row]:
    """Let the longs of a perpetual pay the shorts AMOUNT_MICROS a GPU-hour."""
    instrument, payment = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_AMOUNT_MICROS]
    if not _is_instrument(core, instrument) or not core.specs[instrument].perpetual:
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if abs(payment) > MAX_INDEX_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    per_lot = -payment * core.specs[instrument].contract_hours
    clearing.pay_per_lot(core.accounts, core.positions, instrument, per_lot)
    return [event(row, EventKind.FUNDED, instrument=instrument, micros=payment)]


OPERATIONS: dict[int, Callable[[Core, Row, str], list[Row]]] = {
    CommandKind.OPEN_ACCOUNT: open_account,
    CommandKind.TRANSFER: transfer,
    CommandKind.LIST_INSTRUMENT: list_instrument,
    CommandKind.SET_STATE: set_state,
    CommandKind.PRINT_INDEX: print_index,
    CommandKind.MARK: mark,
    CommandKind.SETTLE: settle,
    CommandKind.FUND: fund,
}
