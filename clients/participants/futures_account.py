"""The P&L of one participant's futures, day by day, from its fills, the marks and the settlements.

Exact in micro-dollars: a contract's P&L is what its lots are worth at the mark less what was paid
for them; once it has settled it is what the exchange says was realised.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clients.messages import Message, Position, UserTrade
from clients.view import MarketView
from marketdata.messages import Instrument


class FuturesDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the futures in micro-dollars; fields as in ``outcome.OutcomeDay``."""

    pnl_micros: int
    fees_micros: int
    slippage_micros: int
    matched_micros: int


class FuturesAccount:
    """Hears fills and positions, and closes each day."""

    def __init__(self) -> None:
        self._lots: dict[str, int] = {}
        self._paid_ticklots: dict[str, int] = {}
        self._settled_micros: dict[str, int] = {}
        self._last_ticks: dict[str, int] = {}
        self._odd_lots: dict[str, int] = {}
        self._held_hours: dict[str, int] = {}
        self._spot_micros: dict[str, int] = {}
        self._pnl_micros = 0
        self._odd_paid_micros: dict[str, int] = {}
        self._fees_micros = 0
        self._slippage_micros = 0

    def lots(self, name: str) -> int:
        """Return the signed position in a contract by the fills heard so far."""
        return self._lots.get(name, 0)

    def hear(self, message: Message, view: MarketView, now_ns: int) -> None:
        """Take a fill in, and the end of a position whose contract has expired."""
        if isinstance(message, UserTrade):
            self._fill(message, view)
        elif isinstance(message, Position):
            self._settle(message, view, now_ns)

    def _settle(self, position: Position, view: MarketView, now_ns: int) -> None:
        listed = view.instruments.get(position.instrument)
        if position.qty_lots or listed is None or not self.lots(position.instrument):
            return
        if 0 < listed.expiry_ns <= now_ns:
            self._settled_micros[position.instrument] = position.realised_micros
            del self._lots[position.instrument]

    def _fill(self, trade: UserTrade, view: MarketView) -> None:
        name, listed = trade.instrument, view.instruments.get(trade.instrument)
        if listed is None:
            return
        signed = trade.qty_lots * trade.side.sign
        if not listed.legs:
            # Nobody holds a combo: its legs are fills of their own, perhaps between two ticks.
            self._add(name, signed, trade.price_ticks)
        if trade.combo:
            odd_micros = trade.price_micros - trade.price_ticks * listed.tick_micros
            paid_micros = signed * odd_micros * listed.contract_hours
            self._odd_paid_micros[name] = self._odd_paid_micros.get(name, 0) + paid_micros
        self._last_ticks[name] = trade.price_ticks
        self._fees_micros += trade.fee_micros
        mark_ticks = view.mark_ticks(name)
        if mark_ticks is not None and not trade.combo:
            ticklots = signed * (trade.price_ticks - mark_ticks)
            self._slippage_micros += ticklots * tick_value_micros(listed)

    def _add(self, name: str, signed_lots: int, price_ticks: int) -> None:
        self._lots[name] = self.lots(name) + signed_lots
        paid = self._paid_ticklots.get(name, 0) + signed_lots * price_ticks
        self._paid_ticklots[name] = paid

    def pnl_micros(self, view: MarketView) -> int:
        """Return the P&L since the start, of all contracts at their marks, before fees."""
        total = sum(self._settled_micros.values())
        for name, paid_ticklots in self._paid_ticklots.items():
            listed = view.instruments.get(name)
            if name not in self._settled_micros and listed is not None:
                worth = self.lots(name) * (self._mark_ticks(name, view) or 0)
                total += (worth - paid_ticklots) * tick_value_micros(listed)
                total -= self._odd_paid_micros.get(name, 0)
        return total

    def close_day(
        self, view: MarketView, spot_micros: Mapping[str, int], now_ns: int
    ) -> FuturesDay:
        """Return what came since the last close.

        spot_micros: the rental market's price by underlying now; the position held since the last
        close times its change is the matched P&L.
        """
        for name in list(self._lots):
            # The end of a position may have been heard a moment before the clock here said so.
            if (position := view.positions.get(name)) is not None:
                self._settle(position, view, now_ns)
        self._adopt(view)
        pnl_micros = self.pnl_micros(view)
        matched = sum(
            hours * (spot_micros[underlying] - self._spot_micros[underlying])
            for underlying, hours in self._held_hours.items()
            if underlying in spot_micros and underlying in self._spot_micros
        )
        closed = FuturesDay(
            pnl_micros=pnl_micros - self._pnl_micros,
            fees_micros=self._fees_micros,
            slippage_micros=self._slippage_micros,
            matched_micros=matched,
        )
        self._pnl_micros = pnl_micros
        self._fees_micros = self._slippage_micros = 0
        self._spot_micros.update(spot_micros)
        self._held_hours = self.held_hours(view)
        return closed

    def held_hours(self, view: MarketView) -> dict[str, int]:
        """Return the signed GPU-hours held by underlying."""
        held: dict[str, int] = {}
        for name, lots in self._lots.items():
            listed = view.instruments.get(name)
            if lots and listed is not None:
                held[listed.underlying] = (
                    held.get(listed.underlying, 0) + lots * listed.contract_hours
                )
        return held

    def _adopt(self, view: MarketView) -> None:
        """Take over lots that came without a fill, at the mark: close-outs, blocks, earlier days.

        Only a difference that has lasted since the last close counts: a fill may still be on its way.
        """
        odd: dict[str, int] = {}
        for name, position in view.positions.items():
            missing = position.qty_lots - self.lots(name)
            if missing == 0 or name in self._settled_micros or name not in view.instruments:
                continue
            mark_ticks = self._mark_ticks(name, view)
            if mark_ticks is not None and self._odd_lots.get(name) == missing:
                self._add(name, missing, mark_ticks)
            else:
                odd[name] = missing
        self._odd_lots = odd

    def _mark_ticks(self, name: str, view: MarketView) -> int | None:
        mark_ticks = view.mark_ticks(name)
        return self._last_ticks.get(name) if mark_ticks is None else mark_ticks


def tick_value_micros(listed: Instrument) -> int:
    """Return what one tick of one lot is worth."""
    return listed.tick_micros * listed.contract_hours
