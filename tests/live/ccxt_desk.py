"""Unmodified `ccxt.deribit` clients of a running exchange, by account."""

from __future__ import annotations

from typing import Any

import ccxt

from tests.live.running import RunningExchange

TICK = 0.01
TIMEOUT_MS = 60_000
Client = Any
"""ccxt declares its exchanges without types of use here."""


class Desk:
    """Clients by account, and the contract months."""

    def __init__(self, exchange: RunningExchange) -> None:
        self._exchange = exchange
        self._clients: dict[str, Client] = {}
        months = [m for m in self["alice"].markets.values() if m["base"] == "GPU1"]
        self.symbols = [m["symbol"] for m in sorted(months, key=lambda m: m["expiry"])]

    def __getitem__(self, account: str) -> Client:
        if account not in self._clients:
            self._clients[account] = self.connect(**self._exchange.keys[account])
            self._clients[account].load_markets()
        return self._clients[account]

    def connect(self, client_id: str, client_secret: str) -> Client:
        client = ccxt.deribit(
            {
                "apiKey": client_id,
                "secret": client_secret,
                "enableRateLimit": False,
                "timeout": TIMEOUT_MS,
            }
        )
        client.urls["api"]["rest"] = self._exchange.http_url
        return client

    def price(self, symbol: str, ticks: int = 0) -> float:
        """The mark, and so many ticks above it."""
        mark = float(self["alice"].fetch_ticker(symbol)["markPrice"])
        return round(mark + ticks * TICK, 2)
