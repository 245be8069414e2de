"""What a market maker sends beside orders: mass quotes, their protection, the dead-man timer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from clients import dialect, wire
from clients import messages as m
from clients.order_entry import OrderEntry
from clients.trader import TwoSided
from marketdata.messages import NS_PER_MS


class Quoted(msgspec.Struct, frozen=True):
    """Answer to a mass quote: what was refused, each as a Rejection with its instrument."""

    refused: list[m.Rejection]


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """Market-maker protection on an index: limits of what may trade within ``interval_s``.

    frozen_s: how long quotes are refused after it trips, 0 until ``reset_mmp``. delta_limit_hours:
    GPU-hours bought more than sold, or the other way.
    """

    index_name: str
    interval_s: int
    frozen_s: int = 0
    qty_limit_lots: int | None = None
    delta_limit_hours: int | None = None


class Quoting(OrderEntry):
    """The quoting part of the client; each call may safely be sent again after a lost answer."""

    async def mass_quote(self, quotes: Iterable[TwoSided], *, protected: bool = False) -> Quoted:
        """Replace the account's quotes in the instruments named (private/mass_quote).

        quotes: at most 64, post-only; one without sizes withdraws. protected: under the
        protection that ``set_mmp_config`` set. Raises InvalidParams where one is wrong in
        form, and then nothing changed.
        """
        rows = [self._quote(quote) for quote in quotes]
        params: dict[str, Any] = {"quotes": rows}
        if protected:
            params["mmp_group"] = "default"
        raw = await self.ask("private/mass_quote", params)
        answer = wire.parse(raw, dialect.WireMassQuote)
        return Quoted([_refusal(error) for error in answer.errors])

    def _quote(self, quote: TwoSided) -> dict[str, Any]:
        listed = self.instrument(quote.instrument)
        row: dict[str, Any] = {"instrument_name": quote.instrument}
        for side, ticks, lots in (
            ("bid", quote.bid_ticks, quote.bid_lots),
            ("ask", quote.ask_ticks, quote.ask_lots),
        ):
            if lots > 0:
                row[side] = {"price": listed.price(ticks), "amount": lots, "post_only": True}
        return row

    async def cancel_quotes(self, instrument: str | None = None, family: str | None = None) -> int:
        """Withdraw all quotes, or one instrument's, or one family's; return how many.

        Method private/cancel_quotes. Where the first answer was lost the number may be 0.
        """
        params = {"cancel_type": "all"}
        if instrument is not None:
            params = {"cancel_type": "instrument", "instrument_name": instrument}
        elif family is not None:
            params = {"cancel_type": "currency", "currency": family}
        return wire.parse(await self.ask("private/cancel_quotes", params), int)

    async def set_mmp_config(self, protection: Protection) -> Protection:
        """Set protection on an index anew (private/set_mmp_config); interval_s 0 takes it away."""
        params: dict[str, Any] = {
            "index_name": protection.index_name,
            "interval": protection.interval_s,
            "frozen_time": protection.frozen_s,
        }
        if protection.qty_limit_lots is not None:
            params["quantity_limit"] = protection.qty_limit_lots
        if protection.delta_limit_hours is not None:
            params["delta_limit"] = protection.delta_limit_hours
        raw = await self.ask("private/set_mmp_config", params)
        return _protection(wire.parse(raw, dialect.WireProtection))

    async def mmp_configs(self) -> list[Protection]:
        """Return the protection of every index that has it (private/get_mmp_config)."""
        raw = await self.ask("private/get_mmp_config", {})
        return [_protection(row) for row in wire.parse(raw, list[dialect.WireProtection])]

    async def mmp_frozen_until_ns(self) -> dict[str, int]:
        """Return the indices on which protection refuses quotes now (private/get_mmp_status).

        The value is the end of the freeze, 0 where only ``reset_mmp`` ends it.
        """
        raw = await self.ask("private/get_mmp_status", {})
        rows = wire.parse(raw, list[dialect.WireFreeze])
        return {row.index_name: row.frozen_until * NS_PER_MS for row in rows}

    async def reset_mmp(self, index_name: str) -> None:
        """End a freeze and begin to count anew (private/reset_mmp)."""
        await self.ask("private/reset_mmp", {"index_name": index_name})

    async def cancel_all_after(self, timeout_s: float) -> int | None:
        """Have all orders cancelled unless this is sent again in time (private/cancel_all_after).

        timeout_s: of the exchange's time, from 1 to 86,400; 0 takes the timer away. Returns
        when it runs out in ns, None without a timer.
        """
        params = {"timeout_ms": round(timeout_s * 1_000)}
        raw = await self.ask("private/cancel_all_after", params)
        due_ms = wire.parse(raw, dialect.WireDeadline).cancel_timestamp
        return None if due_ms is None else due_ms * NS_PER_MS


def _protection(row: dialect.WireProtection) -> Protection:
    return Protection(
        index_name=row.index_name,
        interval_s=row.interval,
        frozen_s=row.frozen_time,
        qty_limit_lots=None if row.quantity_limit is None else round(row.quantity_limit),
        delta_limit_hours=None if row.delta_limit is None else round(row.delta_limit),
    )


def _refusal(row: dialect.WireQuoteError) -> m.Rejection:
    fault = row.error
    reason = str(fault.data.get("reason") or fault.message)
    side = f"{row.side} {row.price}: " if row.side else ""
    return m.Rejection("massquote", "", row.instrument_name, fault.code, f"{side}{reason}")
