"""The fills of each account against the rows, against positions and against cash."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given

from exchange.core.commands import Command
from exchange.core.layout import (
    ACCOUNT_FEES_MICROS,
    EVENT_ACCOUNT,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_ORDER_ID,
    EVENT_TAG,
    POSITION_LOTS,
    CommandKind,
    EventKind,
)
from exchange.views.trades import TradeView
from exchange.views.views import Views
from tests.exchange.views.market_flow import (
    ACCOUNTS,
    REFERENCE_TICKS,
    Line,
    opening,
    random_flow,
    resolve,
    seeds,
)


@given(seeds)
def test_fills_are_the_executions_seen_from_both_sides(seed: int) -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    for drafts in random_flow(seed):
        views.apply(*line.apply([resolve(draft, line.core) for draft in drafts]))
    wanted: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    marks: dict[int, int] = {}
    index_micros = 0
    counted: dict[int, int] = defaultdict(int)
    for row in line.rows:
        if row[EVENT_KIND] in (EventKind.INSTRUMENT_LISTED, EventKind.MARKED):
            marks[row[EVENT_INSTRUMENT]] = row[EVENT_PRICE_TICKS]
        elif row[EVENT_KIND] == EventKind.INDEX_PRINTED:
            index_micros = row[EVENT_RESTING_FEE_MICROS]
        elif row[EVENT_KIND] == EventKind.EXECUTED:
            counted[row[EVENT_INSTRUMENT]] += 1
            common = (
                row[EVENT_TAG],
                counted[row[EVENT_INSTRUMENT]],
                row[EVENT_PRICE_TICKS],
                row[EVENT_QTY_LOTS],
                marks[row[EVENT_INSTRUMENT]],
                index_micros,
            )
            wanted[row[EVENT_RESTING_ACCOUNT]].append((row[EVENT_RESTING_ORDER_ID], 1, *common))
            wanted[row[EVENT_ACCOUNT]].append((row[EVENT_ORDER_ID], 0, *common))
    for account in range(len(ACCOUNTS)):
        fills = views.trades.fills(account)
        assert [
            (
                fill.order_id,
                int(fill.maker),
                fill.trade_id,
                fill.trade_seq,
                fill.price_ticks,
                fill.qty_lots,
                fill.mark_ticks,
                fill.index_micros,
            )
            for fill in fills
        ] == wanted[account]
        assert list(views.trades.latest(account)) == list(fills)[::-1]
        # Conservation: signed fills are the position, fees are what the core charged.
        for instrument in range(len(line.core.specs)):
            signed = sum(
                fill.qty_lots * (1 - 2 * fill.side)
                for fill in fills
                if fill.instrument == instrument
            )
            assert signed == line.core.position(account, instrument)[POSITION_LOTS]
        charged = line.core.account(account)[ACCOUNT_FEES_MICROS]
        assert sum(fill.fee_micros for fill in fills) == charged
        for fill in fills:
            order = views.orders.get(account, fill.order_id)
            assert order is not None
            assert (fill.side, fill.label, fill.tif) == (order.side, order.label, order.tif)
            assert views.trades.of_order(account, fill.order_id)[-1].trade_id >= fill.trade_id


def trade(line: Line, views: Views, price_ticks: int) -> None:
    """Let bob buy one lot from alice at a price."""
    for account, side in ((0, 1), (1, 0)):
        command = Command(
            CommandKind.SUBMIT, account, 0, side=side, price_ticks=price_ticks, qty_lots=1
        )
        views.apply(*line.apply([command]))


def test_tick_directions_are_plus_zero_plus_minus_zero_minus() -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    for step in (0, 0, 1, 1, -1, -1, -1, 0):
        trade(line, views, REFERENCE_TICKS + step)
    assert [fill.tick_direction for fill in views.trades.fills(0)] == [0, 1, 0, 1, 2, 3, 3, 0]


def test_fills_are_bounded_and_since_returns_the_latest() -> None:
    line, views = Line(), Views(fills_per_account=4)
    views.apply(*line.apply(opening()))
    for _ in range(6):
        trade(line, views, REFERENCE_TICKS)
    views.trades.trim()
    assert [fill.trade_id for fill in views.trades.fills(0)] == [3, 4, 5, 6]
    assert [fill.trade_id for fill in views.trades.since(0, 5)] == [5, 6]
    assert [fill.trade_seq for fill in views.trades.since(1, 1)] == [3, 4, 5, 6]
    assert views.trades.since(2, 1) == []


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit must be at least 1, got -1"):
        TradeView(-1)
