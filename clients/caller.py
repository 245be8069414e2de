"""What the parts of the client library share: a way to call, the decoder, and where news goes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from clients import messages as m
from clients.connection import Connection
from clients.errors import ConnectionLost, RequestTimeout
from clients.market_time import MarketTime
from clients.rpc import OnAnswer
from clients.view import MarketView
from clients.wire import Wire
from marketdata.messages import Instrument

TRIES = 4
"""How often a request is sent, at most, when its answer is lost."""


class Caller(ABC):
    """Base of the query and order-entry halves of ``clients.sdk.Exchange``."""

    wire: Wire
    gateway: Connection
    view: MarketView
    market_time: MarketTime

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        on_answer: OnAnswer | None = None,
    ) -> msgspec.Raw:
        """Call a method of the gateway once and return the JSON of its result.

        Raises RpcError, NotConnected (nothing was sent), ConnectionLost or RequestTimeout.
        """
        return await self.gateway.request(method, params, on_answer=on_answer)

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        on_answer: OnAnswer | None = None,
    ) -> msgspec.Raw:
        """Call a method that may safely run twice, again where its answer was lost."""
        for _ in range(TRIES - 1):
            try:
                return await self.call(method, params, on_answer=on_answer)
            except (ConnectionLost, RequestTimeout):
                continue
        return await self.call(method, params, on_answer=on_answer)

    def instrument(self, name: str) -> Instrument:
        """Return a listed instrument. Raises KeyError with the listed names."""
        listed = self.wire.instruments.get(name)
        if listed is None:
            names = ", ".join(self.wire.instruments) or "nothing"
            raise KeyError(f"{name} is not listed; listed: {names}")
        return listed

    @abstractmethod
    def deliver(self, messages: Iterable[m.PrivateMessage]) -> None:
        """Bring the view up to date with news of the account and queue what is new."""
