"""The small exchange with quotes and a listing that changes."""

from __future__ import annotations

from typing import Any

from tests.clients.server import GPU1, NOW_MS, PERPETUAL, FakeExchange, instrument

MOST = 3.0
"""A quote above is refused, one alone."""


class QuotingExchange(FakeExchange):
    """Keeps one quote a side and instrument, as private/mass_quote says them."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = [instrument(GPU1, 1, 730, 0.01), instrument(PERPETUAL, 2, 1, 0.001)]
        self.protections: dict[str, dict[str, Any]] = {}

    @property
    def quoted(self) -> dict[tuple[str, str], tuple[float, int]]:
        """(instrument, direction) to price and amount of the quotes that work."""
        return {
            (order["instrument_name"], order["direction"]): (order["price"], order["amount"])
            for order in self.orders.values()
            if order.get("quote") and order["order_state"] == "open"
        }

    def _public_get_instruments(self, *_: Any) -> list[dict[str, Any]]:
        return self.listed

    def _private_mass_quote(
        self, line: Any, params: dict[str, Any], after: list[tuple[str, Any]]
    ) -> dict[str, Any]:
        errors = []
        for quote in params["quotes"]:
            name = quote["instrument_name"]
            for order in self.orders.values():
                if order.get("quote") and order["instrument_name"] == name:
                    order["order_state"] = "cancelled"
            for side, direction in (("bid", "buy"), ("ask", "sell")):
                level = quote.get(side)
                if level is None:
                    continue
                assert level["post_only"]
                if level["price"] > MOST:
                    fault = {"code": 10005, "message": "price_too_high", "data": {"reason": "band"}}
                    errors.append({"instrument_name": name, "side": side, **level, "error": fault})
                    continue
                placed = self._order(
                    direction, {"instrument_name": name, "type": "limit", **level, "label": ""}
                )
                placed["quote"] = True
                after.append(("user.changes.any.any.raw", self.changes(placed, [])))
        return {"errors_count": len(errors), "errors": errors}

    def _private_cancel_quotes(self, line: Any, params: dict[str, Any], *_: Any) -> int:
        live = [o for o in self.orders.values() if o.get("quote") and o["order_state"] == "open"]
        if params["cancel_type"] == "instrument":
            live = [o for o in live if o["instrument_name"] == params["instrument_name"]]
        for order in live:
            order["order_state"] = "cancelled"
        return len(live)

    def _private_set_mmp_config(self, line: Any, params: dict[str, Any], *_: Any) -> Any:
        self.protections[params["index_name"]] = {**params, "mmp_group": "default"}
        return self.protections[params["index_name"]]

    def _private_get_mmp_config(self, *_: Any) -> Any:
        return list(self.protections.values())

    def _private_cancel_all_after(self, line: Any, params: dict[str, Any], *_: Any) -> Any:
        wait_ms = params["timeout_ms"]
        return {"timestamp": NOW_MS, "cancel_timestamp": NOW_MS + wait_ms if wait_ms else None}

    async def list_now(self, row: dict[str, Any]) -> None:
        """List an instrument and tell of it."""
        self.listed = [*self.listed, row]
        await self.tell_state(row["instrument_name"], "started")

    async def tell_state(self, name: str, state: str) -> None:
        """Tell the life of an instrument."""
        fields = {"instrument_name": name, "state": state, "timestamp": self.now_ms}
        await self.publish("instrument.state.any.any", fields)

    def _public_get_fixings(self, line: Any, params: dict[str, Any], *_: Any) -> Any:
        rows = [{"date": "1970-01-03", "price": 2.5, "version": 2}]
        return {"records_total": 1, "data": rows if params["index_name"] == "gpu1_h100" else []}
