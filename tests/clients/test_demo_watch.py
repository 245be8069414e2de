"""The watcher reads what the view and the traders have."""

from __future__ import annotations

from datetime import UTC, datetime

from clients.demo_watch import Watcher
from clients.messages import BookUpdate, IndexPrice, PublicTrade, Side
from tests.clients.market import FAR, NEAR, Market


def test_watcher_reads_the_view() -> None:
    market = Market(index=2.8)
    market.quote(NEAR, 279, 281, lots=4)
    watcher = Watcher(market.view, [], NEAR, began_s=100)
    market.view.apply(PublicTrade(NEAR, 1, "1", 1, Side.SELL, 279, 2))
    market.view.apply(PublicTrade(NEAR, 2, "3", 2, Side.BUY, 281, 1))
    market.view.apply(PublicTrade(FAR, 1, "2", 1, Side.SELL, 270, 2))
    implied = BookUpdate(NEAR, 1, 1, None, [("new", 280, 3)], [], "implied")
    market.view.apply(implied)
    shown = watcher.look(110)
    assert (shown.implied_bids, shown.implied_asks) == ([(2.8, 3)], [])
    assert (shown.elapsed_s, shown.index, shown.bids, shown.asks) == (
        10,
        2.8,
        [(2.79, 4)],
        [(2.81, 4)],
    )
    assert shown.trades == [("buy", 2.81, 1), ("sell", 2.79, 2)]
    assert [point.instrument for point in shown.curve] == list(market.view.instruments)


def test_watcher_tells_date_indices_and_curve() -> None:
    market = Market(index=2.8)
    market.quote(NEAR, 279, 281, lots=4)
    noon_ns = int(datetime(2026, 11, 30, 12, 30, tzinfo=UTC).timestamp()) * 10**9
    watcher = Watcher(market.view, [], NEAR, 100, now_ns=lambda: noon_ns, days_per_minute=10.0)
    watcher.news.append("margin call: somebody")
    shown = watcher.look(101)
    assert shown.market_date == "Mon 2026-11-30 12:30"
    assert (shown.days_per_minute, shown.news) == (10.0, ["margin call: somebody"])
    assert [(line.broad, line.transaction) for line in shown.indices] == [(2.8, None)]
    # An index of executed rentals stands in the other column.
    for listed in market.view.instruments.values():
        market.view.instruments[listed.name] = listed
    market.view.apply(IndexPrice("h100", 1, 3_000_000))
    assert watcher.look(102).indices[0].broad == 3.0
    assert shown.families == sorted({market.view.instruments[NEAR].family})


def test_the_next_contract_is_shown_when_one_is_gone() -> None:
    market = Market(index=2.8)
    watcher = Watcher(market.view, [], NEAR, 100)
    del market.view.instruments[NEAR]
    assert watcher.look(101).instrument == FAR
