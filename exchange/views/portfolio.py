"""Positions and account summaries in the dialect's fields, computed from the core's rows.

Dollars throughout. Where a field of the Deribit API v2 speaks of a currency's own unit, it means
dollars here, because every contract settles in USD.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_DEPOSITS_MICROS,
    ACCOUNT_FEES_MICROS,
    ACCOUNT_INITIAL_MICROS,
    ACCOUNT_MAINTENANCE_MICROS,
    INSTRUMENT_INITIAL_MICROS,
    INSTRUMENT_MAINTENANCE_MICROS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_ADDON_MICROS,
    POSITION_COST_TICKLOTS,
    POSITION_FUNDING_MICROS,
    POSITION_LONGEST_LOTS,
    POSITION_LOTS,
    POSITION_REALISED_MICROS,
    POSITION_SHORTEST_LOTS,
)
from marketdata.messages import MICROS, dollars

CURRENCY = "USD"


class Ledger(Protocol):
    """What the portfolio reads of the core; rows are laid out as in ``exchange.core.layout``."""

    specs: list[InstrumentSpec]

    def account(self, account: int) -> NDArray[np.int64]:
        """Return an account row."""

    def position(self, account: int, instrument: int) -> NDArray[np.int64]:
        """Return a position row."""

    def instrument(self, instrument: int) -> NDArray[np.int64]:
        """Return an instrument row."""


def floating_micros(ledger: Ledger, account: int, instrument: int) -> int:
    """Return what a position would earn if closed at the mark, against its entry cost."""
    position = ledger.position(account, instrument)
    row = ledger.instrument(instrument)
    value_ticklots = int(row[INSTRUMENT_MARK_TICKS]) * int(position[POSITION_LOTS])
    gain_ticklots = value_ticklots - int(position[POSITION_COST_TICKLOTS])
    return gain_ticklots * int(row[INSTRUMENT_TICK_VALUE_MICROS])


def liquidation_micros(ledger: Ledger, account: int, instrument: int) -> int | None:
    """Return the mark, in micros per GPU-hour, at which equity falls to maintenance margin.

    An estimate: every other mark and the margins themselves stay where they are. None for a flat
    position and where no positive price gets there.
    """
    lots = int(ledger.position(account, instrument)[POSITION_LOTS])
    if lots == 0:
        return None
    spec = ledger.specs[instrument]
    row = ledger.account(account)
    excess_micros = int(row[ACCOUNT_CASH_MICROS]) - int(row[ACCOUNT_MAINTENANCE_MICROS])
    mark_micros = int(ledger.instrument(instrument)[INSTRUMENT_MARK_TICKS]) * spec.tick_micros
    price_micros = mark_micros - excess_micros // (lots * spec.contract_hours)
    return price_micros if price_micros > 0 else None


def position_fields(
    ledger: Ledger, account: int, instrument: int, index_micros: int
) -> dict[str, Any]:
    """Return one position as private/get_position gives it.

    size counts contracts and is negative when short. size_currency is the value at the mark in USD,
    delta the GPU-hours, both with the sign of size. The margins are those of the position alone, without
    the offsets of the account's other positions; what its working orders need beside it is
    open_orders_margin.
    """
    spec = ledger.specs[instrument]
    position = ledger.position(account, instrument)
    lots = int(position[POSITION_LOTS])
    cost_ticklots = int(position[POSITION_COST_TICKLOTS])
    row = ledger.instrument(instrument)
    mark_ticks = int(row[INSTRUMENT_MARK_TICKS])
    held_micros = abs(lots) * int(row[INSTRUMENT_INITIAL_MICROS])
    exposed_lots = max(int(position[POSITION_LONGEST_LOTS]), -int(position[POSITION_SHORTEST_LOTS]))
    worst_micros = exposed_lots * int(row[INSTRUMENT_INITIAL_MICROS])
    addon_micros = int(position[POSITION_ADDON_MICROS])
    floating = floating_micros(ledger, account, instrument)
    realised = int(position[POSITION_REALISED_MICROS])
    liquidation = liquidation_micros(ledger, account, instrument)
    mark_price = mark_ticks * spec.tick_micros / MICROS
    return {
        "instrument_name": spec.name,
        "kind": "option" if spec.payoff == "binary" else "future",
        "direction": "buy" if lots > 0 else "sell" if lots < 0 else "zero",
        "size": lots,
        "size_currency": dollars(mark_ticks * lots * spec.tick_value_micros),
        "delta": lots * spec.contract_hours,
        "average_price": cost_ticklots * spec.tick_micros / (lots * MICROS) if lots else 0,
        "mark_price": mark_price,
        "index_price": dollars(index_micros) if index_micros else mark_price,
        "settlement_price": mark_price,
        "floating_profit_loss": dollars(floating),
        "realized_profit_loss": dollars(realised),
        "total_profit_loss": dollars(floating + realised),
        "realized_funding": dollars(int(position[POSITION_FUNDING_MICROS])),
        "initial_margin": dollars(held_micros),
        "maintenance_margin": dollars(abs(lots) * int(row[INSTRUMENT_MAINTENANCE_MICROS])),
        "open_orders_margin": dollars(worst_micros + addon_micros - held_micros),
        "leverage": MICROS // max(1, spec.initial_margin_ppm),
        "estimated_liquidation_price": None if liquidation is None else dollars(liquidation),
    }


def held_instruments(ledger: Ledger, account: int) -> list[int]:
    """Return the instruments in which the account's position is not flat, in order of listing."""
    return [
        instrument
        for instrument in range(len(ledger.specs))
        if ledger.position(account, instrument)[POSITION_LOTS] != 0
    ]


def summary_fields(ledger: Ledger, account: int) -> dict[str, Any]:
    """Return an account's money as private/get_account_summary gives it.

    equity = balance + session_upl = deposits - withdrawals - fees + realised + floating + funding.
    The session is the life of the account: profit is not yet moved into the balance once a day.
    """
    row = ledger.account(account)
    equity = int(row[ACCOUNT_CASH_MICROS])
    initial = int(row[ACCOUNT_INITIAL_MICROS])
    maintenance = int(row[ACCOUNT_MAINTENANCE_MICROS])
    fees = int(row[ACCOUNT_FEES_MICROS])
    deposits = int(row[ACCOUNT_DEPOSITS_MICROS])
    floating, realised, delta_hours = 0, 0, 0
    for instrument, spec in enumerate(ledger.specs):
        position = ledger.position(account, instrument)
        floating += floating_micros(ledger, account, instrument)
        realised += int(position[POSITION_REALISED_MICROS])
        delta_hours += int(position[POSITION_LOTS]) * spec.contract_hours
    available = max(0, equity - initial)
    return {
        "currency": CURRENCY,
        "equity": dollars(equity),
        "balance": dollars(equity - floating),
        "margin_balance": dollars(equity),
        "initial_margin": dollars(initial),
        "maintenance_margin": dollars(maintenance),
        "available_funds": dollars(available),
        "available_withdrawal_funds": dollars(min(available, max(0, equity - floating))),
        "spot_reserve": 0,
        "total_pl": dollars(floating + realised),
        "session_upl": dollars(floating),
        "session_rpl": dollars(realised),
        "session_funding": dollars(equity - deposits + fees - realised - floating),
        "futures_pl": dollars(floating + realised),
        "futures_session_upl": dollars(floating),
        "futures_session_rpl": dollars(realised),
        "delta_total": delta_hours,
        "projected_initial_margin": dollars(initial),
        "projected_maintenance_margin": dollars(maintenance),
        "fee_balance": 0,
        "total_fees": dollars(fees),
        "total_deposits": dollars(deposits),
        "margin_model": "segregated_pm",
        "portfolio_margining_enabled": True,
        "cross_collateral_enabled": False,
    }
