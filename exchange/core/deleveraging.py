"""Auto-deleveraging: what no book takes of a defaulted position is closed against its counterparties.

They are asked in the order of their ranks (``exchange.core.ranking``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import bankruptcy, novation, waterfall
from exchange.core import layout as at
from exchange.core.layout import AccountStatus, EventKind
from exchange.core.novation import Fill
from exchange.core.ranking import ranked
from exchange.core.replies import Row, event

if TYPE_CHECKING:
    from exchange.core.core import Core


class Ranking:
    """Who is deleveraged in which order; each instrument's side is ranked once in a command."""

    def __init__(self) -> None:
        self._ranked: dict[tuple[int, bool], list[int]] = {}

    def of(self, core: Core, instrument: int, *, longs: bool) -> list[int]:
        """Return the accounts that were long, or short, when they were first asked for, highest rank first.

        Of equal ranks the lower account number comes first.
        """
        key = instrument, longs
        if key not in self._ranked:
            self._ranked[key] = ranked(core, instrument, longs=longs)
        return self._ranked[key]


def deleverage(core: Core, row: Row, account: int, instrument: int, ranking: Ranking) -> list[Row]:
    """Close an account's position against its counterparties, by rank, until it is whole or flat.

    The price is the bankruptcy price; where equity is below zero, what the layers can pay brings it back
    towards the mark. No counterparty is taken below zero: what it cannot bear the layers pay, and if
    they are empty it stays with the defaulter.
    """
    rows: list[Row] = []
    is_long = core.positions.item(account, instrument, at.POSITION_LOTS) > 0
    for counterparty in ranking.of(core, instrument, longs=not is_long):
        lots = core.positions.item(account, instrument, at.POSITION_LOTS)
        status = core.accounts.item(account, at.ACCOUNT_STATUS)
        if lots == 0 or status == AccountStatus.SOUND:
            break
        other = core.positions.item(counterparty, instrument, at.POSITION_LOTS)
        # Deals of the same command may have closed or turned it.
        if other * lots < 0:
            qty_lots = min(abs(lots), abs(other))
            rows += _close_against(core, row, account, counterparty, instrument, qty_lots)
    return rows


def _close_against(
    core: Core, row: Row, account: int, counterparty: int, instrument: int, qty_lots: int
) -> list[Row]:
    lots = core.positions.item(account, instrument, at.POSITION_LOTS)
    side = 1 if lots > 0 else 0
    price_ticks = _price_ticks(core, account, counterparty, instrument, qty_lots)
    allowed_micros = bankruptcy.allowed_micros(core, account, instrument, qty_lots)
    before_micros = core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    fills = [
        Fill(account, instrument, side, price_ticks, qty_lots, 0),
        Fill(counterparty, instrument, 1 - side, price_ticks, qty_lots, 0),
    ]
    followed = novation.book(core, row, fills)
    lost_micros = before_micros - core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    core.venue[at.VENUE_TRADES] += 1
    rows = []
    for own, other, own_side in ((account, counterparty, side), (counterparty, account, 1 - side)):
        told = event(
            row,
            EventKind.DELEVERAGED,
            instrument=instrument,
            account=own,
            price_ticks=price_ticks,
            qty_lots=qty_lots,
            tag=account,
        )
        told[at.EVENT_ORDER_ID] = core.venue.item(at.VENUE_TRADES)
        told[at.EVENT_SIDE] = own_side
        told[at.EVENT_RESTING_ACCOUNT] = other
        rows.append(told)
    paid = waterfall.cover(core, row, account, lost_micros - allowed_micros)
    return rows + followed + paid


def _price_ticks(
    core: Core, account: int, counterparty: int, instrument: int, qty_lots: int
) -> int:
    """Return the bankruptcy price, or the price nearest to it that the counterparty can bear."""
    equity_micros = core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    cover_micros = min(waterfall.available_micros(core), max(0, -equity_micros))
    price = bankruptcy.price_ticks(core, account, instrument, cover_micros=cover_micros)
    tick_value_micros = core.specs[instrument].tick_value_micros
    borne_micros = max(0, core.accounts.item(counterparty, at.ACCOUNT_CASH_MICROS))
    reach = borne_micros // (qty_lots * tick_value_micros)
    mark_ticks: int = core.instruments.item(instrument, at.INSTRUMENT_MARK_TICKS)
    is_long = core.positions.item(account, instrument, at.POSITION_LOTS) > 0
    return min(price, mark_ticks + reach) if is_long else max(price, mark_ticks - reach)
