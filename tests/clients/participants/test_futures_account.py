"""P&L of fills, marks and settlements, counted by hand."""

from __future__ import annotations

import random

import msgspec

from clients import messages as m
from clients.participants.futures_account import FuturesAccount
from marketdata.messages import InstrumentLeg
from tests.clients.market import FAR, MONTH_NS, NEAR, Market

TICK_LOT = 7_300_000
"""A cent on 730 hours, in micro-dollars."""


def fill(
    name: str, side: m.Side, price_ticks: int, qty_lots: int, fee_micros: int = 0
) -> m.UserTrade:
    return m.UserTrade(
        instrument=name,
        ts_ns=0,
        trade_id="1",
        trade_seq=1,
        order_id="1",
        label="",
        side=side,
        price_ticks=price_ticks,
        qty_lots=qty_lots,
        fee_micros=fee_micros,
        is_maker=False,
    )


def mark(market: Market, name: str, ticks: int, state: str = "open") -> None:
    market.view.apply(
        m.Ticker(
            instrument=name,
            ts_ns=market.now_ns,
            state=state,
            mark_ticks=ticks,
            last_ticks=None,
            best_bid_ticks=None,
            best_bid_lots=0,
            best_ask_ticks=None,
            best_ask_lots=0,
            open_interest_lots=0,
            index_micros=None,
        )
    )


def test_a_spread_is_what_its_legs_are() -> None:
    market, account = Market(), FuturesAccount()
    mark(market, NEAR, 280)
    mark(market, FAR, 270)
    listed = market.view.instruments[NEAR]
    legs = (InstrumentLeg(NEAR, 1), InstrumentLeg(FAR, -1))
    spread = msgspec.structs.replace(listed, name="S", tick_micros=5_000, legs=legs)
    market.view.instruments["S"] = spread
    # Bought at 0.105: the farther month at its mark, 2.70, and the nearer at 2.805.
    whole = fill("S", m.Side.BUY, 21, 10, 55)
    near = fill(NEAR, m.Side.BUY, 280, 10)
    far = fill(FAR, m.Side.SELL, 270, 10)
    near = msgspec.structs.replace(near, price_micros=2_805_000, combo="S")
    far = msgspec.structs.replace(far, price_micros=2_700_000, combo="S")
    for message in (whole, near, far):
        account.hear(message, market.view, market.now_ns)
    assert [account.lots(name) for name in (NEAR, FAR, "S")] == [10, -10, 0]
    assert account.pnl_micros(market.view) == -5_000 * 7_300
    assert account.close_day(market.view, {}, market.now_ns).fees_micros == 55


def test_days_of_fills_and_marks() -> None:
    market, account = Market(), FuturesAccount()
    mark(market, NEAR, 280)
    account.hear(fill(NEAR, m.Side.SELL, 279, 10, 55), market.view, market.now_ns)
    market.hold(NEAR, -10)
    first = account.close_day(market.view, {"H100": 2_800_000}, market.now_ns)
    # Sold a tick below the mark: a loss, and slippage, of 10 tick-lots.
    assert first.pnl_micros == -10 * TICK_LOT
    assert (first.slippage_micros, first.fees_micros) == (10 * TICK_LOT, 55)
    assert first.matched_micros == 0
    mark(market, NEAR, 270)
    second = account.close_day(market.view, {"H100": 2_750_000}, market.now_ns)
    assert second.pnl_micros == 100 * TICK_LOT
    assert (second.slippage_micros, second.fees_micros) == (0, 0)
    # Short 7,300 hours while the own price fell by 5 cents.
    assert second.matched_micros == 7_300 * 50_000


def test_a_settlement_is_what_the_exchange_realised() -> None:
    market, account = Market(), FuturesAccount()
    mark(market, NEAR, 280)
    account.hear(fill(NEAR, m.Side.BUY, 280, 2), market.view, market.now_ns)
    market.hold(NEAR, 2)
    account.close_day(market.view, {}, market.now_ns)
    market.now_ns += MONTH_NS
    market.hold(NEAR, 0)
    # Settled at 2.8123456 $ a GPU-hour: between two ticks.
    realised = msgspec.structs.replace(
        market.view.positions[NEAR], realised_micros=2 * 730 * 12_345
    )
    account.hear(realised, market.view, market.now_ns)
    assert account.close_day(market.view, {}, market.now_ns).pnl_micros == 2 * 730 * 12_345
    mark(market, NEAR, 500, "expired")
    assert account.close_day(market.view, {}, market.now_ns).pnl_micros == 0
    assert account.held_hours(market.view) == {}


def test_a_settlement_heard_a_moment_early_counts_at_the_days_end() -> None:
    """The clock here may be a little behind the exchange's when the position ends."""
    market, account = Market(), FuturesAccount()
    mark(market, NEAR, 280)
    account.hear(fill(NEAR, m.Side.SELL, 280, 3), market.view, market.now_ns)
    market.hold(NEAR, 0)
    ended = msgspec.structs.replace(market.view.positions[NEAR], realised_micros=777)
    market.view.apply(ended)
    expiry_ns = market.view.instruments[NEAR].expiry_ns
    account.hear(ended, market.view, expiry_ns - 1)
    assert account.lots(NEAR) == -3
    assert account.close_day(market.view, {}, expiry_ns).pnl_micros == 777
    assert account.lots(NEAR) == 0


def test_lots_without_a_fill_are_taken_over_at_the_mark_once_they_last() -> None:
    market, account = Market(), FuturesAccount()
    mark(market, FAR, 270)
    market.hold(FAR, 5)
    assert account.close_day(market.view, {}, market.now_ns).pnl_micros == 0
    assert account.lots(FAR) == 0
    mark(market, FAR, 271)
    assert account.close_day(market.view, {}, market.now_ns).pnl_micros == 0
    assert account.lots(FAR) == 5
    mark(market, FAR, 275)
    assert account.close_day(market.view, {}, market.now_ns).pnl_micros == 5 * 4 * TICK_LOT


def test_days_add_up_to_cash_and_worth_of_random_fills() -> None:
    seed = 5
    rng = random.Random(seed)
    market, account = Market(), FuturesAccount()
    cash_micros = total_micros = 0
    lots = {NEAR: 0, FAR: 0}
    marks = {NEAR: 280, FAR: 270}
    for _ in range(200):
        name = rng.choice([NEAR, FAR])
        side = rng.choice(list(m.Side))
        price, qty = marks[name] + rng.randint(-3, 3), rng.randint(1, 9)
        account.hear(fill(name, side, price, qty), market.view, market.now_ns)
        lots[name] += side.sign * qty
        cash_micros -= side.sign * qty * price * TICK_LOT
        market.hold(name, lots[name])
        marks[name] += rng.randint(-5, 5)
        mark(market, NEAR, marks[NEAR])
        mark(market, FAR, marks[FAR])
        total_micros += account.close_day(market.view, {}, market.now_ns).pnl_micros
    worth = sum(lots[name] * marks[name] * TICK_LOT for name in lots)
    assert total_micros == cash_micros + worth, f"seed {seed}"
