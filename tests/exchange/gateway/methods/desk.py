"""A real replica (core, market, views) behind the methods, without sockets, log or clock."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec
import pytest

from exchange.core.commands import Command, batch_of
from exchange.core.core import Core
from exchange.gateway import methods
from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import METHODS, Context, Sequenced
from exchange.market_clock import MarketClock
from exchange.replica import Replica
from exchange.sequencer import Outcome
from exchange.views.orders import Row
from exchange.views.views import Views
from marketdata.market import Market
from marketdata.messages import Instrument
from matching.book import OrderBooks
from matching.layout import POOL_NOW_NS
from tests.exchange.views.market_flow import START_NS, STEP_NS, opening

methods.load()
NEAR, FAR, PERPETUAL = "GPU1-30NOV26", "GPU1-31DEC26", "H100-PERPETUAL"
ALICE, BOB, CAROL = 0, 1, 2


class Desk:
    """Calls methods as the gateway does: decode, handle, sequence, apply, answer."""

    def __init__(self) -> None:
        self.replica = Replica()
        self.ts_ns = START_NS
        self.clock = MarketClock()
        self.durability = "fsync"
        self.refusal: str | None = None
        self.rows: list[Row] = []
        """Event rows of the latest batch."""
        self.apply(opening())

    @property
    def core(self) -> Core:
        return self.replica.core

    @property
    def market(self) -> Market:
        return self.replica.market

    @property
    def views(self) -> Views:
        return self.replica.views

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        return {i.name: i for i in self.market.instruments()}

    def apply(self, commands: list[Command]) -> list[Outcome]:
        """Apply one batch and return an outcome a command."""
        self.ts_ns += STEP_NS
        first = self.core.seq + 1
        self.rows = self.replica.apply(batch_of(commands, first, self.ts_ns))
        outcomes = [Outcome(first + n, self.ts_ns, []) for n in range(len(commands))]
        for row in self.rows:
            outcomes[row[1] - first].events.append(row)
        return outcomes

    def ask(self, account: int, method: str, params: dict[str, Any]) -> object:
        """Return what a method's handler returns, commands not applied."""
        registered = METHODS[method]
        decoded = registered.decode(msgspec.Raw(msgspec.json.encode(params)))
        context = Context(None, self, account, None, self.ts_ns)  # type: ignore[arg-type]
        return registered.handler(context, decoded)

    def call(self, account: int, method: str, **params: Any) -> Any:
        """Return the result of a method, as JSON would carry it; raises RpcError."""
        result = self.ask(account, method, params)
        if isinstance(result, Sequenced):
            result = result.respond(self.apply(result.commands))
        return msgspec.json.decode(msgspec.json.encode(result))

    def buy(self, account: int, amount: Any, price: Any, **params: Any) -> dict[str, Any]:
        """Place a buy in NEAR; return the order."""
        return self._place("private/buy", account, amount, price, params)

    def sell(self, account: int, amount: Any, price: Any, **params: Any) -> dict[str, Any]:
        """Place a sell in NEAR; return the order."""
        return self._place("private/sell", account, amount, price, params)

    def _place(
        self, method: str, account: int, amount: Any, price: Any, params: dict[str, Any]
    ) -> dict[str, Any]:
        asked = {"instrument_name": NEAR, "amount": amount, "price": price, **params}
        order: dict[str, Any] = self.call(account, method, **asked)["order"]
        return order


def lasting(core: Core) -> tuple[Any, ...]:
    """Return what of a core a refused command must leave as it was: all but the time."""
    books = OrderBooks.restore(core.books.snapshot())
    books.pool[POOL_NOW_NS] = 0
    return books.digest(), core.accounts.tolist(), core.positions.tolist()


def refusal(desk: Desk, account: int, method: str, **params: Any) -> tuple[int, str, str]:
    """Return code, param and reason with which a call is refused; nothing may change by it."""
    before = lasting(desk.core)
    views = desk.views.snapshot()
    with pytest.raises(RpcError) as raised:
        desk.call(account, method, **params)
    assert lasting(desk.core) == before
    assert desk.views.snapshot() == views
    return (
        raised.value.code,
        str(raised.value.data.get("param")),
        str(raised.value.data.get("reason")),
    )
