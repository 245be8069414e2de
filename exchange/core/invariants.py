"""The laws, recomputed from scratch: what must hold of a core after every command."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import State
from exchange.core.marks import PPM
from matching import layout as book_at
from matching.layout import Side

LAWS = (
    "cash is conserved",
    "positions sum to zero and open interest equals the longs",
    "no book is crossed",
    "working sums equal the books",
    "margin rates and price bands follow from the marks",
    "margins equal their recomputation",
    "levels equal their queues",
)


def violations(core: Core) -> list[str]:
    """Return a sentence for each law that does not hold; empty means sound."""
    return [
        *_cash(core),
        *_open_interest(core),
        *_books(core),
        *_working(core),
        *_rates(core),
        *_margins(core),
    ]


def _cash(core: Core) -> Iterator[str]:
    cash = int(core.accounts[:, at.ACCOUNT_CASH_MICROS].sum())
    kept = int(core.venue[at.VENUE_FEES_MICROS]) + int(core.venue[at.VENUE_HOUSE_MICROS])
    deposits = int(core.venue[at.VENUE_DEPOSITS_MICROS])
    if cash + kept != deposits:
        yield f"cash: accounts {cash} + venue {kept} != deposits {deposits}"
    fees = int(core.accounts[:, at.ACCOUNT_FEES_MICROS].sum())
    if fees != int(core.venue[at.VENUE_FEES_MICROS]):
        yield f"fees: accounts paid {fees}, the venue has {core.venue[at.VENUE_FEES_MICROS]}"


def _open_interest(core: Core) -> Iterator[str]:
    for instrument, spec in enumerate(core.specs):
        lots = core.positions[:, instrument, at.POSITION_LOTS]
        longs = int(np.maximum(lots, 0).sum())
        if int(lots.sum()) != 0:
            yield f"positions: {spec.name} sums to {lots.sum()}"
        if longs != int(core.instruments[instrument, at.INSTRUMENT_OPEN_INTEREST_LOTS]):
            yield f"open interest: {spec.name} has {longs} long"


def _books(core: Core) -> Iterator[str]:
    for instrument, spec in enumerate(core.specs):
        bid, ask = core.books.best_bid(instrument), core.books.best_ask(instrument)
        is_open = core.instruments[instrument, at.INSTRUMENT_STATE] == State.OPEN
        if is_open and bid is not None and ask is not None and bid >= ask:
            yield f"crossed: {spec.name} {bid} >= {ask}"
        for side in Side:
            queued: dict[int, list[int]] = {}
            for _, _, price_ticks, leaves_lots, _ in core.books.orders(instrument, side):
                sums = queued.setdefault(price_ticks, [0, 0])
                sums[0] += leaves_lots
                sums[1] += 1
            levels = {
                price: [qty, count] for price, qty, count in core.books.depth(instrument, side)
            }
            if queued != levels:
                yield f"levels: {spec.name} {side.name} differ from their queues"


def _working(core: Core) -> Iterator[str]:
    found = np.zeros((*core.positions.shape[:2], 5), np.int64)
    for instrument in range(len(core.specs)):
        for side in Side:
            for _, owner, price_ticks, leaves_lots, _ in core.books.orders(instrument, side):
                sums = found[owner, instrument]
                mark_ticks = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])
                lost_ticks = max(0, (price_ticks - mark_ticks) * (1 - 2 * side))
                sums[2 * side] += leaves_lots
                sums[2 * side + 1] += leaves_lots * lost_ticks
                sums[4] += 1
    columns = [
        at.POSITION_BUY_LOTS,
        at.POSITION_BUY_LOSS_TICKLOTS,
        at.POSITION_SELL_LOTS,
        at.POSITION_SELL_LOSS_TICKLOTS,
        at.POSITION_ORDERS,
    ]
    kept = core.positions[:, :, columns]
    for account, instrument in sorted({(int(a), int(i)) for a, i, _ in np.argwhere(found != kept)}):
        yield (
            f"working: account {account} in {core.specs[instrument].name} has "
            f"{kept[account, instrument].tolist()}, its orders sum to "
            f"{found[account, instrument].tolist()}"
        )
    counts = core.positions[:, :, at.POSITION_ORDERS].sum(axis=1)
    if (counts != core.accounts[:, at.ACCOUNT_ORDERS]).any():
        yield "working: an account's number of orders differs from its positions'"
    if int(counts.sum()) != core.books.live:
        yield f"working: {counts.sum()} orders counted, {core.books.live} live"
    if len(core.specs) and int(core.books.rows[:, book_at.BOOK_ORDERS].sum()) != core.books.live:
        yield "working: the books' numbers of orders do not sum to the live ones"


def _rates(core: Core) -> Iterator[str]:
    for instrument, spec in enumerate(core.specs):
        row = core.instruments[instrument].tolist()
        mark_ticks = row[at.INSTRUMENT_MARK_TICKS]
        value_micros = mark_ticks * spec.tick_value_micros
        reach = mark_ticks * spec.band_ppm // PPM
        follows = [
            value_micros * spec.initial_margin_ppm // PPM,
            value_micros * spec.maintenance_margin_ppm // PPM,
            max(mark_ticks - reach, spec.base_ticks, 1),
            min(mark_ticks + reach, spec.base_ticks + spec.levels - 1),
        ]
        kept = row[at.INSTRUMENT_INITIAL_MICROS : at.INSTRUMENT_BAND_HIGH_TICKS + 1]
        if kept != follows:
            yield f"rates: {spec.name} keeps {kept}, from its mark follow {follows}"


def _margins(core: Core) -> Iterator[str]:
    for account, name in enumerate(core.account_names):
        sums = [0, 0]
        for instrument, spec in enumerate(core.specs):
            position = core.positions[account, instrument].tolist()
            row = core.instruments[instrument].tolist()
            lots = position[at.POSITION_LOTS]
            exposed_lots = max(
                lots + position[at.POSITION_BUY_LOTS], position[at.POSITION_SELL_LOTS] - lots
            )
            lost_ticklots = (
                position[at.POSITION_BUY_LOSS_TICKLOTS] + position[at.POSITION_SELL_LOSS_TICKLOTS]
            )
            needed = [
                exposed_lots * row[at.INSTRUMENT_INITIAL_MICROS]
                + lost_ticklots * row[at.INSTRUMENT_TICK_VALUE_MICROS],
                abs(lots) * row[at.INSTRUMENT_MAINTENANCE_MICROS],
            ]
            kept = position[at.POSITION_INITIAL_MICROS : at.POSITION_MAINTENANCE_MICROS + 1]
            if kept != needed:
                yield f"margin: {name} in {spec.name} keeps {kept}, recomputed {needed}"
            sums = [sums[0] + needed[0], sums[1] + needed[1]]
        kept = core.accounts[account].tolist()[
            at.ACCOUNT_INITIAL_MICROS : at.ACCOUNT_MAINTENANCE_MICROS + 1
        ]
        if kept != sums:
            yield f"margin: {name} keeps {kept}, recomputed {sums}"
