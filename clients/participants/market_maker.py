"""A market maker that quotes both sides of several contracts around a fair value.

Decision rule: Avellaneda and Stoikov 2008 (``avellaneda_stoikov``) per contract, in ticks and
seconds, with a rolling horizon in place of the paper's session end (T − t is a constant: a venue
that never closes has no last moment). σ is estimated from the fair value's own moves. Inventory
counts in ``unit_lots``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from clients.messages import Order, Side
from clients.participants.avellaneda_stoikov import quotes
from clients.participants.fair_value import Ewma, FairValue
from clients.participants.params import Fraction, Lots, NonNegative, Params, Positive
from clients.trader import NS_PER_S, Amend, Command, Report, Submit, Trader
from clients.view import MarketView
from marketdata.messages import Instrument

REQUOTE_PART = 0.5
"""An order is left alone while this part of the wanted size is open at the wanted price."""


class MarketMakerParams(Params, frozen=True, kw_only=True):
    """Parameters; prices in ticks, times in seconds.

    gamma: risk aversion per tick and unit of inventory. k: decay of the arrival rate per tick.
    horizon_s: time over which inventory is carried. unit_lots: lots of one unit of inventory.
    sigma_floor: least volatility, in ticks per square root of a second.
    slope_a_year: log slope of the curve that the fair value starts from (a prior, not a quotation).
    """

    gamma: Positive = 0.1
    k: Positive = 1.0
    horizon_s: Positive = 60.0
    sigma_floor: NonNegative = 0.05
    sigma_halflife_s: Positive = 120.0
    quote_lots: Lots = 10
    unit_lots: Lots = 10
    max_position_lots: Lots = 100
    min_half_spread_ticks: NonNegative = 0.5
    slope_a_year: float = -0.19
    book_weight: Fraction = 0.3


class _Contract:
    """What the maker knows of one contract."""

    def __init__(self, instrument: Instrument, params: MarketMakerParams) -> None:
        self.instrument = instrument
        self.fair = FairValue(params.slope_a_year, params.book_weight)
        self.variance = Ewma(params.sigma_halflife_s, params.sigma_floor**2)
        self.last_ticks: float | None = None
        self.last_ns = 0

    def observe(self, fair_ticks: float, now_ns: int, floor: float) -> float:
        """Take the fair value in and return σ in ticks per square root of a second."""
        elapsed_s = (now_ns - self.last_ns) / NS_PER_S
        if self.last_ticks is not None and elapsed_s > 0:
            self.variance.update((fair_ticks - self.last_ticks) ** 2 / elapsed_s, elapsed_s)
        self.last_ticks, self.last_ns = fair_ticks, now_ns
        return max(floor, math.sqrt(self.variance.value or 0.0))


class MarketMaker(Trader):
    """Quotes every contract, amends rather than cancels, and never crosses or passes its limit."""

    kind = "market-maker"

    def __init__(self, name: str, seed: int, params: MarketMakerParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self._contracts: list[_Contract] = []

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else all."""
        return self.params.names or list(view.instruments)

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Begin with what is listed."""
        super().on_start(view, now_ns)
        listed = view.instruments
        self._contracts = [
            _Contract(listed[name], self.params)
            for name in self.instruments(view)
            if name in listed
        ]
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        """Quote every contract anew."""
        return [
            command for contract in self._contracts for command in self._quote(contract, now_ns)
        ]

    def _quote(self, contract: _Contract, now_ns: int) -> Iterator[Command]:
        params, name = self.params, contract.instrument.name
        fair_ticks = contract.fair.ticks(self.view, contract.instrument, now_ns)
        if fair_ticks is None:
            yield from self.cancels(self.view.own_orders(name))
            return
        sigma = contract.observe(fair_ticks, now_ns, params.sigma_floor)
        held_lots = self.view.position_lots(name)
        bid, ask = quotes(
            fair_ticks,
            held_lots / params.unit_lots,
            params.gamma,
            sigma,
            params.horizon_s,
            params.k,
        )
        widen = max(0.0, params.min_half_spread_ticks - (ask - bid) / 2)
        bid_ticks, ask_ticks = math.floor(bid - widen), math.ceil(ask + widen)
        others_bid, others_ask = self.view.outside_best(name)
        if others_ask is not None:
            bid_ticks = min(bid_ticks, others_ask - 1)
        if others_bid is not None:
            ask_ticks = max(ask_ticks, others_bid + 1)
        room = params.max_position_lots
        yield from self._side(name, Side.BUY, bid_ticks, min(params.quote_lots, room - held_lots))
        yield from self._side(name, Side.SELL, ask_ticks, min(params.quote_lots, room + held_lots))

    def _side(self, name: str, side: Side, price_ticks: int, qty_lots: int) -> Iterator[Command]:
        working = self.view.own_orders(name, side)
        if qty_lots <= 0 or price_ticks <= 0:
            yield from self.cancels(working)
            return
        if not working:
            yield Submit(
                label=self.new_label(),
                instrument=name,
                side=side,
                qty_lots=qty_lots,
                price_ticks=price_ticks,
                post_only=True,
            )
            return
        first, *extra = working
        yield from self.cancels(extra)
        if first.order_id and not _good_enough(first, price_ticks, qty_lots):
            yield Amend(
                label=first.label,
                qty_lots=first.filled_lots + qty_lots,
                price_ticks=price_ticks,
                post_only=True,
            )

    def report(self) -> Report:
        """Return the inventory and the volatility that each contract is quoted with."""
        figures: dict[str, float] = {}
        for contract in self._contracts:
            name = contract.instrument.name
            figures[f"{name} lots"] = self.view.position_lots(name)
            figures[f"{name} sigma"] = math.sqrt(contract.variance.value or 0.0)
        return Report(self.name, self.kind, figures)


def _good_enough(order: Order, price_ticks: int, qty_lots: int) -> bool:
    leaves = order.leaves_lots
    return order.price_ticks == price_ticks and REQUOTE_PART * qty_lots <= leaves <= qty_lots
