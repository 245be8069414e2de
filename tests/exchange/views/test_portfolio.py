"""Positions and summaries against figures worked out by hand and against what the core conserves."""

from __future__ import annotations

import pytest
from hypothesis import given

from exchange.core.commands import Command
from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    VENUE_DEPOSITS_MICROS,
    VENUE_FEES_MICROS,
    CommandKind,
)
from exchange.views.portfolio import (
    floating_micros,
    held_instruments,
    liquidation_micros,
    position_fields,
    summary_fields,
)
from tests.exchange.views.market_flow import (
    ACCOUNTS,
    DEPOSIT_MICROS,
    Line,
    opening,
    random_flow,
    resolve,
    seeds,
)


def order(account: int, side: int, price_ticks: int, qty_lots: int) -> Command:
    return Command(
        CommandKind.SUBMIT, account, 0, side=side, price_ticks=price_ticks, qty_lots=qty_lots
    )


def opened() -> Line:
    """Return a line on which bob bought 100 lots of GPU1-30NOV26 from alice at 2.82, mark 2.80."""
    line = Line()
    line.apply(opening())
    line.apply([order(0, 1, 282, 100), order(1, 0, 282, 100)])
    return line


def test_a_long_position_in_figures() -> None:
    line = opened()
    line.apply([Command(CommandKind.MARK, instrument=0, price_ticks=290)])
    line.apply([order(1, 0, 285, 10)])
    fields = position_fields(line.core, 1, 0, 2_811_000)
    # 100 lots of 730 h: a tick of 0.01 is $730. Margins are 20 % and 15 % of 2.90 * 73,000 = 211,700.
    assert fields == {
        "instrument_name": "GPU1-30NOV26",
        "kind": "future",
        "direction": "buy",
        "size": 100,
        "size_currency": 211_700.0,
        "delta": 73_000,
        "average_price": 2.82,
        "mark_price": 2.9,
        "index_price": 2.811,
        "settlement_price": 2.9,
        "floating_profit_loss": 5_840.0,
        "realized_profit_loss": 0.0,
        "total_profit_loss": 5_840.0,
        "realized_funding": 0,
        "initial_margin": 42_340.0,
        "maintenance_margin": 31_755.0,
        "open_orders_margin": 4_234.0,
        "leverage": 5,
        "estimated_liquidation_price": None,
    }


def test_a_short_position_is_negative_and_a_flat_one_zero() -> None:
    line = opened()
    fields = position_fields(line.core, 0, 0, 0)
    assert (fields["direction"], fields["size"], fields["delta"]) == ("sell", -100, -73_000)
    assert fields["average_price"] == 2.82
    assert fields["size_currency"] == -204_400.0
    assert fields["floating_profit_loss"] == 1_460.0
    assert fields["index_price"] == fields["mark_price"] == 2.8
    flat = position_fields(line.core, 0, 1, 0)
    assert (flat["direction"], flat["size"], flat["average_price"]) == ("zero", 0, 0)
    assert flat["estimated_liquidation_price"] is None
    assert held_instruments(line.core, 0) == [0]
    assert held_instruments(line.core, 2) == []


def test_at_the_liquidation_price_equity_is_maintenance_margin() -> None:
    line = opened()
    core = line.core
    price = liquidation_micros(core, 0, 0)
    assert price is not None
    equity = int(core.account(0)[ACCOUNT_CASH_MICROS])
    # A short of 73,000 GPU-hours loses 73,000 micros for each micro of the mark above 2.80.
    lost = (price - 2_800_000) * 73_000
    maintenance = 30_660 * 1_000_000
    assert equity - lost == pytest.approx(maintenance, abs=73_000)


def test_a_summary_in_figures() -> None:
    line = opened()
    fields = summary_fields(line.core, 1)
    # Bob paid 2 ticks * $730 above the mark and $5.50 a lot; margin is 20 % and 15 % of $204,400.
    assert fields["currency"] == "USD"
    assert fields["equity"] == fields["margin_balance"] == 50_000_000 - 1_460 - 550
    assert fields["balance"] == 50_000_000 - 550
    assert fields["session_upl"] == -1_460.0
    assert fields["session_rpl"] == 0.0
    assert fields["session_funding"] == 0.0
    assert fields["total_fees"] == 550.0
    assert fields["initial_margin"] == 40_880.0
    assert fields["maintenance_margin"] == 30_660.0
    assert fields["available_funds"] == fields["equity"] - 40_880
    assert fields["delta_total"] == 73_000


def test_funding_shows_as_funding() -> None:
    line = Line()
    line.apply(opening())
    perpetual = 2
    for account, side in ((0, 1), (1, 0)):
        command = order(account, side, 2_800, 100)
        line.apply([command._replace(instrument=perpetual)])
    line.apply([Command(CommandKind.FUND, instrument=perpetual, amount_micros=12_345)])
    assert summary_fields(line.core, 1)["session_funding"] == -1.2345
    assert summary_fields(line.core, 0)["session_funding"] == 1.2345


@given(seeds)
def test_what_summaries_state_adds_up(seed: int) -> None:
    line = Line()
    line.apply(opening())
    for drafts in random_flow(seed):
        line.apply([resolve(draft, line.core) for draft in drafts])
    core = line.core
    accounts = range(len(ACCOUNTS))
    summaries = [summary_fields(core, account) for account in accounts]
    equity = sum(round(fields["equity"] * 1_000_000) for fields in summaries)
    deposits, fees = core.venue[VENUE_DEPOSITS_MICROS], core.venue[VENUE_FEES_MICROS]
    assert equity + fees == deposits == DEPOSIT_MICROS * len(ACCOUNTS)
    # A trade's two sides enter at one price and are valued at one mark, so profit and loss cancel.
    assert sum(round(fields["total_pl"] * 1_000_000) for fields in summaries) == 0
    for account, fields in zip(accounts, summaries, strict=True):
        floating = sum(floating_micros(core, account, i) for i in range(len(core.specs)))
        assert round(fields["session_upl"] * 1_000_000) == floating
        assert fields["session_funding"] == 0
        positions = [position_fields(core, account, i, 0) for i in range(len(core.specs))]
        margin = sum(p["initial_margin"] + p["open_orders_margin"] for p in positions)
        # Offsets between instruments only take away.
        assert margin >= fields["initial_margin"] - 1e-6
        assert all(position["open_orders_margin"] >= 0 for position in positions)
