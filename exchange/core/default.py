"""Default management: from an unmet margin call through slices in the book to the layers and deleveraging.

A step takes one account a little further; docs/clearing/default.md tells the rules with an example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exchange.core import bankruptcy, offers, waterfall
from exchange.core import layout as at
from exchange.core.deleveraging import Ranking, deleverage
from exchange.core.layout import AccountStatus, EventKind, Reason, State
from exchange.core.replies import Row, event, rejected
from exchange.core.slices import slice_lots
from matching.layout import BOOK_LINKED

if TYPE_CHECKING:
    from exchange.core.core import Core

STEPS_PER_COMMAND = 64
"""Accounts that one CLOSE_OUT command takes further; the next one goes on with the others."""
_CLOSING_OUT = int(AccountStatus.CLOSING_OUT)
_SOUND = int(AccountStatus.SOUND)


def due(core: Core, ts_ns: int) -> list[int]:
    """Return the accounts for which a step is due at a time and can do something, the earliest due first.

    Of those due together the lower account number comes first. Who became whole while an offer waits in a
    batch is due, too: to have it back.
    """
    statuses = core.accounts[:, at.ACCOUNT_STATUS]
    whole = offers.needless(core) if core.offers else []
    if not whole and not statuses.any():
        return []
    deadlines = core.accounts[:, at.ACCOUNT_DEADLINE_NS]
    late = np.flatnonzero((statuses != _SOUND) & (deadlines <= ts_ns)).tolist()
    ready = whole + [account for account in late if can_act(core, account, ts_ns)]
    return sorted(ready, key=lambda account: (deadlines.item(account), account))


def can_act(core: Core, account: int, ts_ns: int) -> bool:
    """Say whether a step could do something: not while what an account holds is not traded, or offered."""
    if offers.waits(core, account):
        return False
    held = core.accounts[account].tolist()
    if held[at.ACCOUNT_STATUS] != _CLOSING_OUT or held[at.ACCOUNT_ORDERS]:
        return True
    positions = bankruptcy.held_lots(core, account)
    if positions:
        return any(is_traded(core, instrument, ts_ns) for instrument in positions)
    return waterfall.available_micros(core) > 0


def is_traded(core: Core, instrument: int, ts_ns: int) -> bool:
    """Say whether an instrument is open, and its last trading instant still to come."""
    row = core.instruments[instrument].tolist()
    expiry_ns = row[at.INSTRUMENT_EXPIRY_NS]
    is_open: bool = row[at.INSTRUMENT_STATE] == State.OPEN
    return is_open and (expiry_ns == 0 or ts_ns < expiry_ns)


def close_out(core: Core, row: Row, _text: str) -> list[Row]:
    """Take a step in the close-out of one account, or (-1) of each that is due, up to STEPS_PER_COMMAND."""
    account, forced = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if account != -1 and account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if forced not in (0, 1) or (forced and account == -1):
        return rejected(row, Reason.INVALID_QTY)
    ts_ns = row[at.COMMAND_TS_NS]
    chosen = due(core, ts_ns)[:STEPS_PER_COMMAND]
    if account != -1:
        held = core.accounts[account].tolist()
        early = held[at.ACCOUNT_DEADLINE_NS] > ts_ns and not forced
        if held[at.ACCOUNT_STATUS] == _SOUND or early or offers.waits(core, account):
            return rejected(row, Reason.NOT_DUE)
        chosen = [account]
    ranking = Ranking()
    rows: list[Row] = []
    for number in chosen:
        # A step for one account may have made another whole.
        if core.accounts.item(number, at.ACCOUNT_STATUS) != _SOUND:
            rows += _step(core, row, number, ranking)
        elif number in core.offers:
            rows += offers.withdraw(core, row, number)
    return rows


def _step(core: Core, row: Row, account: int, ranking: Ranking) -> list[Row]:
    rows = _begin(core, row, account)
    held = core.accounts[account]
    held[at.ACCOUNT_DEADLINE_NS] = row[at.COMMAND_TS_NS] + core.default_terms.step_ns
    if held[at.ACCOUNT_ORDERS]:
        rows += core.cancel_all(row, account)
    took = offers.judge(core, account)
    if took is not None:
        held[at.ACCOUNT_STALLED_STEPS] = 0 if took else int(held[at.ACCOUNT_STALLED_STEPS]) + 1
    if held[at.ACCOUNT_STATUS] == _SOUND:
        return rows
    instrument = _riskiest(core, account, row[at.COMMAND_TS_NS])
    if instrument is not None:
        rows += _reduce(core, row, account, instrument, ranking)
    cash_micros = core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    if cash_micros < 0 and not bankruptcy.held_lots(core, account):
        rows += waterfall.pay(core, row, account, -cash_micros)
    return rows


def _begin(core: Core, row: Row, account: int) -> list[Row]:
    """Turn a call that was not met into a close-out; one that runs goes on."""
    held = core.accounts[account]
    if held[at.ACCOUNT_STATUS] == _CLOSING_OUT:
        return []
    held[at.ACCOUNT_STATUS] = _CLOSING_OUT
    held[at.ACCOUNT_TOLD_STATUS] = _CLOSING_OUT
    held[at.ACCOUNT_STALLED_STEPS] = 0
    equity_micros = int(held[at.ACCOUNT_CASH_MICROS])
    rows = [event(row, EventKind.CLOSING_OUT, account=account, micros=equity_micros)]
    for instrument, lots in bankruptcy.held_lots(core, account).items():
        rows.append(
            event(
                row,
                EventKind.CLOSING_OUT,
                instrument=instrument,
                account=account,
                price_ticks=core.instruments.item(instrument, at.INSTRUMENT_MARK_TICKS),
                qty_lots=lots,
            )
        )
    return rows


def _riskiest(core: Core, account: int, ts_ns: int) -> int | None:
    """Return the traded instrument whose position alone needs most maintenance margin, the first of equals."""
    held = bankruptcy.held_lots(core, account)
    weights = bankruptcy.lot_weights(core, list(held))
    needed = {
        instrument: abs(lots) * weight
        for (instrument, lots), weight in zip(held.items(), weights, strict=True)
        if is_traded(core, instrument, ts_ns)
    }
    return max(needed, key=lambda instrument: needed[instrument], default=None)


def _reduce(core: Core, row: Row, account: int, instrument: int, ranking: Ranking) -> list[Row]:
    """Offer a slice to the book; what it has not taken for long enough, close against counterparties."""
    terms, held = core.default_terms, core.accounts[account]
    stalled = int(held[at.ACCOUNT_STALLED_STEPS])
    funds_micros = waterfall.available_micros(core)
    patience = terms.deleveraging_steps if funds_micros else terms.patience_steps
    if core.books.gathers(instrument):
        if stalled > patience:
            return deleverage(core, row, account, instrument, ranking)
        rows = _offer_to_batch(core, row, account, instrument)
        # What the book does not even take closes nothing; of anything else the auction tells.
        held[at.ACCOUNT_STALLED_STEPS] = stalled if rows else stalled + 1
        return rows
    cover_micros = funds_micros if stalled >= terms.patience_steps else 0
    former_lots = core.positions.item(account, instrument, at.POSITION_LOTS)
    rows = _offer(core, row, account, instrument, cover_micros)
    closed = core.positions.item(account, instrument, at.POSITION_LOTS) != former_lots
    held[at.ACCOUNT_STALLED_STEPS] = 0 if closed else stalled + 1
    if not closed and stalled >= patience:
        rows += deleverage(core, row, account, instrument, ranking)
    return rows


def _offer(core: Core, row: Row, account: int, instrument: int, cover_micros: int) -> list[Row]:
    """Close a slice in the book, no worse than the bankruptcy price; the layers pay for what is beyond it.

    cover_micros: what they may pay for all positions together. Nothing happens where the best price of
    the other side is worse than that; in a linked book what other books imply may be better, and the match
    finds it.
    """
    terms = core.instruments[instrument].tolist()
    lots = core.positions.item(account, instrument, at.POSITION_LOTS)
    limit_ticks = bankruptcy.price_ticks(
        core,
        account,
        instrument,
        cover_micros=cover_micros,
        fee_micros=terms[at.INSTRUMENT_TAKER_FEE_MICROS],
    )
    if lots > 0:
        side, best_ticks = 1, core.books.best_bid(instrument)
        limit_ticks = max(limit_ticks, terms[at.INSTRUMENT_BAND_LOW_TICKS])
        is_worse = best_ticks is None or best_ticks < limit_ticks
    else:
        side, best_ticks = 0, core.books.best_ask(instrument)
        limit_ticks = min(limit_ticks, terms[at.INSTRUMENT_BAND_HIGH_TICKS])
        is_worse = best_ticks is None or best_ticks > limit_ticks
    if best_ticks is None or is_worse:
        if not core.books.rows[instrument, BOOK_LINKED]:
            return []
        best_ticks = terms[at.INSTRUMENT_MARK_TICKS]
    wanted_lots = slice_lots(core, account, instrument, best_ticks)
    behind = bankruptcy.share(core, account, instrument)
    before_micros = core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    offered = _told_offer(row, account, instrument, side, limit_ticks, wanted_lots)
    rows = core.close(row, account, instrument, side, limit_ticks, wanted_lots)
    closed_lots = abs(lots) - abs(core.positions.item(account, instrument, at.POSITION_LOTS))
    lost_micros = before_micros - core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
    allowed_micros = closed_lots * before_micros * behind.weight // behind.total
    paid = waterfall.cover(core, row, account, lost_micros - allowed_micros)
    return [offered, *rows, *paid] if rows else paid


def _told_offer(
    row: Row, account: int, instrument: int, side: int, limit_ticks: int, qty_lots: int
) -> Row:
    offered = event(
        row,
        EventKind.SLICE_OFFERED,
        instrument=instrument,
        account=account,
        price_ticks=limit_ticks,
        qty_lots=qty_lots,
    )
    offered[at.EVENT_SIDE] = side
    return offered


def _offer_to_batch(core: Core, row: Row, account: int, instrument: int) -> list[Row]:
    """Offer a slice to the batch that gathers, no worse than the bankruptcy price; the auction is waited for.

    The layers do not better its price: what a fill costs is known only when another command brings it.
    """
    terms = core.instruments[instrument].tolist()
    limit_ticks = bankruptcy.price_ticks(
        core, account, instrument, fee_micros=terms[at.INSTRUMENT_TAKER_FEE_MICROS]
    )
    is_long = core.positions.item(account, instrument, at.POSITION_LOTS) > 0
    low_ticks, high_ticks = (
        terms[at.INSTRUMENT_BAND_LOW_TICKS],
        terms[at.INSTRUMENT_BAND_HIGH_TICKS],
    )
    limit_ticks = max(limit_ticks, low_ticks) if is_long else min(limit_ticks, high_ticks)
    lots = slice_lots(core, account, instrument, terms[at.INSTRUMENT_MARK_TICKS])
    rows = core.close(row, account, instrument, int(is_long), limit_ticks, lots)
    if not rows:
        return []
    offers.keep(core, account, rows[0][at.EVENT_ORDER_ID], instrument)
    return [_told_offer(row, account, instrument, int(is_long), limit_ticks, lots), *rows]
