"""A trader's books by the day: what the account gained is what the days add up to."""

from __future__ import annotations

from clients.messages import InstrumentState, Side, UserTrade
from clients.participants.daily import DailyTrader
from clients.trader import Command
from clients.view import MarketView
from marketdata.days import day_of
from marketdata.messages import MICROS
from tests.clients.market import NEAR, START_NS, Market


class Idle(DailyTrader):
    """Does nothing, and counts."""

    kind = "idle"

    def __init__(self) -> None:
        super().__init__("idle", 1)
        self.days: list[int] = []
        self.decisions = 0

    def on_day(self, day: int, now_ns: int) -> list[Command]:
        self.days.append(day)
        return []

    def decide(self, now_ns: int) -> list[Command]:
        self.decisions += 1
        return []


def fee(number: int, fee_micros: int) -> UserTrade:
    return UserTrade(
        instrument=NEAR,
        ts_ns=START_NS,
        trade_id=str(number),
        trade_seq=number,
        order_id="O",
        label="",
        side=Side.BUY,
        price_ticks=280,
        qty_lots=1,
        fee_micros=fee_micros,
        is_maker=False,
    )


def test_days_split_the_gain_and_the_fees() -> None:
    market, trader = Market(), Idle()
    market.pay(1_000 * MICROS)
    trader.on_start(market.view, market.now_ns)
    market.tick(trader)
    trader.on_message(fee(1, 5 * MICROS), market.now_ns)
    market.pay(1_040 * MICROS, 900 * MICROS)
    market.tick(trader, 86_400)
    market.pay(1_010 * MICROS)
    market.tick(trader, 3 * 86_400)
    trader.on_message(fee(2, 2 * MICROS), market.now_ns)
    market.pay(1_100 * MICROS)
    trader.on_stop(market.now_ns)
    first = day_of(START_NS)
    days = trader.outcome.days
    assert trader.days == [first, first + 1, first + 4], "days without a decision are passed over"
    assert [day.day for day in days] == trader.days
    assert [day.futures_micros // MICROS for day in days] == [45, -30, 92]
    assert [day.fees_micros // MICROS for day in days] == [5, 0, 2]
    assert days[0].margin_micros == 140 * MICROS
    assert sum(day.futures_micros - day.fees_micros for day in days) == trader.pnl_micros
    assert trader.pnl_micros == 100 * MICROS


def test_the_report_tells_cash_exposure_and_what_would_be_without() -> None:
    market, trader = Market(), Idle()
    market.pay(1_000 * MICROS, 800 * MICROS)
    trader.on_start(market.view, market.now_ns)
    market.hold(NEAR, -2)
    market.tick(trader)
    trader.on_stop(market.now_ns)
    report = trader.report()
    assert report.figures["equity $"] == 1_000
    assert report.figures["margin $"] == 200
    assert report.figures["H100 GPU-hours"] == -1_460
    assert report.without["outcome: cash flow $"] == 0
    assert set(report.without) <= set(report.figures)


def test_margin_that_is_used_up_is_noticed() -> None:
    market, trader = Market(), Idle()
    trader.on_start(market.view, market.now_ns)
    assert trader.has_margin(), "unknown money binds nobody"
    market.pay(1_000 * MICROS, 199 * MICROS)
    assert not trader.has_margin()
    assert trader.has_margin(0.1)


def test_only_who_follows_the_listing_chooses_anew_when_it_changes() -> None:
    class Choosing(Idle):
        def __init__(self) -> None:
            super().__init__()
            self.chosen: list[list[str]] = []

        def instruments(self, view: MarketView) -> list[str]:
            self.chosen.append(list(view.instruments))
            return self.chosen[-1]

    class Following(Choosing):
        follows_listing = True

    market = Market()
    for trader, times in ((Choosing(), 0), (Following(), 1)):
        trader.on_start(market.view, market.now_ns)
        trader.on_message(fee(1, MICROS), market.now_ns)
        trader.on_message(InstrumentState(NEAR, market.now_ns, "started"), market.now_ns)
        assert len(trader.chosen) == times
