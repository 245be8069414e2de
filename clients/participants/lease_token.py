"""The issuer of a lease token: it sells the rental cash flow of its fleet, a quarter at a time.

Real business: a fleet on the rental market. A token pays the quarter's mean rental price
(``lease_value``); the issuer may issue as many as ``issue_part`` of the hours that its fleet will rent
out in the quarter, so each token has its GPU behind it, and utilisation stays its own risk.

Decision rule: a quote around fair value, as an exchange-traded fund's sponsor creates and redeems at
its net asset value: it offers new tokens ``premium`` above, and buys issued ones back ``premium``
below. An order moves when fair value has moved by more than ``requote_ticks``. A bid above its offer is
hit at once.
"""

from __future__ import annotations

import math

from clients.economy.statements import RentalDay
from clients.messages import Order, Side, TimeInForce
from clients.participants.contract_months import HOURS_A_MONTH
from clients.participants.futures_account import FuturesDay
from clients.participants.lease_value import net_asset_value_micros
from clients.participants.params import Fraction, Lots, NonNegative
from clients.participants.rental_days import rented_out
from clients.participants.token_trader import TokenParams, TokenTrader
from clients.trader import Command, Submit
from marketdata.messages import MICROS, Instrument

MONTHS_A_QUARTER = 3


class LeaseTokenParams(TokenParams, frozen=True, kw_only=True):
    """Parameters; all defaults are this simulator's choice.

    fleet_gpus, utilisation, cost_usd: as in neocloud. issue_part: of a quarter's hours that may be
    issued. premium: around fair value. rate: at which net asset value is discounted, a year.
    """

    fleet_gpus: Lots = 200
    utilisation: Fraction = 0.75
    cost_usd: NonNegative = 0.6
    issue_part: Fraction = 0.8
    premium: Fraction = 0.01
    requote_ticks: Lots = 3
    rate: NonNegative = 0.1


class LeaseToken(TokenTrader):
    """Issues and redeems tokens around their value."""

    kind = "lease-token"

    def __init__(self, name: str, seed: int, params: LeaseTokenParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self.gpus = params.fleet_gpus

    @property
    def utilisation(self) -> float:
        """Part of the fleet that is rented out: as lately seen, else as stated."""
        return self.utilisation_else(self.params.utilisation)

    def fair_micros(self, token: Instrument) -> float | None:
        """Return a token's fair price, from the strip and else from the index."""
        return self.marks.fair_micros(token, self.view.index_micros(token.name))

    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        """Return the most that may be issued of a token, as a short; 0 for any other contract."""
        if listed.family != self.params.family:
            return 0
        hours = self.gpus * self.utilisation * HOURS_A_MONTH * MONTHS_A_QUARTER
        return -math.floor(self.params.issue_part * hours / listed.contract_hours)

    def hours_ahead(self) -> float:
        """Return the hours of the quarters that have a token."""
        hours = self.gpus * self.utilisation * HOURS_A_MONTH * MONTHS_A_QUARTER
        return hours * len(self.tokens(self.view))

    def on_time(self, now_ns: int) -> list[Command]:
        """Quote each token around its value."""
        super().on_time(now_ns)
        self.marks.update(self.view, self.strip(self.view), now_ns)
        commands: list[Command] = []
        for name in self.tokens(self.view):
            token = self.view.instruments[name]
            fair = self.fair_micros(token)
            if fair is not None and now_ns < token.expiry_ns:
                commands += self._quote(token, fair / token.tick_micros, now_ns)
        return commands

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Learn the fleet."""
        underlying = self.params.underlying
        self.gpus = day.fleet.get(underlying, self.gpus)

    def imagined(self, day: RentalDay, days: int) -> RentalDay:
        """Rent the stated part of the fleet out at the index, and pay its running cost."""
        return rented_out(day, days, self.gpus, self.params)

    def own_figures(self) -> dict[str, float]:
        """Return what is issued, and each token's net asset value and the market's premium to it."""
        figures: dict[str, float] = {}
        issued = value = 0.0
        for name in self.tokens(self.view):
            token = self.view.instruments[name]
            fair = self.fair_micros(token)
            if fair is None:
                continue
            lots = -self.view.position_lots(name)
            worth = net_asset_value_micros(fair, token, self.now_ns, self.params.rate) / MICROS
            issued, value = issued + lots, value + lots * worth
            figures[f"{name} NAV $"] = worth
            mark_ticks = self.view.mark_ticks(name)
            if mark_ticks is not None:
                figures[f"{name} premium"] = mark_ticks * token.tick_micros / fair - 1
        return {"tokens issued": issued, "NAV issued $": value, **figures}

    def _towards(self, listed: Instrument, now_ns: int) -> list[Command]:
        """Leave the trading to the quotes."""
        return []

    def _quote(self, token: Instrument, fair_ticks: float, now_ns: int) -> list[Command]:
        ask = math.ceil(fair_ticks * (1 + self.params.premium))
        bid = math.floor(fair_ticks * (1 - self.params.premium))
        issued = -self.view.position_lots(token.name)
        left = -self.target_lots(token, now_ns) - issued
        clip = self.params.clip_lots
        best_bid, _ = self.view.outside_best(token.name)
        commands = self._keep(token, Side.BUY, bid, min(clip, max(0, issued)))
        if best_bid is not None and best_bid >= ask:
            # Post-only would be refused: a bid this good is hit.
            commands += self._keep(token, Side.SELL, ask, 0)
            if left > 0 and not self.view.own_orders(token.name, Side.SELL):
                lots = self._covered_lots(token, best_bid, min(clip, left))
                commands += self._order(token, Side.SELL, best_bid, lots, TimeInForce.IOC)
            return commands
        lots = self._covered_lots(token, ask, min(clip, max(0, left)))
        return commands + self._keep(token, Side.SELL, ask, lots)

    def _keep(self, token: Instrument, side: Side, price_ticks: int, lots: int) -> list[Command]:
        """Leave a resting order that is near enough, else take it back; place one where none is."""
        working = self.view.own_orders(token.name, side)
        stale = [order for order in working if lots == 0 or self._is_off(order, price_ticks)]
        if stale:
            return self.cancels(stale)
        if working or lots == 0 or price_ticks < 1:
            return []
        return self._order(token, side, price_ticks, lots, TimeInForce.GTC)

    def _is_off(self, order: Order, price_ticks: int) -> bool:
        resting = price_ticks if order.price_ticks is None else order.price_ticks
        return abs(resting - price_ticks) > self.params.requote_ticks

    def _order(
        self, token: Instrument, side: Side, price_ticks: int, lots: int, lasting: TimeInForce
    ) -> list[Command]:
        if lots == 0 or self._is_paused(token.name):
            return []
        return [
            Submit(
                label=self.new_label(),
                instrument=token.name,
                side=side,
                qty_lots=lots,
                price_ticks=price_ticks,
                time_in_force=lasting,
                post_only=lasting is TimeInForce.GTC,
            )
        ]
