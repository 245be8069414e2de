"""A market maker that quotes every contract of every family around a fair value.

Decision rule: Avellaneda and Stoikov 2008 (``avellaneda_stoikov``) per contract, in units of about a
tick, with a rolling horizon in place of the paper's session end. σ is the volatility that
``valuation`` expects; inventory counts in GPU-hours, partly the contract's own and partly that of all
contracts of the accelerator, so that a position in one month is worked off in every other.
Quotes go out as mass quotes, and only those whose price has moved by more than a tolerance.
"""

from __future__ import annotations

import math

from clients.curves.schwartz_smith import COMPUTE
from clients.messages import InstrumentState, Message, Rejection, UserTrade
from clients.participants.avellaneda_stoikov import quotes
from clients.participants.daily import DailyTrader
from clients.participants.ewma import Ewma
from clients.participants.fair_value import NS_PER_YEAR
from clients.participants.market_maker_params import MarketMakerParams
from clients.participants.quoted_contract import QuotedContract
from clients.participants.sizes import hours_of, lots_of
from clients.participants.valuation import Valuation
from clients.trader import NS_PER_S, CancelAll, Command, MassQuote, TwoSided
from clients.view import MarketView
from marketdata.days import day_of
from marketdata.messages import MICROS, Instrument

QUOTES_A_MESSAGE = 64
HIGHEST_BINARY_MICROS = 990_000
"""Nobody pays a dollar for at most a dollar."""
COMBO_REACH_MICROS = 150_000
BINARY_REACH_MICROS = 200_000
BINARY_UNITS = 40.0
"""Cents that a binary at even odds moves in the rest of its life: 100 times the density at zero."""
CALM_DECISIONS = 30
"""After so many decisions a surprise has passed."""


class MarketMaker(DailyTrader):
    """Quotes what is open, requotes what has moved, and never passes its limits."""

    kind = "market-maker"
    follows_fixings = True

    def __init__(self, name: str, seed: int, params: MarketMakerParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.quotes_sent = 0
        self.valuation = Valuation(default_curve=COMPUTE.with_slope(params.slope_a_year))
        self._families = params.family_codes
        self._launch_days = params.launch_days
        self._contracts: dict[str, QuotedContract] = {}
        self._step_s = Ewma(10.0)
        self._last_ns: int | None = None
        self._nervous: dict[str, int] = {}
        self._surprises: dict[str, float] = {}

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else all of the families asked for, else all."""
        if self.params.names:
            return self.params.names
        families = self._families
        return [
            name
            for name, listed in view.instruments.items()
            if not families or listed.family in families
        ]

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Look again at what traded, was refused or expired."""
        super().on_message(message, now_ns)
        if isinstance(message, UserTrade | Rejection):
            contract = self._contracts.get(message.instrument)
            if contract is not None:
                contract.stale = True
                if isinstance(message, Rejection):
                    contract.refuse()
        elif isinstance(message, InstrumentState) and message.state == "terminated":
            self._contracts.pop(message.instrument, None)
        return []

    def decide(self, now_ns: int) -> list[Command]:
        """Replace the quotes that are furthest from what they should be."""
        self._pace(now_ns)
        self.valuation.see(self.view, now_ns)
        self._notice_surprises()
        held = self.exposure_hours()
        grows = self.has_margin()
        wanted: list[tuple[float, QuotedContract, TwoSided]] = []
        for name in self.instruments(self.view):
            listed = self.view.instruments.get(name)
            if listed is None:
                continue
            contract = self._contracts.get(name)
            if contract is None:
                contract = QuotedContract(listed, self.params.basis_halflife_s)
                self._contracts[name] = contract
            if self._lost_quotes(contract):
                contract.stale = True
            pair = self._wanted(contract, held, now_ns, grows=grows)
            if pair is not None:
                quote, tolerance = pair
                if need := contract.needs(quote, tolerance):
                    wanted.append((need, contract, quote))
        return self._messages(wanted)

    def _messages(self, wanted: list[tuple[float, QuotedContract, TwoSided]]) -> list[Command]:
        if not wanted:
            return []
        messages = max(1, int(self.params.max_messages_a_s * self.params.interval_s))
        wanted.sort(key=lambda entry: -entry[0])
        chosen = wanted[: messages * QUOTES_A_MESSAGE]
        for _, contract, quote in chosen:
            contract.show(quote)
        self.quotes_sent += len(chosen)
        sent = [quote for _, _, quote in chosen]
        return [
            MassQuote(tuple(sent[first : first + QUOTES_A_MESSAGE]))
            for first in range(0, len(sent), QUOTES_A_MESSAGE)
        ]

    def _pace(self, now_ns: int) -> None:
        """Learn how much market time passes between two decisions."""
        if self._last_ns is not None:
            step_s = (now_ns - self._last_ns) / NS_PER_S
            self._step_s.update(step_s, 1.0)
        self._last_ns = now_ns

    def _lost_quotes(self, contract: QuotedContract) -> bool:
        """Whether the venue took quotes back: a halt, protection, the end of a session."""
        return len(self.view.own_quotes(contract.instrument.name)) < contract.sides

    def _wanted(
        self, contract: QuotedContract, held: dict[str, float], now_ns: int, *, grows: bool
    ) -> tuple[TwoSided, float] | None:
        listed = contract.instrument
        ticker = self.view.tickers.get(listed.name)
        nothing = TwoSided(instrument=listed.name)
        if ticker is None or ticker.state != "open":
            # The venue takes no quotes now, and has cancelled or keeps what stands.
            contract.show(nothing)
            return None
        model_micros = self.valuation.micros(self.view, listed, now_ns)
        if model_micros is None:
            return nothing, 0.0
        fair_ticks = self._fair_ticks(contract, model_micros, ticker.mark_ticks, now_ns)
        unit_ticks = self._unit_micros(listed) / listed.tick_micros
        sigma = self._sigma(listed, now_ns)
        bid, ask = quotes(
            fair_ticks / unit_ticks,
            self._inventory(listed, held),
            self.params.gamma,
            sigma,
            1.0,
            self.params.k,
        )
        half = max(self.params.min_half_spread, (ask - bid) / 2) * self._widening(listed, now_ns)
        middle = (bid + ask) / 2
        bid_ticks = math.floor((middle - half) * unit_ticks)
        ask_ticks = math.ceil((middle + half) * unit_ticks)
        bid_lots, ask_lots = self._sizes(listed, held, grows=grows)
        quote = _within(listed, bid_ticks, bid_lots, ask_ticks, ask_lots)
        return quote, max(0.5, self.params.requote_part * half * unit_ticks)

    def _fair_ticks(
        self,
        contract: QuotedContract,
        model_micros: float,
        mark_ticks: int | None,
        now_ns: int,
    ) -> float:
        listed = contract.instrument
        others_bid, others_ask = self.view.outside_best(listed.name)
        mid = None if others_bid is None or others_ask is None else (others_bid + others_ask) / 2
        params = self.params
        trust = 0.3 if listed.legs or listed.binary else params.basis_trust
        fair = contract.fair_ticks(
            model_micros / listed.tick_micros, mid, params.book_weight, trust, now_ns
        )
        if mark_ticks is None:
            return fair
        reach = self._reach_ticks(listed, mark_ticks) * contract.reach_part()
        return min(max(fair, mark_ticks - reach), mark_ticks + reach)

    def _reach_ticks(self, listed: Instrument, mark_ticks: int) -> float:
        if listed.legs:
            return COMBO_REACH_MICROS / listed.tick_micros
        if listed.binary:
            return BINARY_REACH_MICROS / listed.tick_micros
        return self.params.reach * mark_ticks

    def _unit_micros(self, listed: Instrument) -> float:
        """Return the unit of price: a part of the index, of a binary a cent."""
        if listed.binary:
            return MICROS / 100
        return self.params.unit_part * (self.valuation.index_micros(listed) or MICROS)

    def _sigma(self, listed: Instrument, now_ns: int) -> float:
        """Return σ·√(T − t), in units of price: how far the contract moves while inventory is held."""
        params = self.params
        held_s = max(params.horizon_s, params.horizon_decisions * (self._step_s.value or 0.0))
        if listed.binary:
            # A price between 0 and 1 that is settled at the end moves so much near the middle.
            left_s = max(held_s, (listed.expiry_ns - now_ns) / NS_PER_S)
            return BINARY_UNITS * math.sqrt(held_s / left_s)
        volatility = self.valuation.volatility(self._risky(listed), now_ns)
        if listed.legs:
            # Legs of one accelerator move nearly alike; what is left is a part of each one's move.
            volatility *= 0.5
        return volatility * math.sqrt(held_s * NS_PER_S / NS_PER_YEAR) / params.unit_part

    def _risky(self, listed: Instrument) -> Instrument:
        if not listed.legs:
            return listed
        return self.view.instruments.get(listed.legs[0].instrument, listed)

    def _inventory(self, listed: Instrument, held: dict[str, float]) -> float:
        """Return the inventory that the quote should work off, in units."""
        params = self.params
        own = hours_of(self.view.position_lots(listed.name), listed)
        if listed.legs:
            first = listed.legs[0]
            traded = self.view.instruments.get(first.instrument)
            lots = self.view.position_lots(first.instrument) * first.ratio
            return 0.0 if traded is None else hours_of(lots, traded) / params.unit_hours
        if listed.binary:
            return own / params.unit_hours
        whole = held.get(listed.underlying, 0.0)
        mixed = (1 - params.shared_part) * own + params.shared_part * whole
        return mixed / params.unit_hours

    def _sizes(self, listed: Instrument, held: dict[str, float], *, grows: bool) -> tuple[int, int]:
        """Return the lots to bid for and to offer within the limits."""
        params = self.params
        size = lots_of(params.quote_hours, listed)
        most = lots_of(params.max_hours, listed)
        lots = self.view.position_lots(listed.name)
        if listed.legs:
            return (size, size) if grows else (0, 0)
        bid_lots, ask_lots = min(size, most - lots), min(size, most + lots)
        if not listed.binary:
            whole = held.get(listed.underlying, 0.0)
            bid_lots = 0 if whole >= params.max_underlying_hours else bid_lots
            ask_lots = 0 if whole <= -params.max_underlying_hours else ask_lots
        if not grows:
            bid_lots, ask_lots = min(bid_lots, max(0, -lots)), min(ask_lots, max(0, lots))
        return max(0, bid_lots), max(0, ask_lots)

    def _widening(self, listed: Instrument, now_ns: int) -> float:
        """Return by what quotes are wider: a launch is expected today, or the index just jumped."""
        if day_of(now_ns) in self._launch_days:
            return self.params.launch_widening
        left = self._nervous.get(listed.index_name, 0)
        return 1 + (self.params.launch_widening - 1) * left / CALM_DECISIONS

    def _notice_surprises(self) -> None:
        for name, surprise in self.valuation.surprises().items():
            left = self._nervous.get(name, 0)
            self._nervous[name] = max(0, left - 1)
            if surprise != self._surprises.get(name):
                self._surprises[name] = surprise
                if surprise > self.params.surprise:
                    self._nervous[name] = CALM_DECISIONS

    def on_stop(self, now_ns: int) -> list[Command]:
        """Close the books and take every quote and order back."""
        super().on_stop(now_ns)
        return [CancelAll()]

    def own_figures(self) -> dict[str, float]:
        """Return how much is quoted and held."""
        figures = {
            "contracts quoted": float(sum(each.sides > 0 for each in self._contracts.values())),
            "quotes sent": float(self.quotes_sent),
        }
        for name in self._contracts:
            lots = self.view.position_lots(name)
            if lots:
                figures[f"{name} lots"] = lots
        return figures


def _within(
    listed: Instrument, bid_ticks: int, bid_lots: int, ask_ticks: int, ask_lots: int
) -> TwoSided:
    """Return the quote without a side that the contract's price domain does not allow."""
    if not listed.legs:
        bid_lots = bid_lots if bid_ticks >= 1 else 0
        ask_ticks = max(ask_ticks, 1)
    if listed.binary:
        highest = HIGHEST_BINARY_MICROS // listed.tick_micros
        bid_ticks = min(bid_ticks, highest - 1)
        ask_lots = ask_lots if ask_ticks <= highest else 0
    return TwoSided(
        instrument=listed.name,
        bid_ticks=bid_ticks if bid_lots else 0,
        bid_lots=bid_lots,
        ask_ticks=ask_ticks if ask_lots else 0,
        ask_lots=ask_lots,
    )
