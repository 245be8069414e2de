"""Currencies and instruments, as listed and as ccxt reads them."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import ALICE, FAR, NEAR, PERPETUAL, Desk, refusal


def test_currencies_are_usd_and_the_families(desk: Desk) -> None:
    currencies = desk.call(ALICE, "public/get_currencies")
    assert [currency["currency"] for currency in currencies] == ["USD", "GPU1", "H100"]


def test_instruments_by_currency_kind_and_expiry(desk: Desk) -> None:
    def ask(**params: Any) -> list[str]:
        rows = desk.call(ALICE, "public/get_instruments", **params)
        return [row["instrument_name"] for row in rows]

    assert ask() == ask(currency="any") == ask(currency="USD") == [NEAR, FAR, PERPETUAL]
    assert ask(currency="GPU1", kind="future") == [NEAR, FAR]
    assert ask(currency="GPU1", kind="option") == []
    assert ask(expired=True) == []
    desk.apply([Command(CommandKind.SETTLE, instrument=0, amount_micros=2_800_000)])
    assert ask(expired=True) == [NEAR]
    assert ask() == [FAR, PERPETUAL]
    assert refusal(desk, ALICE, "public/get_instruments", currency="BTC")[:2] == (
        -32602,
        "currency",
    )


def test_one_instrument(desk: Desk) -> None:
    one = desk.call(ALICE, "public/get_instrument", instrument_name=NEAR)
    assert one == desk.call(ALICE, "public/get_instruments")[0]
    assert (one["base_currency"], one["contract_size"], one["tick_size"]) == ("GPU1", 730, 0.01)
    assert refusal(desk, ALICE, "public/get_instrument", instrument_name="X")[0] == 13020


def test_ccxt_makes_one_market_of_each_instrument(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = ccxt.deribit()
    rows = desk.call(ALICE, "public/get_instruments")
    monkeypatch.setattr(exchange, "publicGetGetInstruments", lambda params: {"result": rows})
    markets = {market["id"]: market for market in exchange.fetch_markets()}
    assert set(markets) == {NEAR, FAR, PERPETUAL}
    assert len({market["symbol"] for market in markets.values()}) == 3
    near, perpetual = markets[NEAR], markets[PERPETUAL]
    assert (near["type"], near["linear"], near["contractSize"]) == ("future", True, 730)
    assert (near["base"], near["quote"], near["settle"]) == ("GPU1", "USD", "USD")
    assert near["precision"] == {"amount": 1, "price": 0.01}
    assert (perpetual["type"], perpetual["symbol"]) == ("swap", "H100/USD:USD")
